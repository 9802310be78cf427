package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"time"

	"officeportal/internal/clientip"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/tracing"
	"officeportal/internal/viewer"
)

// cookies names the session cookies. The __Host- prefix binds them to this host over https (RFC 6265bis
// §4.1.3.2); browsers refuse it over plain http, which is allowed on localhost only.
type cookies struct {
	office, portal string
	secure         bool
}

func cookiesFor(publicURL string) cookies {
	u, err := url.Parse(publicURL)
	if err == nil && u.Scheme == "http" && isLoopback(u.Hostname()) {
		return cookies{office: "office", portal: "portal"}
	}
	return cookies{office: "__Host-office", portal: "__Host-portal", secure: true}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// onThisMachine serves what shows links to whoever looks: to browsers on the same machine, and to nobody whose
// request came through a proxy or a tunnel. The name of the host is asked for because a page of another site can
// make a browser take 127.0.0.1 for its own name, never localhost.
func onThisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, _, err := net.SplitHostPort(r.RemoteAddr)
		host := (&url.URL{Host: r.Host}).Hostname()
		here := err == nil && isLoopback(peer) && isLoopback(host)
		for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
			here = here && r.Header.Get(header) == ""
		}
		if !here {
			http.Error(w, "Messages of the development channels are shown on the machine itself only, at localhost.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (c cookies) name(guardian bool) string {
	if guardian {
		return c.portal
	}
	return c.office
}

type writerKey struct{}

// session finds out who asks. The header X-Portal picks the cookie; a request without it is nobody's, so
// that a form on another site can't use a session even where a browser sends the cookie along. A program with an
// API token needs no such header: no other site can make a browser send one.
func (s *server) session(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, ok := s.who(w, r, r.Header.Get("X-Portal"))
		if !ok {
			return
		}
		// answers are in the language of the screen, which sends it; the stored one is for messages
		if v.Locale == "" || r.Header.Get("Accept-Language") != "" {
			v.Locale = s.Locale(r.Header.Get("Accept-Language"))
		}
		ctx := r.Context()
		if v.APITokenID.IsZero() { // a program is given no cookie, whatever it asks for
			ctx = context.WithValue(ctx, writerKey{}, w)
		}
		next.ServeHTTP(w, r.WithContext(viewer.With(ctx, v)))
	})
}

func (s *server) noAnswer(ctx context.Context, w http.ResponseWriter, err error) {
	s.Log.ErrorContext(ctx, "session could not be read", slog.String("request_id", viewer.RequestFrom(ctx).ID), slog.String("error", store.Cause(err)))
	w.Header().Set("Retry-After", "2")
	http.Error(w, `{"errors":[{"message":"The service is not available right now.","extensions":{"code":"INTERNAL"}}]}`, http.StatusServiceUnavailable)
}

// Cookies lets whoever answers a request start and end the browser's session.
type Cookies struct{ names cookies }

// NewCookies returns the cookies for the public origin.
func NewCookies(publicURL string) Cookies { return Cookies{cookiesFor(publicURL)} }

// SetSession puts the token into the cookie of one portal until expires.
func (c Cookies) SetSession(ctx context.Context, guardian bool, token string, expires time.Time) {
	c.set(ctx, guardian, token, expires, int(time.Until(expires).Seconds()))
}

// ClearSession removes the cookie of the portal that the viewer is signed in to.
func (c Cookies) ClearSession(ctx context.Context) {
	c.set(ctx, viewer.From(ctx).Kind == viewer.Guardian, "", time.Unix(1, 0), -1)
}

func (c Cookies) set(ctx context.Context, guardian bool, value string, expires time.Time, maxAge int) {
	w, ok := ctx.Value(writerKey{}).(http.ResponseWriter)
	if !ok {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: c.names.name(guardian), Value: value, Path: "/", Expires: expires, MaxAge: maxAge,
		HttpOnly: true, Secure: c.names.secure, SameSite: http.SameSiteLaxMode,
	})
}

// observe gives every request its reference number, survives a panic, and writes the access log: route
// patterns, never paths or queries, because a mangled link would carry its secret there.
func (s *server) observe(next http.Handler, mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := ident.New().String()
		addr := s.Clients.From(r)
		w.Header().Set("X-Request-Id", id)
		ctx := viewer.WithRequest(store.WithSteadyReads(r.Context()), viewer.Request{ID: id, Address: addr.String(), LimitAddress: clientip.Key(addr).String(), Agent: r.UserAgent()})
		answer := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		_, pattern := mux.Handler(r)
		ctx, span := tracing.Start(ctx, "http", "http.request.method", r.Method, "http.route", pattern, "request_id", id)
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.Log.ErrorContext(ctx, "panic", slog.String("request_id", id), slog.String("stack", string(debug.Stack())))
				if !answer.wrote {
					http.Error(answer, "Something went wrong. Reference: "+id, http.StatusInternalServerError)
				}
			}
			span.Fact("http.response.status_code", strconv.Itoa(answer.status))
			span.End(answer.status >= http.StatusInternalServerError)
			s.Log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("request_id", id), slog.String("method", r.Method),
				slog.String("route", pattern), slog.Int("status", answer.status), slog.Duration("took", time.Since(began)))
		}()
		next.ServeHTTP(answer, r.WithContext(ctx))
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the real writer.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
