package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"officeportal/ent"
	_ "officeportal/ent/runtime" // without it privacy policies and defaults are silently absent
)

// Store is the data layer: reads through Client, writes through WithTx.
type Store struct {
	// Client reads. A write through it inside a transaction would wait for ever on SQLite: inside a
	// transaction use the transaction.
	Client *ent.Client
	// Driver is the connection below Client.
	Driver *Driver
	now    func() time.Time
}

// New returns the data layer over an open driver. The clock is a parameter for tests; nil is the real one.
func New(d *Driver, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{Client: ent.NewClient(ent.Driver(d)), Driver: d, now: now}
}

// Now returns the time in UTC to the microsecond, which is what both databases keep.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Tx is a transaction with the one clock reading that everything in it uses.
type Tx struct {
	*ent.Tx
	Now time.Time
}

// WithTx runs fn in a transaction and commits it. It sees every write that was acknowledged before, on whichever node
// of a cluster: what is decided in it must not be decided from the past, such as that a family which another process
// has just added does not exist. The whole of fn runs again, after a jittered pause,
// when the database rolled the transaction back for a conflict, until ctx ends or 12 s are over: fn must
// have no effect outside the transaction. When the outcome of a commit is in doubt the error answers
// true to Unknown and nothing runs again.
func (s *Store) WithTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return Do(ctx, func() error { return s.once(ctx, fn) })
}

// WithKeyedTx is WithTx for a transaction whose first statement inserts a unique operation key. It runs
// again also when the outcome is in doubt: the key of a commit that did happen refuses the second run,
// and fn's error for that says what was done.
func (s *Store) WithKeyedTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return Do(ctx, func() error { return s.once(ctx, fn) }, Unknown)
}

func (s *Store) once(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) (err error) {
	etx, err := s.Client.Tx(WithFresh(ctx))
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer func() {
		if p := recover(); p != nil {
			_ = etx.Rollback()
			panic(p)
		}
	}()
	if err := fn(ctx, &Tx{Tx: etx, Now: s.Now()}); err != nil {
		if rollbackErr := etx.Rollback(); rollbackErr != nil && !Retryable(err) {
			return errors.Join(err, rollbackErr)
		}
		return err
	}
	return etx.Commit()
}

// Close closes the database.
func (s *Store) Close() error { return s.Client.Close() }
