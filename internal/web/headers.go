package web

import (
	"net/http"
	"net/url"
	"strings"
)

// The Content-Security-Policy of each kind of answer. No page has inline script, and none needs another origin.
const (
	pagePolicy = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; object-src 'none'; base-uri 'none'; form-action 'self'"
	// The editor of GraphiQL writes style elements and keeps its icons in a style sheet as data.
	explorerPolicy = pagePolicy + "; style-src 'self' 'unsafe-inline'; font-src 'self' data:"
	// dataPolicy is for what no browser should show as a page at all.
	dataPolicy = "default-src 'none'; frame-ancestors 'none'"
)

// permissions switches off what neither portal uses; signing in with a passkey stays possible.
var permissions = strings.Join([]string{"accelerometer=()", "camera=()", "display-capture=()", "geolocation=()", "gyroscope=()", "hid=()", "magnetometer=()",
	"microphone=()", "midi=()", "payment=()", "publickey-credentials-get=(self)", "serial=()", "usb=()", "xr-spatial-tracking=()"}, ", ")

// headers are the same on every answer; a handler changes the policy where its kind of page differs. The pages
// need no other origin, and no other may frame, open or embed them.
func (s *server) headers(next http.Handler) http.Handler {
	secure := schemeOf(s.PublicURL) == "https"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", permissions)
		h.Set("Cache-Control", "no-store")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// policy answers with another Content-Security-Policy than that of the portals.
func policy(csp string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", csp)
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
