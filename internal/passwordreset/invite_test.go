package passwordreset_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/guardian"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/passwordreset"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

func (w *world) invite(channel schematype.Channel) (passwordreset.Sent, error) {
	return w.service.Request(w.staffCtx, passwordreset.RequestInput{Purpose: schematype.ForInvitation, GuardianID: w.guardian.ID, Channel: channel, IdempotencyKey: key()})
}

func (w *world) accept(secret, pw string) error {
	_, err := w.service.Redeem(w.t.Context(), passwordreset.RedeemInput{Purpose: schematype.ForInvitation, Token: secret, NewPassword: pw})
	return err
}

func (w *world) now() *ent.Guardian { return w.store.Client.Guardian.GetX(w.system, w.guardian.ID) }

func TestAnInvitationLeadsToTheFirstPasswordWithinSevenDays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, channel := range []schematype.Channel{schematype.Email, schematype.SMS} {
			w.guardian.Update().SetPasswordHash("").ClearInvitedAt().ExecX(w.system)
			if got := passwordreset.StatusOf(w.now()); got != passwordreset.NotInvited {
				t.Errorf("before: %s", got)
			}
			before := w.balance()
			sent, err := w.invite(channel)
			w.must(err)
			secret := w.deliver(sent)
			if got := passwordreset.StatusOf(w.now()); got != passwordreset.Invited {
				t.Errorf("invited: %s", got)
			}
			cost := 0
			if channel == schematype.SMS {
				cost = 1
			}
			if w.balance() != before-cost {
				t.Errorf("%s cost %d", channel, before-w.balance())
			}
			w.clock.add(passwordreset.InvitationLife - time.Minute)
			link := w.state(secret)
			if link.State != passwordreset.Active || link.Purpose != schematype.ForInvitation || link.ExpiresAt.Sub(link.SentAt) != 7*24*time.Hour {
				t.Errorf("%+v", link)
			}
			w.must(w.accept(secret, goodPassword))
			g := w.now()
			if g.PasswordOrigin != schematype.ByInvitation || passwordreset.StatusOf(g) != passwordreset.PortalInUse {
				t.Errorf("origin %q, %s", g.PasswordOrigin, passwordreset.StatusOf(g))
			}
			if _, err := w.invite(channel); !fault.Is(err, fault.ChannelUnavailable) {
				t.Errorf("invited twice: %v", err)
			} else if o := fault.As(err).Fields[0].Option.(passwordreset.Option); o.Unavailable != passwordreset.AlreadyActive && o.Unavailable != passwordreset.InCooldown {
				t.Errorf("%s", o.Unavailable)
			}
			w.clock.add(time.Hour)
		}
		if n := w.store.Client.AuditEntry.Query().Where(auditentry.Action("GUARDIAN_INVITED"), auditentry.OutcomeEQ(schematype.Succeeded)).CountX(w.system); n != 2 {
			t.Errorf("%d entries tell of two invitations", n)
		}
	})
}

func TestALinkOfOnePurposeNeverWorksForAnother(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sent, err := w.invite(schematype.Email)
		w.must(err)
		invitation := w.deliver(sent)
		if err := w.redeem(invitation, goodPassword); !fault.Is(err, fault.LinkUnusable) {
			t.Errorf("an invitation reset a password: %v", err)
		}
		if l := w.state(invitation); l.State != passwordreset.Active {
			t.Errorf("trying it used it up: %s", l.State)
		}
		// somebody who can write rows makes a reset of it: the secret fits no more
		_, err = w.store.Driver.ExecContext(w.system, "UPDATE reset_tokens SET purpose = 'RESET'")
		w.must(err)
		if err := w.redeem(invitation, goodPassword); !fault.Is(err, fault.LinkUnusable) {
			t.Errorf("a changed purpose: %v", err)
		}
		w.clock.add(2 * time.Minute)
		reset := w.deliver(w.request(schematype.Email))
		if err := w.accept(reset, goodPassword); !fault.Is(err, fault.LinkUnusable) {
			t.Errorf("a reset was taken for an invitation: %v", err)
		}
		w.must(w.redeem(reset, goodPassword))
	})
}

func TestANewLinkReplacesAnInvitationAndChangesEndIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, end := range map[string]func(){
			"a reset":            func() { w.clock.add(2 * time.Minute); w.request(schematype.SMS) },
			"another invitation": func() { w.clock.add(2 * time.Minute); _, err := w.invite(schematype.SMS); w.must(err) },
			"login off":          func() { w.guardian.Update().SetCanLogIn(false).AddCredEpoch(1).ExecX(w.system) },
		} {
			w.guardian.Update().SetCanLogIn(true).ExecX(w.system)
			w.clock.add(time.Hour)
			sent, err := w.invite(schematype.Email)
			w.must(err)
			secret := w.deliver(sent)
			end()
			if err := w.accept(secret, goodPassword); !fault.Is(err, fault.LinkUnusable) {
				t.Errorf("after %s the invitation still works: %v", name, err)
			}
		}
	})
}

func TestEightWhoAcceptOneInvitationHaveOneWinner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sent, err := w.invite(schematype.Email)
		w.must(err)
		secret := w.deliver(sent)
		if ok, failures := together(8, func(int) error { return w.accept(secret, goodPassword) }); ok != 1 {
			t.Errorf("%d won: %v", ok, failures)
		}
	})
}

func TestRedeemingALinkMakesADisabledPasswordCountAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.guardian.Update().SetPasswordHash("x").SetFailures(100).SetPasswordDisabledAt(w.store.Now()).ExecX(w.system)
		w.must(w.redeem(w.deliver(w.request(schematype.Email)), goodPassword))
		if g := w.now(); g.Failures != 0 || g.PasswordDisabledAt != nil {
			t.Errorf("%d failures, disabled at %v", g.Failures, g.PasswordDisabledAt)
		}
	})
}

// staffWith is the staff member with other facts of the business.
func (w *world) staffWith(change func(*viewer.Business)) {
	v := viewer.From(w.staffCtx)
	change(&v.Business)
	w.staffCtx = viewer.With(w.t.Context(), v)
}

func (w *world) block() passwordreset.Block {
	w.t.Helper()
	_, err := w.service.Request(w.staffCtx, passwordreset.RequestInput{GuardianID: w.guardian.ID, Channel: schematype.SMS, IdempotencyKey: key()})
	if err == nil {
		return ""
	}
	o, ok := fault.As(err).Fields[0].Option.(passwordreset.Option)
	if !ok {
		w.t.Fatalf("%v", err)
	}
	options, optionsErr := w.service.Options(w.staffCtx, []*ent.Guardian{w.now()})
	w.must(optionsErr)
	if shown := options[w.guardian.ID][1].Unavailable; shown != o.Unavailable {
		w.t.Errorf("the menu says %s, the refusal %s", shown, o.Unavailable)
	}
	return o.Unavailable
}

func TestEachGuardOfTextMessagesSaysItsReason(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.guardian.Update().SetPhone("+525512345678").ExecX(w.system)
		if got := w.block(); got != passwordreset.SMSCountryNotAllowed {
			t.Errorf("a number abroad: %q", got)
		}
		w.staffWith(func(b *viewer.Business) { b.SMSDialCodes = "1,52" })
		if got := w.block(); got != "" {
			t.Errorf("allowed: %q", got)
		}
		w.staffWith(func(b *viewer.Business) { b.SMSPausedAt = w.store.Now() })
		if got := w.block(); got != passwordreset.SMSPaused {
			t.Errorf("paused: %q", got)
		}
		w.staffWith(func(b *viewer.Business) { b.SMSPausedAt, b.SMSDayCap = time.Time{}, 0 })
		w.clock.add(time.Hour)
		if got := w.block(); got != passwordreset.SMSDayCapReached {
			t.Errorf("a cap of none: %q", got)
		}
		w.staffWith(func(b *viewer.Business) { b.SMSDayCap = 1 })
		if got := w.block(); got != "" {
			t.Errorf("the one of the day: %q", got)
		}
		w.clock.add(2 * time.Hour)
		if got := w.block(); got != passwordreset.SMSDayCapReached {
			t.Errorf("the second of the day: %q", got)
		}
	})
}

func TestANumberAndItsBlockGetOnlySoManyTexts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.addCredits(50)
		sent := 0
		for range 20 { // one number, half an hour apart: 10 within a day
			if w.block() == "" {
				sent++
			}
			w.clock.add(30 * time.Minute)
		}
		if sent < 10 || sent > 14 {
			t.Errorf("one number got %d texts in ten hours", sent)
		}
		sent = 0
		for i := range 25 { // numbers of one block
			g := w.newGuardian(fmt.Sprintf("Parent %d", i), fmt.Sprintf("p%d@example.com", i), fmt.Sprintf("+1415555%04d", 2000+i))
			if _, err := w.service.Request(w.staffCtx, passwordreset.RequestInput{GuardianID: g.ID, Channel: schematype.SMS, IdempotencyKey: key()}); err == nil {
				sent++
			}
		}
		if sent != 20 {
			t.Errorf("a block of numbers got %d texts at once", sent)
		}
	})
}

func TestManyTextsWithoutAUsedLinkPauseTextMessaging(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.clock.set(time.Now().UTC()) // ids are made of the real time
		seed := func(n int, used bool) {
			for range n {
				id := ident.New()
				c := w.store.Client.ResetToken.Create().SetID(id).SetBusinessID(w.business.ID).SetGuardianID(w.guardian.ID).SetChannel(schematype.SMS).
					SetNonce(id[:]).SetKid("k").SetCredEpoch(1).SetLookup(append(id[:], id[:]...)).SetDestination("+13125550123").
					SetSupersededAt(w.store.Now()).SetCreatedAt(w.store.Now())
				if used {
					c.SetRedeemedAt(w.store.Now())
				}
				c.ExecX(w.system)
			}
		}
		paused := func() bool { return w.store.Client.Business.GetX(w.system, w.business.ID).SmsPausedAt != nil }
		send := func(phone string) {
			t.Helper()
			w.guardian.Update().SetPhone(phone).ExecX(w.system)
			w.clock.add(61 * time.Second)
			if got := w.block(); got != "" {
				t.Fatalf("not sent: %s", got)
			}
			// the worker takes it
			m := w.store.Client.Message.Query().Order(ent.Desc("id")).FirstX(w.system)
			w.must(w.store.WithTx(w.system, func(ctx context.Context, tx *store.Tx) error {
				_, err := w.service.OnFirstLease(ctx, tx, m)
				return err
			}))
		}
		seed(49, false)
		send("+13125550121") // the fiftieth
		if paused() {
			t.Error("paused by 50 texts")
		}
		seed(3, true)
		send("+13125550122") // 3 of 54 were used: more than one in twenty
		if paused() {
			t.Error("paused although links are used")
		}
		seed(10, false)
		send("+13125550124") // 3 of 65
		if !paused() || w.store.Client.AuditEntry.Query().Where(auditentry.Action("SMS_PAUSED")).CountX(w.system) != 1 {
			t.Error("not paused")
		}
		clerk := w.as(w.staff, viewer.PasswordResetSend, viewer.SMSSpend)
		if err := w.service.ResumeSMS(clerk); !fault.Is(err, fault.Forbidden) {
			t.Errorf("anybody resumes: %v", err)
		}
		w.must(w.service.ResumeSMS(w.staffCtx))
		if paused() || w.store.Client.AuditEntry.Query().Where(auditentry.Action("SMS_RESUMED")).CountX(w.system) != 1 {
			t.Error("not resumed")
		}
		w.guardian.Update().SetPhone("+14155550125").ExecX(w.system)
		w.clock.add(10 * time.Minute)
		if got := w.block(); got != "" || paused() {
			t.Errorf("what was looked at pauses again: %q", got)
		}
	})
}

func TestGuardsAreSetByThoseWhoManageSettingsAndKeptInTheLog(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must(w.service.SetGuards(w.staffCtx, passwordreset.GuardsInput{DialCodes: []string{"+52", " 1", "52"}, DayCap: 100}))
		guards, err := w.service.Guards(w.staffCtx)
		w.must(err)
		if strings.Join(guards.DialCodes, ",") != "1,52" || guards.DayCap != 100 {
			t.Errorf("%+v", guards)
		}
		w.must(w.service.SetGuards(w.staffCtx, passwordreset.GuardsInput{DialCodes: []string{"1", "52"}, DayCap: 100})) // as it is
		w.must(w.service.SetGuards(w.staffCtx, passwordreset.GuardsInput{DialCodes: nil, DayCap: 100}))
		if guards, err = w.service.Guards(w.staffCtx); err != nil || strings.Join(guards.DialCodes, ",") != "1" {
			t.Errorf("%+v, %v", guards, err)
		}
		if n := w.store.Client.AuditEntry.Query().Where(auditentry.Action("SMS_GUARDS_CHANGED")).CountX(w.system); n != 2 {
			t.Errorf("%d entries tell of two changes", n)
		}
		for _, bad := range []passwordreset.GuardsInput{{DialCodes: []string{"999"}, DayCap: 1}, {DialCodes: []string{"one"}, DayCap: 1}, {DayCap: -1}, {DayCap: 100_001}} {
			if err := w.service.SetGuards(w.staffCtx, bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		if err := w.service.SetGuards(w.as(w.staff, viewer.SMSSpend), passwordreset.GuardsInput{DayCap: 1}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("anybody sets them: %v", err)
		}
	})
}

func TestOnlyGuardiansWithoutAPasswordWhoCanLogInAreInvited(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := w.newGuardian("Off Line", "off@example.com", "+13125550199")
		other.Update().SetCanLogIn(false).ClearLoginKey().ExecX(w.system)
		active := w.newGuardian("In Use", "use@example.com", "+13125550198")
		active.Update().SetPasswordHash("x").ExecX(w.system)
		all := w.store.Client.Guardian.Query().Order(ent.Asc(guardian.FieldID)).AllX(w.system)
		found, err := w.service.Invitations(w.staffCtx, all)
		w.must(err)
		if len(found) != 1 || len(found[w.guardian.ID]) != 2 || !found[w.guardian.ID][0].Available {
			t.Errorf("%+v", found)
		}
	})
}
