// Package wire makes one HTTP request for a provider's SDK and remembers what the SDK forgets: the
// status, the body of the answer, and whether the request ever left. SDKs turn most of that into one
// line of text, which moreover can hold the message itself.
package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"officeportal/internal/message/provider"
)

// MaxAnswer is the longest answer that is read, in bytes. Real ones have a few hundred.
const MaxAnswer = 64 << 10

// Timeout is how long one attempt may take when the caller sets nothing shorter.
const Timeout = 10 * time.Second

// Answer is what came of an exchange.
type Answer struct {
	// Left is false when no connection was ever got: then nothing can have reached the service.
	Left bool
	// Repeated is true when Go's transport itself sent the request a second time, as it does with an idempotency key
	// when a kept connection breaks: then the answer is that to the second, and the first may have been taken.
	Repeated bool
	// Status is the HTTP status; zero when no answer came.
	Status int
	// Header and Body are those of the answer; Body is nil unless it came whole.
	Header http.Header
	Body   []byte
	// Failure is why there is no whole answer; empty when there is one.
	Failure provider.Class
}

// Exchange is a RoundTripper for exactly one request.
type Exchange struct {
	ctx    context.Context
	base   *url.URL
	send   http.RoundTripper
	used   bool
	got    atomic.Int32 // connections, counted by whichever goroutine dials
	answer Answer
}

// NewExchange prepares one request through send. ctx ends it, whatever context the SDK attaches or
// forgets to attach. When base is not nil, the request goes to base joined with the SDK's path,
// whatever host the SDK has built in.
func NewExchange(ctx context.Context, send http.RoundTripper, base *url.URL) *Exchange {
	return &Exchange{ctx: ctx, send: send, base: base}
}

// Client returns an HTTP client for the SDK: one request through x, redirects not followed, because a
// redirected message would carry its link to an address nobody configured.
func (x *Exchange) Client() *http.Client {
	return &http.Client{
		Transport:     x,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Answer returns what came of the request; call it after the SDK has returned.
func (x *Exchange) Answer() Answer {
	a := x.answer
	got := x.got.Load()
	a.Left, a.Repeated = got > 0, got > 1
	if !x.used {
		a.Failure = provider.ClassInvalid // the SDK gave up before it asked
	}
	return a
}

var (
	errUsed   = errors.New("wire: a second request was not expected")
	errFailed = errors.New("wire: no whole answer")
)

// RoundTrip implements http.RoundTripper. Its errors are fixed texts.
func (x *Exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	if x.used {
		return nil, errUsed
	}
	x.used = true
	ctx := httptrace.WithClientTrace(x.ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { x.got.Add(1) },
	})
	out := req.Clone(ctx)
	if x.base != nil {
		out.URL = x.base.JoinPath(req.URL.Path)
		out.URL.RawQuery = req.URL.RawQuery
		out.Host = ""
	}
	resp, err := x.send.RoundTrip(out)
	if err != nil {
		return nil, x.fail()
	}
	defer resp.Body.Close()
	x.answer.Status = resp.StatusCode
	x.answer.Header = resp.Header
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	if err != nil {
		return nil, x.fail()
	}
	if len(body) > MaxAnswer {
		x.answer.Failure = provider.ClassGarbage
		return nil, errFailed
	}
	x.answer.Body = body
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func (x *Exchange) fail() error {
	switch {
	case errors.Is(x.ctx.Err(), context.DeadlineExceeded):
		x.answer.Failure = provider.ClassTimeout
	case x.got.Load() > 0:
		x.answer.Failure = provider.ClassBroken
	default:
		x.answer.Failure = provider.ClassConnect
	}
	return errFailed
}

// ErrBadURL means that a service's address is not an absolute http or https address. It does not
// repeat the address, which could hold a password.
var ErrBadURL = errors.New("the address of the message service must look like https://api.example.com")

// ParseBase reads the address of a service. The result's path ends with a slash: SDKs resolve their
// paths against it, and would drop the last part otherwise.
func ParseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" ||
		u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, ErrBadURL
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	return u, nil
}
