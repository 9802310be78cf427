package keys

import (
	"bytes"
	"context"
	"database/sql"

	"officeportal/internal/contact"
	"officeportal/internal/ident"
)

// batch is how many rows are read, and moved in one transaction.
const batch = 500

// address is a row with an e-mail address and its keyed hash.
type address struct {
	id, business ident.ID
	text         string
	hash         []byte
}

// hashes are those the address may stand under, newest first; nil for a text that is no address any more.
func (s *Service) hashes(a address) [][]byte {
	email, err := contact.ParseEmail(a.text)
	if err != nil {
		return nil
	}
	return email.Keys(s.Ring)
}

// madeBy returns the id of the key that made the hash.
func (s *Service) madeBy(a address) string {
	for i, h := range s.hashes(a) {
		if bytes.Equal(h, a.hash) {
			return s.Ring.IDs()[i]
		}
	}
	return NoKey
}

// addresses calls with all rows that have an address, some at a time.
func (s *Service) addresses(ctx context.Context, table string, with func([]address) error) error {
	var after ident.ID
	for {
		var rows []address
		err := s.each(ctx, "SELECT id, business_id, email, email_key FROM "+table+" WHERE id > ? AND email_key IS NOT NULL ORDER BY id LIMIT ?",
			[]any{after, batch}, func(r *sql.Rows) error {
				var a address
				err := r.Scan(&a.id, &a.business, &a.text, &a.hash)
				rows = append(rows, a)
				return err
			})
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].id
		if err := with(rows); err != nil {
			return err
		}
	}
}

// secret is a row with something sealed.
type secret struct {
	id     ident.ID
	sealed []byte
}

// sealed calls with all rows that have something sealed, some at a time.
func (s *Service) sealed(ctx context.Context, c Sealed, with func([]secret) error) error {
	var after ident.ID
	for {
		var rows []secret
		err := s.each(ctx, "SELECT id, "+c.Column+" FROM "+c.Table+" WHERE id > ? AND "+c.Column+" IS NOT NULL ORDER BY id LIMIT ?",
			[]any{after, batch}, func(r *sql.Rows) error {
				var one secret
				err := r.Scan(&one.id, &one.sealed)
				rows = append(rows, one)
				return err
			})
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].id
		if err := with(rows); err != nil {
			return err
		}
	}
}
