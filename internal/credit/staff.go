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
	if err := mayManage(ctx); err != nil {
		return nil, nil, err
	}
	in.Note = strings.TrimSpace(in.Note)
	if err := fault.Refuse(append(check(in.Credits, in.Note), idempotency.Check(in.IdempotencyKey)...)...); err != nil {
		return nil, nil, err
	}
	business := viewer.From(ctx).BusinessID
	claim := struct {
		Credits int    `json:"credits"`
		Note    string `json:"note"`
	}{in.Credits, in.Note}
	id := ident.New()
	var entry *ent.CreditEntry
	var account *ent.SmsAccount
	err := s.store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if err := idempotency.Claim(ctx, tx, in.IdempotencyKey, claim, idempotency.ID{ID: id}); err != nil {
			return err
		}
		entry, account, err = grant(ctx, tx, business, id, in.Credits, in.Note)
		return err
	})
	if !errors.Is(err, idempotency.ErrClaimed) {
		return entry, account, err
	}
	var before idempotency.ID
	if err := idempotency.Answer(ctx, s.store, in.IdempotencyKey, claim, &before); err != nil {
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
		entry, _, err = grant(ctx, tx, business, id, credits, note)
		return err
	})
	if store.IsUniqueViolation(err) {
		return s.entry(store.WithFresh(ctx), business, id)
	}
	return entry, err
}

// SetEnabled switches text messaging of the viewer's business on or off and returns the credits as they
// are then. Staff with SETTINGS_MANAGE may call it; others get Forbidden. Asking for what is so already
// writes nothing.
func (s *Service) SetEnabled(ctx context.Context, enabled bool) (*ent.SmsAccount, error) {
	if err := mayManage(ctx); err != nil {
		return nil, err
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

// grant adds credits, writes the line with the given id and the audit entry.
func grant(ctx context.Context, tx *store.Tx, business, id ident.ID, credits int, note string) (*ent.CreditEntry, *ent.SmsAccount, error) {
	n, err := tx.SmsAccount.Update().Where(smsaccount.BusinessID(business)).AddBalance(credits).Save(ctx)
	if err != nil {
		return nil, nil, err
	}
	if n != 1 {
		return nil, nil, errNoAccount
	}
	account, err := accountOf(ctx, tx, business)
	if err != nil {
		return nil, nil, err
	}
	note = audit.Clean(note, maxNote)
	auditID := ident.New()
	entry, err := save(ctx, tx, line{
		id: id, kind: schematype.CreditGrant, amount: credits, account: account,
		key: "grant:" + id.String(), audit: auditID, note: note,
	})
	if err != nil {
		return nil, nil, err
	}
	_, err = audit.Record(ctx, tx, audit.Entry{
		ID: auditID, Action: audit.SMSCreditsChanged, Business: business, SubjectType: audit.SubjectCredit, Subject: id,
		Facts: map[string]string{"credits": strconv.Itoa(credits), "balance": strconv.Itoa(account.Balance), "note": note},
		Details: []schematype.Detail{
			{Key: "balance", Before: strconv.Itoa(account.Balance - credits), After: strconv.Itoa(account.Balance)},
			{Key: "note", After: note},
		},
	})
	return entry, account, err
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
