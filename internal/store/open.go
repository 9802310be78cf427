// Package store opens the database, SQLite or MySQL/MariaDB, and holds the rules by which everything
// else reads and writes it: which connection serves what, which failures are worth another try.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"officeportal/internal/tracing"
)

// Driver is an open database, for ent and for statements of our own. It is safe for concurrent use.
//
// On SQLite everything that may write goes through one connection and waits its turn there, because
// SQLite has one writer at a time; statements that only read, outside a transaction, run beside it on
// a few others and see all that is committed when they start. Inside a transaction use the
// transaction for everything: a write past it would wait for ever.
type Driver struct {
	dialect string
	writer  *sql.DB
	reader  *sql.DB // the writer itself on MySQL
	fresh   *sql.DB // the writer itself where every committed write is seen at once

	watchers watchers
}

var _ dialect.Driver = (*Driver)(nil)

// Option changes how [Open] opens a database.
type Option func(*options)

type options struct{ patient bool }

// Patient lets statements take as long as they need instead of 8 seconds: for migrations and imports,
// whose single statements may work on a whole table. Nobody who serves requests wants it.
func Patient() Option { return func(o *options) { o.patient = true } }

// Open opens the target and proves that it answers. A missing SQLite file is made, readable by its
// owner alone, with its directory. Errors are one line and never hold the password.
func Open(ctx context.Context, target Target, opts ...Option) (*Driver, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	switch target.Dialect {
	case dialect.SQLite:
		return openSQLite(ctx, target)
	case dialect.MySQL:
		return openMySQL(ctx, target, o)
	}
	return nil, errors.New("database: the target is empty")
}

// WithFresh returns a context whose reads, and transactions begun with it, see every write that any
// node of a cluster had acknowledged before they started. On one server this is so anyway; on a Galera
// cluster it costs waiting for the node to catch up. For sessions, limits, redeeming, and for the
// answer after a write; [Store.WithTx] has it by itself.
func WithFresh(ctx context.Context) context.Context { return context.WithValue(ctx, freshKey{}, true) }

type freshKey struct{}

func isFresh(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil }

// Dialect returns ent's name of the database, "sqlite3" or "mysql".
func (d *Driver) Dialect() string { return d.dialect }

// DB returns the pool that may write: for migrations, which know what they do. With SQLite it is one
// connection, so that a second statement waits until the first is done with.
func (d *Driver) DB() *sql.DB { return d.writer }

// FreshDB returns the pool whose reads wait for the node of a cluster to catch up; elsewhere it is DB.
func (d *Driver) FreshDB() *sql.DB { return d.fresh }

// Galera reports whether the server is a node of a Galera cluster.
func (d *Driver) Galera() bool { return d.fresh != d.writer }

// Ping returns nil when the database answers a read.
func (d *Driver) Ping(ctx context.Context) error {
	if d.reader != d.writer { // a long write may hold SQLite's only writer: no reason to be called dead
		return d.reader.PingContext(ctx)
	}
	return d.writer.PingContext(ctx)
}

// Close waits for running statements and closes all connections.
func (d *Driver) Close() error {
	var errs []error
	if d.reader != d.writer {
		errs = append(errs, d.reader.Close())
	}
	if d.fresh != d.writer {
		errs = append(errs, d.fresh.Close())
	}
	// Last, so that SQLite's writer finds nobody else and folds the write-ahead log into the file.
	return errors.Join(append(errs, d.writer.Close())...)
}

// poolFor returns the connections that serve a statement outside a transaction.
func (d *Driver) poolFor(ctx context.Context, query string) *sql.DB {
	switch {
	case isFresh(ctx) && d.fresh != d.writer:
		return d.fresh
	case d.reader != d.writer && readsOnly(query):
		return d.reader
	}
	return d.writer
}

// ExecContext runs a statement outside a transaction. When the connection is lost meanwhile the error
// is one that [Unknown] accepts.
func (d *Driver) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	d.watchers.tell(ctx, query, args)
	ctx, span := tracing.Child(ctx, "sql", "db.query.text", query)
	res, err := d.writer.ExecContext(ctx, query, args...)
	span.End(err != nil)
	if d.dialect == dialect.MySQL {
		err = alone(err)
	}
	return res, err
}

// QueryContext runs a statement that returns rows outside a transaction.
func (d *Driver) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	d.watchers.tell(ctx, query, args)
	traced, span := tracing.Child(ctx, "sql", "db.query.text", query)
	rows, err := d.poolFor(ctx, query).QueryContext(traced, query, args...)
	if d.dialect == dialect.MySQL && readsOnly(query) {
		// Once more, since the node may have gone and there is another one. More is for whoever has the time.
		if err = beforeCommit(err); Retryable(err) && ctx.Err() == nil {
			rows, err = d.poolFor(ctx, query).QueryContext(traced, query, args...)
		}
		err = beforeCommit(err)
	} else if d.dialect == dialect.MySQL {
		err = alone(err)
	}
	span.End(err != nil)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// Exec implements ent's dialect.Driver.
func (d *Driver) Exec(ctx context.Context, query string, args, v any) error {
	return entsql.Conn{ExecQuerier: d}.Exec(ctx, query, args, v)
}

// Query implements ent's dialect.Driver.
func (d *Driver) Query(ctx context.Context, query string, args, v any) error {
	return markRows(entsql.Conn{ExecQuerier: d}.Query(ctx, query, args, v), v)
}

// Tx begins a transaction: implements ent's dialect.Driver.
func (d *Driver) Tx(ctx context.Context) (dialect.Tx, error) { return d.BeginTx(ctx, nil) }

// BeginTx begins a transaction with options. It ends with ctx, rolled back. On SQLite it holds the
// write lock from its beginning, so that it never fails half-way because another was faster.
func (d *Driver) BeginTx(ctx context.Context, opts *sql.TxOptions) (dialect.Tx, error) {
	pool := d.writer
	if isFresh(ctx) {
		pool = d.fresh
	}
	d.watchers.tell(ctx, "BEGIN", nil)
	t, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return nil, beforeCommit(err)
	}
	return &tx{Tx: t, d: d, ctx: ctx}, nil
}

// tx is a transaction whose errors say if its work can have been kept.
type tx struct {
	*sql.Tx
	d   *Driver
	ctx context.Context // of BeginTx: whoever watches it wants to see the COMMIT too
}

func (t *tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	t.d.watchers.tell(ctx, query, args)
	ctx, span := tracing.Child(ctx, "sql", "db.query.text", query)
	res, err := t.Tx.ExecContext(ctx, query, args...)
	span.End(err != nil)
	return res, beforeCommit(err)
}

func (t *tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	t.d.watchers.tell(ctx, query, args)
	ctx, span := tracing.Child(ctx, "sql", "db.query.text", query)
	rows, err := t.Tx.QueryContext(ctx, query, args...)
	span.End(err != nil)
	return rows, beforeCommit(err)
}

func (t *tx) Exec(ctx context.Context, query string, args, v any) error {
	return entsql.Conn{ExecQuerier: t}.Exec(ctx, query, args, v)
}

func (t *tx) Query(ctx context.Context, query string, args, v any) error {
	return markRows(entsql.Conn{ExecQuerier: t}.Query(ctx, query, args, v), v)
}

func (t *tx) Commit() error {
	t.d.watchers.tell(t.ctx, "COMMIT", nil)
	_, span := tracing.Child(t.ctx, "sql", "db.query.text", "COMMIT")
	err := t.Tx.Commit()
	span.End(err != nil)
	return atCommit(err)
}

func (t *tx) Rollback() error {
	t.d.watchers.tell(t.ctx, "ROLLBACK", nil)
	return t.Tx.Rollback()
}

// rows marks a connection lost while reading: nothing was committed by that.
type rows struct{ entsql.ColumnScanner }

func (r rows) Err() error { return beforeCommit(r.ColumnScanner.Err()) }

func markRows(err error, v any) error {
	if r, ok := v.(*entsql.Rows); ok && err == nil {
		r.ColumnScanner = rows{r.ColumnScanner}
	}
	return err
}

// readsOnly reports whether a statement certainly writes nothing. In doubt it says no: the writer can
// serve everything.
func readsOnly(query string) bool {
	query = strings.TrimLeft(query, " \t\r\n(")
	word, rest, _ := strings.Cut(query, " ")
	switch {
	case strings.EqualFold(word, "select"), strings.EqualFold(word, "explain"):
		return true
	case strings.EqualFold(word, "with"):
		return !writingWord(rest)
	}
	return false
}

func writingWord(query string) bool {
	query = strings.ToUpper(query)
	return strings.Contains(query, "INSERT") || strings.Contains(query, "UPDATE") ||
		strings.Contains(query, "DELETE") || strings.Contains(query, "REPLACE")
}

// Statement is one call to the database as [WithObserver] and [Driver.Observe] see it, just before it runs.
type Statement struct {
	// Text is the SQL; "BEGIN", "COMMIT" and "ROLLBACK" for the ends of a transaction.
	Text string
	// Args are its arguments. They may be secrets: not for logs.
	Args []any
}

type observerKey struct{}

// WithObserver returns a context whose statements are told to f, which may be called concurrently.
func WithObserver(ctx context.Context, f func(Statement)) context.Context {
	if outer, ok := ctx.Value(observerKey{}).(func(Statement)); ok {
		inner := f
		f = func(s Statement) { outer(s); inner(s) }
	}
	return context.WithValue(ctx, observerKey{}, f)
}

// Observe tells f of every statement of this Driver, whatever its context, until stop is called. f may be
// called concurrently.
func (d *Driver) Observe(f func(context.Context, Statement)) (stop func()) { return d.watchers.add(f) }

// watchers costs one atomic load and one context look-up per statement while nobody watches.
type watchers struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*func(context.Context, Statement)]
}

func (w *watchers) add(f func(context.Context, Statement)) (remove func()) {
	w.change(func(l []*func(context.Context, Statement)) []*func(context.Context, Statement) { return append(l, &f) })
	return func() {
		w.change(func(l []*func(context.Context, Statement)) []*func(context.Context, Statement) {
			return slices.DeleteFunc(l, func(g *func(context.Context, Statement)) bool { return g == &f })
		})
	}
}

func (w *watchers) change(edit func([]*func(context.Context, Statement)) []*func(context.Context, Statement)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var old []*func(context.Context, Statement)
	if p := w.list.Load(); p != nil {
		old = slices.Clone(*p)
	}
	if old = edit(old); len(old) == 0 {
		w.list.Store(nil)
	} else {
		w.list.Store(&old)
	}
}

func (w *watchers) tell(ctx context.Context, text string, args []any) {
	if f, ok := ctx.Value(observerKey{}).(func(Statement)); ok {
		f(Statement{text, args})
	}
	if list := w.list.Load(); list != nil {
		for _, f := range *list {
			(*f)(ctx, Statement{text, args})
		}
	}
}

// prove asks once and puts what went wrong into one line.
func prove(ctx context.Context, what string, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := ask(ctx); err != nil {
		return fmt.Errorf("cannot open the database %s: %w", what, err)
	}
	return nil
}
