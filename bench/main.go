package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest/mariadb"
)

// workers is the number of staff members at their desks who press at the same time.
const workers = 4

func main() {
	small := flag.Int("small", 1000, "families of the small database")
	large := flag.Int("large", 100_000, "families of the large database")
	entries := flag.Int("entries", 1_000_000, "audit entries of the large database; the small one has a hundredth")
	requests := flag.Int("requests", 300, "requests of each kind")
	databases := flag.String("databases", "sqlite,mariadb", "which databases")
	page := flag.String("audit-queries", "", "write the page about the queries of the Audit Log to this file, and measure nothing else")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *page != "" {
		if err := auditQueries(ctx, strings.Split(*databases, ","), *small, *entries, *page); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(ctx, strings.Split(*databases, ","), *small, *large, *entries, *requests); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measured is what one kind of request costs.
type measured struct {
	p50, p95 time.Duration
	perSec   float64
}

func run(ctx context.Context, databases []string, small, large, entries, requests int) error {
	idle, err := start(ctx)
	if err != nil {
		return fmt.Errorf("starting the program: %w", err)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "database\trequest\t%d families p50\tp95\tper s\t%d families p50\tp95\tper s\tlarge/small\t\n", small, large)
	for _, database := range databases {
		rows, err := compare(ctx, database, []size{{small, entries / 100}, {large, entries}}, requests)
		if err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
		for _, r := range rows {
			s, l := r.sizes[0], r.sizes[1]
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%.0f\t%s\t%s\t%.0f\t%.2f\t\n", database, r.name,
				ms(s.p50), ms(s.p95), s.perSec, ms(l.p50), ms(l.p95), l.perSec, float64(l.p50)/float64(s.p50))
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Printf("\nready %s after the start on an up-to-date SQLite database; %.1f MB of memory when idle\n", ms(idle.ready), float64(idle.memory)/1e6)
	return nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }

const (
	families = `query($after:String,$filter:FamilyFilter){families(first:25,after:$after,filter:$filter){edges{cursor node{id name guardians{id name canLogIn email phone}}} pageInfo{hasNextPage endCursor}}}`
	counted  = `query($filter:FamilyFilter){families(first:25,filter:$filter){totalCount edges{cursor node{id name guardians{id name canLogIn email phone}}} pageInfo{hasNextPage endCursor}}}`
	audit    = `query($filter:AuditFilter){auditEntries(first:50,filter:$filter){edges{cursor node{id action outcome summary occurredAt actor{... on Staff{name} ... on Guardian{name} ... on SystemActor{name}}}} pageInfo{hasNextPage endCursor}}}`
	reset    = `mutation($i:RequestPasswordResetInput!){requestPasswordReset(input:$i){request{id state delivery} errors{code}}}`
)

// size is how much is in a database.
type size struct{ families, entries int }

// row is one kind of request at each size.
type row struct {
	name  string
	sizes []measured
}

// compare measures each kind of request at all sizes in turns, so that whatever else the machine does weighs
// on all of them alike.
func compare(ctx context.Context, database string, sizes []size, n int) ([]row, error) {
	var worlds []*world
	defer func() {
		for _, w := range worlds {
			w.stop()
		}
	}()
	var kinds [][]kind
	for _, size := range sizes {
		began := time.Now()
		w, err := open(ctx, database, size.families, size.entries)
		if err != nil {
			return nil, fmt.Errorf("%d families: %w", size.families, err)
		}
		worlds = append(worlds, w)
		fmt.Fprintf(os.Stderr, "%s: %d families and %d audit entries made in %v\n", database, size.families, size.entries, time.Since(began).Round(time.Second))
		of, err := w.kinds(ctx, n)
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, of)
	}
	var out []row
	for k := range kinds[0] {
		r := row{name: kinds[0][k].name}
		runs := make([]*measurement, len(worlds))
		for i, w := range worlds {
			if err := w.plans(ctx, kinds[i][k].do); err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			runs[i] = &measurement{do: kinds[i][k].do}
		}
		for range turns {
			for i, run := range runs {
				// what a desk's own documents may cost comes back in time for the next turn
				worlds[i].ahead.Add(int64(6 * time.Second))
				if err := run.more(max(n/turns, 1)); err != nil {
					return nil, fmt.Errorf("%s: %w", r.name, err)
				}
			}
		}
		for _, run := range runs {
			r.sizes = append(r.sizes, run.result())
		}
		out = append(out, r)
	}
	return out, nil
}

const resetName = "requestPasswordReset"

// kind is one kind of request; i counts them.
type kind struct {
	name string
	do   func(i int) error
}

func (w *world) kinds(ctx context.Context, n int) ([]kind, error) {
	guardians, err := w.guardians(ctx, n)
	if err != nil {
		return nil, err
	}
	ask := func(document string, filter map[string]any) error {
		_, err := w.do(ctx, 0, document, map[string]any{"filter": filter})
		return err
	}
	search := func(document string, typed ...string) func(int) error {
		return func(i int) error { return ask(document, map[string]any{"search": typed[i%len(typed)]}) }
	}
	return []kind{
		{"families page", func(int) error { return ask(families, nil) }},
		{"families page, counted", func(int) error { return ask(counted, nil) }},
		{"search by name", search(families, "lopez", "garc", "nguyen", "kowal")},
		{"search by name, counted", search(counted, "lopez", "garc", "nguyen", "kowal")},
		// five rows at both sizes: the small one has no full page of two names
		{"search by two names", search(strings.Replace(families, "first:25", "first:5", 1), "mar an", "sof ma")},
		{"search by digits", func(i int) error { return ask(families, map[string]any{"search": fmt.Sprintf("%04d", 100+i%100)}) }},
		{"audit page", func(int) error { return ask(audit, nil) }},
		{"audit page, one action", func(int) error { return ask(audit, map[string]any{"actions": []string{"SIGN_IN_FAILED"}}) }},
		{resetName, func(i int) error { return w.send(ctx, i, guardians[i%len(guardians)]) }},
	}, nil
}

// guardians returns n guardians who can log in, for whom a reset can be sent.
func (w *world) guardians(ctx context.Context, n int) ([]string, error) {
	var out []string
	after := ""
	for len(out) < n {
		variables := map[string]any{"filter": map[string]any{"anyCanLogIn": true}}
		if after != "" {
			variables["after"] = after
		}
		raw, err := w.do(ctx, 0, families, variables)
		if err != nil {
			return nil, err
		}
		var page struct {
			Data struct {
				Families struct {
					Edges []struct {
						Node struct {
							Guardians []struct {
								ID       string
								CanLogIn bool
								Email    string
							}
						}
					}
					PageInfo struct {
						HasNextPage bool
						EndCursor   string
					}
				}
			}
		}
		if err := json.Unmarshal(raw, &page); err != nil {
			return nil, err
		}
		for _, e := range page.Data.Families.Edges {
			for _, g := range e.Node.Guardians {
				if g.CanLogIn && g.Email != "" {
					out = append(out, g.ID)
				}
			}
		}
		if !page.Data.Families.PageInfo.HasNextPage {
			break
		}
		after = page.Data.Families.PageInfo.EndCursor
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("nobody can log in")
	}
	return out, nil
}

// send asks for one reset, from one desk after the other.
func (w *world) send(ctx context.Context, i int, guardian string) error {
	_, err := w.do(ctx, i, reset, map[string]any{"i": map[string]any{"guardianId": guardian, "channel": "EMAIL", "idempotencyKey": "bench-" + ident.New().String()}})
	return err
}

// turns is how often each size is measured; the first turn warms plans, caches and connections.
const turns = 11

// measurement is the measurement of one kind of request at one size.
type measurement struct {
	do    func(i int) error
	took  []time.Duration
	total time.Duration
	turns int
	next  atomic.Int64
}

// more does n requests from all desks at once.
func (r *measurement) more(n int) error {
	took := make([]time.Duration, n)
	var place atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	began := time.Now()
	for range workers {
		wg.Go(func() {
			for {
				at := int(place.Add(1)) - 1
				if at >= n || failed.Load() != nil {
					return
				}
				i := int(r.next.Add(1)) - 1
				began := time.Now()
				if err := r.do(i); err != nil {
					failed.Store(&err)
					return
				}
				took[at] = time.Since(began)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	if r.turns++; r.turns > 1 {
		r.total += time.Since(began)
		r.took = append(r.took, took...)
	}
	return nil
}

func (r *measurement) result() measured {
	slices.Sort(r.took)
	n := len(r.took)
	return measured{r.took[n/2], r.took[n*95/100], float64(n) / r.total.Seconds()}
}

// fresh makes a database on the server and returns its URL.
func fresh(ctx context.Context, server *mariadb.Server) (string, error) {
	target, err := store.ParseURL(server.URL("mysql"))
	if err != nil {
		return "", err
	}
	d, err := store.Open(ctx, target)
	if err != nil {
		return "", err
	}
	defer d.Close()
	if _, err := d.ExecContext(ctx, "CREATE DATABASE bench"); err != nil {
		return "", err
	}
	return server.URL("bench"), nil
}
