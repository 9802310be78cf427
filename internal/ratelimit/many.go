package ratelimit

import (
	"context"
	"errors"
	"time"

	"officeportal/internal/store"
)

// Left is what a bucket holds at a moment.
type Left struct {
	// Remaining is how many can be spent.
	Remaining int
	// Full is how long it takes until nothing is spent any more, Retry until as many can be spent as were asked for.
	Full, Retry time.Duration
}

// Take spends n from one bucket at once, or nothing: then it reports false. Either way it tells what is left.
func (l *Limiter) Take(ctx context.Context, limit Limit, n int) (left Left, ok bool, err error) {
	err = store.Do(ctx, func() error { return l.spend(ctx, l.store.Driver, l.store.Now(), n, []Limit{limit}) })
	if err != nil && !errors.Is(err, ErrLimited) {
		return Left{}, false, err
	}
	ok = err == nil
	tats, err := l.tats(ctx, limit)
	if err != nil {
		return Left{}, ok, err
	}
	now, rate := l.store.Now(), limit.rate()
	left.Remaining = limit.Burst
	for _, tat := range tats {
		left.Remaining = min(left.Remaining, rate.Remaining(tat, now))
		left.Full = max(left.Full, time.Duration(tat-now.UnixMicro())*time.Microsecond)
		if !ok {
			left.Retry = max(left.Retry, time.Duration(tat-rate.LatestFor(n, now))*time.Microsecond)
		}
	}
	return left, ok, nil
}
