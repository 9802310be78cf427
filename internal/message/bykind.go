package message

import (
	"context"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/store"
)

// ByKind is a Renderer that leaves each kind of message to the domain that queues it.
type ByKind struct {
	Kinds     map[schematype.MessageKind]Renderer
	Otherwise Renderer
}

func (b ByKind) of(m *ent.Message) Renderer {
	if r, ok := b.Kinds[m.Kind]; ok {
		return r
	}
	return b.Otherwise
}

// Prepare implements Renderer.
func (b ByKind) Prepare(ctx context.Context, m *ent.Message, sentAt time.Time) (Content, error) {
	return b.of(m).Prepare(ctx, m, sentAt)
}

// OnFirstLease implements Renderer.
func (b ByKind) OnFirstLease(ctx context.Context, tx *store.Tx, m *ent.Message) (string, error) {
	return b.of(m).OnFirstLease(ctx, tx, m)
}
