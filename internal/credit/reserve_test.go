package credit_test

import (
	"context"
	"sync"
	"testing"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	entmessage "officeportal/ent/message"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/credit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// holdOther queues a text that is no password reset.
func (s *school) holdOther() error {
	return s.store.WithTx(s.system, func(ctx context.Context, tx *store.Tx) error {
		id, auditID := ident.New(), ident.New()
		if _, err := s.credits.HoldForOther(ctx, tx, s.business, id, ident.ID{}, auditID); err != nil {
			return err
		}
		if _, err := audit.Record(ctx, tx, audit.Entry{ID: auditID, Action: audit.ContactChanged, Business: s.business}); err != nil {
			return err
		}
		return tx.Message.Create().SetID(id).SetBusinessID(s.business).SetGuardianID(ident.New()).
			SetKind(schematype.ContactChanged).SetChannel(schematype.SMS).SetDestination("+13125550123").
			SetLocale("en").SetParams(map[string]string{}).SetCredit(schematype.CreditHeld).SetUpdatedAt(tx.Now).Exec(ctx)
	})
}

func TestTheReserveIsForPasswordResetsOnlyUnderAnyConcurrency(t *testing.T) {
	each(t, func(s *school) {
		s.add(10)
		if _, err := s.credits.SetReserve(s.staff, credit.ReserveInput{Reserve: 4}); err != nil {
			s.Fatal(err)
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		sent := 0
		for range 16 {
			wg.Go(func() {
				err := s.holdOther()
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					sent++
				} else if !fault.Is(err, fault.NoCredits) {
					s.Error(err)
				}
			})
		}
		wg.Wait()
		if sent != 6 {
			s.Errorf("%d other texts, want 6", sent)
		}
		s.want(4, 6)
		for range 4 {
			s.mustHold()
		}
		s.want(0, 10)
		if refusal := fault.As(s.holdOther()); refusal == nil || refusal.Fields[0].Text != "credit.reserved" || refusal.Fields[0].Needed != 5 {
			s.Errorf("below the reserve: %v", refusal)
		}
	})
}

// owner adds an owner whom mail reaches, or one who works there no more.
func (s *school) owner(email string, active bool) *ent.StaffMember {
	s.Helper()
	m, err := s.store.Client.StaffMember.Create().SetBusinessID(s.business).SetName("Olive Owner").SetEmail(email).
		SetEmailKey(append([]byte(email), make([]byte, 32)...)[:32]).SetPermissions([]viewer.Permission{}).
		SetOwner(true).SetActive(active).SetLocale("es").Save(s.system)
	if err != nil {
		s.Fatal(err)
	}
	return m
}

// told are the warnings in the outbox.
func (s *school) told() []*ent.Message {
	s.Helper()
	found, err := s.store.Client.Message.Query().Where(entmessage.KindEQ(schematype.CreditsLow)).Order(ent.Asc(entmessage.FieldID)).All(s.system)
	if err != nil {
		s.Fatal(err)
	}
	return found
}

func TestOwnersAreToldOnceWhenTheBalanceBecomesLow(t *testing.T) {
	each(t, func(s *school) {
		olive := s.owner("olive@example.com", true)
		s.owner("left@example.com", false)
		s.add(25)
		for range 4 {
			s.mustHold()
		}
		if n := len(s.told()); n != 0 {
			s.Fatalf("told %d times at 21", n)
		}
		var wg sync.WaitGroup
		held := make(chan *ent.Message, 8)
		for range 8 {
			wg.Go(func() {
				m, err := s.hold()
				if err != nil {
					s.Error(err)
				}
				held <- m
			})
		}
		wg.Wait()
		told := s.told()
		if len(told) != 1 || *told[0].StaffID != olive.ID || told[0].Destination != "olive@example.com" || told[0].Locale != "es" ||
			told[0].Channel != schematype.Email || told[0].Params["credits"] != "20" {
			s.Fatalf("told %v", told)
		}
		for range 8 { // what comes back and is spent again is no new fall
			if _, err := s.resolve(<-held, s.credits.Release); err != nil {
				s.Fatal(err)
			}
		}
		s.mustHold()
		s.mustHold()
		if n := len(s.told()); n != 1 {
			s.Errorf("told %d times", n)
		}
		s.add(1) // still low
		s.mustHold()
		if n := len(s.told()); n != 1 {
			s.Errorf("told again without having been better: %d", n)
		}
		s.add(10)
		for range 9 {
			s.mustHold()
		}
		if n := len(s.told()); n != 2 {
			s.Errorf("the second fall was told %d times in all", n)
		}
	})
}

func TestTheReserveAndTheWarningAreSetAndToldToTheAuditLog(t *testing.T) {
	each(t, func(s *school) {
		low := 5
		account, err := s.credits.SetReserve(s.staff, credit.ReserveInput{Reserve: 7, LowAt: &low})
		if err != nil || account.Reserve != 7 || account.LowAt != 5 {
			s.Fatal(account, err)
		}
		if account, err = s.credits.SetReserve(s.staff, credit.ReserveInput{Reserve: 7}); err != nil || account.LowAt != 5 {
			s.Fatal(account, err)
		}
		told, err := s.store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.SMSSettingChanged))).All(s.staff)
		if err != nil || len(told) != 1 {
			s.Fatalf("the Audit Log has %v, %v", told, err)
		}
		if got := audit.Sentence("en", told[0]); got != "Dana Price set the SMS credits kept for password resets to 7 and the warning to 5." {
			s.Error(got)
		}
		wrong := -1
		_, err = s.credits.SetReserve(s.staff, credit.ReserveInput{Reserve: credit.MaxAdd + 1, LowAt: &wrong})
		if refusal := fault.As(err); refusal == nil || len(refusal.Fields) != 2 {
			s.Errorf("wrong numbers: %v", err)
		}
		clerk := viewer.With(s.Context(), viewer.Viewer{Kind: viewer.StaffMember, BusinessID: s.business, PersonID: ident.New()})
		if _, err := s.credits.SetReserve(clerk, credit.ReserveInput{}); !fault.Is(err, fault.Forbidden) {
			s.Errorf("without permission: %v", err)
		}
	})
}

func TestACorrectionIsALineWithANoteAndNeverGoesBelowZero(t *testing.T) {
	each(t, func(s *school) {
		s.add(10)
		in := credit.AdjustInput{Credits: -4, Note: "counted twice", IdempotencyKey: key}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				entry, account, err := s.credits.Adjust(s.staff, in)
				if err != nil || entry.Amount != -4 || entry.BalanceAfter != 6 || account.Balance != 6 || entry.Kind != schematype.CreditAdjust {
					s.Error(entry, account, err)
				}
			})
		}
		wg.Wait()
		s.want(6, 0)
		refused := 0
		var mu sync.Mutex
		for range 3 {
			wg.Go(func() {
				_, _, err := s.credits.Adjust(s.staff, credit.AdjustInput{Credits: -5, Note: "n", IdempotencyKey: ident.New().String()})
				mu.Lock()
				defer mu.Unlock()
				if fault.Is(err, fault.NoCredits) {
					refused++
				} else if err != nil {
					s.Error(err)
				}
			})
		}
		wg.Wait()
		if refused != 2 {
			s.Errorf("%d of 3 were refused", refused)
		}
		s.want(1, 0)
		n, err := s.store.Client.AuditEntry.Query().
			Where(auditentry.Action(string(audit.SMSCreditsChanged)), auditentry.OutcomeEQ(schematype.WasRefused)).Count(s.staff)
		if err != nil || n != 2 {
			s.Errorf("%d refusals in the Audit Log, %v", n, err)
		}
		for _, credits := range []int{0, credit.MaxAdd + 1, -credit.MaxAdd - 1} {
			if _, _, err := s.credits.Adjust(s.staff, credit.AdjustInput{Credits: credits, Note: "n", IdempotencyKey: ident.New().String()}); !fault.Is(err, fault.Invalid) {
				s.Errorf("%d: %v", credits, err)
			}
		}
	})
}
