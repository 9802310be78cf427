package message_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/message"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
	"officeportal/internal/store/sqlcount"
)

func TestAWorkerThatIsToldToEndFinishesWhatIsInFlightAndTakesNothingMore(t *testing.T) {
	each(t, func(s *school) {
		inFlight := s.reset(schematype.SMS)
		started, release := make(chan struct{}), make(chan struct{})
		s.post.answer = func(context.Context, int) provider.Result {
			close(started)
			<-release
			return provider.Result{Kind: provider.Accepted}
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); s.worker.Run(ctx) }()
		<-started
		stop()
		left := s.reset(schematype.Email)
		s.worker.Nudge()
		close(release)
		<-ended
		s.is(inFlight, schematype.Accepted, schematype.DeliverySent, "", schematype.CreditCaptured)
		s.is(left, schematype.Queued, schematype.DeliveryQueued, "", schematype.NoCredit)
	})
}

func TestWhatDoesNotEndInTimeIsCutOffAndRecorded(t *testing.T) {
	each(t, func(s *school) {
		id := s.reset(schematype.SMS)
		started := make(chan struct{})
		s.post.answer = func(ctx context.Context, _ int) provider.Result {
			close(started)
			<-ctx.Done()
			return failed(provider.Unknown, provider.ProviderError)
		}
		w := message.NewWorker(message.Config{Store: s.store, Email: s.post, SMS: s.post, Renderer: s.links, Credits: s.credits,
			Log: s.worker.Log, Grace: 10 * time.Millisecond})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.Run(ctx) }()
		<-started
		stop()
		<-ended
		s.is(id, schematype.Unknown, schematype.DeliverySent, "", schematype.CreditHeld)
	})
}

// turnstile lets as many messages through as it is told.
type turnstile struct {
	free  chan struct{}
	asked atomic.Int64
}

func (p *turnstile) Wait(ctx context.Context, channel schematype.Channel) error {
	p.asked.Add(1)
	if channel == schematype.SMS {
		return nil
	}
	select {
	case <-p.free:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestTheLifeOfALinkDoesNotBeginWhileItWaitsForItsTurn(t *testing.T) {
	each(t, func(s *school) {
		pace := &turnstile{free: make(chan struct{})}
		w := message.NewWorker(message.Config{Store: s.store, Email: s.post, SMS: s.post, Renderer: s.links, Credits: s.credits,
			Log: s.worker.Log, Pacer: pace})
		email := s.reset(schematype.Email)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.Run(ctx) }()
		s.until("it waits", func() bool { return pace.asked.Load() == 1 })
		text := s.reset(schematype.SMS) // a slow service holds up its own messages only
		w.Nudge()
		s.until("the text left", func() bool { return s.message(text).State == schematype.Accepted })
		if m := s.message(email); m.State != schematype.Queued || m.FirstSentAt != nil {
			t.Errorf("the e-mail is %s, sent at %v", m.State, m.FirstSentAt)
		}
		s.clock.forward(time.Minute)
		pace.free <- struct{}{}
		s.until("the e-mail left", func() bool { return s.message(email).State == schematype.Accepted })
		if got := s.token(s.message(email)).ExpiresAt; !got.Equal(s.store.Now().Add(life)) {
			t.Errorf("expires at %v", got)
		}
		s.reset(schematype.Email)
		w.Nudge()
		s.until("the next waits", func() bool { return pace.asked.Load() == 3 })
		stop()
		<-ended
		if emails, _ := s.post.sent(); len(emails) != 1 {
			t.Errorf("%d e-mails", len(emails))
		}
	})
}

func TestLookingForMessagesIsOneStatementOnAnIndexAndQueueingOneMore(t *testing.T) {
	each(t, func(s *school) {
		// A long past, so that a scan would be one.
		s.tx(func(ctx context.Context, tx *store.Tx) error {
			for range 20 {
				var rows []*ent.MessageCreate
				for range 100 {
					rows = append(rows, tx.Message.Create().SetBusinessID(s.business).SetGuardianID(s.guardian).SetKind(schematype.PasswordChanged).
						SetChannel(schematype.Email).SetDestination(address).SetLocale("en").SetParams(map[string]string{}).
						SetState(schematype.Accepted).SetUpdatedAt(tx.Now))
				}
				if err := tx.Message.CreateBulk(rows...).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		watched, rec := sqlcount.Watch(t.Context())
		if n, err := s.worker.Once(watched); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		if rec.Count() != 1 {
			t.Errorf("an idle look costs %d statements:\n%s", rec.Count(), rec)
		}
		statements := rec.Statements()
		rec.Reset()
		err := s.store.WithTx(store.WithObserver(s.ctx, func(st store.Statement) { statements = append(statements, st) }),
			func(ctx context.Context, tx *store.Tx) error {
				return message.Enqueue(ctx, tx, message.Draft{Business: s.business, Guardian: s.guardian,
					Kind: schematype.PasswordChanged, Channel: schematype.Email, Destination: address, Locale: "en"})
			})
		if err != nil || len(statements) != 1+3 { // BEGIN, the row, COMMIT
			t.Errorf("queueing costs %d statements (%v)", len(statements)-1, err)
		}
		if n, err := s.worker.Once(store.WithObserver(t.Context(), func(st store.Statement) { statements = append(statements, st) })); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		for _, st := range statements {
			plan, err := sqlcount.Explain(s.ctx, s.store.Driver, st)
			if err != nil {
				t.Error(err)
			}
			for _, scan := range plan.Scans {
				t.Errorf("%s\n%s", st.Text, scan)
			}
		}
	})
}

func TestAPermitIsKeptWhenAnotherProcessWasFaster(t *testing.T) {
	each(t, func(s *school) {
		pace := &turnstile{free: make(chan struct{})}
		w := message.NewWorker(message.Config{Store: s.store, Email: s.post, SMS: s.post, Renderer: s.links, Credits: s.credits,
			Log: s.worker.Log, Pacer: pace})
		s.reset(schematype.Email)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.Run(ctx) }()
		s.until("it waits", func() bool { return pace.asked.Load() == 1 })
		s.work() // the faster one
		pace.free <- struct{}{}
		next := s.reset(schematype.Email)
		w.Nudge()
		s.until("the next left", func() bool { return s.message(next).State == schematype.Accepted })
		stop()
		<-ended
		if n := pace.asked.Load(); n != 1 || s.post.count() != 2 {
			t.Errorf("%d permits were asked for, %d messages left", n, s.post.count())
		}
	})
}
