package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"officeportal/internal/clientip"
	"officeportal/internal/web"
)

const strictPolicy = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; object-src 'none'; base-uri 'none'; form-action 'self'"

// the headers of every kind of answer; what is different is told by the kind.
func TestEveryKindOfAnswerHasItsHeaders(t *testing.T) {
	files := fstest.MapFS{"graphiql.html": {Data: []byte("<p>explorer</p>")}}
	for name, file := range built {
		files[name] = file
	}
	const data = "default-src 'none'; frame-ancestors 'none'"
	kinds := map[string]struct {
		method, path, cookie, policy string
	}{
		"a page of the Office Portal":   {http.MethodGet, "/office/families", "", strictPolicy},
		"a page of the Customer Portal": {http.MethodGet, "/portal/sunrise", "", strictPolicy},
		"the page of a link":            {http.MethodGet, "/r", "", strictPolicy},
		"a mangled link":                {http.MethodGet, "/r%23abcdefghijklmnopqrstuvwxy", "", strictPolicy},
		"GraphiQL":                      {http.MethodGet, "/graphiql", "office=exploring", strictPolicy + "; style-src 'self' 'unsafe-inline'; font-src 'self' data:"},
		"GraphiQL refused":              {http.MethodGet, "/graphiql", "office=dana", strictPolicy},
		"a script":                      {http.MethodGet, "/assets/app-1234.js", "", strictPolicy},
		"what is not there":             {http.MethodGet, "/nothing", "", strictPolicy},
		"a redirect":                    {http.MethodGet, "/", "", strictPolicy},
		"the API":                       {http.MethodPost, "/graphql", "", data},
		"the schema":                    {http.MethodGet, "/schema.graphql", "", data},
		"where to change the password":  {http.MethodGet, "/.well-known/change-password", "", strictPolicy},
	}
	for _, origin := range []string{"http://localhost:8080", "https://portal.example"} {
		s, _ := site(t, origin, files, people{})
		for name, kind := range kinds {
			cookie := kind.cookie
			if strings.HasPrefix(origin, "https") && cookie != "" {
				cookie = "__Host-" + cookie
			}
			res, _ := get(t, s, kind.method, kind.path, map[string]string{"Cookie": cookie})
			for header, want := range map[string]string{
				"Content-Security-Policy": kind.policy, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin",
				"Access-Control-Allow-Origin": "", "Access-Control-Allow-Credentials": "",
			} {
				if got := res.Header.Get(header); got != want {
					t.Errorf("%s: %s: %s is %q, want %q", origin, name, header, got, want)
				}
			}
			for _, off := range []string{"camera=()", "microphone=()", "geolocation=()", "payment=()", "usb=()"} {
				if !strings.Contains(res.Header.Get("Permissions-Policy"), off) {
					t.Errorf("%s: %s: Permissions-Policy without %s", origin, name, off)
				}
			}
			if hsts := res.Header.Get("Strict-Transport-Security"); (hsts != "") != strings.HasPrefix(origin, "https") {
				t.Errorf("%s: %s: Strict-Transport-Security is %q", origin, name, hsts)
			}
			if cache := res.Header.Get("Cache-Control"); kind.path != "/assets/app-1234.js" && cache != "no-store" {
				t.Errorf("%s: %s: Cache-Control is %q", origin, name, cache)
			}
			if strings.Contains(kind.policy, "script-src") || strings.Contains(res.Header.Get("Content-Security-Policy"), "unsafe-eval") {
				t.Errorf("%s: %s: scripts may be inline", origin, name)
			}
		}
	}
}

func TestGraphiQLAndTheSchemaAreForThoseWhoMayExplore(t *testing.T) {
	files := fstest.MapFS{"graphiql.html": {Data: []byte("<p>explorer</p>")}}
	s, _ := site(t, "http://localhost:8080", files, people{})
	for name, c := range map[string]struct {
		cookie, bearer string
		page, schema   int
	}{
		"nobody":                       {"", "", 302, 401},
		"a session that is over":       {"office=old", "", 302, 401},
		"a guardian":                   {"portal=maria", "", 302, 401},
		"a guardian as staff":          {"office=maria", "", 302, 401},
		"staff without the permission": {"office=dana", "", 403, 403},
		"staff with it":                {"office=exploring", "", 200, 200},
		"a program":                    {"", "opt_nightly", 403, 200},
		"no program":                   {"office=exploring", "opt_other", 401, 401},
	} {
		header := map[string]string{"Cookie": c.cookie}
		if c.bearer != "" {
			header["Authorization"] = "Bearer " + c.bearer
		}
		if res, body := get(t, s, http.MethodGet, "/graphiql", header); res.StatusCode != c.page || (c.page == 200) != strings.Contains(body, "explorer") {
			t.Errorf("%s: GraphiQL: %d %q", name, res.StatusCode, body)
		}
		if res, body := get(t, s, http.MethodGet, "/schema.graphql", header); res.StatusCode != c.schema || (c.schema == 200) != strings.Contains(body, "type Query") {
			t.Errorf("%s: the schema: %d %q", name, res.StatusCode, body)
		}
	}
}

func TestPasswordManagersAreLedToTheRightPortal(t *testing.T) {
	serve := func(only string) *httptest.Server {
		s := httptest.NewServer(web.New(web.Config{Sessions: people{}, IsNoSession: func(err error) bool { return err == errNoSession }, Files: built,
			PublicURL: "http://localhost:8080", Clients: clientip.Finder{}, GraphQL: http.NotFoundHandler(), Locale: func(string) string { return "en" },
			OnlyBusiness: func(context.Context) (string, error) { return only, nil }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}))
		t.Cleanup(s.Close)
		return s
	}
	several, one := serve(""), serve("moonlight")
	for name, c := range map[string]struct {
		s      *httptest.Server
		cookie string
		status int
		to     string
	}{
		"signed in":                          {several, "portal=maria", 302, "/portal/sunrise/change-password"},
		"signed in, used another one last":   {several, "portal=maria; last-portal=moonlight", 302, "/portal/sunrise/change-password"},
		"used one before":                    {several, "last-portal=moonlight", 302, "/portal/moonlight/change-password"},
		"a session that is over":             {several, "portal=old; last-portal=moonlight", 302, "/portal/moonlight/change-password"},
		"there is only one":                  {one, "", 302, "/portal/moonlight/change-password"},
		"nothing is known":                   {several, "", 200, ""},
		"a cookie that leads somewhere else": {several, "last-portal=..%2f..%2fevil", 200, ""},
		"a cookie with a host":               {several, "last-portal=//evil.example", 200, ""},
	} {
		res, body := get(t, c.s, http.MethodGet, "/.well-known/change-password", map[string]string{"Cookie": c.cookie})
		if res.StatusCode != c.status || res.Header.Get("Location") != c.to || c.status == 200 && !strings.Contains(body, `href="/office"`) {
			t.Errorf("%s: %d to %q: %q", name, res.StatusCode, res.Header.Get("Location"), body)
		}
	}
	res, _ := get(t, several, http.MethodGet, "/portal/sunrise/sign-in", nil)
	if got := res.Header.Get("Set-Cookie"); !strings.HasPrefix(got, "last-portal=sunrise; Path=/.well-known/;") || !strings.Contains(got, "HttpOnly") {
		t.Errorf("the portal is remembered as %q", got)
	}
	for _, path := range []string{"/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200", "/.well-known/", "/.well-known/security.txt", "/.well-known/assetlinks.json"} {
		if res, body := get(t, several, http.MethodGet, path, nil); res.StatusCode != http.StatusNotFound || strings.Contains(body, "<p>") {
			t.Errorf("%s: %d %q", path, res.StatusCode, body)
		}
	}
}

func TestWhereToReportAHole(t *testing.T) {
	s := httptest.NewServer(web.New(web.Config{Sessions: people{}, Files: built, PublicURL: "https://portal.example", Clients: clientip.Finder{}, GraphQL: http.NotFoundHandler(),
		Locale: func(string) string { return "en" }, SecurityContact: "mailto:security@portal.example", Log: slog.New(slog.DiscardHandler)}))
	t.Cleanup(s.Close)
	res, body := get(t, s, http.MethodGet, "/.well-known/security.txt", nil)
	if res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") || !strings.HasPrefix(body, "Contact: mailto:security@portal.example\n") ||
		!strings.Contains(body, "\nExpires: 20") || !strings.Contains(body, "\nCanonical: https://portal.example/.well-known/security.txt\n") {
		t.Errorf("%d %q", res.StatusCode, body)
	}
}
