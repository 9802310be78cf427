package providertest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MessageBirdKey is the access key that a MessageBird takes.
const MessageBirdKey = "test_0123456789abcdefABCDEF"

// SMS is one text message that a MessageBird took.
type SMS struct {
	ID, Originator, To, Body string // To in E.164, with the plus sign
	Reference, DataCoding    string
	ReportURL                string
	Validity                 time.Duration
	ShortenURLs              bool
}

// MessageBird stands in for MessageBird's API. Like that, it has no idempotency: what is sent twice
// is taken twice.
type MessageBird struct {
	Server
	texts []SMS
}

// NewMessageBird starts a stand-in. It stops with c; without one, call Close.
func NewMessageBird(c Cleaner) *MessageBird {
	s := &MessageBird{}
	s.start(c, s.handle)
	return s
}

// MessageBirdError answers with an error in MessageBird's form, e.g. 422, 25, "Not enough balance", "".
func MessageBirdError(status, code int, description, parameter string) Behaviour {
	return Behaviour{answer: func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		messageBirdError(w, status, code, description, parameter)
	}}
}

func messageBirdError(w http.ResponseWriter, status, code int, description, parameter string) {
	e := map[string]any{"code": code, "description": description, "parameter": nil}
	if parameter != "" {
		e["parameter"] = parameter
	}
	writeJSON(w, status, map[string]any{"errors": []any{e}})
}

// TakeAndFail answers 201 with a message that the same answer says was not delivered, for that reason
// and error code.
func TakeAndFail(statusReason string, statusErrorCode int) Behaviour {
	return Behaviour{take: true, answer: func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		writeJSON(w, http.StatusCreated, map[string]any{
			"id": "0123456789abcdef0123456789abcdef",
			"recipients": map[string]any{"totalCount": 1, "items": []any{map[string]any{
				"recipient": 13125550123, "status": "delivery_failed",
				"statusReason": statusReason, "statusErrorCode": statusErrorCode,
			}}},
		})
	}}
}

// Texts returns what was taken so far.
func (s *MessageBird) Texts() []SMS {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.texts)
}

// WaitTexts returns when at least n text messages were taken, or with the error of ctx.
func (s *MessageBird) WaitTexts(ctx context.Context, n int) ([]SMS, error) {
	err := s.wait(ctx, func() bool { return len(s.texts) >= n })
	return s.Texts(), err
}

func (s *MessageBird) handle(w http.ResponseWriter, r *http.Request) {
	behaviour, body, released := s.arrived(r)
	sms, ok := check(w, r, body)
	if !ok {
		return
	}
	if behaviour.answer == nil || behaviour.take {
		sms.ID = s.take(sms)
	}
	behaviour.wait(r, released)
	if behaviour.answer != nil {
		behaviour.answer(w, r, released)
		return
	}
	s.created(w, sms)
}

var msisdn = regexp.MustCompile(`^[1-9][0-9]{6,14}$`)

// check refuses what the real service refuses.
func check(w http.ResponseWriter, r *http.Request, body []byte) (SMS, bool) {
	refuse := func(status, code int, description, parameter string) (SMS, bool) {
		messageBirdError(w, status, code, description, parameter)
		return SMS{}, false
	}
	switch {
	case r.Header.Get("Authorization") != "AccessKey "+MessageBirdKey:
		return refuse(http.StatusUnauthorized, 2, "Request not allowed (incorrect access_key)", "access_key")
	case r.URL.Path != "/messages":
		return refuse(http.StatusNotFound, 98, "API not found", "")
	case r.Method != http.MethodPost:
		return refuse(http.StatusMethodNotAllowed, 21, "Bad request", "")
	}
	var m struct {
		Originator  string   `json:"originator"`
		Body        string   `json:"body"`
		Recipients  []string `json:"recipients"`
		Reference   string   `json:"reference"`
		Validity    int      `json:"validity"`
		DataCoding  string   `json:"datacoding"`
		ReportURL   string   `json:"reportUrl"`
		ShortenURLs bool     `json:"shortenUrls"`
	}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || json.Unmarshal(body, &m) != nil {
		return refuse(http.StatusBadRequest, 21, "Bad request", "")
	}
	switch {
	case m.Originator == "":
		return refuse(http.StatusUnprocessableEntity, 9, "originator is required", "originator")
	case m.Body == "":
		return refuse(http.StatusUnprocessableEntity, 9, "body is required", "body")
	case len(m.Recipients) == 0:
		return refuse(http.StatusUnprocessableEntity, 9, "no (correct) recipients found", "recipients")
	}
	for _, to := range m.Recipients {
		if !msisdn.MatchString(to) {
			return refuse(http.StatusUnprocessableEntity, 10, "no (correct) recipients found", "recipients")
		}
	}
	return SMS{
		Originator: m.Originator, To: "+" + strings.Join(m.Recipients, ",+"), Body: m.Body, Reference: m.Reference,
		Validity: time.Duration(m.Validity) * time.Second, DataCoding: m.DataCoding, ReportURL: m.ReportURL,
		ShortenURLs: m.ShortenURLs,
	}, true
}

func (s *MessageBird) take(sms SMS) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sms.ID = fmt.Sprintf("e8077d803532c0b5937c%012d", len(s.texts)+1)
	s.texts = append(s.texts, sms)
	s.notify()
	return sms.ID
}

// created answers as the service does; the price is fractional, as it always is.
func (s *MessageBird) created(w http.ResponseWriter, sms SMS) {
	now := time.Now().UTC().Format("2006-01-02T15:04:05-07:00")
	var items []any
	for to := range strings.SplitSeq(sms.To, ",") {
		number, _ := strconv.ParseInt(strings.TrimPrefix(to, "+"), 10, 64)
		items = append(items, map[string]any{
			"recipient": number, "recipientCountry": nil, "recipientCountryPrefix": nil, "recipientOperator": nil,
			"mccmnc": nil, "mcc": nil, "mnc": nil, "originator": sms.Originator,
			"messageLength": len([]rune(sms.Body)), "statusErrorCode": nil, "statusReason": nil,
			"status": "sent", "statusDatetime": now, "messagePartCount": 1,
			"price": map[string]any{"amount": 0.0075, "currency": "EUR"},
		})
	}
	writeJSON(w, http.StatusCreated, map[string]any{
		"id": sms.ID, "href": s.URL() + "/messages/" + sms.ID, "direction": "mt", "type": "sms",
		"originator": sms.Originator, "body": sms.Body, "reference": sms.Reference,
		"validity": int(sms.Validity / time.Second), "gateway": 10, "typeDetails": map[string]any{},
		"datacoding": sms.DataCoding, "mclass": 1, "scheduledDatetime": nil, "createdDatetime": now,
		"recipients": map[string]any{
			"totalCount": len(items), "totalSentCount": len(items),
			"totalDeliveredCount": 0, "totalDeliveryFailedCount": 0, "items": items,
		},
	})
}
