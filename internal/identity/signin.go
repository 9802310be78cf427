package identity

import (
	"context"
	"log/slog"
	"math"
	"time"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/ent/guardian"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/session"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/identity/password"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// signInLimits are spent by every attempt before anything is looked up, for known and unknown addresses
// alike: the limit itself must not tell who has a login.
func signInLimits(businessSlug, email, address string) []ratelimit.Limit {
	return append(ratelimit.SignIn(businessSlug, email),
		ratelimit.Limit{Name: "sign-in-address", Subject: []string{address}, Burst: 60, Every: 10 * time.Second})
}

// person is whoever a sign-in found, staff member or guardian.
type person struct {
	viewer viewer.Viewer
	hash   string
	epoch  int
	may    bool
}

// SignIn starts a session, and ends the one that the same browser had on the same portal: what was known of
// it before must be worth nothing (OWASP ASVS 5.0, 7.2.4). Anybody may call it. Every wrong pair, an unknown address and somebody who may
// not sign in get the same BadCredentials after the same work; too many attempts get LimitReached.
func (s *Service) SignIn(ctx context.Context, in SignInInput) (SignedIn, error) {
	slug := ""
	if in.Business != nil {
		slug = *in.Business
	}
	email, err := contact.ParseEmail(in.Email)
	identifier := email.Canonical
	if err != nil { // nobody's, and not everybody's: one bucket for all of them could be emptied for others
		identifier = "malformed " + in.Email
	}
	ok, retryAt, limitErr := s.limiter.Allow(ctx, signInLimits(slug, identifier, viewer.RequestFrom(ctx).LimitAddress)...)
	if limitErr != nil {
		return SignedIn{}, limitErr
	}
	if !ok {
		return SignedIn{}, s.tooManyTries(retryAt)
	}
	var p *person
	if err == nil {
		if p, err = s.find(ctx, in.Business, email); err != nil {
			return SignedIn{}, err
		}
	}
	matches, rehash := false, false
	if p == nil || p.hash == "" {
		err = password.VerifyDummy(ctx, in.Password)
	} else {
		matches, rehash, err = password.Verify(ctx, p.hash, in.Password)
	}
	if err != nil {
		return SignedIn{}, err
	}
	if p == nil || !matches || !p.may {
		return SignedIn{}, s.refuse(ctx, p, matches)
	}
	out, err := s.open(ctx, p, ratelimit.SignIn(slug, identifier))
	if err == nil && rehash {
		s.rehash(ctx, p, in.Password)
	}
	return out, err
}

func (s *Service) tooManyTries(retryAt time.Time) error {
	if minutes := int(math.Ceil(retryAt.Sub(s.store.Now()).Minutes())); minutes > 1 {
		return fault.New(fault.LimitReached, "error.tooManyTries", "minutes", minutes)
	}
	return fault.New(fault.LimitReached, "error.tooManyTries.one")
}

func (s *Service) find(ctx context.Context, slug *string, email contact.Email) (*person, error) {
	ctx = store.WithFresh(viewer.AsSystem(ctx, ident.ID{}, "somebody who is not signed in presents credentials"))
	keys := email.Keys(s.ring)
	if slug == nil {
		m, err := s.store.Client.StaffMember.Query().Where(staffmember.EmailKeyIn(keys...)).WithBusiness().Only(ctx)
		if ent.IsNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		v := viewer.Viewer{Kind: viewer.StaffMember, BusinessID: m.BusinessID, Business: Facts(m.Edges.Business), PersonID: m.ID,
			Name: m.Name, Locale: m.Locale, Granted: m.Permissions, Owner: m.Owner}
		return &person{v, m.PasswordHash, m.CredEpoch, m.Active && m.PasswordDisabledAt == nil}, nil
	}
	if !contact.IsSlug(*slug) {
		return nil, nil
	}
	b, err := s.store.Client.Business.Query().Where(business.Slug(*slug)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	g, err := s.store.Client.Guardian.Query().Where(guardian.BusinessID(b.ID), guardian.LoginKeyIn(keys...)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := viewer.Viewer{Kind: viewer.Guardian, BusinessID: b.ID, Business: Facts(b), PersonID: g.ID, FamilyID: g.FamilyID,
		Name: g.Name, Locale: g.Locale}
	return &person{v, g.PasswordHash, g.CredEpoch, g.CanLogIn && !g.Archived && !g.FamilyArchived && g.PasswordDisabledAt == nil}, nil
}

// open starts the session. Wrong passwords before it count no more.
func (s *Service) open(ctx context.Context, p *person, tries []ratelimit.Limit) (SignedIn, error) {
	token, hash := newToken()
	v, life, kind := p.viewer, StaffSession, schematype.ActorStaff
	if v.Kind == viewer.Guardian {
		life, kind = GuardianSession, schematype.ActorGuardian
	}
	v.SessionID = ident.New()
	pending, err := s.waitsForSecondFactor(ctx, p)
	if err != nil {
		return SignedIn{}, err
	}
	if pending {
		life = PendingSession
	}
	var expires time.Time
	r, before := viewer.RequestFrom(ctx), viewer.From(ctx)
	ctx = viewer.AsSystem(ctx, v.BusinessID, "a session begins: nobody is signed in yet")
	err = s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		expires = tx.Now.Add(life)
		if err := succeeded(ctx, tx, v); err != nil {
			return err
		}
		if err := s.limiter.RefillTx(ctx, tx, tries...); err != nil {
			return err
		}
		create := tx.Session.Create().SetID(v.SessionID).SetSeenAt(tx.Now).SetBusinessID(v.BusinessID).SetPersonKind(kind).SetPersonID(v.PersonID).
			SetTokenHash(hash).SetCredEpoch(p.epoch).SetIPAddress(r.Address).SetAgent(audit.Clean(r.Agent, 300)).
			SetExpiresAt(expires).SetCreatedAt(tx.Now).SetPending(pending)
		if v.Kind == viewer.StaffMember && !pending {
			create.SetProvedAt(tx.Now)
		}
		if err := create.Exec(ctx); err != nil {
			return err
		}
		if before.Kind == v.Kind && !before.SessionID.IsZero() {
			earlier := viewer.AsSystem(ctx, before.BusinessID, "the session that the browser had ends")
			if err := tx.Session.Update().
				Where(session.BusinessID(before.BusinessID), session.ID(before.SessionID), session.EndedAtIsNil()).
				SetEndedAt(tx.Now).Exec(earlier); err != nil {
				return err
			}
		}
		if pending {
			return recordPending(ctx, tx, v)
		}
		return record(ctx, tx, audit.SignIn, schematype.Succeeded, v, "")
	})
	out := SignedIn{Viewer: v, Token: token, Guardian: v.Kind == viewer.Guardian, ExpiresAt: expires}
	if pending {
		out.Viewer = viewer.Viewer{Pending: v.SessionID, Locale: v.Locale}
	}
	return out, err
}

// refuse records a failed attempt and counts a wrong password; the answer is the same for everybody, and so is the work.
func (s *Service) refuse(ctx context.Context, p *person, matches bool) error {
	v := viewer.Viewer{}
	reason := "unknown address"
	if p != nil {
		v = p.viewer
		reason = "wrong password"
		if !p.may {
			reason = "can't log in"
		}
	}
	ctx = viewer.AsSystem(ctx, v.BusinessID, "a failed sign-in is recorded for the business")
	counted := v
	if matches { // right, but of somebody who can't log in
		counted = viewer.Viewer{}
	}
	err := s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := failed(ctx, tx, counted); err != nil {
			return err
		}
		return record(ctx, tx, audit.SignInFailed, schematype.WasRefused, v, reason)
	})
	if err != nil {
		return err
	}
	return fault.New(fault.BadCredentials, "error.badCredentials")
}

// rehash raises the parameters of a stored hash while the password is at hand. Failing is harmless: the
// next sign-in tries again.
func (s *Service) rehash(ctx context.Context, p *person, pw string) {
	hash, err := password.Hash(ctx, pw)
	if err == nil {
		ctx = viewer.AsSystem(ctx, p.viewer.BusinessID, "the stored hash of the person who just signed in is renewed")
		err = s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			if p.viewer.Kind == viewer.Guardian {
				return tx.Guardian.Update().Where(guardian.ID(p.viewer.PersonID), guardian.PasswordHash(p.hash)).SetPasswordHash(hash).Exec(ctx)
			}
			return tx.StaffMember.Update().Where(staffmember.ID(p.viewer.PersonID), staffmember.PasswordHash(p.hash)).SetPasswordHash(hash).Exec(ctx)
		})
	}
	if err != nil {
		slog.WarnContext(ctx, "identity: a password hash could not be renewed", slog.String("error", store.Cause(err)))
	}
}
