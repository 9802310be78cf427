package passwordreset_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"officeportal/ent/auditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/fault"
	"officeportal/internal/passwordreset"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/viewer"
	"officeportal/internal/wait"
)

// settle runs the intake worker until nothing waits.
func (w *world) settle() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() { w.service.RunIntake(ctx); close(done) }()
	wait.For(w.t, 20*time.Second, "requests to be answered", func() bool {
		return w.store.Client.ResetIntake.Query().CountX(w.system) == 0
	})
	cancel()
	<-done
}

func TestForgotPasswordSendsALinkToWhoCanLogInAndDoesTheSameWorkForAll(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.newGuardian("Off Line", "off@example.com", "+13125550188").Update().SetCanLogIn(false).ClearLoginKey().ExecX(w.system)
		var counts []int
		for i, in := range []passwordreset.ForgotInput{
			{Business: "sunrise", Email: "maria@example.com"},
			{Business: "sunrise", Email: "nobody@example.com"},
			{Business: "sunrise", Email: "off@example.com"},
			{Business: "no-such-school", Email: "maria@example.com"},
		} {
			ctx := viewer.WithRequest(t.Context(), viewer.Request{LimitAddress: string(rune('a' + i))})
			ctx, counted := sqlcount.Watch(ctx)
			w.must(w.service.Forgot(ctx, in))
			counts = append(counts, counted.Count())
		}
		for _, n := range counts {
			if n != counts[0] {
				t.Errorf("statements differ: %v", counts)
			}
		}
		w.settle()
		row := w.store.Client.ResetToken.Query().OnlyX(w.system)
		if row.GuardianID != w.guardian.ID || row.RequestedBy != nil || row.Channel != schematype.Email {
			t.Errorf("link: %+v", row)
		}
		entries := w.store.Client.AuditEntry.Query().Where(auditentry.Action("PASSWORD_RESET_REQUESTED")).CountX(w.system)
		if entries != 4 {
			t.Errorf("%d entries tell of 4 requests", entries)
		}
	})
}

func TestForgotPasswordRefusesOnlyWhatIsNoAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if err := w.service.Forgot(t.Context(), passwordreset.ForgotInput{Business: "sunrise", Email: "not an address"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("err = %v", err)
		}
		for range 6 { // more than the limit: the answer stays the same, nothing more is sent
			w.must(w.service.Forgot(t.Context(), passwordreset.ForgotInput{Business: "sunrise", Email: "Maria@Example.com "}))
		}
		if n := w.store.Client.ResetIntake.Query().CountX(w.system); n != 3 {
			t.Errorf("%d requests were taken, want the 3 of the limit", n)
		}
	})
}

// sealed puts a request into the queue as another release might have left it there.
func (w *world) sealed(in map[string]any) {
	w.t.Helper()
	raw, err := json.Marshal(in)
	w.must(err)
	w.must(w.store.Client.ResetIntake.Create().SetSealed(w.ring.Seal("forgot-intake/v1", raw)).
		SetDueAt(w.store.Now()).SetCreatedAt(w.store.Now()).Exec(w.system))
}

func TestARequestThatAlwaysFailsHoldsUpNobodyAndEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.sealed(map[string]any{"business": "sunrise", "email": "no address"})
		w.must(w.service.Forgot(t.Context(), passwordreset.ForgotInput{Business: "sunrise", Email: "maria@example.com"}))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan struct{})
		go func() { w.service.RunIntake(ctx); close(done) }()
		wait.For(t, 20*time.Second, "the request behind it to be answered", func() bool {
			return w.store.Client.ResetToken.Query().CountX(w.system) == 1
		})
		w.clock.add(16 * time.Minute)
		wait.For(t, 20*time.Second, "the one that fails to be dropped", func() bool {
			return w.store.Client.ResetIntake.Query().CountX(w.system) == 0
		})
		cancel()
		<-done
	})
}

func TestForgotPasswordTakesABrowserThatNamesItselfAtLength(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i, agent := range []string{strings.Repeat("<", 5000), strings.Repeat("\U0001F98A", 5000), strings.Repeat("\x01\xff", 5000)} {
			ctx := viewer.WithRequest(t.Context(), viewer.Request{Address: "192.0.2.1", LimitAddress: string(rune('a' + i)), Agent: agent})
			long := strings.Repeat("l", 64) + "@" + strings.Repeat("d.", 80) + "example.com"
			w.must(w.service.Forgot(ctx, passwordreset.ForgotInput{Business: strings.Repeat("b", 64), Email: long, Locale: strings.Repeat("\U0001F98A", 16)}))
		}
	})
}

// MariaDB compares texts without the spaces at their end, and limits count every spelling apart.
func TestSpellingsOfABusinessDoNotMultiplyAttempts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i, slug := range []string{"sunrise ", "sunrise  ", "Sunrise", " sunrise"} {
			ctx := viewer.WithRequest(t.Context(), viewer.Request{LimitAddress: string(rune('a' + i))})
			w.must(w.service.Forgot(ctx, passwordreset.ForgotInput{Business: slug, Email: "maria@example.com"}))
		}
		w.settle()
		if n := w.store.Client.ResetToken.Query().CountX(w.system); n != 0 {
			t.Errorf("%d links were sent for other spellings of the business", n)
		}
	})
}
