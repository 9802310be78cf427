package passwordreset

import (
	"context"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/store"
)

// Watch tells when a reset is otherwise than its reader has seen it.
type Watch interface {
	// Saw says how the reader has seen it, and returns whether that is news.
	Saw(t *ent.ResetToken, m *ent.Message, epoch int, at time.Time) (news bool)
	Changed() <-chan struct{}
	Close()
}

// Follow sends the reset as it is now and after every change, until nothing about it can change any more, it is
// not there for the viewer, or ctx ends. It waits for whoever receives: changes meanwhile come as one. For staff
// who may read families.
func (s *Service) Follow(ctx context.Context, id ident.ID, out chan<- *Request) error {
	watch := s.Watch(id) // before the first read, so that nothing falls in between
	defer watch.Close()
	for {
		found, err := s.Find(store.WithFresh(ctx), []ident.ID{id})
		r, ok := found[id]
		if err != nil || !ok {
			return err
		}
		if watch.Saw(r.Token, r.Message, r.GuardianEpoch, r.Now) {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case out <- r:
			}
		}
		if r.Final() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-watch.Changed():
		}
	}
}

// Final reports whether nothing about the reset can change any more: its message arrived or failed, and its link
// is done with.
func (r *Request) Final() bool {
	switch r.Message.Delivery {
	case schematype.DeliveryDelivered, schematype.DeliveryNotDelivered, schematype.DeliveryFailed:
		return r.State() != Active
	default:
		return false
	}
}
