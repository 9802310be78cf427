package providertest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// BirdKey is the access key that a Bird takes.
const BirdKey = "bk_us1_0123456789abcdefABCDEF"

// BirdText is one text message that a Bird took.
type BirdText struct {
	ID, Key                  string
	From, To, Text, Category string
	Metadata                 map[string]string
}

// Bird stands in for Bird's API. The same idempotency key with the same body is taken once.
type Bird struct {
	Server
	texts []BirdText
	keys  map[string]birdKeyed
}

type birdKeyed struct {
	sum [32]byte
	id  string
}

// NewBird starts a stand-in. It stops with c; without one, call Close.
func NewBird(c Cleaner) *Bird {
	s := &Bird{keys: map[string]birdKeyed{}}
	s.start(c, s.handle)
	return s
}

// BirdError answers with an error in Bird's form, e.g. 422, "SMSDestinationNotEnabled", "to".
func BirdError(status int, name, param string) Behaviour {
	return Behaviour{answer: func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) { birdError(w, status, name, param) }}
}

func birdError(w http.ResponseWriter, status int, name, param string) {
	e := map[string]any{"type": "some_error", "code": "E12000", "name": name, "message": "It was not taken.", "request_id": "req_1"}
	if param != "" {
		e["details"] = []any{map[string]any{"param": param, "message": "is wrong"}}
	}
	writeJSON(w, status, map[string]any{"error": e})
}

// Texts returns what was taken so far.
func (s *Bird) Texts() []BirdText {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.texts)
}

// WaitTexts returns when at least n text messages were taken, or with the error of ctx.
func (s *Bird) WaitTexts(ctx context.Context, n int) ([]BirdText, error) {
	err := s.wait(ctx, func() bool { return len(s.texts) >= n })
	return s.Texts(), err
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

func (s *Bird) handle(w http.ResponseWriter, r *http.Request) {
	behaviour, body, released := s.arrived(r)
	var m struct {
		To, From, Text, Category string
		Metadata                 map[string]string
	}
	switch {
	case r.Header.Get("Authorization") != "Bearer "+BirdKey:
		birdError(w, http.StatusUnauthorized, "InvalidAPIKey", "")
		return
	case r.Header.Get("User-Agent") == "" || r.Header.Get("User-Agent") == "Go-http-client/1.1":
		birdError(w, http.StatusForbidden, "MissingUserAgent", "")
		return
	case r.URL.Path != "/v1/sms/messages" || r.Method != http.MethodPost:
		birdError(w, http.StatusNotFound, "NotFound", "")
		return
	case json.Unmarshal(body, &m) != nil:
		birdError(w, http.StatusBadRequest, "InvalidJSON", "")
		return
	case !e164.MatchString(m.To):
		birdError(w, http.StatusUnprocessableEntity, "InvalidRecipient", "to")
		return
	case m.From == "":
		birdError(w, http.StatusUnprocessableEntity, "SMSNoEligibleSender", "from")
		return
	case m.Text == "" || m.Category != "authentication" && m.Category != "transactional":
		birdError(w, http.StatusUnprocessableEntity, "InvalidCategory", "category")
		return
	}
	key := r.Header.Get("Idempotency-Key")
	id := ""
	if behaviour.answer == nil || behaviour.take {
		var ok bool
		if id, ok = s.take(BirdText{Key: key, From: m.From, To: m.To, Text: m.Text, Category: m.Category, Metadata: m.Metadata}, sha256.Sum256(body)); !ok {
			birdError(w, http.StatusConflict, "IdempotencyKeyReused", "")
			return
		}
	}
	behaviour.wait(r, released)
	if behaviour.answer != nil {
		behaviour.answer(w, r, released)
		return
	}
	writeJSON(w, http.StatusAccepted, map[string]any{"id": id, "status": "accepted", "to": m.To, "from": m.From, "text": m.Text,
		"category": m.Category, "segments": 1, "created_at": time.Now().UTC().Format(time.RFC3339Nano)})
}

func (s *Bird) take(m BirdText, sum [32]byte) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before, known := s.keys[m.Key]; known && m.Key != "" {
		return before.id, before.sum == sum
	}
	m.ID = fmt.Sprintf("sms_01m2e70qnef6d92zvm%04d", len(s.texts)+1)
	s.texts = append(s.texts, m)
	s.keys[m.Key] = birdKeyed{sum, m.ID}
	s.notify()
	return m.ID, true
}
