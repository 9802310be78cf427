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
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, strings.Split(*databases, ","), *small, *large, *entries, *requests); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measured is what one kind of request costs.
type measured struct {
	name     string
	p50, p95 time.Duration
	perSec   float64
}

func run(ctx context.Context, databases []string, small, large, entries, requests int) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "database\trequest\t%d families p50\tp95\tper s\t%d families p50\tp95\tper s\tlarge/small\t\n", small, large)
	for _, database := range databases {
		var sizes [2][]measured
		for i, size := range []struct{ families, entries int }{{small, entries / 100}, {large, entries}} {
			began := time.Now()
			w, err := open(ctx, database, size.families, size.entries)
			if err != nil {
				return fmt.Errorf("%s, %d families: %w", database, size.families, err)
			}
			fmt.Fprintf(os.Stderr, "%s: %d families and %d audit entries made in %v\n", database, size.families, size.entries, time.Since(began).Round(time.Second))
			sizes[i], err = w.measure(ctx, requests)
			w.stop()
			if err != nil {
				return fmt.Errorf("%s, %d families: %w", database, size.families, err)
			}
		}
		for i, s := range sizes[0] {
			l := sizes[1][i]
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%.0f\t%s\t%s\t%.0f\t%.2f\t\n", database, s.name,
				ms(s.p50), ms(s.p95), s.perSec, ms(l.p50), ms(l.p95), l.perSec, float64(l.p50)/float64(s.p50))
		}
	}
	return table.Flush()
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }

const (
	families = `query($after:String,$filter:FamilyFilter){families(first:25,after:$after,filter:$filter){edges{cursor node{id name guardians{id name canLogIn email phone}}} pageInfo{hasNextPage endCursor}}}`
	audit    = `query($filter:AuditFilter){auditEntries(first:50,filter:$filter){edges{cursor node{id action outcome summary occurredAt actor{... on Staff{name} ... on Guardian{name} ... on SystemActor{name}}}} pageInfo{hasNextPage endCursor}}}`
	reset    = `mutation($i:RequestPasswordResetInput!){requestPasswordReset(input:$i){request{id state delivery} errors{code}}}`
)

func (w *world) measure(ctx context.Context, n int) ([]measured, error) {
	guardians, err := w.guardians(ctx, n)
	if err != nil {
		return nil, err
	}
	var out []measured
	for _, kind := range []struct {
		name string
		do   func(i int) error
	}{
		{"families page", func(int) error { _, err := w.do(ctx, 0, families, nil); return err }},
		{"search by name", func(i int) error {
			_, err := w.do(ctx, 0, families, map[string]any{"filter": map[string]any{"search": []string{"lopez", "garc", "nguyen mar", "kowal"}[i%4]}})
			return err
		}},
		{"search by digits", func(i int) error {
			_, err := w.do(ctx, 0, families, map[string]any{"filter": map[string]any{"search": fmt.Sprintf("%04d", i%10000)}})
			return err
		}},
		{"audit page", func(int) error { _, err := w.do(ctx, 0, audit, nil); return err }},
		{"audit page, one action", func(int) error {
			_, err := w.do(ctx, 0, audit, map[string]any{"filter": map[string]any{"actions": []string{"SIGN_IN_FAILED"}}})
			return err
		}},
		{"requestPasswordReset", func(i int) error { return w.send(ctx, i, guardians[i%len(guardians)]) }},
	} {
		m, err := measure(kind.name, n, kind.do)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind.name, err)
		}
		out = append(out, m)
	}
	return out, nil
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

func measure(name string, n int, do func(i int) error) (measured, error) {
	for i := range min(n, 10) { // warm: prepared plans, caches, connections
		if err := do(i); err != nil {
			return measured{}, err
		}
	}
	took := make([]time.Duration, n)
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	began := time.Now()
	for range workers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || failed.Load() != nil {
					return
				}
				at := time.Now()
				if err := do(i); err != nil {
					failed.Store(&err)
					return
				}
				took[i] = time.Since(at)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return measured{}, *err
	}
	total := time.Since(began)
	slices.Sort(took)
	return measured{name, took[n/2], took[n*95/100], float64(n) / total.Seconds()}, nil
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
