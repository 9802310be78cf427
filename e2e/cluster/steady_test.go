//go:build cluster

package cluster

import (
	"context"
	"database/sql"

	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
)

// testSteadyReads spreads the connections of one process over two nodes, as the failure of one leaves them for some
// minutes, and lets the second node lag: an ordinary read there must not show less than what was just seen at the first.
func testSteadyReads(w *world) {
	ctx := w.t.Context()
	d := dbtest.Open(w.t, dbtest.Parse(w.t, w.galera.urls[0]))
	other := dbtest.Open(w.t, w.galera.only(2))
	w.exec("CREATE TABLE portal.steady (id INTEGER PRIMARY KEY)")
	first, err := d.FreshDB().Conn(ctx) // stays at the first node
	w.must(err)
	defer first.Close()
	var id int
	plain, err := d.DB().Conn(ctx)
	w.must(err)
	w.must(plain.QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(&id))
	_, err = w.nodes[0].ExecContext(ctx, "KILL CONNECTION ?", id)
	w.must(err)
	_, _ = plain.ExecContext(ctx, "DO 1") // finds out, and the next is made elsewhere
	_ = plain.Close()

	port := func(rows *sql.Rows, err error) (n int) {
		w.t.Helper()
		w.must(err)
		defer rows.Close()
		for rows.Next() {
			w.must(rows.Scan(&n))
		}
		w.must(rows.Err())
		return n
	}
	steady := store.WithSteadyReads(ctx)
	there := port(d.QueryContext(steady, "SELECT @@port")) // before anything was seen it has nothing to wait for
	if here := port(first.QueryContext(ctx, "SELECT @@port")); here == there {
		w.t.Fatal("both connections are at one node")
	}

	resume := w.stall(1)
	_, err = other.ExecContext(ctx, "INSERT INTO portal.steady VALUES (1)")
	w.must(err)
	const count = "SELECT COUNT(*) FROM portal.steady"
	if n := port(d.QueryContext(steady, count)); n != 0 {
		w.t.Fatal("the second node does not lag")
	}
	if n := port(first.QueryContext(steady, count)); n != 1 {
		w.t.Fatal("the first node lags")
	}
	got := make(chan int, 1)
	go func() { got <- port(d.QueryContext(steady, count)) }()
	waitsAt(w, 1, "wsrep_sync_wait", got)
	resume()
	if n := <-got; n != 1 {
		w.t.Errorf("%d rows, after one was seen", n)
	}

	// What was written is there for whoever wrote it, and only for the length of the request anybody waits.
	written := store.WithSteadyReads(ctx)
	resume = w.stall(1)
	tx, err := first.BeginTx(written, nil)
	w.must(err)
	_, err = tx.ExecContext(written, "INSERT INTO portal.steady VALUES (2)")
	w.must(err)
	w.must(tx.Commit())
	if n := port(d.QueryContext(context.WithoutCancel(ctx), count)); n != 1 {
		w.t.Errorf("%d rows for somebody who saw nothing", n)
	}
	go func() { got <- port(d.QueryContext(written, count)) }()
	waitsAt(w, 1, "wsrep_sync_wait", got)
	resume()
	if n := <-got; n != 2 {
		w.t.Errorf("%d rows, after the second was written", n)
	}
}
