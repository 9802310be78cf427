package credit

import "officeportal/internal/ident"

// AddInput is what a staff member who adds credits gives.
type AddInput struct {
	// Credits is 1 to MaxAdd.
	Credits int
	// Note says where the credits come from, such as an invoice number; 1 to 200 characters.
	Note string
	// IdempotencyKey has 16 to 64 visible characters. The same key adds once, for 24 hours.
	IdempotencyKey string
}

// HoldInput names the message that a credit is held for.
type HoldInput struct {
	Business, Message ident.ID
	// Token is the reset token the message carries; zero for none.
	Token ident.ID
	// Audit is the entry, written in the same transaction, that tells why the credit is held.
	Audit ident.ID
}
