package migrate_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/migrate"
)

// column is one of a table, as the database describes it.
type column struct{ name, kind string }

// tables returns the product's own tables with their columns.
func tables(t *testing.T, d *store.Driver) map[string][]column {
	t.Helper()
	query := "SELECT m.name, c.name, c.type FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
	if d.Dialect() == dialect.MySQL {
		query = "SELECT table_name, column_name, column_type FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"
	}
	rows, err := d.DB().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string][]column{}
	for rows.Next() {
		var table string
		var c column
		if err := rows.Scan(&table, &c.name, &c.kind); err != nil {
			t.Fatal(err)
		}
		if table != "goose_db_version" && table != "migration_lock" && !strings.HasPrefix(table, "sqlite_") {
			out[table] = append(out[table], c)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// filled is a value of the kind for row number n. All identifiers of a row are the same, so that every row belongs to
// the row of the same number in every table it refers to.
func filled(c column, n int) any {
	kind := strings.ToLower(c.kind)
	switch {
	case strings.Contains(kind, "binary(32)"):
		return []byte(strings.Repeat(string(rune('a'+n)), 32))
	case strings.Contains(kind, "binary"), strings.Contains(kind, "blob"), strings.Contains(kind, "uuid"):
		return []byte(strings.Repeat(string(rune('a'+n)), 16))
	case strings.Contains(kind, "json"), strings.Contains(kind, "longtext"):
		return `{"kept":"` + string(rune('a'+n)) + `"}`
	case strings.Contains(kind, "date"):
		return fmt.Sprintf("2026-01-0%d 10:20:30.123456", n+1)
	case strings.Contains(kind, "int"), strings.Contains(kind, "bool"):
		return 1
	default:
		return string(rune('a' + n))
	}
}

// contents reads the columns of every row, as texts.
func contents(t *testing.T, d *store.Driver, table string, columns []column) []string {
	t.Helper()
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = "`" + c.name + "`"
		if strings.Contains(strings.ToLower(c.kind), "date") { // as it is written, not as a driver reads it
			names[i] = "CAST(" + names[i] + " AS CHAR(40))"
		}
	}
	rows, err := d.DB().QueryContext(t.Context(), "SELECT "+strings.Join(names, ", ")+" FROM `"+table+"`")
	if err != nil {
		t.Fatalf("%s: %v", table, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		values, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		line := ""
		for i, v := range values {
			line += fmt.Sprintf("%s=%q ", columns[i].name, v)
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func TestADatabaseOfTheFirstReleaseLosesNothingOnTheWayToThisOne(t *testing.T) {
	dbtest.EachOpen(t, func(t *testing.T, d *store.Driver) {
		ctx := t.Context()
		if err := migrate.Base(ctx, d.DB(), d.Dialect()); err != nil {
			t.Fatal(err)
		}
		before := tables(t, d)
		if len(before) < 10 {
			t.Fatalf("the first release has %d tables", len(before))
		}
		fill(t, d, before)
		rows := map[string][]string{}
		for table, columns := range before {
			rows[table] = contents(t, d, table, columns)
			if len(rows[table]) != 2 {
				t.Fatalf("%s has %d rows", table, len(rows[table]))
			}
		}
		applied, err := migrate.Up(ctx, d.DB(), d.Dialect())
		if err != nil {
			t.Fatalf("after %d migrations: %v", len(applied), err)
		}
		if err := migrate.Check(ctx, d.DB(), d.Dialect()); err != nil {
			t.Error(err)
		}
		after := tables(t, d)
		for table, columns := range before {
			for _, c := range columns {
				if !slices.ContainsFunc(after[table], func(now column) bool { return now.name == c.name }) {
					t.Errorf("%s.%s is gone", table, c.name)
				}
			}
			if t.Failed() {
				continue
			}
			if now := contents(t, d, table, columns); !slices.Equal(now, rows[table]) {
				t.Errorf("%s was\n%s\nand is\n%s", table, strings.Join(rows[table], "\n"), strings.Join(now, "\n"))
			}
		}
		// entries that are older than sealing wait to be sealed
		var waiting int
		if err := d.DB().QueryRowContext(ctx, "SELECT COUNT(*) FROM audit_unsealed").Scan(&waiting); err != nil || waiting != 2 {
			t.Errorf("%d entries of the Audit Log wait to be sealed, %v", waiting, err)
		}
		if d.Dialect() == dialect.SQLite {
			var broken int
			if err := d.DB().QueryRowContext(ctx, "SELECT COUNT(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil || broken != 0 {
				t.Errorf("%d rows refer to nothing, %v", broken, err)
			}
		}
	})
}

// fill puts two rows into every table. What they refer to comes with them, so the order does not matter.
func fill(t *testing.T, d *store.Driver, tables map[string][]column) {
	t.Helper()
	conn, err := d.DB().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	off, on := "PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"
	if d.Dialect() == dialect.MySQL {
		off, on = "SET FOREIGN_KEY_CHECKS = 0", "SET FOREIGN_KEY_CHECKS = 1"
	}
	run(t.Context(), t, conn, off)
	for table, columns := range tables {
		var names, marks []string
		for _, c := range columns {
			names, marks = append(names, "`"+c.name+"`"), append(marks, "?")
		}
		for n := range 2 {
			var args []any
			for _, c := range columns {
				args = append(args, filled(c, n))
			}
			run(t.Context(), t, conn, "INSERT INTO `"+table+"` ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", args...)
		}
	}
	run(t.Context(), t, conn, on)
}

func run(ctx context.Context, t *testing.T, conn *sql.Conn, query string, args ...any) {
	t.Helper()
	if _, err := conn.ExecContext(ctx, query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
