// Package gcra is the arithmetic of the generic cell rate algorithm (ITU-T I.371), and only that:
// no clock, no storage. A bucket is one number, its theoretical arrival time (TAT): the moment at
// which it will be full again. Spending is then one conditional statement that holds over any number
// of processes and database nodes, where counting rows does not:
//
//	UPDATE bucket SET tat = greatest(tat, :now) + :every WHERE id = :id AND tat <= :latest
//
// with :latest from [Limit.Latest]; one affected row means allowed. A bucket that has no row yet
// starts with a TAT of 0.
//
// Times are whole microseconds since 1970, as the database keeps them.
package gcra

import (
	"fmt"
	"math"
	"time"
)

// MaxSlack is how far the clocks of two replicas may differ without refusing what one clock would
// allow. It lets a slot open that much early; the rate in the long run stays exact.
const MaxSlack = time.Second

// Limit allows Burst events at once and, in the long run, one per Every.
type Limit struct {
	Burst int
	Every time.Duration
}

// Per returns the limit of n events at once that fills up again evenly over the period.
func Per(n int, period time.Duration) Limit {
	return Limit{Burst: n, Every: period / time.Duration(max(n, 1))}
}

// Validate returns an error when the limit can never allow anything, never refuse anything, or its
// arithmetic could overflow.
func (l Limit) Validate() error {
	switch {
	case l.Burst < 1 || l.Burst > 1_000_000:
		return fmt.Errorf("gcra: a burst of %d events; want 1 to 1,000,000", l.Burst)
	case l.Every < time.Millisecond || l.Every > 366*24*time.Hour:
		return fmt.Errorf("gcra: one event per %s; want 1ms to a year", l.Every)
	case time.Duration(l.Burst) > time.Duration(math.MaxInt64)/l.Every:
		return fmt.Errorf("gcra: %d events per %s is more time than can be counted", l.Burst, l.Every)
	}
	return nil
}

// Step is what one event adds to the TAT, in microseconds: :every of the statement.
func (l Limit) Step() int64 { return l.Every.Microseconds() }

// Latest returns the highest TAT at which an event at now is still allowed: :latest of the statement.
func (l Limit) Latest(now time.Time) int64 { return l.LatestFor(1, now) }

// LatestFor is Latest for n events at once.
func (l Limit) LatestFor(n int, now time.Time) int64 {
	return now.UnixMicro() + int64(l.Burst-n)*l.Step() + l.slack()
}

// Half a step at most, or else the slack would be a free event in a burst.
func (l Limit) slack() int64 { return min(MaxSlack.Microseconds(), l.Step()/2) }

// Take does what the statement does: it returns the TAT after an event at now and true, or the TAT
// as it was and false.
func (l Limit) Take(tat int64, now time.Time) (int64, bool) {
	if tat > l.Latest(now) {
		return tat, false
	}
	return max(tat, now.UnixMicro()) + l.Step(), true
}

// RetryAfter returns how long after now the next event is allowed; 0 means at once. Rounded up to
// whole seconds it is the Retry-After of HTTP.
func (l Limit) RetryAfter(tat int64, now time.Time) time.Duration {
	return time.Duration(max(tat-l.Latest(now), 0)) * time.Microsecond
}

// Remaining returns how many events are allowed at now, one right after the other.
func (l Limit) Remaining(tat int64, now time.Time) int {
	room := l.Latest(now) - max(tat, now.UnixMicro())
	if room < 0 {
		return 0
	}
	return int(room/l.Step()) + 1
}

// Full reports whether a bucket with this TAT is as good as new, so that its row can be deleted.
// That is true for whatever limit the bucket has.
func Full(tat int64, now time.Time) bool { return tat <= now.UnixMicro() }
