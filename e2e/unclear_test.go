package e2e_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"officeportal/internal/ident"
	"officeportal/internal/message/providertest"
	"officeportal/internal/wait"
)

// What services do that take a message and don't say so, or say nothing clear.
var unclear = map[string]providertest.Behaviour{
	"takes it and hangs up":        providertest.TakeAndCut(),
	"hangs up":                     providertest.Cut(),
	"answers 500":                  providertest.ServerError(),
	"says half of its answer":      providertest.TakeAndTruncate(),
	"answers with a page":          providertest.Garbage(),
	"answers without end":          providertest.Flood(),
	"takes it and answers nothing": providertest.TakeAndHang(),
}

// later goes on an hour, so that no limit and no cooldown stands in the way, and signs in again.
func (w *world) later() *browser {
	w.t.Helper()
	w.clock.add(time.Hour)
	return w.staff()
}

// pause waits until the nth try of a reset's message is known to have failed, and lets the time until the next go by.
func (w *world) pause(id string, n int) {
	w.t.Helper()
	token, err := ident.Parse(strings.TrimPrefix(id, "rst_"))
	w.must(err)
	wait.For(w.t, 30*time.Second, "the message to wait for its next try", func() bool {
		return w.rows("SELECT COUNT(*) FROM messages WHERE reset_token_id = ? AND state = 'QUEUED' AND attempt = ?", token, n) == 1
	})
	w.clock.add(75 * time.Second) // the longest
}

func TestAnEmailOfUnclearFateIsSentAgainUnderItsKeyAndArrivesOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		w.resend.Next(providertest.Cut(), providertest.ServerError(), providertest.RateLimit(time.Second)) // not taken, then taken again and again
		w.resend.Next(slices.Collect(maps.Values(unclear))...)
		id := staff.send("EMAIL").str("requestPasswordReset.request.id")
		for n := range 3 + len(unclear) {
			w.must(w.resend.WaitRequests(w.patience(), n+1))
			w.resend.Release()
			w.pause(id, n+1)
		}
		staff.until(id, "delivery", "SENT")
		if mails := w.resend.Emails(); len(mails) != 1 {
			t.Errorf("%d e-mails were taken", len(mails))
		}
		requests := w.resend.Requests()
		for i, r := range requests {
			if !bytes.Equal(r.Body, requests[0].Body) || r.Header.Get("Idempotency-Key") != requests[0].Header.Get("Idempotency-Key") {
				t.Errorf("try %d of %d was another e-mail", i+1, len(requests))
			}
		}
		w.verify()
	})
}

func TestAnEmailThatMayHaveLeftIsNotCalledFailedWhenItsLinkIsReplaced(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		w.resend.Next(providertest.TakeAndCut())
		id := staff.send("EMAIL").str("requestPasswordReset.request.id")
		w.must(w.resend.WaitRequests(w.patience(), 1))
		staff.send("SMS") // replaces the link
		w.pause(id, 1)
		staff.until(id, "delivery", "SENT")
		if mails, tries := w.resend.Emails(), w.resend.Requests(); len(mails) != 1 || len(tries) != 1 {
			t.Errorf("%d e-mails in %d tries", len(mails), len(tries))
		}
	})
}

func TestATextOfUnclearFateIsNeverSentAgainAndItsCreditIsSettledAfterADay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const account = `{smsAccount{balance held}}`
		asked, heard := 0, ""
		for what, b := range unclear {
			staff := w.later()
			w.sms.Next(b)
			id := staff.send("SMS").str("requestPasswordReset.request.id")
			asked++
			w.must(w.sms.WaitRequests(w.patience(), asked))
			w.sms.Release()
			staff.until(id, "delivery", "SENT")
			if got := staff.do(account, nil); got.at("smsAccount.held") != float64(asked) || got.at("smsAccount.balance") != float64(42-asked) {
				t.Errorf("after a service that %s: %s", what, got)
			}
			if texts := w.sms.Texts(); len(texts) > 0 {
				heard = texts[0].Reference
			}
		}
		// of one the service says at last that it did not arrive: its credit comes back, without waiting
		staff := w.staff()
		w.accepted(providertest.MessageBirdReport(w.app.URL(), w.app.URL(), providertest.MessageBirdStatus(w.sms.Texts()[0].ID, heard, "delivery_failed", "absent subscriber", 27, w.clock.now())))
		if got := staff.do(account, nil); got.at("smsAccount.held") != float64(asked-1) || got.at("smsAccount.balance") != float64(42-asked+1) {
			t.Errorf("after a report: %s", got)
		}
		// of the others nothing is heard: they count as sent
		w.clock.add(23 * time.Hour)
		staff = w.staff()
		w.clock.add(2 * time.Hour)
		wait.For(t, 30*time.Second, "the credits to be settled", func() bool { return staff.do(account, nil).at("smsAccount.held") == 0.0 })
		if got := staff.do(account, nil); got.at("smsAccount.balance") != float64(42-asked+1) {
			t.Errorf("settled: %s", got)
		}
		if n := len(w.sms.Requests()); n != asked {
			t.Errorf("%d requests for %d texts", n, asked)
		}
		// what was certainly not taken is tried again, and costs one credit
		staff = w.later()
		w.sms.Next(providertest.RateLimit(time.Second))
		id := staff.send("SMS").str("requestPasswordReset.request.id")
		w.must(w.sms.WaitRequests(w.patience(), asked+1))
		w.pause(id, 1)
		staff.until(id, "delivery", "SENT")
		if got := staff.do(account, nil); len(w.sms.Requests()) != asked+2 || got.at("smsAccount.balance") != float64(42-asked) {
			t.Errorf("after a refusal for now: %d requests, %s", len(w.sms.Requests())-asked, got)
		}
		w.verify()
	})
}
