package web

import (
	"net/http"
	"strings"

	"officeportal/internal/viewer"
)

// bearerOf returns the API token of a request, and whether it brings any credentials of its own. A program that
// does is never taken for the browser whose cookies it may carry too.
func bearerOf(r *http.Request) (token string, given bool) {
	header, given := r.Header["Authorization"]
	if !given {
		return "", false
	}
	scheme, rest, _ := strings.Cut(header[0], " ")
	if len(header) == 1 && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(rest), true
	}
	return "", true
}

// unauthorized answers a token that is none, is over or was ended: they all look the same.
func unauthorized(w http.ResponseWriter) {
	h := w.Header()
	h.Set("WWW-Authenticate", `Bearer realm="Office Portal", error="invalid_token"`)
	h.Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte(`{"errors":[{"message":"The API token is not valid, has expired or was ended.","extensions":{"code":"UNAUTHENTICATED"}}]}`))
}

// who finds out who asks: by an API token, or by the cookie of one portal. Nobody is the zero viewer. When it
// reports false it has answered the request itself.
func (s *server) who(w http.ResponseWriter, r *http.Request, portal string) (v viewer.Viewer, ok bool) {
	ctx := r.Context()
	if token, given := bearerOf(r); given {
		known, err := s.Sessions.AuthenticateAPIToken(ctx, token)
		switch {
		case err == nil:
			return known, true
		case s.IsNoSession(err):
			unauthorized(w)
		default:
			s.noAnswer(ctx, w, err)
		}
		return v, false
	}
	guardian := portal == "customer"
	if !guardian && portal != "office" {
		return v, true
	}
	cookie, err := r.Cookie(s.cookies.name(guardian))
	if err != nil || cookie.Value == "" {
		return v, true
	}
	known, err := s.Sessions.Authenticate(ctx, cookie.Value, guardian)
	if err == nil {
		return known, true
	}
	if s.IsNoSession(err) {
		return v, true
	}
	s.noAnswer(ctx, w, err)
	return v, false
}
