package message

import (
	"context"
	"errors"
	"time"

	"officeportal/ent"
	entmessage "officeportal/ent/message"
	"officeportal/ent/predicate"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

const (
	// resetWait is how old a queued link may get: whoever waited longer has asked again or gone home.
	resetWait = 15 * time.Minute
	// noticeWait is how old anything else may get: a warning that comes late is still a warning.
	noticeWait = 24 * time.Hour
	// keyLife is how long e-mail is tried again: services keep idempotency keys for 24 hours, after which
	// another try could make a second e-mail.
	keyLife = 23 * time.Hour
	// reportWait is how long a text of unknown fate holds its credit before it counts as sent.
	reportWait = 24 * time.Hour
	// linkLife bounds the waits between tries of a link, which no link outlives.
	linkLife = 30 * time.Minute
)

// errTaken ends the transaction of a worker that came second.
var errTaken = errors.New("message: another worker has it")

// job is a message that this worker has taken and nobody else will send.
type job struct {
	message *ent.Message // as it is now
	sentAt  time.Time    // the first hand-over
	// maybeSent says that an earlier try may have reached the service.
	maybeSent bool
	// repeatable says that another try under the same key can't make a second message.
	repeatable bool
}

// take decides what a due message needs. It returns a job when that is sending and this worker was the
// first to take it; everything else is done when it returns.
func (w *Worker) take(ctx context.Context, m *ent.Message) (*job, error) {
	now := w.Store.Now()
	switch {
	case m.State == schematype.Unknown:
		return nil, w.end(ctx, m, settled(m))
	case m.State == schematype.Leased && !w.repeatable(m):
		// Its process died between taking and recording: the text may be on its way.
		return nil, w.end(ctx, m, unknown(m, now, "the process that sent it ended"))
	case (m.State == schematype.Queued || m.State == schematype.Leased) && mayBeSent(m) && m.Provider != "" && m.Provider != w.serviceOf(m.Channel):
		// Another service has it, perhaps: the key of a try there means nothing to the one configured now.
		return nil, w.end(ctx, m, unknown(m, now, "the message service was changed"))
	case !w.sendable(m):
		return nil, w.end(ctx, m, step{state: m.State, delivery: m.Delivery, problem: provider.Problem(m.Problem), providerID: m.ProviderID, quiet: true})
	case m.FirstSentAt == nil && now.Sub(m.CreatedAt) > waitOf(m):
		return nil, w.end(ctx, m, gaveUp(m, now, false, provider.ProviderError, "it waited too long"))
	case m.FirstSentAt != nil && now.Sub(*m.FirstSentAt) > keyLife:
		return nil, w.end(ctx, m, gaveUp(m, now, mayBeSent(m), provider.ProviderError, "it was tried for too long"))
	}
	return w.lease(ctx, m)
}

func (w *Worker) sendable(m *ent.Message) bool {
	return m.State == schematype.Queued || m.State == schematype.Leased && w.repeatable(m)
}

// mayBeSent reads the trace that a try without a clear answer leaves: the delivery stays SENDING, while a
// try that certainly sent nothing puts it back to QUEUED.
func mayBeSent(m *ent.Message) bool { return m.Delivery == schematype.DeliverySending }

// carriesLink reports whether the life of a link begins with the message.
func carriesLink(m *ent.Message) bool { return m.ResetTokenID != nil || m.StaffTokenID != nil }

func waitOf(m *ent.Message) time.Duration {
	switch m.Kind {
	case schematype.PasswordReset, schematype.StaffReset:
		return resetWait
	}
	return noticeWait
}

// lease takes the message for leaseLife and commits, so that it may be sent then. The time of the first
// hand-over is written once and no later try moves it.
func (w *Worker) lease(ctx context.Context, m *ent.Message) (*job, error) {
	ctx = as(ctx, m)
	var taken *job
	var voided step
	err := w.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		taken = nil
		now := *m
		now.State, now.Delivery, now.Attempt, now.LeaseOwner = schematype.Leased, schematype.DeliverySending, m.Attempt+1, w.Owner
		update := tx.Message.Update().Where(asSeen(m, tx.Now)...).
			SetState(now.State).SetDelivery(now.Delivery).SetAttempt(now.Attempt).SetLeaseOwner(now.LeaseOwner).
			SetDueAt(tx.Now.Add(leaseLife)).SetUpdatedAt(tx.Now)
		if service := w.serviceOf(m.Channel); service != "" {
			now.Provider = service
			update.SetProvider(service)
		}
		if m.FirstSentAt == nil {
			update.Where(entmessage.FirstSentAtIsNil()).SetFirstSentAt(tx.Now)
			now.FirstSentAt = &tx.Now
		}
		n, err := update.Save(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return errTaken
		}
		if m.FirstSentAt == nil && carriesLink(m) {
			void, err := w.Renderer.OnFirstLease(ctx, tx, &now)
			if err != nil {
				return err
			}
			if void != "" {
				voided = gaveUp(m, tx.Now, false, "", void)
				voided.neverTried = true
				return w.move(ctx, tx, &now, voided, held(&now)...)
			}
		}
		taken = &job{message: &now, sentAt: now.FirstSentAt.UTC(), maybeSent: mayBeSent(m), repeatable: w.repeatable(&now)}
		return nil
	})
	switch {
	case errors.Is(err, errTaken):
		return nil, nil
	case store.Unknown(err):
		return w.wasTaken(ctx, m, err)
	case err != nil:
		return nil, err
	case taken == nil:
		w.tell(ctx, m, voided, nil)
	}
	return taken, nil
}

// wasTaken finds out whether a lease whose commit is in doubt was kept. Only this worker writes its name,
// and it asks once, so finding it there is proof.
func (w *Worker) wasTaken(ctx context.Context, m *ent.Message, doubt error) (*job, error) {
	now, err := w.Store.Client.Message.Query().
		Where(entmessage.BusinessID(m.BusinessID), entmessage.ID(m.ID)).Only(store.WithFresh(ctx))
	if err != nil {
		return nil, doubt
	}
	if now.State != schematype.Leased || now.Attempt != m.Attempt+1 || now.LeaseOwner != w.Owner || now.FirstSentAt == nil {
		return nil, nil
	}
	return &job{message: now, sentAt: now.FirstSentAt.UTC(), maybeSent: mayBeSent(m), repeatable: w.repeatable(now)}, nil
}

// end records a step of a message that nobody is sending.
func (w *Worker) end(ctx context.Context, m *ent.Message, s step) error {
	ctx = as(ctx, m)
	// In doubt it runs again: its condition fails when the first run was kept.
	err := w.Store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return w.move(ctx, tx, m, s, asSeen(m, tx.Now)...)
	})
	if errors.Is(err, errTaken) {
		return nil
	}
	if err == nil {
		w.tell(ctx, m, s, nil)
	}
	return err
}

// asSeen matches the row as long as nobody took it since it was read.
func asSeen(m *ent.Message, now time.Time) []predicate.Message {
	return []predicate.Message{
		entmessage.BusinessID(m.BusinessID), entmessage.ID(m.ID), entmessage.Attempt(m.Attempt),
		entmessage.StateEQ(m.State), entmessage.DueAtLTE(now),
	}
}

// held matches the row as long as this worker's try is the last.
func held(m *ent.Message) []predicate.Message {
	return []predicate.Message{
		entmessage.BusinessID(m.BusinessID), entmessage.ID(m.ID), entmessage.Attempt(m.Attempt),
		entmessage.LeaseOwner(m.LeaseOwner),
	}
}

// as returns a context in which Office Portal itself asks about one message, under the reference number of
// the request that queued it.
func as(ctx context.Context, m *ent.Message) context.Context {
	ctx = viewer.AsSystem(ctx, m.BusinessID, "the worker sends a message and records what came of it")
	return viewer.WithRequest(ctx, viewer.Request{ID: m.RequestID})
}
