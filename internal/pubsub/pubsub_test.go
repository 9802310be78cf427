package pubsub_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"officeportal/internal/pubsub"
)

// table is what is looked at.
type table struct {
	mu    sync.Mutex
	rows  map[int]string
	looks [][]int
	err   error
}

func (t *table) look(_ context.Context, keys []int) (map[int]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.looks = append(t.looks, keys)
	return maps.Clone(t.rows), t.err
}

func (t *table) set(key int, state string) { t.mu.Lock(); t.rows[key] = state; t.mu.Unlock() }

func told(w *pubsub.Watch[int]) bool {
	select {
	case <-w.Changed():
		return true
	default:
		return false
	}
}

func TestAReaderIsToldOfWhatItHasNotSeenYetAndOfNothingElse(t *testing.T) {
	rows := &table{rows: map[int]string{1: "new"}}
	hub := pubsub.New(rows.look, time.Hour, nil)
	look := func() {
		t.Helper()
		if err := hub.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w := hub.Watch(1)
	look()
	if told(w) {
		t.Error("told before it has seen anything")
	}
	if !w.Saw("new") || w.Saw("new") {
		t.Error("the first sight is news, the second is none")
	}
	look()
	if told(w) {
		t.Error("told of what it has seen")
	}
	rows.set(1, "sent")
	look()
	look()
	if !told(w) || w.Is() != "sent" {
		t.Errorf("not told that it is %q", w.Is())
	}
	look()
	if !told(w) {
		t.Error("still unseen, and not told again")
	}
	look()
	if !w.Saw("sent") || told(w) {
		t.Error("told of what it has seen meanwhile")
	}
	delete(rows.rows, 1)
	look()
	if !told(w) || w.Is() != "" {
		t.Error("not told that it is gone")
	}
	w.Close()
	w.Close()
	n := len(rows.looks)
	look()
	if len(rows.looks) != n {
		t.Error("it looks although nobody watches")
	}
}

func TestManyReadersAreOneLookAndOneThatDoesNotListenHoldsUpNobody(t *testing.T) {
	rows := &table{rows: map[int]string{}}
	hub := pubsub.New(rows.look, time.Hour, nil)
	var all []*pubsub.Watch[int]
	for i := range 2000 {
		w := hub.Watch(i / 2) // two each
		defer w.Close()
		w.Saw("")
		all = append(all, w)
	}
	for i := range 1000 {
		rows.set(i, "changed")
	}
	for range 3 { // nobody listens
		if err := hub.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(rows.looks) != 3 || len(rows.looks[0]) != 1000 {
		t.Errorf("%d looks, the first at %d things", len(rows.looks), len(rows.looks[0]))
	}
	for i, w := range all {
		if !told(w) {
			t.Fatalf("reader %d was not told", i)
		}
	}
}

func TestItGoesOnAfterAFailedLook(t *testing.T) {
	rows := &table{rows: map[int]string{}, err: errors.New("no database")}
	failures := make(chan error, 1000)
	hub := pubsub.New(rows.look, time.Millisecond, func(_ context.Context, err error) { failures <- err })
	w := hub.Watch(1)
	defer w.Close()
	w.Saw("")
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { hub.Run(ctx) })
	if err := <-failures; err == nil {
		t.Error("the failure is not told")
	}
	rows.mu.Lock()
	rows.err = nil
	rows.rows[1] = "changed"
	rows.mu.Unlock()
	<-w.Changed()
	for err := range failures {
		if err == nil { // it said that it looks again
			break
		}
	}
	stop()
	running.Wait()
}
