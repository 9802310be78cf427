package gcra

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 3, 3, 20, 14, 0, 0, time.UTC)

func TestThreeAtOnceThenOneEveryTenMinutes(t *testing.T) {
	limit := Limit{Burst: 3, Every: 10 * time.Minute}
	var tat int64
	for _, c := range []struct {
		name      string
		at        time.Duration
		allowed   bool
		remaining int
		retry     time.Duration // after the event
	}{
		{"the first of a new bucket", 0, true, 2, 0},
		{"the second at once", 0, true, 1, 0},
		{"the third at once", 0, true, 0, 10*time.Minute - time.Second},
		{"the fourth is refused", 0, false, 0, 10*time.Minute - time.Second},
		{"a refusal costs nothing", 5 * time.Minute, false, 0, 5*time.Minute - time.Second},
		{"two seconds early is refused", 10*time.Minute - 2*time.Second, false, 0, time.Second},
		{"one slot opens after ten minutes", 10 * time.Minute, true, 0, 10*time.Minute - time.Second},
		{"another clock that is a second behind is served", 20*time.Minute - time.Second, true, 0, 10 * time.Minute},
		{"after a long pause it is full again and not more", 24 * time.Hour, true, 2, 0},
	} {
		now := start.Add(c.at)
		next, allowed := limit.Take(tat, now)
		if allowed != c.allowed || !allowed && next != tat {
			t.Fatalf("%s: allowed %v, TAT %d to %d", c.name, allowed, tat, next)
		}
		tat = next
		if got := limit.Remaining(tat, now); got != c.remaining {
			t.Errorf("%s: %d remain, want %d", c.name, got, c.remaining)
		}
		if got := limit.RetryAfter(tat, now); got != c.retry {
			t.Errorf("%s: retry after %s, want %s", c.name, got, c.retry)
		}
	}
	if Full(tat, start) || !Full(tat, start.Add(24*time.Hour+10*time.Minute)) {
		t.Error("a bucket is full exactly when its TAT has passed")
	}
}

func TestPer(t *testing.T) {
	if got, want := Per(30, time.Hour), (Limit{30, 2 * time.Minute}); got != want {
		t.Fatal(got)
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit Limit
		good  bool
	}{
		{"an ordinary limit", Limit{3, 10 * time.Minute}, true},
		{"one event at a time", Limit{1, time.Second}, true},
		{"no event at all", Limit{0, time.Second}, false},
		{"a negative burst", Limit{-1, time.Second}, false},
		{"no time between events", Limit{1, 0}, false},
		{"less time than a microsecond step can show", Limit{1, time.Microsecond}, false},
		{"more time than can be counted", Limit{1_000_000, 366 * 24 * time.Hour}, false},
		{"a burst that no caller means", Limit{math.MaxInt, time.Hour}, false},
		{"Per of nothing", Per(0, time.Hour), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.limit.Validate(); (err == nil) != c.good {
				t.Fatal(err)
			}
		})
	}
}

// A leaky bucket the plain way: a level that drains by the clock and rises by one per event.
type leaky struct {
	limit  Limit
	fluid  int64 // microseconds of draining left
	before int64
}

func (b *leaky) take(now time.Time) bool {
	at := now.UnixMicro()
	b.fluid = max(b.fluid-(at-b.before), 0)
	b.before = at
	if b.fluid > int64(b.limit.Burst-1)*b.limit.Step()+min(int64(time.Second/time.Microsecond), b.limit.Step()/2) {
		return false
	}
	b.fluid += b.limit.Step()
	return true
}

func TestItAgreesWithALeakyBucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := Limit{
			Burst: rapid.IntRange(1, 40).Draw(t, "burst"),
			Every: time.Duration(rapid.Int64Range(1000, 3_600_000_000).Draw(t, "every µs")) * time.Microsecond,
		}
		if err := limit.Validate(); err != nil {
			t.Fatal(err)
		}
		now, tat := start, int64(0)
		naive := leaky{limit: limit, before: start.UnixMicro()}
		var allowed []time.Time
		for range rapid.IntRange(1, 120).Draw(t, "events") {
			pause := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 2*limit.Step()), rapid.Int64Range(0, int64(limit.Burst+1)*limit.Step())).Draw(t, "pause µs")
			now = now.Add(time.Duration(pause) * time.Microsecond)

			remaining, retry := limit.Remaining(tat, now), limit.RetryAfter(tat, now)
			next, ok := limit.Take(tat, now)
			if ok != naive.take(now) {
				t.Fatalf("at %s: allowed %v, the leaky bucket disagrees", now, ok)
			}
			if ok != (remaining > 0) || ok != (retry == 0) {
				t.Fatalf("allowed %v with %d remaining and a retry after %s", ok, remaining, retry)
			}
			if ok {
				allowed = append(allowed, now)
				if left := limit.Remaining(next, now); left != remaining-1 {
					t.Fatalf("%d remained, then %d", remaining, left)
				}
			} else {
				if _, early := limit.Take(tat, now.Add(retry-time.Microsecond)); early {
					t.Fatalf("allowed before the retry after %s", retry)
				}
				if _, late := limit.Take(tat, now.Add(retry)); !late {
					t.Fatalf("not allowed after %s", retry)
				}
			}
			tat = next
		}
		// In no window are there more events than the burst and what drained meanwhile, with the slack.
		for i := range allowed {
			for j := i; j < len(allowed); j++ {
				window := allowed[j].Sub(allowed[i]).Microseconds() + limit.slack()
				if most := int64(limit.Burst) + window/limit.Step(); int64(j-i+1) > most {
					t.Fatalf("%d events within %dµs, at most %d are due", j-i+1, window, most)
				}
			}
		}
	})
}
