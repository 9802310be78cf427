// Package provider has the words that the outbox and the e-mail and SMS services share: what is
// handed over, and what came of it. It imports nothing of the project.
package provider

import (
	"context"
	"time"
)

// Email is one finished e-mail to exactly one address.
type Email struct {
	// FromName is shown as the sender, in any script; it may be empty.
	FromName string
	// From is the bare address of the sender.
	From string
	// ReplyTo is the bare address that answers go to; empty leaves it to From.
	ReplyTo string
	// To is the bare address of the one recipient.
	To string
	// Subject, Text and HTML are the finished message; Text and HTML say the same.
	Subject, Text, HTML string
	// IdempotencyKey makes a second hand-over harmless: a service that supports it sends one message
	// per key, provided that every byte of the message is the same. At most 256 characters.
	IdempotencyKey string
	// Reference comes back in delivery reports, so that one that is faster than the answer to the
	// hand-over still finds its message. Letters, digits, hyphens; may be empty.
	Reference string
}

// SMS is one finished text message to exactly one number.
type SMS struct {
	// Originator is the sender: a number in E.164 or up to 11 letters and digits.
	Originator string
	// To is the one recipient in E.164, with the leading plus sign.
	To string
	// Body is the text, at most one GSM-7 segment.
	Body string
	// Reference comes back in delivery reports; without one there are none.
	Reference string
	// Authentication says that the text brings a link that sets a password: some services want to know.
	Authentication bool
	// Validity is how long the network may keep trying to deliver, in whole seconds; zero leaves it
	// to the service.
	Validity time.Duration
}

// Kind says what came of handing a message over.
type Kind int

// The four outcomes. The zero Kind is Unknown, so a forgotten one never causes a second send.
const (
	// Unknown: no clear answer. The message may or may not be on its way.
	Unknown Kind = iota
	// Accepted: the service took the message; Result.ProviderID names it there.
	Accepted
	// Refused: a definite no. The message was not sent and trying again is useless.
	Refused
	// NotSent: the message may be tried again. It was certainly not sent, or sending it again with
	// the same idempotency key and the same bytes can't make a second one.
	NotSent
)

// String returns the lower-case name of k for logs.
func (k Kind) String() string {
	switch k {
	case Accepted:
		return "accepted"
	case Refused:
		return "refused"
	case NotSent:
		return "not sent"
	default:
		return "unknown"
	}
}

// Problem says why a message did not arrive, in the names the API shows. Empty means none.
type Problem string

// The problems a service can report.
const (
	// AddressNotFound: the e-mail address does not exist.
	AddressNotFound Problem = "ADDRESS_NOT_FOUND"
	// MailboxUnavailable: the mailbox refused the message.
	MailboxUnavailable Problem = "MAILBOX_UNAVAILABLE"
	// RejectedAsSpam: taken for spam.
	RejectedAsSpam Problem = "REJECTED_AS_SPAM"
	// NumberInvalid: the number does not exist or can't receive this message.
	NumberInvalid Problem = "NUMBER_INVALID"
	// PhoneUnreachable: the phone is off or out of reach.
	PhoneUnreachable Problem = "PHONE_UNREACHABLE"
	// CarrierBlocked: the carrier blocked the message.
	CarrierBlocked Problem = "CARRIER_BLOCKED"
	// Suppressed: the e-mail service itself keeps the address on a list of those it does not send to, after an
	// earlier bounce or complaint.
	Suppressed Problem = "SUPPRESSED"
	// OptedOut: the number has opted out (STOP).
	OptedOut Problem = "OPTED_OUT"
	// ProviderError: the message service itself had a problem.
	ProviderError Problem = "PROVIDER_ERROR"
)

// Problems returns every Problem there is, in the order of the API.
func Problems() []Problem {
	return []Problem{
		AddressNotFound, MailboxUnavailable, RejectedAsSpam, Suppressed, NumberInvalid,
		PhoneUnreachable, CarrierBlocked, OptedOut, ProviderError,
	}
}

// Result is what came of one hand-over.
type Result struct {
	// Kind is always set.
	Kind Kind
	// ProviderID is the service's own name of the message; only with Accepted.
	ProviderID string
	// Parts is how many segments the service counted; only with Accepted, zero when it didn't say.
	Parts int
	// Problem is set unless the message was accepted.
	Problem Problem
	// RetryAfter is how long the service asked to wait; only with NotSent and Unknown, zero when it didn't say.
	RetryAfter time.Duration
	// Err tells why, for the log; nil with Accepted. It is always an *Error of this package, which
	// can't hold an address, a text or a link.
	Err error
}

// EmailSender hands e-mail to a service.
type EmailSender interface {
	// SendEmail makes one attempt and returns within the sender's own limit or when ctx ends. It
	// never panics for what the service answers, and is safe for concurrent use.
	SendEmail(ctx context.Context, email Email) Result
}

// SMSSender hands text messages to a service.
type SMSSender interface {
	// SendSMS makes one attempt and returns within the sender's own limit or when ctx ends. It never
	// panics for what the service answers, and is safe for concurrent use.
	SendSMS(ctx context.Context, sms SMS) Result
}

// Named senders and readers say which service they speak to: "resend", "messagebird", "bird" or "dev". A
// message remembers it, so that a report of another service never moves it.
type Named interface{ Service() string }

// Repeatable senders take an idempotency key: a text without a clear answer may be handed over again with
// the same reference and the same bytes, which can't make a second one.
type Repeatable interface{ Repeatable() bool }
