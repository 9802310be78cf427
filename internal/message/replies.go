package message

import (
	"context"
	"errors"
	"slices"
	"time"

	"officeportal/ent"
	"officeportal/ent/guardian"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// businessesAtOnce bounds one statement's list of businesses.
const businessesAtOnce = 500

// TakeReply records that a number asked for no more texts, or for texts again. All businesses send from one
// number, so it counts for every guardian who has that phone.
func (r *Reports) TakeReply(ctx context.Context, reply provider.Reply) error {
	if !reply.Stop && !reply.Start {
		return nil
	}
	ctx = store.WithFresh(viewer.AsSystem(ctx, ident.ID{}, "a number wants no texts from any business, or texts again"))
	kind := "reply.start"
	if reply.Stop {
		kind = "reply.stop"
	}
	err := r.Store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := once(ctx, tx, reply.Service, reply.EventID, kind, nil); err != nil {
			return err
		}
		at := reply.At.UTC().Truncate(time.Microsecond)
		if reply.At.IsZero() || at.After(tx.Now) {
			at = tx.Now
		}
		found, err := withPhone(ctx, tx, reply.From)
		if err != nil {
			return err
		}
		for _, g := range found {
			if err := optOut(ctx, tx, g, reply.Stop, at); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errSeen) {
		return nil
	}
	return err
}

// withPhone finds everybody with a number. Naming the businesses lets the index of each be used.
func withPhone(ctx context.Context, tx *store.Tx, phone string) ([]*ent.Guardian, error) {
	businesses, err := tx.Business.Query().IDs(ctx)
	if err != nil {
		return nil, err
	}
	var out []*ent.Guardian
	for some := range slices.Chunk(businesses, businessesAtOnce) {
		found, err := tx.Guardian.Query().Where(guardian.BusinessIDIn(some...), guardian.Phone(phone)).All(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func optOut(ctx context.Context, tx *store.Tx, g *ent.Guardian, stop bool, at time.Time) error {
	update := tx.Guardian.Update().Where(guardian.BusinessID(g.BusinessID), guardian.ID(g.ID), guardian.Phone(g.Phone))
	action, mark := audit.ContactMarkCleared, "START"
	if stop {
		action, mark = audit.ContactMarked, string(provider.StoppedTexts)
		update.Where(guardian.PhoneOptedOutAtIsNil()).SetPhoneOptedOutAt(at)
	} else { // not a START from before the STOP
		update.Where(guardian.PhoneOptedOutAtLTE(at)).ClearPhoneOptedOutAt()
	}
	n, err := update.Save(ctx)
	if err != nil || n == 0 {
		return err
	}
	return tellMark(ctx, tx, g, action, mark, schematype.SMS)
}
