// Package dbtest gives tests real databases: a new one for every test, on SQLite and on MariaDB.
//
// The MariaDB server is the one TEST_MYSQL_URL names, or a throwaway one that the test process starts when
// the first test asks and that ends with the process. For many packages one server is quicker:
//
//	go run ./internal/store/dbtest/throwaway go test ./...
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/internal/store"
	"officeportal/internal/store/dbtest/mariadb"
	"officeportal/internal/store/migrate"
)

// Variable names the environment variable that points to a running throwaway server, as
// "mysql://user:password@unix(/path)/mysql". Its user may create and drop databases.
const Variable = "TEST_MYSQL_URL"

// Each runs f as a subtest on an empty SQLite database and on an empty MariaDB database. f may call
// t.Parallel.
func Each(t *testing.T, f func(t *testing.T, target store.Target)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("mariadb", func(t *testing.T) { f(t, MySQL(t)) })
}

// EachOpen is [Each] with the database opened; it is closed when the test ends.
func EachOpen(t *testing.T, f func(t *testing.T, d *store.Driver)) {
	t.Helper()
	Each(t, func(t *testing.T, target store.Target) { f(t, Open(t, target)) })
}

// EachMigrated is [EachOpen] on databases that have the current schema. Migrating costs some 10 ms on SQLite
// and 30 ms on MariaDB, not worth a cache.
func EachMigrated(t *testing.T, f func(t *testing.T, d *store.Driver)) {
	t.Helper()
	Each(t, func(t *testing.T, target store.Target) { f(t, OpenMigrated(t, target)) })
}

// OpenMigrated is [Open] and brings the schema up to date.
func OpenMigrated(tb testing.TB, target store.Target) *store.Driver {
	tb.Helper()
	d := Open(tb, target)
	if _, err := migrate.Up(tb.Context(), d.DB(), d.Dialect()); err != nil {
		tb.Fatal(err)
	}
	return d
}

// Open opens the target until the test ends.
func Open(tb testing.TB, target store.Target) *store.Driver {
	tb.Helper()
	d, err := store.Open(tb.Context(), target)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { d.Close() })
	return d
}

// SQLite returns a file that does not exist yet and is removed when the test ends.
func SQLite(tb testing.TB) store.Target {
	tb.Helper()
	return Parse(tb, "sqlite:"+filepath.Join(tb.TempDir(), "officeportal.db"))
}

// MySQL returns an empty MariaDB database of its own, dropped when the test ends.
func MySQL(tb testing.TB) store.Target {
	tb.Helper()
	target, admin := server(tb)
	name := "t_" + strings.ToLower(rand.Text())
	if _, err := admin.ExecContext(tb.Context(), "CREATE DATABASE "+name); err != nil {
		tb.Fatalf("cannot create a database for the test: %v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := admin.ExecContext(ctx, "DROP DATABASE "+name); err != nil {
			tb.Errorf("cannot drop the test's database: %v", err)
		}
	})
	return target.WithName(name)
}

// Parse is store.ParseURL for texts that are known to be right.
func Parse(tb testing.TB, url string) store.Target {
	tb.Helper()
	target, err := store.ParseURL(url)
	if err != nil {
		tb.Fatal(err)
	}
	return target
}

var shared struct {
	once   sync.Once
	server *mariadb.Server // kept, because it ends when it is garbage
	target store.Target
	admin  *store.Driver
	err    error
}

// server returns the process's MariaDB server. Nobody stops it: it ends with the process.
func server(tb testing.TB) (store.Target, *sql.DB) {
	tb.Helper()
	shared.once.Do(func() { shared.err = connect(context.Background()) })
	if shared.err != nil {
		tb.Fatal(shared.err)
	}
	return shared.target, shared.admin.DB()
}

func connect(ctx context.Context) (err error) {
	url := os.Getenv(Variable)
	if url == "" {
		if shared.server, err = mariadb.Start(ctx, mariadb.Options{}); err != nil {
			return err
		}
		url = shared.server.URL("mysql")
	}
	if shared.target, err = store.ParseURL(url); err != nil {
		return fmt.Errorf("%s: %w", Variable, err)
	}
	// Patient, since many tests drop their databases at the same moment.
	shared.admin, err = store.Open(ctx, shared.target, store.Patient())
	return err
}
