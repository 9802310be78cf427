package message

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"officeportal/ent"
	entmessage "officeportal/ent/message"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
	"officeportal/internal/tracing"
)

// deliver hands a taken message over and records what came of it.
func (w *Worker) deliver(ctx context.Context, j *job) {
	ctx = as(ctx, j.message)
	s, cause := w.attempt(ctx, j)
	if err := w.record(ctx, j, s); err != nil {
		// The lease ends by itself: e-mail is then sent again under the same key, a text is marked unknown.
		w.Log.ErrorContext(ctx, "outbox: cannot record what came of a message",
			slog.String("message", j.message.ID.String()), slog.String("state", string(s.state)), slog.String("error", store.Cause(err)))
		return
	}
	w.tell(ctx, j.message, s, cause)
}

// attempt renders and sends.
func (w *Worker) attempt(ctx context.Context, j *job) (s step, cause error) {
	m := j.message
	// Fresh: on another node of a cluster the times of the link may not have arrived yet.
	content, err := w.prepare(store.WithFresh(ctx), j)
	now := w.Store.Now()
	switch {
	case err != nil:
		return decide(j, provider.Result{Kind: provider.NotSent}, now, false, jitter()), err
	case content.Void != "":
		problem := provider.ProviderError
		if m.Attempt == 1 {
			problem = "" // nothing was tried that could have failed
		}
		return gaveUp(m, now, j.maybeSent, problem, content.Void), nil
	}
	result := w.send(ctx, m, content)
	reporter, ok := w.sender(m.Channel).(DeliveryReporter)
	return decide(j, result, w.Store.Now(), ok && reporter.ReportsDelivery(), jitter()), result.Err
}

var errNoContent = errors.New("message: nothing was rendered for the channel")

func (w *Worker) prepare(ctx context.Context, j *job) (c Content, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = w.panicked(ctx, "rendering", p)
		}
	}()
	c, err = w.Renderer.Prepare(ctx, j.message, j.sentAt)
	if err == nil && c.Void == "" && (j.message.Channel == schematype.Email && c.Email == nil || j.message.Channel == schematype.SMS && c.SMS == nil) {
		err = errNoContent
	}
	return c, err
}

func (w *Worker) sender(channel schematype.Channel) any {
	if channel == schematype.SMS {
		return w.SMS
	}
	return w.Email
}

// serviceOf names the service that carries a channel; empty when it does not say.
func (w *Worker) serviceOf(channel schematype.Channel) string {
	if n, ok := w.sender(channel).(provider.Named); ok {
		return n.Service()
	}
	return ""
}

// repeatable reports whether handing a message over again under its key can't make a second one.
func (w *Worker) repeatable(m *ent.Message) bool {
	if m.Channel == schematype.Email {
		return true
	}
	r, ok := w.sender(m.Channel).(provider.Repeatable)
	return ok && r.Repeatable() && (m.Provider == "" || m.Provider == w.serviceOf(m.Channel))
}

// send makes one attempt. The recipient is the row's one destination whatever was rendered, and so are
// the names under which a service knows the message: the same at every try.
func (w *Worker) send(ctx context.Context, m *ent.Message, c Content) (r provider.Result) {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	ctx, span := tracing.Start(ctx, "send", "channel", string(m.Channel), "message.kind", string(m.Kind))
	defer func() {
		span.Fact("problem", string(r.Problem))
		span.End(r.Err != nil)
	}()
	defer func() {
		if p := recover(); p != nil {
			r = provider.Result{Kind: provider.Unknown, Problem: provider.ProviderError, Err: w.panicked(ctx, "sending", p)}
		}
	}()
	if m.Channel == schematype.SMS {
		sms := *c.SMS
		sms.To, sms.Reference = m.Destination, m.ID.String()
		sms.Authentication = m.ResetTokenID != nil
		return w.SMS.SendSMS(ctx, sms)
	}
	email := *c.Email
	email.To, email.IdempotencyKey, email.Reference = m.Destination, Key(m), m.ID.String()
	return w.Email.SendEmail(ctx, email)
}

// Key is the idempotency key of an e-mail, such as password-reset/06f3…: one message, one key.
func Key(m *ent.Message) string {
	return strings.ToLower(strings.ReplaceAll(string(m.Kind), "_", "-")) + "/" + m.ID.String()
}

// panicked says where, never what: the value could hold the message.
func (w *Worker) panicked(ctx context.Context, doing string, p any) error {
	w.Log.ErrorContext(ctx, "outbox: panic", slog.String("while", doing), slog.String("type", fmt.Sprintf("%T", p)), slog.String("stack", string(debug.Stack())))
	return errors.New("message: panic while " + doing)
}

// record writes the outcome for as long as the lease lasts, also while the worker is ending: what was sent
// and not recorded costs a text its report and its credit.
func (w *Worker) record(ctx context.Context, j *job, s step) error {
	tries, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseLife-sendTime)
	defer cancel()
	where := held(j.message)
	if s.state == schematype.Accepted || s.state == schematype.Refused {
		// A worker that saw the lease end may have called it unknown meanwhile; now it is known.
		where = append(where, entmessage.StateIn(schematype.Leased, schematype.Unknown))
	} else {
		where = append(where, entmessage.StateEQ(schematype.Leased))
	}
	for {
		err := w.Store.WithKeyedTx(tries, func(ctx context.Context, tx *store.Tx) error {
			return w.move(ctx, tx, j.message, s, where...)
		})
		if err == nil || errors.Is(err, errTaken) {
			return nil // taken: an earlier run in doubt was kept, or the lease had ended
		}
		if !store.Retryable(err) && !store.Unknown(err) || tries.Err() != nil || ctx.Err() != nil {
			return err
		}
	}
}

// tell writes what happened to the log: never an address, a text or a link.
func (w *Worker) tell(ctx context.Context, m *ent.Message, s step, cause error) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("message", m.ID.String()), slog.String("business", m.BusinessID.String()),
		slog.String("kind", string(m.Kind)), slog.String("channel", string(m.Channel)),
		slog.String("state", string(s.state)), slog.String("delivery", string(s.delivery)),
		slog.Int("attempt", m.Attempt),
	}
	if m.RequestID != "" {
		attrs = append(attrs, slog.String("request", m.RequestID))
	}
	if s.problem != "" {
		attrs = append(attrs, slog.String("problem", string(s.problem)))
	}
	if s.reason != "" {
		attrs = append(attrs, slog.String("reason", s.reason))
	}
	if !s.due.IsZero() {
		attrs = append(attrs, slog.String("due", s.due.Format(time.RFC3339)))
	}
	if cause != nil {
		attrs = append(attrs, slog.String("error", store.Cause(cause)))
	}
	if s.outcome() != schematype.Succeeded {
		level = slog.LevelWarn
	}
	w.Log.LogAttrs(ctx, level, "outbox: message", attrs...)
}
