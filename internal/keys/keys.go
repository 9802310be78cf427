// Package keys moves what is in the database from older root keys to the newest one, and tells what still depends on
// which: so that an old key can go. It is for whoever runs the machine, from a shell.
package keys

import (
	"context"
	"database/sql"
	"time"

	"officeportal/internal/audit/seal"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Sealed names a column that holds what keyring.Ring.Seal made.
type Sealed struct {
	// What it is, for whoever reads the status.
	What          string
	Table, Column string
	// Purpose returns the purpose it was sealed for, by the row's id.
	Purpose func(row ident.ID) string
}

// Service reads and moves rows of all businesses.
type Service struct {
	Store *store.Store
	Ring  *keyring.Ring
	Log   *seal.Log
	// Sealed are all columns of their kind.
	Sealed []Sealed
}

// Line tells how many rows depend on each key.
type Line struct {
	What string
	// By counts by the key's id. Rows that none of the configured keys made are counted under NoKey.
	By map[string]int
	// Until is when the last of them runs out by itself; zero for what stays until it is moved.
	Until time.Time
}

// NoKey stands for keys that are not on the ring.
const NoKey = ""

// Status is what depends on which key.
type Status struct {
	// Keys are the ids of those configured, newest first.
	Keys  []string
	Lines []Line
}

// Depend returns how many rows depend on the key.
func (s Status) Depend(id string) int {
	n := 0
	for _, l := range s.Lines {
		n += l.By[id]
	}
	return n
}

// mailboxes are the columns with keyed hashes of addresses, which stand in the row beside them.
var mailboxes = []struct{ what, table string }{
	{"sign-in addresses of staff members", "staff_members"},
	{"addresses of guardians", "guardians"},
}

// Status counts. It reads every address there is, and changes nothing.
func (s *Service) Status(ctx context.Context) (Status, error) {
	ctx = system(ctx)
	out := Status{Keys: s.Ring.IDs()}
	for _, m := range mailboxes {
		line := s.line(m.what)
		err := s.addresses(ctx, m.table, func(rows []address) error {
			for _, a := range rows {
				line.By[s.madeBy(a)]++
			}
			return nil
		})
		if err != nil {
			return out, err
		}
		out.Lines = append(out.Lines, line)
	}
	for _, c := range s.Sealed {
		line := s.line(c.What)
		err := s.sealed(ctx, c, func(rows []secret) error {
			for _, r := range rows {
				line.By[s.onRing(keyring.SealedWith(r.sealed))]++
			}
			return nil
		})
		if err != nil {
			return out, err
		}
		out.Lines = append(out.Lines, line)
	}
	for _, l := range []struct{ what, table string }{{"links of guardians that work or are on their way", "reset_tokens"}, {"links of staff members that work or are on their way", "staff_tokens"}} {
		line, err := s.links(ctx, l.what, l.table)
		if err != nil {
			return out, err
		}
		out.Lines = append(out.Lines, line)
	}
	waiting := s.line("entries of the Audit Log that wait to be sealed")
	err := s.each(ctx, "SELECT e.kid, COUNT(*) FROM audit_unsealed u JOIN audit_entries e ON e.id = u.id WHERE e.kid IS NOT NULL GROUP BY e.kid", nil,
		func(rows *sql.Rows) error {
			var kid string
			var n int
			err := rows.Scan(&kid, &n)
			waiting.By[s.onRing(kid)] += n
			return err
		})
	if err != nil {
		return out, err
	}
	head, err := s.checkpoint(ctx)
	out.Lines = append(out.Lines, waiting, head)
	return out, err
}

// checkpoint tells whose signature alone the newest checkpoint carries; none once the newest key has signed it too.
func (s *Service) checkpoint(ctx context.Context) (Line, error) {
	line := s.line("newest checkpoint of the Audit Log, signed by no newer key")
	signed, err := s.Log.SignedBy(ctx)
	if err != nil || signed == nil {
		return line, err
	}
	for i, id := range s.Ring.IDs() {
		if signed[i] {
			if i > 0 {
				line.By[id] = 1
			}
			return line, nil
		}
	}
	line.By[NoKey] = 1
	return line, nil
}

// neverSent is how long a link may wait to be sent: the outbox gives messages up much sooner.
const neverSent = 24 * time.Hour

func (s *Service) links(ctx context.Context, what, table string) (Line, error) {
	line, now := s.line(what), s.Store.Now()
	err := s.each(ctx, "SELECT kid, expires_at FROM "+table+" WHERE redeemed_at IS NULL AND superseded_at IS NULL AND revoked_at IS NULL"+
		" AND (expires_at > ? OR expires_at IS NULL AND created_at > ?)", []any{now, now.Add(-neverSent)},
		func(rows *sql.Rows) error {
			var kid string
			var until sql.NullTime
			if err := rows.Scan(&kid, &until); err != nil {
				return err
			}
			if kid = s.onRing(kid); kid != s.Ring.Newest() && until.Time.After(line.Until) {
				line.Until = until.Time.UTC()
			}
			line.By[kid]++
			return nil
		})
	return line, err
}

func (s *Service) line(what string) Line { return Line{What: what, By: map[string]int{}} }

// onRing returns the id, or NoKey when no such key is configured.
func (s *Service) onRing(id string) string {
	for _, k := range s.Ring.IDs() {
		if k == id {
			return id
		}
	}
	return NoKey
}

func (s *Service) each(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := s.Store.Driver.QueryContext(store.WithFresh(ctx), query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func system(ctx context.Context) context.Context {
	return viewer.AsSystem(ctx, ident.ID{}, "root keys are of all businesses")
}
