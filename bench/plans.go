package main

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"officeportal/internal/store"
	"officeportal/internal/store/sqlcount"
)

// large are the tables that grow with a business; the others have a few rows here, which every database scans.
var large = []string{"families", "guardians", "students", "family_search_keys", "audit_entries"}

// plans does one request and fails when one of its statements reads a whole large table.
func (w *world) plans(ctx context.Context, do func(int) error) error {
	var mu sync.Mutex
	var said []store.Statement
	stop := w.app.Store.Driver.Observe(func(_ context.Context, s store.Statement) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, s)
	})
	err := do(0)
	stop()
	if err != nil {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	for _, s := range said {
		plan, err := sqlcount.Explain(ctx, w.app.Store.Driver, s)
		if err != nil {
			return err
		}
		for _, scan := range plan.Scans {
			for _, table := range large {
				if strings.Contains(scan+" ", " "+table+" ") || strings.Contains(scan, "table="+table+" ") {
					return fmt.Errorf("a statement reads the whole of %s:\n%s\n%s", table, s.Text, plan.Text)
				}
			}
		}
	}
	return nil
}
