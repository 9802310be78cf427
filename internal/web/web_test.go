package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"officeportal/internal/clientip"
	"officeportal/internal/ident"
	"officeportal/internal/viewer"
	"officeportal/internal/web"
)

var errNoSession = errors.New("no session")

// people are the sessions of the test: the token is the person's name.
type people struct{ broken bool }

func (p people) Authenticate(_ context.Context, token string, guardian bool) (viewer.Viewer, error) {
	switch {
	case p.broken:
		return viewer.Viewer{}, errors.New("the database is gone")
	case token == "dana" && !guardian:
		return viewer.Viewer{Kind: viewer.StaffMember, Name: "Dana", Locale: "fr"}, nil
	case token == "exploring" && !guardian:
		return viewer.Viewer{Kind: viewer.StaffMember, Name: "Olive", Granted: []viewer.Permission{viewer.APIExplore}}, nil
	case token == "maria" && guardian:
		return viewer.Viewer{Kind: viewer.Guardian, Name: "Maria", Business: viewer.Business{Slug: "sunrise"}}, nil
	default:
		return viewer.Viewer{}, errNoSession
	}
}

func (p people) AuthenticateAPIToken(_ context.Context, token string) (viewer.Viewer, error) {
	switch {
	case p.broken:
		return viewer.Viewer{}, errors.New("the database is gone")
	case token == "opt_nightly":
		return viewer.Viewer{Kind: viewer.StaffMember, Name: "Dana by token", APITokenID: ident.New()}, nil
	default:
		return viewer.Viewer{}, errNoSession
	}
}

// site starts the edge over a handler that answers with the viewer's name.
func site(t *testing.T, publicURL string, files fstest.MapFS, p people) (*httptest.Server, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	cookies := web.NewCookies(publicURL)
	s := httptest.NewServer(web.New(web.Config{
		Sessions: p, IsNoSession: func(err error) bool { return errors.Is(err, errNoSession) },
		GraphQL: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("in") {
				cookies.SetSession(r.Context(), r.Header.Get("X-Portal") == "customer", "secret-token", time.Now().Add(time.Hour))
			}
			if r.URL.Query().Has("panic") {
				panic("boom")
			}
			w.Header().Set("Content-Language", viewer.From(r.Context()).Locale)
			_, _ = io.WriteString(w, "viewer:"+viewer.From(r.Context()).Name)
		}),
		SDL: "type Query", MayExplore: func(ctx context.Context) bool {
			return viewer.From(ctx).Can(viewer.APIExplore) || !viewer.From(ctx).APITokenID.IsZero()
		}, Files: files, PublicURL: publicURL, Clients: clientip.Finder{},
		Locale: func(string) string { return "en" }, Log: slog.New(slog.NewTextHandler(&log, nil)),
	}))
	t.Cleanup(s.Close)
	return s, &log
}

var built = fstest.MapFS{
	"office.html":         {Data: []byte("<p>office " + strings.Repeat("x", 500) + "</p>")},
	"portal.html":         {Data: []byte("<p>portal</p>")},
	"assets/app-1234.js":  {Data: []byte("let a = 1;" + strings.Repeat(" ", 500))},
	"assets/app-1234.css": {Data: []byte("p {}")},
}

func get(t *testing.T, s *httptest.Server, method, path string, header map[string]string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestRoutesGiveTheRightPageOrARealNotFound(t *testing.T) {
	s, _ := site(t, "http://localhost:8080", built, people{})
	for path, want := range map[string]struct {
		status int
		body   string
	}{
		"/":                              {302, ""},
		"/office":                        {200, "office"},
		"/office/families/fam_1":         {200, "office"},
		"/portal/sunrise":                {200, "portal"},
		"/portal/sunrise/sign-in":        {200, "portal"},
		"/r":                             {200, "portal"},
		"/r%23abcdefghijklmnopqrstuvwxy": {200, "portal"},
		"/rest":                          {404, ""},
		"/assets/app-1234.js":            {200, "let a"},
		"/assets/gone.js":                {404, ""},
		"/assets/../office.html":         {307, ""},
		"/.well-known/anything":          {404, ""},
		"/schema.graphql":                {401, ""},
		"/wp-admin":                      {404, ""},
	} {
		res, body := get(t, s, http.MethodGet, path, nil)
		if res.StatusCode != want.status || !strings.Contains(body, want.body) {
			t.Errorf("%s: %d %.60q, want %d %q", path, res.StatusCode, body, want.status, want.body)
		}
		if csp := res.Header.Get("Content-Security-Policy"); path != "/schema.graphql" && !strings.Contains(csp, "default-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if res.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s leaks its address to other sites", path)
		}
		cache := res.Header.Get("Cache-Control")
		if hashed := strings.HasPrefix(path, "/assets/app"); hashed != strings.Contains(cache, "immutable") || !hashed && cache != "no-store" {
			t.Errorf("%s: Cache-Control %q", path, cache)
		}
	}
}

func TestTheHeaderPicksTheCookieAndWithoutItNobodyAsks(t *testing.T) {
	s, _ := site(t, "http://localhost:8080", built, people{})
	both := "office=dana; portal=maria"
	for name, c := range map[string]struct {
		header map[string]string
		want   string
	}{
		"office":                 {map[string]string{"X-Portal": "office", "Cookie": both}, "Dana"},
		"customer":               {map[string]string{"X-Portal": "customer", "Cookie": both}, "Maria"},
		"no header":              {map[string]string{"Cookie": both}, ""},
		"another value":          {map[string]string{"X-Portal": "x", "Cookie": both}, ""},
		"somebody else's":        {map[string]string{"X-Portal": "office", "Cookie": "office=maria"}, ""},
		"a session that is over": {map[string]string{"X-Portal": "office", "Cookie": "office=old"}, ""},
	} {
		if _, body := get(t, s, http.MethodPost, "/graphql", c.header); body != "viewer:"+c.want {
			t.Errorf("%s: %q", name, body)
		}
	}
	for wanted, want := range map[string]string{"": "fr", "en-GB": "en"} {
		header := map[string]string{"X-Portal": "office", "Cookie": both}
		if wanted != "" {
			header["Accept-Language"] = wanted
		}
		if res, _ := get(t, s, http.MethodPost, "/graphql", header); res.Header.Get("Content-Language") != want {
			t.Errorf("asked for %q, answered in %q, want %q", wanted, res.Header.Get("Content-Language"), want)
		}
	}
	for name, header := range map[string]map[string]string{
		"fetch metadata": {"Sec-Fetch-Site": "cross-site"},
		"origin":         {"Origin": "https://evil.example"},
	} {
		header["X-Portal"], header["Cookie"] = "office", both
		if res, body := get(t, s, http.MethodPost, "/graphql", header); res.StatusCode != http.StatusForbidden || strings.Contains(body, "Dana") {
			t.Errorf("from another site, told by %s: %d %q", name, res.StatusCode, body)
		}
	}
	broken, _ := site(t, "http://localhost:8080", built, people{broken: true})
	if res, body := get(t, broken, http.MethodPost, "/graphql", map[string]string{"X-Portal": "office", "Cookie": both}); res.StatusCode != http.StatusServiceUnavailable || strings.Contains(body, "gone") {
		t.Errorf("without a database: %d %q", res.StatusCode, body)
	}
}

func TestCookiesAreBoundToTheHost(t *testing.T) {
	for publicURL, want := range map[string]string{
		"https://portal.example":  "__Host-office=secret-token; Path=/; Expires=",
		"http://localhost:8080":   "office=secret-token; Path=/; Expires=",
		"http://portal.example:1": "__Host-office=secret-token; Path=/; Expires=",
	} {
		s, _ := site(t, publicURL, built, people{})
		res, _ := get(t, s, http.MethodPost, "/graphql?in", map[string]string{"X-Portal": "office"})
		got := res.Header.Get("Set-Cookie")
		if !strings.HasPrefix(got, want) || !strings.Contains(got, "HttpOnly") || !strings.Contains(got, "SameSite=Lax") || strings.Contains(got, "__Host-") != strings.Contains(got, "Secure") {
			t.Errorf("%s: %q", publicURL, got)
		}
	}
}

func TestTheAccessLogHasNoPathsAndAPanicIsAnAnswer(t *testing.T) {
	s, log := site(t, "http://localhost:8080", built, people{})
	get(t, s, http.MethodGet, "/r%23verysecretsecret?also=secret", nil)
	res, body := get(t, s, http.MethodPost, "/graphql?panic", map[string]string{"X-Portal": "office"})
	id := res.Header.Get("X-Request-Id")
	if res.StatusCode != http.StatusInternalServerError || id == "" || !strings.Contains(body, id) || strings.Contains(body, "boom") {
		t.Errorf("a panic: %d %q", res.StatusCode, body)
	}
	if text := log.String(); strings.Contains(text, "secret") || !strings.Contains(text, "route=/") || !strings.Contains(text, id) {
		t.Errorf("the log: %s", text)
	}
}

func TestWithoutItsFrontEndThePageSaysSo(t *testing.T) {
	s, _ := site(t, "http://localhost:8080", fstest.MapFS{}, people{})
	res, body := get(t, s, http.MethodGet, "/office", nil)
	if res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "make build") {
		t.Errorf("%d %q", res.StatusCode, body)
	}
}

func TestAssetsAreCompressedForWhoCanReadIt(t *testing.T) {
	s, _ := site(t, "http://localhost:8080", built, people{})
	res, body := get(t, s, http.MethodGet, "/assets/app-1234.js", map[string]string{"Accept-Encoding": "gzip"})
	if res.Header.Get("Content-Encoding") != "gzip" || len(body) >= 500 || res.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("%v, %d bytes", res.Header, len(body))
	}
	if res, body := get(t, s, http.MethodGet, "/assets/app-1234.js", map[string]string{"Accept-Encoding": "identity"}); res.Header.Get("Content-Encoding") != "" || !strings.HasPrefix(body, "let a") {
		t.Errorf("%v, %q", res.Header, body)
	}
}

func TestMessagesOfDevChannelsAreShownOnThisMachineOnly(t *testing.T) {
	h := web.New(web.Config{Sessions: people{}, Files: built, PublicURL: "http://localhost:8080", Clients: clientip.Finder{},
		DevMessages: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a link") }),
		GraphQL:     http.NotFoundHandler(), Locale: func(string) string { return "en" }, Log: slog.New(slog.DiscardHandler)})
	for name, c := range map[string]struct {
		peer, host, header, value string
		shown                     bool
	}{
		"localhost":                 {"127.0.0.1:5000", "localhost:8080", "", "", true},
		"its address":               {"127.0.0.1:5000", "127.0.0.1:8080", "", "", true},
		"IPv6":                      {"[::1]:5000", "[::1]:8080", "", "", true},
		"another machine":           {"192.0.2.7:5000", "localhost:8080", "", "", false},
		"another name for it":       {"127.0.0.1:5000", "rebound.evil.example:8080", "", "", false},
		"through a proxy":           {"127.0.0.1:5000", "localhost:8080", "X-Forwarded-For", "192.0.2.7", false},
		"through a modern proxy":    {"127.0.0.1:5000", "localhost:8080", "Forwarded", "for=192.0.2.7", false},
		"through nginx as is usual": {"127.0.0.1:5000", "localhost:8080", "X-Real-Ip", "192.0.2.7", false},
		"no address":                {"@", "localhost", "", "", false},
	} {
		for _, path := range []string{"/dev/messages", "/dev/messages.json", "/dev/messages/dev-1/html"} {
			r := httptest.NewRequest(http.MethodGet, "http://x"+path, nil)
			r.RemoteAddr, r.Host = c.peer, c.host
			if c.header != "" {
				r.Header.Set(c.header, c.value)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if shown := strings.Contains(w.Body.String(), "a link"); shown != c.shown || !shown && w.Code != http.StatusForbidden {
				t.Errorf("%s: %s: %d, shown %t", name, path, w.Code, shown)
			}
		}
	}
}

func TestAProgramIsKnownByItsTokenAndByNothingElse(t *testing.T) {
	s, _ := site(t, "http://localhost:8080", built, people{})
	const cookie = "office=dana; portal=maria"
	for name, c := range map[string]struct {
		header map[string]string
		status int
		want   string
	}{
		"a token alone":                 {map[string]string{"Authorization": "Bearer opt_nightly"}, 200, "viewer:Dana by token"},
		"in small letters":              {map[string]string{"Authorization": "bearer opt_nightly"}, 200, "viewer:Dana by token"},
		"beside cookies":                {map[string]string{"Authorization": "Bearer opt_nightly", "Cookie": cookie, "X-Portal": "customer"}, 200, "viewer:Dana by token"},
		"unknown":                       {map[string]string{"Authorization": "Bearer opt_other"}, 401, ""},
		"unknown beside cookies":        {map[string]string{"Authorization": "Bearer opt_other", "Cookie": cookie, "X-Portal": "office"}, 401, ""},
		"another scheme beside cookies": {map[string]string{"Authorization": "Basic opt_nightly", "Cookie": cookie, "X-Portal": "office"}, 401, ""},
		"nothing":                       {map[string]string{"Authorization": ""}, 401, ""},
		"from a page of another site":   {map[string]string{"Authorization": "Bearer opt_nightly", "Sec-Fetch-Site": "cross-site"}, 403, ""},
	} {
		res, body := get(t, s, http.MethodPost, "/graphql?in", c.header)
		if res.StatusCode != c.status || c.want != "" && body != c.want || c.want == "" && strings.Contains(body, "viewer:") {
			t.Errorf("%s: %d %q", name, res.StatusCode, body)
		}
		if c.status == 401 && (res.Header.Get("WWW-Authenticate") == "" || !strings.Contains(body, "UNAUTHENTICATED")) {
			t.Errorf("%s: %v %q", name, res.Header, body)
		}
		if len(res.Header["Set-Cookie"]) > 0 {
			t.Errorf("%s: a program is given a cookie", name)
		}
	}
	broken, _ := site(t, "http://localhost:8080", built, people{broken: true})
	if res, body := get(t, broken, http.MethodPost, "/graphql", map[string]string{"Authorization": "Bearer opt_nightly"}); res.StatusCode != http.StatusServiceUnavailable || strings.Contains(body, "gone") {
		t.Errorf("without a database: %d %q", res.StatusCode, body)
	}
}
