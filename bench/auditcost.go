package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"

	"officeportal/ent/migrate"
	"officeportal/internal/ident"
)

// cost is what one index of the entries costs.
type cost struct {
	name, columns string
	// bytes and insert are for one entry.
	bytes  float64
	insert time.Duration
}

const (
	// perInsert is how many entries one transaction brings, inserts how many of them are timed for each index.
	perInsert, inserts = 200, 15
	// beneath is how many entries a table holds before inserting is timed.
	beneath = 100_000
)

// costs measures the indexes: their size in the table of entries itself, and the time in a copy of a part of it that
// has one index at a time. The first is the table without any but its primary key, the last with all of them.
func (w *world) costs(ctx context.Context) ([]cost, error) {
	size, entries, err := w.sizes(ctx)
	if err != nil {
		return nil, err
	}
	db := w.app.Store.Driver.DB()
	table := migrate.AuditEntriesTable
	drop := func() { _, _ = db.ExecContext(ctx, "DROP TABLE IF EXISTS audit_cost") }
	drop()
	defer drop()
	make := "CREATE TABLE audit_cost AS SELECT * FROM audit_entries LIMIT 0"
	if w.app.Store.Driver.Dialect() == dialect.MySQL {
		make = "CREATE TABLE audit_cost LIKE audit_entries"
	}
	if _, err := db.ExecContext(ctx, make); err != nil {
		return nil, err
	}
	if w.app.Store.Driver.Dialect() == dialect.MySQL {
		for _, i := range table.Indexes {
			if _, err := db.ExecContext(ctx, "DROP INDEX `"+i.Name+"` ON audit_cost"); err != nil {
				return nil, err
			}
		}
	} else if _, err := db.ExecContext(ctx, "CREATE UNIQUE INDEX audit_cost_id ON audit_cost (id)"); err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, fmt.Sprintf("INSERT INTO audit_cost SELECT * FROM audit_entries ORDER BY id LIMIT %d", beneath)); err != nil {
		return nil, err
	}
	rows, err := sample(ctx, db)
	if err != nil {
		return nil, err
	}
	add := func(i *schema.Index) error {
		_, err := db.ExecContext(ctx, "CREATE INDEX `cost_"+i.Name+"` ON audit_cost ("+columnsOf(i)+")")
		return err
	}
	alone, err := timeInserts(ctx, db, rows)
	if err != nil {
		return nil, err
	}
	out := []cost{{name: "none but the primary key", bytes: size["table"] / entries, insert: alone}}
	all := size["table"] / entries
	for _, i := range table.Indexes {
		if err := add(i); err != nil {
			return nil, err
		}
		took, err := timeInserts(ctx, db, rows)
		if err != nil {
			return nil, err
		}
		gone := "DROP INDEX `cost_" + i.Name + "`"
		if w.app.Store.Driver.Dialect() == dialect.MySQL {
			gone += " ON audit_cost"
		}
		if _, err := db.ExecContext(ctx, gone); err != nil {
			return nil, err
		}
		out = append(out, cost{shortName(i.Name), columnsOf(i), size[i.Name] / entries, max(0, took-alone)})
		all += size[i.Name] / entries
	}
	for _, i := range table.Indexes {
		if err := add(i); err != nil {
			return nil, err
		}
	}
	together, err := timeInserts(ctx, db, rows)
	return append(out, cost{name: "all of them, with the table", bytes: all, insert: together}), err
}

func columnsOf(i *schema.Index) string {
	var names []string
	for _, c := range i.Columns {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// sizes returns the bytes of each index and of the table with its primary key, and the number of entries.
func (w *world) sizes(ctx context.Context) (map[string]float64, float64, error) {
	db := w.app.Store.Driver.DB()
	query := "SELECT name, SUM(pgsize) FROM dbstat WHERE name = 'audit_entries' OR name LIKE 'auditentry%' OR name LIKE 'sqlite_autoindex_audit_entries%' GROUP BY name"
	if w.app.Store.Driver.Dialect() == dialect.MySQL {
		if _, err := db.ExecContext(ctx, "ANALYZE TABLE audit_entries"); err != nil {
			return nil, 0, err
		}
		query = "SELECT index_name, stat_value * @@innodb_page_size FROM mysql.innodb_index_stats WHERE database_name = DATABASE() AND table_name = 'audit_entries' AND stat_name = 'size'"
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	out := map[string]float64{}
	for rows.Next() {
		var name string
		var bytes float64
		if err := rows.Scan(&name, &bytes); err != nil {
			return nil, 0, err
		}
		if !strings.HasPrefix(name, "auditentry") {
			name = "table"
		}
		out[name] += bytes
	}
	if err := rows.Err(); err != nil {
		return nil, 0, err
	}
	_ = rows.Close()
	var entries float64
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM audit_entries").Scan(&entries)
	return out, entries, err
}

// sample returns entries to insert again under other identifiers.
func sample(ctx context.Context, db *sql.DB) ([][]any, error) {
	rows, err := db.QueryContext(ctx, "SELECT * FROM audit_cost LIMIT ?", perInsert)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out [][]any
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, values)
	}
	if len(out) < perInsert || columns[0] != "id" {
		return nil, fmt.Errorf("%d entries of %v to insert again", len(out), columns[0])
	}
	return out, rows.Err()
}

// timeInserts returns the time for one entry of the quickest transaction, because the machine has other work.
func timeInserts(ctx context.Context, db *sql.DB, rows [][]any) (best time.Duration, err error) {
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(rows[0])), ",") + ")"
	query := "INSERT INTO audit_cost VALUES " + strings.TrimSuffix(strings.Repeat(one+",", len(rows)), ",")
	for range inserts {
		args := make([]any, 0, len(rows)*len(rows[0]))
		for _, r := range rows {
			args = append(append(args, ident.New()), r[1:]...)
		}
		began := time.Now()
		if _, err := db.ExecContext(ctx, query, args...); err != nil {
			return 0, err
		}
		if took := time.Since(began) / time.Duration(len(rows)); best == 0 || took < best {
			best = took
		}
	}
	return best, nil
}
