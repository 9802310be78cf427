package identity_test

import (
	"context"
	"testing"
	"time"

	"officeportal/ent/auditentry"
	"officeportal/ent/message"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/staffmember"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/viewer"
)

const anotherPassword = "marble otter harvest"

func (w *world) count(action string) int {
	return w.store.Client.AuditEntry.Query().Where(auditentry.Action(action)).CountX(w.system)
}

func (w *world) maria() (context.Context, identity.SignedIn) {
	w.t.Helper()
	in, err := w.parent("sunrise", "maria@example.com", guardianPassword)
	w.must(err)
	return viewer.With(w.t.Context(), in.Viewer), in
}

func (w *world) good(in identity.SignedIn) bool {
	_, err := w.service.Authenticate(w.t.Context(), in.Token, in.Guardian)
	return err == nil
}

func TestChangingThePasswordEndsAllOtherSessionsAndLinksAndKeepsItsProvenance(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, phone := w.maria()
		ctx, laptop := w.maria()
		id := ident.New()
		w.guardian.Update().SetPasswordResetID(id).SetPasswordOrigin(schematype.ByReset).SetFailures(3).ExecX(w.system)
		link := w.store.Client.ResetToken.Create().SetBusinessID(w.guardian.BusinessID).SetGuardianID(w.guardian.ID).SetChannel(schematype.Email).
			SetNonce(id[:]).SetKid("k").SetCredEpoch(1).SetLookup(make([]byte, 32)).SetDestination("maria@example.com").SaveX(w.system)

		changed, err := w.service.ChangePassword(ctx, identity.ChangePasswordInput{Current: guardianPassword, New: anotherPassword})
		w.must(err)
		if w.good(phone) || w.good(laptop) || !w.good(changed) || changed.Token == laptop.Token {
			t.Error("the other sessions have to end, and this one goes on under another reference")
		}
		g := w.store.Client.Guardian.GetX(w.system, w.guardian.ID)
		if g.PasswordOrigin != schematype.ByChange || g.PasswordResetID == nil || *g.PasswordResetID != id || g.Failures != 0 || g.CredEpoch != 2 {
			t.Errorf("origin %q, link %v, %d failures, epoch %d", g.PasswordOrigin, g.PasswordResetID, g.Failures, g.CredEpoch)
		}
		if w.store.Client.ResetToken.GetX(w.system, link.ID).RevokedAt == nil {
			t.Error("a link made before still works")
		}
		if n := w.store.Client.Message.Query().Where(message.KindEQ(schematype.PasswordChanged), message.Destination("maria@example.com")).CountX(w.system); n != 1 {
			t.Errorf("%d notices", n)
		}
		if n := w.count("PASSWORD_CHANGED"); n != 1 {
			t.Errorf("%d entries", n)
		}
		if _, err := w.parent("sunrise", "maria@example.com", guardianPassword); !fault.Is(err, fault.BadCredentials) {
			t.Errorf("the old password: %v", err)
		}
		_, err = w.parent("sunrise", "maria@example.com", anotherPassword)
		w.must(err)
	})
}

func TestAPasswordIsNotChangedWithoutTheCurrentOneNorToABadOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, in := w.maria()
		for name, c := range map[string]struct {
			current, next string
			want          fault.Code
		}{
			"a wrong current one":        {"not it", anotherPassword, fault.BadCredentials},
			"one that is too short":      {guardianPassword, "otter", fault.TooShort},
			"the words of the own name":  {guardianPassword, "Maria Lopez Maria", fault.TooCommon},
			"the name of the business":   {guardianPassword, "sunrise-gymnastics", fault.TooCommon},
			"the same again":             {guardianPassword, guardianPassword, fault.Invalid},
			"one of the list, made long": {guardianPassword, "password12345678", fault.TooCommon},
		} {
			w.add(5 * time.Minute)
			if _, err := w.service.ChangePassword(ctx, identity.ChangePasswordInput{Current: c.current, New: c.next}); !fault.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if !w.good(in) {
			t.Error("a refusal ended the session")
		}
		if g := w.store.Client.Guardian.GetX(w.system, w.guardian.ID); g.Failures != 1 || g.CredEpoch != 1 {
			t.Errorf("%d failures, epoch %d", g.Failures, g.CredEpoch)
		}
		staff, err := w.staff("dana@sunrise.example", staffPassword)
		w.must(err)
		if _, err := w.service.ChangePassword(viewer.With(t.Context(), staff.Viewer), identity.ChangePasswordInput{Current: staffPassword, New: anotherPassword}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("staff: %v", err)
		}
	})
}

func TestTwoWhoChangeAPasswordAtOnceHaveOneWinner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, _ := w.maria()
		results := make(chan error, 4)
		for _, next := range []string{"marble otter harvest", "copper wagon thistle", "walnut bridge comet", "silver ladder pigeon"} {
			go func() {
				_, err := w.service.ChangePassword(ctx, identity.ChangePasswordInput{Current: guardianPassword, New: next})
				results <- err
			}()
		}
		won := 0
		for range 4 {
			if err := <-results; err == nil {
				won++
			} else if !fault.Is(err, fault.BadCredentials) {
				t.Errorf("a loser got %v", err)
			}
		}
		if g := w.store.Client.Guardian.GetX(w.system, w.guardian.ID); won != 1 || g.CredEpoch != 2 {
			t.Errorf("%d won, epoch %d", won, g.CredEpoch)
		}
	})
}

func TestPeopleSeeAndEndTheirOwnSessionsOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		agent := "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
		slug := "sunrise"
		phone, err := w.service.SignIn(viewer.WithRequest(t.Context(), viewer.Request{Agent: agent, Address: "203.0.113.7"}),
			identity.SignInInput{Business: &slug, Email: "maria@example.com", Password: guardianPassword})
		w.must(err)
		w.add(10 * time.Minute)
		ctx, laptop := w.maria()
		staff, err := w.staff("dana@sunrise.example", staffPassword)
		w.must(err)

		sessions, err := w.service.Sessions(ctx)
		w.must(err)
		if len(sessions) != 2 || !sessions[0].Current || sessions[0].ID != laptop.Viewer.SessionID || sessions[1].Current {
			t.Fatalf("%+v", sessions)
		}
		if got := sessions[1]; got.Device != (identity.Device{Browser: "Safari", System: "iPhone"}) || got.Address != "203.0.113.7" {
			t.Errorf("%+v", got)
		}
		if err := w.service.EndSession(ctx, staff.Viewer.SessionID); !fault.Is(err, fault.NotFound) || !w.good(staff) {
			t.Errorf("somebody else's session: %v", err)
		}
		w.must(w.service.EndSession(ctx, phone.Viewer.SessionID))
		if w.good(phone) || !w.good(laptop) {
			t.Error("the wrong session ended")
		}
		if n := w.count("SESSION_ENDED"); n != 1 {
			t.Errorf("%d entries", n)
		}
		third := viewer.With(t.Context(), staff.Viewer)
		again, err := w.staff("dana@sunrise.example", staffPassword)
		w.must(err)
		ended, err := w.service.SignOutEverywhere(third)
		w.must(err)
		if ended != 2 || w.good(staff) || w.good(again) || !w.good(laptop) {
			t.Errorf("%d sessions ended", ended)
		}
		if n := w.count("SIGNED_OUT_EVERYWHERE"); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
}

func TestTheLastUseOfASessionIsKeptToTheMinute(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, in := w.maria()
		seen := func() *time.Time { return w.store.Client.Session.GetX(w.system, in.Viewer.SessionID).SeenAt }
		w.good(in)
		first := seen()
		w.add(30 * time.Second)
		w.good(in)
		if first == nil || !seen().Equal(*first) {
			t.Errorf("written within the minute: %v, %v", first, seen())
		}
		w.add(31 * time.Second)
		w.good(in)
		if got := seen().Sub(*first); got != 61*time.Second {
			t.Errorf("%v later", got)
		}
	})
}

// attempts makes n wrong attempts, far enough apart not to be slowed down.
func (w *world) attempts(n int, try func() error) {
	w.t.Helper()
	for range n {
		w.add(16 * time.Minute)
		if err := try(); !fault.Is(err, fault.BadCredentials) {
			w.t.Fatalf("an attempt: %v", err)
		}
	}
}

func TestAHundredWrongPasswordsInARowDisableItAndNoAnswerTells(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		wrong := func() error { _, err := w.parent("sunrise", "maria@example.com", "wrong"); return err }
		w.guardian.Update().SetFailures(identity.MaxFailures - 2).ExecX(w.system)
		w.attempts(1, wrong)
		w.add(16 * time.Minute)
		_, err := w.parent("sunrise", "maria@example.com", guardianPassword)
		w.must(err)
		if g := w.store.Client.Guardian.GetX(w.system, w.guardian.ID); g.Failures != 0 {
			t.Errorf("the right password left %d failures", g.Failures)
		}

		w.guardian.Update().SetFailures(identity.MaxFailures - 2).ExecX(w.system)
		w.attempts(2, wrong)
		g := w.store.Client.Guardian.GetX(w.system, w.guardian.ID)
		if g.PasswordDisabledAt == nil || g.Failures != identity.MaxFailures || w.count("PASSWORD_DISABLED") != 1 {
			t.Errorf("disabled at %v after %d, %d entries", g.PasswordDisabledAt, g.Failures, w.count("PASSWORD_DISABLED"))
		}
		w.attempts(1, wrong)
		w.attempts(1, func() error { _, err := w.parent("sunrise", "maria@example.com", guardianPassword); return err })
		if g := w.store.Client.Guardian.GetX(w.system, w.guardian.ID); g.Failures != identity.MaxFailures || w.count("PASSWORD_DISABLED") != 1 {
			t.Errorf("counted on: %d", g.Failures)
		}
	})
}

func TestStaffPasswordsAreDisabledTheSameWay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		dana := w.store.Client.StaffMember.Query().Where(staffmember.Email("dana@sunrise.example")).OnlyX(w.system)
		dana.Update().SetFailures(identity.MaxFailures - 1).ExecX(w.system)
		w.attempts(1, func() error { _, err := w.staff("dana@sunrise.example", "wrong"); return err })
		w.attempts(1, func() error { _, err := w.staff("dana@sunrise.example", staffPassword); return err })
		if w.store.Client.StaffMember.GetX(w.system, dana.ID).PasswordDisabledAt == nil {
			t.Error("the password still works")
		}
	})
}

func TestManyWrongPasswordsAtOnceAreAllCountedAndDisableOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.guardian.Update().SetFailures(identity.MaxFailures - 3).ExecX(w.system)
		results := make(chan error, 5)
		for range 5 { // as many as are let through at once
			go func() { _, err := w.parent("sunrise", "maria@example.com", "wrong"); results <- err }()
		}
		for range 5 {
			if err := <-results; !fault.Is(err, fault.BadCredentials) {
				t.Error(err)
			}
		}
		if g := w.store.Client.Guardian.GetX(w.system, w.guardian.ID); g.PasswordDisabledAt == nil || g.Failures < identity.MaxFailures || w.count("PASSWORD_DISABLED") != 1 {
			t.Errorf("%d failures, disabled at %v, %d entries", g.Failures, g.PasswordDisabledAt, w.count("PASSWORD_DISABLED"))
		}
	})
}

func TestTheDelayRisesAndARightPasswordEndsIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		try := func() bool {
			_, err := w.parent("sunrise", "nobody@example.com", "wrong")
			return !fault.Is(err, fault.LimitReached)
		}
		// within four hours, one try every half minute
		let := make([]int, 4)
		for hour := range let {
			for range 120 {
				if try() {
					let[hour]++
				}
				w.add(30 * time.Second)
			}
		}
		if let[0] > 35 || let[1] > 12 || let[3] > 5 || let[3] == 0 {
			t.Errorf("let through in each hour: %v", let)
		}
		for range 5 {
			_, _ = w.parent("sunrise", "maria@example.com", "wrong")
		}
		w.add(time.Minute)
		_, err := w.parent("sunrise", "maria@example.com", guardianPassword)
		w.must(err)
		for range 4 {
			if _, err := w.parent("sunrise", "maria@example.com", "wrong"); fault.Is(err, fault.LimitReached) {
				t.Error("tries before the right password still count")
			}
		}
	})
}

func TestGuardiansSeeTheirOwnHistoryWithoutAnybodysAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, _ := w.maria()
		other := w.guardian.ID
		entry := func(action string, kind schematype.ActorKind, address string, guardian ident.ID) {
			w.store.Client.AuditEntry.Create().SetBusinessID(w.guardian.BusinessID).SetAction(action).SetOutcome(schematype.Succeeded).
				SetActorKind(kind).SetActorName("Dana Price").SetGuardianID(guardian).SetFacts(map[string]string{}).SetDetails([]schematype.Detail{}).
				SetIPAddress(address).SetAgent("Office browser").SetOccurredAt(w.now()).ExecX(w.system)
		}
		entry("CONTACT_CHANGED", schematype.ActorStaff, "198.51.100.1", other)
		entry("PASSWORD_RESET_REQUESTED", schematype.ActorStaff, "198.51.100.2", other)
		entry("GUARDIAN_CHANGED", schematype.ActorStaff, "198.51.100.3", other) // not about the login
		entry("SIGN_IN", schematype.ActorGuardian, "198.51.100.4", ident.New()) // somebody else's
		history, err := w.service.OwnHistory(ctx)
		w.must(err)
		if len(history) != 3 || history[0].Sentence != "history.PASSWORD_RESET_REQUESTED.OFFICE" || history[2].Kind != identity.HistorySignedIn {
			t.Fatalf("%+v", history)
		}
		for _, h := range history[:2] {
			if h.Address != "" || h.Device != nil {
				t.Errorf("the office's address is shown: %+v", h)
			}
		}
		staff, err := w.staff("dana@sunrise.example", staffPassword)
		w.must(err)
		if _, err := w.service.OwnHistory(viewer.With(t.Context(), staff.Viewer)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("staff: %v", err)
		}
	})
}

func TestDevicesAreSaidInWords(t *testing.T) {
	for agent, want := range map[string]identity.Device{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36": {Browser: "Chrome", System: "Windows"},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:127.0) Gecko/20100101 Firefox/127.0":                            {Browser: "Firefox", System: "Mac"},
		"":                          {},
		"<script>alert(1)</script>": {},
	} {
		if got := identity.DeviceOf(agent); got != want {
			t.Errorf("%q: %+v", agent, got)
		}
	}
}
