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

	// Connections are made to its own node again, as soon as any are made.
	home := fmt.Sprintf("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'process%d'", dead+1)
	began = time.Now()
	wait.For(w.t, 30*time.Second, "the process to come back to its node", func() bool {
		var crowd sync.WaitGroup
		for range 40 {
			p := l.schools[0].staff[0].window()
			crowd.Go(func() { _, _ = p.ask(w.t.Context(), w.procs[dead], me, nil) })
		}
		crowd.Wait()
		return w.number(dead, home) > 0
	})
	w.t.Logf("its process uses it again after %v", time.Since(began).Round(100*time.Millisecond))
	l.end()
}

func testRollingRestart(w *world) {
	l := w.load("roll", true, 2)
	l.more(30, -1)
	for i, p := range w.procs {
		p.stop(w.t)
		l.more(10, -1)
		p.start(w.t)
		l.more(10, i)
	}
	l.more(20, -1)
	l.end()
}
