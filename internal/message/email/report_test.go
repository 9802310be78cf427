package email

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/resend/resend-go/v2"

	"officeportal/internal/message/provider"
	"officeportal/internal/message/providertest"
)

var reportTime = time.Date(2026, 3, 3, 20, 14, 0, 0, time.UTC)

func reader(t testing.TB) *Reports {
	t.Helper()
	r, err := NewReports(providertest.ResendSecret, func() time.Time { return reportTime })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReportsAreReadForWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		kind    string
		more    map[string]any
		stage   provider.Stage
		problem provider.Problem
		mark    provider.Mark
	}{
		{"email.sent", nil, provider.Taken, "", ""},
		{"email.delivery_delayed", nil, provider.Delayed, "", ""},
		{"email.delivered", nil, provider.Delivered, "", ""},
		{"email.complained", nil, provider.Delivered, "", provider.Complained},
		{"email.failed", nil, provider.Failed, provider.ProviderError, ""},
		{"email.suppressed", nil, provider.Undelivered, provider.Suppressed, provider.SuppressedThere},
		{"email.bounced", providertest.Bounce("Permanent", "General"), provider.Undelivered, provider.AddressNotFound, provider.Bounced},
		{"email.bounced", providertest.Bounce("Permanent", "NoEmail"), provider.Undelivered, provider.AddressNotFound, provider.Bounced},
		{"email.bounced", providertest.Bounce("Permanent", "Suppressed"), provider.Undelivered, provider.Suppressed, provider.SuppressedThere},
		{"email.bounced", providertest.Bounce("Permanent", "OnAccountSuppressionList"), provider.Undelivered, provider.Suppressed, provider.SuppressedThere},
		{"email.bounced", providertest.Bounce("Transient", "MailboxFull"), provider.Undelivered, provider.MailboxUnavailable, ""},
		{"email.bounced", providertest.Bounce("Transient", "ContentRejected"), provider.Undelivered, provider.RejectedAsSpam, ""},
		{"email.bounced", providertest.Bounce("Undetermined", "Undetermined"), provider.Undelivered, provider.MailboxUnavailable, ""},
		{"email.bounced", nil, provider.Undelivered, provider.MailboxUnavailable, ""},
	} {
		at := reportTime.Add(-27 * time.Hour) // late, and signed anew
		event := providertest.ResendEvent(c.kind, "em_1", "ref-1", at, c.more)
		in, err := reader(t).Read(providertest.Standard("http://portal/hooks/email", "svix-", providertest.ResendSecret, "msg_1", reportTime, event))
		if err != nil || in.Reply != nil {
			t.Errorf("%s: %v", c.kind, err)
			continue
		}
		want := provider.Report{Service: "resend", EventID: "msg_1", Kind: c.kind, Reference: "ref-1", ProviderID: "em_1",
			Stage: c.stage, Problem: c.problem, Mark: c.mark, At: at}
		if *in.Report != want {
			t.Errorf("%s %v:\n got %+v\nwant %+v", c.kind, c.more, *in.Report, want)
		}
	}
}

func TestTagsAreReadInBothForms(t *testing.T) {
	event := providertest.ResendEvent("email.delivered", "em_1", "", reportTime, map[string]any{"tags": []any{
		map[string]string{"name": "other", "value": "x"}, map[string]string{"name": "message", "value": "ref-2"}}})
	in, err := reader(t).Read(providertest.Standard("http://portal/hooks/email", "svix-", providertest.ResendSecret, "msg_1", reportTime, event))
	if err != nil || in.Report.Reference != "ref-2" {
		t.Errorf("%+v %v", in.Report, err)
	}
}

func TestOnlyWhatResendSignedNowIsTaken(t *testing.T) {
	event := providertest.ResendEvent("email.delivered", "em_1", "ref-1", reportTime, nil)
	signed := func() *http.Request {
		return providertest.Standard("http://portal/hooks/email", "svix-", providertest.ResendSecret, "msg_1", reportTime, event)
	}
	for name, c := range map[string]struct {
		req  func() *http.Request
		want error
	}{
		"as it came":   {signed, nil},
		"another body": {func() *http.Request { r := signed(); r.Body = http.NoBody; return r }, provider.ErrForged},
		"another id":   {func() *http.Request { r := signed(); r.Header.Set("svix-id", "msg_2"); return r }, provider.ErrForged},
		"another time": {func() *http.Request { r := signed(); r.Header.Set("svix-timestamp", "1772568841"); return r }, provider.ErrForged},
		"no id":        {func() *http.Request { r := signed(); r.Header.Del("svix-id"); return r }, provider.ErrForged},
		"no time":      {func() *http.Request { r := signed(); r.Header.Del("svix-timestamp"); return r }, provider.ErrForged},
		"no signature": {func() *http.Request { r := signed(); r.Header.Del("svix-signature"); return r }, provider.ErrForged},
		"another version": {func() *http.Request {
			r := signed()
			r.Header.Set("svix-signature", strings.Replace(r.Header.Get("svix-signature"), "v1,", "v2,", 1))
			return r
		}, provider.ErrForged},
		"one of several signatures": {func() *http.Request {
			r := signed()
			r.Header.Set("svix-signature", "v1,AAAA v1a,zzz "+r.Header.Get("svix-signature"))
			return r
		}, nil},
		"another secret": {func() *http.Request {
			return providertest.Standard("http://portal/hooks/email", "svix-", providertest.BirdSecret, "msg_1", reportTime, event)
		}, provider.ErrForged},
		"five minutes old": {func() *http.Request {
			return providertest.Standard("http://portal/hooks/email", "svix-", providertest.ResendSecret, "msg_1", reportTime.Add(-5*time.Minute), event)
		}, nil},
		"older": {func() *http.Request {
			return providertest.Standard("http://portal/hooks/email", "svix-", providertest.ResendSecret, "msg_1", reportTime.Add(-5*time.Minute-time.Second), event)
		}, provider.ErrForged},
		"from the future": {func() *http.Request {
			return providertest.Standard("http://portal/hooks/email", "svix-", providertest.ResendSecret, "msg_1", reportTime.Add(6*time.Minute), event)
		}, provider.ErrForged},
		"too large": {func() *http.Request {
			return providertest.StandardRaw("http://portal/hooks/email", "svix-", providertest.ResendSecret, "msg_1", reportTime, strings.Repeat(" ", provider.MaxReport+1))
		}, provider.ErrTooLarge},
		"no JSON": {func() *http.Request {
			return providertest.StandardRaw("http://portal/hooks/email", "svix-", providertest.ResendSecret, "msg_1", reportTime, "<html>")
		}, provider.ErrUnreadable},
		"about no message": {func() *http.Request {
			return providertest.Standard("http://portal/hooks/email", "svix-", providertest.ResendSecret, "msg_1", reportTime, map[string]any{"type": "email.sent"})
		}, provider.ErrUnreadable},
		"about something else": {func() *http.Request {
			return providertest.Standard("http://portal/hooks/email", "svix-", providertest.ResendSecret, "msg_1", reportTime, map[string]any{"type": "email.opened"})
		}, provider.ErrIrrelevant},
	} {
		if _, err := reader(t).Read(c.req()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestDuringARotationBothSecretsCount(t *testing.T) {
	both, err := NewReports(providertest.BirdSecret+", "+providertest.ResendSecret, func() time.Time { return reportTime })
	if err != nil {
		t.Fatal(err)
	}
	event := providertest.ResendEvent("email.delivered", "em_1", "ref-1", reportTime, nil)
	for _, secret := range []string{providertest.ResendSecret, providertest.BirdSecret} {
		if _, err := both.Read(providertest.Standard("http://portal/hooks/email", "svix-", secret, "msg_1", reportTime, event)); err != nil {
			t.Error(err)
		}
	}
	for _, wrong := range []string{"", "whsec_", "whsec_!!", "whsec_c2hvcnQ="} {
		if _, err := NewReports(wrong, time.Now); err == nil {
			t.Errorf("%q is taken for a secret", wrong)
		}
	}
}

func TestWhatTheStandInSignsTheSDKTakes(t *testing.T) {
	req := providertest.StandardRaw("http://portal/hooks/email", "svix-", providertest.ResendSecret, "msg_1", time.Now(), `{"type":"email.sent"}`)
	err := resend.NewClient("re_x").Webhooks.Verify(&resend.VerifyWebhookOptions{
		Payload: `{"type":"email.sent"}`, WebhookSecret: providertest.ResendSecret,
		Headers: resend.WebhookHeaders{Id: req.Header.Get("svix-id"), Timestamp: req.Header.Get("svix-timestamp"), Signature: req.Header.Get("svix-signature")},
	})
	if err != nil {
		t.Error(err)
	}
}

func FuzzReports(f *testing.F) {
	f.Add(`{"type":"email.bounced","created_at":"2026-03-03T20:14:00Z","data":{"email_id":"e","tags":{"message":"m"},"bounce":{"type":"Permanent","subType":"General"}}}`)
	f.Add(`{"type":"email.delivered","data":{"tags":[{"name":"message","value":"x"}]}}`)
	f.Add(`{"type":"email.sent","data":{"tags":null}}`)
	f.Fuzz(func(t *testing.T, body string) {
		req := providertest.StandardRaw("http://portal/hooks/email", "svix-", providertest.ResendSecret, "msg_1", reportTime, body)
		in, err := reader(t).Read(req)
		if (err == nil) != (in.Report != nil) {
			t.Fatalf("%v with %v", in.Report, err)
		}
		if err == nil && (in.Report.Stage == provider.None || in.Report.Reference == "" && in.Report.ProviderID == "") {
			t.Fatalf("half a report: %+v", in.Report)
		}
		forged := httptest.NewRequest(http.MethodPost, "/hooks/email", strings.NewReader(body))
		if _, err := reader(t).Read(forged); err == nil {
			t.Fatal("a report without a signature is taken")
		}
	})
}
