package passwordreset_test

import (
	"testing"
	"time"

	"officeportal/ent/auditentry"
	"officeportal/ent/message"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/fault"
	"officeportal/internal/identity/password"
	"officeportal/internal/passwordreset"
	"officeportal/internal/viewer"
)

const goodPassword = "violet tractor lagoon"

func (w *world) redeem(secret, pw string) error {
	_, err := w.service.Redeem(w.t.Context(), passwordreset.RedeemInput{Token: secret, NewPassword: pw})
	return err
}

func (w *world) state(secret string) passwordreset.Link {
	w.t.Helper()
	l, err := w.service.LinkState(w.t.Context(), secret)
	w.must(err)
	return l
}

func TestEightRedemptionsOfOneLinkHaveOneWinner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		secret := w.deliver(w.request(schematype.Email))
		ok, failures := together(8, func(int) error { return w.redeem(secret, goodPassword) })
		if ok != 1 {
			t.Fatalf("%d of 8 redemptions succeeded; failures: %v", ok, failures)
		}
		for _, err := range failures {
			if !fault.Is(err, fault.LinkUnusable) && !fault.Is(err, fault.LimitReached) {
				t.Errorf("a loser got %v", err)
			}
		}
		g, err := w.store.Client.Guardian.Get(w.system, w.guardian.ID)
		w.must(err)
		if good, _, err := password.Verify(t.Context(), g.PasswordHash, goodPassword); err != nil || !good || g.CredEpoch != 2 {
			t.Errorf("password good = %v (%v), epoch = %d", good, err, g.CredEpoch)
		}
		if n := w.store.Client.AuditEntry.Query().Where(auditentry.Action("PASSWORD_RESET_COMPLETED")).CountX(w.system); n != 1 {
			t.Errorf("%d entries tell of one redemption", n)
		}
		if n := w.store.Client.Message.Query().Where(message.KindEQ(schematype.PasswordChanged)).CountX(w.system); n != 1 {
			t.Errorf("%d notices of one change", n)
		}
	})
}

func TestThreeLiveLinksOfOneGuardianHaveOneWinner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var secrets []string
		for range 3 {
			secrets = append(secrets, w.deliver(w.request(schematype.Email)))
			w.clock.add(passwordreset.Cooldown + time.Second)
		}
		// as if the statement that supersedes had been lost: the guardian's epoch must decide alone
		w.store.Client.ResetToken.Update().ClearSupersededAt().ExecX(w.system)
		ok, failures := together(3, func(i int) error { return w.redeem(secrets[i], goodPassword) })
		if ok != 1 {
			t.Fatalf("%d of 3 links were redeemed; failures: %v", ok, failures)
		}
	})
}

func TestALinkWorksUntilThirtyMinutesAfterItWasSent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			after time.Duration
			want  passwordreset.LinkState
		}{
			"one second before the end": {29*time.Minute + 59*time.Second, passwordreset.Active},
			"at the end":                {30 * time.Minute, passwordreset.Expired},
		} {
			sent := w.request(schematype.Email)
			w.clock.add(7 * time.Minute) // waiting in the queue does not count
			secret := w.deliver(sent)
			w.clock.add(c.after)
			if got := w.state(secret).State; got != c.want {
				t.Errorf("%s: state = %s, want %s", name, got, c.want)
			}
			err := w.redeem(secret, goodPassword)
			if worked := err == nil; worked != (c.want == passwordreset.Active) {
				t.Errorf("%s: redeem = %v", name, err)
			}
			w.clock.add(time.Hour)
		}
	})
}

func TestWhatEndsALink(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			end  func()
			want passwordreset.LinkState
		}{
			"a newer link":             {func() { w.clock.add(61 * time.Second); w.deliver(w.request(schematype.Email)) }, passwordreset.Superseded},
			"another epoch":            {func() { w.guardian.Update().AddCredEpoch(1).ExecX(w.system) }, passwordreset.Revoked},
			"login switched off":       {func() { w.guardian.Update().SetCanLogIn(false).ExecX(w.system) }, passwordreset.Revoked},
			"an archived family":       {func() { w.guardian.Update().SetFamilyArchived(true).ExecX(w.system) }, passwordreset.Revoked},
			"a revocation of the link": {func() { w.store.Client.ResetToken.Update().SetRevokedAt(w.store.Now()).ExecX(w.system) }, passwordreset.Revoked},
		} {
			w.guardian.Update().SetCanLogIn(true).SetFamilyArchived(false).ExecX(w.system)
			w.clock.add(time.Hour)
			secret := w.deliver(w.request(schematype.Email))
			if got := w.state(secret); got.State != passwordreset.Active || got.Username != "maria@example.com" {
				t.Fatalf("%s: before: %+v", name, got)
			}
			c.end()
			if got := w.state(secret); got.State != c.want || got.Username != "" {
				t.Errorf("%s: state = %s, username = %q; want %s and none", name, got.State, got.Username, c.want)
			}
			if err := w.redeem(secret, goodPassword); !fault.Is(err, fault.LinkUnusable) {
				t.Errorf("%s: redeem = %v", name, err)
			}
		}
	})
}

func TestAWeakPasswordLeavesTheLinkAsItWas(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		secret := w.deliver(w.request(schematype.Email))
		if err := w.redeem(secret, "too short"); !fault.Is(err, fault.TooShort) {
			t.Errorf("short: %v", err)
		}
		if err := w.redeem(secret, "aaaaaaaaaaaaaaaaaaaaaaaa"); !fault.Is(err, fault.TooCommon) {
			t.Errorf("common: %v", err)
		}
		if err := w.redeem(secret, goodPassword); err != nil {
			t.Errorf("good: %v", err)
		}
	})
}

func TestGuessingPasswordsOnOneLinkIsSlowedDown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		secret := w.deliver(w.request(schematype.Email))
		limited := 0
		for i := range 9 {
			ctx := viewer.WithRequest(t.Context(), viewer.Request{LimitAddress: string(rune('a' + i))})
			_, err := w.service.Redeem(ctx, passwordreset.RedeemInput{Token: secret, NewPassword: "short"})
			if fault.Is(err, fault.LimitReached) {
				limited++
			}
		}
		if limited < 3 {
			t.Errorf("only %d of 9 attempts were limited", limited)
		}
	})
}

func TestWhatIsNotALinkOfOursIsUnknown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		real := w.deliver(w.request(schematype.Email))
		for name, secret := range map[string]string{
			"nothing": "", "a word": "hello", "right length, wrong secret": "aaaaaaaaaaaaaaaaaaaaaaaaaa",
			"one character changed": swapFirst(real), "one missing": real[1:], "a path": "../../etc/passwd", "a long text": string(make([]byte, 128)),
		} {
			if got := w.state(secret).State; got != passwordreset.UnknownLink {
				t.Errorf("%s: %s", name, got)
			}
		}
		for name, secret := range map[string]string{"with spaces": " " + real + "\n", "a full stop from the sentence": real + ".", "capitals": upper(real)} {
			if got := w.state(secret).State; got != passwordreset.Active {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

// Whoever can write to the database but has no key can't make a link: the hash of a secret of their own
// is found, but the row does not derive that secret.
func TestARowWrittenWithoutTheKeyIsNoLink(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.deliver(w.request(schematype.Email))
		own := "abcdefghijklmnopqrstuvwxyz"
		real, err := w.store.Client.ResetToken.Query().Only(w.system)
		w.must(err)
		_, err = w.store.Driver.ExecContext(w.system, "UPDATE reset_tokens SET lookup = ? WHERE id = ?", passwordreset.LookupOf(own), real.ID)
		w.must(err)
		if got := w.state(own).State; got != passwordreset.UnknownLink {
			t.Errorf("a planted link is %s", got)
		}
		if err := w.redeem(own, goodPassword); !fault.Is(err, fault.LinkUnusable) {
			t.Errorf("a planted link: %v", err)
		}
	})
}

func TestNoSecretIsInTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		secret := w.deliver(w.request(schematype.Email))
		rows, err := w.store.Client.ResetToken.Query().Where(resettoken.Lookup([]byte(secret))).Count(w.system)
		w.must(err)
		if rows != 0 {
			t.Error("the secret is stored")
		}
	})
}

func TestALinkThatWasNotSentYetIsNotUsable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sent := w.request(schematype.Email)
		row, err := w.store.Client.ResetToken.Get(w.system, sent.Request.Token.ID)
		w.must(err)
		secret, err := passwordreset.SecretOf(w.ring, row)
		w.must(err)
		if got := w.state(secret).State; got != passwordreset.UnknownLink {
			t.Errorf("state = %s", got)
		}
		if err := w.redeem(secret, goodPassword); !fault.Is(err, fault.LinkUnusable) {
			t.Errorf("redeem = %v", err)
		}
	})
}

func swapFirst(s string) string {
	if s[0] == 'a' {
		return "b" + s[1:]
	}
	return "a" + s[1:]
}

func upper(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] >= 'a' && b[i] <= 'z' {
			b[i] -= 32
		}
	}
	return string(b)
}
