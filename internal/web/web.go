// Package web is the HTTP edge: routes, sessions in cookies, security headers, the single-page apps. It
// knows no rules of the business; whatever answers a request is handed to it.
package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"officeportal/internal/clientip"
	"officeportal/internal/viewer"
)

// Sessions says who a session belongs to.
type Sessions interface {
	// Authenticate returns an error that answers true to IsNoSession when there is no such session.
	Authenticate(ctx context.Context, token string, guardian bool) (viewer.Viewer, error)
}

// Config is what the edge needs.
type Config struct {
	Sessions    Sessions
	IsNoSession func(error) bool
	// GraphQL answers /graphql.
	GraphQL http.Handler
	// SDL is served at /schema.graphql.
	SDL string
	// Files is the build of the single-page apps.
	Files fs.FS
	// DevMessages answers /dev/messages, for browsers on this machine only; nil without dev channels.
	DevMessages http.Handler
	PublicURL   string
	// Clients finds out where a request comes from.
	Clients clientip.Finder
	// Locale picks a language for an Accept-Language header.
	Locale func(string) string
	Log    *slog.Logger
}

// New returns the handler of the public address.
func New(c Config) http.Handler {
	s := &server{Config: c, pages: newPages(c.Files), cookies: cookiesFor(c.PublicURL)}
	mux := http.NewServeMux()
	mux.Handle("/graphql", s.session(c.GraphQL))
	mux.HandleFunc("GET /schema.graphql", s.schema)
	mux.Handle("GET /assets/", s.pages.assets())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/office", http.StatusFound) })
	mux.Handle("GET /office", s.pages.page("office.html"))
	mux.Handle("GET /office/", s.pages.page("office.html"))
	mux.Handle("GET /portal/{business}", s.pages.page("portal.html"))
	mux.Handle("GET /portal/{business}/", s.pages.page("portal.html"))
	mux.Handle("GET /r", s.pages.page("portal.html"))
	if c.DevMessages != nil {
		mux.Handle("/dev/", onThisMachine(c.DevMessages))
	}
	mux.HandleFunc("GET /favicon.ico", s.pages.icon)
	mux.HandleFunc("/", s.rest)

	// Two layers against requests from other sites: the browser's own word on where a request comes
	// from, and the custom header that session() asks for, which other sites can't send without asking first.
	csrf := http.NewCrossOriginProtection()
	return s.observe(s.headers(csrf.Handler(mux)), mux)
}

type server struct {
	Config
	pages   *pages
	cookies cookies
}

// rest answers what no other route does. Some mail gateways turn the # of a link into %23, so that the
// secret arrives as part of the path: that page is the same, and the access log has route patterns only.
func (s *server) rest(w http.ResponseWriter, r *http.Request) {
	if len(r.URL.Path) > 3 && r.URL.Path[:3] == "/r#" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		s.pages.page("portal.html").ServeHTTP(w, r)
		return
	}
	http.NotFound(w, r)
}

func (s *server) schema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/graphql; charset=utf-8")
	_, _ = w.Write([]byte(s.SDL))
}

// headers are the same on every answer. The pages need no other origin, and no other may frame them.
func (s *server) headers(next http.Handler) http.Handler {
	secure := schemeOf(s.PublicURL) == "https"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; object-src 'none'; base-uri 'none'; form-action 'self'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Cache-Control", "no-store")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

func schemeOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Scheme
}

// NewServer returns an http.Server with limits that a slow or greedy client runs into.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
