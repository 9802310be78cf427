package credit_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/creditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/credit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/viewer"
)

const key = "0123456789abcdef"

// school is a business with a ledger on a database of its own.
type school struct {
	*testing.T
	store    *store.Store
	credits  *credit.Service
	business ident.ID
	staff    context.Context // the owner asks
	system   context.Context // Office Portal itself asks, of all businesses
}

func each(t *testing.T, f func(s *school)) {
	t.Helper()
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		s := &school{T: t, store: store.New(d, nil)}
		s.credits = credit.New(s.store)
		s.system = viewer.AsSystem(t.Context(), ident.ID{}, "a test")
		s.business = s.newBusiness("flips")
		s.staff = viewer.With(t.Context(), viewer.Viewer{
			Kind: viewer.StaffMember, BusinessID: s.business, PersonID: ident.New(), Name: "Dana Price", Owner: true,
		})
		f(s)
		s.sums()
	})
}

func (s *school) newBusiness(slug string) ident.ID {
	s.Helper()
	var id ident.ID
	s.tx(func(ctx context.Context, tx *store.Tx) error {
		b, err := tx.Business.Create().SetName(slug).SetSlug(slug).SetTimeZone("UTC").SetCountry("US").Save(ctx)
		if err != nil {
			return err
		}
		id = b.ID
		return s.credits.CreateFor(ctx, tx, id, true)
	})
	return id
}

// tx runs f as the system, which must succeed.
func (s *school) tx(f func(ctx context.Context, tx *store.Tx) error) {
	s.Helper()
	if err := s.store.WithTx(s.system, f); err != nil {
		s.Fatal(err)
	}
}

func (s *school) add(n int) {
	s.Helper()
	if _, err := s.credits.AddFromShell(s.system, s.business, n, "a gift"); err != nil {
		s.Fatal(err)
	}
}

// hold queues a message that holds a credit.
func (s *school) hold() (*ent.Message, error) {
	var m *ent.Message
	err := s.store.WithTx(s.system, func(ctx context.Context, tx *store.Tx) error {
		id, auditID := ident.New(), ident.New()
		if _, err := s.credits.Hold(ctx, tx, credit.HoldInput{Business: s.business, Message: id, Audit: auditID}); err != nil {
			return err
		}
		if _, err := audit.Record(ctx, tx, audit.Entry{ID: auditID, Action: audit.PasswordResetRequested, Business: s.business}); err != nil {
			return err
		}
		var err error
		m, err = tx.Message.Create().SetID(id).SetBusinessID(s.business).SetGuardianID(ident.New()).
			SetKind(schematype.PasswordReset).SetChannel(schematype.SMS).SetDestination("+13125550123").
			SetLocale("en").SetParams(map[string]string{}).SetCredit(schematype.CreditHeld).SetUpdatedAt(tx.Now).Save(ctx)
		return err
	})
	return m, err
}

func (s *school) mustHold() *ent.Message {
	s.Helper()
	m, err := s.hold()
	if err != nil {
		s.Fatal(err)
	}
	return m
}

// resolve captures, releases or refunds as the worker does: with an entry of its own in the Audit Log.
func (s *school) resolve(m *ent.Message, how func(context.Context, *store.Tx, *ent.Message, ident.ID) (bool, error)) (done bool, err error) {
	err = s.store.WithTx(s.system, func(ctx context.Context, tx *store.Tx) (err error) {
		auditID := ident.New()
		if done, err = how(ctx, tx, m, auditID); err != nil {
			return err
		}
		_, err = audit.Record(ctx, tx, audit.Entry{ID: auditID, Action: audit.PasswordResetDelivery, Business: s.business})
		return err
	})
	return done, err
}

func (s *school) account() *ent.SmsAccount {
	s.Helper()
	a, err := s.credits.Account(s.staff)
	if err != nil {
		s.Fatal(err)
	}
	return a
}

func (s *school) want(balance, held int) {
	s.Helper()
	if a := s.account(); a.Balance != balance || a.Held != held {
		s.Errorf("%d credits, %d held; want %d and %d", a.Balance, a.Held, balance, held)
	}
}

// sums checks what must always hold: the balance is the sum of the lines, and every line names an entry
// of the Audit Log that exists.
func (s *school) sums() {
	s.Helper()
	if err := credit.Check(s.system, s.store); err != nil {
		s.Error(err)
	}
	for _, line := range s.lines() {
		if n, err := s.store.Client.AuditEntry.Query().Where(auditentry.ID(line.AuditID)).Count(s.system); n != 1 || err != nil {
			s.Errorf("line %s has %d audit entries (%v)", line.OpKey, n, err)
		}
	}
}

func (s *school) lines() []*ent.CreditEntry {
	s.Helper()
	lines, err := s.store.Client.CreditEntry.Query().Order(ent.Asc(creditentry.FieldID)).All(s.system)
	if err != nil {
		s.Fatal(err)
	}
	return lines
}

func TestFiftyParallelTextsOnTenCreditsAreExactlyTen(t *testing.T) {
	each(t, func(s *school) {
		s.add(10)
		var held, refused atomic.Int64
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				switch _, err := s.hold(); {
				case err == nil:
					held.Add(1)
				case fault.Is(err, fault.NoCredits) && fault.As(err).Fields[0].Balance == 0 && fault.As(err).Fields[0].Needed == 1:
					refused.Add(1)
				default:
					s.Error(err)
				}
			})
		}
		wg.Wait()
		if held.Load() != 10 || refused.Load() != 40 {
			s.Errorf("%d held, %d refused", held.Load(), refused.Load())
		}
		s.want(0, 10)
		seen := map[int]bool{}
		for _, line := range s.lines() {
			if line.Kind == schematype.CreditHold && seen[line.BalanceAfter] {
				s.Errorf("two holds left %d credits", line.BalanceAfter)
			}
			seen[line.BalanceAfter] = true
		}
	})
}

func TestCaptureAndReleaseRacingResolveAHoldOnce(t *testing.T) {
	each(t, func(s *school) {
		s.add(5)
		for range 5 {
			m := s.mustHold()
			var captured, released atomic.Int64
			var wg sync.WaitGroup
			for range 4 {
				for count, how := range map[*atomic.Int64]func(context.Context, *store.Tx, *ent.Message, ident.ID) (bool, error){
					&captured: s.credits.Capture, &released: s.credits.Release,
				} {
					wg.Go(func() {
						if done, err := s.resolve(m, how); err != nil {
							s.Error(err)
						} else if done {
							count.Add(1)
						}
					})
				}
			}
			wg.Wait()
			if captured.Load()+released.Load() != 1 {
				s.Fatalf("captured %d times, released %d times", captured.Load(), released.Load())
			}
		}
		if a := s.account(); a.Held != 0 {
			s.Errorf("%d credits are still held", a.Held)
		}
	})
}

func TestACapturedCreditIsRefundedAtMostOnce(t *testing.T) {
	each(t, func(s *school) {
		s.add(3)
		m := s.mustHold()
		if done, err := s.resolve(m, s.credits.Refund); done || err != nil {
			s.Errorf("a held credit was refunded: %v, %v", done, err)
		}
		if done, err := s.resolve(m, s.credits.Capture); !done || err != nil {
			s.Fatalf("not captured: %v, %v", done, err)
		}
		s.want(2, 0)
		var refunds atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if done, err := s.resolve(m, s.credits.Refund); err != nil {
					s.Error(err)
				} else if done {
					refunds.Add(1)
				}
			})
		}
		wg.Wait()
		if refunds.Load() != 1 {
			s.Errorf("refunded %d times", refunds.Load())
		}
		s.want(3, 0)
		var told []string
		for _, line := range s.lines() {
			if line.Shown {
				told = append(told, string(line.Kind))
			}
		}
		if got := strings.Join(told, " "); got != "GRANT HOLD REFUND" {
			s.Errorf("people are shown %s", got)
		}
	})
}

func TestAHoldCostsThreeStatementsAndScansNothing(t *testing.T) {
	each(t, func(s *school) {
		s.add(1000)
		for range 30 {
			s.mustHold()
		}
		var rec *sqlcount.Recorder
		s.tx(func(ctx context.Context, tx *store.Tx) error {
			ctx, rec = sqlcount.Watch(viewer.With(ctx, viewer.From(s.staff)))
			id, auditID := ident.New(), ident.New()
			balance, err := s.credits.Hold(ctx, tx, credit.HoldInput{Business: s.business, Message: id, Audit: auditID})
			if balance != 969 {
				s.Errorf("%d credits are left", balance)
			}
			return errors.Join(err, auditAndMessage(s, ctx, tx, id, auditID, rec))
		})
		for _, statement := range rec.Statements() {
			plan, err := sqlcount.Explain(s.system, s.store.Driver, statement)
			if err != nil || (len(plan.Scans) > 0 && s.store.Driver.Dialect() == "sqlite3") {
				s.Errorf("%v: %v", plan, err)
			}
		}
	})
}

// auditAndMessage completes a hold whose statements have been counted.
func auditAndMessage(s *school, ctx context.Context, tx *store.Tx, id, auditID ident.ID, rec *sqlcount.Recorder) error {
	if rec.Count() != 3 {
		s.Errorf("a hold costs %d statements:\n%s", rec.Count(), rec)
	}
	if _, err := audit.Record(ctx, tx, audit.Entry{ID: auditID, Action: audit.PasswordResetRequested, Business: s.business}); err != nil {
		return err
	}
	return tx.Message.Create().SetID(id).SetBusinessID(s.business).SetGuardianID(ident.New()).
		SetKind(schematype.PasswordReset).SetChannel(schematype.SMS).SetDestination("+13125550123").
		SetLocale("en").SetParams(map[string]string{}).SetCredit(schematype.CreditHeld).SetUpdatedAt(tx.Now).Exec(ctx)
}

func TestNothingIsHeldWhileTextMessagingIsOff(t *testing.T) {
	each(t, func(s *school) {
		s.add(2)
		if _, err := s.credits.SetEnabled(s.staff, false); err != nil {
			s.Fatal(err)
		}
		if _, err := s.hold(); !errors.Is(err, credit.ErrDisabled) || !fault.Is(err, fault.ChannelUnavailable) {
			s.Errorf("got %v", err)
		}
		s.want(2, 0)
	})
}
