package ratelimit_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"officeportal/internal/keyring"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
)

func each(t *testing.T, test func(t *testing.T, l *ratelimit.Limiter, s *store.Store, now *atomic.Int64)) {
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		now := &atomic.Int64{}
		now.Store(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC).UnixMicro())
		s := store.New(d, func() time.Time { return time.UnixMicro(now.Load()) })
		ring, err := keyring.Parse("a root secret for tests and long enough for anybody")
		if err != nil {
			t.Fatal(err)
		}
		test(t, ratelimit.New(s, ring), s, now)
	})
}

func TestManyAtOnceGetExactlyTheBurst(t *testing.T) {
	each(t, func(t *testing.T, l *ratelimit.Limiter, _ *store.Store, _ *atomic.Int64) {
		limit := ratelimit.Limit{Name: "x", Subject: []string{"maria"}, Burst: 7, Every: time.Minute}
		var allowed atomic.Int64
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				ok, retryAt, err := l.Allow(t.Context(), limit)
				switch {
				case err != nil:
					t.Error(err)
				case ok:
					allowed.Add(1)
				case retryAt.IsZero():
					t.Error("a refusal does not say when to try again")
				}
			})
		}
		wg.Wait()
		if allowed.Load() != 7 {
			t.Errorf("%d were allowed, want 7", allowed.Load())
		}
	})
}

func TestOneEmptyBucketSpendsFromNone(t *testing.T) {
	each(t, func(t *testing.T, l *ratelimit.Limiter, s *store.Store, now *atomic.Int64) {
		narrow := ratelimit.Limit{Name: "narrow", Subject: []string{"a"}, Burst: 1, Every: time.Hour}
		wide := ratelimit.Limit{Name: "wide", Subject: []string{"a"}, Burst: 2, Every: time.Hour}
		for i, want := range []bool{true, false, false} {
			if ok, _, err := l.Allow(t.Context(), narrow, wide); err != nil || ok != want {
				t.Errorf("attempt %d: %v, %v", i, ok, err)
			}
		}
		if ok, _, err := l.Allow(t.Context(), wide); err != nil || !ok {
			t.Errorf("the wide bucket was spent by refusals: %v, %v", ok, err)
		}
		err := s.WithTx(t.Context(), func(ctx context.Context, tx *store.Tx) error { return l.SpendTx(ctx, tx, wide) })
		if err != ratelimit.ErrLimited {
			t.Errorf("in a transaction: %v", err)
		}
		states, err := l.Peek(t.Context(), wide, narrow, ratelimit.Limit{Name: "never used", Burst: 1, Every: time.Hour})
		if err != nil || states[0].RetryAt.IsZero() || states[1].RetryAt.IsZero() || !states[2].RetryAt.IsZero() {
			t.Errorf("states = %+v, %v", states, err)
		}
		now.Store(states[1].RetryAt.UnixMicro())
		if ok, _, err := l.Allow(t.Context(), narrow); err != nil || !ok {
			t.Errorf("at the time that was told: %v, %v", ok, err)
		}
		now.Add((3 * time.Hour).Microseconds())
		if err := l.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		var rows int
		if err := s.Driver.DB().QueryRow("SELECT COUNT(*) FROM rate_limits").Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d buckets are left, %v", rows, err)
		}
	})
}

func TestManyAreTakenAtOnceOrNone(t *testing.T) {
	each(t, func(t *testing.T, l *ratelimit.Limiter, _ *store.Store, now *atomic.Int64) {
		limit := ratelimit.Limit{Name: "cost", Subject: []string{"dana"}, Burst: 1000, Every: 60 * time.Millisecond}
		var taken atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				left, ok, err := l.Take(t.Context(), limit, 90)
				switch {
				case err != nil:
					t.Error(err)
				case ok:
					taken.Add(90)
				case left.Retry <= 0 || left.Remaining >= 90:
					t.Errorf("a refusal tells %+v", left)
				}
			})
		}
		wg.Wait()
		if taken.Load() != 990 {
			t.Errorf("%d were taken of 1000, want 990", taken.Load())
		}
		left, ok, err := l.Take(t.Context(), limit, 10)
		if err != nil || !ok || left.Remaining != 0 || left.Full != time.Minute {
			t.Errorf("the rest: %+v, %v, %v", left, ok, err)
		}
		if left, ok, err = l.Take(t.Context(), limit, 500); err != nil || ok || left.Retry > 30*time.Second || left.Retry < 29*time.Second {
			t.Errorf("half of it: %+v, %v, %v", left, ok, err)
		}
		now.Add(left.Retry.Microseconds())
		if left, ok, err = l.Take(t.Context(), limit, 500); err != nil || !ok || left.Remaining != 0 {
			t.Errorf("at the time that was told: %+v, %v, %v", left, ok, err)
		}
		if _, ok, err := l.Take(t.Context(), limit, 1001); err != nil || ok {
			t.Errorf("more than ever fits: %v, %v", ok, err)
		}
	})
}
