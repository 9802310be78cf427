package sms

import (
	"context"
	"testing"
	"time"

	"officeportal/internal/message/provider"
	"officeportal/internal/message/providertest"
)

func birdAt(t *testing.T, s *providertest.Bird) *Bird {
	t.Helper()
	b, err := NewBird(providertest.BirdKey, s.URL())
	if err != nil {
		t.Fatal(err)
	}
	b.timeout = time.Second
	return b
}

var birdSMS = provider.SMS{Originator: "+13125550100", To: "+13125550123", Body: "Flips: choose a new password", Reference: "ref-1", Authentication: true}

func TestBirdGetsWhatItAsksFor(t *testing.T) {
	s := providertest.NewBird(t)
	r := birdAt(t, s).SendSMS(t.Context(), birdSMS)
	if r.Kind != provider.Accepted || r.ProviderID == "" || r.Parts != 1 || r.Err != nil {
		t.Fatalf("%+v", r)
	}
	got := s.Texts()[0]
	if got.Key != "ref-1" || got.Category != "authentication" || got.To != birdSMS.To || got.From != birdSMS.Originator || got.Text != birdSMS.Body ||
		got.Metadata["message"] != "ref-1" {
		t.Errorf("%+v", got)
	}
}

func TestTheSameReferenceMakesOneTextAtBird(t *testing.T) {
	s := providertest.NewBird(t)
	b := birdAt(t, s)
	s.Next(providertest.TakeAndCut(), providertest.TakeAndTruncate(), providertest.Garbage(), providertest.TakeAndHang())
	for range 4 {
		if r := b.SendSMS(t.Context(), birdSMS); r.Kind != provider.Unknown {
			t.Fatalf("%+v", r)
		}
	}
	if r := b.SendSMS(t.Context(), birdSMS); r.Kind != provider.Accepted {
		t.Fatalf("%+v", r)
	}
	if n := len(s.Texts()); n != 1 {
		t.Errorf("%d texts", n)
	}
}

// Go's transport sends a request with a key again when a kept connection breaks.
func TestARefusalForNowDoesNotHideThatAnEarlierTryWasTaken(t *testing.T) {
	s := providertest.NewBird(t)
	b := birdAt(t, s)
	b.SendSMS(t.Context(), birdSMS) // keeps the connection
	other := birdSMS
	other.Reference += "2"
	s.Next(providertest.TakeAndCut(), providertest.RateLimit(time.Second))
	res := b.SendSMS(t.Context(), other)
	if requests, texts := s.Requests(), s.Texts(); len(requests) != 3 || len(texts) != 2 {
		t.Fatalf("%d requests, %d texts", len(requests), len(texts))
	}
	if res.Kind != provider.Unknown || res.RetryAfter != time.Second {
		t.Errorf("got %+v", res)
	}
}

func TestEveryAnswerOfBirdHasItsMeaning(t *testing.T) {
	elsewhere := providertest.NewBird(t)
	for _, c := range []struct {
		name    string
		b       providertest.Behaviour
		kind    provider.Kind
		problem provider.Problem
		class   provider.Class
	}{
		{"not authorised", providertest.BirdError(401, "InvalidAPIKey", ""), provider.Refused, provider.ProviderError, provider.ClassCredentials},
		{"not allowed", providertest.BirdError(403, "Forbidden", ""), provider.Refused, provider.ProviderError, provider.ClassCredentials},
		{"no money", providertest.BirdError(402, "InsufficientBalance", ""), provider.Refused, provider.ProviderError, provider.ClassBalance},
		{"no such number", providertest.BirdError(422, "InvalidRecipient", "to"), provider.Refused, provider.NumberInvalid, provider.ClassRecipient},
		{"opted out", providertest.BirdError(422, "RecipientOptedOut", "to"), provider.Refused, provider.OptedOut, provider.ClassRecipient},
		{"a country not switched on", providertest.BirdError(422, "SMSDestinationNotEnabled", "to"), provider.Refused, provider.ProviderError, provider.ClassRejected},
		{"a sender not ours", providertest.BirdError(422, "SMSNoEligibleSender", "from"), provider.Refused, provider.ProviderError, provider.ClassRejected},
		{"another text under the key", providertest.BirdError(409, "IdempotencyKeyReused", ""), provider.Refused, provider.ProviderError, provider.ClassConflict},
		{"the key in use", providertest.BirdError(409, "IdempotencyKeyInUse", ""), provider.Unknown, provider.ProviderError, provider.ClassInFlight},
		{"a refusal nobody can read", providertest.Status(400, "text/html", "<h1>"), provider.Refused, provider.ProviderError, provider.ClassRejected},
		{"too many", providertest.RateLimit(7 * time.Second), provider.NotSent, provider.ProviderError, provider.ClassRateLimit},
		{"broken", providertest.ServerError(), provider.Unknown, provider.ProviderError, provider.ClassServer},
		{"timed out on the way", providertest.Status(408, "text/html", ""), provider.Unknown, provider.ProviderError, provider.ClassTimeout},
		{"hung up", providertest.Cut(), provider.Unknown, provider.ProviderError, provider.ClassBroken},
		{"silent", providertest.Hang(), provider.Unknown, provider.ProviderError, provider.ClassTimeout},
		{"half an answer", providertest.TakeAndTruncate(), provider.Unknown, provider.ProviderError, provider.ClassBroken},
		{"garbage", providertest.Garbage(), provider.Unknown, provider.ProviderError, provider.ClassGarbage},
		{"a flood", providertest.Flood(), provider.Unknown, provider.ProviderError, provider.ClassGarbage},
		{"sent elsewhere", providertest.Redirect(elsewhere.URL() + "/v1/sms/messages"), provider.Unknown, provider.ProviderError, provider.ClassRedirect},
	} {
		s := providertest.NewBird(t)
		s.Always(c.b)
		r := birdAt(t, s).SendSMS(t.Context(), birdSMS)
		err, _ := r.Err.(*provider.Error)
		if err == nil || r.Kind != c.kind || r.Problem != c.problem || err.Class != c.class || err.Service != "bird" {
			t.Errorf("%s: %+v %v", c.name, r, r.Err)
		}
		if c.name == "too many" && r.RetryAfter != 7*time.Second {
			t.Errorf("asked to wait %v", r.RetryAfter)
		}
	}
	if n := len(elsewhere.Requests()); n != 0 {
		t.Errorf("%d requests followed a redirect", n)
	}
	gone := providertest.NewBird(t)
	b := birdAt(t, gone)
	gone.Close()
	if r := b.SendSMS(t.Context(), birdSMS); r.Kind != provider.NotSent {
		t.Errorf("nobody there: %+v", r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := b.SendSMS(ctx, birdSMS); r.Kind == provider.Accepted {
		t.Errorf("%+v", r)
	}
}

func TestWhereBirdIsComesFromTheKey(t *testing.T) {
	b, err := NewBird("bk_eu1_abc", "")
	if err != nil || b.base.Host != "eu1.platform.bird.com" || b.base.Scheme != "https" {
		t.Errorf("%v %v", b, err)
	}
	for _, key := range []string{"", "secret", "bk_evil.example/_x"} {
		if _, err := NewBird(key, ""); err == nil {
			t.Errorf("%q names a place", key)
		}
	}
	if _, err := NewBird("secret", "http://127.0.0.1:1"); err != nil {
		t.Error(err)
	}
	for _, wrong := range []provider.SMS{{}, {To: "+13125550123", Reference: "r", Originator: "a name far too long", Body: "b"}} {
		if r := b.SendSMS(t.Context(), wrong); r.Kind != provider.Refused {
			t.Errorf("%+v", r)
		}
	}
}
