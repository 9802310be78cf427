package sms

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"officeportal/internal/message/internal/signed"
	"officeportal/internal/message/provider"
)

// birdReference is the entry of a text's metadata that names our message.
const birdReference = "message"

// BirdReports reads what Bird reports of texts, and texts that people send to our number.
type BirdReports struct {
	secret signed.Secret
	now    func() time.Time
}

// NewBirdReports returns a reader. webhookSecret is that of the webhook endpoint at Bird, whsec_…, or several
// separated by commas while it is being rotated.
func NewBirdReports(webhookSecret string, now func() time.Time) (*BirdReports, error) {
	secret, err := signed.ParseSecret(webhookSecret)
	return &BirdReports{secret: secret, now: now}, err
}

// Service implements provider.Named.
func (*BirdReports) Service() string { return bird }

// Reads reports whether the request claims to come from Bird.
func (*BirdReports) Reads(r *http.Request) bool {
	return r.Method == http.MethodPost && r.Header.Get("webhook-id") != ""
}

// Read reads one request. The error is one of provider's.
func (b *BirdReports) Read(r *http.Request) (provider.Incoming, error) {
	id, body, err := b.secret.Read(r, "webhook-", b.now())
	if err != nil {
		return provider.Incoming{}, err
	}
	in, err := parseBird(body)
	if in.Report != nil {
		in.Report.EventID = id
	}
	if in.Reply != nil {
		in.Reply.EventID = id
	}
	return in, err
}

// birdEvent is the part of a report that is looked at.
type birdEvent struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		SMSID    string         `json:"sms_id"`
		From     string         `json:"from"`
		Text     string         `json:"text"`
		Metadata map[string]any `json:"metadata"`
		Error    struct {
			Code             string `json:"code"`
			CarrierErrorCode string `json:"carrier_error_code"`
		} `json:"error"`
	} `json:"data"`
}

func parseBird(body []byte) (provider.Incoming, error) {
	var kind struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(body, &kind) != nil || kind.Type == "" {
		return provider.Incoming{}, provider.ErrUnreadable
	}
	r := provider.Report{Service: bird, Kind: kind.Type}
	switch kind.Type {
	case "sms.accepted", "sms.sent":
		r.Stage = provider.Taken
	case "sms.delivered":
		r.Stage = provider.Delivered
	case "sms.undelivered", "sms.expired":
		r.Stage, r.Problem = provider.Undelivered, provider.PhoneUnreachable
	case "sms.rejected":
		r.Stage, r.Problem = provider.Undelivered, provider.CarrierBlocked
	case "sms.failed":
		r.Stage, r.Problem = provider.Undelivered, provider.ProviderError
	case "sms.received":
	default:
		return provider.Incoming{}, provider.ErrIrrelevant
	}
	var e birdEvent
	if json.Unmarshal(body, &e) != nil {
		return provider.Incoming{}, provider.ErrUnreadable
	}
	if kind.Type == "sms.received" {
		reply, err := readReply(e.Data.From, e.Data.Text, bird, e.Timestamp)
		if err != nil {
			return provider.Incoming{}, err
		}
		return provider.Incoming{Reply: &reply}, nil
	}
	r.At, r.ProviderID = e.Timestamp, e.Data.SMSID
	r.Reference, _ = e.Data.Metadata[birdReference].(string)
	if r.ProviderID == "" && r.Reference == "" {
		return provider.Incoming{}, provider.ErrUnreadable
	}
	if r.Stage == provider.Undelivered {
		if why := birdProblem(e.Data.Error.Code, e.Data.Error.CarrierErrorCode); why != provider.ProviderError {
			r.Problem = why
		}
		if r.Problem == provider.OptedOut {
			r.Mark = provider.StoppedTexts
		}
	}
	return provider.Incoming{Report: &r}, nil
}

// birdProblem translates a report's two codes: the carrier's, which are the same numbers as MessageBird's,
// and Bird's own word. ProviderError when neither says anything.
func birdProblem(code, carrierCode string) provider.Problem {
	if n, err := strconv.Atoi(carrierCode); err == nil {
		if p := ReportProblem("", n); p != provider.ProviderError {
			return p
		}
	}
	switch word := strings.ToLower(code); {
	case strings.Contains(word, "opt"), strings.Contains(word, "suppress"), strings.Contains(word, "unsubscribed"):
		return provider.OptedOut
	case strings.Contains(word, "unreachable"), strings.Contains(word, "absent"), strings.Contains(word, "expired"):
		return provider.PhoneUnreachable
	case strings.Contains(word, "invalid"), strings.Contains(word, "unknown_sub"), strings.Contains(word, "unallocated"):
		return provider.NumberInvalid
	case strings.Contains(word, "block"), strings.Contains(word, "filter"), strings.Contains(word, "reject"), strings.Contains(word, "spam"):
		return provider.CarrierBlocked
	}
	return provider.ProviderError
}
