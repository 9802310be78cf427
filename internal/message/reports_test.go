package message_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/creditentry"
	"officeportal/ent/guardian"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/message"
	"officeportal/internal/message/provider"
)

// named is a post that says which service it is, and perhaps takes idempotency keys.
type named struct {
	*post
	service string
	keyed   bool
}

func (n named) Service() string  { return n.service }
func (n named) Repeatable() bool { return n.keyed }

func (s *school) reports() *message.Reports {
	return &message.Reports{Store: s.store, Credits: s.credits, Log: s.worker.Log}
}

// report is what the service test tells of a message, under a name of its own.
func report(m *ent.Message, stage provider.Stage, problem provider.Problem, mark provider.Mark) provider.Report {
	return provider.Report{Service: "test", EventID: ident.New().String(), Kind: "test", Reference: m.ID.String(), Stage: stage, Problem: problem, Mark: mark}
}

func (s *school) take(r provider.Report) {
	s.Helper()
	if err := s.reports().Take(s.Context(), r); err != nil {
		s.Fatal(err)
	}
}

// permutations of a list.
func permutations[T any](list []T) [][]T {
	if len(list) < 2 {
		return [][]T{append([]T(nil), list...)}
	}
	var out [][]T
	for i := range list {
		rest := append(append([]T(nil), list[:i]...), list[i+1:]...)
		for _, p := range permutations(rest) {
			out = append(out, append([]T{list[i]}, p...))
		}
	}
	return out
}

func TestEveryOrderOfTheSameReportsEndsInTheSameState(t *testing.T) {
	type said struct {
		stage   provider.Stage
		problem provider.Problem
	}
	all := []said{{provider.Taken, ""}, {provider.Delayed, ""}, {provider.Delivered, ""}, {provider.Undelivered, provider.MailboxUnavailable}}
	each(t, func(s *school) {
		for _, channel := range []schematype.Channel{schematype.SMS, schematype.Email} {
			for n := 1; n <= len(all); n++ {
				for _, order := range permutations(all[:n]) {
					id := s.reset(channel)
					s.work()
					for _, r := range order {
						s.take(report(s.message(id), r.stage, r.problem, ""))
					}
					m := s.message(id)
					want := []schematype.Delivery{schematype.DeliverySent, schematype.DeliveryDelayed, schematype.DeliveryDelivered, schematype.DeliveryNotDelivered}[n-1]
					credit, problem := schematype.NoCredit, ""
					if channel == schematype.SMS {
						credit = schematype.CreditCaptured
						if n == 4 {
							credit = schematype.CreditReturned
						}
					}
					if n == 4 {
						problem = string(provider.MailboxUnavailable)
					}
					if m.Delivery != want || m.State != schematype.Accepted || m.Credit != credit || m.Problem != problem ||
						m.AcceptedAt == nil || (m.DeliveredAt != nil) != (n >= 3) || (m.FailedAt != nil) != (n == 4) || m.DueAt != nil {
						t.Errorf("%s %v: %s %s %s %q, accepted %v delivered %v failed %v", channel, order, m.State, m.Delivery, m.Credit, m.Problem, m.AcceptedAt, m.DeliveredAt, m.FailedAt)
					}
					s.clock.forward(time.Minute)
				}
				if s.balance() < 5 {
					if _, err := s.credits.AddFromShell(s.ctx, s.business, 30, "more"); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	})
}

func TestAReportThatIsFasterThanTheAnswerIsNotLost(t *testing.T) {
	each(t, func(s *school) {
		for _, c := range []struct {
			stage    provider.Stage
			delivery schematype.Delivery
			credit   schematype.CreditState
		}{
			{provider.Delivered, schematype.DeliveryDelivered, schematype.CreditCaptured},
			{provider.Undelivered, schematype.DeliveryNotDelivered, schematype.CreditReturned},
		} {
			for _, answer := range []provider.Result{{Kind: provider.Accepted, ProviderID: "p-1"}, failed(provider.Unknown, provider.ProviderError)} {
				id := s.reset(schematype.SMS)
				s.post.answer = func(context.Context, int) provider.Result {
					r := report(s.message(id), c.stage, "", "")
					r.ProviderID = "p-1"
					s.take(r)
					return answer
				}
				s.work()
				m := s.message(id)
				if m.State != schematype.Accepted || m.Delivery != c.delivery || m.Credit != c.credit || m.ProviderID != "p-1" || m.Provider != "test" {
					t.Errorf("%v: %s %s %s %q", answer.Kind, m.State, m.Delivery, m.Credit, m.ProviderID)
				}
			}
		}
	})
}

func TestOneReportSentFiftyTimesAtOnceHasOneEffect(t *testing.T) {
	each(t, func(s *school) {
		id := s.reset(schematype.SMS)
		s.work()
		same := report(s.message(id), provider.Undelivered, provider.OptedOut, provider.StoppedTexts)
		var wg sync.WaitGroup
		for i := range 50 {
			r := same
			if i%2 == 1 { // and as many of the same kind under other names
				r.EventID = ident.New().String()
			}
			wg.Go(func() {
				if err := s.reports().Take(s.Context(), r); err != nil {
					s.Error(err)
				}
			})
		}
		wg.Wait()
		s.is(id, schematype.Accepted, schematype.DeliveryNotDelivered, provider.OptedOut, schematype.CreditReturned)
		if s.balance() != 10 {
			t.Errorf("%d credits", s.balance())
		}
		if n, err := s.store.Client.CreditEntry.Query().Where(creditentry.KindEQ(schematype.CreditRefund)).Count(s.ctx); n != 1 || err != nil {
			t.Errorf("%d refunds, %v", n, err)
		}
		if got := s.told(); got != "SENT NOT_DELIVERED" {
			t.Errorf("told %q", got)
		}
		if n, err := s.store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.ContactMarked))).Count(s.ctx); n != 1 || err != nil {
			t.Errorf("%d marks told, %v", n, err)
		}
	})
}

func TestOppositeReportsAtOnceNeverMakeACreditTwice(t *testing.T) {
	each(t, func(s *school) {
		var wg sync.WaitGroup
		var ids []ident.ID
		for range 4 {
			id := s.reset(schematype.SMS)
			ids = append(ids, id)
			s.work()
			m := s.message(id)
			for _, stage := range []provider.Stage{provider.Delivered, provider.Undelivered, provider.Taken, provider.Undelivered, provider.Delivered} {
				wg.Go(func() {
					if err := s.reports().Take(s.Context(), report(m, stage, "", "")); err != nil {
						s.Error(err)
					}
				})
			}
		}
		wg.Wait()
		for _, id := range ids {
			s.is(id, schematype.Accepted, schematype.DeliveryNotDelivered, "", schematype.CreditReturned)
		}
		if s.balance() != 10 {
			t.Errorf("%d credits", s.balance())
		}
	})
}

func TestALateReportSettlesWhatNobodyKnew(t *testing.T) {
	each(t, func(s *school) {
		s.post.answer = answers(failed(provider.Unknown, provider.ProviderError))
		gone, came := s.reset(schematype.SMS), s.reset(schematype.SMS)
		s.work()
		s.take(report(s.message(came), provider.Taken, "", "")) // it was on its way after all
		s.is(came, schematype.Accepted, schematype.DeliverySent, "", schematype.CreditCaptured)
		s.is(gone, schematype.Unknown, schematype.DeliverySent, "", schematype.CreditHeld)
		s.clock.forward(25 * time.Hour)
		s.work()
		s.is(gone, schematype.Unknown, schematype.DeliverySent, "", schematype.CreditCaptured)
		s.clock.forward(2 * time.Hour)
		s.take(report(s.message(gone), provider.Undelivered, provider.PhoneUnreachable, ""))
		s.is(gone, schematype.Accepted, schematype.DeliveryNotDelivered, provider.PhoneUnreachable, schematype.CreditReturned)
		s.take(report(s.message(gone), provider.Delivered, "", "")) // too late for the credit: nothing is taken back
		s.is(gone, schematype.Accepted, schematype.DeliveryNotDelivered, provider.PhoneUnreachable, schematype.CreditReturned)
		if m := s.message(gone); m.DeliveredAt == nil || s.balance() != 9 {
			t.Errorf("delivered at %v, %d credits", m.DeliveredAt, s.balance())
		}
	})
}

func TestReportsThatAreNotAboutOurMessageMoveNothing(t *testing.T) {
	each(t, func(s *school) {
		id := s.reset(schematype.SMS)
		w := s.newWorker("named", s.post)
		w.SMS = named{s.post, "old", false}
		s.workAs(w)
		m := s.message(id)
		if m.Provider != "old" || m.ProviderID != "provider-1" {
			t.Fatalf("taken by %q as %q", m.Provider, m.ProviderID)
		}
		for name, change := range map[string]func(*provider.Report){
			"another service":        func(r *provider.Report) { r.Service = "new" },
			"another name there":     func(r *provider.Report) { r.ProviderID = "provider-2" },
			"nobody's reference":     func(r *provider.Report) { r.Reference = ident.New().String() },
			"no reference, no match": func(r *provider.Report) { r.Reference, r.ProviderID = "", "provider-2" },
			"a reference of others":  func(r *provider.Report) { r.Reference = "order-17" },
		} {
			r := report(m, provider.Delivered, "", "")
			r.Service = "old"
			change(&r)
			s.take(r)
			if got := s.message(id); got.Delivery != schematype.DeliverySent {
				t.Errorf("%s: %s", name, got.Delivery)
			}
		}
		if n, err := s.store.Client.ProviderEvent.Query().Count(s.ctx); n != 0 || err != nil {
			t.Errorf("%d reports are remembered for nothing, %v", n, err)
		}
		r := report(m, provider.Delivered, "", "")
		r.Service, r.Reference, r.ProviderID = "old", "", "provider-1" // its own name alone is enough
		s.take(r)
		s.is(id, schematype.Accepted, schematype.DeliveryDelivered, "", schematype.CreditCaptured)
	})
}

func TestOnlyAPermanentBounceMarksAnAddressAndOnlyWhileItIsTheSame(t *testing.T) {
	each(t, func(s *school) {
		first, second := s.reset(schematype.Email), s.reset(schematype.Email)
		s.work()
		s.take(report(s.message(first), provider.Undelivered, provider.MailboxUnavailable, ""))
		if g := s.maria(); g.EmailBouncedAt != nil {
			t.Error("a full mailbox marks the address")
		}
		if err := s.store.Client.Guardian.UpdateOneID(s.guardian).SetEmail("new@example.com").Exec(s.ctx); err != nil {
			t.Fatal(err)
		}
		s.take(report(s.message(second), provider.Undelivered, provider.AddressNotFound, provider.Bounced))
		if g := s.maria(); g.EmailBouncedAt != nil {
			t.Error("a bounce of the old address marks the new one")
		}
		if err := s.store.Client.Guardian.UpdateOneID(s.guardian).SetEmail(address).Exec(s.ctx); err != nil {
			t.Fatal(err)
		}
		third := s.notice()
		s.work()
		s.take(report(s.message(third), provider.Undelivered, provider.Suppressed, provider.SuppressedThere))
		s.take(report(s.message(first), provider.Delivered, "", provider.Complained)) // the first mark stays
		if g := s.maria(); g.EmailBouncedAt == nil || g.EmailProblem != string(provider.SuppressedThere) {
			t.Errorf("marked %v %q", g.EmailBouncedAt, g.EmailProblem)
		}
		told, err := s.store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.ContactMarked))).Only(s.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if got := audit.Sentence("en", told); got != "The email service does not send to the address of Maria Lopez any more, after an earlier bounce or complaint." {
			t.Error(got)
		}
	})
}

func TestWhatBecameOfANoticeIsInTheAuditLogToo(t *testing.T) {
	each(t, func(s *school) {
		id := s.notice()
		s.work()
		m := s.message(id)
		s.take(report(m, provider.Undelivered, provider.AddressNotFound, provider.Bounced))
		s.take(report(m, provider.Undelivered, provider.AddressNotFound, provider.Bounced)) // told once
		told, err := s.store.Client.AuditEntry.Query().
			Where(auditentry.Action(string(audit.MessageDelivery)), auditentry.GuardianID(s.guardian)).Order(ent.Asc(auditentry.FieldID)).All(s.ctx)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range told {
			got = append(got, string(e.Outcome)+": "+audit.Sentence("en", e))
		}
		want := []string{
			"SUCCEEDED: The notice of a new password to Maria Lopez was sent.",
			"FAILED: The notice of a new password to Maria Lopez was not delivered: the email address does not exist.",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestSTOPCountsForEverybodyWithTheNumberAndSTARTEndsIt(t *testing.T) {
	each(t, func(s *school) {
		other, err := s.store.Client.Business.Create().SetName("Other").SetSlug("other").SetTimeZone("UTC").SetCountry("US").Save(s.ctx)
		if err != nil {
			t.Fatal(err)
		}
		family, err := s.store.Client.Family.Create().SetBusinessID(other.ID).SetName("Lopez").SetNameKey("lopez").SetUpdatedAt(s.store.Now()).Save(s.ctx)
		if err != nil {
			t.Fatal(err)
		}
		for i, phone := range []string{number, "+13125550999"} {
			if err := s.store.Client.Guardian.Create().SetBusinessID(other.ID).SetFamilyID(family.ID).SetName(fmt.Sprint("Maria ", i)).
				SetPhone(phone).SetUpdatedAt(s.store.Now()).Exec(s.ctx); err != nil {
				t.Fatal(err)
			}
		}
		marked := func() int {
			n, err := s.store.Client.Guardian.Query().Where(guardian.PhoneOptedOutAtNotNil()).Count(s.ctx)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		reply := func(id string, stop bool, at time.Time) {
			if err := s.reports().TakeReply(s.Context(), provider.Reply{Service: "test", EventID: id, From: number, Stop: stop, Start: !stop, At: at}); err != nil {
				t.Fatal(err)
			}
		}
		at := s.store.Now()
		s.clock.forward(time.Hour)
		reply("stop", true, at)
		reply("stop", true, at)
		if n := marked(); n != 2 {
			t.Errorf("%d numbers are marked", n)
		}
		reply("start too early", false, at.Add(-time.Minute))
		if n := marked(); n != 2 {
			t.Error("a START from before the STOP ends it")
		}
		reply("start", false, at.Add(time.Minute))
		reply("stop", true, at) // again, and known
		if n := marked(); n != 0 {
			t.Errorf("%d numbers are still marked", n)
		}
		told, err := s.store.Client.AuditEntry.Query().Where(auditentry.GuardianID(s.guardian)).Order(ent.Asc(auditentry.FieldID)).All(s.ctx)
		if err != nil || len(told) != 2 {
			t.Fatalf("told %v, %v", told, err)
		}
		if a, b := audit.Sentence("en", told[0]), audit.Sentence("en", told[1]); a != "The number of Maria Lopez opted out of text messages (STOP)." ||
			b != "The number of Maria Lopez takes text messages again (START)." {
			t.Error(a, b)
		}
	})
}

func TestAServiceWithKeysIsAskedAgainAndOneWithoutNever(t *testing.T) {
	each(t, func(s *school) {
		with, without := s.newWorker("keyed", s.post), s.newWorker("plain", s.post)
		with.SMS, without.SMS = named{s.post, "bird", true}, named{s.post, "messagebird", false}
		s.post.answer = answers(failed(provider.Unknown, provider.ProviderError), provider.Result{Kind: provider.Accepted, ProviderID: "p"})
		id := s.reset(schematype.SMS)
		s.workAs(with)
		s.is(id, schematype.Queued, schematype.DeliverySending, "", schematype.CreditHeld)
		s.clock.forward(10 * time.Second)
		s.workAs(with)
		s.is(id, schematype.Accepted, schematype.DeliverySent, "", schematype.CreditCaptured)
		if _, texts := s.post.sent(); len(texts) != 2 || texts[0] != texts[1] {
			t.Errorf("handed over %v", texts)
		}

		s.post.answer = answers(failed(provider.Unknown, provider.ProviderError))
		changed := s.reset(schematype.SMS)
		s.workAs(with)
		s.clock.forward(10 * time.Second)
		before := s.post.count()
		s.workAs(without) // the key of the service that was left means nothing to this one
		s.is(changed, schematype.Unknown, schematype.DeliverySent, "", schematype.CreditHeld)
		if s.post.count() != before {
			t.Error("a text that may be on its way was handed to another service")
		}
	})
}

func TestOldReportsAreForgotten(t *testing.T) {
	each(t, func(s *school) {
		id := s.reset(schematype.Email)
		s.work()
		s.take(report(s.message(id), provider.Delivered, "", ""))
		s.clock.forward(6 * 24 * time.Hour)
		if n, err := s.reports().Sweep(s.ctx, 100); n != 0 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		s.clock.forward(2 * 24 * time.Hour)
		if n, err := s.reports().Sweep(s.ctx, 100); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}
