package message_test

import (
	"slices"
	"time"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/message/provider"
)

// letter is a message as the model sees it.
type letter struct {
	id, token  ident.ID
	channel    schematype.Channel
	state      schematype.MessageState
	delivery   schematype.Delivery
	credit     schematype.CreditState
	created    time.Time
	sent       time.Time // the first hand-over; zero before
	due        time.Time // zero when nothing is left to do
	superseded bool
	handed     int // times it was handed over
	unclear    int // of these without a certain "not sent"
}

// model is what outbox and ledger should do, in memory.
type model struct {
	now        func() time.Time
	keyed      bool // the text service takes idempotency keys, as every e-mail service does
	left, held int
	letters    []*letter
}

func (m *model) move(l *letter, to schematype.CreditState) {
	switch {
	case l.credit == schematype.CreditHeld && to == schematype.CreditCaptured:
		m.held--
	case l.credit == schematype.CreditHeld && to == schematype.CreditReturned:
		m.held, m.left = m.held-1, m.left+1
	case l.credit == schematype.CreditCaptured && to == schematype.CreditReturned:
		m.left++
	default:
		return
	}
	l.credit = to
}

func (m *model) end(l *letter, state schematype.MessageState, delivery schematype.Delivery, credit schematype.CreditState) {
	l.state, l.delivery, l.due = state, delivery, time.Time{}
	m.move(l, credit)
}

// giveUp ends a message that is not tried any more: in doubt it may have left, and its credit waits a day.
func (m *model) giveUp(l *letter, maybeSent bool) {
	if !maybeSent {
		m.end(l, schematype.Void, schematype.DeliveryFailed, schematype.CreditReturned)
		return
	}
	l.state, l.delivery, l.due = schematype.Unknown, schematype.DeliverySent, time.Time{}
	if l.credit == schematype.CreditHeld {
		l.due = m.now().Add(24 * time.Hour)
	}
}

// repeatable reports whether handing it over again can't make a second one.
func (m *model) repeatable(l *letter) bool { return l.channel == schematype.Email || m.keyed }

// step is one look of a worker at a due message. It returns true when the message is handed over; then answer follows.
func (m *model) step(l *letter) (hands bool) {
	now, maybe := m.now(), l.delivery == schematype.DeliverySending
	switch {
	case l.state == schematype.Unknown:
		l.due = time.Time{}
		m.move(l, schematype.CreditCaptured)
	case l.state == schematype.Leased && !m.repeatable(l):
		m.giveUp(l, true)
	case l.sent.IsZero() && (now.Sub(l.created) > 15*time.Minute || l.superseded):
		m.giveUp(l, false)
	case !l.sent.IsZero() && (!now.Before(l.sent.Add(life)) || l.superseded):
		m.giveUp(l, maybe)
	default:
		return true
	}
	return false
}

func (m *model) answer(l *letter, r provider.Result) {
	maybe := l.delivery == schematype.DeliverySending
	if l.sent.IsZero() {
		l.sent = m.now()
	}
	switch {
	case r.Kind == provider.Accepted:
		m.end(l, schematype.Accepted, schematype.DeliverySent, schematype.CreditCaptured)
	case r.Kind == provider.Refused && r.Problem != provider.ProviderError:
		m.end(l, schematype.Refused, schematype.DeliveryNotDelivered, schematype.CreditReturned)
	case r.Kind == provider.Refused && !maybe:
		m.end(l, schematype.Refused, schematype.DeliveryFailed, schematype.CreditReturned)
	case r.Kind == provider.NotSent && !maybe:
		l.state, l.delivery = schematype.Queued, schematype.DeliveryQueued
	case r.Kind == provider.NotSent, r.Kind == provider.Unknown && m.repeatable(l):
		l.state, l.delivery = schematype.Queued, schematype.DeliverySending
	default:
		m.giveUp(l, true)
	}
}

// dies is what is left of a message whose worker died between taking it and recording what came of it.
func (m *model) dies(l *letter) {
	if l.sent.IsZero() {
		l.sent = m.now()
	}
	l.state, l.delivery, l.due = schematype.Leased, schematype.DeliverySending, m.now().Add(time.Minute)
}

var ranks = []schematype.Delivery{schematype.DeliveryQueued, schematype.DeliverySending, schematype.DeliverySent, schematype.DeliveryDelayed,
	schematype.DeliveryFailed, schematype.DeliveryDelivered, schematype.DeliveryNotDelivered}

// report moves a message forward or not at all.
func (m *model) report(l *letter, stage provider.Stage) {
	to := map[provider.Stage]schematype.Delivery{provider.Taken: schematype.DeliverySent, provider.Delayed: schematype.DeliveryDelayed,
		provider.Failed: schematype.DeliveryFailed, provider.Delivered: schematype.DeliveryDelivered, provider.Undelivered: schematype.DeliveryNotDelivered}[stage]
	clears := stage == provider.Taken && l.state == schematype.Unknown && l.delivery == schematype.DeliverySent
	if l.sent.IsZero() || slices.Index(ranks, to) <= slices.Index(ranks, l.delivery) && !clears {
		return
	}
	credit := schematype.CreditCaptured
	if stage == provider.Failed || stage == provider.Undelivered {
		credit = schematype.CreditReturned
	}
	m.end(l, schematype.Accepted, to, credit)
}
