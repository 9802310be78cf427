// Package message is the outbox: messages are queued in the transaction of what they tell, and leave
// after it is committed.
//
// A message is taken by a conditional statement that is committed before anything is sent, so that of
// any number of workers, on any number of database nodes, one sends it. Sending while a row lock is held
// does not do: such locks are local to a node. E-mail is tried again under the same idempotency key with
// the same bytes, which can't make a second one; a text whose fate is unknown is never sent again.
package message

import (
	"context"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Draft is a message about to be queued. It holds no rendered text and no secret.
type Draft struct {
	// ID is made when zero; give one to refer to the message from a row written before it.
	ID ident.ID
	// Business is the viewer's when zero.
	Business ident.ID
	// Guardian or Staff is whom it is for; the other is zero.
	Guardian, Staff ident.ID
	// StaffToken is the link of a staff member that the message carries; zero for none.
	StaffToken ident.ID
	// Token is the reset token whose link the message carries; zero for none.
	Token   ident.ID
	Kind    schematype.MessageKind
	Channel schematype.Channel
	// Destination is the one address or number, as it is now: a later change does not redirect the message.
	Destination string
	Locale      string
	// Params are facts the text needs and no row has; never a secret.
	Params map[string]string
	// HoldsCredit says that a credit was held for the message in the same transaction.
	HoldsCredit bool
}

// Enqueue queues the message in the caller's transaction, with one statement. Call [Worker.Nudge] after
// the commit.
func Enqueue(ctx context.Context, tx *store.Tx, d Draft) error {
	if d.ID.IsZero() {
		d.ID = ident.New()
	}
	if d.Business.IsZero() {
		d.Business = viewer.From(ctx).BusinessID
	}
	if d.Params == nil {
		d.Params = map[string]string{}
	}
	credit := schematype.NoCredit
	if d.HoldsCredit {
		credit = schematype.CreditHeld
	}
	create := tx.Message.Create().
		SetID(d.ID).SetBusinessID(d.Business).
		SetKind(d.Kind).SetChannel(d.Channel).SetDestination(d.Destination).SetLocale(d.Locale).
		SetParams(d.Params).SetRequestID(viewer.RequestFrom(ctx).ID).SetCredit(credit).
		SetDueAt(tx.Now).SetCreatedAt(tx.Now).SetUpdatedAt(tx.Now)
	for _, to := range []struct {
		id  ident.ID
		set func(ident.ID) *ent.MessageCreate
	}{
		{d.Guardian, create.SetGuardianID}, {d.Staff, create.SetStaffID},
		{d.Token, create.SetResetTokenID}, {d.StaffToken, create.SetStaffTokenID},
	} {
		if !to.id.IsZero() {
			to.set(to.id)
		}
	}
	return create.Exec(ctx)
}

// Content is a message ready to be handed over: the part of its channel is set, or Void says why it must
// not leave any more. The worker itself sets the recipient, the idempotency key and the reference.
type Content struct {
	Email *provider.Email
	SMS   *provider.SMS
	Void  string
}

// Renderer makes messages out of outbox rows. The domain that queues them implements it.
type Renderer interface {
	// Prepare renders the message for one try. It must give the same bytes for the same row and sentAt,
	// which is the time of the first hand-over at every try. It may read, with the viewer in ctx, and
	// write nothing. An error means that the message may be tried again later.
	Prepare(ctx context.Context, m *ent.Message, sentAt time.Time) (Content, error)
	// OnFirstLease is called in the transaction in which a message with a link is taken for the first
	// time, whose clock becomes the message's sentAt: the life of its link begins now. A void reason
	// means that the link died meanwhile: the message is not sent.
	OnFirstLease(ctx context.Context, tx *store.Tx, m *ent.Message) (void string, err error)
}

// Credits resolves the credit that a message holds, in the caller's transaction and for the caller's audit
// entry. Both return false when there is nothing to resolve any more.
type Credits interface {
	Capture(ctx context.Context, tx *store.Tx, m *ent.Message, auditID ident.ID) (bool, error)
	Release(ctx context.Context, tx *store.Tx, m *ent.Message, auditID ident.ID) (bool, error)
}

// Pacer keeps all processes together below what a message service allows.
type Pacer interface {
	// Wait returns when one message may leave over the channel, or with an error: then none may.
	Wait(ctx context.Context, channel schematype.Channel) error
}

// DeliveryReporter is implemented by senders that deliver while they send, as the development channels
// do: what they accept is delivered.
type DeliveryReporter interface{ ReportsDelivery() bool }
