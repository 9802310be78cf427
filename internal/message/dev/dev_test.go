package dev

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/internal/message/provider"
)

const link = "http://localhost:8080/r#mfrggzdfmztwq2lknnwg23tpoa"

func email(key string) provider.Email {
	return provider.Email{
		FromName: "Sunrise", From: "portal@sunrise.example", To: "maria@example.com", Subject: "Reset <your> password",
		Text: "Choose a new password:\n" + link + "\n\nBye.\n",
		HTML: "<!doctype html><html><head><title>x</title></head><body><a href=\"" + link + "\">Choose</a></body></html>", IdempotencyKey: key,
	}
}

func text(to string) provider.SMS {
	return provider.SMS{Originator: "Sunrise", To: to, Body: "Sunrise: choose a new password: " + link + " Expires 2:44 PM.", Reference: "msg_1"}
}

func fixed() time.Time { return time.Date(2026, 3, 3, 20, 14, 0, 0, time.UTC) }

func get(t *testing.T, h http.Handler, path string) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Result()
}

func body(t *testing.T, resp *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestAMessageIsKeptWithItsLink(t *testing.T) {
	b := NewBox(fixed)
	res := b.SendEmail(t.Context(), email("k1"))
	if res.Kind != provider.Accepted || res.ProviderID == "" {
		t.Fatalf("got %+v", res)
	}
	b.SendSMS(t.Context(), text("+13125550123"))
	kept := b.Messages()
	if len(kept) != 2 || kept[0].Channel != ChannelSMS || kept[1].ID != res.ProviderID {
		t.Fatalf("kept %+v", kept)
	}
	for _, k := range kept {
		if !slices.Equal(k.Links, []string{link}) || !k.SentAt.Equal(fixed()) {
			t.Errorf("%s: links %q at %v", k.Channel, k.Links, k.SentAt)
		}
	}
}

func TestSomeRecipientsAreRefusedSoThatFailuresCanBeSeen(t *testing.T) {
	for _, c := range []struct {
		name    string
		send    func(*Box) provider.Result
		kind    provider.Kind
		problem provider.Problem
	}{
		{"bounce@ is an address that does not exist", func(b *Box) provider.Result {
			m := email("k")
			m.To = "Bounced.Maria@example.com"
			return b.SendEmail(context.Background(), m)
		}, provider.Refused, provider.AddressNotFound},
		{"a domain that starts so is fine", func(b *Box) provider.Result {
			m := email("k")
			m.To = "maria@bounce.example"
			return b.SendEmail(context.Background(), m)
		}, provider.Accepted, ""},
		{"…0199 is a number that does not exist", func(b *Box) provider.Result {
			return b.SendSMS(context.Background(), text("+13125550199"))
		}, provider.Refused, provider.NumberInvalid},
		{"other numbers are fine", func(b *Box) provider.Result {
			return b.SendSMS(context.Background(), text("+13125550198"))
		}, provider.Accepted, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := NewBox(nil)
			res := c.send(b)
			if res.Kind != c.kind || res.Problem != c.problem || (res.Err != nil) != (c.kind == provider.Refused) {
				t.Errorf("got %+v", res)
			}
			if kept := b.Messages(); len(kept) != 1 || kept[0].Problem != c.problem {
				t.Errorf("kept %+v", kept)
			}
		})
	}
}

func TestTheSameKeyKeepsOneMessage(t *testing.T) {
	b := NewBox(nil)
	first, second := b.SendEmail(t.Context(), email("k")), b.SendEmail(t.Context(), email("k"))
	if first != second || len(b.Messages()) != 1 {
		t.Errorf("got %+v and %+v, kept %d", first, second, len(b.Messages()))
	}
	other := email("k")
	other.Text += "."
	if res := b.SendEmail(t.Context(), other); res.Kind != provider.Refused {
		t.Errorf("another content: %+v", res)
	}
	b.SendSMS(t.Context(), text("+13125550123"))
	b.SendSMS(t.Context(), text("+13125550123"))
	if n := len(b.Messages()); n != 3 {
		t.Errorf("texts have no key: %d messages are kept", n)
	}
}

func TestOnlyTheLast500AreKept(t *testing.T) {
	b := NewBox(nil)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 150 {
				b.SendEmail(context.Background(), email(fmt.Sprintf("k%d-%d", worker, i)))
			}
		})
	}
	wg.Wait()
	kept := b.Messages()
	if len(kept) != Limit || kept[0].ID != "dev-600" || kept[Limit-1].ID != "dev-101" {
		t.Errorf("%d are kept, from %s to %s", len(kept), kept[len(kept)-1].ID, kept[0].ID)
	}
	if len(b.keys) != Limit {
		t.Errorf("%d keys are remembered", len(b.keys))
	}
}

func TestWaitReturnsTheMessageThatIsWantedOrTheEndOfPatience(t *testing.T) {
	b := NewBox(nil)
	go b.SendSMS(context.Background(), text("+13125550123"))
	k, err := b.Wait(t.Context(), func(k Kept) bool { return k.Channel == ChannelSMS })
	if err != nil || k.To != "+13125550123" {
		t.Errorf("got %+v, %v", k, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Wait(ctx, func(Kept) bool { return false }); err == nil {
		t.Errorf("it did not end")
	}
}

func TestThePageShowsWhatWasSent(t *testing.T) {
	b := NewBox(fixed)
	h := b.Handler()
	if page := body(t, get(t, h, Path)); !strings.Contains(page, "No messages yet.") {
		t.Errorf("an empty box says %s", page)
	}
	b.SendEmail(t.Context(), email("k1"))
	page := body(t, get(t, h, Path))
	for _, want := range []string{
		"Reset &lt;your&gt; password", "maria@example.com", `<iframe src="/dev/messages/dev-1/html"`,
		`<a href="` + link + `" target="_blank" rel="noreferrer">`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	b.SendSMS(t.Context(), text("+13125550199"))
	page = body(t, get(t, h, Path))
	for _, want := range []string{
		`class="bubble"`, "13125550199", "Refused: the number", `<a href="` + link + `" target="_blank" rel="noreferrer">`,
		`href="/dev/messages/dev-2" aria-current="page"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the newest message is not shown: %q is missing", want)
		}
	}
	if strings.Index(page, "dev-2") > strings.Index(page, "dev-1") {
		t.Errorf("the newest is not first")
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "style=") {
		t.Errorf("the page has inline code")
	}
}

func TestTheFrameShowsTheEmailAndNothingElse(t *testing.T) {
	b := NewBox(fixed)
	h := b.Handler()
	b.SendEmail(t.Context(), email("k1"))
	b.SendSMS(t.Context(), text("+13125550123"))
	resp := get(t, h, Path+"/dev-1/html")
	if got := body(t, resp); !strings.Contains(got, `<head><base target="_blank"><title>`) || !strings.Contains(got, link) {
		t.Errorf("got %s", got)
	}
	policy := resp.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'self'", "sandbox allow-popups allow-popups-to-escape-sandbox"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %q: %s", want, policy)
		}
	}
	if strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "allow-same-origin") {
		t.Errorf("the policy is too wide: %s", policy)
	}
	for _, path := range []string{"/dev-2/html", "/dev-9/html"} {
		if resp := get(t, h, Path+path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %d", path, resp.StatusCode)
		}
	}
}

func TestTheJSONHasEverythingNewestFirst(t *testing.T) {
	b := NewBox(fixed)
	h := b.Handler()
	read := func() []Kept {
		var out struct{ Messages []Kept }
		resp := get(t, h, Path+".json")
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || out.Messages == nil {
			t.Fatalf("got %v, %v", out, err)
		}
		return out.Messages
	}
	if n := len(read()); n != 0 {
		t.Errorf("an empty box has %d", n)
	}
	b.SendEmail(t.Context(), email("k1"))
	b.SendSMS(t.Context(), text("+13125550123"))
	if got := read(); len(got) != 2 || got[0].ID != "dev-2" || got[1].Links[0] != link {
		t.Errorf("got %+v", got)
	}
}

func TestEveryAnswerIsPrivate(t *testing.T) {
	b := NewBox(fixed)
	h := b.Handler()
	b.SendEmail(t.Context(), email("k1"))
	for path, kind := range map[string]string{
		Path: "text/html", Path + "/dev-1": "text/html", Path + "/dev-1/html": "text/html",
		Path + ".json": "application/json", Path + ".css": "text/css",
	} {
		resp := get(t, h, path)
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
		}
		for header, want := range map[string]string{
			"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		} {
			if got := resp.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q", path, header, got)
			}
		}
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "script-src") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
	}
	if resp := get(t, h, Path+"/dev-77"); resp.StatusCode != http.StatusNotFound || !strings.Contains(body(t, resp), "not kept any more") {
		t.Errorf("a forgotten message answers %d", resp.StatusCode)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, Path, nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d", w.Code)
	}
}

func TestLinksAreFoundAsPhonesFindThem(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"none", "Hello.", []string{}},
		{"a full stop behind is not part of it", "See https://a.example/r#x.", []string{"https://a.example/r#x"}},
		{"nor is a bracket around", "(https://a.example/r#x)", []string{"https://a.example/r#x"}},
		{"an ampersand is", "https://a.example/?a=1&b=2", []string{"https://a.example/?a=1&b=2"}},
		{"two are two", "https://a.example\nhttp://b.example", []string{"https://a.example", "http://b.example"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := links(c.text); !slices.Equal(got, c.want) {
				t.Errorf("got %q", got)
			}
			var whole strings.Builder
			for _, p := range pieces(c.text) {
				whole.WriteString(p.Text)
			}
			if whole.String() != c.text {
				t.Errorf("the pieces make %q", whole.String())
			}
		})
	}
}
