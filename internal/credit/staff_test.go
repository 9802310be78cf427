package credit_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/smsaccount"
	"officeportal/internal/audit"
	"officeportal/internal/credit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

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
