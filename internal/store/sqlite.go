package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"entgo.io/ent/dialect"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// readers is how many statements may read an SQLite file at the same moment. More of them would only
// queue at the processor, and each keeps a page cache.
const readers = 4

// openSQLite opens one connection that writes and a few that cannot.
//
// A pool that lets everybody write loses time to SQLITE_BUSY, which SQLite answers by sleeping, and
// lets the write-ahead log grow without end, because there is always a reader of an old state.
func openSQLite(ctx context.Context, target Target) (*Driver, error) {
	path, err := makeFile(target.Path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the database %s: %w", target, err)
	}
	writer, err := sql.Open("sqlite", sqliteURI(path, url.Values{
		"_journal_mode": {"WAL"},
		// FULL syncs the log at every commit: NORMAL survives a killed process as well, but a power
		// cut may take back the last commits, and with them the proof that a link was used or a text
		// sent and paid for. It costs one fsync a commit, which the network's own time dwarfs.
		"_synchronous": {"FULL"},
		"_pragma":      {"journal_size_limit(67108864)", "cache_size(-8000)"},
	}))
	if err != nil {
		return nil, fmt.Errorf("cannot open the database %s: %w", target, err)
	}
	writer.SetMaxOpenConns(1)
	writer.SetMaxIdleConns(1)
	// The first connection turns the file to WAL: before anybody reads.
	err = prove(ctx, target.String(), func(ctx context.Context) error {
		var tables int
		return writer.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_schema").Scan(&tables)
	})
	if err != nil {
		writer.Close()
		return nil, err
	}
	reader, err := sql.Open("sqlite", sqliteURI(path, url.Values{
		"_query_only": {"true"},
		"_pragma":     {"cache_size(-4000)"},
	}))
	if err != nil {
		writer.Close()
		return nil, fmt.Errorf("cannot open the database %s: %w", target, err)
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return &Driver{dialect: dialect.SQLite, writer: writer, reader: reader, fresh: writer}, nil
}

// sqliteURI returns the driver's name of the file with what every connection needs.
func sqliteURI(path string, params url.Values) string {
	// Waits for another process's write lock: `serve` beside a running import. Below the time a
	// request is given, so that waiting in vain still leaves time to say so.
	params.Set("_busy_timeout", "8000")
	params.Set("_foreign_keys", "on")
	params.Set("_txlock", "immediate") // a read lock that becomes a write lock may find it taken, and fails at once
	params.Set("_time_format", "sqlite")
	params.Set("_timezone", "UTC")
	params.Set("_dqs", "false") // a misspelt "column" is an error, not a text
	return (&url.URL{Scheme: "file", Path: path, RawQuery: params.Encode()}).String()
}

// makeFile makes the file if it is missing, for its owner's eyes alone (SQLite gives the files beside
// it the same permissions), and returns its absolute path. What exists is left as it is.
func makeFile(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", err
	}
	return path, f.Close()
}
