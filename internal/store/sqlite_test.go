package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
)

func exec(tb testing.TB, d *store.Driver, query string, args ...any) {
	tb.Helper()
	if _, err := d.ExecContext(tb.Context(), query, args...); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}

func number(tb testing.TB, ctx context.Context, d *store.Driver, query string, args ...any) int {
	tb.Helper()
	rows, err := d.QueryContext(ctx, query, args...)
	if err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	n := -1
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			tb.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return n
}

func TestANewSQLiteFileBelongsToItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a new folder", "100% #school.db")
	d := dbtest.Open(t, dbtest.Parse(t, "sqlite:"+path))
	exec(t, d, "CREATE TABLE t (id INTEGER)")
	for file, want := range map[string]os.FileMode{
		filepath.Dir(path): 0o700 | os.ModeDir, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
	} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", filepath.Base(file), info.Mode(), want)
		}
	}
}

func TestSQLiteConnectionsAreSetUp(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "8000",
		"query_only": "0", "cache_size": "-8000", "journal_size_limit": "67108864",
	} {
		var got string
		if err := d.DB().QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("the writer's %s is %s, want %s (%v)", pragma, got, want, err)
		}
	}
	if got := number(t, t.Context(), d, "SELECT query_only FROM pragma_query_only"); got != 1 {
		t.Error("a SELECT went to a connection that can write")
	}
	if got := number(t, t.Context(), d, "SELECT foreign_keys FROM pragma_foreign_keys"); got != 1 {
		t.Error("readers have no foreign keys")
	}
}

func TestSQLiteStatementsThatWriteReachTheWriterWhateverTheyBeginWith(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	exec(t, d, "CREATE TABLE t (id INTEGER PRIMARY KEY)")
	for _, query := range []string{
		"INSERT INTO t (id) VALUES (1) RETURNING id",
		"WITH new (id) AS (SELECT 2) INSERT INTO t SELECT id FROM new RETURNING id",
		" with x as (select 1) update t set id = 3 where id = 2 returning id",
		"WITH x AS (SELECT 1) DELETE FROM t WHERE id = 3 RETURNING id",
	} {
		number(t, t.Context(), d, query)
	}
	for _, query := range []string{
		"SELECT COUNT(*) FROM t", "with x as (select 1) select count(*) from t", "EXPLAIN QUERY PLAN SELECT 1",
	} {
		rows, err := d.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
}

func TestSixteenWritersAndReadersNeverMeetABusySQLite(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	exec(t, d, "CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
	exec(t, d, "INSERT INTO counter VALUES (1, 0)")
	const writers, each = 16, 25
	var wg sync.WaitGroup
	var reads atomic.Int64
	for range writers {
		wg.Go(func() {
			for range each {
				tx, err := d.BeginTx(t.Context(), nil)
				if err != nil {
					t.Error("begin:", err)
					return
				}
				if err := tx.Exec(t.Context(), "UPDATE counter SET n = n + 1 WHERE id = ?", []any{1}, nil); err != nil {
					t.Error("update:", err)
				}
				if err := tx.Commit(); err != nil {
					t.Error("commit:", err)
				}
			}
		})
		wg.Go(func() {
			last := 0
			for last < writers*each && !t.Failed() {
				n := number(t, t.Context(), d, "SELECT n FROM counter")
				if n < last {
					t.Errorf("a reader saw %d after %d", n, last)
				}
				last = n
				reads.Add(1)
			}
		})
	}
	wg.Wait()
	if n := number(t, t.Context(), d, "SELECT n FROM counter"); n != writers*each {
		t.Errorf("counted %d, want %d", n, writers*each)
	}
	t.Logf("%d reads beside %d commits", reads.Load(), writers*each)
}

func TestAReadOutsideSeesNothingOfATransactionAndAllOfACommit(t *testing.T) {
	dbtest.EachOpen(t, func(t *testing.T, d *store.Driver) {
		exec(t, d, "CREATE TABLE t (id INTEGER PRIMARY KEY)")
		for i := range 200 {
			tx, err := d.Tx(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := tx.Exec(t.Context(), "INSERT INTO t VALUES (?)", []any{i}, nil); err != nil {
				t.Fatal(err)
			}
			if n := number(t, t.Context(), d, "SELECT COUNT(*) FROM t"); n != i {
				t.Fatalf("before commit %d a read saw %d rows", i, n)
			}
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
			if n := number(t, t.Context(), d, "SELECT COUNT(*) FROM t"); n != i+1 {
				t.Fatalf("after commit %d a read saw %d rows", i, n)
			}
		}
	})
}

func TestATransactionOfAnEndedContextLeavesNothingAndFreesTheWriter(t *testing.T) {
	dbtest.EachOpen(t, func(t *testing.T, d *store.Driver) {
		exec(t, d, "CREATE TABLE t (id INTEGER PRIMARY KEY)")
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := d.Tx(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.Exec(ctx, "INSERT INTO t VALUES (1)", []any{}, nil); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := tx.Commit(); err == nil {
			t.Error("committed after the context ended")
		} else if store.Unknown(err) || store.Retryable(err) {
			t.Errorf("%v is neither in doubt nor worth another try", err)
		}
		exec(t, d, "INSERT INTO t VALUES (2)")
		if n := number(t, t.Context(), d, "SELECT COUNT(*) FROM t"); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

func TestOpenSaysInOneLineWhySQLiteCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	notADatabase := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(notADatabase, []byte(strings.Repeat("these are no tables\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"another file":           notADatabase,
		"a directory":            dir,
		"a file for a directory": filepath.Join(notADatabase, "x.db"),
	} {
		t.Run(name, func(t *testing.T) {
			d, err := store.Open(t.Context(), dbtest.Parse(t, "sqlite:"+path))
			if err == nil {
				d.Close()
				t.Fatal("opened")
			}
			if text := err.Error(); strings.Contains(text, "\n") || !strings.Contains(text, path) {
				t.Errorf("got %q", text)
			}
		})
	}
}

func TestAWriterInAnotherProcessIsWaitedForAsLongAsTheContext(t *testing.T) {
	target := dbtest.SQLite(t)
	here, there := dbtest.Open(t, target), dbtest.Open(t, target)
	exec(t, here, "CREATE TABLE t (id INTEGER PRIMARY KEY)")
	holding, err := there.Tx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := here.ExecContext(ctx, "INSERT INTO t VALUES (1)"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := here.ExecContext(t.Context(), "INSERT INTO t VALUES (1)")
		done <- err
	}()
	if err := holding.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func BenchmarkCommit(b *testing.B) {
	for name, target := range map[string]func(testing.TB) store.Target{"sqlite": dbtest.SQLite, "mariadb": dbtest.MySQL} {
		b.Run(name, func(b *testing.B) {
			d := dbtest.Open(b, target(b))
			exec(b, d, "CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR(100))")
			i := 0
			for b.Loop() {
				i++
				exec(b, d, "INSERT INTO t VALUES (?, ?)", i, fmt.Sprint("value ", i))
			}
		})
	}
}
