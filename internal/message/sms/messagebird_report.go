package sms

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/messagebird/go-rest-api/v9/signature_jwt"

	"officeportal/internal/message/internal/signed"
	"officeportal/internal/message/provider"
)

// SignatureHeader is the header by which requests of MessageBird are known.
const SignatureHeader = "MessageBird-Signature-JWT"

// maxSignature is the longest signature that is looked at, in bytes. Real ones have four hundred; the JWT
// library needs memory many times the size of what it is given.
const maxSignature = 4 << 10

// MessageBirdReports reads what MessageBird reports of texts, and texts that people send to our number.
type MessageBirdReports struct {
	validator *signature_jwt.Validator
	base      *url.URL
}

// NewMessageBirdReports returns a reader. publicURL is the origin that MessageBird calls: it is part of what
// is signed, and behind a proxy the request itself does not tell it.
func NewMessageBirdReports(signingKey, publicURL string) (*MessageBirdReports, error) {
	base, err := url.Parse(publicURL)
	if err != nil {
		return nil, err
	}
	return &MessageBirdReports{validator: signature_jwt.NewValidator(signingKey), base: base}, nil
}

// Service implements provider.Named.
func (*MessageBirdReports) Service() string { return service }

// Reads reports whether the request claims to come from MessageBird.
func (*MessageBirdReports) Reads(r *http.Request) bool { return r.Header.Get(SignatureHeader) != "" }

// Read reads one request: a report is a GET whose query is the report, a text to our number a POST of a form
// or of JSON. The error is one of provider's.
func (m *MessageBirdReports) Read(r *http.Request) (provider.Incoming, error) {
	body, err := signed.Body(r)
	if err != nil {
		return provider.Incoming{}, err
	}
	id, err := m.verify(r, body)
	if err != nil {
		return provider.Incoming{}, err
	}
	fields, err := fieldsOf(r, body)
	if err != nil {
		return provider.Incoming{}, err
	}
	in, err := parseMessageBird(fields)
	if in.Report != nil {
		in.Report.EventID = id
	}
	if in.Reply != nil {
		in.Reply.EventID = id
	}
	return in, err
}

// verify returns the name of a request whose signature is valid: it covers the whole address, the query
// included, and the body.
func (m *MessageBirdReports) verify(r *http.Request, body []byte) (string, error) {
	given := r.Header.Values(SignatureHeader)
	if len(given) != 1 || len(given[0]) > maxSignature {
		return "", provider.ErrForged
	}
	// Only path and query are the request's own: an absolute address in the request line names no origin.
	called := m.base.ResolveReference(&url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery})
	claims, err := m.validator.ValidateSignature(given[0], called.String(), body)
	if err != nil { // its text can repeat what was sent
		return "", provider.ErrForged
	}
	c, ok := claims.(*signature_jwt.Claims)
	if !ok || c.JWTID == "" {
		return "", provider.ErrForged
	}
	if len(c.JWTID) > 128 {
		sum := sha256.Sum256([]byte(c.JWTID))
		return hex.EncodeToString(sum[:]), nil
	}
	return c.JWTID, nil
}

// fieldsOf returns what the request says, wherever its method puts it.
func fieldsOf(r *http.Request, body []byte) (map[string]string, error) {
	out := map[string]string{}
	keep := func(values url.Values) {
		for name, all := range values {
			if len(all) > 0 {
				out[name] = all[0]
			}
		}
	}
	if r.Method == http.MethodGet {
		keep(r.URL.Query())
		return out, nil
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/json" {
		var raw map[string]any
		if json.Unmarshal(body, &raw) != nil {
			return nil, provider.ErrUnreadable
		}
		for name, v := range raw {
			if s, ok := v.(string); ok {
				out[name] = s
			}
		}
		return out, nil
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, provider.ErrUnreadable
	}
	keep(values)
	return out, nil
}

func parseMessageBird(f map[string]string) (provider.Incoming, error) {
	if f["status"] == "" {
		body := f["body"]
		if body == "" {
			body = f["message"] // as short codes spell it
		}
		if f["originator"] == "" || body == "" {
			return provider.Incoming{}, provider.ErrUnreadable
		}
		reply, err := readReply(f["originator"], body, service, moment(f["createdDatetime"]))
		if err != nil {
			return provider.Incoming{}, err
		}
		return provider.Incoming{Reply: &reply}, nil
	}
	r := provider.Report{Service: service, Reference: f["reference"], ProviderID: f["id"], At: moment(f["statusDatetime"])}
	if r.Reference == "" && r.ProviderID == "" {
		return provider.Incoming{}, provider.ErrUnreadable
	}
	code, _ := strconv.Atoi(f["statusErrorCode"])
	switch f["status"] {
	case "scheduled", "sent":
		r.Stage = provider.Taken
	case "buffered": // the network keeps it until the phone is there
		r.Stage = provider.Delayed
	case "delivered":
		r.Stage = provider.Delivered
	case "delivery_failed", "expired":
		r.Stage, r.Problem = provider.Undelivered, ReportProblem(f["statusReason"], code)
		if r.Problem == provider.ProviderError && f["status"] == "expired" {
			r.Problem = provider.PhoneUnreachable
		}
		if r.Problem == provider.OptedOut {
			r.Mark = provider.StoppedTexts
		}
	default:
		return provider.Incoming{}, provider.ErrIrrelevant
	}
	r.Kind = "sms." + f["status"]
	return provider.Incoming{Report: &r}, nil
}

// moment reads a time of RFC 3339; in a query its plus sign may have become a blank. Zero when it is none.
func moment(raw string) time.Time {
	at, _ := time.Parse(time.RFC3339, strings.ReplaceAll(raw, " ", "+"))
	return at
}
