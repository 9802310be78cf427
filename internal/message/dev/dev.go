// Package dev keeps messages instead of sending them and shows them in a browser, so that a fresh
// clone works without any outside service: the link in a message can be clicked.
//
// Whoever can open its page can take over every guardian's login. It is for a laptop and for tests.
package dev

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"officeportal/internal/message/provider"
)

// Limit is how many messages are kept; older ones are forgotten.
const Limit = 500

// Channels of kept messages, in the names of the API.
const (
	ChannelEmail = "EMAIL"
	ChannelSMS   = "SMS"
)

// Kept is one message that would have been sent.
type Kept struct {
	// ID is also the ProviderID of the Result, unless the message was refused.
	ID      string `json:"id"`
	Channel string `json:"channel"`
	// From is a mailbox for e-mail and the originator for a text.
	From    string `json:"from"`
	ReplyTo string `json:"replyTo,omitempty"`
	To      string `json:"to"`
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text"`
	HTML    string `json:"html,omitempty"`
	// Links are the web addresses in Text, in their order.
	Links []string `json:"links"`
	// Problem is set when the message was refused, as a service would refuse it.
	Problem provider.Problem `json:"problem,omitempty"`
	// Reference is the idempotency key of an e-mail or the reference of a text.
	Reference string    `json:"reference"`
	SentAt    time.Time `json:"sentAt"`
}

// Box keeps messages of both channels in memory. It is safe for concurrent use.
type Box struct {
	now func() time.Time

	mu      sync.Mutex
	count   int
	kept    []Kept // oldest first
	keys    map[string]keyed
	changed chan struct{} // closed and replaced with every message
}

// keyed remembers an e-mail's idempotency key for as long as the e-mail is kept.
type keyed struct {
	sum [32]byte
	res provider.Result
}

// NewBox returns an empty box; now gives the time a message is kept under, time.Now when nil.
func NewBox(now func() time.Time) *Box {
	if now == nil {
		now = time.Now
	}
	return &Box{now: now, keys: map[string]keyed{}, changed: make(chan struct{})}
}

// SendEmail implements provider.EmailSender. An address whose part before the @ starts with "bounce"
// is refused as one that doesn't exist, so that a failure can be seen. The same idempotency key with
// the same content keeps one message, with another content it is refused, as at a real service.
func (b *Box) SendEmail(_ context.Context, m provider.Email) provider.Result {
	from := m.From
	if m.FromName != "" {
		from = m.FromName + " <" + m.From + ">"
	}
	k := Kept{
		Channel: ChannelEmail, From: from, ReplyTo: m.ReplyTo, To: m.To, Subject: m.Subject,
		Text: m.Text, HTML: m.HTML, Reference: m.IdempotencyKey,
	}
	if strings.HasPrefix(strings.ToLower(m.To), "bounce") {
		k.Problem = provider.AddressNotFound
	}
	return b.keep(k, m.IdempotencyKey)
}

// SendSMS implements provider.SMSSender. A number that ends in 0199 is refused as one that doesn't
// exist, so that a failure can be seen.
func (b *Box) SendSMS(_ context.Context, m provider.SMS) provider.Result {
	k := Kept{Channel: ChannelSMS, From: m.Originator, To: m.To, Text: m.Body, Reference: m.Reference}
	if strings.HasSuffix(m.To, "0199") {
		k.Problem = provider.NumberInvalid
	}
	return b.keep(k, "")
}

func (b *Box) keep(k Kept, key string) provider.Result {
	b.mu.Lock()
	defer b.mu.Unlock()
	sum := sha256.Sum256([]byte(fmt.Sprintf("%q", []string{k.From, k.ReplyTo, k.To, k.Subject, k.Text, k.HTML})))
	if before, known := b.keys[key]; known && key != "" {
		if before.sum == sum {
			return before.res
		}
		return refused(provider.ProviderError, provider.ClassConflict)
	}
	b.count++
	k.ID = "dev-" + strconv.Itoa(b.count)
	k.SentAt = b.now()
	k.Links = links(k.Text)
	res := provider.Result{Kind: provider.Accepted, ProviderID: k.ID}
	if k.Problem != "" {
		res = refused(k.Problem, provider.ClassRecipient)
	}
	b.kept = append(b.kept, k)
	if key != "" {
		b.keys[key] = keyed{sum: sum, res: res}
	}
	if len(b.kept) > Limit {
		if b.kept[0].Channel == ChannelEmail {
			delete(b.keys, b.kept[0].Reference)
		}
		b.kept = slices.Delete(b.kept, 0, 1)
	}
	close(b.changed)
	b.changed = make(chan struct{})
	return res
}

func refused(problem provider.Problem, class provider.Class) provider.Result {
	return provider.Result{Kind: provider.Refused, Problem: problem, Err: &provider.Error{Service: "dev", Class: class}}
}

// Messages returns what is kept, newest first.
func (b *Box) Messages() []Kept {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := append([]Kept{}, b.kept...) // never nil: in JSON an empty box is [] and not null
	slices.Reverse(out)
	return out
}

// Wait returns the newest message for which want says yes, as soon as there is one, or the error of
// ctx. It is for tests.
func (b *Box) Wait(ctx context.Context, want func(Kept) bool) (Kept, error) {
	for {
		b.mu.Lock()
		changed := b.changed
		b.mu.Unlock()
		for _, k := range b.Messages() {
			if want(k) {
				return k, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Kept{}, ctx.Err()
		}
	}
}

// find returns the message with that ID.
func (b *Box) find(id string) (Kept, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range b.kept {
		if k.ID == id {
			return k, true
		}
	}
	return Kept{}, false
}

// Service implements provider.Named.
func (b *Box) Service() string { return "dev" }

// ReportsDelivery says that what the box keeps has arrived: there is nobody behind it to report later.
func (b *Box) ReportsDelivery() bool { return true }
