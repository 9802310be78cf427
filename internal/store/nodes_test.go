package store_test

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/dbtest/mariadb"
	"officeportal/internal/wait"
)

func TestOneNodeRefusesAndTheNextServes(t *testing.T) {
	t.Parallel()
	s := start(t, mariadb.Options{TCP: true})
	d := dbtest.Open(t, over(t, s, "127.0.0.1:1", s.Addr()))
	if number(t, t.Context(), d, "SELECT 1") != 1 {
		t.Error("no answer")
	}
}

func TestANodeThatSaysNothingIsTriedOnceAndThenPassedOver(t *testing.T) {
	t.Parallel()
	s := start(t, mariadb.Options{TCP: true})
	mute := newProxy(t, "")
	d := dbtest.Open(t, over(t, s, mute.Addr().String(), s.Addr()))
	var wg sync.WaitGroup
	for range 12 { // more than the pool keeps: they need connections of their own
		wg.Go(func() { number(t, t.Context(), d, "SELECT SLEEP(0.2)") })
	}
	wg.Wait()
	if n := mute.accepted.Load(); n != 1 {
		t.Errorf("the mute node was tried %d times", n)
	}
}

func TestTheSecondNodeTakesOverWhenTheFirstOneDies(t *testing.T) {
	t.Parallel()
	a, b := start(t, mariadb.Options{TCP: true, Password: "same"}), start(t, mariadb.Options{TCP: true, Password: "same"})
	d := dbtest.Open(t, over(t, a, a.Addr(), b.Addr()))
	where := func() (port int) {
		err := store.Do(t.Context(), func() error {
			rows, err := d.QueryContext(t.Context(), "SELECT @@port")
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				if err := rows.Scan(&port); err != nil {
					return err
				}
			}
			return rows.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		return port
	}
	if where() != a.Port {
		t.Error("the first node is not the one that serves")
	}
	if err := a.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if where() != b.Port {
			t.Error("the second node does not serve")
		}
	}
}

// quorum gives a cluster of one node its quorum or takes it away.
func quorum(t *testing.T, s *mariadb.Server) (set func(bool), root *sql.DB) {
	t.Helper()
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.User = "unix", s.Socket, "root"
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	root = sql.OpenDB(connector)
	t.Cleanup(func() { root.Close() })
	return func(on bool) {
		address := "gcomm://127.0.0.1:1?pc.wait_prim=no" // a cluster that nobody else is in
		if on {
			address = "gcomm://"
		}
		if _, err := root.ExecContext(context.Background(), "SET GLOBAL wsrep_cluster_address = ?", address); err != nil {
			t.Fatal(err)
		}
	}, root
}

func TestConnectionsToANodeThatLostItsQuorumAreThrownAway(t *testing.T) {
	t.Parallel()
	s := start(t, mariadb.Options{Galera: true})
	setQuorum, root := quorum(t, s)
	d := dbtest.Open(t, dbtest.Parse(t, s.URL("test")))
	exec(t, d, "CREATE TABLE t (id INTEGER PRIMARY KEY)")
	var wg sync.WaitGroup
	for range 6 { // six idle connections
		wg.Go(func() { number(t, t.Context(), d, "SELECT SLEEP(0.1)") })
	}
	wg.Wait()

	// The node refuses everything but stays in the cluster: the statement fails and its connection goes.
	if _, err := root.ExecContext(t.Context(), "SET GLOBAL wsrep_reject_queries = 'ALL'"); err != nil {
		t.Fatal(err)
	}
	_, err := d.ExecContext(t.Context(), "INSERT INTO t VALUES (1)")
	if !store.Retryable(err) {
		t.Errorf("misjudged: %v", err)
	}
	if _, err := root.ExecContext(t.Context(), "SET GLOBAL wsrep_reject_queries = 'NONE'"); err != nil {
		t.Fatal(err)
	}
	exec(t, d, "INSERT INTO t VALUES (1)")
	if open := d.DB().Stats().OpenConnections; open > 6 {
		t.Errorf("%d connections open", open)
	}

	// Without quorum no connection is made any more, and the reason is said.
	setQuorum(false)
	for range 3 {
		_, err = d.ExecContext(t.Context(), "INSERT INTO t VALUES (2)")
		if err == nil || !store.Retryable(err) {
			t.Fatalf("misjudged: %v", err)
		}
	}
	if err == nil || !strings.Contains(err.Error(), "not ready") {
		t.Errorf("got %v, want the node's own reason", err)
	}

	// Whoever waits goes on as soon as the quorum is back.
	waiting := make(chan error, 1)
	go func() {
		waiting <- store.Do(t.Context(), func() error {
			_, err := d.ExecContext(t.Context(), "INSERT IGNORE INTO t VALUES (3)")
			return err
		}, store.Unknown) // the node drops connections when it joins its cluster again
	}()
	setQuorum(true)
	if err := <-waiting; err != nil {
		t.Error(err)
	}
}

func TestANodeWithoutQuorumIsPassedOverForOneThatHasIt(t *testing.T) {
	t.Parallel()
	a := start(t, mariadb.Options{TCP: true, Password: "same", Galera: true})
	b := start(t, mariadb.Options{TCP: true, Password: "same"})
	setQuorum, _ := quorum(t, a)
	setQuorum(false)
	d := dbtest.Open(t, over(t, a, a.Addr(), b.Addr()))
	if n := number(t, t.Context(), d, "SELECT @@port"); n != b.Port {
		t.Errorf("port %d serves, want %d", n, b.Port)
	}
}

func TestANodeThatHangsIsLeftAtOnceWithAllConnectionsToIt(t *testing.T) {
	t.Parallel()
	a, b := start(t, mariadb.Options{TCP: true, Password: "same"}), start(t, mariadb.Options{TCP: true, Password: "same"})
	d := dbtest.Open(t, over(t, a, a.Addr(), b.Addr()))
	crowd := func(ctx context.Context, want int) {
		t.Helper()
		var wg sync.WaitGroup
		for range 6 { // the pause lets each have a connection of its own
			wg.Go(func() {
				if port := number(t, ctx, d, "SELECT @@port + SLEEP(0.1)"); port != want {
					t.Errorf("port %d serves, want %d", port, want)
				}
			})
		}
		wg.Wait()
	}
	crowd(t.Context(), a.Port)
	if err := a.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Signal(syscall.SIGCONT) }()
	wait.For(t, 10*time.Second, "a ping without an answer", func() bool { return d.Ping(t.Context()) != nil })
	// Each of the idle ones would hold up whoever gets it for 8 seconds, the longest that a statement may take.
	ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
	defer cancel()
	crowd(ctx, b.Port)
}

func TestAReadOnALostConnectionIsAnsweredByTheNextNode(t *testing.T) {
	t.Parallel()
	a, b := start(t, mariadb.Options{TCP: true, Password: "same"}), start(t, mariadb.Options{TCP: true, Password: "same"})
	p := newProxy(t, a.Addr())
	d := dbtest.Open(t, over(t, a, p.Addr().String(), b.Addr()))
	cut := "@@port"
	p.cutAt.Store(&cut)
	if port := number(t, t.Context(), d, "SELECT @@port"); port != b.Port {
		t.Errorf("port %d serves, want %d", port, b.Port)
	}
}
