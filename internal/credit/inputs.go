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

// AdjustInput is what a staff member who corrects the balance gives.
type AdjustInput struct {
	// Credits is -MaxAdd to MaxAdd, not 0.
	Credits int
	// Note says why; 1 to 200 characters.
	Note string
	// IdempotencyKey has 16 to 64 visible characters. The same key corrects once, for 24 hours.
	IdempotencyKey string
}

// ReserveInput is what a staff member sets who decides what the last credits are for.
type ReserveInput struct {
	// Reserve is 0 to MaxAdd.
	Reserve int
	// LowAt is 0 to MaxAdd; nil leaves it as it is.
	LowAt *int
}

// HoldInput names the message that a credit is held for.
type HoldInput struct {
	Business, Message ident.ID
	// Token is the reset token the message carries; zero for none.
	Token ident.ID
	// Audit is the entry, written in the same transaction, that tells why the credit is held.
	Audit ident.ID
	// SparesReserve is true for every text but a password reset: it leaves the reserve alone.
	SparesReserve bool
}
