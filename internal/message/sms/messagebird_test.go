package sms

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"officeportal/internal/message/internal/wire"
	"officeportal/internal/message/provider"
	"officeportal/internal/message/providertest"
)

const secret = "mfrggzdfmztwq2lknnwg23tpoa"

func text() provider.SMS {
	return provider.SMS{
		Originator: "Sunrise", To: "+13125550123", Reference: "msg_1", Validity: 30 * time.Minute,
		Body: "Sunrise: choose a new password: https://portal.example.com/r#" + secret + " Expires 2:44 PM.",
	}
}

func sender(t *testing.T, url string) *MessageBird {
	t.Helper()
	m, err := NewMessageBird(providertest.MessageBirdKey, url, "https://portal.example.com/hooks/sms")
	if err != nil {
		t.Fatal(err)
	}
	return m
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
	for _, planted := range []string{secret, "3125550123", "portal.example", providertest.MessageBirdKey, "msg_1"} {
		if strings.Contains(res.Err.Error(), planted) {
			t.Errorf("the error holds %q: %v", planted, res.Err)
		}
	}
}

func TestATextArrivesAsItWasWritten(t *testing.T) {
	service := providertest.NewMessageBird(t)
	res := sender(t, service.URL()).SendSMS(t.Context(), text())
	if res.Kind != provider.Accepted || res.Err != nil || res.Problem != "" {
		t.Fatalf("got %+v", res)
	}
	taken := service.Texts()
	if len(taken) != 1 {
		t.Fatalf("%d texts were taken", len(taken))
	}
	want := providertest.SMS{
		ID: res.ProviderID, Originator: "Sunrise", To: "+13125550123", Body: text().Body, Reference: "msg_1",
		DataCoding: "plain", ReportURL: "https://portal.example.com/hooks/sms", Validity: 30 * time.Minute,
	}
	if taken[0] != want {
		t.Errorf("got  %+v\nwant %+v", taken[0], want)
	}
}

func TestEveryAnswerHasItsOutcome(t *testing.T) {
	for _, c := range []struct {
		name      string
		behaviour providertest.Behaviour
		kind      provider.Kind
		problem   provider.Problem
		want      provider.Error
		wait      time.Duration
	}{
		{"too many requests may be tried again", providertest.RateLimit(3 * time.Second),
			provider.NotSent, provider.ProviderError, provider.Error{Class: provider.ClassRateLimit, Status: 429}, 3 * time.Second},
		{"a server error is no clear answer", providertest.ServerError(),
			provider.Unknown, provider.ProviderError, provider.Error{Class: provider.ClassServer, Status: 500}, 0},
		{"neither is one that quotes the text", providertest.Status(503, "text/html", text().Body),
			provider.Unknown, provider.ProviderError, provider.Error{Class: provider.ClassServer, Status: 503}, 0},
		{"a success that is no JSON is no clear answer", providertest.Garbage(),
			provider.Unknown, provider.ProviderError, provider.Error{Class: provider.ClassGarbage, Status: 200}, 0},
		{"a success of another shape is no clear answer", providertest.Status(200, "application/json", `{"id":7,"body":"`+secret+`"}`),
			provider.Unknown, provider.ProviderError, provider.Error{Class: provider.ClassGarbage, Status: 200}, 0},
		{"a success without an id is no clear answer", providertest.Status(200, "application/json", `{}`),
			provider.Unknown, provider.ProviderError, provider.Error{Class: provider.ClassGarbage, Status: 200}, 0},
		{"a success without anything is no clear answer", providertest.Status(204, "application/json", ""),
			provider.Unknown, provider.ProviderError, provider.Error{Class: provider.ClassGarbage, Status: 204}, 0},
		{"an endless answer is not read to its end", providertest.Flood(),
			provider.Unknown, provider.ProviderError, provider.Error{Class: provider.ClassGarbage, Status: 200}, 0},
		{"accepted, then hung up, is no clear answer", providertest.TakeAndCut(),
			provider.Unknown, provider.ProviderError, provider.Error{Class: provider.ClassBroken}, 0},
		{"half an answer is no clear answer", providertest.TakeAndTruncate(),
			provider.Unknown, provider.ProviderError, provider.Error{Class: provider.ClassBroken, Status: 200}, 0},
		{"no balance at the service is refused", providertest.MessageBirdError(402, 25, "Not enough balance", ""),
			provider.Refused, provider.ProviderError, provider.Error{Class: provider.ClassBalance, Status: 402, Code: 25}, 0},
		{"a number it does not take is the number's problem",
			providertest.MessageBirdError(422, 9, "no (correct) recipients found: 13125550123", "recipients"),
			provider.Refused, provider.NumberInvalid, provider.Error{Class: provider.ClassRecipient, Status: 422, Code: 9}, 0},
		{"an originator it does not take is ours", providertest.MessageBirdError(422, 10, "originator is invalid "+secret, "originator"),
			provider.Refused, provider.ProviderError, provider.Error{Class: provider.ClassRejected, Status: 422, Code: 10}, 0},
		{"a refusal that is no JSON stays a refusal", providertest.Status(403, "text/html", "blocked: "+text().Body),
			provider.Refused, provider.ProviderError, provider.Error{Class: provider.ClassCredentials, Status: 403}, 0},
		{"a proxy that gave up waiting is no clear answer", providertest.Status(408, "text/html", ""),
			provider.Unknown, provider.ProviderError, provider.Error{Class: provider.ClassTimeout, Status: 408}, 0},
		{"taken and at once not delivered is refused", providertest.TakeAndFail("subscriber opted out", 103),
			provider.Refused, provider.OptedOut, provider.Error{Class: provider.ClassRecipient, Status: 201, Code: 103}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			service := providertest.NewMessageBird(t)
			service.Always(c.behaviour)
			res := sender(t, service.URL()).SendSMS(t.Context(), text())
			var err *provider.Error
			if !errors.As(res.Err, &err) {
				t.Fatalf("got %+v", res)
			}
			c.want.Service = "messagebird"
			if res.Kind != c.kind || res.Problem != c.problem || res.RetryAfter != c.wait || *err != c.want || res.ProviderID != "" {
				t.Errorf("got %+v with %+v", res, *err)
			}
			noSecret(t, res)
			if n := len(service.Requests()); n != 1 {
				t.Errorf("%d requests were made", n)
			}
		})
	}
}

func TestAHangingServiceLeavesTheOutcomeUnknown(t *testing.T) {
	service := providertest.NewMessageBird(t)
	service.Always(providertest.TakeAndHang())
	m := sender(t, service.URL())
	m.timeout = 50 * time.Millisecond
	res := m.SendSMS(t.Context(), text())
	var err *provider.Error
	if res.Kind != provider.Unknown || !errors.As(res.Err, &err) || err.Class != provider.ClassTimeout {
		t.Errorf("got %+v", res)
	}
	noSecret(t, res)
}

func TestTheCallersContextReachesTheRequest(t *testing.T) {
	service := providertest.NewMessageBird(t)
	service.Always(providertest.Hang())
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = service.WaitRequests(ctx, 1)
		cancel()
	}()
	res := sender(t, service.URL()).SendSMS(ctx, text())
	if res.Kind != provider.Unknown {
		t.Errorf("got %+v", res)
	}
	noSecret(t, res)
}

func TestWithoutAConnectionTheTextCertainlyWasNotSent(t *testing.T) {
	t.Run("nobody listens", func(t *testing.T) {
		service := providertest.NewMessageBird(t)
		url := service.URL()
		service.Close()
		res := sender(t, url).SendSMS(t.Context(), text())
		var err *provider.Error
		if res.Kind != provider.NotSent || !errors.As(res.Err, &err) || err.Class != provider.ClassConnect {
			t.Errorf("got %+v", res)
		}
		noSecret(t, res)
	})
	t.Run("the time was over before", func(t *testing.T) {
		service := providertest.NewMessageBird(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if res := sender(t, service.URL()).SendSMS(ctx, text()); res.Kind != provider.NotSent || len(service.Requests()) != 0 {
			t.Errorf("got %+v after %d requests", res, len(service.Requests()))
		}
	})
	t.Run("the other side speaks no TLS", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Write([]byte("hello\n"))
				_ = conn.Close()
			}
		}()
		res := sender(t, "https://"+listener.Addr().String()).SendSMS(t.Context(), text())
		if res.Kind != provider.NotSent {
			t.Errorf("got %+v", res)
		}
		noSecret(t, res)
	})
}

func TestARedirectIsNotFollowed(t *testing.T) {
	var stranger atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stranger.Add(1) }))
	t.Cleanup(elsewhere.Close)
	service := providertest.NewMessageBird(t)
	service.Always(providertest.Redirect(elsewhere.URL))
	res := sender(t, service.URL()).SendSMS(t.Context(), text())
	if res.Kind != provider.Unknown || stranger.Load() != 0 {
		t.Errorf("got %+v, %d requests went elsewhere", res, stranger.Load())
	}
	noSecret(t, res)
}

func TestAWrongKeyIsRefusedWithoutNamingIt(t *testing.T) {
	service := providertest.NewMessageBird(t)
	m, err := NewMessageBird("wrong_"+secret, service.URL(), "")
	if err != nil {
		t.Fatal(err)
	}
	res := m.SendSMS(t.Context(), text())
	var known *provider.Error
	if res.Kind != provider.Refused || !errors.As(res.Err, &known) || known.Class != provider.ClassCredentials {
		t.Errorf("got %+v", res)
	}
	noSecret(t, res)
}

func TestWhatCannotBeRightNeverLeaves(t *testing.T) {
	for _, c := range []struct {
		name    string
		with    func(*provider.SMS)
		problem provider.Problem
	}{
		{"two recipients", func(s *provider.SMS) { s.To = "+13125550123,+13125550124" }, provider.NumberInvalid},
		{"a national number", func(s *provider.SMS) { s.To = "3125550123" }, provider.NumberInvalid},
		{"no number", func(s *provider.SMS) { s.To = "" }, provider.NumberInvalid},
		{"no text", func(s *provider.SMS) { s.Body = "" }, provider.ProviderError},
		{"no reference, so no report", func(s *provider.SMS) { s.Reference = "" }, provider.ProviderError},
		{"an originator of twelve letters", func(s *provider.SMS) { s.Originator = "SunriseGymna" }, provider.ProviderError},
		{"no originator", func(s *provider.SMS) { s.Originator = "" }, provider.ProviderError},
	} {
		t.Run(c.name, func(t *testing.T) {
			service := providertest.NewMessageBird(t)
			sms := text()
			c.with(&sms)
			res := sender(t, service.URL()).SendSMS(t.Context(), sms)
			if res.Kind != provider.Refused || res.Problem != c.problem || len(service.Requests()) != 0 {
				t.Errorf("got %+v after %d requests", res, len(service.Requests()))
			}
			noSecret(t, res)
		})
	}
}

func TestReportProblem(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		code         int
		want         provider.Problem
	}{
		{"an opt-out by code", "", 103, provider.OptedOut},
		{"an opt-out in words", "subscriber opted out", 0, provider.OptedOut},
		{"an unknown number by code", "", 1, provider.NumberInvalid},
		{"an unknown number in words", "Unknown subscriber", 0, provider.NumberInvalid},
		{"a phone that is off", "unavailable subscriber", 0, provider.PhoneUnreachable},
		{"a text nobody fetched in time", "expired", 0, provider.PhoneUnreachable},
		{"a carrier that says no", "carrier rejected", 0, provider.CarrierBlocked},
		{"anything else is the service's", "generic delivery failure", 0, provider.ProviderError},
		{"nothing at all is the service's", "", 0, provider.ProviderError},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ReportProblem(c.reason, c.code); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTheAddressOfTheServiceIsChecked(t *testing.T) {
	if _, err := NewMessageBird("key", "rest.example.com", ""); !errors.Is(err, wire.ErrBadURL) {
		t.Errorf("got %v", err)
	}
	if _, err := NewMessageBird("", "", ""); !errors.Is(err, ErrNoKey) {
		t.Errorf("no key: %v", err)
	}
	m, err := NewMessageBird("key", "", "")
	if err != nil || m.base.Host != "rest.messagebird.com" || m.base.Scheme != "https" {
		t.Errorf("by default it is %v (%v)", m.base, err)
	}
}
