package passwordreset

import (
	"slices"
	"time"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/message/provider"
)

// StepKind is something that happened to a reset.
type StepKind string

// The steps, in the order in which they follow each other when they share a moment.
const (
	StepRequested    StepKind = "REQUESTED"
	StepSent         StepKind = "SENT"
	StepAccepted     StepKind = "ACCEPTED"
	StepDelayed      StepKind = "DELAYED"
	StepDelivered    StepKind = "DELIVERED"
	StepNotDelivered StepKind = "NOT_DELIVERED"
	StepFailed       StepKind = "FAILED"
	StepUsed         StepKind = "LINK_USED"
	StepReplaced     StepKind = "LINK_REPLACED"
	StepWithdrawn    StepKind = "LINK_WITHDRAWN"
	StepExpired      StepKind = "LINK_EXPIRED"
)

// Step is one thing that happened to a reset.
type Step struct {
	Kind StepKind
	At   time.Time
	// Problem is why the message did not get there; with StepNotDelivered and StepFailed.
	Problem provider.Problem
}

// Timeline tells what happened so far, oldest first. Everything is read from the two rows, so that it never
// differs from the state they are in. What is over for the link shows once: a link that was used or replaced
// does not expire as well.
func (r *Request) Timeline() []Step {
	t, m := r.Token, r.Message
	steps := []Step{{Kind: StepRequested, At: t.CreatedAt}}
	add := func(kind StepKind, at *time.Time, problem provider.Problem) {
		if at != nil {
			steps = append(steps, Step{kind, *at, problem})
		}
	}
	add(StepSent, t.FirstSentAt, "")
	add(StepAccepted, m.AcceptedAt, "")
	if m.Delivery == schematype.DeliveryDelayed {
		add(StepDelayed, &m.UpdatedAt, "")
	}
	add(StepDelivered, m.DeliveredAt, "")
	failed, problem := StepNotDelivered, provider.Problem(m.Problem)
	if m.Delivery == schematype.DeliveryFailed {
		failed = StepFailed
	}
	add(failed, m.FailedAt, problem)
	switch r.State() {
	case Used:
		add(StepUsed, t.RedeemedAt, "")
	case Superseded:
		add(StepReplaced, t.SupersededAt, "")
	case Revoked:
		add(StepWithdrawn, t.RevokedAt, "")
	case Expired:
		add(StepExpired, t.ExpiresAt, "")
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return a.At.Compare(b.At) })
	return steps
}
