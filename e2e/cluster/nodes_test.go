//go:build cluster

package cluster

import (
	"fmt"
	"sync"
	"time"

	"officeportal/internal/wait"
)

func testNodeKilled(w *world) {
	const dead = 1
	l := w.load("kill", false, 1)
	l.more(60, -1)

	killed := time.Now()
	w.galera.kill(dead)
	l.more(6, dead) // the process whose node it was goes on through another one
	w.t.Logf("node %d was killed; its process had new requests done after %v", dead+1, time.Since(killed).Round(100*time.Millisecond))
	l.more(30, -1)
	began := time.Now()
	w.galera.up(dead)
	w.t.Logf("the node is back and in step after %v", time.Since(began).Round(100*time.Millisecond))
	l.more(30, -1)

	w.comesHome(dead, l.schools[0].staff[0])
	l.end()
}

// comesHome waits until a process uses its own node again: it does as soon as it makes any connections.
func (w *world) comesHome(at int, staff *person) {
	w.t.Helper()
	home := fmt.Sprintf("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'process%d'", at+1)
	began := time.Now()
	wait.For(w.t, 30*time.Second, "the process to come back to its node", func() bool {
		var crowd sync.WaitGroup
		for range 40 {
			p := staff.window()
			crowd.Go(func() { _, _ = p.ask(w.t.Context(), w.procs[at], me, nil) })
		}
		crowd.Wait()
		return w.number(at, home) > 0
	})
	w.t.Logf("its process uses it again after %v", time.Since(began).Round(100*time.Millisecond))
}

// A node that hangs, and one that the others can't reach, though its process can: both take connections as if all were
// well, and one of them answers. What its process says meanwhile is right or clearly no answer.
func testNodeAway(w *world) {
	l := w.load("away", false, 3)
	l.more(40, -1)
	owner := l.schools[0].staff[0]
	for _, fault := range []struct {
		what       string
		away       int
		begin, end func(int)
	}{
		{"hangs", 2, w.galera.pause, w.galera.resume},
		{"is cut off", 1, w.galera.cut, w.galera.heal},
	} {
		other := (fault.away + 1) % nodes
		p := visitor("office")
		w.ask(p, other, signIn, vars{"i": vars{"email": "staff0@" + l.schools[0].slug + ".example", "password": password}})
		old := p.window()
		if got := w.ask(old, fault.away, me, nil); got.Str("viewer.actor.__typename") != "Staff" {
			w.t.Errorf("signed in: %v", got)
		}

		began := time.Now()
		fault.begin(fault.away)
		if _, _, err := p.insist(w.patience(), w, other, signOut, nil); err != nil {
			w.t.Fatal(err)
		}
		signedOut, asked := time.Since(began), 0
		wait.For(w.t, time.Minute, "a definite answer about the session", func() bool {
			asked++
			got, err := old.ask(w.t.Context(), w.procs[fault.away], me, nil)
			if err == nil && got.Definite() && got.At("viewer.actor") != nil {
				w.t.Errorf("a node %s, and its process lets a session go on that has ended", fault.what)
			}
			return err == nil && got.Definite()
		})
		answered := time.Since(began)
		l.more(6, fault.away)
		l.more(20, -1)
		worked := time.Since(began)
		fault.end(fault.away)
		w.t.Logf("node %d %s: somebody signed out elsewhere after %v, its process knew after %v and %d questions, did 6 new requests after %v; healed and in step after %v",
			fault.away+1, fault.what, signedOut.Round(100*time.Millisecond), answered.Round(100*time.Millisecond), asked,
			worked.Round(100*time.Millisecond), (time.Since(began) - worked).Round(100*time.Millisecond))
		l.more(20, -1)
		w.comesHome(fault.away, owner)
	}
	l.end()
}

func testRollingRestart(w *world) {
	l := w.load("roll", true, 2)
	l.more(30, -1)
	for i, p := range w.procs {
		p.life.Stop(w.t)
		l.more(10, -1)
		p.start(w.whole)
		l.more(10, i)
	}
	l.more(20, -1)
	l.end()
}
