package ratelimit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"officeportal/internal/store"
)

// SignIn is spent by every attempt to sign in with an address before anything is looked up, whether or not the
// address is known. The delay rises: from the sixth attempt one in half a minute, then one in 5 minutes, then one in
// 15. A right password and a link that was used refill it, so that it counts wrong ones in a row. business is the
// slug, empty for staff; email the canonical address.
func SignIn(business, email string) []Limit {
	subject := []string{business, email}
	return []Limit{
		{Name: "sign-in-identifier", Subject: subject, Burst: 5, Every: 30 * time.Second},
		{Name: "sign-in-identifier-15", Subject: subject, Burst: 15, Every: 5 * time.Minute},
		{Name: "sign-in-identifier-30", Subject: subject, Burst: 30, Every: 15 * time.Minute},
	}
}

// RefillTx fills buckets in the caller's transaction: a missing one is full.
func (l *Limiter) RefillTx(ctx context.Context, tx *store.Tx, limits ...Limit) error {
	if len(limits) == 0 {
		return nil
	}
	var ids []any
	for _, limit := range limits {
		for _, id := range l.ids(limit) {
			ids = append(ids, id)
		}
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM rate_limits WHERE id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", ids...)
	if err != nil {
		return fmt.Errorf("ratelimit: %w", err)
	}
	return nil
}
