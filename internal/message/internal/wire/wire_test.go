package wire

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"officeportal/internal/message/provider"
)

func TestARequestGoesToTheConfiguredAddressWhateverTheSDKAsksFor(t *testing.T) {
	var seen atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Host + r.URL.RequestURI())
		_, _ = io.WriteString(w, "hello")
	}))
	t.Cleanup(server.Close)
	base, err := ParseBase(server.URL + "/v1")
	if err != nil {
		t.Fatal(err)
	}
	x := NewExchange(t.Context(), http.DefaultTransport, base)
	resp, err := x.Client().Get("https://rest.elsewhere.example/messages?a=1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if want := strings.TrimPrefix(server.URL, "http://") + "/v1/messages?a=1"; seen.Load() != want {
		t.Errorf("it asked for %v, want %v", seen.Load(), want)
	}
	if a := x.Answer(); !a.Left || a.Status != 200 || string(a.Body) != "hello" || a.Failure != "" {
		t.Errorf("got %+v", a)
	}
	again, err := x.Client().Get(server.URL)
	if err == nil {
		again.Body.Close()
	}
	if !errors.Is(err, errUsed) {
		t.Errorf("a second request: %v", err)
	}
}

func TestAnExchangeNobodyUsedIsInvalid(t *testing.T) {
	if a := NewExchange(t.Context(), http.DefaultTransport, nil).Answer(); a.Left || a.Failure != provider.ClassInvalid {
		t.Errorf("got %+v", a)
	}
}

func TestParseBase(t *testing.T) {
	for raw, want := range map[string]string{
		"https://api.example": "https://api.example/", "https://api.example/v1": "https://api.example/v1/",
		" http://127.0.0.1:9/ ": "http://127.0.0.1:9/",
	} {
		if got, err := ParseBase(raw); err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v", raw, got, err)
		}
	}
	for _, raw := range []string{"", "api.example", "ftp://api.example", "https://key@api.example", "https://api.example/?key=1", "https://api.example/#x"} {
		if _, err := ParseBase(raw); !errors.Is(err, ErrBadURL) {
			t.Errorf("%q: got %v", raw, err)
		}
	}
}
