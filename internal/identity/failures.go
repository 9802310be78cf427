package identity

import (
	"context"

	"officeportal/ent/guardian"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// MaxFailures is how many wrong passwords in a row disable the password until it is reset by link (NIST SP 800-63B-4
// §3.2.2). The way back by link is never closed, and no answer tells whether it happened.
const MaxFailures = 100

// WrongPassword counts a wrong password of a person who is signed in, as failed does at sign-in: a session that is not
// the own is no way around it. It runs in the caller's transaction.
func WrongPassword(ctx context.Context, tx *store.Tx, v viewer.Viewer) error {
	return failed(ctx, tx, v)
}

// RightPassword ends the row of wrong ones.
func RightPassword(ctx context.Context, tx *store.Tx, v viewer.Viewer) error {
	return succeeded(ctx, tx, v)
}

// failed counts a wrong password of a person and disables the password at the last one. It runs the same statements
// for nobody, whose zero id matches no row, so that the time of an answer tells nothing.
func failed(ctx context.Context, tx *store.Tx, v viewer.Viewer) error {
	ctx = viewer.AsSystem(ctx, v.BusinessID, "wrong passwords are counted for somebody who is not signed in")
	var disabled int
	var err error
	if v.Kind == viewer.StaffMember {
		if err = tx.StaffMember.Update().Where(staffmember.ID(v.PersonID), staffmember.PasswordDisabledAtIsNil()).AddFailures(1).Exec(ctx); err != nil {
			return err
		}
		disabled, err = tx.StaffMember.Update().
			Where(staffmember.ID(v.PersonID), staffmember.FailuresGTE(MaxFailures), staffmember.PasswordDisabledAtIsNil()).
			SetPasswordDisabledAt(tx.Now).Save(ctx)
	} else {
		if err = tx.Guardian.Update().Where(guardian.ID(v.PersonID), guardian.PasswordDisabledAtIsNil()).AddFailures(1).Exec(ctx); err != nil {
			return err
		}
		disabled, err = tx.Guardian.Update().
			Where(guardian.ID(v.PersonID), guardian.FailuresGTE(MaxFailures), guardian.PasswordDisabledAtIsNil()).
			SetPasswordDisabledAt(tx.Now).Save(ctx)
	}
	if err != nil || disabled == 0 {
		return err
	}
	e := about(audit.PasswordDisabled, v)
	e.Actor = &audit.Actor{Kind: schematype.ActorSystem, Name: "Office Portal"}
	_, err = audit.Record(ctx, tx, e)
	return err
}

// succeeded ends the row of wrong passwords.
func succeeded(ctx context.Context, tx *store.Tx, v viewer.Viewer) error {
	if v.Kind == viewer.StaffMember {
		return tx.StaffMember.Update().
			Where(staffmember.ID(v.PersonID), staffmember.FailuresGT(0), staffmember.PasswordDisabledAtIsNil()).SetFailures(0).Exec(ctx)
	}
	return tx.Guardian.Update().
		Where(guardian.ID(v.PersonID), guardian.FailuresGT(0), guardian.PasswordDisabledAtIsNil()).SetFailures(0).Exec(ctx)
}
