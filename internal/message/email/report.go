package email

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"officeportal/internal/message/internal/signed"
	"officeportal/internal/message/provider"
)

// referenceTag is the tag by which a report finds its message: Resend gives tags back with every report, so
// that one that is faster than the answer to the request that sent the e-mail is not lost.
const referenceTag = "message"

// Reports reads what Resend reports of e-mails.
type Reports struct {
	secret signed.Secret
	now    func() time.Time
}

// NewReports returns a reader. webhookSecret is the signing secret of the webhook at Resend, whsec_…, or
// several separated by commas while it is being rotated; now is the clock that signatures are checked by.
func NewReports(webhookSecret string, now func() time.Time) (*Reports, error) {
	secret, err := signed.ParseSecret(webhookSecret)
	return &Reports{secret: secret, now: now}, err
}

// Service implements provider.Named.
func (*Reports) Service() string { return service }

// Read reads one request. The error is one of provider's.
func (r *Reports) Read(req *http.Request) (provider.Incoming, error) {
	id, body, err := r.secret.Read(req, "svix-", r.now())
	if err != nil {
		return provider.Incoming{}, err
	}
	report, err := parse(body)
	if err != nil {
		return provider.Incoming{}, err
	}
	report.EventID = id
	return provider.Incoming{Report: &report}, nil
}

// event is the part of a report that is looked at. Its texts come from mail servers and go no further.
type event struct {
	Type      string    `json:"type"`
	CreatedAt time.Time `json:"created_at"`
	Data      struct {
		EmailID string          `json:"email_id"`
		Tags    json.RawMessage `json:"tags"`
		Bounce  struct {
			Type    string `json:"type"`
			SubType string `json:"subType"`
		} `json:"bounce"`
	} `json:"data"`
}

func parse(body []byte) (provider.Report, error) {
	var kind struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(body, &kind) != nil || kind.Type == "" {
		return provider.Report{}, provider.ErrUnreadable
	}
	r := provider.Report{Service: service, Kind: kind.Type}
	switch kind.Type {
	case "email.sent":
		r.Stage = provider.Taken
	case "email.delivery_delayed":
		r.Stage = provider.Delayed
	case "email.delivered":
		r.Stage = provider.Delivered
	case "email.complained": // who calls a message spam has got it
		r.Stage, r.Mark = provider.Delivered, provider.Complained
	case "email.suppressed":
		r.Stage, r.Problem, r.Mark = provider.Undelivered, provider.Suppressed, provider.SuppressedThere
	case "email.failed":
		r.Stage, r.Problem = provider.Failed, provider.ProviderError
	case "email.bounced":
		r.Stage = provider.Undelivered
	default: // opened, clicked, contacts, domains
		return provider.Report{}, provider.ErrIrrelevant
	}
	var e event
	if json.Unmarshal(body, &e) != nil {
		return provider.Report{}, provider.ErrUnreadable
	}
	r.At, r.ProviderID, r.Reference = e.CreatedAt, e.Data.EmailID, reference(e.Data.Tags)
	if r.ProviderID == "" && r.Reference == "" {
		return provider.Report{}, provider.ErrUnreadable
	}
	if kind.Type == "email.bounced" {
		r.Problem, r.Mark = bounce(e.Data.Bounce.Type, e.Data.Bounce.SubType)
	}
	return r, nil
}

// bounce tells an address that does not exist from a mailbox that would not take this message now. Only the
// first is worth remembering.
func bounce(kind, subKind string) (provider.Problem, provider.Mark) {
	permanent := strings.EqualFold(kind, "permanent") || strings.EqualFold(kind, "hard")
	switch sub := strings.ToLower(subKind); {
	case sub == "suppressed" || sub == "onaccountsuppressionlist":
		return provider.Suppressed, provider.SuppressedThere
	case strings.Contains(sub, "rejected"): // the content, an attachment, the message as such
		return provider.RejectedAsSpam, provider.NoMark
	case permanent:
		return provider.AddressNotFound, provider.Bounced
	default:
		return provider.MailboxUnavailable, provider.NoMark
	}
}

// reference finds the tag in either form in which they are given back: an object, or a list as it was sent.
func reference(tags json.RawMessage) string {
	var byName map[string]string
	if json.Unmarshal(tags, &byName) == nil {
		return byName[referenceTag]
	}
	var list []struct{ Name, Value string }
	if json.Unmarshal(tags, &list) == nil {
		for _, t := range list {
			if t.Name == referenceTag {
				return t.Value
			}
		}
	}
	return ""
}
