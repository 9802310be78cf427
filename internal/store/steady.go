package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
	"sync"
)

// WithSteadyReads returns a context whose reads never go back in time: after a fresh read or a write with it, ordinary
// reads with it see at least as much, also those that land on another node of a cluster, as happens for some minutes
// after one has failed. A request is one such context, and who asks is looked up fresh: so what it shows holds all that
// was acknowledged before it came, and whoever saves sees what was saved.
func WithSteadyReads(ctx context.Context) context.Context {
	return context.WithValue(ctx, steadyKey{}, &steady{})
}

type steadyKey struct{}

// steady knows which nodes have everything that must be seen. Until something was waited for or written none needs to.
type steady struct {
	mu   sync.Mutex
	have []*health
}

// seen notes that a node caught up.
func (s *steady) seen(h *health) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.have, h) {
		s.have = append(s.have, h)
	}
}

// wrote notes that a node has something that the others may lack.
func (s *steady) wrote(h *health) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.have = []*health{h}
}

func (s *steady) mayLack(h *health) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.have) > 0 && !slices.Contains(s.have, h)
}

func steadyOf(ctx context.Context) *steady {
	s, _ := ctx.Value(steadyKey{}).(*steady)
	return s
}

// catchUp waits until the node has all that was acknowledged anywhere.
func catchUp(ctx context.Context, c driver.QueryerContext) error {
	rows, err := c.QueryContext(ctx, "SET STATEMENT wsrep_sync_wait = 1 FOR SELECT 1", nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	for line := make([]driver.Value, len(rows.Columns())); ; {
		if err := rows.Next(line); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
