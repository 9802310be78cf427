package provider

import (
	"net/http"
	"testing"
	"time"
)

func TestTheZeroKindNeverCausesASecondSend(t *testing.T) {
	var k Kind
	if k != Unknown {
		t.Fatalf("the zero Kind is %v", k)
	}
}

func TestKindsHaveDifferentNames(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range []Kind{Unknown, Accepted, Refused, NotSent} {
		if seen[k.String()] {
			t.Errorf("two kinds are called %q", k)
		}
		seen[k.String()] = true
	}
}

func TestErrorSaysServiceClassStatusAndCode(t *testing.T) {
	for want, err := range map[string]*Error{
		"resend: timeout":                          {Service: "resend", Class: ClassTimeout},
		"resend: server_error (status 503)":        {Service: "resend", Class: ClassServer, Status: 503},
		"mb: request_refused (status 422, code 9)": {Service: "mb", Class: ClassRejected, Status: 422, Code: 9},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 3, 20, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, header string
		want         time.Duration
	}{
		{"missing means no wish", "", 0},
		{"seconds are read", "7", 7 * time.Second},
		{"a date is read", "Tue, 03 Mar 2026 20:00:30 GMT", 30 * time.Second},
		{"a past date means at once", "Tue, 03 Mar 2026 19:00:00 GMT", 0},
		{"negative seconds mean at once", "-5", 0},
		{"a day becomes an hour", "86400", time.Hour},
		{"a number that would overflow becomes an hour", "9223372036854775807", time.Hour},
		{"garbage means no wish", "soon", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{}
			if c.header != "" {
				h.Set("Retry-After", c.header)
			}
			if got := RetryAfter(h, now); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
