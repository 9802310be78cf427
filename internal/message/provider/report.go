package provider

import (
	"errors"
	"time"
)

// Stage is how far a report says that a message got. The order is the order of certainty: whatever order
// reports come in, the highest stage stays.
type Stage int

// The stages a service reports. None is a report that says nothing about the way of the message, such as a
// complaint about one that was delivered before.
const (
	None Stage = iota
	// Taken: the service has it and hands it on.
	Taken
	// Delayed: the receiving side did not take it yet; the service keeps trying.
	Delayed
	// Failed: the service could not send it. What arrived all the same outranks it.
	Failed
	// Delivered: the receiving server or handset took it.
	Delivered
	// Undelivered: the receiving side did not take it and the service gave up. It outranks Delivered: a mail
	// server may take a message and send it back a minute later, and of two contradicting reports on a text
	// the one is believed that costs the school nothing.
	Undelivered
)

// Mark says what a report teaches about the address or number itself, beyond the one message.
type Mark string

// The marks. A mark stays until the contact is changed or somebody clears it.
const (
	NoMark Mark = ""
	// Bounced: the address does not exist.
	Bounced Mark = "BOUNCED"
	// SuppressedThere: the service does not send to the address any more.
	SuppressedThere Mark = "SUPPRESSED"
	// Complained: the recipient called a message spam.
	Complained Mark = "COMPLAINED"
	// StoppedTexts: the number wants no texts.
	StoppedTexts Mark = "OPTED_OUT"
)

// Report is what a service tells of a message after it took it. Nothing in it was typed by people.
type Report struct {
	// Service is who reports.
	Service string
	// EventID names the report: the same one, sent again, has the same. At most 128 characters.
	EventID string
	// Kind is what the service calls it, such as "email.bounced"; at most 40 characters, for the log.
	Kind string
	// Reference is what was handed over with the message, ProviderID what the service calls the message;
	// either may be empty, not both.
	Reference, ProviderID string
	Stage                 Stage
	// Problem is set with Failed and Undelivered.
	Problem Problem
	// Mark is what is now known of the contact.
	Mark Mark
	// At is when it happened by the service's clock; zero when it didn't say.
	At time.Time
}

// Reply is a text that somebody sent to the number that texts come from.
type Reply struct {
	Service, EventID string
	// From is the sender in E.164, with the leading plus sign.
	From string
	// Stop and Start say what the text asks for; neither for everything else.
	Stop, Start bool
	// At is when it was received by the service's clock; zero when it didn't say.
	At time.Time
}

// Errors of reading a report. None of them holds a part of the request.
var (
	// ErrForged means that the signature is missing, wrong or too old.
	ErrForged = errors.New("provider: the signature of the report is not valid")
	// ErrUnreadable means that a signed report has no form that is understood.
	ErrUnreadable = errors.New("provider: the report can't be read")
	// ErrTooLarge means that the request is larger than any report.
	ErrTooLarge = errors.New("provider: the report is too large")
	// ErrIrrelevant means that the report is genuine and about something that does not matter here.
	ErrIrrelevant = errors.New("provider: the report is about something else")
)

// MaxReport is the largest body of a report that is read, in bytes. Real ones have one or two thousand.
const MaxReport = 64 << 10

// Incoming is what a service sent: a report or a reply, never both.
type Incoming struct {
	Report *Report
	Reply  *Reply
}
