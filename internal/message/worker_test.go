package message_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"officeportal/ent/guardian"
	entmessage "officeportal/ent/message"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
)

func TestEachMessageIsSentOnceThoughThreeWorkersRace(t *testing.T) {
	each(t, func(s *school) {
		var ids []ident.ID
		for i := range 30 {
			channel := schematype.Email
			if i%3 == 0 {
				channel = schematype.SMS
			}
			ids = append(ids, s.reset(channel))
		}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for i := range 3 {
			w := s.newWorker(fmt.Sprintf("worker-%d", i), s.post)
			running.Go(func() { w.Run(ctx) })
		}
		s.until("all are accepted", func() bool {
			n, err := s.store.Client.Message.Query().Where(entmessage.StateEQ(schematype.Accepted)).Count(s.ctx)
			return err == nil && n == len(ids)
		})
		stop()
		running.Wait()
		seen := map[string]int{}
		emails, texts := s.post.sent()
		for _, e := range emails {
			seen[e.IdempotencyKey]++
		}
		for _, x := range texts {
			seen[x.Reference]++
		}
		if len(emails) != 20 || len(texts) != 10 || len(seen) != 30 {
			t.Errorf("%d e-mails and %d texts left for %d messages", len(emails), len(texts), len(seen))
		}
		for _, id := range ids {
			if m := s.message(id); m.Attempt != 1 || m.DueAt != nil {
				t.Errorf("attempt %d, due %v", m.Attempt, m.DueAt)
			}
		}
		if s.balance() != 0 || len(s.deliveries()) != 30 {
			t.Errorf("%d credits left, %d deliveries told", s.balance(), len(s.deliveries()))
		}
	})
}

func TestTheLifeOfALinkBeginsWithItsFirstHandOverAndNoRetryMovesIt(t *testing.T) {
	each(t, func(s *school) {
		s.post.answer = answers(failed(provider.NotSent, provider.ProviderError), failed(provider.Unknown, provider.ProviderError),
			failed(provider.NotSent, provider.ProviderError), provider.Result{Kind: provider.Accepted, ProviderID: "p"})
		id := s.reset(schematype.Email)
		s.clock.forward(14 * time.Minute) // waiting in the queue costs nothing
		first := s.store.Now()
		for range 4 {
			s.work()
			s.clock.forward(75 * time.Second)
		}
		m := s.message(id)
		token := s.token(m)
		if !token.FirstSentAt.Equal(first) || !token.ExpiresAt.Equal(first.Add(life)) || !m.FirstSentAt.Equal(first) {
			t.Errorf("sent at %v and %v, expires at %v, want %v", token.FirstSentAt, m.FirstSentAt, token.ExpiresAt, first)
		}
		emails, _ := s.post.sent()
		if len(emails) != 4 || m.Attempt != 4 {
			t.Fatalf("%d tries, attempt %d", len(emails), m.Attempt)
		}
		for i, e := range emails {
			if e != emails[0] || !s.links.times[i].Equal(first) || s.links.times[i].Location() != time.UTC {
				t.Errorf("try %d differs: %v of %v", i, e, s.links.times[i])
			}
		}
		if want := "password-reset/" + id.String(); emails[0].IdempotencyKey != want || emails[0].To != address {
			t.Errorf("key %q to %q", emails[0].IdempotencyKey, emails[0].To)
		}
		s.is(id, schematype.Accepted, schematype.DeliverySent, "", schematype.NoCredit)
		if got := s.told(); got != "QUEUED SENT" {
			t.Errorf("the Audit Log was told %q", got)
		}
	})
}

func TestWhatTheServiceAnswersDecidesWhatBecomesOfTheMessage(t *testing.T) {
	none, captured, returned, held := schematype.NoCredit, schematype.CreditCaptured, schematype.CreditReturned, schematype.CreditHeld
	for _, c := range []struct {
		name     string
		channel  schematype.Channel
		result   provider.Result
		delivers bool
		state    schematype.MessageState
		delivery schematype.Delivery
		problem  provider.Problem
		credit   schematype.CreditState
		balance  int
		told     string // state and problem in the Audit Log
		outcome  schematype.Outcome
	}{
		{"an accepted e-mail is sent", schematype.Email, provider.Result{Kind: provider.Accepted, ProviderID: "provider-1"}, false,
			schematype.Accepted, schematype.DeliverySent, "", none, 10, "SENT ", schematype.Succeeded},
		{"an accepted text costs its credit", schematype.SMS, provider.Result{Kind: provider.Accepted, ProviderID: "provider-1"}, false,
			schematype.Accepted, schematype.DeliverySent, "", captured, 9, "SENT ", schematype.Succeeded},
		{"a channel that keeps messages here delivers at once", schematype.SMS, provider.Result{Kind: provider.Accepted, ProviderID: "provider-1"}, true,
			schematype.Accepted, schematype.DeliveryDelivered, "", captured, 9, "DELIVERED ", schematype.Succeeded},
		{"an address that does not exist", schematype.Email, failed(provider.Refused, provider.AddressNotFound), false,
			schematype.Refused, schematype.DeliveryNotDelivered, provider.AddressNotFound, none, 10, "NOT_DELIVERED ADDRESS_NOT_FOUND", schematype.FailedToWork},
		{"a mailbox that refuses", schematype.Email, failed(provider.Refused, provider.MailboxUnavailable), false,
			schematype.Refused, schematype.DeliveryNotDelivered, provider.MailboxUnavailable, none, 10, "NOT_DELIVERED MAILBOX_UNAVAILABLE", schematype.FailedToWork},
		{"a number that opted out gives the credit back", schematype.SMS, failed(provider.Refused, provider.OptedOut), false,
			schematype.Refused, schematype.DeliveryNotDelivered, provider.OptedOut, returned, 10, "NOT_DELIVERED OPTED_OUT", schematype.FailedToWork},
		{"a number that does not exist gives the credit back", schematype.SMS, failed(provider.Refused, provider.NumberInvalid), false,
			schematype.Refused, schematype.DeliveryNotDelivered, provider.NumberInvalid, returned, 10, "NOT_DELIVERED NUMBER_INVALID", schematype.FailedToWork},
		{"a service that refuses us gives the credit back", schematype.SMS, failed(provider.Refused, provider.ProviderError), false,
			schematype.Refused, schematype.DeliveryFailed, provider.ProviderError, returned, 10, "FAILED PROVIDER_ERROR", schematype.FailedToWork},
		{"a refusal without a reason", schematype.Email, failed(provider.Refused, ""), false,
			schematype.Refused, schematype.DeliveryFailed, provider.ProviderError, none, 10, "FAILED PROVIDER_ERROR", schematype.FailedToWork},
		{"a text that was not sent waits with its credit", schematype.SMS, failed(provider.NotSent, provider.ProviderError), false,
			schematype.Queued, schematype.DeliveryQueued, "", held, 9, "QUEUED ", schematype.FailedToWork},
		{"an e-mail without a clear answer waits", schematype.Email, failed(provider.Unknown, provider.ProviderError), false,
			schematype.Queued, schematype.DeliverySending, "", none, 10, "SENDING ", schematype.FailedToWork},
		{"a text without a clear answer is unknown and keeps its credit held", schematype.SMS, failed(provider.Unknown, provider.ProviderError), false,
			schematype.Unknown, schematype.DeliverySent, "", held, 9, "UNKNOWN ", schematype.FailedToWork},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(s *school) {
				s.post.answer, s.post.delivers = answers(c.result), c.delivers
				id := s.reset(c.channel)
				s.clock.forward(time.Second)
				s.work()
				s.is(id, c.state, c.delivery, c.problem, c.credit)
				m := s.message(id)
				if m.ProviderID != c.result.ProviderID || !m.UpdatedAt.Equal(s.store.Now()) {
					s.Errorf("provider's id %q, updated at %v", m.ProviderID, m.UpdatedAt)
				}
				if s.balance() != c.balance {
					s.Errorf("%d credits left, want %d", s.balance(), c.balance)
				}
				entries := s.deliveries()
				if len(entries) != 1 {
					s.Fatalf("%d entries", len(entries))
				}
				e := entries[0]
				if got := e.Facts["state"] + " " + e.Facts["problem"]; got != c.told || e.Outcome != c.outcome {
					s.Errorf("the Audit Log was told %q %s, want %q %s", got, e.Outcome, c.told, c.outcome)
				}
				if e.Facts["guardian"] != "Maria Lopez" || *e.GuardianID != s.guardian || *e.FamilyID != s.maria().FamilyID ||
					*e.SubjectID != *m.ResetTokenID || e.Channel != c.channel || e.ActorKind != schematype.ActorSystem ||
					e.RequestID != "req-1" || e.IPAddress != "" {
					s.Errorf("the entry is %v", e)
				}
				if dead := s.token(m).RevokedAt != nil; dead != (c.state == schematype.Refused) {
					s.Errorf("withdrawn: %v", dead)
				}
				g := s.maria()
				if (g.EmailBouncedAt != nil) != (c.problem == provider.AddressNotFound) || (g.PhoneOptedOutAt != nil) != (c.problem == provider.OptedOut) {
					s.Errorf("bounced %v, opted out %v", g.EmailBouncedAt, g.PhoneOptedOutAt)
				}
			})
		})
	}
}

func TestAnAddressThatWasCorrectedMeanwhileIsNotMarked(t *testing.T) {
	each(t, func(s *school) {
		s.post.answer = func(_ context.Context, n int) provider.Result {
			s.tx(func(ctx context.Context, tx *store.Tx) error {
				return tx.Guardian.Update().Where(guardian.ID(s.guardian)).SetEmail("other@example.com").SetPhone("+13125550199").Exec(ctx)
			})
			if emails, _ := s.post.sent(); len(emails) == n && n > 0 && len(s.deliveries()) == 0 {
				return failed(provider.Refused, provider.AddressNotFound)
			}
			return failed(provider.Refused, provider.OptedOut)
		}
		s.reset(schematype.Email)
		s.work()
		s.reset(schematype.SMS)
		s.work()
		if g := s.maria(); g.EmailBouncedAt != nil || g.PhoneOptedOutAt != nil {
			t.Errorf("bounced %v, opted out %v", g.EmailBouncedAt, g.PhoneOptedOutAt)
		}
		if got := s.told(); got != "NOT_DELIVERED NOT_DELIVERED" {
			t.Errorf("told %q", got)
		}
	})
}

func TestRetriesWaitAsLongAsTheServiceAsks(t *testing.T) {
	each(t, func(s *school) {
		slow := failed(provider.NotSent, provider.ProviderError)
		slow.RetryAfter = 5 * time.Minute
		s.post.answer = answers(slow, provider.Result{Kind: provider.Accepted})
		id := s.reset(schematype.SMS)
		s.work()
		if due := s.message(id).DueAt; !due.Equal(s.store.Now().Add(slow.RetryAfter)) {
			t.Errorf("due at %v", due)
		}
		s.clock.forward(slow.RetryAfter - time.Second)
		if n := s.work(); n != 0 {
			t.Errorf("%d rows were due", n)
		}
		s.clock.forward(time.Second)
		s.work()
		s.is(id, schematype.Accepted, schematype.DeliverySent, "", schematype.CreditCaptured)
		if s.post.count() != 2 {
			t.Errorf("%d tries", s.post.count())
		}
	})
}

func TestALinkThatDiesWhileTheServiceIsDownIsGivenUpAndItsCreditReturned(t *testing.T) {
	each(t, func(s *school) {
		long := failed(provider.NotSent, provider.ProviderError)
		long.RetryAfter = time.Hour
		s.post.answer = answers(failed(provider.NotSent, provider.ProviderError), long)
		id := s.reset(schematype.SMS)
		s.work()
		s.clock.forward(time.Minute)
		s.work()
		first := s.message(id).FirstSentAt
		if due := s.message(id).DueAt; !due.Equal(first.Add(life)) { // not an hour: the credit would be held for nothing
			t.Errorf("due at %v, first sent at %v", due, first)
		}
		s.clock.forward(29 * time.Minute)
		s.work()
		s.is(id, schematype.Void, schematype.DeliveryFailed, provider.ProviderError, schematype.CreditReturned)
		if s.post.count() != 2 || s.balance() != 10 || s.token(s.message(id)).RevokedAt == nil {
			t.Errorf("%d tries, %d credits", s.post.count(), s.balance())
		}
		if got := s.told(); got != "QUEUED FAILED" {
			t.Errorf("told %q", got)
		}
	})
}

func TestAnEmailThatMayHaveLeftIsNotCalledFailedWhenItsLinkDies(t *testing.T) {
	each(t, func(s *school) {
		s.post.answer = answers(failed(provider.Unknown, provider.ProviderError), failed(provider.NotSent, provider.ProviderError))
		id := s.reset(schematype.Email)
		s.work()
		s.clock.forward(time.Minute)
		s.work()
		s.clock.forward(life)
		s.work()
		s.is(id, schematype.Unknown, schematype.DeliverySent, "", schematype.NoCredit)
		if m := s.message(id); m.DueAt != nil || s.token(m).RevokedAt != nil {
			t.Errorf("due %v", m.DueAt)
		}
	})
}

func TestALinkThatWasReplacedBeforeItLeftIsVoid(t *testing.T) {
	each(t, func(s *school) {
		for _, channel := range []schematype.Channel{schematype.Email, schematype.SMS} {
			id := s.reset(channel)
			s.tx(func(ctx context.Context, tx *store.Tx) error {
				return tx.ResetToken.Update().Where(resettoken.ID(*s.message(id).ResetTokenID)).SetSupersededAt(tx.Now).Exec(ctx)
			})
			s.work()
			want := schematype.NoCredit
			if channel == schematype.SMS {
				want = schematype.CreditReturned
			}
			s.is(id, schematype.Void, schematype.DeliveryFailed, "", want)
			m := s.message(id)
			if token := s.token(m); token.FirstSentAt != nil || token.ExpiresAt != nil || m.FirstSentAt != nil || m.DueAt != nil {
				t.Errorf("a link that never left has times: %v", token)
			}
		}
		if s.post.count() != 0 || s.balance() != 10 {
			t.Errorf("%d left, %d credits", s.post.count(), s.balance())
		}
		for _, e := range s.deliveries() {
			if e.Facts["reason"] != "a newer link was asked for" || e.Outcome != schematype.FailedToWork {
				t.Errorf("told %v", e)
			}
		}
	})
}

func TestALinkThatWaitedLongerThanFifteenMinutesIsNotSent(t *testing.T) {
	each(t, func(s *school) {
		inTime := s.reset(schematype.SMS)
		s.clock.forward(15 * time.Minute)
		s.work()
		s.is(inTime, schematype.Accepted, schematype.DeliverySent, "", schematype.CreditCaptured)
		late := s.reset(schematype.SMS)
		notice := s.notice()
		s.clock.forward(15*time.Minute + time.Microsecond)
		s.work()
		s.is(late, schematype.Void, schematype.DeliveryFailed, provider.ProviderError, schematype.CreditReturned)
		s.is(notice, schematype.Accepted, schematype.DeliverySent, "", schematype.NoCredit) // a warning is worth sending late
		if s.post.count() != 2 || s.balance() != 9 {
			t.Errorf("%d left, %d credits", s.post.count(), s.balance())
		}
		if got := s.told(); got != "SENT FAILED" {
			t.Errorf("told %q", got)
		}
		if m := s.message(late); m.FirstSentAt != nil || s.token(m).RevokedAt == nil {
			t.Errorf("sent at %v", m.FirstSentAt)
		}
	})
}

func TestATextOfUnknownFateIsNeverSentAgainAndCountsAsSentAfterADay(t *testing.T) {
	each(t, func(s *school) {
		s.post.answer = answers(failed(provider.Unknown, provider.ProviderError))
		id := s.reset(schematype.SMS)
		s.work()
		s.clock.forward(24*time.Hour - time.Second)
		if n := s.work(); n != 0 {
			t.Errorf("%d rows were due", n)
		}
		s.is(id, schematype.Unknown, schematype.DeliverySent, "", schematype.CreditHeld)
		s.clock.forward(time.Second)
		s.work()
		s.is(id, schematype.Unknown, schematype.DeliverySent, "", schematype.CreditCaptured)
		if m := s.message(id); s.post.count() != 1 || s.balance() != 9 || m.DueAt != nil {
			t.Errorf("%d tries, %d credits, due %v", s.post.count(), s.balance(), m.DueAt)
		}
		last := s.deliveries()[1]
		if last.Outcome != schematype.Succeeded || last.Details[0] != (schematype.Detail{Key: "credit", Before: "HELD", After: "CAPTURED"}) {
			t.Errorf("told %v", last)
		}
	})
}

// A worker that never comes back is one whose service does not answer: the clock ends its lease meanwhile.
func TestWhatADeadProcessLeftIsTakenOverEmailsAgainTextsNot(t *testing.T) {
	each(t, func(s *school) {
		email, text := s.reset(schematype.Email), s.reset(schematype.SMS)
		first := s.store.Now()
		release := make(chan struct{})
		stuck := &post{answer: func(_ context.Context, n int) provider.Result {
			<-release
			return provider.Result{Kind: provider.Accepted, ProviderID: "late"}
		}}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		dying := s.newWorker("dying", stuck)
		go func() { defer close(ended); dying.Run(ctx) }()
		s.until("both are in flight", func() bool { return stuck.count() == 2 })
		if n := s.work(); n != 0 {
			t.Errorf("%d rows of a living worker were taken", n)
		}
		s.clock.forward(61 * time.Second)
		s.work()
		s.is(email, schematype.Accepted, schematype.DeliverySent, "", schematype.NoCredit)
		s.is(text, schematype.Unknown, schematype.DeliverySent, "", schematype.CreditHeld)
		emails, texts := s.post.sent()
		before, _ := stuck.sent()
		if len(emails) != 1 || len(texts) != 0 || emails[0] != before[0] {
			t.Errorf("the second try is %v after %v; %d texts", emails, before, len(texts))
		}
		if token := s.token(s.message(email)); !token.FirstSentAt.Equal(first) || !token.ExpiresAt.Equal(first.Add(life)) {
			t.Errorf("the life of the link moved: %v to %v", token.FirstSentAt, token.ExpiresAt)
		}

		// It was not dead after all. Its e-mail is accounted for; of its text the fate is known now.
		close(release)
		stop()
		<-ended
		if m := s.message(email); m.ProviderID != "provider-1" || m.Attempt != 2 || m.LeaseOwner != "first" {
			t.Errorf("the e-mail was recorded twice: %v", m)
		}
		s.is(text, schematype.Accepted, schematype.DeliverySent, "", schematype.CreditCaptured)
		if s.balance() != 9 || s.message(text).DueAt != nil {
			t.Errorf("%d credits", s.balance())
		}
	})
}

func TestARefusalOfAKeyThatAnEarlierTryUsedUpIsNoFailure(t *testing.T) {
	each(t, func(s *school) {
		s.post.answer = answers(failed(provider.Unknown, ""), failed(provider.Refused, provider.ProviderError))
		id := s.reset(schematype.Email)
		s.work()
		s.clock.forward(time.Minute)
		s.work()
		s.is(id, schematype.Unknown, schematype.DeliverySent, "", schematype.NoCredit)
	})
}

func TestAMessageThatCannotBeRenderedWaitsAndAPanicEndsNothing(t *testing.T) {
	each(t, func(s *school) {
		s.links.err = errRender
		id := s.reset(schematype.SMS)
		s.work()
		s.is(id, schematype.Queued, schematype.DeliveryQueued, "", schematype.CreditHeld)
		s.links.err = nil
		s.post.answer = func(context.Context, int) provider.Result { panic(secret) }
		s.clock.forward(time.Minute)
		s.work()
		s.is(id, schematype.Unknown, schematype.DeliverySent, "", schematype.CreditHeld)
	})
}
