package passwordreset_test

import (
	"context"
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
