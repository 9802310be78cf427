// Package wait lets tests wait for a condition instead of for a time.
package wait

import (
	"testing"
	"time"
)

// For returns when cond is true, and fails the test when it still is not after the limit.
func For(t testing.TB, limit time.Duration, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("after %v still waiting for %s", limit, what)
		}
	}
}
