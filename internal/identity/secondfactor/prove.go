package secondfactor

import (
	"context"

	"officeportal/ent/schema/schematype"
	"officeportal/ent/session"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/identity"
	"officeportal/internal/identity/password"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Proof is one second factor: exactly one of its fields is filled.
type Proof struct {
	// TOTP is a code of the app, RecoveryCode one of the codes on paper, Passkey the browser's answer to
	// StartAssertion as JSON.
	TOTP, RecoveryCode, Passkey string
}

func (p Proof) check() []fault.Field {
	given := 0
	for _, v := range []string{p.TOTP, p.RecoveryCode, p.Passkey} {
		if v != "" {
			given++
		}
	}
	switch given {
	case 1:
		return nil
	case 0:
		return []fault.Field{fault.At(fault.Required, "totp", "secondFactor.codeMissing")}
	default:
		return []fault.Field{fault.At(fault.Invalid, "totp", "secondFactor.oneOnly")}
	}
}

func (p Proof) field() string {
	switch {
	case p.TOTP != "":
		return "totp"
	case p.RecoveryCode != "":
		return "recoveryCode"
	default:
		return "passkey"
	}
}

// verdict is what came of a proof.
type verdict int

const (
	wrong     verdict = iota
	right             // it is the staff member
	nowLocked         // wrong, and the last one that was allowed
	lockedOut         // not looked at
)

// take decides on a proof and, when it is right, runs then in the same transaction. A wrong one is counted and
// recorded, and that is committed.
func (s *Service) take(ctx context.Context, m *self, p Proof, then func(ctx context.Context, tx *store.Tx) error) error {
	if err := s.slowDown(ctx, m); err != nil {
		return s.refused(ctx, m, audit.SecondFactorFailed, err)
	}
	var code []byte
	if p.RecoveryCode != "" {
		var err error
		if code, err = hashCode(ctx, m, p.RecoveryCode); err != nil {
			return err
		}
	}
	var v verdict
	err := s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		switch {
		case p.TOTP != "":
			v, err = s.takeTOTP(ctx, tx, m, p.TOTP)
		case p.RecoveryCode != "":
			v, err = s.takeCode(ctx, tx, m, code)
		default:
			v, err = s.takePasskey(ctx, tx, m, p.Passkey)
		}
		if err != nil {
			return err
		}
		if v == right {
			return then(ctx, tx)
		}
		facts := map[string]string{"reason": "wrong code"}
		if v != wrong {
			facts["locked"] = "yes"
		}
		if err := m.record(ctx, tx, audit.SecondFactorFailed, schematype.WasRefused, facts); err != nil {
			return err
		}
		if v == nowLocked {
			return tell(ctx, tx, m.staff, "LOCKED")
		}
		return nil
	})
	switch {
	case err != nil:
		return s.refused(ctx, m, audit.SecondFactorFailed, err)
	case v == right:
		return nil
	case v == wrong:
		return fault.Refuse(fault.At(fault.BadCredentials, p.field(), "secondFactor.wrongProof"))
	default:
		s.Nudge()
		return fault.Refuse(fault.At(fault.SecondFactorLocked, p.field(), "secondFactor.locked"))
	}
}

// Complete ends a sign-in that waits for the second factor: a full session begins in place of the half one. It
// refuses with BadCredentials, SecondFactorLocked, Required, Invalid and LimitReached; and with Invalid
// when no sign-in waits, or when it waits for a factor to be set up.
func (s *Service) Complete(ctx context.Context, p Proof) (identity.SignedIn, error) {
	m, system, err := s.whoAsks(ctx)
	if err != nil {
		return identity.SignedIn{}, err
	}
	if !m.session.Pending || !m.any() {
		return identity.SignedIn{}, s.refused(system, m, audit.SecondFactorFailed, fault.New(fault.Invalid, "secondFactor.nothingWaits"))
	}
	if wrong := p.check(); wrong != nil {
		return identity.SignedIn{}, s.refused(system, m, audit.SecondFactorFailed, fault.Refuse(wrong...))
	}
	next := newSession()
	err = s.take(system, m, p, func(ctx context.Context, tx *store.Tx) error {
		ok, err := identity.Continue(ctx, tx, m.session, next.id, next.hash, true)
		if err == nil && !ok {
			err = unauthenticated()
		}
		if err != nil {
			return err
		}
		return m.record(ctx, tx, audit.SignIn, schematype.Succeeded, map[string]string{"factor": p.field()})
	})
	if err != nil {
		return identity.SignedIn{}, err
	}
	return *m.signedIn(next, s.Store.Now()), nil
}

// Confirm proves that the staff member is still there, for identity.RequireProof: the password and, where one is
// set up, the second factor. It refuses as Complete does, a wrong password with BadCredentials; it counts like one at
// sign-in.
func (s *Service) Confirm(ctx context.Context, pw string, p Proof) error {
	v := viewer.From(ctx)
	if v.Kind != viewer.StaffMember {
		return unauthenticated()
	}
	m, system, err := s.whoAsks(ctx)
	if err != nil {
		return err
	}
	refuse := func(f fault.Field) error {
		return s.refused(system, m, audit.IdentityConfirmed, fault.Refuse(f))
	}
	if m.any() {
		if wrong := p.check(); wrong != nil {
			return refuse(wrong[0])
		}
	}
	if err := s.slowDown(ctx, m); err != nil {
		return s.refused(system, m, audit.IdentityConfirmed, err)
	}
	ok, _, err := password.Verify(ctx, m.staff.PasswordHash, pw)
	if err != nil {
		return err
	}
	if !ok || m.staff.PasswordDisabledAt != nil {
		if err := s.Store.WithTx(system, func(ctx context.Context, tx *store.Tx) error { return identity.WrongPassword(ctx, tx, v) }); err != nil {
			return err
		}
		return refuse(fault.At(fault.BadCredentials, "password", "secondFactor.wrongPassword"))
	}
	prove := func(ctx context.Context, tx *store.Tx) error {
		update := tx.Session.Update().
			Where(session.BusinessID(m.session.BusinessID), session.ID(m.session.ID), session.EndedAtIsNil(), session.CredEpoch(m.staff.CredEpoch)).
			SetProvedAt(tx.Now)
		if m.any() {
			update.SetSecondFactorAt(tx.Now)
		}
		n, err := update.Save(ctx)
		if err == nil && n != 1 {
			err = unauthenticated()
		}
		if err == nil {
			err = identity.RightPassword(ctx, tx, v)
		}
		if err != nil {
			return err
		}
		return m.record(ctx, tx, audit.IdentityConfirmed, schematype.Succeeded, nil)
	}
	if m.any() {
		return s.take(system, m, p, prove)
	}
	return s.Store.WithTx(system, prove)
}
