package message

import (
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/message/provider"
)

func TestPausesDoubleFromTwoSecondsToAMinute(t *testing.T) {
	for attempt, want := range map[int]time.Duration{
		0: 2, 1: 2, 2: 4, 3: 8, 4: 16, 5: 32, 6: 60, 7: 60, 1000: 60,
	} {
		want *= time.Second
		if low, high := pause(attempt, 0), pause(attempt, 1); low != want*3/4 || high != want*5/4 {
			t.Errorf("after %d tries: %v to %v, want %v give or take a quarter", attempt, low, high, want)
		}
	}
}

func TestARetryOfALinkIsNeverDueAfterItsEndNorAtOnce(t *testing.T) {
	start := time.Date(2026, 3, 3, 20, 0, 0, 0, time.UTC)
	j := &job{message: &ent.Message{Kind: schematype.PasswordReset, Channel: schematype.Email, Attempt: 9}, sentAt: start}
	for _, c := range []struct {
		name  string
		after time.Duration // since the first hand-over
		asked time.Duration
		want  time.Duration // until the retry
	}{
		{"the pause", 0, 0, time.Minute},
		{"as the service asks", 0, 90 * time.Second, 90 * time.Second},
		{"not after the link's end", 20 * time.Minute, time.Hour, 10 * time.Minute},
		{"not at once past it", 31 * time.Minute, 0, time.Second},
	} {
		now := start.Add(c.after)
		s := decide(j, provider.Result{Kind: provider.NotSent, RetryAfter: c.asked}, now, false, 0.5)
		if got := s.due.Sub(now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	j.message.Kind = schematype.PasswordChanged
	if s := decide(j, provider.Result{Kind: provider.NotSent, RetryAfter: time.Hour}, start, false, 0.5); !s.due.Equal(start.Add(time.Hour)) {
		t.Errorf("a notice is due at %v", s.due)
	}
}

func TestTheZeroResultSendsNoTextTwice(t *testing.T) {
	j := &job{message: &ent.Message{Kind: schematype.PasswordReset, Channel: schematype.SMS, Credit: schematype.CreditHeld, Attempt: 1}}
	if s := decide(j, provider.Result{}, time.Now(), false, 0); s.state != schematype.Unknown || s.credit != keep || s.due.IsZero() {
		t.Errorf("got %+v", s)
	}
}
