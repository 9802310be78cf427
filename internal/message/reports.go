package message

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"officeportal/ent"
	entmessage "officeportal/ent/message"
	"officeportal/ent/predicate"
	"officeportal/ent/providerevent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// eventLife is how long a report is remembered so that it is taken once. Signatures are good for minutes, and
// services repeat what was not answered for about 27 hours.
const eventLife = 7 * 24 * time.Hour

// errSeen ends the transaction of a report that was taken before.
var errSeen = errors.New("message: the report was taken before")

// Refunder also gives back a credit that was captured, when the text finally did not arrive.
type Refunder interface {
	Credits
	Refund(ctx context.Context, tx *store.Tx, m *ent.Message, auditID ident.ID) (bool, error)
}

// Reports takes what services report later. Reports come out of order, twice, a day late, and before the
// answer to the request that sent the message: each of them moves a message forward or not at all, by one
// conditional statement, so that every order of the same reports ends in the same state.
type Reports struct {
	Store   *store.Store
	Credits Refunder
	Log     *slog.Logger
}

// Take records a report. Nil also means that it was taken before, or is about no message of ours: whoever
// reports can't tell the difference. An error means that it should be sent again.
func (r *Reports) Take(ctx context.Context, rep provider.Report) error {
	m, err := r.find(ctx, rep)
	if err != nil || m == nil {
		return err
	}
	ctx = as(ctx, m)
	moved := false
	err = r.Store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if err := once(ctx, tx, rep.Service, rep.EventID, rep.Kind, &m.ID); err != nil {
			return err
		}
		moved, err = r.apply(ctx, tx, m, rep)
		return err
	})
	if errors.Is(err, errSeen) {
		return nil
	}
	if err == nil {
		r.Log.InfoContext(ctx, "report taken", slog.String("service", rep.Service), slog.String("kind", rep.Kind),
			slog.String("message", m.ID.String()), slog.Bool("moved", moved))
	}
	return err
}

// find returns the message a report is about; nil when it is none of ours. A message that another service
// took is not: its reports still come from there, also after another one was configured.
func (r *Reports) find(ctx context.Context, rep provider.Report) (*ent.Message, error) {
	ctx = store.WithFresh(viewer.AsSystem(ctx, ident.ID{}, "a message service reports of a message of any business"))
	query := r.Store.Client.Message.Query()
	if id, err := ident.Parse(rep.Reference); err == nil && !id.IsZero() {
		query.Where(entmessage.ID(id))
	} else if rep.ProviderID != "" {
		query.Where(entmessage.ProviderID(rep.ProviderID), entmessage.ProviderEQ(rep.Service))
	} else {
		return nil, nil
	}
	m, err := query.First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	other := m.Provider != "" && m.Provider != rep.Service ||
		m.ProviderID != "" && rep.ProviderID != "" && m.ProviderID != rep.ProviderID
	if other || m.FirstSentAt == nil {
		return nil, nil
	}
	return m, nil
}

// once remembers the report in the transaction of what it does; errSeen says that it was taken before.
func once(ctx context.Context, tx *store.Tx, service, id, kind string, m *ident.ID) error {
	err := tx.ProviderEvent.Create().SetProvider(service).SetEventID(id).SetKind(kind).
		SetNillableMessageID(m).SetReceivedAt(tx.Now).Exec(ctx)
	if store.IsUniqueViolation(err) {
		return errSeen
	}
	return err
}

// below are the deliveries that each stage moves on from, and what it moves to. What is not below stays as it
// is: the rank is part of the statement, so nothing that was read before can be out of date.
var below = map[provider.Stage]struct {
	to   schematype.Delivery
	from []schematype.Delivery
}{
	provider.Taken: {schematype.DeliverySent, []schematype.Delivery{schematype.DeliveryQueued, schematype.DeliverySending}},
	provider.Delayed: {schematype.DeliveryDelayed, []schematype.Delivery{
		schematype.DeliveryQueued, schematype.DeliverySending, schematype.DeliverySent}},
	provider.Failed: {schematype.DeliveryFailed, []schematype.Delivery{
		schematype.DeliveryQueued, schematype.DeliverySending, schematype.DeliverySent, schematype.DeliveryDelayed}},
	provider.Delivered: {schematype.DeliveryDelivered, []schematype.Delivery{
		schematype.DeliveryQueued, schematype.DeliverySending, schematype.DeliverySent, schematype.DeliveryDelayed, schematype.DeliveryFailed}},
	provider.Undelivered: {schematype.DeliveryNotDelivered, []schematype.Delivery{
		schematype.DeliveryQueued, schematype.DeliverySending, schematype.DeliverySent, schematype.DeliveryDelayed, schematype.DeliveryFailed,
		schematype.DeliveryDelivered}},
}

// apply moves the message, settles its credit, marks the contact and tells the Audit Log. It reports whether
// the message moved.
func (r *Reports) apply(ctx context.Context, tx *store.Tx, m *ent.Message, rep provider.Report) (bool, error) {
	rank := below[rep.Stage]
	at := happened(rep.At, m, tx.Now)
	s := step{state: schematype.Accepted, delivery: rank.to, problem: rep.Problem, credit: capture}
	here := []predicate.Message{entmessage.BusinessID(m.BusinessID), entmessage.ID(m.ID)}
	lower := entmessage.DeliveryIn(rank.from...)
	if rep.Stage == provider.Taken { // also clears up what nobody knew
		lower = entmessage.Or(lower, entmessage.And(entmessage.StateEQ(schematype.Unknown), entmessage.DeliveryEQ(schematype.DeliverySent)))
	}
	update := tx.Message.Update().Where(append(here, lower)...).
		SetState(s.state).SetDelivery(s.delivery).SetProblem(string(s.problem)).SetProvider(rep.Service).
		ClearDueAt().SetUpdatedAt(tx.Now)
	if rep.ProviderID != "" {
		update.SetProviderID(rep.ProviderID)
	}
	if rep.Stage == provider.Failed || rep.Stage == provider.Undelivered {
		update.SetFailedAt(at)
		s.credit = release
	}
	n, err := update.Save(ctx)
	if err != nil {
		return false, err
	}
	moved := n == 1
	if err := r.stamp(ctx, tx, here, rep.Stage, at); err != nil {
		return false, err
	}
	auditID := ident.New()
	before, after, err := r.settle(ctx, tx, m, s.credit, moved, auditID)
	if err != nil {
		return false, err
	}
	if err := markContact(ctx, tx, m, rep.Mark, at); err != nil {
		return false, err
	}
	if after == "" && !moved {
		return moved, nil
	}
	return moved, tell(ctx, tx, m, s, before, after, auditID)
}

// stamp keeps the times of the timeline, each written once. They are independent of how far the message is,
// so that they too are the same in every order.
func (r *Reports) stamp(ctx context.Context, tx *store.Tx, here []predicate.Message, stage provider.Stage, at time.Time) error {
	if err := tx.Message.Update().Where(append(here, entmessage.AcceptedAtIsNil())...).SetAcceptedAt(at).Exec(ctx); err != nil {
		return err
	}
	if stage != provider.Delivered {
		return nil
	}
	return tx.Message.Update().Where(append(here, entmessage.DeliveredAtIsNil())...).SetDeliveredAt(at).SetUpdatedAt(tx.Now).Exec(ctx)
}

// settle spends a credit that is still held, or gives back the credit of a text that did not arrive, wherever
// it is by now. A text that is reported as delivered after its credit was given back costs nothing: the
// ledger takes nothing back.
func (r *Reports) settle(ctx context.Context, tx *store.Tx, m *ent.Message, what move, moved bool, auditID ident.ID) (before, after schematype.CreditState, err error) {
	if m.Credit == schematype.NoCredit || !moved {
		return "", "", nil
	}
	type way struct {
		resolve       func(context.Context, *store.Tx, *ent.Message, ident.ID) (bool, error)
		before, after schematype.CreditState
	}
	ways := []way{{r.Credits.Release, schematype.CreditHeld, schematype.CreditReturned}, {r.Credits.Refund, schematype.CreditCaptured, schematype.CreditReturned}}
	if what == capture {
		ways = []way{{r.Credits.Capture, schematype.CreditHeld, schematype.CreditCaptured}}
	}
	for _, w := range ways {
		done, err := w.resolve(ctx, tx, m, auditID)
		if err != nil {
			return "", "", err
		}
		if done {
			return w.before, w.after, nil
		}
	}
	return "", "", nil
}

// happened is when something happened, by the service's clock as far as that can be: not before the message
// was handed over and not in the future.
func happened(at time.Time, m *ent.Message, now time.Time) time.Time {
	at = at.UTC().Truncate(time.Microsecond)
	if at.IsZero() || at.After(now) || m.FirstSentAt != nil && at.Before(*m.FirstSentAt) {
		return now
	}
	return at
}

// Sweep forgets reports that can't come again, at most limit of them, and returns how many. The viewer must be
// the system.
func (r *Reports) Sweep(ctx context.Context, limit int) (int, error) {
	ids, err := r.Store.Client.ProviderEvent.Query().
		Where(providerevent.ReceivedAtLT(r.Store.Now().Add(-eventLife))).Limit(limit).IDs(ctx)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return r.Store.Client.ProviderEvent.Delete().Where(providerevent.IDIn(ids...)).Exec(ctx)
}
