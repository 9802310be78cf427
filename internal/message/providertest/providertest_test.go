package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const goodEmail = `{"from":"Sunrise <a@b.example>","to":["maria@example.com"],"subject":"s","text":"t"}`
const goodText = `{"originator":"Sunrise","body":"b","recipients":["13125550123"],"reference":"r","validity":60,"datacoding":"plain","shortenUrls":false}`

type answer struct {
	status int
	body   map[string]any
	header http.Header
}

// post sends one request with the given headers, key and value in turn.
func post(t *testing.T, url, body string, headers ...string) (answer, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{status: resp.StatusCode}, err
	}
	out := answer{status: resp.StatusCode, header: resp.Header}
	_ = json.NewDecoder(bytes.NewReader(raw)).Decode(&out.body)
	return out, nil
}

func TestResendRefusesWhatTheRealOneRefuses(t *testing.T) {
	auth := []string{"Authorization", "Bearer " + ResendKey}
	for _, c := range []struct {
		name, path, body string
		headers          []string
		status           int
		code             string
	}{
		{"no key", "/emails", goodEmail, nil, 401, "missing_api_key"},
		{"a wrong key", "/emails", goodEmail, []string{"Authorization", "Bearer x"}, 403, "invalid_api_key"},
		{"another path", "/v1/emails", goodEmail, auth, 404, "not_found"},
		{"no JSON", "/emails", "from=x", auth, 422, "validation_error"},
		{"no recipient", "/emails", `{"from":"a@b.example","to":[],"subject":"s","text":"t"}`, auth, 422, "missing_required_field"},
		{"a recipient that is none", "/emails", `{"from":"a@b.example","to":["maria"],"subject":"s","text":"t"}`, auth, 422, "validation_error"},
		{"a sender that is none", "/emails", `{"from":"x","to":["a@b.example"],"subject":"s","text":"t"}`, auth, 422, "invalid_from_address"},
		{"a key that is too long", "/emails", goodEmail, append([]string{"Idempotency-Key", strings.Repeat("k", 257)}, auth...), 400, "invalid_idempotency_key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewResend(t)
			got, err := post(t, s.URL()+c.path, c.body, c.headers...)
			if err != nil || got.status != c.status || got.body["name"] != c.code {
				t.Errorf("got %+v, %v", got, err)
			}
			if len(s.Emails()) != 0 || len(s.Requests()) != 1 {
				t.Errorf("it took %d of %d", len(s.Emails()), len(s.Requests()))
			}
		})
	}
}

func TestResendTakesOneEmailPerKey(t *testing.T) {
	s := NewResend(t)
	send := func(body, key string) answer {
		got, err := post(t, s.URL()+"/emails", body, "Authorization", "Bearer "+ResendKey, "Idempotency-Key", key)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first, again, other := send(goodEmail, "k1"), send(goodEmail, "k1"), send(goodEmail, "k2")
	if first.status != 200 || first.body["id"] == "" || first.body["id"] != again.body["id"] || first.body["id"] == other.body["id"] {
		t.Errorf("got %+v, %+v and %+v", first, again, other)
	}
	if changed := send(strings.Replace(goodEmail, `"t"`, `"u"`, 1), "k1"); changed.status != 409 || changed.body["name"] != "invalid_idempotent_request" {
		t.Errorf("another body: %+v", changed)
	}
	if n := len(s.Emails()); n != 2 {
		t.Errorf("it took %d", n)
	}
}

func TestResendRefusesAKeyThatIsInUseAtThisMoment(t *testing.T) {
	s := NewResend(t)
	s.Next(Hang())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := post(t, s.URL()+"/emails", goodEmail, "Authorization", "Bearer "+ResendKey, "Idempotency-Key", "k"); err == nil {
			t.Errorf("a request that hung was answered")
		}
	})
	if err := s.wait(t.Context(), func() bool { return s.keys["k"] != nil }); err != nil {
		t.Fatal(err)
	}
	got, err := post(t, s.URL()+"/emails", goodEmail, "Authorization", "Bearer "+ResendKey, "Idempotency-Key", "k")
	if err != nil || got.status != 409 || got.body["name"] != "concurrent_idempotent_requests" {
		t.Errorf("got %+v, %v", got, err)
	}
	s.Release()
	wg.Wait()
}

func TestMessageBirdRefusesWhatTheRealOneRefuses(t *testing.T) {
	auth := []string{"Authorization", "AccessKey " + MessageBirdKey}
	for _, c := range []struct {
		name, path, body string
		headers          []string
		status           int
		code             float64
	}{
		{"no key", "/messages", goodText, nil, 401, 2},
		{"another path", "/sms", goodText, auth, 404, 98},
		{"no JSON", "/messages", "body=x", auth, 400, 21},
		{"no originator", "/messages", `{"body":"b","recipients":["13125550123"]}`, auth, 422, 9},
		{"no recipient", "/messages", `{"originator":"S","body":"b","recipients":[]}`, auth, 422, 9},
		{"a recipient that is none", "/messages", `{"originator":"S","body":"b","recipients":["maria"]}`, auth, 422, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewMessageBird(t)
			got, err := post(t, s.URL()+c.path, c.body, c.headers...)
			if err != nil || got.status != c.status {
				t.Fatalf("got %+v, %v", got, err)
			}
			first, _ := got.body["errors"].([]any)
			if len(first) != 1 || first[0].(map[string]any)["code"] != c.code {
				t.Errorf("got %+v", got.body)
			}
			if len(s.Texts()) != 0 {
				t.Errorf("it took %d", len(s.Texts()))
			}
		})
	}
}

func TestMessageBirdTakesWhatItIsSentAsOftenAsItIsSent(t *testing.T) {
	s := NewMessageBird(t)
	for range 2 {
		got, err := post(t, s.URL()+"/messages", goodText, "Authorization", "AccessKey "+MessageBirdKey)
		if err != nil || got.status != 201 || got.body["reference"] != "r" {
			t.Fatalf("got %+v, %v", got, err)
		}
		recipients := got.body["recipients"].(map[string]any)
		item := recipients["items"].([]any)[0].(map[string]any)
		if recipients["totalSentCount"] != 1.0 || item["recipient"] != 13125550123.0 || item["status"] != "sent" {
			t.Errorf("recipients: %+v", recipients)
		}
	}
	texts, err := s.WaitTexts(t.Context(), 2)
	if err != nil || len(texts) != 2 || texts[0].ID == texts[1].ID || texts[0].To != "+13125550123" || texts[0].Validity != time.Minute {
		t.Errorf("it took %+v, %v", texts, err)
	}
}

func TestEachMisbehaviourIsWhatItSays(t *testing.T) {
	for _, c := range []struct {
		name      string
		behaviour Behaviour
		taken     int
		status    int
		broken    bool
	}{
		{"taking", Take(), 1, 201, false},
		{"a server error", ServerError(), 0, 500, false},
		{"a rate limit", RateLimit(5 * time.Second), 0, 429, false},
		{"garbage", Garbage(), 1, 200, false},
		{"a flood", Flood(), 1, 200, false},
		{"a redirect", Redirect("https://elsewhere.example/"), 0, 307, false},
		{"an error of the service", MessageBirdError(422, 25, "Not enough balance", ""), 0, 422, false},
		{"a cut", Cut(), 0, 0, true},
		{"a cut after taking", TakeAndCut(), 1, 0, true},
		{"half an answer after taking", TakeAndTruncate(), 1, 200, true},
		{"taken and not delivered", TakeAndFail("expired", 0), 1, 201, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewMessageBird(t)
			s.Next(c.behaviour)
			got, err := post(t, s.URL()+"/messages", goodText, "Authorization", "AccessKey "+MessageBirdKey)
			if (err != nil) != c.broken || got.status != c.status || len(s.Texts()) != c.taken {
				t.Errorf("got %+v, %v; it took %d", got, err, len(s.Texts()))
			}
			if c.status == 429 && got.header.Get("Retry-After") != "5" {
				t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
			}
			if got, err := post(t, s.URL()+"/messages", goodText, "Authorization", "AccessKey "+MessageBirdKey); err != nil || got.status != 201 {
				t.Errorf("the request after it: %+v, %v", got, err)
			}
		})
	}
}

func TestClosingEndsWhatHangsAndCanBeRepeated(t *testing.T) {
	s := NewMessageBird(nil)
	s.Always(TakeAndHang())
	done := make(chan error, 1)
	go func() {
		_, err := post(t, s.URL()+"/messages", goodText, "Authorization", "AccessKey "+MessageBirdKey)
		done <- err
	}()
	if _, err := s.WaitTexts(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s.Close()
	if err := <-done; err == nil {
		t.Errorf("a request that hung was answered")
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	s := NewResend(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.WaitEmails(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestHalfARequestIsNone(t *testing.T) {
	s := NewResend(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /emails HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{\"from\":"); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); len(got) != 0 {
		t.Errorf("half a request was answered: %q, %v", got, err)
	}
	if len(s.Requests()) != 0 || len(s.Emails()) != 0 {
		t.Errorf("half a request counts: %d requests, %d e-mails", len(s.Requests()), len(s.Emails()))
	}
}
