package provider

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Class is a stable word for what went wrong, safe to log and to count.
type Class string

// The classes of errors.
const (
	ClassTimeout     Class = "timeout"           // no answer in time
	ClassConnect     Class = "no_connection"     // the request never left
	ClassBroken      Class = "connection_lost"   // the request left, the answer did not come whole
	ClassGarbage     Class = "answer_unreadable" // a success that says nothing understandable
	ClassRedirect    Class = "redirect"          // not followed: the message would go elsewhere
	ClassRateLimit   Class = "rate_limited"
	ClassServer      Class = "server_error"
	ClassCredentials Class = "credentials_refused"
	ClassConflict    Class = "idempotency_conflict" // same key, other content
	ClassInFlight    Class = "in_flight"            // same key, the first request still runs
	ClassBalance     Class = "provider_balance"     // our balance at the service is used up
	ClassRecipient   Class = "recipient_refused"
	ClassRejected    Class = "request_refused"
	ClassInvalid     Class = "message_invalid" // found by the adapter before anything left
)

// Error is the only kind of error in a Result. It has no room for text from outside: an SDK's own
// error can hold the whole message, reset link included, and would end up in a log.
type Error struct {
	// Service is the adapter's constant name, e.g. "resend".
	Service string
	// Status is the HTTP status of the answer; zero when there was none.
	Status int
	// Code is the service's own numeric error code; zero when there was none.
	Code int
	// Class is what went wrong.
	Class Class
}

// Error returns e.g. "resend: server_error (status 500)".
func (e *Error) Error() string {
	switch {
	case e.Status != 0 && e.Code != 0:
		return fmt.Sprintf("%s: %s (status %d, code %d)", e.Service, e.Class, e.Status, e.Code)
	case e.Status != 0:
		return fmt.Sprintf("%s: %s (status %d)", e.Service, e.Class, e.Status)
	default:
		return fmt.Sprintf("%s: %s", e.Service, e.Class)
	}
}

// maxRetryAfter bounds what a service may ask for: a reset link is void long before.
const maxRetryAfter = time.Hour

// RetryAfter reads the header of RFC 9110 §10.2.3, in seconds or as a date; now is used for the
// latter. A missing, broken or past value is zero, a long one an hour.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	raw := header.Get("Retry-After")
	if raw == "" {
		return 0
	}
	var wait time.Duration
	if seconds, err := strconv.Atoi(raw); err == nil {
		if seconds > int(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(raw); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}
