package message

import (
	"math/rand/v2"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/message/provider"
)

// step is what becomes of a message: the row, its credit, and what the Audit Log is told.
type step struct {
	state      schematype.MessageState
	delivery   schematype.Delivery
	problem    provider.Problem
	providerID string
	parts      int       // segments, as the service counted; zero when it didn't say
	due        time.Time // zero when nothing is left to do
	credit     move
	neverTried bool   // the hand-over that was about to happen did not
	quiet      bool   // tells nothing that the Audit Log does not know
	reason     string // for the Audit Log
}

// move is what a step does to the credit of the message.
type move int

const (
	keep move = iota
	capture
	release
)

// outcome is how the step reads in the Audit Log.
func (s step) outcome() schematype.Outcome {
	switch {
	case s.delivery == schematype.DeliveryDelivered, s.delivery == schematype.DeliverySent && (s.state == schematype.Accepted || s.credit == capture):
		return schematype.Succeeded
	default:
		return schematype.FailedToWork
	}
}

// dead reports whether the message certainly never arrives.
func (s step) dead() bool { return s.state == schematype.Void || s.state == schematype.Refused }

// decide says what a service's answer means for the message. reports is whether the sender delivers
// while it sends; jitter is at least 0 and below 1.
func decide(j *job, r provider.Result, now time.Time, reports bool, jitter float64) step {
	m := j.message
	problem := r.Problem
	if problem == "" {
		problem = provider.ProviderError
	}
	switch r.Kind {
	case provider.Accepted:
		s := step{state: schematype.Accepted, delivery: schematype.DeliverySent, providerID: r.ProviderID, parts: r.Parts, credit: capture}
		if reports {
			s.delivery = schematype.DeliveryDelivered
		}
		return s
	case provider.Refused:
		if problem != provider.ProviderError {
			return step{state: schematype.Refused, delivery: schematype.DeliveryNotDelivered, problem: problem, credit: release}
		}
		if j.maybeSent { // such as the refusal of a key that an earlier try already used up
			return unknown(m, now, "the message service gave no clear answer")
		}
		return step{state: schematype.Refused, delivery: schematype.DeliveryFailed, problem: problem, credit: release}
	case provider.NotSent:
		return retry(j, r.RetryAfter, now, jitter, j.maybeSent, "the message service did not take it; it is tried again")
	default:
		if m.Channel == schematype.Email || j.repeatable {
			return retry(j, r.RetryAfter, now, jitter, true, "the message service gave no clear answer; it is tried again under the same key")
		}
		return unknown(m, now, "the message service gave no clear answer")
	}
}

// retry queues the message again. A link is looked at when it has expired at the latest, to be given up.
func retry(j *job, after time.Duration, now time.Time, jitter float64, maybeSent bool, reason string) step {
	m := j.message
	due := now.Add(max(after, pause(m.Attempt, jitter)))
	if last := j.sentAt.Add(linkLife); shortLived(m) && due.After(last) {
		due = last
		if due.Before(now.Add(time.Second)) {
			due = now.Add(time.Second)
		}
	}
	s := step{state: schematype.Queued, delivery: schematype.DeliveryQueued, due: due, quiet: m.Attempt > 1, reason: reason}
	if maybeSent {
		s.delivery = schematype.DeliverySending
	}
	return s
}

// shortLived reports whether the message is worth nothing after linkLife.
func shortLived(m *ent.Message) bool {
	return m.Kind == schematype.PasswordReset || m.Kind == schematype.StaffReset
}

// pause is how long to wait after the given number of tries: 2 s, doubling to 60 s, give or take a quarter
// so that what failed together is not tried together.
func pause(attempt int, jitter float64) time.Duration {
	base := time.Minute
	if attempt < 6 {
		base = min(2*time.Second<<max(attempt-1, 0), base)
	}
	return time.Duration(float64(base) * (0.75 + jitter/2))
}

func jitter() float64 { return rand.Float64() }

// unknown is a message that may or may not be on its way and is not sent again. A credit stays held: it
// is captured when nothing is heard of the text for a day.
func unknown(m *ent.Message, now time.Time, reason string) step {
	s := step{state: schematype.Unknown, delivery: schematype.DeliverySent, reason: reason}
	if m.Credit == schematype.CreditHeld {
		s.due = now.Add(reportWait)
	}
	return s
}

// settled is a text of unknown fate of which nothing was heard.
func settled(m *ent.Message) step {
	return step{state: schematype.Unknown, delivery: m.Delivery, problem: provider.Problem(m.Problem), providerID: m.ProviderID,
		credit: capture, reason: "no report came within 24 hours; it counts as sent"}
}

// gaveUp is a message that is not tried any more.
func gaveUp(m *ent.Message, now time.Time, maybeSent bool, problem provider.Problem, reason string) step {
	if maybeSent {
		return unknown(m, now, reason)
	}
	return step{state: schematype.Void, delivery: schematype.DeliveryFailed, problem: problem, credit: release, reason: reason}
}
