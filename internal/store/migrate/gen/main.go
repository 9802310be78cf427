// Command gen compares ent/schema with the committed migrations and writes what is missing.
//
//	gen NAME SQLITE_FILE MYSQL_DSN    writes the next migration, called NAME, for each database that needs one
//	gen -check SQLITE_FILE MYSQL_DSN  writes nothing and fails when one is missing
//	gen -rehash                       writes the checksums anew, after a migration was edited by hand
//
// Both databases are scratch: the committed migrations are replayed on them.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/sqltool"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	_ "github.com/go-sql-driver/mysql"
	_ "modernc.org/sqlite"

	entmigrate "officeportal/ent/migrate"
	ours "officeportal/internal/store/migrate"
)

const root = "internal/store/migrate"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "-rehash" {
		for _, dir := range []string{"sqlite", "mysql"} {
			if err := rehash(filepath.Join(root, dir)); err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", dir, err)
				os.Exit(1)
			}
		}
		return
	}
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: gen NAME|-check SQLITE_FILE MYSQL_DSN, or gen -rehash")
		os.Exit(2)
	}
	name, check := os.Args[1], os.Args[1] == "-check"
	ours.CompositeKeys(entmigrate.Tables)
	missing := false
	for _, d := range []struct{ dialect, driver, dsn, dir string }{
		{dialect.SQLite, "sqlite", "file:" + os.Args[2] + "?_pragma=foreign_keys(1)", "sqlite"},
		{dialect.MySQL, "mysql", os.Args[3], "mysql"},
	} {
		wrote, err := diff(d.dialect, d.driver, d.dsn, filepath.Join(root, d.dir), name, check)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", d.dir, err)
			os.Exit(1)
		}
		for _, f := range wrote {
			fmt.Println(f)
			missing = true
		}
	}
	if check && missing {
		fmt.Fprintln(os.Stderr, "the migrations do not lead to ent/schema: run make migration NAME=what_changed")
		os.Exit(1)
	}
}

func diff(dialectName, driver, dsn, dir, name string, check bool) ([]string, error) {
	ctx := context.Background()
	if check {
		copied, err := os.MkdirTemp("", "migrations")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(copied)
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			return nil, err
		}
		dir, name = copied, "missing"
	}
	before, err := names(dir)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	goose, err := sqltool.NewGooseDir(dir)
	if err != nil {
		return nil, err
	}
	m, err := schema.NewMigrate(entsql.OpenDB(dialectName, db),
		schema.WithDir(goose),
		schema.WithDialect(dialectName),
		schema.WithFormatter(sqltool.GooseFormatter),
		schema.WithMigrationMode(schema.ModeReplay),
		schema.WithDropIndex(true),
		schema.WithDropColumn(true),
		schema.WithErrNoPlan(true))
	if err != nil {
		return nil, err
	}
	if err := m.NamedDiff(ctx, name, entmigrate.Tables...); err != nil && !errors.Is(err, migrate.ErrNoPlan) {
		return nil, err
	}
	after, err := names(dir)
	if err != nil {
		return nil, err
	}
	var wrote []string
	for f := range after {
		if !before[f] {
			wrote = append(wrote, filepath.Join(dir, f))
		}
	}
	return wrote, nil
}

func rehash(dir string) error {
	goose, err := sqltool.NewGooseDir(dir)
	if err != nil {
		return err
	}
	sum, err := goose.Checksum()
	if err != nil {
		return err
	}
	return migrate.WriteSumFile(goose, sum)
}

func names(dir string) (map[string]bool, error) {
	found, err := fs.Glob(os.DirFS(dir), "*.sql")
	out := map[string]bool{}
	for _, f := range found {
		out[f] = true
	}
	return out, err
}
