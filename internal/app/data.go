package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"officeportal/internal/audit/seal"
	"officeportal/internal/family"
	"officeportal/internal/family/csvfile"
)

// Import reads families, guardians and students from a CSV file into a business, and reports what it did and
// what is wrong with the file, by line and column. With a bad row nothing is imported unless skip is set.
func (t *Tools) Import(ctx context.Context, file, slug string, skip bool, out io.Writer) error {
	b, err := t.businessBySlug(system(ctx), slug)
	if err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	read, err := csvfile.Read(f, csvfile.Options{Country: b.Country, DefaultLanguage: b.Locale, Now: t.Store.Now()})
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	report, err := t.Family.Import(ctx, b, filepath.Base(file), read, skip)
	for _, i := range report.Issues {
		kind := "error"
		if i.Warning {
			kind = "warning"
		}
		fmt.Fprintf(out, "%s:%d: %s: %s: %s\n", filepath.Base(file), i.Line, kind, i.Column, i.Message)
	}
	if err != nil {
		return err
	}
	for _, c := range []struct {
		name  string
		count family.ImportCount
	}{{"families", report.Families}, {"guardians", report.Guardians}, {"students", report.Students}} {
		fmt.Fprintf(out, "%-9s %d added, %d unchanged, %d left as they are here\n", c.name, c.count.Added, c.count.Unchanged, c.count.Differing)
	}
	if report.BadRows > 0 {
		fmt.Fprintf(out, "%d of %d rows skipped\n", report.BadRows, report.Rows)
	}
	return nil
}

// seedSealed is how many entries one transaction seals while nobody waits for the database.
const seedSealed = 5000

// Seed makes demo data of any size in a business; the same seed makes the same data.
func (t *Tools) Seed(ctx context.Context, slug string, families, entries int, seed uint64, progress io.Writer) error {
	if families < 0 || entries < 0 {
		return useError{errors.New("numbers of families and audit entries can't be negative")}
	}
	b, err := t.businessBySlug(system(ctx), slug)
	if err != nil {
		return err
	}
	began := time.Now()
	last := began
	err = t.Family.Seed(ctx, b, family.SeedOptions{Families: families, AuditEntries: entries, Seed: seed, Progress: func(f, e int) {
		if time.Since(last) > 2*time.Second {
			last = time.Now()
			fmt.Fprintf(progress, "%d families, %d audit entries\n", f, e)
		}
	}})
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, "%d families and %d audit entries in %v\n", families, entries, time.Since(began).Round(100*time.Millisecond))
	// Here nobody waits for the database, so it goes faster than behind the writers later.
	began = time.Now()
	n, err := seal.New(t.Store, t.Ring, nil, seal.Batch(seedSealed)).Once(ctx)
	if err == nil {
		fmt.Fprintf(progress, "%d audit entries sealed in %v\n", n, time.Since(began).Round(100*time.Millisecond))
	}
	return err
}
