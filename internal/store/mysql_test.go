package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/dbtest/mariadb"
	"officeportal/internal/wait"
)

func start(t *testing.T, o mariadb.Options) *mariadb.Server {
	t.Helper()
	s, err := mariadb.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// over returns the target that reaches the server through the given addresses.
func over(t *testing.T, s *mariadb.Server, addrs ...string) store.Target {
	t.Helper()
	return dbtest.Parse(t, fmt.Sprintf("mysql://%s:%s@%s/test", s.User, s.Password, strings.Join(addrs, ",")))
}

func TestMySQLSessionsAreSetUp(t *testing.T) {
	d := dbtest.Open(t, dbtest.MySQL(t))
	for variable, want := range map[string]string{
		"time_zone": "+00:00", "innodb_lock_wait_timeout": "5",
		"sql_mode":             "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
		"character_set_client": "utf8mb4",
	} {
		var got string
		if err := d.DB().QueryRowContext(t.Context(), "SELECT @@"+variable).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", variable, got, want, err)
		}
	}
	if d.Galera() {
		t.Error("a plain server was taken for a cluster")
	}
}

func TestTimesAndTextComeBackAsTheyWereOnBothDatabases(t *testing.T) {
	dbtest.EachOpen(t, func(t *testing.T, d *store.Driver) {
		exec(t, d, map[string]string{
			"sqlite3": "CREATE TABLE t (at DATETIME, name TEXT, raw BLOB)",
			"mysql":   "CREATE TABLE t (at DATETIME(6), name VARCHAR(100), raw BLOB)",
		}[d.Dialect()])
		at := time.Date(2026, 3, 29, 1, 59, 59, 123456000, time.UTC)
		// Backslash, quotes and bytes that are no text would show a mistake in quoting.
		name, raw := `Zoë O'Neil \ "李雷" 🤸`, []byte{0, 0xff, '\'', '\\', 0x1a, '\n'}
		exec(t, d, "INSERT INTO t VALUES (?, ?, ?)", at.In(time.FixedZone("", 3600)), name, raw)
		var gotAt time.Time
		var gotName string
		var gotRaw []byte
		if err := d.DB().QueryRowContext(t.Context(), "SELECT at, name, raw FROM t").Scan(&gotAt, &gotName, &gotRaw); err != nil {
			t.Fatal(err)
		}
		if !gotAt.Equal(at) || gotAt.Location() != time.UTC || gotName != name || !bytes.Equal(gotRaw, raw) {
			t.Errorf("got %v %q %q", gotAt, gotName, gotRaw)
		}
	})
}

func TestAnUpdateThatChangesNothingStillCountsTheRowOnBothDatabases(t *testing.T) {
	dbtest.EachOpen(t, func(t *testing.T, d *store.Driver) {
		exec(t, d, "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)")
		exec(t, d, "INSERT INTO t VALUES (1, 5)")
		res, err := d.ExecContext(t.Context(), "UPDATE t SET n = 5 WHERE id = 1")
		if err != nil {
			t.Fatal(err)
		}
		if n, err := res.RowsAffected(); n != 1 || err != nil {
			t.Errorf("%d rows (%v), want 1", n, err)
		}
	})
}

func TestOpenSaysInOneLineWhyMySQLCannotBeOpened(t *testing.T) {
	t.Parallel()
	s := start(t, mariadb.Options{TCP: true})
	for _, c := range []struct{ name, url, want string }{
		{"nobody listens", "mysql://portal:hunter2secret@127.0.0.1:1/school", "connection refused"},
		{"no node listens", "mysql://portal:hunter2secret@127.0.0.1:1,127.0.0.1:2/school", "127.0.0.1:2: "},
		{"a wrong password", "mysql://portal:hunter2secret@" + s.Addr() + "/school", "Access denied"},
		{"a missing database", "mysql://portal:" + s.Password + "@" + s.Addr() + "/school", "Unknown database"},
		{"a missing socket", "mysql://portal:hunter2secret@unix(/nowhere/sock)/school", "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := store.Open(t.Context(), dbtest.Parse(t, c.url))
			if err == nil {
				d.Close()
				t.Fatal("opened")
			}
			text := err.Error()
			if !strings.Contains(text, c.want) || strings.Contains(text, "\n") {
				t.Errorf("got %q, want one line with %q", text, c.want)
			}
			if strings.Contains(text, "hunter2") || strings.Contains(text, s.Password) {
				t.Errorf("the error holds the password: %q", text)
			}
		})
	}
}

// proxy passes connections on to a server until it is told to cut them.
type proxy struct {
	net.Listener
	to       string
	accepted atomic.Int64
	cutAt    atomic.Pointer[string] // text sent to the server at which the connection is cut
	passOn   atomic.Bool            // if the server still gets that text
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, to: to}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.accepted.Add(1)
			go p.serve(c)
		}
	}()
	return p
}

func (p *proxy) serve(c net.Conn) {
	defer c.Close()
	if p.to == "" { // says nothing until the other side hangs up
		io.Copy(io.Discard, c)
		return
	}
	s, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer s.Close()
	go func() { io.Copy(c, s); c.Close() }()
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if at := p.cutAt.Load(); at != nil && bytes.Contains(buf[:n], []byte(*at)) {
			c.Close()
			if p.passOn.Load() {
				s.Write(buf[:n])
				io.Copy(io.Discard, io.LimitReader(s, 5)) // the beginning of the answer: it is done
			}
			return
		}
		if _, err := s.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestALostConnectionIsJudgedByWhereItWasLost(t *testing.T) {
	t.Parallel()
	s := start(t, mariadb.Options{TCP: true})
	p := newProxy(t, s.Addr())
	d := dbtest.Open(t, over(t, s, p.Addr().String()))
	exec(t, d, "CREATE TABLE t (id INTEGER PRIMARY KEY)")
	work := func(id int) error {
		tx, err := d.Tx(t.Context())
		if err != nil {
			return err
		}
		if err := tx.Exec(t.Context(), "INSERT INTO t VALUES (?)", []any{id}, nil); err != nil {
			tx.Rollback()
			return err
		}
		return tx.Commit()
	}
	alone := func(id int) error {
		_, err := d.ExecContext(t.Context(), "INSERT INTO t VALUES (?)", id)
		return err
	}
	for i, c := range []struct {
		name, cutAt  string
		do           func(id int) error
		passOn, kept bool
		unknown      bool
	}{
		{"at a statement of a transaction", "INSERT", work, true, false, false},
		{"at the commit, which never arrived", "COMMIT", work, false, false, true},
		{"at the commit, which was done", "COMMIT", work, true, true, true},
		{"at a statement alone, which never arrived", "INSERT", alone, false, false, true},
		{"at a statement alone, which was done", "INSERT", alone, true, true, true},
		{"at the beginning of a transaction", "START TRANSACTION", work, true, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.passOn.Store(c.passOn)
			p.cutAt.Store(&c.cutAt)
			err := c.do(i)
			p.cutAt.Store(nil)
			if err == nil || store.Unknown(err) != c.unknown || store.Retryable(err) == c.unknown {
				t.Errorf("misjudged (unknown %v, retryable %v): %v", store.Unknown(err), store.Retryable(err), err)
			}
			kept := func() bool { return number(t, t.Context(), d, "SELECT COUNT(*) FROM t WHERE id = ?", i) == 1 }
			if c.kept { // the proxy hangs up first and passes on then: the server may still be at it
				wait.For(t, 10*time.Second, "the commit that was done", kept)
			} else if kept() {
				t.Error("what was not done is kept")
			}
		})
	}
}

func TestOnGaleraFreshReadsAndTransactionsWaitForTheNode(t *testing.T) {
	t.Parallel()
	s := start(t, mariadb.Options{Galera: true})
	d := dbtest.Open(t, dbtest.Parse(t, s.URL("test")))
	if !d.Galera() {
		t.Fatal("the cluster was not noticed")
	}
	const question = "SELECT @@SESSION.wsrep_sync_wait"
	ctx := t.Context()
	if n := number(t, ctx, d, question); n != 0 {
		t.Errorf("an ordinary read has wsrep_sync_wait %d", n)
	}
	if n := number(t, store.WithFresh(ctx), d, question); n != 1 {
		t.Errorf("a fresh read has wsrep_sync_wait %d", n)
	}
	for want, ctx := range []context.Context{ctx, store.WithFresh(ctx)} {
		tx, err := d.Tx(ctx)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := tx.(interface {
			QueryContext(context.Context, string, ...any) (*sql.Rows, error)
		}).QueryContext(ctx, question)
		if err != nil {
			t.Fatal(err)
		}
		got := -1
		for rows.Next() {
			rows.Scan(&got)
		}
		if got != want {
			t.Errorf("a transaction has wsrep_sync_wait %d, want %d", got, want)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAServerThatHangsEndsACallWithItsContext(t *testing.T) {
	t.Parallel()
	s := start(t, mariadb.Options{TCP: true})
	d := dbtest.Open(t, over(t, s, s.Addr()))
	exec(t, d, "CREATE TABLE t (id INTEGER PRIMARY KEY)")
	if err := s.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := d.ExecContext(ctx, "INSERT INTO t VALUES (1)")
	if !errors.Is(err, context.DeadlineExceeded) || !store.Unknown(err) {
		t.Errorf("got %v, want the context's error, in doubt", err)
	}
	if err := s.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	number(t, t.Context(), d, "SELECT COUNT(*) FROM t")
}
