// Package migrate holds the versioned schema of both databases and applies it.
//
// The SQL files are made from ent/schema by the program in gen and committed; they are run by goose.
package migrate

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"
	"github.com/pressly/goose/v3"
)

//go:embed sqlite/*.sql mysql/*.sql
var files embed.FS

// ErrBehind says that the database needs migrations this binary knows.
var ErrBehind = errors.New("the database schema is behind this version: run \"officeportal migrate up\"")

// ErrAhead says that the database was migrated by a newer version.
var ErrAhead = errors.New("the database schema was made by a newer version of officeportal")

// Status is one migration and whether it has been applied.
type Status struct {
	Name    string
	Applied bool
	At      time.Time
}

func provider(db *sql.DB, dialectName string) (*goose.Provider, error) {
	dir, gooseDialect := "mysql", goose.DialectMySQL
	if dialectName == dialect.SQLite {
		dir, gooseDialect = "sqlite", goose.DialectSQLite3
	}
	sub, err := fs.Sub(files, dir)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(gooseDialect, db, sub, goose.WithDisableGlobalRegistry(true))
}

// Up applies what is missing and returns the names of what it applied. Two processes that migrate at
// the same moment wait for each other on MySQL by a lock row that works on a cluster too; on SQLite
// the single writer does it.
func Up(ctx context.Context, db *sql.DB, dialectName string) ([]string, error) {
	p, err := provider(db, dialectName)
	if err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, db, dialectName)
	if err != nil {
		return nil, err
	}
	defer unlock()
	results, err := p.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	var names []string
	for _, r := range results {
		names = append(names, r.Source.Path)
	}
	return names, nil
}

// List tells which migrations are applied, oldest first.
func List(ctx context.Context, db *sql.DB, dialectName string) ([]Status, error) {
	p, err := provider(db, dialectName)
	if err != nil {
		return nil, err
	}
	found, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	var out []Status
	for _, s := range found {
		out = append(out, Status{Name: s.Source.Path, Applied: s.State == goose.StateApplied, At: s.AppliedAt})
	}
	return out, nil
}

// Check returns nil when the schema is exactly the one this binary was built for, else ErrBehind or ErrAhead.
// It only reads.
func Check(ctx context.Context, db *sql.DB, dialectName string) error {
	p, err := provider(db, dialectName)
	if err != nil {
		return err
	}
	sources := p.ListSources()
	want := sources[len(sources)-1].Version
	var have sql.NullInt64
	err = db.QueryRowContext(ctx, "SELECT MAX(version_id) FROM goose_db_version WHERE is_applied").Scan(&have)
	if err != nil { // the table is missing: nothing was ever applied
		if pingErr := db.PingContext(ctx); pingErr != nil {
			return pingErr
		}
		return ErrBehind
	}
	switch {
	case have.Int64 < want:
		return ErrBehind
	case have.Int64 > want:
		return ErrAhead
	default:
		return nil
	}
}

// lock takes the migration lock. GET_LOCK is refused by Galera and lives on one node only, so a
// row that only one transaction can insert does it; a holder that died is passed over after ten minutes.
func lock(ctx context.Context, db *sql.DB, dialectName string) (func(), error) {
	if dialectName != dialect.MySQL {
		return func() {}, nil
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS migration_lock (id int PRIMARY KEY, taken_at datetime(6) NOT NULL)"); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	for {
		now := time.Now().UTC()
		if _, err := db.ExecContext(ctx, "DELETE FROM migration_lock WHERE taken_at < ?", now.Add(-10*time.Minute)); err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
		_, err := db.ExecContext(ctx, "INSERT INTO migration_lock (id, taken_at) VALUES (1, ?)", now)
		if err == nil {
			return func() {
				_, _ = db.ExecContext(context.WithoutCancel(ctx), "DELETE FROM migration_lock WHERE id = 1 AND taken_at = ?", now)
			}, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("migrate: another process is migrating: %w", ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// CompositeKeys turns foreign keys between rows of a business into pairs with the business, so that
// the database itself refuses a child under another business's parent. It changes the tables in place.
func CompositeKeys(tables []*schema.Table) {
	for _, t := range tables {
		business := column(t, "business_id")
		for _, fk := range t.ForeignKeys {
			parent := column(fk.RefTable, "business_id")
			if business == nil || parent == nil || len(fk.Columns) != 1 || fk.Columns[0] == business {
				continue
			}
			fk.Columns = []*schema.Column{business, fk.Columns[0]}
			fk.RefColumns = []*schema.Column{parent, fk.RefColumns[0]}
			fk.OnDelete = schema.NoAction
		}
	}
}

func column(t *schema.Table, name string) *schema.Column {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}
