package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"entgo.io/ent/dialect"

	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/store/sqlcount"
)

// combination is one choice of filters of the Audit Log.
type combination struct {
	name   string
	filter map[string]any
}

// looked is how a database answers the page of a combination.
type looked struct {
	// reads says which indexes it reads, plan in the database's own words.
	reads, plan string
	// rows is how many rows it read; -1 where the database does not tell.
	rows int
	took time.Duration
}

// choice is one filter: its name on the page, the field of AuditFilter, and the values to choose from.
type choice struct {
	field  string
	values []struct {
		name  string
		value any
	}
}

// combinations are all there are, the fewest filters first. Each value is one of the most frequent, so that many rows
// match one filter and few match all.
func (w *world) combinations(ctx context.Context) ([]combination, error) {
	db := w.app.Store.Driver.DB()
	most := func(column string, n int, into func() any) ([]any, error) {
		rows, err := db.QueryContext(ctx, "SELECT "+column+" FROM audit_entries WHERE actor_kind = 'STAFF' AND "+column+" IS NOT NULL AND facts LIKE '%guardian%' GROUP BY "+column+" ORDER BY COUNT(*) DESC LIMIT ?", n)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var out []any
		for rows.Next() {
			v := into()
			if err := rows.Scan(v); err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		if len(out) < n {
			return nil, fmt.Errorf("the database has no %s to look for", column)
		}
		return out, rows.Err()
	}
	id := func() any { return new(ident.ID) }
	people := map[string]string{}
	for column, prefix := range map[string]string{"actor_id": "stf_", "guardian_id": "gdn_", "family_id": "fam_"} {
		found, err := most(column, 1, id)
		if err != nil {
			return nil, err
		}
		people[column] = prefix + found[0].(*ident.ID).String()
	}
	actions, err := most("action", 2, func() any { return new(string) })
	if err != nil {
		return nil, err
	}
	first, second := *actions[0].(*string), *actions[1].(*string)
	now := w.app.Store.Now()
	type value = struct {
		name  string
		value any
	}
	one := func(field, name string, v any) choice { return choice{field, []value{{"", nil}, {name, v}}} }
	choices := []choice{
		{"actions", []value{{"", nil}, {"one action", []string{first}}, {"two actions", []string{first, second}}}},
		one("actorId", "person", people["actor_id"]), one("guardianId", "guardian", people["guardian_id"]), one("familyId", "family", people["family_id"]),
		one("channel", "channel", "SMS"), one("outcome", "result", "REFUSED"),
		one("from", "days", now.AddDate(0, -12, 0).Format(time.RFC3339)),
	}
	all := []combination{{"", map[string]any{}}}
	for _, c := range choices {
		var next []combination
		for _, before := range all {
			for _, v := range c.values {
				with := combination{before.name, map[string]any{}}
				for k, x := range before.filter {
					with.filter[k] = x
				}
				if v.value != nil {
					with.filter[c.field] = v.value
					with.name = strings.TrimPrefix(before.name+", "+v.name, ", ")
					if c.field == "from" {
						with.filter["to"] = now.AddDate(0, -6, 0).Format(time.RFC3339)
					}
				}
				next = append(next, with)
			}
		}
		all = next
	}
	all[0].name = "none"
	slices.SortStableFunc(all, func(a, b combination) int { return strings.Count(a.name, ",") - strings.Count(b.name, ",") })
	return all, nil
}

// repeats is how often a page is read; the quickest counts, because the machine has other work.
const repeats = 7

// look asks for the first page over HTTP, takes the statement that finds it, and asks the database how.
func (w *world) look(ctx context.Context, i int, c combination) (out looked, err error) {
	var mu sync.Mutex
	var found *store.Statement
	d := w.app.Store.Driver
	stop := d.Observe(func(_ context.Context, s store.Statement) {
		mu.Lock()
		defer mu.Unlock()
		if found == nil && strings.Contains(s.Text, "FROM `audit_entries`") && strings.Contains(s.Text, " LIMIT ") {
			found = &s
		}
	})
	_, err = w.do(ctx, i, audit, map[string]any{"filter": c.filter})
	stop()
	if err != nil {
		return out, err
	}
	mu.Lock()
	defer mu.Unlock()
	if found == nil {
		return out, fmt.Errorf("%s: no statement reads a page", c.name)
	}
	plan, err := sqlcount.Explain(ctx, d, *found)
	if err != nil {
		return out, err
	}
	if len(plan.Scans) > 0 {
		return out, fmt.Errorf("%s reads a whole table:\n%s", c.name, plan.Text)
	}
	out.plan, out.reads, out.rows = plan.Text, reads(d.Dialect(), plan.Text), -1
	for range repeats {
		began := time.Now()
		if err := drain(ctx, d, *found); err != nil {
			return out, err
		}
		if took := time.Since(began); out.took == 0 || took < out.took {
			out.took = took
		}
	}
	if d.Dialect() == dialect.MySQL {
		out.rows, err = rowsRead(ctx, d, *found)
	}
	return out, err
}

func drain(ctx context.Context, d *store.Driver, s store.Statement) error {
	rows, err := d.QueryContext(ctx, s.Text, s.Args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

// rowsRead runs the statement and returns how many rows MariaDB says that it read from tables.
func rowsRead(ctx context.Context, d *store.Driver, s store.Statement) (int, error) {
	rows, err := d.QueryContext(ctx, "ANALYZE FORMAT=JSON "+s.Text, s.Args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	sum := 0
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return 0, err
		}
		var tree any
		if err := json.Unmarshal(asJSON(text), &tree); err != nil {
			return 0, err
		}
		sum += readIn(tree)
	}
	return sum, rows.Err()
}

// strange finds escapes and control characters in what MariaDB writes of binary values.
var strange = regexp.MustCompile(`(?s)\\.|[\x00-\x1f]`)

// asJSON leaves out of MariaDB's text what JSON does not know.
func asJSON(text string) []byte {
	return []byte(strange.ReplaceAllStringFunc(text, func(found string) string {
		if len(found) == 2 && strings.Contains(`"\/bfnrt`, found[1:]) {
			return found
		}
		return " "
	}))
}

// readIn adds up what was read from tables with an index: how often, and how many rows each time.
func readIn(node any) int {
	sum := 0
	switch n := node.(type) {
	case []any:
		for _, v := range n {
			sum += readIn(v)
		}
	case map[string]any:
		if _, indexed := n["key"]; indexed {
			loops, _ := n["r_loops"].(float64)
			each, _ := n["r_rows"].(float64)
			sum += int(loops * each)
		}
		for _, v := range n {
			sum += readIn(v)
		}
	}
	return sum
}

var (
	sqliteIndex = regexp.MustCompile(`INDEX (\w+) \(`)
	// the rows of the page, one by one
	sqliteRows = regexp.MustCompile(`(?m)^SEARCH audit_entries USING .*\bid=\?\)$`)
	mysqlIndex = regexp.MustCompile(`(?m)\bkey=(\w+)`)
)

// reads names the indexes of a plan, and how many lists are read of each.
func reads(d, plan string) string {
	find := sqliteIndex
	if d == dialect.MySQL {
		find = mysqlIndex
	}
	var names []string
	count := map[string]int{}
	for _, m := range find.FindAllStringSubmatch(sqliteRows.ReplaceAllString(plan, ""), -1) {
		name := shortName(m[1])
		if name == byID {
			continue // the rows of the page, one by one
		}
		if count[name]++; count[name] == 1 {
			names = append(names, name)
		}
	}
	for i, n := range names {
		if count[n] > 1 {
			names[i] = fmt.Sprintf("%s × %d", n, count[n])
		}
	}
	if len(names) == 0 {
		names = []string{byID}
	}
	return strings.Join(names, ", ")
}

const byID = "id"

// shortName is an index's name on the page: what follows the business, which all begin with.
func shortName(index string) string {
	switch {
	case index == "PRIMARY", strings.HasPrefix(index, "sqlite_autoindex"):
		return byID
	case index == "auditentry_business_id_id":
		return "newest"
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(index, "auditentry_"), "business_id_"), "_id")
}
