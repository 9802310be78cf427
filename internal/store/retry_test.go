package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"

	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
)

func TestServerErrorsAreSortedByWhatTheyLeaveBehind(t *testing.T) {
	for _, c := range []struct {
		name               string
		err                error
		retryable, unknown bool
	}{
		{"no error", nil, false, false},
		{"deadlock or certification conflict", &mysql.MySQLError{Number: 1213}, true, false},
		{"lock wait", &mysql.MySQLError{Number: 1205}, true, false},
		{"row changed since the snapshot", &mysql.MySQLError{Number: 1020}, true, false},
		{"node without quorum", &mysql.MySQLError{Number: 1047}, true, false},
		{"read-only server", &mysql.MySQLError{Number: 1290}, true, false},
		{"too many connections", &mysql.MySQLError{Number: 1040}, true, false},
		{"TiDB write conflict", &mysql.MySQLError{Number: 9007}, true, false},
		{"TiDB schema change", &mysql.MySQLError{Number: 8028}, true, false},
		{"quorum lost during commit", &mysql.MySQLError{Number: 1180}, false, true},
		{"shutdown, nobody knows where", &mysql.MySQLError{Number: 1053}, false, true},
		{"connection killed, nobody knows where", &mysql.MySQLError{Number: 1927}, false, true},
		{"connection lost, nobody knows where", mysql.ErrInvalidConn, false, true},
		{"connection bad before anything was sent", driver.ErrBadConn, true, false},
		{"unique value taken", &mysql.MySQLError{Number: 1062}, false, false},
		{"wrong password", &mysql.MySQLError{Number: 1045}, false, false},
		{"syntax", &mysql.MySQLError{Number: 1064}, false, false},
		{"no row", sql.ErrNoRows, false, false},
		{"the caller's deadline", context.DeadlineExceeded, false, false},
		{"the caller gone", context.Canceled, false, false},
		{"wrapped", fmt.Errorf("create family: %w", &mysql.MySQLError{Number: 1213}), true, false},
		{"joined", errors.Join(errors.New("rollback failed"), &mysql.MySQLError{Number: 1180}), false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := store.Retryable(c.err); got != c.retryable {
				t.Errorf("Retryable is %v", got)
			}
			if got := store.Unknown(c.err); got != c.unknown {
				t.Errorf("Unknown is %v", got)
			}
		})
	}
}

func TestConstraintsAreRecognisedOnBothDatabases(t *testing.T) {
	dbtest.EachOpen(t, func(t *testing.T, d *store.Driver) {
		exec(t, d, "CREATE TABLE p (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, CONSTRAINT positive CHECK (n >= 0), CONSTRAINT once UNIQUE (n))")
		exec(t, d, "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL, CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p (id))")
		exec(t, d, "INSERT INTO p VALUES (1, 1)")
		exec(t, d, "INSERT INTO c VALUES (1, 1)")
		for _, c := range []struct {
			name, query            string
			unique, foreign, check bool
		}{
			{"a taken primary key", "INSERT INTO p VALUES (1, 2)", true, false, false},
			{"a taken unique value", "INSERT INTO p VALUES (2, 1)", true, false, false},
			{"a missing parent", "INSERT INTO c VALUES (2, 9)", false, true, false},
			{"a parent still needed", "DELETE FROM p WHERE id = 1", false, true, false},
			{"a broken check", "UPDATE p SET n = n - 2 WHERE id = 1", false, false, true},
			{"a missing value", "INSERT INTO p VALUES (3, NULL)", false, false, false},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, err := d.ExecContext(t.Context(), c.query)
				if err == nil {
					t.Fatal("accepted")
				}
				err = fmt.Errorf("wrapped: %w", err)
				if store.IsUniqueViolation(err) != c.unique || store.IsForeignKeyViolation(err) != c.foreign ||
					store.IsCheckViolation(err) != c.check || store.Retryable(err) || store.Unknown(err) {
					t.Errorf("misjudged: %v", err)
				}
			})
		}
	})
}

// Two transactions that take two rows in opposite order: the server turns one down, which runs again.
func TestADeadlockIsRunAgainUntilBothAreDone(t *testing.T) {
	dbtest.EachOpen(t, func(t *testing.T, d *store.Driver) {
		exec(t, d, "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
		exec(t, d, "INSERT INTO t VALUES (1, 0), (2, 0)")
		transfer := func(from, to int) error {
			return store.Do(t.Context(), func() error {
				tx, err := d.Tx(t.Context())
				if err != nil {
					return err
				}
				for _, id := range []int{from, to} {
					if err := tx.Exec(t.Context(), "UPDATE t SET n = n + 1 WHERE id = ?", []any{id}, nil); err != nil {
						return errors.Join(err, tx.Rollback())
					}
				}
				return tx.Commit()
			})
		}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for range 20 {
					if err := transfer(1+i%2, 2-i%2); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := number(t, t.Context(), d, "SELECT SUM(n) FROM t"); n != 2*8*20 {
			t.Errorf("sum is %d, want %d", n, 2*8*20)
		}
	})
}

func TestABusySQLiteIsWorthAnotherTry(t *testing.T) {
	target := dbtest.SQLite(t)
	d := dbtest.Open(t, target)
	exec(t, d, "CREATE TABLE t (id INTEGER)")
	impatient, err := sql.Open("sqlite", target.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer impatient.Close()
	tx, err := d.Tx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	_, err = impatient.ExecContext(t.Context(), "INSERT INTO t VALUES (1)")
	if !store.Retryable(err) || store.Unknown(err) {
		t.Errorf("misjudged: %v", err)
	}
}

var conflict = &mysql.MySQLError{Number: 1213, Message: "Deadlock found"}

func TestDoTriesAgainWithGrowingPausesUntilTwelveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var calls []time.Duration
		err := store.Do(t.Context(), func() error {
			calls = append(calls, time.Since(start))
			return conflict
		})
		if !errors.Is(err, conflict) {
			t.Errorf("got %v, want the last error", err)
		}
		if end := time.Since(start); end > 12*time.Second || end < 11*time.Second {
			t.Errorf("gave up after %v", end)
		}
		for i := 1; i < len(calls); i++ {
			base := min(2*time.Millisecond<<(i-1), 300*time.Millisecond)
			if i > 10 {
				base = 300 * time.Millisecond
			}
			if pause := calls[i] - calls[i-1]; pause < base/2 || pause > base*3/2 {
				t.Errorf("pause %d is %v, want %v give or take half", i, pause, base)
			}
		}
	})
}

func TestDoEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		err := store.Do(ctx, func() error { return conflict })
		if time.Since(start) > time.Second || !errors.Is(err, conflict) {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		gone, leave := context.WithCancel(t.Context())
		err = store.Do(gone, func() error { leave(); return conflict })
		if !errors.Is(err, context.Canceled) || !errors.Is(err, conflict) {
			t.Errorf("got %v, want both the cancellation and its cause", err)
		}
	})
}

func TestDoRunsInDoubtWorkAgainOnlyWhenToldTo(t *testing.T) {
	doubt := &mysql.MySQLError{Number: 1180}
	run := func(also ...func(error) bool) (calls int, err error) {
		err = store.Do(t.Context(), func() error {
			if calls++; calls < 3 {
				return doubt
			}
			return nil
		}, also...)
		return calls, err
	}
	if calls, err := run(); calls != 1 || !store.Unknown(err) {
		t.Errorf("without a key: %d calls, %v", calls, err)
	}
	if calls, err := run(store.Unknown); calls != 3 || err != nil {
		t.Errorf("with a key: %d calls, %v", calls, err)
	}
}

func TestDoReturnsOtherErrorsAtOnce(t *testing.T) {
	calls := 0
	err := store.Do(t.Context(), func() error { calls++; return sql.ErrNoRows })
	if calls != 1 || err != sql.ErrNoRows {
		t.Errorf("%d calls, %v", calls, err)
	}
}
