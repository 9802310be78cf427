package family

import (
	"context"

	"officeportal/internal/ident"
	"officeportal/internal/store"
)

// Outbox takes messages inside the caller's transaction; they leave after the commit.
type Outbox interface {
	// ContactChanged queues the notice that the office changed the email or phone of a guardian.
	ContactChanged(ctx context.Context, tx *store.Tx, n Notice) error
}

// Notice tells a guardian that the office changed a contact.
type Notice struct {
	Business, Guardian ident.ID
	// Destination is an email address: that from before the change.
	Destination string
	// Locale is the guardian's language.
	Locale string
	// Field is what was changed: email or phone.
	Field string
}
