// Package sms hands text messages over to MessageBird.
package sms

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	messagebird "github.com/messagebird/go-rest-api/v9"
	mbsms "github.com/messagebird/go-rest-api/v9/sms"

	"officeportal/internal/message/internal/wire"
	"officeportal/internal/message/provider"
)

const service = "messagebird"

// DefaultURL is the address of MessageBird's API.
const DefaultURL = messagebird.Endpoint

// MessageBird sends text messages. Its API has no idempotency key, so an attempt without a clear
// answer is Unknown and must not be repeated: the text may be on its way, and costs money.
type MessageBird struct {
	key       string
	reportURL string
	base      *url.URL
	timeout   time.Duration
	transport http.RoundTripper
	now       func() time.Time
}

// ErrNoKey means that the access key is missing.
var ErrNoKey = errors.New("the access key of the message service is missing")

// Service implements provider.Named.
func (*MessageBird) Service() string { return service }

// NewMessageBird returns a sender. baseURL is DefaultURL when empty. reportURL is where delivery
// reports go; empty leaves it to the settings at MessageBird.
func NewMessageBird(accessKey, baseURL, reportURL string) (*MessageBird, error) {
	accessKey = strings.TrimSpace(accessKey)
	if accessKey == "" {
		return nil, ErrNoKey
	}
	if baseURL == "" {
		baseURL = DefaultURL
	}
	base, err := wire.ParseBase(baseURL)
	if err != nil {
		return nil, err
	}
	// A fresh connection per text: on a kept one, the service closing it just as a request leaves is
	// indistinguishable from a lost answer, and would make a text of unknown fate out of nothing.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	return &MessageBird{
		key: accessKey, reportURL: reportURL, base: base, timeout: wire.Timeout, now: time.Now, transport: transport,
	}, nil
}

var (
	e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	// An originator is a number or a name; a longer name is cut by carriers or makes them refuse.
	originator = regexp.MustCompile(`^(\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11})$`)
)

// SendSMS implements provider.SMSSender: one attempt of at most 10 seconds.
func (m *MessageBird) SendSMS(ctx context.Context, sms provider.SMS) provider.Result {
	if !e164.MatchString(sms.To) {
		return result(provider.Refused, provider.NumberInvalid, provider.ClassInvalid, 0, 0)
	}
	if sms.Reference == "" || sms.Body == "" || !originator.MatchString(sms.Originator) {
		return result(provider.Refused, provider.ProviderError, provider.ClassInvalid, 0, 0)
	}
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	exchange := wire.NewExchange(ctx, m.transport, m.base)
	// The SDK's client is made for one request, because it has no other way to be given a context.
	// Its DebugLog, which prints bodies, stays nil.
	sdk := &messagebird.DefaultClient{AccessKey: m.key, HTTPClient: exchange.Client()}
	params := &mbsms.Params{
		Reference:   sms.Reference,
		DataCoding:  "plain",
		ReportURL:   m.reportURL,
		ShortenURLs: false,
	}
	if sms.Validity > 0 {
		params.Validity = max(1, int(sms.Validity/time.Second))
	}
	sent, err := mbsms.Create(sdk, sms.Originator, []string{strings.TrimPrefix(sms.To, "+")}, sms.Body, params)
	answer := exchange.Answer()
	if err == nil && sent != nil && sent.ID != "" {
		return taken(sent, answer.Status)
	}
	// err is not looked into: its text can hold the whole answer, text and link included.
	return m.classify(answer)
}

// taken reads a success. The service can take a message and report in the same answer that it will
// not deliver it; that is a refusal.
func taken(sent *mbsms.Message, status int) provider.Result {
	if len(sent.Recipients.Items) == 1 {
		switch r := sent.Recipients.Items[0]; r.Status {
		case "delivery_failed", "expired":
			code, reason := 0, ""
			if r.StatusErrorCode != nil {
				code = *r.StatusErrorCode
			}
			if r.StatusReason != nil {
				reason = *r.StatusReason
			}
			return result(provider.Refused, ReportProblem(reason, code), provider.ClassRecipient, status, code)
		}
	}
	parts := 0
	if len(sent.Recipients.Items) == 1 {
		parts = max(sent.Recipients.Items[0].MessagePartCount, 0)
	}
	return provider.Result{Kind: provider.Accepted, ProviderID: sent.ID, Parts: parts}
}

// classify says what an answer other than a readable success means.
func (m *MessageBird) classify(a wire.Answer) provider.Result {
	switch {
	case a.Failure == provider.ClassInvalid:
		return result(provider.Refused, provider.ProviderError, a.Failure, 0, 0)
	case a.Failure != "" && !a.Left:
		return result(provider.NotSent, provider.ProviderError, a.Failure, 0, 0)
	case a.Failure != "" && a.Status == 0:
		return result(provider.Unknown, provider.ProviderError, a.Failure, 0, 0)
	case a.Status == http.StatusTooManyRequests:
		res := result(provider.NotSent, provider.ProviderError, provider.ClassRateLimit, a.Status, 0)
		res.RetryAfter = provider.RetryAfter(a.Header, m.now())
		return res
	case a.Status == http.StatusRequestTimeout:
		// Some proxy in between says this about a request that the service behind it did get.
		return result(provider.Unknown, provider.ProviderError, provider.ClassTimeout, a.Status, 0)
	case a.Status >= 400 && a.Status < 500:
		problem, class, code := refusal(a)
		return result(provider.Refused, problem, class, a.Status, code)
	case a.Failure != "":
		return result(provider.Unknown, provider.ProviderError, a.Failure, a.Status, 0)
	case a.Status < 300:
		return result(provider.Unknown, provider.ProviderError, provider.ClassGarbage, a.Status, 0)
	case a.Status < 400:
		// "See other" can follow a message that was taken, so a redirect is no clear no.
		return result(provider.Unknown, provider.ProviderError, provider.ClassRedirect, a.Status, 0)
	default:
		return result(provider.Unknown, provider.ProviderError, provider.ClassServer, a.Status, 0)
	}
}

// MessageBird's error codes that mean something particular here.
const (
	codeNotAllowed   = 2
	codeMissingParam = 9
	codeInvalidParam = 10
	codeNoBalance    = 25
)

// reportProblems are the error codes of delivery reports that say something about number, phone or carrier,
// as MessageBird lists them; all others are network failures.
var reportProblems = map[int]provider.Problem{
	1: provider.NumberInvalid, 5: provider.NumberInvalid, 9: provider.NumberInvalid, // unknown, unidentified, illegal subscriber
	10: provider.NumberInvalid, 11: provider.NumberInvalid, 21: provider.NumberInvalid, // the line has no text messages
	12: provider.CarrierBlocked, 13: provider.CarrierBlocked, 8: provider.CarrierBlocked, // illegal equipment, barred, roaming
	6: provider.PhoneUnreachable, 27: provider.PhoneUnreachable, // absent
	31: provider.PhoneUnreachable, 32: provider.PhoneUnreachable, 33: provider.PhoneUnreachable, // busy, full
	103: provider.OptedOut,
	104: provider.CarrierBlocked, 105: provider.CarrierBlocked, 106: provider.CarrierBlocked, 107: provider.CarrierBlocked, // sender or content not registered, volume
}

// refusal reads an error answer. An unreadable one is still a refusal: the status says so.
func refusal(a wire.Answer) (provider.Problem, provider.Class, int) {
	var body struct {
		Errors []struct {
			Code      int    `json:"code"`
			Parameter string `json:"parameter"`
		} `json:"errors"`
	}
	_ = json.Unmarshal(a.Body, &body)
	code := 0
	for i, e := range body.Errors {
		if i == 0 {
			code = e.Code
		}
		switch {
		case e.Code == codeNoBalance:
			return provider.ProviderError, provider.ClassBalance, e.Code
		case e.Code == codeNotAllowed:
			return provider.ProviderError, provider.ClassCredentials, e.Code
		case (e.Code == codeMissingParam || e.Code == codeInvalidParam) && strings.HasPrefix(e.Parameter, "recipient"):
			return provider.NumberInvalid, provider.ClassRecipient, e.Code
		}
	}
	switch a.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return provider.ProviderError, provider.ClassCredentials, code
	case http.StatusPaymentRequired:
		return provider.ProviderError, provider.ClassBalance, code
	}
	return provider.ProviderError, provider.ClassRejected, code
}

// ReportProblem translates the reason and the error code of a delivery status, which come in answers
// and in delivery reports, into the words of the API. Both may be empty.
func ReportProblem(statusReason string, statusErrorCode int) provider.Problem {
	if problem, known := reportProblems[statusErrorCode]; known {
		return problem
	}
	switch reason := strings.ToLower(strings.TrimSpace(statusReason)); {
	case strings.Contains(reason, "opted"):
		return provider.OptedOut
	case strings.Contains(reason, "unknown subscriber"), strings.Contains(reason, "incorrect number"),
		strings.Contains(reason, "invalid number"):
		return provider.NumberInvalid
	case strings.Contains(reason, "unavailable subscriber"), strings.Contains(reason, "absent"),
		strings.Contains(reason, "expired"), strings.Contains(reason, "dlr not received"), strings.Contains(reason, "unable to reach"):
		return provider.PhoneUnreachable
	case strings.Contains(reason, "carrier"), strings.Contains(reason, "blocked"), strings.Contains(reason, "barred"):
		return provider.CarrierBlocked
	}
	return provider.ProviderError
}

func result(kind provider.Kind, problem provider.Problem, class provider.Class, status, code int) provider.Result {
	return provider.Result{
		Kind: kind, Problem: problem,
		Err: &provider.Error{Service: service, Status: status, Code: code, Class: class},
	}
}
