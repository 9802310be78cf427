// Package mailbox keeps an e-mail address one person's while two root keys are in use.
//
// Addresses are unique by an index over their keyed hashes. While a root key is replaced, one address has a hash by
// each key, and no index sees that they are the same. Whoever is about to give an address to somebody then takes a
// lock first and looks for all of its hashes after it.
package mailbox

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"

	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/store"
)

// Claim must be the first statement of a transaction that gives an address to somebody: on MySQL the first read
// fixes what later reads see. Those of one business, or with the zero business those of staff members, then follow
// one another, also over several processes and nodes. With one key on the ring, and on SQLite with its one writer,
// there is nothing to do, and nothing is done.
func Claim(ctx context.Context, s *store.Store, tx *store.Tx, ring *keyring.Ring, business ident.ID) error {
	if len(ring.IDs()) == 1 || s.Driver.Dialect() == dialect.SQLite {
		return nil
	}
	// The row must really change: a cluster notices only what does.
	_, err := tx.ExecContext(ctx, "INSERT INTO rate_limits (id, tat) VALUES (?, ?) ON DUPLICATE KEY UPDATE tat = GREATEST(rate_limits.tat + 1, VALUES(tat))",
		"addresses-of "+business.String(), tx.Now.UnixMicro())
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	return nil
}
