package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"text/template"
	"time"
)

//go:embed auditpage.md.tmpl
var auditPage string

// answers is what one database says.
type answers struct {
	database, version string
	entries           int
	combinations      []combination
	looks             []looked
	costs             []cost
}

// auditQueries writes the page about the queries of the Audit Log from a real database of each kind.
func auditQueries(ctx context.Context, databases []string, families, entries int, file string) error {
	var all []answers
	for _, database := range databases {
		a, err := ask(ctx, database, families, entries)
		if err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
		all = append(all, a)
	}
	var out strings.Builder
	if err := template.Must(template.New("page").Parse(auditPage)).Execute(&out, facts(all)); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(out.String()), 0o644)
}

func ask(ctx context.Context, database string, families, entries int) (answers, error) {
	began := time.Now()
	w, err := open(ctx, database, families, entries)
	if err != nil {
		return answers{}, err
	}
	defer w.stop()
	fmt.Fprintf(os.Stderr, "%s: %d audit entries made in %v\n", database, entries, time.Since(began).Round(time.Second))
	a := answers{database: map[string]string{"sqlite": "SQLite", "mariadb": "MariaDB"}[database], entries: entries}
	version := "SELECT sqlite_version()"
	if database == "mariadb" {
		version = "SELECT SUBSTRING_INDEX(VERSION(), '-', 1)"
	}
	if err := w.app.Store.Driver.DB().QueryRowContext(ctx, version).Scan(&a.version); err != nil {
		return a, err
	}
	if a.combinations, err = w.combinations(ctx); err != nil {
		return a, err
	}
	for i, c := range a.combinations {
		l, err := w.look(ctx, i, c)
		if err != nil {
			return a, err
		}
		a.looks = append(a.looks, l)
		w.ahead.Add(int64(time.Second)) // own documents have a budget for each minute
	}
	a.costs, err = w.costs(ctx)
	return a, err
}

// shown are the combinations whose plans stand on the page as the database words them.
var shown = []string{"none", "one action", "one action, person, channel, result, days", "person, channel", "two actions, guardian, result"}

// facts are the tables of the page.
func facts(all []answers) map[string]any {
	var head, line, names []string
	for _, a := range all {
		names = append(names, a.database+" "+a.version)
		head, line = append(head, a.database+" reads"), append(line, "---")
		if a.looks[0].rows >= 0 {
			head, line = append(head, "rows read"), append(line, "---:")
		}
		head, line = append(head, "ms"), append(line, "---:")
	}
	var rows []string
	for i, c := range all[0].combinations {
		cells := []string{c.name}
		for _, a := range all {
			l := a.looks[i]
			cells = append(cells, l.reads)
			if l.rows >= 0 {
				cells = append(cells, fmt.Sprint(l.rows))
			}
			cells = append(cells, fmt.Sprintf("%.2f", float64(l.took.Microseconds())/1000))
		}
		rows = append(rows, "| "+strings.Join(cells, " | ")+" |")
	}
	var slowest []string
	var plans []map[string]string
	for _, a := range all {
		worst := 0
		for i, l := range a.looks {
			if l.took > a.looks[worst].took {
				worst = i
			}
			for _, s := range shown {
				if a.combinations[i].name == s {
					plans = append(plans, map[string]string{"Database": a.database, "Name": s, "Text": abridged(l.plan)})
				}
			}
		}
		slowest = append(slowest, fmt.Sprintf("%.1f ms on %s (%s)", float64(a.looks[worst].took.Microseconds())/1000, a.database, a.combinations[worst].name))
	}
	var costs []string
	for i, c := range all[0].costs {
		cells := []string{c.name, c.columns}
		for _, a := range all {
			cells = append(cells, fmt.Sprintf("%.0f", a.costs[i].bytes), fmt.Sprintf("%.1f", float64(a.costs[i].insert.Nanoseconds())/1000))
		}
		costs = append(costs, "| "+strings.Join(cells, " | ")+" |")
	}
	var costHead, costLine []string
	for _, a := range all {
		costHead, costLine = append(costHead, a.database+" bytes", a.database+" µs"), append(costLine, "---:", "---:")
	}
	return map[string]any{
		"Entries": grouped(all[0].entries), "Databases": strings.Join(names, " and "), "Combinations": len(rows), "Cores": runtime.NumCPU(),
		"Head": strings.Join(head, " | "), "Line": strings.Join(line, "|"), "Rows": strings.Join(rows, "\n"),
		"Slowest": strings.Join(slowest, ", "), "Plans": plans,
		"CostHead": strings.Join(costHead, " | "), "CostLine": strings.Join(costLine, "|"), "Costs": strings.Join(costs, "\n"),
		"PerInsert": perInsert, "Beneath": grouped(beneath), "Repeats": repeats,
	}
}

// possible are the indexes that MariaDB would have had, which are most of a plan's text.
var possible = regexp.MustCompile(`possible_keys=\S+ `)

// abridged leaves out what repeats for every list that is merged.
func abridged(plan string) string {
	lines := strings.Split(strings.TrimSpace(possible.ReplaceAllString(plan, "")), "\n")
	const most = 14
	if len(lines) <= most {
		return strings.Join(lines, "\n")
	}
	return strings.Join(append(append(append([]string{}, lines[:most-4]...), fmt.Sprintf("… %d lines alike …", len(lines)-most)), lines[len(lines)-4:]...), "\n")
}

func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
