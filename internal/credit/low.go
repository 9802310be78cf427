package credit

import (
	"context"
	"strconv"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/smsaccount"
	"officeportal/ent/staffmember"
	"officeportal/internal/message"
	"officeportal/internal/store"
)

// IsLow reports whether the balance has fallen to what owners want to be told of.
func IsLow(a *ent.SmsAccount) bool { return a.Balance <= a.LowAt }

// tellLow queues one e-mail to every owner when the balance has just become low. It is told once: not again
// for every text that follows, and not again when a credit that came back is spent a second time, but only
// after credits were added.
func tellLow(ctx context.Context, tx *store.Tx, a *ent.SmsAccount) error {
	if !IsLow(a) || a.LowToldAt != nil {
		return nil
	}
	n, err := tx.SmsAccount.Update().Where(smsaccount.BusinessID(a.BusinessID), smsaccount.LowToldAtIsNil()).
		SetLowToldAt(tx.Now).Save(ctx)
	if err != nil || n == 0 {
		return err
	}
	owners, err := tx.StaffMember.Query().
		Where(staffmember.BusinessID(a.BusinessID), staffmember.Owner(true), staffmember.Active(true)).All(ctx)
	if err != nil {
		return err
	}
	for _, o := range owners {
		if err := message.Enqueue(ctx, tx, message.Draft{
			Business: a.BusinessID, Staff: o.ID, Kind: schematype.CreditsLow, Channel: schematype.Email,
			Destination: o.Email, Locale: o.Locale, Params: map[string]string{"credits": strconv.Itoa(a.Balance)},
		}); err != nil {
			return err
		}
	}
	return nil
}

// lowIsOver makes the next fall one that is told of, when the balance is above the mark again.
func lowIsOver(ctx context.Context, tx *store.Tx, a *ent.SmsAccount) error {
	if IsLow(a) || a.LowToldAt == nil {
		return nil
	}
	a.LowToldAt = nil
	return tx.SmsAccount.Update().Where(smsaccount.BusinessID(a.BusinessID)).ClearLowToldAt().Exec(ctx)
}
