package keys

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/store"
)

// Moved says what Rotate did.
type Moved struct {
	// Rows now depend on the newest key. Lost ones were sealed with a key that is not configured, or stand under an
	// address that can't be read: they stay as they are.
	Rows, Lost int
	// Shared are rows whose address is another one's too. Both were written while the keys were being replaced; they
	// stay under their older key until one of them gets another address.
	Shared []string
}

// ErrShared says that an address is two people's, so that not every row could be moved.
var ErrShared = errors.New("an address is two people's: give one of them another, and run this again")

// Rotate moves everything that can be moved to the newest key, in small transactions beside running processes, each of
// which must have all keys. Running it again does nothing more: not even the Audit Log grows. What runs out by itself,
// such as links, stays. progress is told of every batch. The error is ErrShared when rows are left for that.
func (s *Service) Rotate(ctx context.Context, progress func(rows int)) (Moved, error) {
	ctx = system(ctx)
	var out Moved
	todo, err := s.todo(ctx)
	if err != nil || !todo {
		return out, err
	}
	// First the entry: without it nothing is touched. It names the keys, so that what they signed can be checked when
	// they are gone.
	if err := s.record(ctx, map[string]string{"step": "BEGUN"}); err != nil {
		return out, err
	}
	for _, m := range mailboxes {
		err := s.addresses(ctx, m.table, func(rows []address) error { return s.moveAddresses(ctx, m.table, rows, &out, progress) })
		if err != nil {
			return out, err
		}
	}
	for _, c := range s.Sealed {
		if err := s.sealed(ctx, c, func(rows []secret) error { return s.moveSealed(ctx, c, rows, &out, progress) }); err != nil {
			return out, err
		}
	}
	if err := s.record(ctx, map[string]string{"count": strconv.Itoa(out.Rows)}); err != nil {
		return out, err
	}
	if _, err := s.Log.Once(ctx); err != nil { // the newest key signs
		return out, err
	}
	if len(out.Shared) > 0 {
		return out, ErrShared
	}
	return out, nil
}

// todo reports whether anything depends on another key than the newest, other than what runs out by itself.
func (s *Service) todo(ctx context.Context) (bool, error) {
	st, err := s.Status(ctx)
	if err != nil {
		return false, err
	}
	for _, l := range st.Lines {
		for id, n := range l.By {
			if id != s.Ring.Newest() && n > 0 && l.Until.IsZero() {
				return true, nil
			}
		}
	}
	if len(st.Keys) == 1 {
		return false, nil
	}
	told, err := audit.KeysToldOf(ctx, s.Store.Client)
	if err != nil {
		return false, err
	}
	for _, id := range st.Keys {
		if !told.IDs[id] {
			return true, nil
		}
	}
	return false, nil
}

func (s *Service) record(ctx context.Context, facts map[string]string) error {
	verifiers := s.Log.VerifierKeys()
	var details []schematype.Detail
	for i, id := range s.Ring.IDs() {
		details = append(details, audit.KeyDetail(id, verifiers[i]))
	}
	return s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := audit.Record(ctx, tx, audit.Entry{Action: audit.KeysRotated, Facts: facts, Details: details})
		return err
	})
}

func (s *Service) moveAddresses(ctx context.Context, table string, rows []address, out *Moved, progress func(int)) error {
	var move []address
	for _, a := range rows {
		switch all := s.hashes(a); {
		case all == nil:
			out.Lost++
		case !bytes.Equal(all[0], a.hash):
			move = append(move, a)
		}
	}
	if len(move) == 0 {
		return nil
	}
	n, err := s.moveTogether(ctx, table, move)
	if store.IsUniqueViolation(err) { // one of them is somebody else's too: find out which
		n, err = 0, nil
		for _, a := range move {
			m, oneErr := s.moveTogether(ctx, table, []address{a})
			if store.IsUniqueViolation(oneErr) {
				out.Shared = append(out.Shared, table+" "+a.id.String())
			} else if oneErr != nil {
				return oneErr
			}
			n += m
		}
	}
	out.Rows += n
	progress(out.Rows)
	return err
}

// moveTogether moves rows that still have the hash that was read: whoever changed an address meanwhile wrote the new one.
func (s *Service) moveTogether(ctx context.Context, table string, rows []address) (moved int, err error) {
	set, login := "email_key = ?", table == "guardians"
	if login {
		set += ", login_key = CASE WHEN login_key IS NULL THEN NULL ELSE ? END"
	}
	query := "UPDATE " + table + " SET " + set + " WHERE id = ? AND business_id = ? AND email_key = ?"
	err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		moved = 0
		for _, a := range rows {
			newest := s.hashes(a)[0]
			args := []any{newest}
			if login {
				args = append(args, newest)
			}
			n, err := changed(tx.ExecContext(ctx, query, append(args, a.id, a.business, a.hash)...))
			if err != nil {
				return err
			}
			moved += n
		}
		return nil
	})
	return moved, err
}

func (s *Service) moveSealed(ctx context.Context, c Sealed, rows []secret, out *Moved, progress func(int)) error {
	type pair struct {
		id       ident.ID
		old, new []byte
	}
	var move []pair
	for _, r := range rows {
		if keyring.SealedWith(r.sealed) == s.Ring.Newest() {
			continue
		}
		purpose := c.Purpose(r.id)
		text, err := s.Ring.Open(purpose, r.sealed)
		if err != nil {
			out.Lost++
			continue
		}
		move = append(move, pair{r.id, r.sealed, s.Ring.Seal(purpose, text)})
	}
	if len(move) == 0 {
		return nil
	}
	moved := 0
	err := s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		moved = 0
		for _, p := range move {
			n, err := changed(tx.ExecContext(ctx, fmt.Sprintf("UPDATE %s SET %s = ? WHERE id = ? AND %[2]s = ?", c.Table, c.Column), p.new, p.id, p.old))
			if err != nil {
				return err
			}
			moved += n
		}
		return nil
	})
	out.Rows += moved
	progress(out.Rows)
	return err
}

func changed(r interface{ RowsAffected() (int64, error) }, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return int(n), err
}
