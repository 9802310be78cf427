package family

import (
	"context"
	"sync"
	"time"

	"officeportal/internal/ident"
	"officeportal/internal/viewer"
)

// Counting a hundred thousand families takes longer than everything else a page of them needs, and nobody sees
// whether the number has five digits from now or from a moment ago.
var largeTotal = 10_000

const largeTotalAge = 10 * time.Second

// totals remembers large totals of whole lists, the smaller ones are counted every time. What this process
// changes shows at once; what others change, within largeTotalAge.
type totals struct {
	mu      sync.Mutex
	list    map[totalKey]total
	changes int // a total counted while one happened is not remembered
}

type totalKey struct {
	business ident.ID
	archived bool
	canLogIn int // -1 for both
	missing  int // likewise
}

type total struct {
	n  int
	at time.Time
}

// of returns the total of the list that the filter's flags describe, counted by count if need be.
func (t *totals) of(ctx context.Context, f Filter, now time.Time, count func(context.Context) (int, error)) (int, error) {
	key := totalKey{business: viewer.From(ctx).BusinessID, archived: f.Archived, canLogIn: -1, missing: -1}
	if f.AnyCanLogIn != nil {
		key.canLogIn = number(*f.AnyCanLogIn)
	}
	if f.MissingAcceptance != nil {
		key.missing = number(*f.MissingAcceptance)
	}
	t.mu.Lock()
	known, ok := t.list[key]
	changes := t.changes
	t.mu.Unlock()
	if age := now.Sub(known.at); ok && age >= 0 && age < largeTotalAge {
		return known.n, nil
	}
	n, err := count(ctx)
	if err != nil {
		return 0, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if n < largeTotal || changes != t.changes {
		delete(t.list, key)
		return n, nil
	}
	if t.list == nil {
		t.list = map[totalKey]total{}
	}
	t.list[key] = total{n, now}
	return n, nil
}

// forget is called after whatever changes a total.
func (t *totals) forget(business ident.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.changes++
	for key := range t.list {
		if key.business == business {
			delete(t.list, key)
		}
	}
}
