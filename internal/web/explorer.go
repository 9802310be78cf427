package web

import (
	"html"
	"net/http"

	"officeportal/internal/viewer"
)

// explorer shows GraphiQL to staff who may send documents of their own. The page is navigated to, so no header picks
// the cookie; it changes nothing, and what it sends later carries the header.
func (s *server) explorer(w http.ResponseWriter, r *http.Request) {
	v, ok := s.who(w, r, "office")
	switch {
	case !ok:
	case v.Kind == viewer.Nobody:
		http.Redirect(w, r, "/office/sign-in?next=%2Fapi", http.StatusFound)
	case !v.Can(viewer.APIExplore):
		plainPage(w, http.StatusForbidden, "You don't have access to this page",
			`It needs the permission API_EXPLORE. <a href="/office">Back to Families</a>`)
	default:
		policy(explorerPolicy, s.pages.page("graphiql.html")).ServeHTTP(w, r)
	}
}

// schema hands out the SDL by the same rule as introspection. Reading it needs no header either: no other site can
// read the answer.
func (s *server) schema(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", dataPolicy)
	v, ok := s.who(w, r, "office")
	switch {
	case !ok:
		return
	case !s.MayExplore(viewer.With(r.Context(), v)):
		status := http.StatusForbidden
		if v.Kind == viewer.Nobody {
			status = http.StatusUnauthorized
			w.Header().Set("WWW-Authenticate", `Bearer realm="Office Portal"`)
		}
		http.Error(w, "The schema is for staff with the permission API_EXPLORE and for API tokens.", status)
		return
	}
	w.Header().Set("Content-Type", "application/graphql; charset=utf-8")
	_, _ = w.Write([]byte(s.SDL))
}

// plainPage is a page without script for the few answers that no screen gives. The body is HTML of ours.
func plainPage(w http.ResponseWriter, status int, title, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	title = html.EscapeString(title)
	_, _ = w.Write([]byte(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
		`<meta name="color-scheme" content="light dark"><title>` + title + `</title><h1>` + title + `</h1><p>` + body + `</p></html>`))
}
