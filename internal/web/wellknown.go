package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"time"

	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// lastPortal remembers which Customer Portal a browser used last, for the one address below that is the same for all
// businesses. It says nothing that the history of the browser does not.
const lastPortal = "last-portal"

var slugShape = regexp.MustCompile(`^[a-z0-9-]{2,64}$`)

// portal shows a Customer Portal and remembers which.
func (s *server) portal(w http.ResponseWriter, r *http.Request) {
	if slug := r.PathValue("business"); slugShape.MatchString(slug) {
		http.SetCookie(w, &http.Cookie{Name: lastPortal, Value: slug, Path: "/.well-known/", MaxAge: 365 * 24 * 3600,
			HttpOnly: true, Secure: s.cookies.secure, SameSite: http.SameSiteLaxMode})
	}
	s.pages.page("portal.html").ServeHTTP(w, r)
}

// changePassword leads password managers to the page where a guardian changes the password
// (https://w3c.github.io/webappsec-change-password-url/): of the business the browser is signed in to, of the one it
// used last, of the only one there is. Where none of them is known it asks.
func (s *server) changePassword(w http.ResponseWriter, r *http.Request) {
	slug := ""
	if cookie, err := r.Cookie(lastPortal); err == nil && slugShape.MatchString(cookie.Value) {
		slug = cookie.Value
	}
	if cookie, err := r.Cookie(s.cookies.name(true)); err == nil && cookie.Value != "" {
		v, err := s.Sessions.Authenticate(r.Context(), cookie.Value, true)
		if err == nil {
			slug = v.Business.Slug
		} else if !s.IsNoSession(err) {
			s.noAnswer(r.Context(), w, err)
			return
		}
	}
	if slug == "" && s.OnlyBusiness != nil {
		only, err := s.OnlyBusiness(r.Context())
		if err != nil {
			s.Log.ErrorContext(r.Context(), "businesses could not be read", slog.String("request_id", viewer.RequestFrom(r.Context()).ID), slog.String("error", store.Cause(err)))
		}
		slug = only
	}
	if slug == "" {
		plainPage(w, http.StatusOK, "Change your password", `Open the Customer Portal of your school, at the address you know from its messages, `+
			`and choose Change password there. Staff sign in to the <a href="/office">Office Portal</a>.`)
		return
	}
	http.Redirect(w, r, "/portal/"+slug+"/change-password", http.StatusFound)
}

// securityTxt says where to report a hole (RFC 9116). It expires in half a year, and is always fresh.
func (s *server) securityTxt(w http.ResponseWriter, r *http.Request) {
	if s.SecurityContact == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Security-Policy", dataPolicy)
	expires := time.Now().UTC().AddDate(0, 6, 0).Truncate(24 * time.Hour).Format(time.RFC3339)
	fmt.Fprintf(w, "Contact: %s\nExpires: %s\nPreferred-Languages: en, es\nCanonical: %s/.well-known/security.txt\n", s.SecurityContact, expires, s.PublicURL)
}
