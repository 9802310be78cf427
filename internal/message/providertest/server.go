// Package providertest has stand-ins of Resend and MessageBird: HTTP servers that speak the real wire
// format, check what they are sent as the real ones do, keep what they took, and can be told to
// misbehave in every way a service does. It is for tests and measurements.
package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A Cleaner ends things when a test does; a *testing.T is one.
type Cleaner interface{ Cleanup(func()) }

// Behaviour is what a stand-in does with one request. The zero Behaviour takes the message and says so.
type Behaviour struct {
	take   bool // the message counts as taken, whatever is answered
	pause  time.Duration
	answer func(w http.ResponseWriter, r *http.Request, released <-chan struct{})
}

// Take takes the message and answers as the service does.
func Take() Behaviour { return Behaviour{} }

// Slow behaves as b does, and answers only after that time: what b takes is taken before.
func Slow(d time.Duration, b Behaviour) Behaviour {
	b.pause = d
	return b
}

// wait makes the sender wait for the answer.
func (b Behaviour) wait(r *http.Request, released <-chan struct{}) {
	if b.pause == 0 {
		return
	}
	timer := time.NewTimer(b.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-released:
	case <-r.Context().Done():
	}
}

// Status answers with that status and body; the message is not taken.
func Status(status int, contentType, body string) Behaviour {
	return Behaviour{answer: func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}}
}

// ServerError answers 500 with a page of HTML, as a broken service or a proxy before it does.
func ServerError() Behaviour {
	return Status(http.StatusInternalServerError, "text/html", "<h1>Internal Server Error</h1>")
}

// RateLimit answers 429 and asks to wait that long, in whole seconds.
func RateLimit(wait time.Duration) Behaviour {
	return Behaviour{answer: func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)))
		writeJSON(w, http.StatusTooManyRequests, map[string]any{
			"statusCode": 429, "name": "rate_limit_exceeded", "message": "Too many requests.",
			"errors": []any{map[string]any{"code": 429, "description": "Too many requests."}},
		})
	}}
}

// Hang answers nothing until Release or Close is called or the sender goes away; the message is not
// taken.
func Hang() Behaviour { return Behaviour{answer: hang} }

// TakeAndHang takes the message and then behaves as Hang.
func TakeAndHang() Behaviour { return Behaviour{take: true, answer: hang} }

// Cut closes the connection without an answer; the message is not taken.
func Cut() Behaviour { return Behaviour{answer: cut} }

// TakeAndCut takes the message and then closes the connection without an answer.
func TakeAndCut() Behaviour { return Behaviour{take: true, answer: cut} }

// TakeAndTruncate takes the message, and closes the connection in the middle of the answer.
func TakeAndTruncate() Behaviour {
	return Behaviour{take: true, answer: func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"id\":\"cut")
		_ = conn.Close()
	}}
}

// Garbage takes the message and answers 200 with something that is no JSON: the request itself, which
// is the worst an answer can hold.
func Garbage() Behaviour {
	return Behaviour{take: true, answer: func(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>")
		_, _ = io.Copy(w, r.Body)
	}}
}

// Flood takes the message and answers 200 with far more than any answer has.
func Flood() Behaviour {
	return Behaviour{take: true, answer: func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "application/json")
		for range 64 {
			_, _ = w.Write(bytes.Repeat([]byte(" "), 16<<10))
		}
	}}
}

// Redirect sends the request on to another address with 307, which asks to repeat the body there; the
// message is not taken.
func Redirect(to string) Behaviour {
	return Behaviour{answer: func(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	}}
}

func hang(_ http.ResponseWriter, r *http.Request, released <-chan struct{}) {
	select {
	case <-released:
	case <-r.Context().Done():
	}
	panic(http.ErrAbortHandler)
}

func cut(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = conn.Close()
}

// Request is one request as it came.
type Request struct {
	Method, Path string
	Header       http.Header
	Body         []byte
}

// Server is what both stand-ins can do. It is safe for concurrent use.
type Server struct {
	http *httptest.Server

	mu       sync.Mutex
	next     []Behaviour
	decide   func() Behaviour
	requests []Request
	changed  chan struct{} // closed and replaced at every change
	released chan struct{} // closed and replaced by Release
	ended    bool
}

func (s *Server) start(c Cleaner, handle http.HandlerFunc) {
	s.changed, s.released = make(chan struct{}), make(chan struct{})
	s.http = httptest.NewServer(handle)
	if c != nil {
		c.Cleanup(s.Close)
	}
}

// URL is the address to configure.
func (s *Server) URL() string { return s.http.URL }

// Next sets the behaviour of the next requests, one each, before Always or Decide counts again.
func (s *Server) Next(behaviours ...Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, behaviours...)
}

// Always sets the behaviour of every request for which Next says nothing.
func (s *Server) Always(b Behaviour) { s.Decide(func() Behaviour { return b }) }

// Decide sets what decides over every request for which Next says nothing; it is asked about one after the other.
func (s *Server) Decide(f func() Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decide = f
}

// Requests returns all requests so far, taken or not, in the order in which they came.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// WaitRequests returns when at least n requests have come, or with the error of ctx.
func (s *Server) WaitRequests(ctx context.Context, n int) error {
	return s.wait(ctx, func() bool { return len(s.requests) >= n })
}

// Release ends all requests that hang, without an answer.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		close(s.released)
		s.released = make(chan struct{})
	}
}

// Close releases what hangs and stops the server. Calling it again does nothing.
func (s *Server) Close() {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.ended = true
	close(s.released)
	s.mu.Unlock()
	s.http.CloseClientConnections()
	s.http.Close()
}

func (s *Server) wait(ctx context.Context, done func() bool) error {
	for {
		s.mu.Lock()
		ok, changed := done(), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// notify wakes those who wait; s.mu is held.
func (s *Server) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// arrived keeps the request and says how to behave, with the body readable again. A request whose sender
// ended in the middle of it is none: a service that has half a message has nothing.
func (s *Server) arrived(r *http.Request) (Behaviour, []byte, <-chan struct{}) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Body: body})
	s.notify()
	var b Behaviour
	switch {
	case len(s.next) > 0:
		b, s.next = s.next[0], s.next[1:]
	case s.decide != nil:
		b = s.decide()
	}
	return b, body, s.released
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
