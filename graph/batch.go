package graph

import (
	"context"
	"errors"
	"sync"

	"officeportal/internal/ident"
)

// batch loads what many objects of one answer refer to with one query. Whoever made a list says which
// items will be asked for; the first that is asked for loads all of them. So the number of statements
// does not depend on timing, as it would if requests were collected for some milliseconds.
type batch[In, Out any] struct {
	key    func(In) ident.ID
	fetch  func(context.Context, []In) (map[ident.ID]Out, error)
	mu     sync.Mutex
	groups map[ident.ID]*group[In, Out]
}

type group[In, Out any] struct {
	once  sync.Once
	items []In
	found map[ident.ID]Out
	err   error
}

var errFetch = errors.New("graph: loading ended early")

func newBatch[In, Out any](key func(In) ident.ID, fetch func(context.Context, []In) (map[ident.ID]Out, error)) *batch[In, Out] {
	return &batch[In, Out]{key: key, fetch: fetch, groups: map[ident.ID]*group[In, Out]{}}
}

// byID is a batch whose items are ids.
func byID[Out any](fetch func(context.Context, []ident.ID) (map[ident.ID]Out, error)) *batch[ident.ID, Out] {
	return newBatch(func(id ident.ID) ident.ID { return id }, fetch)
}

// expect says that the items will be asked for together. Items expected before stay where they are.
func (b *batch[In, Out]) expect(items ...In) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := &group[In, Out]{}
	for _, item := range items {
		b.add(g, item)
	}
}

func (b *batch[In, Out]) add(g *group[In, Out], item In) {
	key := b.key(item)
	if _, there := b.groups[key]; !there && !key.IsZero() {
		b.groups[key] = g
		g.items = append(g.items, item)
	}
}

// load returns what belongs to the item, false when nothing does or the viewer may not see it.
func (b *batch[In, Out]) load(ctx context.Context, item In) (out Out, ok bool, err error) {
	key := b.key(item)
	if key.IsZero() {
		return out, false, nil
	}
	b.mu.Lock()
	g := b.groups[key]
	if g == nil {
		g = &group[In, Out]{}
		b.add(g, item)
	}
	b.mu.Unlock()
	g.once.Do(func() {
		g.err = errFetch // stays when fetch panics
		g.found, g.err = b.fetch(ctx, g.items)
	})
	out, ok = g.found[key]
	return out, ok, g.err
}
