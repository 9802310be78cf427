package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"officeportal/internal/message/internal/wire"
	"officeportal/internal/message/provider"
)

const bird = "bird"

// userAgent is asked for by Bird: requests without one are refused.
const userAgent = "OfficePortal/1.0"

// Bird sends text messages through Bird's API, which succeeds MessageBird's. It takes an idempotency key and
// keeps it for 24 hours, so that an attempt without a clear answer may be repeated: with the same reference
// and the same bytes it makes one text.
//
// There is no SDK that resolves as a module, so this speaks HTTP itself.
type Bird struct {
	key       string
	base      *url.URL
	timeout   time.Duration
	transport http.RoundTripper
	now       func() time.Time
}

// birdKey is an access key, whose second part is the region where the workspace lives.
var birdKey = regexp.MustCompile(`^bk_([a-z]{2}[0-9]{1,2})_[A-Za-z0-9]+$`)

// ErrNoBirdURL means that nothing says where Bird's API is.
var ErrNoBirdURL = errorString("the address of Bird's API is needed: the access key does not name a region")

type errorString string

func (e errorString) Error() string { return string(e) }

// NewBird returns a sender. baseURL is that of the key's region when empty.
func NewBird(accessKey, baseURL string) (*Bird, error) {
	accessKey = strings.TrimSpace(accessKey)
	if accessKey == "" {
		return nil, ErrNoKey
	}
	if baseURL == "" {
		region := birdKey.FindStringSubmatch(accessKey)
		if region == nil {
			return nil, ErrNoBirdURL
		}
		baseURL = "https://" + region[1] + ".platform.bird.com"
	}
	base, err := wire.ParseBase(baseURL)
	if err != nil {
		return nil, err
	}
	return &Bird{key: accessKey, base: base, timeout: wire.Timeout, now: time.Now,
		transport: http.DefaultTransport.(*http.Transport).Clone()}, nil
}

// Service implements provider.Named.
func (*Bird) Service() string { return bird }

// Repeatable implements provider.Repeatable.
func (*Bird) Repeatable() bool { return true }

// birdText is what is sent. metadata comes back with every report.
type birdText struct {
	To       string            `json:"to"`
	From     string            `json:"from"`
	Text     string            `json:"text"`
	Category string            `json:"category"`
	Metadata map[string]string `json:"metadata"`
}

// SendSMS implements provider.SMSSender: one attempt of at most 10 seconds.
func (b *Bird) SendSMS(ctx context.Context, sms provider.SMS) provider.Result {
	if !e164.MatchString(sms.To) {
		return resultOf(bird, provider.Refused, provider.NumberInvalid, provider.ClassInvalid, 0)
	}
	if sms.Reference == "" || sms.Body == "" || !originator.MatchString(sms.Originator) {
		return resultOf(bird, provider.Refused, provider.ProviderError, provider.ClassInvalid, 0)
	}
	category := "transactional"
	if sms.Authentication {
		category = "authentication"
	}
	body, err := json.Marshal(birdText{To: sms.To, From: sms.Originator, Text: sms.Body, Category: category,
		Metadata: map[string]string{birdReference: sms.Reference}})
	if err != nil {
		return resultOf(bird, provider.Refused, provider.ProviderError, provider.ClassInvalid, 0)
	}
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.base.JoinPath("v1", "sms", "messages").String(), bytes.NewReader(body))
	if err != nil {
		return resultOf(bird, provider.Refused, provider.ProviderError, provider.ClassInvalid, 0)
	}
	req.Header.Set("Authorization", "Bearer "+b.key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Idempotency-Key", sms.Reference)
	exchange := wire.NewExchange(ctx, b.transport, nil)
	if resp, err := exchange.Client().Do(req); err == nil {
		_ = resp.Body.Close()
	}
	return b.classify(exchange.Answer())
}

// classify says what an answer means. Whatever is not clear is Unknown, and may be repeated under the key.
func (b *Bird) classify(a wire.Answer) provider.Result {
	result := func(kind provider.Kind, problem provider.Problem, class provider.Class) provider.Result {
		return resultOf(bird, kind, problem, class, a.Status)
	}
	switch {
	case a.Failure == provider.ClassInvalid:
		return result(provider.Refused, provider.ProviderError, a.Failure)
	case a.Failure != "" && !a.Left:
		return result(provider.NotSent, provider.ProviderError, a.Failure)
	case a.Status == http.StatusTooManyRequests: // not processed
		r := result(provider.NotSent, provider.ProviderError, provider.ClassRateLimit)
		if a.Repeated {
			r.Kind = provider.Unknown
		}
		r.RetryAfter = provider.RetryAfter(a.Header, b.now())
		return r
	case a.Status == http.StatusRequestTimeout || a.Status == http.StatusTooEarly:
		return result(provider.Unknown, provider.ProviderError, provider.ClassTimeout)
	case a.Status >= 400 && a.Status < 500:
		return b.refusal(a, result)
	case a.Failure != "":
		return result(provider.Unknown, provider.ProviderError, a.Failure)
	case a.Status < 300:
		var taken struct {
			ID       string `json:"id"`
			Segments int    `json:"segments"`
		}
		if json.Unmarshal(a.Body, &taken) != nil || taken.ID == "" || len(taken.ID) > 128 {
			return result(provider.Unknown, provider.ProviderError, provider.ClassGarbage)
		}
		return provider.Result{Kind: provider.Accepted, ProviderID: taken.ID, Parts: max(taken.Segments, 0)}
	case a.Status < 400:
		return result(provider.Unknown, provider.ProviderError, provider.ClassRedirect)
	default:
		return result(provider.Unknown, provider.ProviderError, provider.ClassServer)
	}
}

// birdError is the part of an error answer that is looked at; none of it is passed on.
type birdError struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Param   string `json:"param"`
	Details []struct {
		Param string `json:"param"`
	} `json:"details"`
}

func (b *Bird) refusal(a wire.Answer, result func(provider.Kind, provider.Problem, provider.Class) provider.Result) provider.Result {
	var body struct {
		Error birdError `json:"error"`
	}
	_ = json.Unmarshal(a.Body, &body) // an unreadable refusal is still one: the status says so
	e := body.Error
	name := strings.ToLower(e.Name + " " + e.Type)
	aboutRecipient := e.Param == "to"
	for _, d := range e.Details {
		aboutRecipient = aboutRecipient || d.Param == "to"
	}
	switch {
	case a.Status == http.StatusConflict && (strings.Contains(name, "inuse") || strings.Contains(name, "in_use") || strings.Contains(name, "progress")):
		return result(provider.Unknown, provider.ProviderError, provider.ClassInFlight)
	case a.Status == http.StatusConflict:
		return result(provider.Refused, provider.ProviderError, provider.ClassConflict)
	case a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden:
		return result(provider.Refused, provider.ProviderError, provider.ClassCredentials)
	case a.Status == http.StatusPaymentRequired:
		return result(provider.Refused, provider.ProviderError, provider.ClassBalance)
	case strings.Contains(name, "optedout") || strings.Contains(name, "opted_out") || strings.Contains(name, "suppress"):
		return result(provider.Refused, provider.OptedOut, provider.ClassRecipient)
	case strings.Contains(name, "destination"): // a country that is not switched on in the workspace
		return result(provider.Refused, provider.ProviderError, provider.ClassRejected)
	case aboutRecipient || strings.Contains(name, "recipient"):
		return result(provider.Refused, provider.NumberInvalid, provider.ClassRecipient)
	default:
		return result(provider.Refused, provider.ProviderError, provider.ClassRejected)
	}
}

func resultOf(service string, kind provider.Kind, problem provider.Problem, class provider.Class, status int) provider.Result {
	return provider.Result{Kind: kind, Problem: problem, Err: &provider.Error{Service: service, Status: status, Class: class}}
}
