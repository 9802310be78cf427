package sqlcount_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	entsql "entgo.io/ent/dialect/sql"

	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/sqlcount"
)

func texts(rec *sqlcount.Recorder) string {
	var out []string
	for _, s := range rec.Statements() {
		out = append(out, s.Text)
	}
	return strings.Join(out, "; ")
}

func transaction(t *testing.T, ctx context.Context, d *store.Driver) {
	t.Helper()
	tx, err := d.Tx(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Exec(ctx, "INSERT INTO t VALUES (?)", []any{7}, nil); err != nil {
		t.Fatal(err)
	}
	var rows entsql.Rows
	if err := tx.Query(ctx, "SELECT id FROM t", []any{}, &rows); err != nil {
		t.Fatal(err)
	}
	rows.Close()
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestAWatchedContextCountsItsStatementsAndNobodyElses(t *testing.T) {
	dbtest.EachOpen(t, func(t *testing.T, d *store.Driver) {
		if err := d.Exec(t.Context(), "CREATE TABLE t (id INTEGER)", []any{}, nil); err != nil {
			t.Fatal(err)
		}
		outer, all := sqlcount.Watch(t.Context())
		inner, some := sqlcount.Watch(outer)
		transaction(t, inner, d)
		transaction(t, t.Context(), d)
		const want = "BEGIN; INSERT INTO t VALUES (?); SELECT id FROM t; COMMIT"
		if got := texts(some); got != want {
			t.Errorf("got %s", got)
		}
		if got := texts(all); got != want {
			t.Errorf("the outer one got %s", got)
		}
		if arg := some.Statements()[1].Args[0]; arg != 7 {
			t.Errorf("the argument is %v", arg)
		}
		if some.Reset(); some.Count() != 0 || all.Count() != 4 {
			t.Error("Reset forgets one recorder's statements")
		}
		if !strings.HasPrefix(all.String(), "1. BEGIN\n2. INSERT") {
			t.Errorf("printed as %s", all)
		}
	})
}

func TestAnAttachedRecorderSeesEverythingUntilItIsStopped(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	if err := d.Exec(t.Context(), "CREATE TABLE t (id INTEGER)", []any{}, nil); err != nil {
		t.Fatal(err)
	}
	first, stopFirst := sqlcount.Attach(d)
	second, stopSecond := sqlcount.Attach(d)
	transaction(t, t.Context(), d)
	stopFirst()
	transaction(t, t.Context(), d)
	stopSecond()
	transaction(t, t.Context(), d)
	if first.Count() != 4 || second.Count() != 8 {
		t.Errorf("counted %d and %d, want 4 and 8", first.Count(), second.Count())
	}
}

func TestExplainFindsTheStatementsThatReadAWholeTable(t *testing.T) {
	dbtest.EachOpen(t, func(t *testing.T, d *store.Driver) {
		ctx := t.Context()
		run := func(query string, args ...any) {
			t.Helper()
			if _, err := d.ExecContext(ctx, query, args...); err != nil {
				t.Fatal(err)
			}
		}
		run("CREATE TABLE t (id INTEGER PRIMARY KEY, k INTEGER, free VARCHAR(20))")
		run("CREATE INDEX t_k ON t (k)")
		for i := 0; i < 5000; i += 500 {
			values := make([]string, 500)
			for j := range values {
				values[j] = fmt.Sprintf("(%d, %d, 'x')", i+j, i+j)
			}
			run("INSERT INTO t VALUES " + strings.Join(values, ","))
		}
		analyze := map[string]string{"sqlite3": "ANALYZE", "mysql": "ANALYZE TABLE t"}[d.Dialect()]
		run(analyze)
		for _, c := range []struct {
			query string
			args  []any
			scans bool
		}{
			{"SELECT free FROM t WHERE id = ?", []any{1}, false},
			{"SELECT free FROM t WHERE k = ?", []any{1}, false},
			{"SELECT free FROM t WHERE k > ? ORDER BY k LIMIT 5", []any{4000}, false},
			{"SELECT COUNT(*) FROM t", nil, true},
			{"SELECT id FROM t WHERE free = ?", []any{"y"}, true},
			{"UPDATE t SET free = 'z' WHERE k = ?", []any{1}, false},
			{"UPDATE t SET free = 'z' WHERE free = ?", []any{"y"}, true},
			{"DELETE FROM t WHERE id = ?", []any{1}, false},
			{"DELETE FROM t WHERE free = ?", []any{"y"}, true},
			{"INSERT INTO t VALUES (?, 1, 'x')", []any{9999}, false},
			{"BEGIN", nil, false},
			{"COMMIT", nil, false},
		} {
			plan, err := sqlcount.Explain(ctx, d, store.Statement{Text: c.query, Args: c.args})
			if err != nil {
				t.Errorf("%s: %v", c.query, err)
			}
			if (len(plan.Scans) > 0) != c.scans {
				t.Errorf("%s: scans are %q, plan is\n%s", c.query, plan.Scans, plan.Text)
			}
		}
		rows, err := d.QueryContext(ctx, "SELECT COUNT(*) FROM t WHERE free <> 'x'")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for n := 0; rows.Next(); {
			if rows.Scan(&n); n != 0 {
				t.Errorf("explaining changed %d rows", n)
			}
		}
	})
}
