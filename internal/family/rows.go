package family

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"entgo.io/ent/dialect"

	"officeportal/internal/store"
)

// Rows of one INSERT. SQLite takes at most 32,766 arguments; beyond some hundred rows a larger statement
// is no faster.
const rowsPerInsert = 400

// rows collects rows of one table for statements of many rows each: ten times as fast as one by one.
// Every row names its business itself.
type rows struct {
	tx      *store.Tx
	table   string
	columns []string
	values  [][]any
}

func newRows(tx *store.Tx, table string, columns ...string) *rows {
	return &rows{tx: tx, table: table, columns: columns}
}

func (r *rows) add(values ...any) { r.values = append(r.values, values) }

// sortBy orders the rows by a column of texts.
func (r *rows) sortBy(column int) {
	slices.SortFunc(r.values, func(a, b []any) int { return cmp.Compare(a[column].(string), b[column].(string)) })
}

func (r *rows) insert(ctx context.Context) error {
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(r.columns)), ",") + ")"
	head := "INSERT INTO `" + r.table + "` (`" + strings.Join(r.columns, "`,`") + "`) VALUES "
	for chunk := range slices.Chunk(r.values, rowsPerInsert) {
		args := make([]any, 0, len(chunk)*len(r.columns))
		for _, row := range chunk {
			args = append(args, row...)
		}
		query := head + strings.TrimSuffix(strings.Repeat(one+",", len(chunk)), ",")
		if _, err := r.tx.Client().ExecContext(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// refreshStatistics tells the database how large the tables have become, after many rows came at once. Without
// it SQLite takes every index for a small one, and MySQL notices late. That it fails does not matter.
func (s *Service) refreshStatistics(ctx context.Context) {
	d := s.Store.Driver
	if d.Dialect() != dialect.SQLite {
		_, _ = d.ExecContext(ctx, "ANALYZE TABLE families, guardians, students, family_search_keys, audit_entries")
		return
	}
	// A sample of each index is enough, and takes the same time however many rows there are.
	_, _ = d.ExecContext(ctx, "PRAGMA analysis_limit = 1000")
	for _, table := range []string{"families", "guardians", "students", "family_search_keys", "audit_entries"} {
		_, _ = d.ExecContext(ctx, "ANALYZE "+table)
	}
}
