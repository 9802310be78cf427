package page_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"pgregory.net/rapid"

	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/page"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/sqlcount"
)

type row struct {
	id   ident.ID
	name string
	at   time.Time
}

// table is a list of rows in a real database and beside it.
type table struct {
	db   *store.Driver
	rows []row
}

func newTable(t *testing.T, d *store.Driver) *table {
	t.Helper()
	binary, text, moment := "blob", "text", "datetime"
	if d.Dialect() == dialect.MySQL {
		binary, text, moment = "binary(16)", "varchar(120) collate utf8mb4_bin", "datetime(6)"
	}
	for _, q := range []string{
		fmt.Sprintf("CREATE TABLE items (id %s PRIMARY KEY, name %s NOT NULL, at %s NOT NULL)", binary, text, moment),
		"CREATE INDEX by_name ON items (name, id)",
		"CREATE INDEX by_at ON items (at, id)",
	} {
		if _, err := d.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	// few different keys, so that the id has to break ties
	names := []string{"", "a", "a b", "ab", "lopez", "ñandu", "李", "🤸 kids"}
	begin := time.Date(2026, 3, 3, 20, 14, 0, 0, time.UTC)
	tb := &table{db: d}
	for i := range 41 {
		r := row{ident.New(), names[i*7%len(names)], begin.Add(time.Duration(i*5%9) * 100_001 * time.Microsecond)}
		tb.rows = append(tb.rows, r)
		if _, err := d.ExecContext(t.Context(), "INSERT INTO items (id, name, at) VALUES (?, ?, ?)", r.id, r.name, r.at); err != nil {
			t.Fatal(err)
		}
	}
	return tb
}

func (tb *table) fetch(ctx context.Context, cut func(*sql.Selector)) ([]row, error) {
	s := sql.Dialect(tb.db.Dialect()).Select("id", "name", "at").From(sql.Table("items"))
	cut(s)
	query, args := s.Query()
	rows, err := tb.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []row
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.id, &r.name, &r.at); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// list is one order of the rows: the page of the database, and how the rows sort beside it.
type list struct {
	name    string
	load    func(ctx context.Context, a page.Args) (page.Page[row], error)
	compare func(a, b row) int
}

func (tb *table) lists() []list {
	id := func(r row) ident.ID { return r.id }
	byID := func(a, b row) int { return bytes.Compare(a.id[:], b.id[:]) }
	var out []list
	for _, desc := range []bool{false, true} {
		turned := func(compare func(a, b row) int) func(a, b row) int {
			return func(a, b row) int {
				c := compare(a, b)
				if c == 0 {
					c = byID(a, b)
				}
				if desc {
					c = -c
				}
				return c
			}
		}
		scope := fmt.Sprint("items ", desc)
		out = append(out,
			list{scope + " by name", func(ctx context.Context, a page.Args) (page.Page[row], error) {
				return page.Load(ctx, a, page.Order[row, string]{Column: "name", Desc: desc, Key: func(r row) string { return r.name }, ID: id}, scope+"name", tb.fetch)
			}, turned(func(a, b row) int { return strings.Compare(a.name, b.name) })},
			list{scope + " by time", func(ctx context.Context, a page.Args) (page.Page[row], error) {
				return page.Load(ctx, a, page.Order[row, time.Time]{Column: "at", Desc: desc, Key: func(r row) time.Time { return r.at }, ID: id}, scope+"at", tb.fetch)
			}, turned(func(a, b row) int { return a.at.Compare(b.at) })},
			list{scope + " by id", func(ctx context.Context, a page.Args) (page.Page[row], error) {
				return page.Load(ctx, a, page.Order[row, ident.ID]{Desc: desc, ID: id}, scope+"id", tb.fetch)
			}, turned(func(row, row) int { return 0 })},
		)
	}
	return out
}

func TestAPageIsTheSameCutOfTheListThatCountingOffWouldMake(t *testing.T) {
	dbtest.EachOpen(t, func(t *testing.T, d *store.Driver) {
		tb := newTable(t, d)
		for _, l := range tb.lists() {
			t.Run(l.name, func(t *testing.T) {
				sorted := slices.SortedFunc(slices.Values(tb.rows), l.compare)
				cursors := everyCursor(t, l, len(sorted))
				rapid.Check(t, func(r *rapid.T) {
					from, to := 0, len(sorted)
					var a page.Args
					if rapid.Bool().Draw(r, "has after") {
						i := rapid.IntRange(0, len(sorted)-1).Draw(r, "after")
						a.After, from = &cursors[i], i+1
					}
					if rapid.Bool().Draw(r, "has before") {
						i := rapid.IntRange(0, len(sorted)-1).Draw(r, "before")
						a.Before, to = &cursors[i], i
					}
					to = max(to, from)
					n := rapid.IntRange(1, len(sorted)+3).Draw(r, "size")
					want, wantNext, wantPrev := sorted[from:to], a.Before != nil, a.After != nil
					if rapid.Bool().Draw(r, "backwards") {
						a.Last = &n
						if len(want) > n {
							want, wantPrev = want[len(want)-n:], true
						}
					} else {
						a.First = &n
						if len(want) > n {
							want, wantNext = want[:n], true
						}
					}
					got, err := l.load(t.Context(), a)
					if err != nil {
						r.Fatal(err)
					}
					if !slices.EqualFunc(got.Rows, want, func(a, b row) bool { return a.id == b.id }) {
						r.Fatalf("rows %v, want %v", names(got.Rows), names(want))
					}
					if got.HasNext != wantNext || got.HasPrev != wantPrev {
						r.Fatalf("next %v, previous %v; want %v, %v", got.HasNext, got.HasPrev, wantNext, wantPrev)
					}
					for i, r1 := range got.Rows {
						at := slices.IndexFunc(sorted, func(s row) bool { return s.id == r1.id })
						if got.Cursors[i] != cursors[at] {
							r.Fatalf("the cursor of row %d differs from page to page", at)
						}
					}
				})
			})
		}
	})
}

func names(rows []row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.name
	}
	return out
}

// everyCursor walks the list page by page.
func everyCursor(t *testing.T, l list, want int) []string {
	t.Helper()
	var cursors []string
	size := 7
	a := page.Args{First: &size}
	for {
		p, err := l.load(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		cursors = append(cursors, p.Cursors...)
		if !p.HasNext {
			break
		}
		a.After = &cursors[len(cursors)-1]
	}
	if len(cursors) != want {
		t.Fatalf("walking forwards met %d rows, want %d", len(cursors), want)
	}
	return cursors
}

func TestAPageSeeksInItsIndex(t *testing.T) {
	dbtest.EachOpen(t, func(t *testing.T, d *store.Driver) {
		tb := newTable(t, d)
		for i := range 60 { // MariaDB scans a table that is small
			values, args := "", []any{}
			for j := range 100 {
				values += ", (?, ?, ?)"
				args = append(args, ident.New(), fmt.Sprintf("z%03d", i*100+j), time.Now().UTC().Truncate(time.Microsecond))
			}
			if _, err := d.ExecContext(t.Context(), "INSERT INTO items (id, name, at) VALUES "+values[2:], args...); err != nil {
				t.Fatal(err)
			}
		}
		if d.Dialect() == dialect.MySQL {
			if _, err := d.DB().ExecContext(t.Context(), "ANALYZE TABLE items"); err != nil {
				t.Fatal(err)
			}
		}
		for _, l := range tb.lists() {
			one := 1
			p, err := l.load(t.Context(), page.Args{First: &one})
			if err != nil {
				t.Fatal(err)
			}
			ctx, rec := sqlcount.Watch(t.Context())
			if _, err := l.load(ctx, page.Args{First: &one, After: &p.Cursors[0]}); err != nil {
				t.Fatal(err)
			}
			if rec.Count() != 1 {
				t.Errorf("%s: a page took %d statements", l.name, rec.Count())
			}
			plan, err := sqlcount.Explain(t.Context(), d, rec.Statements()[0])
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Scans) > 0 || strings.Contains(strings.ToLower(plan.Text), "filesort") || strings.Contains(plan.Text, "TEMP B-TREE") {
				t.Errorf("%s scans or sorts: %s", l.name, plan.Text)
			}
		}
	})
}

func TestWrongArgumentsAreRefused(t *testing.T) {
	tb := newTable(t, dbtest.Open(t, dbtest.SQLite(t)))
	lists := tb.lists()
	number := func(n int) *int { return &n }
	text := func(s string) *string { return &s }
	foreign, err := lists[0].load(t.Context(), page.Args{First: number(1)})
	if err != nil {
		t.Fatal(err)
	}
	short := func(c string) *string {
		raw, err := base64.RawURLEncoding.DecodeString(c)
		if err != nil {
			t.Fatal(err)
		}
		return text(base64.RawURLEncoding.EncodeToString(raw[:10]))
	}
	for name, a := range map[string]page.Args{
		"both first and last":              {First: number(1), Last: number(1)},
		"a page of no rows":                {First: number(0)},
		"a page of fewer than no rows":     {Last: number(-1)},
		"a page larger than the largest":   {First: number(page.Max + 1)},
		"a cursor of another list":         {After: &foreign.Cursors[0]},
		"a cursor before of another list":  {Before: &foreign.Cursors[0]},
		"a cursor that is none":            {After: text("%%%")},
		"an empty cursor":                  {After: text("")},
		"a cursor cut short":               {Before: short(foreign.Cursors[0])},
		"a very long cursor":               {After: text(strings.Repeat("A", 5000))},
		"a cursor with something appended": {After: text(foreign.Cursors[0] + "AAAA")},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := lists[1].load(t.Context(), a); !fault.Is(err, fault.BadInput) {
				t.Errorf("answered %v", err)
			}
		})
	}
}

func FuzzACursorFromOutsideNeverBreaksTheQuery(f *testing.F) {
	f.Add("AAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		order := page.Order[row, time.Time]{Column: "at", Key: func(r row) time.Time { return r.at }, ID: func(r row) ident.ID { return r.id }}
		_, err := page.Load(t.Context(), page.Args{After: &s}, order, "fuzz", func(context.Context, func(*sql.Selector)) ([]row, error) { return nil, nil })
		if err != nil && !fault.Is(err, fault.BadInput) {
			t.Fatal(err)
		}
	})
}
