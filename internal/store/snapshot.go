package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"officeportal/ent"
)

// Snapshot reads the database as it was at one moment, whatever is written meanwhile. It is one connection: the
// rows of one statement must be read before the next. It changes nothing: whatever would is refused.
type Snapshot struct {
	// Client reads through the snapshot, with the viewer's rights as always.
	Client *ent.Client
	conn   *sql.Conn
}

// QueryContext runs a statement that returns rows.
func (s *Snapshot) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.conn.QueryContext(ctx, query, args...)
}

// Snapshot runs fn on the state that is committed when it begins. Writers are not held up, but the database keeps
// that state until fn returns: SQLite's write-ahead log and MySQL's undo log grow meanwhile. It is for whoever reads
// a lot and compares it, not for requests.
func (s *Store) Snapshot(ctx context.Context, fn func(ctx context.Context, snap *Snapshot) error) (err error) {
	conn, err := s.Driver.snapshot(ctx)
	if err != nil {
		return fmt.Errorf("store: snapshot: %w", err)
	}
	defer func() {
		_, rollbackErr := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		err = errors.Join(err, rollbackErr, conn.Close())
	}()
	client := ent.NewClient(ent.Driver(&readOnly{s.Driver, conn}))
	return fn(ctx, &Snapshot{client, conn})
}

func (d *Driver) snapshot(ctx context.Context) (*sql.Conn, error) {
	pool, begin := d.fresh, []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"}
	if d.dialect == dialect.SQLite {
		// Deferred, or it would take the write lock; its first read then decides what it sees.
		pool, begin = d.reader, []string{"BEGIN DEFERRED", "SELECT COUNT(*) FROM sqlite_schema"}
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	for _, statement := range begin {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

// readOnly is ent's driver over the one connection.
type readOnly struct {
	d    *Driver
	conn *sql.Conn
}

var errReadOnly = errors.New("store: a snapshot can't be written to")

// Query implements dialect.Driver.
func (r *readOnly) Query(ctx context.Context, query string, args, v any) error {
	return entsql.Conn{ExecQuerier: r.conn}.Query(ctx, query, args, v)
}

// Exec implements dialect.Driver.
func (r *readOnly) Exec(context.Context, string, any, any) error { return errReadOnly }

// Tx implements dialect.Driver.
func (r *readOnly) Tx(context.Context) (dialect.Tx, error) { return nil, errReadOnly }

// Close implements dialect.Driver; the connection is Snapshot's to close.
func (r *readOnly) Close() error { return nil }

// Dialect implements dialect.Driver.
func (r *readOnly) Dialect() string { return r.d.dialect }
