package providertest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/mail"
	"slices"
	"strings"
)

// ResendKey is the API key that a Resend takes.
const ResendKey = "re_test_0123456789abcdef"

// Email is one e-mail that a Resend took.
type Email struct {
	ID, IdempotencyKey         string
	From, To, ReplyTo, Subject string
	Text, HTML                 string
}

// Resend stands in for Resend's API.
type Resend struct {
	Server
	emails []Email
	keys   map[string]*keyed // by idempotency key
}

// keyed is what is known about an idempotency key.
type keyed struct {
	sum      [32]byte
	id       string // empty until taken
	inFlight int
}

// NewResend starts a stand-in. It stops with c; without one, call Close.
func NewResend(c Cleaner) *Resend {
	s := &Resend{keys: map[string]*keyed{}}
	s.start(c, s.handle)
	return s
}

// ResendError answers with an error in Resend's form, e.g. 422, "validation_error".
func ResendError(status int, name, message string) Behaviour {
	return Behaviour{answer: func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		resendError(w, status, name, message)
	}}
}

func resendError(w http.ResponseWriter, status int, name, message string) {
	writeJSON(w, status, map[string]any{"statusCode": status, "name": name, "message": message})
}

// Emails returns what was taken so far: once per idempotency key, however often it was sent.
func (s *Resend) Emails() []Email {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.emails)
}

// WaitEmails returns when at least n e-mails were taken, or with the error of ctx.
func (s *Resend) WaitEmails(ctx context.Context, n int) ([]Email, error) {
	err := s.wait(ctx, func() bool { return len(s.emails) >= n })
	return s.Emails(), err
}

func (s *Resend) handle(w http.ResponseWriter, r *http.Request) {
	behaviour, body, released := s.arrived(r)
	m, ok := s.check(w, r, body)
	if !ok {
		return
	}
	done, id, ok := s.claim(w, m.IdempotencyKey, sha256.Sum256(body))
	if !ok {
		return
	}
	defer done()
	if behaviour.answer == nil || behaviour.take {
		if id == "" {
			id = s.take(m)
		}
	}
	behaviour.wait(r, released)
	if behaviour.answer != nil {
		behaviour.answer(w, r, released)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"id": id})
}

// check refuses what the real service refuses.
func (s *Resend) check(w http.ResponseWriter, r *http.Request, body []byte) (Email, bool) {
	refuse := func(status int, name, message string) (Email, bool) {
		resendError(w, status, name, message)
		return Email{}, false
	}
	switch auth := r.Header.Get("Authorization"); {
	case r.URL.Path != "/emails":
		return refuse(http.StatusNotFound, "not_found", "The requested endpoint does not exist.")
	case r.Method != http.MethodPost:
		return refuse(http.StatusMethodNotAllowed, "method_not_allowed", "Method is not allowed for the requested path.")
	case r.UserAgent() == "":
		return refuse(http.StatusForbidden, "validation_error", "A User-Agent is required.")
	case auth == "":
		return refuse(http.StatusUnauthorized, "missing_api_key", "Missing API key in the authorization header.")
	case auth != "Bearer "+ResendKey:
		return refuse(http.StatusForbidden, "invalid_api_key", "API key is invalid.")
	}
	key := r.Header.Get("Idempotency-Key")
	if len(key) > 256 {
		return refuse(http.StatusBadRequest, "invalid_idempotency_key", "The key must be between 1-256 chars.")
	}
	var m struct {
		From    string   `json:"from"`
		To      []string `json:"to"`
		ReplyTo string   `json:"reply_to"`
		Subject string   `json:"subject"`
		Text    string   `json:"text"`
		HTML    string   `json:"html"`
	}
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType != "application/json" || json.Unmarshal(body, &m) != nil {
		return refuse(http.StatusUnprocessableEntity, "validation_error", "The body is not valid JSON.")
	}
	switch {
	case m.From == "" || len(m.To) == 0 || m.Subject == "" || m.Text == "" && m.HTML == "":
		return refuse(http.StatusUnprocessableEntity, "missing_required_field", "The request body is missing one or more required fields.")
	case !isMailbox(m.From):
		return refuse(http.StatusUnprocessableEntity, "invalid_from_address", "Invalid `from` field.")
	case len(m.To) > 50:
		return refuse(http.StatusUnprocessableEntity, "validation_error", "Too many recipients in the `to` field.")
	}
	for _, to := range m.To {
		if !isMailbox(to) {
			return refuse(http.StatusUnprocessableEntity, "validation_error", "Invalid `to` field. The email address needs to follow the `email@example.com` or `Name <email@example.com>` format.")
		}
	}
	return Email{
		IdempotencyKey: key, From: m.From, To: strings.Join(m.To, ", "), ReplyTo: m.ReplyTo,
		Subject: m.Subject, Text: m.Text, HTML: m.HTML,
	}, true
}

// claim applies the rules of idempotency keys. id is the e-mail already taken under the key, if any.
func (s *Resend) claim(w http.ResponseWriter, key string, sum [32]byte) (done func(), id string, ok bool) {
	if key == "" {
		return func() {}, "", true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.keys[key]
	if k == nil {
		k = &keyed{sum: sum}
		s.keys[key] = k
	}
	if k.inFlight > 0 {
		resendError(w, http.StatusConflict, "concurrent_idempotent_requests",
			"Same idempotency key used while original request is still in progress.")
		return nil, "", false
	}
	if k.id == "" {
		k.sum = sum // a request that was not taken leaves the key free
	}
	if k.sum != sum {
		resendError(w, http.StatusConflict, "invalid_idempotent_request",
			"Same idempotency key used with a different request payload.")
		return nil, "", false
	}
	k.inFlight++
	s.notify()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		k.inFlight--
	}, k.id, true
}

func (s *Resend) take(m Email) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.ID = fmt.Sprintf("49a3999c-0ce1-4ea6-ab68-%012d", len(s.emails)+1)
	s.emails = append(s.emails, m)
	if k := s.keys[m.IdempotencyKey]; k != nil {
		k.id = m.ID
	}
	s.notify()
	return m.ID
}

func isMailbox(s string) bool {
	_, err := mail.ParseAddress(s)
	return err == nil
}
