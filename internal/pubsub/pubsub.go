// Package pubsub tells many waiting readers that what they look at has changed in the database, whoever
// changed it. It looks at everything that is watched, all of it at once, once in a while: a thousand readers
// cost as much as one, a change made by any process is seen, and nobody has to be told by the one who made it.
package pubsub

import (
	"context"
	"sync"
	"time"
)

// Look returns the state of each thing, as a text that differs whenever the thing does; what does not exist is
// left out. It is called with every key that anybody watches.
type Look[K comparable] func(ctx context.Context, keys []K) (map[K]string, error)

// Hub looks for its readers.
type Hub[K comparable] struct {
	look  Look[K]
	every time.Duration
	// failed is told of every look that failed, with nil once one succeeds again.
	failed func(ctx context.Context, err error)

	mu      sync.Mutex
	watched map[K]map[*Watch[K]]struct{}
}

// New returns a hub that looks every so often while Run runs. failed may be nil.
func New[K comparable](look Look[K], every time.Duration, failed func(ctx context.Context, err error)) *Hub[K] {
	if failed == nil {
		failed = func(context.Context, error) {}
	}
	return &Hub[K]{look: look, every: every, failed: failed, watched: map[K]map[*Watch[K]]struct{}{}}
}

// Watch is one reader's interest in one thing.
type Watch[K comparable] struct {
	hub     *Hub[K]
	key     K
	changed chan struct{}
	// both are the hub's to lock
	saw, is string
	knows   bool
}

// Watch begins to watch a thing. Close the watch.
func (h *Hub[K]) Watch(key K) *Watch[K] {
	w := &Watch[K]{hub: h, key: key, changed: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watched[key] == nil {
		h.watched[key] = map[*Watch[K]]struct{}{}
	}
	h.watched[key][w] = struct{}{}
	return w
}

// Saw says which state the reader has seen last. As long as the thing is in another one, every look says so
// again: nothing is missed by a reader that was busy, and nothing told twice to one that has read it already.
// It returns whether that is another state than before: a look may have found an older one than the reader.
func (w *Watch[K]) Saw(state string) (news bool) {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	select {
	case <-w.changed: // told before the reader looked
	default:
	}
	news = !w.knows || w.saw != state
	w.saw, w.knows = state, true
	return news
}

// Is returns the state as the last look found it, when that was another than the reader had seen; empty for what
// does not exist. Ask after Changed.
func (w *Watch[K]) Is() string {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	return w.is
}

// Changed receives when the thing is in another state than the reader has seen. A reader that does not listen
// holds up nobody.
func (w *Watch[K]) Changed() <-chan struct{} { return w.changed }

// Close ends the watch. It may be called more than once.
func (w *Watch[K]) Close() {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	delete(w.hub.watched[w.key], w)
	if len(w.hub.watched[w.key]) == 0 {
		delete(w.hub.watched, w.key)
	}
}

// Run looks until ctx ends.
func (h *Hub[K]) Run(ctx context.Context) {
	tick := time.NewTicker(h.every)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := h.Once(ctx)
		if ctx.Err() == nil && (err != nil || failing) {
			h.failed(ctx, err)
		}
		failing = err != nil
	}
}

// Once looks once, unless nobody watches.
func (h *Hub[K]) Once(ctx context.Context) error {
	h.mu.Lock()
	keys := make([]K, 0, len(h.watched))
	for key := range h.watched {
		keys = append(keys, key)
	}
	h.mu.Unlock()
	if len(keys) == 0 {
		return nil
	}
	states, err := h.look(ctx, keys)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, key := range keys {
		for w := range h.watched[key] {
			if w.knows && w.saw != states[key] {
				w.is = states[key]
				select {
				case w.changed <- struct{}{}:
				default: // it has not listened since the last time
				}
			}
		}
	}
	return nil
}
