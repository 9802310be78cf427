package sms

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"officeportal/internal/message/provider"
	"officeportal/internal/message/providertest"
)

const public = "https://portal.example.com"

var reportTime = time.Date(2026, 3, 3, 20, 14, 0, 0, time.UTC)

// atServer is a request as the server has it: with a path and a query, and no origin.
func atServer(r *http.Request) *http.Request {
	out := httptest.NewRequest(r.Method, r.URL.RequestURI(), r.Body)
	out.Header = r.Header
	return out
}

func messageBirdReader(t testing.TB) *MessageBirdReports {
	t.Helper()
	m, err := NewMessageBirdReports(providertest.MessageBirdSecret, public)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func birdReader(t testing.TB) *BirdReports {
	t.Helper()
	b, err := NewBirdReports(providertest.BirdSecret, func() time.Time { return reportTime })
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMessageBirdsReportsAreReadForWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		status, reason string
		code           int
		stage          provider.Stage
		problem        provider.Problem
		mark           provider.Mark
	}{
		{"scheduled", "", 0, provider.Taken, "", ""},
		{"sent", "pending DLR", 0, provider.Taken, "", ""},
		{"buffered", "", 27, provider.Delayed, "", ""},
		{"delivered", "successfully delivered", 0, provider.Delivered, "", ""},
		{"expired", "", 0, provider.Undelivered, provider.PhoneUnreachable, ""},
		{"expired", "DLR not received", 0, provider.Undelivered, provider.PhoneUnreachable, ""},
		{"delivery_failed", "unknown subscriber", 1, provider.Undelivered, provider.NumberInvalid, ""},
		{"delivery_failed", "unknown subscriber", 9, provider.Undelivered, provider.NumberInvalid, ""},
		{"delivery_failed", "unavailable subscriber", 27, provider.Undelivered, provider.PhoneUnreachable, ""},
		{"delivery_failed", "opted out", 103, provider.Undelivered, provider.OptedOut, provider.StoppedTexts},
		{"delivery_failed", "", 103, provider.Undelivered, provider.OptedOut, provider.StoppedTexts},
		{"delivery_failed", "carrier rejected", 104, provider.Undelivered, provider.CarrierBlocked, ""},
		{"delivery_failed", "received network error", 34, provider.Undelivered, provider.ProviderError, ""},
		{"delivery_failed", "generic delivery failure", 0, provider.Undelivered, provider.ProviderError, ""},
	} {
		status := providertest.MessageBirdStatus("mb-1", "ref-1", c.status, c.reason, c.code, reportTime)
		in, err := messageBirdReader(t).Read(atServer(providertest.MessageBirdReport(public, public, status)))
		if err != nil {
			t.Errorf("%s: %v", c.status, err)
			continue
		}
		got := *in.Report
		want := provider.Report{Service: "messagebird", EventID: got.EventID, Kind: "sms." + c.status, Reference: "ref-1", ProviderID: "mb-1",
			Stage: c.stage, Problem: c.problem, Mark: c.mark, At: reportTime}
		if got != want || got.EventID == "" {
			t.Errorf("%s %s %d:\n got %+v\nwant %+v", c.status, c.reason, c.code, got, want)
		}
	}
}

func TestOnlyWhatMessageBirdSignedForThisAddressIsTaken(t *testing.T) {
	status := providertest.MessageBirdStatus("mb-1", "ref-1", "delivered", "", 0, reportTime)
	called := public + "/hooks/sms?" + status.Encode()
	request := func(key, address string, at time.Time, id string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "/hooks/sms?"+status.Encode(), nil)
		providertest.SignMessageBird(r, key, address, "", at, id)
		return r
	}
	now := time.Now()
	for name, c := range map[string]struct {
		req  *http.Request
		want error
	}{
		"as it came":      {request(providertest.MessageBirdSecret, called, now, "j"), nil},
		"another key":     {request("another", called, now, "j"), provider.ErrForged},
		"an empty key":    {request("", called, now, "j"), provider.ErrForged},
		"another origin":  {request(providertest.MessageBirdSecret, strings.Replace(called, "portal", "evil", 1), now, "j"), provider.ErrForged},
		"another query":   {request(providertest.MessageBirdSecret, called+"&x=1", now, "j"), provider.ErrForged},
		"expired":         {request(providertest.MessageBirdSecret, called, now.Add(-2*time.Minute), "j"), provider.ErrForged},
		"from the future": {request(providertest.MessageBirdSecret, called, now.Add(time.Minute), "j"), provider.ErrForged},
		"without a name":  {request(providertest.MessageBirdSecret, called, now, ""), provider.ErrForged},
		"a huge signature": {func() *http.Request {
			r := request(providertest.MessageBirdSecret, called, now, strings.Repeat("j", 4<<10))
			return r
		}(), provider.ErrForged},
		"two signatures": {func() *http.Request {
			r := request(providertest.MessageBirdSecret, called, now, "j")
			r.Header.Add(SignatureHeader, "x")
			return r
		}(), provider.ErrForged},
		"no algorithm": {func() *http.Request {
			r := request(providertest.MessageBirdSecret, called, now, "j")
			parts := strings.Split(r.Header.Get(SignatureHeader), ".")
			r.Header.Set(SignatureHeader, "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."+parts[1]+".")
			return r
		}(), provider.ErrForged},
		"with a body that is not signed": {func() *http.Request {
			r := request(providertest.MessageBirdSecret, called, now, "j")
			r.Body = http.NoBody
			r2 := httptest.NewRequest(http.MethodGet, "/hooks/sms?"+status.Encode(), strings.NewReader("x"))
			r2.Header = r.Header
			return r2
		}(), provider.ErrForged},
		"an absolute address of somebody else": {func() *http.Request {
			r := httptest.NewRequest(http.MethodGet, "https://evil.example/hooks/sms?"+status.Encode(), nil)
			providertest.SignMessageBird(r, providertest.MessageBirdSecret, "https://evil.example/hooks/sms?"+status.Encode(), "", now, "j")
			return r
		}(), provider.ErrForged},
	} {
		if _, err := messageBirdReader(t).Read(c.req); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestSTOPAndSTARTAreUnderstoodAloneAndInBothLanguages(t *testing.T) {
	for said, want := range map[string]provider.Reply{
		"STOP": {Stop: true}, " stop. ": {Stop: true}, "Stop All": {Stop: true}, "BAJA": {Stop: true}, "unsubscribe": {Stop: true},
		"START": {Start: true}, "Unstop": {Start: true}, "Sí": {Start: true},
	} {
		in, err := messageBirdReader(t).Read(atServer(providertest.MessageBirdReply(public, public, "+13125550123", said, reportTime)))
		if err != nil || in.Reply == nil || in.Reply.Stop != want.Stop || in.Reply.Start != want.Start || in.Reply.From != "+13125550123" ||
			!in.Reply.At.Equal(reportTime) || in.Reply.EventID == "" {
			t.Errorf("%q: %+v, %v", said, in.Reply, err)
		}
		event := map[string]any{"type": "sms.received", "timestamp": reportTime, "data": map[string]any{"from": "+13125550123", "text": said}}
		in, err = birdReader(t).Read(providertest.Standard(public+"/hooks/sms", "webhook-", providertest.BirdSecret, "msg_1", reportTime, event))
		if err != nil || in.Reply == nil || in.Reply.Stop != want.Stop || in.Reply.Start != want.Start {
			t.Errorf("bird %q: %+v, %v", said, in.Reply, err)
		}
	}
	for _, said := range []string{"please stop by the office", "thanks", "stop it", "don't stop"} {
		if _, err := messageBirdReader(t).Read(atServer(providertest.MessageBirdReply(public, public, "+13125550123", said, reportTime))); !errors.Is(err, provider.ErrIrrelevant) {
			t.Errorf("%q: %v", said, err)
		}
	}
}

func TestBirdsReportsAreReadForWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		kind, code, carrier string
		stage               provider.Stage
		problem             provider.Problem
		mark                provider.Mark
	}{
		{"sms.accepted", "", "", provider.Taken, "", ""},
		{"sms.sent", "", "", provider.Taken, "", ""},
		{"sms.delivered", "", "", provider.Delivered, "", ""},
		{"sms.undelivered", "unreachable", "", provider.Undelivered, provider.PhoneUnreachable, ""},
		{"sms.expired", "", "", provider.Undelivered, provider.PhoneUnreachable, ""},
		{"sms.rejected", "", "", provider.Undelivered, provider.CarrierBlocked, ""},
		{"sms.rejected", "recipient_opted_out", "", provider.Undelivered, provider.OptedOut, provider.StoppedTexts},
		{"sms.failed", "E12003", "103", provider.Undelivered, provider.OptedOut, provider.StoppedTexts},
		{"sms.failed", "E12003", "1", provider.Undelivered, provider.NumberInvalid, ""},
		{"sms.failed", "E12003", "104", provider.Undelivered, provider.CarrierBlocked, ""},
		{"sms.failed", "", "", provider.Undelivered, provider.ProviderError, ""},
	} {
		in, err := birdReader(t).Read(providertest.Standard(public+"/hooks/sms", "webhook-", providertest.BirdSecret, "msg_1", reportTime,
			providertest.BirdEvent(c.kind, "sms_1", "ref-1", reportTime, c.code, c.carrier)))
		if err != nil {
			t.Errorf("%s: %v", c.kind, err)
			continue
		}
		want := provider.Report{Service: "bird", EventID: "msg_1", Kind: c.kind, Reference: "ref-1", ProviderID: "sms_1",
			Stage: c.stage, Problem: c.problem, Mark: c.mark, At: reportTime}
		if *in.Report != want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.kind, *in.Report, want)
		}
	}
	old := providertest.Standard(public, "webhook-", providertest.BirdSecret, "m", reportTime.Add(-6*time.Minute), providertest.BirdEvent("sms.sent", "s", "r", reportTime, "", ""))
	if _, err := birdReader(t).Read(old); !errors.Is(err, provider.ErrForged) {
		t.Errorf("an old one: %v", err)
	}
}

func FuzzSMSReports(f *testing.F) {
	f.Add("id=1&reference=r&status=delivered&statusDatetime=2026-03-03T20:14:00+00:00", `{"type":"sms.delivered","data":{"sms_id":"s"}}`)
	f.Add("originator=13125550123&body=STOP", `{"type":"sms.received","data":{"from":"+13125550123","text":"stop"}}`)
	f.Add("status=%zz&id=%", `{"type":"sms.failed","data":{"metadata":{"message":7},"error":{}}}`)
	f.Fuzz(func(t *testing.T, query, body string) {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/hooks/sms", RawQuery: query}, Header: http.Header{}, Body: http.NoBody}
		providertest.SignMessageBird(r, providertest.MessageBirdSecret, public+r.URL.String(), "", time.Now(), "j")
		for _, read := range []func() (provider.Incoming, error){
			func() (provider.Incoming, error) { return messageBirdReader(t).Read(r) },
			func() (provider.Incoming, error) {
				return birdReader(t).Read(providertest.StandardRaw(public, "webhook-", providertest.BirdSecret, "m", reportTime, body))
			},
		} {
			in, err := read()
			if (err == nil) != (in.Report != nil || in.Reply != nil) {
				t.Fatalf("%+v with %v", in, err)
			}
			if in.Report != nil && (in.Report.EventID == "" || in.Report.Stage == provider.None || in.Report.Reference+in.Report.ProviderID == "") {
				t.Fatalf("half a report: %+v", in.Report)
			}
		}
	})
}
