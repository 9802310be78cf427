// Package email hands e-mail over to Resend.
package email

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/resend/resend-go/v2"

	"officeportal/internal/message/internal/wire"
	"officeportal/internal/message/provider"
)

const service = "resend"

// DefaultURL is the address of Resend's API.
const DefaultURL = "https://api.resend.com/"

// maxKey is the longest idempotency key that Resend takes.
const maxKey = 256

// Resend sends e-mail. A second attempt with the same idempotency key and the same bytes is harmless
// for 24 hours, so whatever has no clear answer is NotSent and may be tried again.
type Resend struct {
	key       string
	base      *url.URL
	timeout   time.Duration
	transport http.RoundTripper
	now       func() time.Time
}

// Service implements provider.Named.
func (*Resend) Service() string { return service }

// ErrNoKey means that the API key is missing.
var ErrNoKey = errors.New("the Resend API key is missing")

// NewResend returns a sender. apiKey needs no more than the right to send ("sending_access"); baseURL
// is DefaultURL when empty.
//
// The address is always set here: the SDK's own default can be replaced by a variable of the
// environment, which would then be sent the key.
func NewResend(apiKey, baseURL string) (*Resend, error) {
	apiKey = strings.TrimSpace(apiKey)
	if apiKey == "" {
		return nil, ErrNoKey
	}
	if baseURL == "" {
		baseURL = DefaultURL
	}
	base, err := wire.ParseBase(baseURL)
	if err != nil {
		return nil, err
	}
	return &Resend{
		key: apiKey, base: base, timeout: wire.Timeout, now: time.Now,
		transport: http.DefaultTransport.(*http.Transport).Clone(),
	}, nil
}

// SendEmail implements provider.EmailSender: one attempt of at most 10 seconds.
func (r *Resend) SendEmail(ctx context.Context, m provider.Email) provider.Result {
	if m.IdempotencyKey == "" || len(m.IdempotencyKey) > maxKey || !bareAddress(m.From) ||
		m.ReplyTo != "" && !bareAddress(m.ReplyTo) || m.Text == "" || m.Subject == "" {
		return refused(provider.ProviderError, provider.ClassInvalid, 0)
	}
	if !bareAddress(m.To) {
		return refused(provider.AddressNotFound, provider.ClassInvalid, 0)
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	var tags []resend.Tag
	if m.Reference != "" {
		tags = []resend.Tag{{Name: referenceTag, Value: m.Reference}}
	}
	exchange := wire.NewExchange(ctx, r.transport, nil)
	sdk := resend.NewCustomClient(exchange.Client(), r.key)
	sdk.BaseURL = r.base
	sent, err := sdk.Emails.SendWithOptions(ctx, &resend.SendEmailRequest{
		From:    mailbox(m.FromName, m.From),
		To:      []string{m.To},
		ReplyTo: m.ReplyTo,
		Subject: oneLine(m.Subject),
		Text:    m.Text,
		Html:    m.HTML,
		Tags:    tags,
	}, &resend.SendEmailOptions{IdempotencyKey: m.IdempotencyKey})
	// err is not looked into: its text can quote the message, and it has lost the status.
	if err == nil && sent != nil && sent.Id != "" {
		return provider.Result{Kind: provider.Accepted, ProviderID: sent.Id}
	}
	return r.classify(exchange.Answer())
}

// classify says what an answer other than a readable success means. Only what certainly was not taken is NotSent; both
// are tried again under the key, but a message that may be on its way must not be called failed when its link dies.
func (r *Resend) classify(a wire.Answer) provider.Result {
	result := func(kind provider.Kind, class provider.Class) provider.Result {
		return provider.Result{Kind: kind, Problem: provider.ProviderError, RetryAfter: provider.RetryAfter(a.Header, r.now()),
			Err: &provider.Error{Service: service, Status: a.Status, Class: class}}
	}
	switch {
	case a.Failure == provider.ClassInvalid:
		return refused(provider.ProviderError, a.Failure, 0)
	case a.Failure != "" && !a.Left:
		return result(provider.NotSent, a.Failure)
	case a.Failure != "":
		return result(provider.Unknown, a.Failure)
	}
	name := errorName(a.Body)
	switch {
	case a.Status < 300:
		return result(provider.Unknown, provider.ClassGarbage)
	case a.Status < 400:
		return result(provider.NotSent, provider.ClassRedirect)
	case a.Status == http.StatusTooManyRequests:
		return result(provider.NotSent, provider.ClassRateLimit)
	case a.Status == http.StatusConflict && name.Name == "invalid_idempotent_request":
		return refused(provider.ProviderError, provider.ClassConflict, a.Status)
	case a.Status == http.StatusConflict:
		return result(provider.Unknown, provider.ClassInFlight)
	case a.Status == http.StatusRequestTimeout || a.Status == http.StatusTooEarly:
		return result(provider.Unknown, provider.ClassTimeout)
	case a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden:
		return refused(provider.ProviderError, provider.ClassCredentials, a.Status)
	case a.Status < 500 && name.aboutRecipient():
		return refused(provider.AddressNotFound, provider.ClassRecipient, a.Status)
	case a.Status < 500:
		return refused(provider.ProviderError, provider.ClassRejected, a.Status)
	default:
		return result(provider.Unknown, provider.ClassServer)
	}
}

// apiError is the part of Resend's error answer that is looked at; none of it is passed on.
type apiError struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

func errorName(body []byte) apiError {
	var e apiError
	if json.Unmarshal(body, &e) != nil {
		return apiError{}
	}
	return e
}

// aboutRecipient recognises Resend's complaint about the `to` field, written with back-ticks.
func (e apiError) aboutRecipient() bool {
	return e.Name == "validation_error" && strings.Contains(e.Message, "`to`")
}

func refused(problem provider.Problem, class provider.Class, status int) provider.Result {
	return provider.Result{Kind: provider.Refused, Problem: problem, Err: &provider.Error{Service: service, Status: status, Class: class}}
}

// bareAddress reports whether s is one address and nothing else: a list, a display name or a line
// break here would send the message to somebody else.
func bareAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == ""
}

// mailbox writes a display name and an address in the form of RFC 5322 §3.4. Letters of any script
// stay as they are: the API takes JSON and does the encoding itself.
func mailbox(name, address string) string {
	name = oneLine(name)
	if name == "" {
		return address
	}
	if strings.ContainsAny(name, `()<>[]:;@\,."`) {
		name = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	}
	return name + " <" + address + ">"
}

// oneLine drops control characters, so that no text becomes a header.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}
