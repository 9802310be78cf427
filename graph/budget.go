package graph

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"officeportal/internal/ident"
	"officeportal/internal/ratelimit"
	"officeportal/internal/viewer"
)

// What the documents of one staff member's programs and experiments may cost, whichever processes they are sent to. It
// keeps one of them from taking all there is.
const (
	budgetCost   = 50_000
	budgetWindow = time.Minute
	// budgetSlice is how much a process takes at a time from the budget in the database: most documents are then paid
	// without a statement. What a process has not used within the window is lost.
	budgetSlice  = 1_000
	budgetPeople = 10_000 // with slices of more people than this all are given up
)

// Budget counts over all processes; see ratelimit.Limiter.
type Budget interface {
	Take(ctx context.Context, limit ratelimit.Limit, n int) (left ratelimit.Left, ok bool, err error)
}

// budget pays for the documents of everybody who sends ad-hoc documents.
type budget struct {
	of  Budget
	now func() time.Time

	mu     sync.Mutex
	slices map[ident.ID]*slice
}

// slice is what this process has taken for somebody and not used.
type slice struct {
	mu   sync.Mutex // held while more is taken, so that many documents at once take it once
	left int
	// beyond is what was left in the database when it was taken, full when that is full again, until how long it lasts
	beyond      int
	full, until time.Time
}

func newBudget(of Budget, now func() time.Time) *budget {
	return &budget{of: of, now: now, slices: map[ident.ID]*slice{}}
}

// meter is what the headers of an answer tell about the budget of whoever asked.
type meter struct {
	// own says that the document is none of the portals'.
	own, counted bool
	remaining    int
	// full is when nothing of the budget is spent any more, retry when as much is free as was asked for.
	full, retry time.Duration
}

// take spends the cost, or returns false and spends nothing.
func (b *budget) take(ctx context.Context, who ident.ID, cost int) (m meter, ok bool, err error) {
	s := b.sliceOf(who)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := b.now()
	if !s.until.After(now) {
		s.left = 0
	}
	limit := ratelimit.Limit{Name: "ad-hoc-cost", Subject: []string{who.String()}, Burst: budgetCost, Every: budgetWindow / budgetCost}
	for _, n := range []int{max(budgetSlice, cost), cost} { // near the end of the budget just what it takes
		if s.left >= cost {
			break
		}
		left, taken, err := b.of.Take(ctx, limit, n)
		if err != nil {
			return meter{}, false, err
		}
		if taken {
			s.left, s.beyond, s.full, s.until = s.left+n, left.Remaining, now.Add(left.Full), now.Add(budgetWindow)
		}
		m = meter{counted: true, remaining: left.Remaining + s.left, full: left.Full, retry: left.Retry}
	}
	if s.left < cost {
		return m, false, nil
	}
	s.left -= cost
	return meter{counted: true, remaining: s.beyond + s.left, full: max(s.full.Sub(now), 0)}, true, nil
}

func (b *budget) sliceOf(who ident.ID) *slice {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.slices) > budgetPeople {
		clear(b.slices) // what is lost is a slice of each
	}
	s := b.slices[who]
	if s == nil {
		s = &slice{}
		b.slices[who] = s
	}
	return s
}

type meterKey struct{}

// withMeter lets whoever writes the answer know what the document took from the budget.
func withMeter(ctx context.Context, own bool) (context.Context, *meter) {
	m := &meter{own: own}
	return context.WithValue(ctx, meterKey{}, m), m
}

// spend takes the cost of a document of the viewer's own from the budget. Nobody's documents have none, and the
// portals' cost nothing.
func (b *budget) spend(ctx context.Context, cost int) error {
	v := viewer.From(ctx)
	told, metered := ctx.Value(meterKey{}).(*meter)
	if b.of == nil || v.PersonID.IsZero() || !metered || !told.own {
		return nil
	}
	m, ok, err := b.take(ctx, v.PersonID, cost)
	if err != nil {
		return err
	}
	m.own = true
	if *told = m; !ok {
		return refuse(codeRateLimited, "graph.budget", "max", budgetCost)
	}
	return nil
}

// write sets the headers RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers).
func (m *meter) write(h http.Header) {
	if !m.counted {
		return
	}
	h.Set("RateLimit-Policy", fmt.Sprintf(`"cost";q=%d;w=%d`, budgetCost, int(budgetWindow.Seconds())))
	h.Set("RateLimit", fmt.Sprintf(`"cost";r=%d;t=%d`, m.remaining, seconds(m.full)))
	if m.retry > 0 {
		h.Set("Retry-After", fmt.Sprint(seconds(m.retry)))
	}
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
