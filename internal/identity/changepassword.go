package identity

import (
	"context"
	"errors"
	"time"

	"officeportal/ent/business"
	"officeportal/ent/guardian"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/session"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/identity/password"
	"officeportal/internal/message"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// ChangePasswordInput is what a guardian who changes the own password gives.
type ChangePasswordInput struct{ Current, New string }

// errChanged ends the transaction of whoever comes second.
var errChanged = errors.New("identity: the password was changed meanwhile")

// changeLimit slows down whoever tries passwords in a session that is not the own.
func changeLimit(person ident.ID) ratelimit.Limit {
	return ratelimit.Limit{Name: "change-password", Subject: []string{person.String()}, Burst: 5, Every: time.Minute}
}

// ChangePassword changes the viewer's own password, ends every other session and every link, and returns a session
// made anew for the one that asked. A notice goes to the e-mail address. Guardians may call it; staff members choose
// theirs by link. It refuses with BadCredentials for a wrong current password, which counts like one at sign-in, with
// LimitReached, TooShort, TooCommon and Invalid.
func (s *Service) ChangePassword(ctx context.Context, in ChangePasswordInput) (SignedIn, error) {
	v := viewer.From(ctx)
	if v.Kind != viewer.Guardian {
		return SignedIn{}, fault.New(fault.Forbidden, "graph.forbidden")
	}
	ok, retryAt, err := s.limiter.Allow(ctx, changeLimit(v.PersonID))
	if err != nil {
		return SignedIn{}, err
	}
	if !ok {
		return SignedIn{}, s.refuseChange(ctx, v, s.tooManyTries(retryAt), false)
	}
	system := store.WithFresh(viewer.AsSystem(ctx, v.BusinessID, "the hash of the own password is compared with what was typed"))
	g, err := s.store.Client.Guardian.Query().Where(guardian.BusinessID(v.BusinessID), guardian.ID(v.PersonID)).Only(system)
	if err != nil {
		return SignedIn{}, err
	}
	b, err := s.store.Client.Business.Query().Where(business.ID(v.BusinessID)).Only(system)
	if err != nil {
		return SignedIn{}, err
	}
	matches, _, err := password.Verify(ctx, g.PasswordHash, in.Current)
	if err != nil {
		return SignedIn{}, err
	}
	if !matches || g.PasswordDisabledAt != nil {
		return SignedIn{}, s.refuseChange(ctx, v, fault.Refuse(fault.At(fault.BadCredentials, "currentPassword", "error.wrongPassword")), true)
	}
	policy := password.Policy{MinLength: b.PasswordMinLength, Context: []string{b.Name, b.Slug, g.Name, g.Email}}
	wrong := password.Faults("newPassword", password.Check(policy, in.New))
	if len(wrong) == 0 && in.New == in.Current {
		wrong = append(wrong, fault.At(fault.Invalid, "newPassword", "error.samePassword"))
	}
	if len(wrong) > 0 {
		return SignedIn{}, s.refuseChange(ctx, v, fault.Refuse(wrong...), false)
	}
	// Hashing takes tens of milliseconds on purpose: never inside the transaction.
	hash, err := password.Hash(ctx, in.New)
	if err != nil {
		return SignedIn{}, err
	}
	token, tokenHash := newToken()
	v.SessionID = ident.New()
	var expires time.Time
	r := viewer.RequestFrom(ctx)
	err = s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		system := viewer.AsSystem(ctx, v.BusinessID, "a guardian changes the own password and gets a session of the new epoch")
		n, err := tx.Guardian.Update().
			Where(guardian.BusinessID(v.BusinessID), guardian.ID(v.PersonID), guardian.CredEpoch(g.CredEpoch), guardian.PasswordDisabledAtIsNil(),
				guardian.CanLogIn(true), guardian.Archived(false), guardian.FamilyArchived(false)).
			// the link before it stays: it is how this password came about
			SetPasswordHash(hash).SetPasswordSetAt(tx.Now).SetPasswordOrigin(schematype.ByChange).SetFailures(0).AddCredEpoch(1).Save(system)
		if err != nil {
			return err
		}
		if n != 1 {
			return errChanged
		}
		if err := tx.ResetToken.Update().
			Where(resettoken.BusinessID(v.BusinessID), resettoken.GuardianID(v.PersonID), resettoken.RedeemedAtIsNil(),
				resettoken.SupersededAtIsNil(), resettoken.RevokedAtIsNil()).
			SetRevokedAt(tx.Now).Exec(system); err != nil {
			return err
		}
		if err := tx.Session.Update().
			Where(session.BusinessID(v.BusinessID), session.PersonID(v.PersonID), session.EndedAtIsNil()).
			SetEndedAt(tx.Now).Exec(system); err != nil {
			return err
		}
		expires = tx.Now.Add(GuardianSession)
		if err := tx.Session.Create().SetID(v.SessionID).SetSeenAt(tx.Now).SetBusinessID(v.BusinessID).SetPersonKind(schematype.ActorGuardian).SetPersonID(v.PersonID).
			SetTokenHash(tokenHash).SetCredEpoch(g.CredEpoch + 1).SetIPAddress(r.Address).SetAgent(audit.Clean(r.Agent, 300)).
			SetExpiresAt(expires).SetCreatedAt(tx.Now).Exec(system); err != nil {
			return err
		}
		if err := recordOwn(ctx, tx, audit.PasswordChanged, v, nil); err != nil {
			return err
		}
		if g.Email == "" {
			return nil
		}
		return message.Enqueue(system, tx, message.Draft{
			Business: v.BusinessID, Guardian: v.PersonID, Kind: schematype.PasswordChanged, Channel: schematype.Email,
			Destination: g.Email, Locale: g.Locale, Params: map[string]string{},
		})
	})
	if errors.Is(err, errChanged) {
		return SignedIn{}, s.refuseChange(ctx, v, fault.Refuse(fault.At(fault.BadCredentials, "currentPassword", "error.wrongPassword")), false)
	}
	return SignedIn{Viewer: v, Token: token, Guardian: true, ExpiresAt: expires}, err
}

// refuseChange records a change that was refused; a wrong password counts.
func (s *Service) refuseChange(ctx context.Context, v viewer.Viewer, refusal error, wrongPassword bool) error {
	err := s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if wrongPassword {
			if err := failed(ctx, tx, v); err != nil {
				return err
			}
		}
		e := about(audit.PasswordChanged, v)
		e.Outcome = schematype.WasRefused
		e.Facts["reason"] = string(fault.As(refusal).Fields[0].Code)
		_, err := audit.Record(ctx, tx, e)
		return err
	})
	if err != nil {
		return err
	}
	return refusal
}

// about begins an audit entry about a person's own login, done by that person.
func about(action audit.Action, v viewer.Viewer) audit.Entry {
	e := audit.Entry{Action: action, Business: v.BusinessID, Facts: map[string]string{}}
	if v.Kind == viewer.Guardian {
		e.SubjectType, e.Subject, e.Guardian, e.Family = audit.SubjectGuardian, v.PersonID, v.PersonID, v.FamilyID
		e.Facts["guardian"] = v.Name
		e.Actor = audit.Guardian(v.PersonID, v.Name)
	} else {
		e.SubjectType, e.Subject = audit.SubjectStaff, v.PersonID
		e.Facts["staff"] = v.Name
		e.Actor = &audit.Actor{Kind: schematype.ActorStaff, ID: v.PersonID, Name: v.Name}
	}
	return e
}
