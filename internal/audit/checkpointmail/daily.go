// Package checkpointmail sends every owner the newest checkpoint of the Audit Log once a day. It is then where whoever
// rules the database can't reach it, without anybody having to set something up.
package checkpointmail

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/business"
	"officeportal/ent/predicate"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/audit/seal"
	"officeportal/internal/ident"
	"officeportal/internal/message"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

const (
	// hour is when the mail of a day is due where the business is.
	hour = 6
	// lookEvery is how soon it is sent then.
	lookEvery = time.Minute
	// mailedAtOnce is for how many businesses one look queues mails: message services take a few in a second, and
	// whoever waits for a link must not wait behind those of ten thousand schools. plannedAtOnce is how many get their
	// first day.
	mailedAtOnce, plannedAtOnce = 30, 500
)

// Service queues the mails. Any number of processes may run it.
type Service struct {
	Store *store.Store
	Log   *seal.Log
	// Nudge makes the outbox look at once; nil when nobody needs to.
	Nudge func()
	// Logger gets what could not be done.
	Logger *slog.Logger
}

// Run looks once a minute until ctx ends.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := s.Once(ctx); err != nil && ctx.Err() == nil {
			s.Logger.WarnContext(ctx, "audit: checkpoints are not mailed", slog.String("error", store.Cause(err)))
		}
	}
}

// Once queues what is due and returns how many businesses that were. A business that was never looked at gets its
// first mail on the next day.
func (s *Service) Once(ctx context.Context) (int, error) {
	ctx = store.WithFresh(viewer.AsSystem(ctx, ident.ID{}, "the tree, and what is due, are of all businesses"))
	// One after the other, so that each is the beginning of the index.
	if _, err := s.some(ctx, business.CheckpointDueAtIsNil(), plannedAtOnce); err != nil {
		return 0, err
	}
	return s.some(ctx, business.CheckpointDueAtLTE(s.Store.Now()), mailedAtOnce)
}

// some does the first of what is due; what is left waits for the next look.
func (s *Service) some(ctx context.Context, due predicate.Business, most int) (done int, err error) {
	found, err := s.Store.Client.Business.Query().Where(due).Order(ent.Asc(business.FieldCheckpointDueAt)).Limit(most).All(ctx)
	if err != nil {
		return 0, err
	}
	for _, b := range found {
		sent, err := s.mail(ctx, b)
		if err != nil {
			return done, err
		}
		if sent {
			done++
		}
	}
	return done, nil
}

// mail moves what is due to the next day and, if this process was the one who moved it, queues the mails.
func (s *Service) mail(ctx context.Context, b *ent.Business) (sent bool, err error) {
	var c seal.Checkpoint
	if b.CheckpointDueAt != nil && b.CheckpointMail {
		if c, err = s.Log.Checkpoint(ctx); err != nil {
			return false, err // the business itself is an entry: there is one in a moment
		}
	}
	ctx = viewer.AsSystem(ctx, b.ID, "owners get the checkpoint of the Audit Log")
	err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		sent = false
		mine := tx.Business.Update().Where(business.ID(b.ID)).SetCheckpointDueAt(next(tx.Now, viewer.Business{TimeZone: b.TimeZone}.Location()))
		if b.CheckpointDueAt == nil {
			mine.Where(business.CheckpointDueAtIsNil())
		} else {
			mine.Where(business.CheckpointDueAt(*b.CheckpointDueAt))
		}
		n, err := mine.Save(ctx)
		if err != nil || n != 1 || c.Size == 0 {
			return err
		}
		anew, err := somethingNew(ctx, tx, b.ID)
		if err != nil || !anew {
			return err
		}
		sent, err = queue(ctx, tx, b.ID, c)
		return err
	})
	if err == nil && sent && s.Nudge != nil {
		s.Nudge()
	}
	return sent, err
}

// next is the hour of the day that follows, so that no day has two.
func next(now time.Time, zone *time.Location) time.Time {
	there := now.In(zone)
	return time.Date(there.Year(), there.Month(), there.Day()+1, hour, 0, 0, 0, zone).UTC()
}

// somethingNew reports whether anything but such a mail, or what became of a message, was written since the last one.
func somethingNew(ctx context.Context, tx *store.Tx, of ident.ID) (bool, error) {
	var last ident.ID
	told, err := tx.AuditEntry.Query().Where(auditentry.BusinessID(of), auditentry.Action(string(audit.CheckpointSent))).
		Order(ent.Desc(auditentry.FieldID)).First(ctx)
	switch {
	case err == nil:
		last = told.ID
	case !ent.IsNotFound(err):
		return false, err
	}
	return tx.AuditEntry.Query().Where(auditentry.BusinessID(of), auditentry.IDGT(last), auditentry.ActionNotIn(string(audit.CheckpointSent), string(audit.MessageDelivery))).Exist(ctx)
}

// queue writes the mails, and to the Audit Log that they were.
func queue(ctx context.Context, tx *store.Tx, of ident.ID, c seal.Checkpoint) (bool, error) {
	owners, err := tx.StaffMember.Query().
		Where(staffmember.BusinessID(of), staffmember.Owner(true), staffmember.Active(true)).All(ctx)
	if err != nil || len(owners) == 0 {
		return false, err
	}
	for _, o := range owners {
		if err := message.Enqueue(ctx, tx, message.Draft{
			Business: of, Staff: o.ID, Kind: schematype.AuditCheckpoint, Channel: schematype.Email,
			Destination: o.Email, Locale: o.Locale, Params: params(c),
		}); err != nil {
			return false, err
		}
	}
	size := strconv.FormatInt(c.Size, 10)
	_, err = audit.Record(ctx, tx, audit.Entry{Action: audit.CheckpointSent, Channel: schematype.Email,
		Facts:   map[string]string{"entries": size},
		Details: []schematype.Detail{{Key: "size", After: size}, {Key: "rootHash", After: c.Root.String()}, {Key: "owners", After: strconv.Itoa(len(owners))}}})
	return err == nil, err
}
