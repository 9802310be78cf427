// Package credit is the ledger of SMS credits: one credit is one text message.
//
// The balance is a row of its own, spent by one conditional statement, because reading a sum and then
// inserting a line overspends under concurrency. Every change of it is a line that is never changed
// again, so that the balance always equals the sum of the lines.
//
// A credit is held when a message is queued. A hold is resolved at most once: captured when the message
// was taken by the provider, or released when it certainly was not sent; a captured credit is refunded
// at most once. The message's own row decides, by a conditional statement, which of them happens.
//
// Every line names the audit entry that tells of its cause. What happens to a message is told by
// whoever makes it happen, who gives the entry's id; Add and SetEnabled, which are causes themselves,
// write their own.
package credit

import (
	"context"
	"errors"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"officeportal/ent"
	entmessage "officeportal/ent/message"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/smsaccount"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// MaxAdd is how many credits can be added at once: enough for anybody, and a slip of the finger stays small.
const MaxAdd = 100_000

// ErrDisabled refuses a hold while text messaging is switched off. It is a fault with ChannelUnavailable.
var ErrDisabled error = fault.New(fault.ChannelUnavailable, "credit.disabled")

var errNoAccount = errors.New("credit: the business has no row for its credits")

// Service keeps the ledger.
type Service struct {
	store *store.Store
	// Fits returns a refusal when text messages of a business of this name can't be sent in one segment; nil when all
	// can. The app sets it, which knows the address of the portal.
	Fits func(businessName string) error
}

// New returns a service.
func New(s *store.Store) *Service { return &Service{store: s} }

// CreateFor makes the row of a new business, with no credits, in the transaction that makes the business.
func (s *Service) CreateFor(ctx context.Context, tx *store.Tx, business ident.ID, enabled bool) error {
	return tx.SmsAccount.Create().SetBusinessID(business).SetEnabled(enabled).Exec(ctx)
}

// Hold takes one credit for a message that is queued in the same transaction, and returns the balance
// left. It costs three statements, and a few more when the balance has just become low. It refuses with a
// fault of NoCredits or with ErrDisabled; the transaction must then roll back.
func (s *Service) Hold(ctx context.Context, tx *store.Tx, in HoldInput) (balance int, err error) {
	spendable := smsaccount.BalanceGTE(1)
	if in.SparesReserve {
		spendable = aboveReserve
	}
	n, err := tx.SmsAccount.Update().
		Where(smsaccount.BusinessID(in.Business), smsaccount.Enabled(true), spendable).
		AddBalance(-1).AddHeld(1).Save(ctx)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return refuse(ctx, tx, in)
	}
	account, err := accountOf(ctx, tx, in.Business)
	if err != nil {
		return 0, err
	}
	if err := tellLow(ctx, tx, account); err != nil {
		return 0, err
	}
	return account.Balance, write(ctx, tx, line{
		kind: schematype.CreditHold, amount: -1, account: account, key: "hold:" + in.Message.String(),
		message: in.Message, token: in.Token, audit: in.Audit,
	})
}

// HoldForReset is Hold in the form in which password resets ask for it.
func (s *Service) HoldForReset(ctx context.Context, tx *store.Tx, business, message, token, audit ident.ID) (balance int, err error) {
	return s.Hold(ctx, tx, HoldInput{Business: business, Message: message, Token: token, Audit: audit})
}

// HoldForOther is HoldForReset for every other text, such as an invitation or the notice of a changed number:
// it leaves the reserve to password resets. token is zero for a text without a link.
func (s *Service) HoldForOther(ctx context.Context, tx *store.Tx, business, message, token, audit ident.ID) (balance int, err error) {
	return s.Hold(ctx, tx, HoldInput{Business: business, Message: message, Token: token, Audit: audit, SparesReserve: true})
}

// aboveReserve compares two columns of the row as it is.
func aboveReserve(s *sql.Selector) {
	s.Where(sql.ColumnsGT(s.C(smsaccount.FieldBalance), s.C(smsaccount.FieldReserve)))
}

// Capture spends the credit that the message holds for good. It returns false when the hold was resolved
// before, or there is none. auditID is the caller's entry in the same transaction.
func (s *Service) Capture(ctx context.Context, tx *store.Tx, m *ent.Message, auditID ident.ID) (bool, error) {
	return s.resolve(ctx, tx, m, auditID, resolution{schematype.CreditCapture, schematype.CreditHeld, schematype.CreditCaptured, 0, -1, "capture:"})
}

// Release gives back the credit that a message holds which was not sent. It returns false when the hold
// was resolved before, or there is none. auditID is the caller's entry in the same transaction.
func (s *Service) Release(ctx context.Context, tx *store.Tx, m *ent.Message, auditID ident.ID) (bool, error) {
	return s.resolve(ctx, tx, m, auditID, resolution{schematype.CreditRelease, schematype.CreditHeld, schematype.CreditReturned, 1, -1, "release:"})
}

// Refund gives back the captured credit of a message that finally did not arrive. It returns false when
// the credit is not captured: given back before, still held, or none. auditID is the caller's entry in
// the same transaction.
func (s *Service) Refund(ctx context.Context, tx *store.Tx, m *ent.Message, auditID ident.ID) (bool, error) {
	return s.resolve(ctx, tx, m, auditID, resolution{schematype.CreditRefund, schematype.CreditCaptured, schematype.CreditReturned, 1, 0, "refund:"})
}

// resolution is one step in the life of a message's credit.
type resolution struct {
	kind          schematype.CreditKind
	from, to      schematype.CreditState
	balance, held int // what is added to the account
	key           string
}

func (s *Service) resolve(ctx context.Context, tx *store.Tx, m *ent.Message, auditID ident.ID, r resolution) (bool, error) {
	n, err := tx.Message.Update().
		Where(entmessage.BusinessID(m.BusinessID), entmessage.ID(m.ID), entmessage.CreditEQ(r.from)).
		SetCredit(r.to).SetUpdatedAt(tx.Now).Save(ctx)
	if err != nil || n == 0 {
		return false, err
	}
	n, err = tx.SmsAccount.Update().Where(smsaccount.BusinessID(m.BusinessID)).
		AddBalance(r.balance).AddHeld(r.held).Save(ctx)
	if err != nil {
		return false, err
	}
	if n != 1 {
		return false, errNoAccount
	}
	account, err := accountOf(ctx, tx, m.BusinessID)
	if err != nil {
		return false, err
	}
	l := line{
		kind: r.kind, amount: r.balance, account: account, key: r.key + m.ID.String(),
		message: m.ID, audit: auditID, hidden: r.balance == 0,
	}
	if m.ResetTokenID != nil {
		l.token = *m.ResetTokenID
	}
	return true, write(ctx, tx, l)
}

// line is a line about to be written; account is its balance after.
type line struct {
	id                    ident.ID
	kind                  schematype.CreditKind
	amount                int
	account               *ent.SmsAccount
	key                   string
	message, token, audit ident.ID
	note                  string
	hidden                bool
}

func write(ctx context.Context, tx *store.Tx, l line) error {
	_, err := save(ctx, tx, l)
	return err
}

func save(ctx context.Context, tx *store.Tx, l line) (*ent.CreditEntry, error) {
	if l.audit.IsZero() {
		return nil, fmt.Errorf("credit: %s names no audit entry", l.key)
	}
	if l.id.IsZero() {
		l.id = ident.New()
	}
	v := viewer.From(ctx)
	return tx.CreditEntry.Create().
		SetID(l.id).SetBusinessID(l.account.BusinessID).SetKind(l.kind).SetAmount(l.amount).SetShown(!l.hidden).
		SetBalanceAfter(l.account.Balance).SetOpKey(l.key).
		SetNillableMessageID(optional(l.message)).SetNillableResetTokenID(optional(l.token)).SetAuditID(l.audit).
		SetActorKind(audit.ActorKind(v)).SetNillableActorID(optional(v.PersonID)).
		SetNote(l.note).SetCreatedAt(tx.Now).
		Save(ctx)
}

// accountOf reads the row after an update of it: the lock of the update makes the balance the line's own.
func accountOf(ctx context.Context, tx *store.Tx, business ident.ID) (*ent.SmsAccount, error) {
	account, err := tx.SmsAccount.Query().Where(smsaccount.BusinessID(business)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, errNoAccount
	}
	return account, err
}

// refuse says why nothing could be held. A plain read could show the row as it was when the transaction
// began, with a credit in it; what an update matches is always the row as it is.
func refuse(ctx context.Context, tx *store.Tx, in HoldInput) (int, error) {
	enabled, err := tx.SmsAccount.Update().Where(smsaccount.BusinessID(in.Business), smsaccount.Enabled(true)).AddHeld(0).Save(ctx)
	if err != nil {
		return 0, err
	}
	account, err := accountOf(ctx, tx, in.Business)
	if err != nil {
		return 0, err
	}
	switch {
	case enabled != 1:
		return 0, ErrDisabled
	case in.SparesReserve && account.Reserve > 0:
		return 0, &fault.Error{Fields: []fault.Field{{Code: fault.NoCredits, Text: "credit.reserved",
			Args: map[string]any{"reserve": account.Reserve}, Balance: account.Balance, Needed: account.Reserve + 1}}}
	default: // not one credit, or it would be held now
		return 0, &fault.Error{Fields: []fault.Field{{Code: fault.NoCredits, Text: "credit.none", Balance: 0, Needed: 1}}}
	}
}

func optional(id ident.ID) *ident.ID {
	if id.IsZero() {
		return nil
	}
	return &id
}
