package passwordreset

import (
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
)

// RequestInput is what a staff member asks for.
type RequestInput struct {
	// Purpose is ForReset when empty.
	Purpose    schematype.TokenPurpose
	GuardianID ident.ID
	Channel    schematype.Channel
	// Reason is required when the contact was changed by staff within ContactWatch; at most 300 characters.
	Reason string
	// IdempotencyKey has 16 to 64 visible characters.
	IdempotencyKey string
}

// Sent is the answer to a request that was carried out.
type Sent struct {
	Request *Request
	// SMSBalance is the number of credits left after this request; nil for email.
	SMSBalance *int
}

// ForgotInput is what a guardian asks for on the Customer Portal, or a staff member on the Office Portal.
type ForgotInput struct {
	// Business is the slug in the portal's address; empty for staff, whose address is unique over all businesses.
	Business, Email, Locale string
}

// RedeemInput is what the holder of a link sends.
type RedeemInput struct {
	// Purpose is what the link must be for; ForReset when empty.
	Purpose            schematype.TokenPurpose
	Token, NewPassword string
}
