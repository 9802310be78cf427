package credit_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/creditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/smsaccount"
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

func TestAddingCreditsTellsWhoAndWhyAndHappensOncePerKey(t *testing.T) {
	each(t, func(s *school) {
		in := credit.AddInput{Credits: 100, Note: "  invoice 7 ", IdempotencyKey: key}
		var first ident.ID
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				entry, account, err := s.credits.Add(s.staff, in)
				if err != nil {
					s.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if first.IsZero() {
					first = entry.ID
				}
				if entry.ID != first || entry.BalanceAfter != 100 || entry.Note != "invoice 7" || account.Balance != 100 {
					s.Errorf("answered with %v and %v", entry, account)
				}
			})
		}
		wg.Wait()
		s.want(100, 0)
		in.Credits = 5
		if _, _, err := s.credits.Add(s.staff, in); !fault.Is(err, fault.IdempotencyKeyReused) {
			s.Errorf("the key for something else: %v", err)
		}
		told, err := s.store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.SMSCreditsChanged))).Only(s.staff)
		if err != nil {
			s.Fatal(err)
		}
		if told.ActorName != "Dana Price" || told.Facts["credits"] != "100" || told.Facts["balance"] != "100" || *told.SubjectID != first {
			s.Errorf("the Audit Log says %v", told)
		}
	})
}

func TestBalancesAfterParallelGrantsAreAllDifferent(t *testing.T) {
	each(t, func(s *school) {
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				_, _, err := s.credits.Add(s.staff, credit.AddInput{Credits: 7, Note: "n", IdempotencyKey: ident.New().String()})
				if err != nil {
					s.Error(err)
				}
			})
		}
		wg.Wait()
		seen := map[int]bool{}
		for _, line := range s.lines() {
			seen[line.BalanceAfter] = true
		}
		if len(seen) != 12 || !seen[84] {
			s.Errorf("balances after: %v", seen)
		}
	})
}

func TestAddRefusesEverythingThatIsWrongAtOnce(t *testing.T) {
	each(t, func(s *school) {
		for _, c := range []struct {
			name string
			in   credit.AddInput
			want string
		}{
			{"nothing at all", credit.AddInput{}, "credits note idempotencyKey"},
			{"too many", credit.AddInput{Credits: 100_001, Note: "n", IdempotencyKey: key}, "credits"},
			{"taking away", credit.AddInput{Credits: -1, Note: "n", IdempotencyKey: key}, "credits"},
			{"a blank note", credit.AddInput{Credits: 1, Note: " \t", IdempotencyKey: key}, "note"},
			{"a long note", credit.AddInput{Credits: 1, Note: strings.Repeat("ü", 201), IdempotencyKey: key}, "note"},
			{"a short key", credit.AddInput{Credits: 1, Note: "n", IdempotencyKey: "short"}, "idempotencyKey"},
		} {
			_, _, err := s.credits.Add(s.staff, c.in)
			var fields []string
			if e := fault.As(err); e != nil {
				for _, f := range e.Fields {
					fields = append(fields, f.Path[1])
				}
			}
			if got := strings.Join(fields, " "); got != c.want {
				s.Errorf("%s: refused for %q, want %q (%v)", c.name, got, c.want, err)
			}
		}
		if _, _, err := s.credits.Add(s.staff, credit.AddInput{Credits: 1, Note: strings.Repeat("ü", 200), IdempotencyKey: key}); err != nil {
			s.Errorf("a note of 200 characters: %v", err)
		}
	})
}

func TestCreditsAreChangedWithThePermissionOnly(t *testing.T) {
	each(t, func(s *school) {
		for name, v := range map[string]viewer.Viewer{
			"nobody":                   {},
			"a guardian":               {Kind: viewer.Guardian, BusinessID: s.business, PersonID: ident.New(), FamilyID: ident.New()},
			"a link holder":            {Kind: viewer.LinkHolder, BusinessID: s.business, TokenID: ident.New()},
			"staff without permission": {Kind: viewer.StaffMember, BusinessID: s.business, PersonID: ident.New(), Granted: []viewer.Permission{viewer.SMSSpend}},
		} {
			ctx := viewer.With(s.Context(), v)
			_, _, err := s.credits.Add(ctx, credit.AddInput{Credits: 1, Note: "n", IdempotencyKey: key})
			if !fault.Is(err, fault.Forbidden) {
				s.Errorf("%s adds: %v", name, err)
			}
			if _, err := s.credits.SetEnabled(ctx, false); !fault.Is(err, fault.Forbidden) {
				s.Errorf("%s switches: %v", name, err)
			}
			if _, err := s.credits.AddFromShell(ctx, s.business, 1, "n"); !fault.Is(err, fault.Forbidden) {
				s.Errorf("%s adds from a shell: %v", name, err)
			}
			if err := credit.Check(ctx, s.store); !fault.Is(err, fault.Forbidden) {
				s.Errorf("%s checks: %v", name, err)
			}
			if _, err := s.credits.Account(ctx); (err == nil) != (v.Kind == viewer.StaffMember) {
				s.Errorf("%s reads: %v", name, err)
			}
		}
		s.want(0, 0)
	})
}

func TestTheCreditsOfAnotherBusinessDoNotExist(t *testing.T) {
	each(t, func(s *school) {
		other := s.newBusiness("splash")
		s.add(1)
		ctx := viewer.With(s.Context(), viewer.Viewer{Kind: viewer.StaffMember, BusinessID: other, PersonID: ident.New(), Owner: true})
		err := s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := s.credits.Hold(ctx, tx, credit.HoldInput{Business: s.business, Message: ident.New(), Audit: ident.New()})
			return err
		})
		if err == nil || fault.As(err) != nil {
			s.Errorf("holding a credit of another business: %v", err)
		}
		s.want(1, 0)
	})
}

func TestSwitchingToWhatIsSoWritesNothing(t *testing.T) {
	each(t, func(s *school) {
		count := func() int {
			n, err := s.store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.SMSSettingChanged))).Count(s.staff)
			if err != nil {
				s.Fatal(err)
			}
			return n
		}
		for i, c := range []struct {
			enabled bool
			entries int
		}{{true, 0}, {false, 1}, {false, 1}, {true, 2}} {
			a, err := s.credits.SetEnabled(s.staff, c.enabled)
			if err != nil || a.Enabled != c.enabled || count() != c.entries {
				s.Errorf("step %d: %v, %v, %d entries", i, a, err, count())
			}
		}
		e, err := s.store.Client.AuditEntry.Query().Order(ent.Asc(auditentry.FieldID)).First(s.staff)
		if err != nil || len(e.Details) != 1 || e.Details[0] != (schematype.Detail{Key: "enabled", Before: "true", After: "false"}) {
			s.Errorf("the Audit Log says %v (%v)", e, err)
		}
	})
}

func TestCheckFindsABalanceThatIsNotTheSumOfItsLines(t *testing.T) {
	each(t, func(s *school) {
		s.add(5)
		s.mustHold()
		change := func(balance, held int) {
			s.tx(func(ctx context.Context, tx *store.Tx) error {
				return tx.SmsAccount.Update().Where(smsaccount.BusinessID(s.business)).AddBalance(balance).AddHeld(held).Exec(ctx)
			})
		}
		for _, c := range []struct {
			balance, held int
			want          string
		}{{3, 0, "the balance is 7, the lines add up to 4"}, {0, 1, "2 credits are held, 1 holds are open, 1 messages hold one"}} {
			change(c.balance, c.held)
			if err := credit.Check(s.system, s.store); err == nil || !strings.Contains(err.Error(), c.want) {
				s.Errorf("got %v, want %q", err, c.want)
			}
			change(-c.balance, -c.held)
		}
	})
}

func TestTheDatabaseItselfRefusesANegativeBalanceAndChangedLines(t *testing.T) {
	each(t, func(s *school) {
		s.add(1)
		err := s.store.WithTx(s.system, func(ctx context.Context, tx *store.Tx) error {
			return tx.SmsAccount.Update().Where(smsaccount.BusinessID(s.business)).AddBalance(-2).Exec(ctx)
		})
		if !store.IsCheckViolation(err) {
			s.Errorf("a negative balance: %v", err)
		}
		if _, err := s.store.Client.CreditEntry.Delete().Exec(s.system); err == nil {
			s.Error("lines were deleted")
		}
	})
}

func TestAddingFromAShellNeedsABusinessWithCredits(t *testing.T) {
	each(t, func(s *school) {
		ctx, cancel := context.WithTimeout(s.system, 5*time.Second)
		defer cancel()
		if _, err := s.credits.AddFromShell(ctx, ident.New(), 1, "n"); err == nil {
			s.Error("added to nothing")
		}
		if _, err := s.credits.AddFromShell(ctx, s.business, 0, ""); len(fault.As(err).Fields) != 2 {
			s.Errorf("got %v", err)
		}
		e, err := s.credits.AddFromShell(ctx, s.business, credit.MaxAdd, "a start")
		if err != nil || e.BalanceAfter != credit.MaxAdd || e.ActorKind != schematype.ActorSystem || e.ActorID != nil {
			s.Errorf("got %v, %v", e, err)
		}
	})
}
