// Package sqlcount shows tests what reaches the database: how many statements a page costs, which they
// are, and which of them read a whole table.
package sqlcount

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"entgo.io/ent/dialect"

	"officeportal/internal/store"
)

// Recorder remembers statements. It is safe for concurrent use.
type Recorder struct {
	mu   sync.Mutex
	list []store.Statement
}

// Watch returns a context whose statements rec remembers, begin and end of transactions included.
func Watch(ctx context.Context) (watched context.Context, rec *Recorder) {
	rec = &Recorder{}
	return store.WithObserver(ctx, rec.add), rec
}

// Attach remembers every statement of d until stop is called, whoever sends it: for tests that talk to a
// server and have no hold of its contexts.
func Attach(d *store.Driver) (rec *Recorder, stop func()) {
	rec = &Recorder{}
	return rec, d.Observe(func(_ context.Context, s store.Statement) { rec.add(s) })
}

func (r *Recorder) add(s store.Statement) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, s)
}

// Statements returns all that happened since the beginning or the last Reset, in order.
func (r *Recorder) Statements() []store.Statement {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

// Count returns how many statements that is.
func (r *Recorder) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.list)
}

// Reset forgets everything.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = nil
}

// String lists the statements, numbered and without arguments, for a test's failure message.
func (r *Recorder) String() string {
	var out strings.Builder
	for i, s := range r.Statements() {
		fmt.Fprintf(&out, "%d. %s\n", i+1, s.Text)
	}
	return out.String()
}

// Plan is what a database means to do for one statement.
type Plan struct {
	// Text is the database's own description, a line per step.
	Text string
	// Scans are the steps that read a whole table or a whole index, as the database words them.
	Scans []string
}

// Explain asks for the plan of a statement without running it. The plan of BEGIN, COMMIT and other
// statements that read no table is empty. On MariaDB tables of a few rows are always scanned: fill them first.
func Explain(ctx context.Context, d *store.Driver, s store.Statement) (Plan, error) {
	if !explainable.MatchString(s.Text) {
		return Plan{}, nil
	}
	if d.Dialect() == dialect.SQLite {
		return explainSQLite(ctx, d, s)
	}
	return explainMySQL(ctx, d, s)
}

var (
	explainable = regexp.MustCompile(`(?i)^[\s(]*(select|with|insert|update|delete|replace)\b`)
	// "SCAN t", "SCAN t USING COVERING INDEX i"; not "SCAN CONSTANT ROW", nor the rows of a subquery or of a list.
	sqliteScan = regexp.MustCompile(`^SCAN `)
	sqliteMade = regexp.MustCompile(`^(?:CO-ROUTINE|MATERIALIZE) (.+)$`)
	sqliteFine = regexp.MustCompile(`^SCAN (CONSTANT ROW|\(subquery|SUBQUERY|\d+ CONSTANT ROWS?|\d+-ROW VALUES CLAUSE|json_each)`)
)

func explainSQLite(ctx context.Context, d *store.Driver, s store.Statement) (Plan, error) {
	rows, err := d.QueryContext(ctx, "EXPLAIN QUERY PLAN "+s.Text, s.Args...)
	if err != nil {
		return Plan{}, err
	}
	defer rows.Close()
	var plan Plan
	made := map[string]bool{} // rows that the statement itself makes, by the name it gives them
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return Plan{}, err
		}
		plan.Text += step + "\n"
		if m := sqliteMade.FindStringSubmatch(step); m != nil {
			made[m[1]] = true
		}
		if sqliteScan.MatchString(step) && !sqliteFine.MatchString(step) && !made[strings.TrimPrefix(step, "SCAN ")] {
			plan.Scans = append(plan.Scans, step)
		}
	}
	return plan, rows.Err()
}

func explainMySQL(ctx context.Context, d *store.Driver, s store.Statement) (Plan, error) {
	rows, err := d.QueryContext(ctx, "EXPLAIN "+s.Text, s.Args...)
	if err != nil {
		return Plan{}, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return Plan{}, err
	}
	var plan Plan
	for rows.Next() {
		values := make([]*string, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return Plan{}, err
		}
		step, kind, table := "", "", ""
		for i, name := range names {
			if values[i] == nil {
				continue
			}
			step += name + "=" + *values[i] + " "
			switch name {
			case "type":
				kind = *values[i]
			case "table":
				table = *values[i]
			}
		}
		step = strings.TrimSpace(step)
		plan.Text += step + "\n"
		// ALL reads the table, index the whole index; <derived2> and the like are made on the way. An INSERT of
		// values is shown as ALL too, with no row to read.
		if (kind == "ALL" || kind == "index") && !strings.HasPrefix(table, "<") && !insertsValues.MatchString(s.Text) {
			plan.Scans = append(plan.Scans, step)
		}
	}
	return plan, rows.Err()
}

var insertsValues = regexp.MustCompile(`(?is)^\s*(insert|replace)\b.*\bvalues\s*\(`)
