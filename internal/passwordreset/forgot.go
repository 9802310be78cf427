package passwordreset

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/ent/guardian"
	"officeportal/ent/resetintake"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/text"
	"officeportal/internal/viewer"
)

// IntakePurpose names the key that seals a Forgot Password request until the worker looks at it.
const IntakePurpose = "forgot-intake/v1"

// intake is what waits, sealed, until the worker looks at it.
type intake struct {
	Business string         `json:"business"`
	Email    string         `json:"email"`
	Locale   string         `json:"locale"`
	Request  viewer.Request `json:"request"`
}

// Forgot takes a Forgot Password request. Anybody may call it. It refuses an address that has no valid
// form and nothing else: it does the same work and gives the same answer whether or not the address is
// known, allowed to log in or over its limit, and reads no guardian while somebody waits for the answer
// (OWASP Forgot Password Cheat Sheet).
func (s *Service) Forgot(ctx context.Context, in ForgotInput) error {
	email, err := contact.ParseEmail(in.Email)
	if err != nil {
		return fault.Refuse(fault.At(fault.Invalid, "email", "error.emailInvalid"))
	}
	r := viewer.RequestFrom(ctx)
	r.Agent = audit.Clean(r.Agent, 300) // a browser names itself at any length, and the row has an end
	allowed, _, err := s.Limiter.Allow(ctx, forgotLimits(in.Business, email.Canonical, r.LimitAddress)...)
	if err != nil || !allowed {
		return err
	}
	raw, err := sealable(intake{Business: in.Business, Email: email.Canonical, Locale: in.Locale, Request: r})
	if err != nil {
		return err
	}
	ctx = viewer.AsSystem(ctx, ident.ID{}, "somebody who is not signed in leaves a request for the worker")
	now := s.Store.Now()
	err = store.Do(ctx, func() error {
		return s.Store.Client.ResetIntake.Create().SetSealed(s.Ring.Seal(IntakePurpose, raw)).
			SetDueAt(now).SetCreatedAt(now).Exec(ctx)
	})
	if err == nil {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	return err
}

// sealable writes the request as JSON without the escapes for web pages, which would make six bytes of one.
func sealable(in intake) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(in)
	return b.Bytes(), err
}

// RunIntake looks at waiting Forgot Password requests until ctx ends. Any number of processes may run it:
// deleting the row in the transaction that answers it decides who does.
func (s *Service) RunIntake(ctx context.Context) {
	ctx = viewer.AsSystem(ctx, ident.ID{}, "the worker answers Forgot Password requests of all businesses")
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := s.takeIntakes(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "forgot password: intake failed", slog.String("error", store.Cause(err)))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.wake:
		}
	}
}

func (s *Service) takeIntakes(ctx context.Context) error {
	for {
		rows, err := s.Store.Client.ResetIntake.Query().
			Where(resetintake.DueAtLTE(s.Store.Now())).
			Order(ent.Asc(resetintake.FieldDueAt)).Limit(20).All(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			if err := s.answerIntake(ctx, row); err != nil {
				if err := s.putOff(ctx, row, err); err != nil {
					return err
				}
			}
		}
	}
}

// How long a request that could not be answered waits for its next turn, and how old it may get: whoever
// asked has asked again by then.
const (
	intakePause = 15 * time.Second
	intakeLife  = 15 * time.Minute
)

// putOff lets the others pass: one request that fails whenever it is looked at must not hold up everybody's.
func (s *Service) putOff(ctx context.Context, row *ent.ResetIntake, cause error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.Log.ErrorContext(ctx, "forgot password: a request waits", slog.String("error", store.Cause(cause)))
	_, err := s.Store.Client.ResetIntake.Update().Where(resetintake.ID(row.ID)).SetDueAt(s.Store.Now().Add(intakePause)).Save(ctx)
	return err
}

func (s *Service) answerIntake(ctx context.Context, row *ent.ResetIntake) error {
	if s.Store.Now().Sub(row.CreatedAt) > intakeLife {
		s.Log.WarnContext(ctx, "forgot password: a request waited too long and was dropped")
		return s.Store.Client.ResetIntake.DeleteOneID(row.ID).Exec(ctx)
	}
	var in intake
	raw, err := s.Ring.Open(IntakePurpose, row.Sealed)
	if err == nil {
		err = json.Unmarshal(raw, &in)
	}
	if err != nil { // made with a key that is gone: nobody can answer it any more
		s.Log.WarnContext(ctx, "forgot password: a request could not be read and was dropped")
		return s.Store.Client.ResetIntake.DeleteOneID(row.ID).Exec(ctx)
	}
	ctx = viewer.WithRequest(ctx, in.Request)
	err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.ResetIntake.Delete().Where(resetintake.ID(row.ID)).Exec(ctx)
		if err != nil || n == 0 {
			return err
		}
		return s.resolve(ctx, tx, in)
	})
	if err == nil {
		s.Nudge()
	}
	return err
}

// resolve sends a link when exactly one guardian who can log in has the address, and records what was
// asked for either way.
func (s *Service) resolve(ctx context.Context, tx *store.Tx, in intake) error {
	if in.Business == "" {
		email, err := contact.ParseEmail(in.Email)
		if err != nil {
			return err
		}
		return s.Staff.Forgot(ctx, tx, email)
	}
	if !contact.IsSlug(in.Business) {
		return s.recordUnresolved(ctx, tx, ident.ID{}, nil, "no such business")
	}
	b, err := tx.Business.Query().Where(business.Slug(in.Business)).Only(ctx)
	if ent.IsNotFound(err) {
		return s.recordUnresolved(ctx, tx, ident.ID{}, nil, "no such business")
	}
	if err != nil {
		return err
	}
	email, err := contact.ParseEmail(in.Email)
	if err != nil {
		return err
	}
	g, err := tx.Guardian.Query().
		Where(guardian.BusinessID(b.ID), guardian.LoginKeyIn(email.Keys(s.Ring)...)).Only(ctx)
	if ent.IsNotFound(err) {
		return s.recordUnresolved(ctx, tx, b.ID, nil, "no guardian who can log in has this address")
	}
	if err != nil {
		return err
	}
	if !CanLogIn(g) {
		return s.recordUnresolved(ctx, tx, b.ID, g, "can't log in")
	}
	if g.EmailBouncedAt != nil {
		return s.recordUnresolved(ctx, tx, b.ID, g, "the address does not exist")
	}
	ctx = viewer.AsSystem(ctx, b.ID, "a guardian who is not signed in asked for a link")
	locale := g.Locale
	if locale == "" {
		locale = text.Match(in.Locale, b.Locale)
	}
	if err := s.Limiter.SpendTx(ctx, tx, linksOf(g)); err != nil {
		return err
	}
	_, err = s.issue(ctx, tx, issued{
		token: ident.New(), purpose: schematype.ForReset, guardian: g, locale: locale,
		option: Option{Channel: schematype.Email, Destination: g.Email, Guardian: g, Available: true},
	})
	return err
}

func (s *Service) recordUnresolved(ctx context.Context, tx *store.Tx, businessID ident.ID, g *ent.Guardian, why string) error {
	e := audit.Entry{
		Action: audit.PasswordResetRequested, Outcome: schematype.WasRefused, Business: businessID,
		Actor: audit.Anonymous(), Channel: schematype.Email, Facts: map[string]string{"channel": string(schematype.Email), "reason": why},
	}
	if g != nil {
		e.Family, e.Guardian, e.SubjectType, e.Subject = g.FamilyID, g.ID, audit.SubjectGuardian, g.ID
		e.Facts["guardian"] = g.Name
	}
	_, err := audit.Record(ctx, tx, e)
	return err
}
