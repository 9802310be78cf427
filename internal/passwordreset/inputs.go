package passwordreset

import (
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
)

// RequestInput is what a staff member asks for.
type RequestInput struct {
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

// ForgotInput is what a guardian asks for on the Customer Portal.
type ForgotInput struct {
	// Business is the slug in the portal's address.
	Business, Email, Locale string
}

// RedeemInput is what the holder of a link sends.
type RedeemInput struct {
	Token, NewPassword string
}
