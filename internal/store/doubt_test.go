package store_test

import (
	"context"
	"errors"
	"testing"

	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/dbtest/cutproxy"
)

var errBefore = errors.New("the key was used before")

// The rule of every transaction that spends, sends or redeems: with an operation key the answer to a COMMIT in doubt is
// the right one and the work is done once; without one it is unknown, never failed, and never done twice.
func TestACommitInDoubtIsResolvedByAnOperationKeyAndOtherwiseReported(t *testing.T) {
	p, target := cutproxy.New(t, dbtest.MySQL(t))
	d := dbtest.Open(t, target)
	exec(t, d, "CREATE TABLE operations (k INTEGER PRIMARY KEY)")
	exec(t, d, "CREATE TABLE work (k INTEGER NOT NULL)")
	s := store.New(d, nil)
	for i, c := range []struct {
		name  string
		where cutproxy.Where
		keyed bool
	}{
		{"with a key, the COMMIT never arrived", cutproxy.Before, true},
		{"with a key, the COMMIT was obeyed", cutproxy.After, true},
		{"with a key, half the answer came", cutproxy.Within, true},
		{"without one, the COMMIT never arrived", cutproxy.Before, false},
		{"without one, the COMMIT was obeyed", cutproxy.After, false},
		{"without one, half the answer came", cutproxy.Within, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			runs := 0
			work := func(ctx context.Context, tx *store.Tx) error {
				runs++
				if c.keyed {
					_, err := tx.ExecContext(ctx, "INSERT INTO operations VALUES (?)", i)
					if store.IsUniqueViolation(err) {
						return errBefore
					}
					if err != nil {
						return err
					}
				}
				_, err := tx.ExecContext(ctx, "INSERT INTO work VALUES (?)", i)
				return err
			}
			run := s.WithTx
			if c.keyed {
				run = s.WithKeyedTx
			}
			cut := p.CutCommit("INSERT INTO work", c.where)
			err := run(t.Context(), work)
			<-cut
			kept := number(t, t.Context(), d, "SELECT COUNT(*) FROM work WHERE k = ?", i)
			switch {
			case c.keyed && c.where == cutproxy.Before:
				if err != nil || runs != 2 || kept != 1 {
					t.Errorf("%d runs, %d kept, %v; want it done in a second run", runs, kept, err)
				}
			case c.keyed:
				if !errors.Is(err, errBefore) || runs != 2 || kept != 1 {
					t.Errorf("%d runs, %d kept, %v; want the key to say that it was done", runs, kept, err)
				}
			default:
				if !store.Unknown(err) || store.Retryable(err) || runs != 1 {
					t.Errorf("%d runs, %v; want it reported as unknown after one", runs, err)
				}
				if (kept == 1) != (c.where != cutproxy.Before) {
					t.Errorf("%d kept", kept)
				}
			}
		})
	}
}

// Whatever is cut wherever: done once or not at all, and whoever was told that it was done or failed was told the truth.
func TestCutsAnywhereNeitherLoseNorRepeatAnything(t *testing.T) {
	p, target := cutproxy.New(t, dbtest.MySQL(t))
	d := dbtest.Open(t, target)
	exec(t, d, "CREATE TABLE operations (k INTEGER PRIMARY KEY)")
	exec(t, d, "CREATE TABLE work (k INTEGER NOT NULL)")
	exec(t, d, "CREATE TABLE account (balance INTEGER NOT NULL)")
	exec(t, d, "INSERT INTO account VALUES (0)")
	s := store.New(d, nil)
	seed := cutproxy.Seed(t)
	p.CutAnywhere(seed, 0.02)
	const times = 300
	unknown := 0
	said := map[int]error{}
	for i := range times {
		keyed := i%2 == 0
		run := s.WithTx
		if keyed {
			run = s.WithKeyedTx
		}
		said[i] = run(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if keyed {
				if _, err := tx.ExecContext(ctx, "INSERT INTO operations VALUES (?)", i); err != nil {
					return err
				}
			}
			if _, err := tx.ExecContext(ctx, "UPDATE account SET balance = balance + 1"); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO work VALUES (?)", i)
			return err
		})
	}
	p.Stop()
	done := 0
	for i, err := range said {
		n := number(t, t.Context(), d, "SELECT COUNT(*) FROM work WHERE k = ?", i)
		done += n
		switch {
		case err == nil || i%2 == 0 && store.IsUniqueViolation(err):
			if n != 1 {
				t.Errorf("%d: told that it was done, and it was, %d times", i, n)
			}
		case store.Unknown(err) && i%2 == 1:
			if unknown++; n > 1 {
				t.Errorf("%d: done %d times", i, n)
			}
		default:
			t.Errorf("%d: %v", i, err)
		}
	}
	if balance := number(t, t.Context(), d, "SELECT balance FROM account"); balance != done {
		t.Errorf("the balance is %d after %d pieces of work", balance, done)
	}
	cuts, commits := p.Cuts()
	if cuts < times/20 || unknown == 0 {
		t.Errorf("%d cuts, %d in doubt: too few to prove anything", cuts, unknown)
	}
	t.Logf("%d transactions, %d cuts at %d COMMITs, %d reported as unknown, none lost, none twice", times, cuts, commits, unknown)
}
