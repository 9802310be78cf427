package email

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"officeportal/internal/message/internal/wire"
	"officeportal/internal/message/provider"
	"officeportal/internal/message/providertest"
	"officeportal/internal/wait"
)

const secret = "mfrggzdfmztwq2lknnwg23tpoa"

func letter() provider.Email {
	return provider.Email{
		FromName: "Sunrise Gymnastics", From: "portal@sunrise.example", ReplyTo: "office@sunrise.example",
		To: "maria@example.com", Subject: "Reset your password",
		Text: "https://portal.example.com/r#" + secret, HTML: "<a href=\"https://portal.example.com/r#" + secret + "\">go</a>",
		IdempotencyKey: "reset/msg_1",
	}
}

func sender(t *testing.T, url string) *Resend {
	t.Helper()
	r, err := NewResend(providertest.ResendKey, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.transport.(*http.Transport).CloseIdleConnections)
	return r
}

// noSecret fails when a result could carry the message into a log.
func noSecret(t *testing.T, res provider.Result) {
	t.Helper()
	if res.Err == nil {
		return
	}
	var known *provider.Error
	if !errors.As(res.Err, &known) {
		t.Errorf("the error is a %T", res.Err)
	}
	for _, planted := range []string{secret, "maria", "portal.example", providertest.ResendKey, "msg_1"} {
		if strings.Contains(res.Err.Error(), planted) {
			t.Errorf("the error holds %q: %v", planted, res.Err)
		}
	}
}

func TestAnEmailArrivesAsItWasWritten(t *testing.T) {
	service := providertest.NewResend(t)
	res := sender(t, service.URL()).SendEmail(t.Context(), letter())
	if res.Kind != provider.Accepted || res.ProviderID == "" || res.Err != nil || res.Problem != "" {
		t.Fatalf("got %+v", res)
	}
	taken := service.Emails()
	if len(taken) != 1 {
		t.Fatalf("%d e-mails were taken", len(taken))
	}
	want := letter()
	got := taken[0]
	if got.ID != res.ProviderID || got.IdempotencyKey != want.IdempotencyKey || got.To != want.To ||
		got.From != "Sunrise Gymnastics <portal@sunrise.example>" || got.ReplyTo != want.ReplyTo ||
		got.Subject != want.Subject || got.Text != want.Text || got.HTML != want.HTML {
		t.Errorf("taken: %+v", got)
	}
}

func TestEveryAnswerHasItsOutcome(t *testing.T) {
	for _, c := range []struct {
		name      string
		behaviour providertest.Behaviour
		kind      provider.Kind
		problem   provider.Problem
		class     provider.Class
		status    int
		wait      time.Duration
	}{
		{"too many requests are tried again after the wish", providertest.RateLimit(7 * time.Second),
			provider.NotSent, provider.ProviderError, provider.ClassRateLimit, 429, 7 * time.Second},
		{"a server error is tried again", providertest.ServerError(),
			provider.Unknown, provider.ProviderError, provider.ClassServer, 500, 0},
		{"a gateway error is tried again", providertest.Status(502, "text/html", "bad gateway "+secret),
			provider.Unknown, provider.ProviderError, provider.ClassServer, 502, 0},
		{"a success that is no JSON is tried again, the key makes it harmless", providertest.Garbage(),
			provider.Unknown, provider.ProviderError, provider.ClassGarbage, 200, 0},
		{"a success without an id is tried again", providertest.Status(200, "application/json", `{}`),
			provider.Unknown, provider.ProviderError, provider.ClassGarbage, 200, 0},
		{"an endless answer is not read to its end", providertest.Flood(),
			provider.Unknown, provider.ProviderError, provider.ClassGarbage, 200, 0},
		{"a connection closed without an answer is tried again", providertest.Cut(),
			provider.Unknown, provider.ProviderError, provider.ClassBroken, 0, 0},
		{"half an answer is tried again", providertest.TakeAndTruncate(),
			provider.Unknown, provider.ProviderError, provider.ClassBroken, 200, 0},
		{"another content under the same key is useless to retry",
			providertest.ResendError(409, "invalid_idempotent_request", "differs "+secret),
			provider.Refused, provider.ProviderError, provider.ClassConflict, 409, 0},
		{"a request still running under the same key is tried again",
			providertest.ResendError(409, "concurrent_idempotent_requests", "in progress "+secret),
			provider.Unknown, provider.ProviderError, provider.ClassInFlight, 409, 0},
		{"an address the service does not take is the address's problem",
			providertest.ResendError(422, "validation_error", "Invalid `to` field. maria@example.com"),
			provider.Refused, provider.AddressNotFound, provider.ClassRecipient, 422, 0},
		{"any other invalid field is ours", providertest.ResendError(422, "validation_error", "Invalid `from` field."),
			provider.Refused, provider.ProviderError, provider.ClassRejected, 422, 0},
		{"a domain that is not verified is a matter of credentials",
			providertest.ResendError(403, "validation_error", "The domain is not verified. "+secret),
			provider.Refused, provider.ProviderError, provider.ClassCredentials, 403, 0},
		{"a refusal that is no JSON stays a refusal", providertest.Status(400, "text/html", "<h1>no</h1> "+secret),
			provider.Refused, provider.ProviderError, provider.ClassRejected, 400, 0},
		{"a proxy that gave up waiting is tried again", providertest.Status(408, "text/html", ""),
			provider.Unknown, provider.ProviderError, provider.ClassTimeout, 408, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			service := providertest.NewResend(t)
			service.Always(c.behaviour)
			res := sender(t, service.URL()).SendEmail(t.Context(), letter())
			var err *provider.Error
			if !errors.As(res.Err, &err) {
				t.Fatalf("got %+v", res)
			}
			if res.Kind != c.kind || res.Problem != c.problem || res.RetryAfter != c.wait ||
				err.Class != c.class || err.Status != c.status || res.ProviderID != "" {
				t.Errorf("got %+v with %v", res, err)
			}
			noSecret(t, res)
			if n := len(service.Requests()); n != 1 {
				t.Errorf("%d requests were made", n)
			}
		})
	}
}

func TestAHangingServiceIsLeftAfterTheTimeout(t *testing.T) {
	service := providertest.NewResend(t)
	service.Always(providertest.TakeAndHang())
	r := sender(t, service.URL())
	r.timeout = 50 * time.Millisecond
	res := r.SendEmail(t.Context(), letter())
	var err *provider.Error
	if res.Kind != provider.Unknown || !errors.As(res.Err, &err) || err.Class != provider.ClassTimeout {
		t.Errorf("got %+v", res)
	}
	noSecret(t, res)
}

func TestTheCallerCanEndAnAttempt(t *testing.T) {
	service := providertest.NewResend(t)
	service.Always(providertest.Hang())
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = service.WaitRequests(ctx, 1)
		cancel()
	}()
	res := sender(t, service.URL()).SendEmail(ctx, letter())
	if res.Kind != provider.Unknown {
		t.Errorf("got %+v", res)
	}
	noSecret(t, res)
}

func TestASecondAttemptMakesNoSecondEmail(t *testing.T) {
	for _, c := range []struct {
		name  string
		first providertest.Behaviour
	}{
		{"after a hang-up behind the taking", providertest.TakeAndCut()},
		{"after half an answer", providertest.TakeAndTruncate()},
		{"after an answer nobody could read", providertest.Garbage()},
		{"after a success that was understood", providertest.Take()},
	} {
		t.Run(c.name, func(t *testing.T) {
			service := providertest.NewResend(t)
			service.Next(c.first)
			r := sender(t, service.URL())
			r.SendEmail(t.Context(), letter())
			// as long as the service has the first one in its hands, it says so
			var res provider.Result
			wait.For(t, 10*time.Second, "the second attempt to be answered", func() bool {
				res = r.SendEmail(t.Context(), letter())
				return res.Kind == provider.Accepted
			})
			if taken := service.Emails(); len(taken) != 1 || taken[0].ID != res.ProviderID {
				t.Errorf("%d e-mails were taken", len(taken))
			}
		})
	}
}

func TestAnotherContentUnderTheSameKeyIsRefusedByTheService(t *testing.T) {
	service := providertest.NewResend(t)
	r := sender(t, service.URL())
	r.SendEmail(t.Context(), letter())
	other := letter()
	other.Text += " "
	if res := r.SendEmail(t.Context(), other); res.Kind != provider.Refused || res.Problem != provider.ProviderError {
		t.Errorf("got %+v", res)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	var stranger atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stranger.Add(1) }))
	t.Cleanup(elsewhere.Close)
	service := providertest.NewResend(t)
	service.Always(providertest.Redirect(elsewhere.URL))
	res := sender(t, service.URL()).SendEmail(t.Context(), letter())
	if res.Kind != provider.NotSent || stranger.Load() != 0 {
		t.Errorf("got %+v, %d requests went elsewhere", res, stranger.Load())
	}
	noSecret(t, res)
}

func TestNobodyThereIsNotSent(t *testing.T) {
	service := providertest.NewResend(t)
	url := service.URL()
	service.Close()
	res := sender(t, url).SendEmail(t.Context(), letter())
	var err *provider.Error
	if res.Kind != provider.NotSent || !errors.As(res.Err, &err) || err.Class != provider.ClassConnect {
		t.Errorf("got %+v", res)
	}
	noSecret(t, res)
}

func TestAWrongKeyIsRefusedWithoutNamingIt(t *testing.T) {
	service := providertest.NewResend(t)
	r, err := NewResend("re_wrong_"+secret, service.URL())
	if err != nil {
		t.Fatal(err)
	}
	res := r.SendEmail(t.Context(), letter())
	if res.Kind != provider.Refused || res.Problem != provider.ProviderError {
		t.Errorf("got %+v", res)
	}
	noSecret(t, res)
}

func TestWhatCannotBeRightNeverLeaves(t *testing.T) {
	for _, c := range []struct {
		name    string
		with    func(*provider.Email)
		problem provider.Problem
	}{
		{"two recipients", func(m *provider.Email) { m.To = "a@example.com, b@example.com" }, provider.AddressNotFound},
		{"a recipient with a display name", func(m *provider.Email) { m.To = "Maria <maria@example.com>" }, provider.AddressNotFound},
		{"a recipient with a line break", func(m *provider.Email) { m.To = "maria@example.com\r\nBcc: x@example.com" }, provider.AddressNotFound},
		{"no recipient", func(m *provider.Email) { m.To = "" }, provider.AddressNotFound},
		{"no key", func(m *provider.Email) { m.IdempotencyKey = "" }, provider.ProviderError},
		{"a key that is too long", func(m *provider.Email) { m.IdempotencyKey = strings.Repeat("k", 257) }, provider.ProviderError},
		{"a sender that is no address", func(m *provider.Email) { m.From = "Sunrise" }, provider.ProviderError},
		{"an answer address that is none", func(m *provider.Email) { m.ReplyTo = "x" }, provider.ProviderError},
	} {
		t.Run(c.name, func(t *testing.T) {
			service := providertest.NewResend(t)
			m := letter()
			c.with(&m)
			res := sender(t, service.URL()).SendEmail(t.Context(), m)
			if res.Kind != provider.Refused || res.Problem != c.problem || len(service.Requests()) != 0 {
				t.Errorf("got %+v after %d requests", res, len(service.Requests()))
			}
			noSecret(t, res)
		})
	}
}

func TestTheSenderIsWrittenAsOneMailbox(t *testing.T) {
	for _, c := range []struct{ name, display, want string }{
		{"no name leaves the address", "", "a@b.example"},
		{"letters of any script stay", "体操 Élite", "体操 Élite <a@b.example>"},
		{"special characters are quoted", `Kids, "Swim" & Co. \o/`, `"Kids, \"Swim\" & Co. \\o/" <a@b.example>`},
		{"a line break becomes a blank", "Sun\nrise", "Sun rise <a@b.example>"},
		{"an address in the name stays a name", "x@evil.example", `"x@evil.example" <a@b.example>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := mailbox(c.display, "a@b.example"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTheAddressOfTheServiceIsChecked(t *testing.T) {
	for _, url := range []string{"api.resend.com", "ftp://api.resend.com", "https://", "https://u:p@api.example", "https://a.example/?k=1", "://"} {
		if _, err := NewResend("key", url); !errors.Is(err, wire.ErrBadURL) {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := NewResend(" ", ""); !errors.Is(err, ErrNoKey) {
		t.Errorf("no key: %v", err)
	}
	t.Setenv("RESEND_BASE_URL", "https://evil.example/")
	r, err := NewResend("key", "")
	if err != nil || r.base.String() != DefaultURL {
		t.Errorf("by default it is %v (%v)", r.base, err)
	}
}

func TestAPathInTheAddressIsKept(t *testing.T) {
	var path atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path.Store(r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id":"x"}`))
	}))
	t.Cleanup(proxy.Close)
	if res := sender(t, proxy.URL+"/v1").SendEmail(t.Context(), letter()); res.Kind != provider.Accepted {
		t.Fatalf("got %+v", res)
	}
	if path.Load() != "/v1/emails" {
		t.Errorf("it asked for %v", path.Load())
	}
}
