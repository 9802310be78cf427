package graph

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"officeportal/internal/ident"
	"officeportal/internal/viewer"
)

// What the documents of one staff member's programs and experiments may cost. It keeps one of them from taking the
// whole process; each process counts for itself, since nothing is spent and nobody gets in by it.
const (
	budgetCost   = 50_000
	budgetWindow = time.Minute
	budgetPeople = 10_000 // more buckets than this are swept
)

// budget is a bucket for everybody who sends ad-hoc documents (generic cell rate algorithm, in units of cost).
type budget struct {
	mu  sync.Mutex
	now func() time.Time
	at  map[ident.ID]time.Time // when each bucket is full again
}

func newBudget(now func() time.Time) *budget { return &budget{now: now, at: map[ident.ID]time.Time{}} }

// meter is what the headers of an answer tell about the bucket of whoever asked.
type meter struct {
	counted   bool
	remaining int
	// full is when nothing of the budget is spent any more, retry when as much is free as was asked for.
	full, retry time.Duration
}

// take spends the cost, or returns false and spends nothing.
func (b *budget) take(who ident.ID, cost int) (m meter, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if len(b.at) > budgetPeople {
		for id, at := range b.at {
			if !at.After(now) {
				delete(b.at, id)
			}
		}
	}
	const unit = budgetWindow / budgetCost
	at := b.at[who]
	if at.Before(now) {
		at = now
	}
	next := at.Add(time.Duration(cost) * unit)
	if over := next.Sub(now) - budgetWindow; over > 0 {
		return meter{true, int((budgetWindow - at.Sub(now)) / unit), at.Sub(now), over}, false
	}
	b.at[who] = next
	return meter{true, int((budgetWindow - next.Sub(now)) / unit), next.Sub(now), 0}, true
}

type meterKey struct{}

// withMeter lets whoever writes the answer know what the document took from the budget.
func withMeter(ctx context.Context) (context.Context, *meter) {
	m := &meter{}
	return context.WithValue(ctx, meterKey{}, m), m
}

// spend takes the cost of a document of the viewer's own from the budget; nobody's documents have none.
func (b *budget) spend(ctx context.Context, cost int) bool {
	v := viewer.From(ctx)
	if v.PersonID.IsZero() {
		return true
	}
	m, ok := b.take(v.PersonID, cost)
	if told, there := ctx.Value(meterKey{}).(*meter); there {
		*told = m
	}
	return ok
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
