// Package crash_test kills the program while people work with it, again and again at random, starts it again, and looks
// at what is left: every request is either refused or done exactly once, and nothing waits for ever.
package crash_test

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/dbtest/cutproxy"
)

// killsVariable names the environment variable for more kills, and a longer test.
const killsVariable = "TEST_KILLS"

const (
	desks      = 4
	longestRun = 3500 * time.Millisecond // of a process that will be killed, from its very start
	// longestAnswer is how long after a request came the process may be killed.
	longestAnswer = 12 * time.Millisecond
)

func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv(killsVariable)
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s: %q is no number of kills", killsVariable, text)
	}
	return n
}

func TestTheProgramIsKilledAgainAndAgainAndEverythingIsDoneOnce(t *testing.T) {
	for name, open := range map[string]func(testing.TB) store.Target{"sqlite": dbtest.SQLite, "mariadb": dbtest.MySQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			killed(t, open(t))
		})
	}
}

func killed(t *testing.T, target store.Target) {
	n, seed := kills(t), cutproxy.Seed(t)
	dice := rand.New(rand.NewPCG(seed, 0))
	w := newWorld(t, target, desks+n)
	p := w.start()
	w.ready(p)
	w.signIn()

	began := time.Now()
	w.misbehave(seed)
	var working sync.WaitGroup
	for i := range desks {
		d := &desk{w: w, n: i, of: desks, dice: rand.New(rand.NewPCG(seed, uint64(100+i)))}
		working.Go(d.work)
	}
	working.Go(func() { w.report(seed) })
	interrupted := 0
	for range n {
		life := time.NewTimer(time.Duration(dice.Int64N(int64(longestRun))))
		select {
		case <-life.C:
		case <-p.Ended():
			t.Fatalf("the program ended by itself: %v", p.Err())
		}
		if dice.IntN(4) > 0 { // in the middle of a request
			select {
			case <-w.asking:
			case <-p.Ended():
			}
			<-time.After(time.Duration(dice.Int64N(int64(longestAnswer))))
		}
		p.Kill()
		if dice.IntN(2) == 0 { // nobody came for a minute
			w.rows(func(ctx context.Context, s *store.Store) { interrupted += w.interrupted(ctx, s) })
			w.pass(schematype.Leased)
		}
		p = w.start()
	}
	w.ready(p)
	close(w.ending)
	working.Wait()
	took := time.Since(began)

	// What the last process leaves is found by the next one when its leases end, and tried again when its pauses do.
	p.Kill()
	w.behave()
	w.pass(schematype.Leased, schematype.Queued)
	p = w.start()
	w.rest("to be sent", schematype.Queued, schematype.Leased)
	// Each key has the same answer still, given by a process that was not there.
	for _, r := range w.requests {
		if r.id != "" {
			again := &request{by: r.by, key: r.key, input: r.input}
			(&desk{w: w, dice: rand.New(rand.NewPCG(0, 0))}).ask(sendReset, "requestPasswordReset", again)
			if again.id != r.id || again.rest != r.rest {
				t.Errorf("%s was answered with %s %v and at the end with %s %v", r.key, r.id, r.rest, again.id, again.rest)
			}
		}
	}
	p.Stop(t)
	// A day later nothing was heard of the texts of unknown fate: they count as sent.
	w.pass(schematype.Unknown)
	p = w.start()
	w.rest("for a report", schematype.Unknown)
	w.ready(p)
	p.Stop(t)

	w.rows(func(ctx context.Context, s *store.Store) {
		f := w.check(ctx, s)
		if f.links < 5*n || f.texts == 0 || f.mails == 0 || f.credits == 0 || f.refused == 0 {
			t.Errorf("too little was done to prove anything: %+v", f)
		}
		t.Logf("%d kills in %.0f s (%d messages found in dead hands), %d requests: %d links (%d texts, %d e-mails), %d refused, %d times credits; %d asked again after a lost answer, %d for nothing",
			n, took.Seconds(), interrupted, len(w.requests)+len(w.credits), f.links, f.texts, f.mails, f.refused, f.credits, w.retries, w.repeats)
		t.Logf("the services took %d texts and %d e-mails in %d tries; %d texts of unknown fate, %d credits captured, %d returned; %d passwords chosen; lost 0, twice 0",
			len(w.sms.Texts()), len(w.resend.Emails()), len(w.resend.Requests()), f.unknown, f.captured, f.returned, f.redeemed)
	})
	w.command("audit", "verify")
}
