package credit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"officeportal/ent"
	"officeportal/ent/creditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/smsaccount"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/idempotency"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

const maxNote = 200

// Account returns the credits of the viewer's business. Staff may call it.
func (s *Service) Account(ctx context.Context) (*ent.SmsAccount, error) {
	return s.store.Client.SmsAccount.Query().Where(smsaccount.BusinessID(viewer.From(ctx).BusinessID)).Only(ctx)
}

// Add adds credits to the viewer's business and returns the line and the credits as they are then. Staff
// with SETTINGS_MANAGE may call it. It refuses with Forbidden, with Required and Invalid for the input,
// and with IdempotencyKeyReused; the same key with the same input within 24 hours adds nothing more and
// answers with the first line.
func (s *Service) Add(ctx context.Context, in AddInput) (*ent.CreditEntry, *ent.SmsAccount, error) {
	in.Note = strings.TrimSpace(in.Note)
	c := change{kind: schematype.CreditGrant, credits: in.Credits, note: in.Note}
	return s.once(ctx, in.IdempotencyKey, c, check(in.Credits, in.Note))
}

// Adjust corrects the balance of the viewer's business, up or down, by a line of its own. Staff with
// SETTINGS_MANAGE may call it. It refuses as Add does, and with NoCredits what would take the balance below
// zero.
func (s *Service) Adjust(ctx context.Context, in AdjustInput) (*ent.CreditEntry, *ent.SmsAccount, error) {
	in.Note = strings.TrimSpace(in.Note)
	c := change{kind: schematype.CreditAdjust, credits: in.Credits, note: in.Note}
	entry, account, err := s.once(ctx, in.IdempotencyKey, c, check(max(in.Credits, -in.Credits), in.Note))
	if fault.Is(err, fault.NoCredits) {
		if auditErr := s.recordRefused(ctx, c); auditErr != nil {
			return nil, nil, auditErr
		}
	}
	return entry, account, err
}

// once makes a change of the balance that staff ask for, once for each key.
func (s *Service) once(ctx context.Context, key string, c change, problems []fault.Field) (*ent.CreditEntry, *ent.SmsAccount, error) {
	if err := mayManage(ctx); err != nil {
		return nil, nil, err
	}
	if err := fault.Refuse(append(problems, idempotency.Check(key)...)...); err != nil {
		return nil, nil, err
	}
	business := viewer.From(ctx).BusinessID
	claim := struct {
		Kind    schematype.CreditKind `json:"kind"`
		Credits int                   `json:"credits"`
		Note    string                `json:"note"`
	}{c.kind, c.credits, c.note}
	c.id, c.business = ident.New(), business
	var entry *ent.CreditEntry
	var account *ent.SmsAccount
	err := s.store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if err := idempotency.Claim(ctx, tx, key, claim, idempotency.ID{ID: c.id}); err != nil {
			return err
		}
		entry, account, err = apply(ctx, tx, c)
		return err
	})
	if err != nil && !errors.Is(err, idempotency.ErrClaimed) {
		return nil, nil, err
	}
	if err == nil {
		return entry, account, nil
	}
	var before idempotency.ID
	if err := idempotency.Answer(ctx, s.store, key, claim, &before); err != nil {
		return nil, nil, err
	}
	ctx = store.WithFresh(ctx)
	if entry, err = s.entry(ctx, business, before.ID); err != nil {
		return nil, nil, err
	}
	account, err = s.Account(ctx)
	return entry, account, err
}

// AddFromShell adds credits for whoever runs the machine. The viewer must be the system. Errors of the
// input are faults, as in Add.
func (s *Service) AddFromShell(ctx context.Context, business ident.ID, credits int, note string) (*ent.CreditEntry, error) {
	if viewer.From(ctx).Kind != viewer.System {
		return nil, fault.New(fault.Forbidden, "credit.forbidden")
	}
	note = strings.TrimSpace(note)
	if err := fault.Refuse(check(credits, note)...); err != nil {
		return nil, err
	}
	ctx = viewer.AsSystem(ctx, business, "credits are added from the command line")
	id := ident.New()
	var entry *ent.CreditEntry
	// The line's own key makes it safe to run again when it is in doubt whether the first run was kept.
	err := s.store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		entry, _, err = apply(ctx, tx, change{id: id, business: business, kind: schematype.CreditGrant, credits: credits, note: note})
		return err
	})
	if store.IsUniqueViolation(err) {
		return s.entry(store.WithFresh(ctx), business, id)
	}
	return entry, err
}

// SetEnabled switches text messaging of the viewer's business on or off and returns the credits as they
// are then. Staff with SETTINGS_MANAGE may call it; others get Forbidden. It refuses with Invalid to switch on what
// does not fit one segment: a text that costs three credits must not be a surprise. Asking for what is so already
// writes nothing.
func (s *Service) SetEnabled(ctx context.Context, enabled bool) (*ent.SmsAccount, error) {
	if err := mayManage(ctx); err != nil {
		return nil, err
	}
	if enabled && s.Fits != nil {
		if err := s.Fits(viewer.From(ctx).Business.Name); err != nil {
			return nil, err
		}
	}
	business := viewer.From(ctx).BusinessID
	var account *ent.SmsAccount
	// Safe to run again in doubt: a second run finds the switch where the first left it.
	err := s.store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.SmsAccount.Update().
			Where(smsaccount.BusinessID(business), smsaccount.Enabled(!enabled)).SetEnabled(enabled).Save(ctx)
		if err != nil {
			return err
		}
		if account, err = accountOf(ctx, tx, business); err != nil || n == 0 {
			return err
		}
		_, err = audit.Record(ctx, tx, audit.Entry{
			Action: audit.SMSSettingChanged, SubjectType: audit.SubjectAccount, Subject: account.ID,
			Facts:   map[string]string{"enabled": strconv.FormatBool(enabled)},
			Details: []schematype.Detail{{Key: "enabled", Before: strconv.FormatBool(!enabled), After: strconv.FormatBool(enabled)}},
		})
		return err
	})
	return account, err
}

// SetReserve sets how many credits of the viewer's business only password resets may use, and from which
// balance on its owners are told. Staff with SETTINGS_MANAGE may call it. It refuses with Forbidden, and with
// Invalid for the input. Asking for what is so already writes nothing.
func (s *Service) SetReserve(ctx context.Context, in ReserveInput) (*ent.SmsAccount, error) {
	if err := mayManage(ctx); err != nil {
		return nil, err
	}
	var wrong []fault.Field
	if in.Reserve < 0 || in.Reserve > MaxAdd {
		wrong = append(wrong, fault.At(fault.Invalid, "reserve", "credit.number", "max", MaxAdd))
	}
	if in.LowAt != nil && (*in.LowAt < 0 || *in.LowAt > MaxAdd) {
		wrong = append(wrong, fault.At(fault.Invalid, "lowAt", "credit.number", "max", MaxAdd))
	}
	if err := fault.Refuse(wrong...); err != nil {
		return nil, err
	}
	business := viewer.From(ctx).BusinessID
	var account *ent.SmsAccount
	// Safe to run again in doubt: a second run finds the numbers where the first left them.
	err := s.store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		// The row is locked before it is read, so that what is told to the Audit Log is what was there.
		if _, err := tx.SmsAccount.Update().Where(smsaccount.BusinessID(business)).AddHeld(0).Save(ctx); err != nil {
			return err
		}
		before, err := accountOf(ctx, tx, business)
		if err != nil {
			return err
		}
		lowAt := before.LowAt
		if in.LowAt != nil {
			lowAt = *in.LowAt
		}
		account = before
		var details []schematype.Detail
		for _, d := range []schematype.Detail{
			{Key: "reserve", Before: strconv.Itoa(before.Reserve), After: strconv.Itoa(in.Reserve)},
			{Key: "lowAt", Before: strconv.Itoa(before.LowAt), After: strconv.Itoa(lowAt)},
		} {
			if d.Before != d.After {
				details = append(details, d)
			}
		}
		if len(details) == 0 {
			return nil
		}
		if err := tx.SmsAccount.Update().Where(smsaccount.BusinessID(business)).
			SetReserve(in.Reserve).SetLowAt(lowAt).Exec(ctx); err != nil {
			return err
		}
		if account, err = accountOf(ctx, tx, business); err != nil {
			return err
		}
		if err := lowIsOver(ctx, tx, account); err != nil {
			return err
		}
		_, err = audit.Record(ctx, tx, audit.Entry{
			Action: audit.SMSSettingChanged, SubjectType: audit.SubjectAccount, Subject: account.ID,
			Facts: map[string]string{"reserve": strconv.Itoa(in.Reserve), "lowAt": strconv.Itoa(lowAt)}, Details: details,
		})
		return err
	})
	return account, err
}

// change is a change of the balance that is a cause itself: it has an audit entry of its own.
type change struct {
	id, business ident.ID
	kind         schematype.CreditKind
	credits      int
	note         string
}

// apply changes the balance, writes the line and the audit entry.
func apply(ctx context.Context, tx *store.Tx, c change) (*ent.CreditEntry, *ent.SmsAccount, error) {
	n, err := tx.SmsAccount.Update().Where(smsaccount.BusinessID(c.business), smsaccount.BalanceGTE(-c.credits)).
		AddBalance(c.credits).Save(ctx)
	if err != nil {
		return nil, nil, err
	}
	account, err := accountOf(ctx, tx, c.business)
	if err != nil {
		return nil, nil, err
	}
	if n != 1 {
		return nil, nil, &fault.Error{Fields: []fault.Field{{Code: fault.NoCredits, Path: []string{"input", "credits"},
			Text: "credit.belowZero", Balance: account.Balance, Needed: -c.credits}}}
	}
	if err := lowIsOver(ctx, tx, account); err != nil {
		return nil, nil, err
	}
	c.note = audit.Clean(c.note, maxNote)
	auditID := ident.New()
	entry, err := save(ctx, tx, line{
		id: c.id, kind: c.kind, amount: c.credits, account: account,
		key: strings.ToLower(string(c.kind)) + ":" + c.id.String(), audit: auditID, note: c.note,
	})
	if err != nil {
		return nil, nil, err
	}
	e := c.entry()
	e.ID, e.Subject = auditID, c.id
	e.Facts["balance"] = strconv.Itoa(account.Balance)
	e.Details = []schematype.Detail{
		{Key: "balance", Before: strconv.Itoa(account.Balance - c.credits), After: strconv.Itoa(account.Balance)},
		{Key: "note", After: c.note},
	}
	_, err = audit.Record(ctx, tx, e)
	return entry, account, err
}

// entry is what the Audit Log is told of the change.
func (c change) entry() audit.Entry {
	e := audit.Entry{Action: audit.SMSCreditsChanged, Business: c.business, SubjectType: audit.SubjectCredit,
		Facts: map[string]string{"credits": strconv.Itoa(c.credits), "note": c.note}}
	if c.kind == schematype.CreditAdjust {
		e.Facts["adjusted"] = "yes"
	}
	return e
}

func (s *Service) recordRefused(ctx context.Context, c change) error {
	c.business = viewer.From(ctx).BusinessID
	e := c.entry()
	e.SubjectType, e.Outcome, e.Facts["reason"] = "", schematype.WasRefused, string(fault.NoCredits)
	return s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := audit.Record(ctx, tx, e)
		return err
	})
}

func (s *Service) entry(ctx context.Context, business, id ident.ID) (*ent.CreditEntry, error) {
	return s.store.Client.CreditEntry.Query().Where(creditentry.BusinessID(business), creditentry.ID(id)).Only(ctx)
}

func mayManage(ctx context.Context) error {
	if viewer.From(ctx).Can(viewer.SettingsManage) {
		return nil
	}
	return fault.New(fault.Forbidden, "credit.forbidden")
}

func check(credits int, note string) []fault.Field {
	var wrong []fault.Field
	if credits < 1 || credits > MaxAdd {
		wrong = append(wrong, fault.At(fault.Invalid, "credits", "error.credits"))
	}
	switch {
	case note == "":
		wrong = append(wrong, fault.At(fault.Required, "note", "error.required"))
	case utf8.RuneCountInString(note) > maxNote:
		wrong = append(wrong, fault.At(fault.Invalid, "note", "error.tooLong", "max", maxNote))
	}
	return wrong
}

// Check compares the credits of every business with the lines of its ledger and with its messages, and
// returns one error that names each business where they differ. It reads everything in one statement, so
// that it can run beside others who spend. The viewer must be the system.
func Check(ctx context.Context, s *store.Store) error {
	if v := viewer.From(ctx); v.Kind != viewer.System || !v.BusinessID.IsZero() {
		return fault.New(fault.Forbidden, "credit.forbidden")
	}
	rows, err := s.Driver.QueryContext(store.WithFresh(ctx), `
SELECT a.business_id, a.balance, a.held,
  (SELECT COALESCE(SUM(e.amount), 0) FROM credit_entries e WHERE e.business_id = a.business_id),
  (SELECT COALESCE(SUM(CASE e.kind WHEN 'HOLD' THEN 1 WHEN 'CAPTURE' THEN -1 WHEN 'RELEASE' THEN -1 ELSE 0 END), 0)
   FROM credit_entries e WHERE e.business_id = a.business_id),
  (SELECT COUNT(*) FROM messages m WHERE m.business_id = a.business_id AND m.credit = 'HELD')
FROM sms_accounts a`)
	if err != nil {
		return fmt.Errorf("credit: %w", err)
	}
	defer rows.Close()
	var wrong []error
	for rows.Next() {
		var business ident.ID
		var balance, held, sum, open, messages int
		if err := rows.Scan(&business, &balance, &held, &sum, &open, &messages); err != nil {
			return fmt.Errorf("credit: %w", err)
		}
		if balance != sum {
			wrong = append(wrong, fmt.Errorf("credit: business %s: the balance is %d, the lines add up to %d", business, balance, sum))
		}
		if held != open || held != messages {
			wrong = append(wrong, fmt.Errorf("credit: business %s: %d credits are held, %d holds are open, %d messages hold one", business, held, open, messages))
		}
	}
	return errors.Join(append(wrong, rows.Err())...)
}
