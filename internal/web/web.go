// Package web is the HTTP edge: routes, sessions in cookies, security headers, the single-page apps. It
// knows no rules of the business; whatever answers a request is handed to it.
package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"officeportal/internal/clientip"
	"officeportal/internal/viewer"
)

// Sessions says who a session belongs to.
type Sessions interface {
	// Authenticate returns an error that answers true to IsNoSession when there is no such session.
	Authenticate(ctx context.Context, token string, guardian bool) (viewer.Viewer, error)
	// AuthenticateAPIToken does the same for the API token of a program.
	AuthenticateAPIToken(ctx context.Context, token string) (viewer.Viewer, error)
}

// Config is what the edge needs.
type Config struct {
	Sessions    Sessions
	IsNoSession func(error) bool
	// GraphQL answers /graphql.
	GraphQL http.Handler
	// SDL is served at /schema.graphql, to whoever MayExplore.
	SDL        string
	MayExplore func(context.Context) bool
	// Scans keeps scanned forms.
	Scans Scans
	// OnlyBusiness returns the slug of the only business there is, empty when there are several; nil never knows.
	OnlyBusiness func(context.Context) (string, error)
	// SecurityContact is told at /.well-known/security.txt; empty for no such page.
	SecurityContact string
	// Files is the build of the single-page apps.
	Files fs.FS
	// AuditExports answers /office/audit/export.
	AuditExports AuditExports
	// Hooks answers what is below /hooks/: the message services report there.
	Hooks http.Handler
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
	s := &server{Config: c, pages: newPages(c.Files), cookies: cookiesFor(c.PublicURL), uploads: make(chan struct{}, scansAtOnce)}
	mux := http.NewServeMux()
	mux.Handle("/graphql", policy(dataPolicy, s.session(c.GraphQL)))
	mux.HandleFunc("GET /graphiql", s.explorer)
	mux.HandleFunc("GET /schema.graphql", s.schema)
	mux.Handle("GET /assets/", s.pages.assets())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/office", http.StatusFound) })
	mux.Handle("GET /office/audit/export", s.download(http.HandlerFunc(s.auditExport)))
	mux.Handle("GET /office", s.pages.page("office.html"))
	mux.Handle("POST "+scanPath, s.session(http.HandlerFunc(s.uploadScan)))
	mux.HandleFunc("GET "+scanPath+"/{id}", s.downloadScan)
	mux.Handle("GET /office/", s.pages.page("office.html"))
	mux.HandleFunc("GET /portal/{business}", s.portal)
	mux.HandleFunc("GET /portal/{business}/", s.portal)
	mux.Handle("GET /r", s.pages.page("portal.html"))
	if c.Hooks != nil {
		mux.Handle("/hooks/", c.Hooks)
	}
	if c.DevMessages != nil {
		mux.Handle("/dev/", onThisMachine(c.DevMessages))
	}
	mux.HandleFunc("GET /.well-known/change-password", s.changePassword)
	mux.HandleFunc("GET /.well-known/security.txt", s.securityTxt)
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
	uploads chan struct{} // scans that are being taken
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
