package passwordreset_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/passwordreset"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/viewer"
)

func TestASMSCostsExactlyOneCreditAndEmailNone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sent := w.request(schematype.SMS)
		if sent.SMSBalance == nil || *sent.SMSBalance != 41 || w.balance() != 41 || sent.Request.CreditsSpent() != 1 {
			t.Errorf("after SMS: %+v, balance %d", sent, w.balance())
		}
		sent = w.request(schematype.Email)
		if sent.SMSBalance != nil || w.balance() != 41 || sent.Request.CreditsSpent() != 0 {
			t.Errorf("after email: %+v, balance %d", sent, w.balance())
		}
	})
}

func TestFiftyParallelTextsOnTenCreditsSendExactlyTen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.store.Client.SmsAccount.Update().SetBalance(10).ExecX(w.system)
		var guardians []*ent.Guardian
		var staff []*ent.StaffMember
		for i := range 50 {
			guardians = append(guardians, w.newGuardian(fmt.Sprint("Guardian ", i), fmt.Sprintf("g%d@example.com", i), fmt.Sprintf("+1312555%04d", i)))
			staff = append(staff, w.newStaff(fmt.Sprint("Staff ", i), fmt.Sprintf("s%d@example.com", i)))
		}
		ok, failures := together(50, func(i int) error {
			_, err := w.service.Request(w.as(staff[i], viewer.Permissions()...),
				passwordreset.RequestInput{GuardianID: guardians[i].ID, Channel: schematype.SMS, IdempotencyKey: key()})
			return err
		})
		if ok != 10 || w.balance() != 0 {
			t.Errorf("%d were sent, %d credits left", ok, w.balance())
		}
		for _, err := range failures {
			if !fault.Is(err, fault.NoCredits) {
				t.Errorf("a loser got %v", err)
			}
		}
		if n := w.store.Client.Message.Query().CountX(w.system); n != 10 {
			t.Errorf("%d messages", n)
		}
		if n := w.store.Client.ResetToken.Query().CountX(w.system); n != 10 {
			t.Errorf("%d links", n)
		}
	})
}

func TestTheSameKeyFiftyTimesSendsOnceAndAnswersTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := passwordreset.RequestInput{GuardianID: w.guardian.ID, Channel: schematype.SMS, IdempotencyKey: key()}
		ids := make(chan ident.ID, 50)
		ok, failures := together(50, func(int) error {
			sent, err := w.service.Request(w.staffCtx, in)
			if err == nil {
				if *sent.SMSBalance != 41 {
					return fmt.Errorf("balance %d", *sent.SMSBalance)
				}
				ids <- sent.Request.Token.ID
			}
			return err
		})
		if ok != 50 {
			t.Fatalf("%d answered; %v", ok, failures)
		}
		close(ids)
		first := <-ids
		for id := range ids {
			if id != first {
				t.Errorf("answers name different links: %v and %v", first, id)
			}
		}
		if n := w.store.Client.Message.Query().CountX(w.system); n != 1 || w.balance() != 41 {
			t.Errorf("%d messages, %d credits left", n, w.balance())
		}
		in.Channel = schematype.Email
		if _, err := w.service.Request(w.staffCtx, in); !fault.Is(err, fault.IdempotencyKeyReused) {
			t.Errorf("the key with another input: %v", err)
		}
	})
}

func TestEveryRefusalOfTheMenuSaysWhy(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		now := w.store.Now()
		other := w.newStaff("Sam Reed", "sam@sunrise.example")
		for name, c := range map[string]struct {
			channel schematype.Channel
			given   func(g *ent.GuardianUpdateOne)
			may     []viewer.Permission
			account func(*ent.SmsAccountUpdate)
			want    passwordreset.Block
		}{
			"no permission":                 {channel: schematype.Email, may: []viewer.Permission{viewer.FamiliesRead}, want: passwordreset.NoPermission},
			"no permission to spend":        {channel: schematype.SMS, may: []viewer.Permission{viewer.PasswordResetSend}, want: passwordreset.NoPermission},
			"can't log in":                  {channel: schematype.Email, given: func(g *ent.GuardianUpdateOne) { g.SetCanLogIn(false) }, want: passwordreset.CannotLogIn},
			"archived":                      {channel: schematype.Email, given: func(g *ent.GuardianUpdateOne) { g.SetArchived(true) }, want: passwordreset.CannotLogIn},
			"texting is off":                {channel: schematype.SMS, account: func(a *ent.SmsAccountUpdate) { a.SetEnabled(false) }, want: passwordreset.SMSDisabled},
			"no email":                      {channel: schematype.Email, given: func(g *ent.GuardianUpdateOne) { g.SetEmail("") }, want: passwordreset.NoEmail},
			"no phone":                      {channel: schematype.SMS, given: func(g *ent.GuardianUpdateOne) { g.SetPhone("") }, want: passwordreset.NoPhone},
			"the address bounced":           {channel: schematype.Email, given: func(g *ent.GuardianUpdateOne) { g.SetEmailBouncedAt(now) }, want: passwordreset.EmailBounced},
			"not a mobile":                  {channel: schematype.SMS, given: func(g *ent.GuardianUpdateOne) { g.SetPhoneMobile(false) }, want: passwordreset.PhoneNotMobile},
			"opted out":                     {channel: schematype.SMS, given: func(g *ent.GuardianUpdateOne) { g.SetPhoneOptedOutAt(now) }, want: passwordreset.PhoneOptedOut},
			"no credits":                    {channel: schematype.SMS, account: func(a *ent.SmsAccountUpdate) { a.SetBalance(0) }, want: passwordreset.NoCredits},
			"login comes before the number": {channel: schematype.SMS, given: func(g *ent.GuardianUpdateOne) { g.SetCanLogIn(false).SetPhone("") }, want: passwordreset.CannotLogIn},
		} {
			g := w.newGuardian(name, fmt.Sprintf("%s@example.com", ident.New()), "+13125550177")
			if c.given != nil {
				update := g.Update()
				c.given(update)
				update.ExecX(w.system)
			}
			w.store.Client.SmsAccount.Update().SetEnabled(true).SetBalance(42).ExecX(w.system)
			if c.account != nil {
				update := w.store.Client.SmsAccount.Update()
				c.account(update)
				update.ExecX(w.system)
			}
			may := c.may
			if may == nil {
				may = viewer.Permissions()
			}
			_, err := w.service.Request(w.as(other, may...), passwordreset.RequestInput{GuardianID: g.ID, Channel: c.channel, IdempotencyKey: key()})
			refusal := fault.As(err)
			if refusal == nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if c.want == passwordreset.NoCredits && refusal.Fields[0].Code == fault.NoCredits {
				continue
			}
			option, _ := refusal.Fields[0].Option.(passwordreset.Option)
			if option.Unavailable != c.want || option.Available {
				t.Errorf("%s: %s, want %s", name, option.Unavailable, c.want)
			}
			if n := w.store.Client.AuditEntry.Query().Where(auditentry.GuardianID(g.ID), auditentry.OutcomeEQ(schematype.WasRefused)).CountX(w.system); n != 1 {
				t.Errorf("%s: %d entries tell of the refusal", name, n)
			}
		}
	})
}

func TestCooldownAndLimitSayWhenToTryAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		send := func() (passwordreset.Option, bool) {
			_, err := w.service.Request(w.staffCtx, passwordreset.RequestInput{GuardianID: w.guardian.ID, Channel: schematype.Email, IdempotencyKey: key()})
			if err == nil {
				return passwordreset.Option{}, true
			}
			refusal := fault.As(err)
			if refusal == nil {
				t.Fatal(err)
			}
			return refusal.Fields[0].Option.(passwordreset.Option), false
		}
		if _, ok := send(); !ok {
			t.Fatal("the first was refused")
		}
		if o, _ := send(); o.Unavailable != passwordreset.InCooldown || !o.RetryAt.Equal(w.store.Now().Add(passwordreset.Cooldown)) {
			t.Errorf("at once: %s until %s", o.Unavailable, o.RetryAt)
		}
		for range 2 {
			w.clock.add(61 * time.Second)
			if o, ok := send(); !ok {
				t.Fatalf("after the cooldown: %s", o.Unavailable)
			}
		}
		w.clock.add(61 * time.Second)
		o, ok := send()
		if ok || o.Unavailable != passwordreset.LimitReached || o.LimitCount != 3 || !o.RetryAt.After(w.store.Now()) {
			t.Fatalf("the fourth: %+v", o)
		}
		w.clock.set(o.RetryAt.Add(time.Second))
		if o, ok := send(); !ok {
			t.Errorf("when told to try again: %s", o.Unavailable)
		}
	})
}

func TestAContactThatStaffChangedNeedsAReasonAndMayNeedSomebodyElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.guardian.Update().SetEmailChangedAt(w.store.Now().Add(-10 * time.Minute)).SetEmailChangedBy(w.staff.ID).ExecX(w.system)
		in := passwordreset.RequestInput{GuardianID: w.guardian.ID, Channel: schematype.Email, IdempotencyKey: key()}
		if _, err := w.service.Request(w.staffCtx, in); !fault.Is(err, fault.Required) {
			t.Errorf("without a reason: %v", err)
		}
		strict := viewer.From(w.staffCtx)
		strict.Business.SecondStaffForChangedContact = true
		in.Reason = " \u200b\u202e\u2060\t" // nothing that anybody could read
		if _, err := w.service.Request(w.staffCtx, in); !fault.Is(err, fault.Required) {
			t.Errorf("a reason of invisible characters: %v", err)
		}
		in.Reason = "She called from the number on file"
		_, err := w.service.Request(viewer.With(w.staffCtx, strict), in)
		if refusal := fault.As(err); refusal == nil || refusal.Fields[0].Option.(passwordreset.Option).Unavailable != passwordreset.SecondStaffRequired {
			t.Errorf("by who changed it: %v", err)
		}
		sent, err := w.service.Request(w.staffCtx, in)
		if err != nil || sent.Request.Token.Reason != in.Reason || !sent.Request.Token.ContactChangedByStaff {
			t.Errorf("with a reason: %+v, %v", sent.Request, err)
		}
		w.clock.add(73 * time.Hour)
		if _, err := w.service.Request(w.staffCtx, passwordreset.RequestInput{GuardianID: w.guardian.ID, Channel: schematype.Email, IdempotencyKey: key()}); err != nil {
			t.Errorf("after 72 hours: %v", err)
		}
	})
}

func TestAnotherBusinessGuardianDoesNotExist(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := w.store.Client.Business.Create().SetName("Other").SetSlug("other").SetTimeZone("UTC").SetCountry("US").SaveX(w.system)
		v := viewer.From(w.staffCtx)
		v.BusinessID = other.ID
		_, err := w.service.Request(viewer.With(w.staffCtx, v), passwordreset.RequestInput{GuardianID: w.guardian.ID, Channel: schematype.Email, IdempotencyKey: key()})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("err = %v", err)
		}
		if _, err := w.service.Request(t.Context(), passwordreset.RequestInput{GuardianID: w.guardian.ID, Channel: schematype.Email, IdempotencyKey: key()}); err == nil {
			t.Error("nobody could send")
		}
	})
}

// One statement more is counted by whoever asks who is signed in.
func TestARequestTakesAtMostFourteenStatements(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for channel, most := range map[schematype.Channel]int{schematype.Email: 10, schematype.SMS: 14} {
			ctx, counted := sqlcount.Watch(w.staffCtx)
			_, err := w.service.Request(ctx, passwordreset.RequestInput{GuardianID: w.guardian.ID, Channel: channel, IdempotencyKey: key()})
			w.must(err)
			if n := counted.Count(); n > most {
				t.Errorf("%s takes %d statements, want at most %d:\n%s", channel, n, most, counted)
			}
		}
	})
}

func TestBadInputIsToldAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.service.Request(w.staffCtx, passwordreset.RequestInput{GuardianID: w.guardian.ID, Channel: "PIGEON", IdempotencyKey: "short", Reason: fmt.Sprintf("%301s", "x")})
		var refusal *fault.Error
		if !errors.As(err, &refusal) || len(refusal.Fields) != 2 {
			t.Errorf("err = %v", err)
		}
	})
}
