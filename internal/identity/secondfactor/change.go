package secondfactor

import (
	"context"

	"officeportal/ent"
	"officeportal/ent/passkey"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// RemoveTOTP takes the authenticator app away. It refuses with ReauthenticationRequired, NotFound, and Invalid when
// it is the last factor and the business asks for one.
func (s *Service) RemoveTOTP(ctx context.Context) error {
	m, system, err := s.settingUp(ctx)
	if err != nil {
		return err
	}
	if m.staff.TotpConfirmedAt == nil {
		return s.refused(system, m, audit.SecondFactorChanged, fault.New(fault.NotFound, "error.notFound"))
	}
	return s.remove(system, m, "TOTP_REMOVED", func(ctx context.Context, tx *store.Tx) (int, error) {
		return m.still(tx).Where(staffmember.TotpConfirmedAtNotNil()).ClearTotpSecret().ClearTotpConfirmedAt().SetSecondFailures(0).Save(ctx)
	})
}

// RemovePasskey takes a passkey away, refusing as RemoveTOTP does.
func (s *Service) RemovePasskey(ctx context.Context, id ident.ID) error {
	m, system, err := s.settingUp(ctx)
	if err != nil {
		return err
	}
	return s.remove(system, m, "PASSKEY_REMOVED", func(ctx context.Context, tx *store.Tx) (int, error) {
		return tx.Passkey.Delete().Where(passkey.BusinessID(m.staff.BusinessID), passkey.StaffID(m.staff.ID), passkey.ID(id)).Exec(ctx)
	})
}

// remove takes a factor away in one transaction, which looks at what is left under the lock of the staff member's
// row: of two removals at the same moment the second sees the first.
func (s *Service) remove(system context.Context, m *self, change string, away func(ctx context.Context, tx *store.Tx) (int, error)) error {
	err := s.Store.WithTx(system, func(ctx context.Context, tx *store.Tx) error {
		if n, err := m.still(tx).AddSecondFailures(0).Save(ctx); err != nil {
			return err
		} else if n != 1 {
			return unauthenticated()
		}
		n, err := away(ctx, tx)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "error.notFound")
		}
		left, err := tx.Passkey.Query().Where(passkey.BusinessID(m.staff.BusinessID), passkey.StaffID(m.staff.ID)).Count(ctx)
		if err != nil {
			return err
		}
		now, err := tx.StaffMember.Query().Where(staffmember.BusinessID(m.staff.BusinessID), staffmember.ID(m.staff.ID)).WithBusiness().Only(ctx)
		if err != nil {
			return err
		}
		if left == 0 && now.TotpConfirmedAt == nil {
			if now.Edges.Business.SecondFactorRequired {
				return fault.New(fault.Invalid, "secondFactor.required")
			}
			if err := dropCodes(ctx, tx, m.staff); err != nil {
				return err
			}
		}
		return m.changed(ctx, tx, change)
	})
	if err != nil {
		return s.refused(system, m, audit.SecondFactorChanged, err)
	}
	s.Nudge()
	return nil
}

// RenamePasskey gives a passkey another name. It refuses with NotFound, Required and Invalid.
func (s *Service) RenamePasskey(ctx context.Context, id ident.ID, name string) (*ent.Passkey, error) {
	m, system, err := s.whoAsks(ctx)
	if err != nil {
		return nil, err
	}
	if m.session.Pending {
		return nil, unauthenticated()
	}
	name, wrong := keyName(name)
	if wrong != nil {
		return nil, s.refused(system, m, audit.SecondFactorChanged, fault.Refuse(wrong...))
	}
	var row *ent.Passkey
	err = s.Store.WithTx(system, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Passkey.Update().Where(passkey.BusinessID(m.staff.BusinessID), passkey.StaffID(m.staff.ID), passkey.ID(id)).SetName(name).Save(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Refuse(fault.At(fault.NotFound, "passkeyId", "error.notFound"))
		}
		if row, err = tx.Passkey.Query().Where(passkey.BusinessID(m.staff.BusinessID), passkey.ID(id)).Only(ctx); err != nil {
			return err
		}
		return m.record(ctx, tx, audit.SecondFactorChanged, schematype.Succeeded, map[string]string{"change": "PASSKEY_RENAMED"})
	})
	if err != nil {
		return nil, s.refused(system, m, audit.SecondFactorChanged, err)
	}
	return row.Unwrap(), nil
}

// Reset takes every second factor from another staff member who has lost them, and ends that member's sessions and
// API tokens. Owners may call it, with a recent proof; it refuses with NotYoursToGrant, ReauthenticationRequired,
// NotFound, and Invalid for oneself. The staff member is told by mail.
func (s *Service) Reset(ctx context.Context, id ident.ID) (*ent.StaffMember, error) {
	v := viewer.From(ctx)
	if v.Kind != viewer.StaffMember {
		return nil, unauthenticated()
	}
	var m *ent.StaffMember
	err := identity.RequireProof(ctx, s.Store.Now())
	if !v.Owner {
		err = fault.New(fault.NotYoursToGrant, "secondFactor.ownersOnly")
	}
	if err == nil && id == v.PersonID {
		err = fault.Refuse(fault.At(fault.Invalid, "staffId", "secondFactor.notYourself"))
	}
	system := viewer.AsSystem(ctx, v.BusinessID, "second factors are seen by nobody")
	actor := &audit.Actor{Kind: schematype.ActorStaff, ID: v.PersonID, Name: v.Name}
	if err == nil {
		err = s.Store.WithTx(system, func(ctx context.Context, tx *store.Tx) error {
			n, err := tx.StaffMember.Update().Where(staffmember.BusinessID(v.BusinessID), staffmember.ID(id)).
				ClearTotpSecret().ClearTotpConfirmedAt().SetSecondFailures(0).AddCredEpoch(1).SetUpdatedAt(tx.Now).Save(ctx)
			if err != nil {
				return err
			}
			if n != 1 {
				return fault.Refuse(fault.At(fault.NotFound, "staffId", "error.notFound"))
			}
			if m, err = tx.StaffMember.Query().Where(staffmember.BusinessID(v.BusinessID), staffmember.ID(id)).Only(ctx); err != nil {
				return err
			}
			m = m.Unwrap()
			if _, err := tx.Passkey.Delete().Where(passkey.BusinessID(v.BusinessID), passkey.StaffID(id)).Exec(ctx); err != nil {
				return err
			}
			if err := dropCodes(ctx, tx, m); err != nil {
				return err
			}
			if err := tell(ctx, tx, m, "RESET"); err != nil {
				return err
			}
			_, err = audit.Record(ctx, tx, audit.Entry{Action: audit.SecondFactorChanged, Actor: actor, SubjectType: audit.SubjectStaff, Subject: id,
				Facts: map[string]string{"staff": m.Name, "change": "RESET"}})
			return err
		})
	}
	if err == nil {
		s.Nudge()
		return m, nil
	}
	refusal := fault.As(err)
	if refusal == nil || len(refusal.Fields) == 0 {
		return nil, err
	}
	recordErr := s.Store.WithTx(system, func(ctx context.Context, tx *store.Tx) error {
		_, err := audit.Record(ctx, tx, audit.Entry{Action: audit.SecondFactorChanged, Outcome: schematype.WasRefused, Actor: actor,
			Facts: map[string]string{"change": "RESET", "reason": string(refusal.Fields[0].Code)}})
		return err
	})
	if recordErr != nil {
		return nil, recordErr
	}
	return nil, err
}
