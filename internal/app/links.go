package app

import (
	"context"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/identity/staff"
	"officeportal/internal/link"
	"officeportal/internal/passwordreset"
)

// links shows and redeems links for the page that they all lead to: a secret says by itself whose it is.
type links struct {
	guardians *passwordreset.Service
	staff     *staff.Service
}

// LinkState says what a link is worth.
func (l links) LinkState(ctx context.Context, secret string) (link.Link, error) {
	if found, ok, err := l.staff.LinkState(ctx, secret); ok || err != nil {
		return found, err
	}
	return l.guardians.LinkState(ctx, secret)
}

// Redeem sets the password that the link is for. What is no link at all is the guardians' to count and refuse.
func (l links) Redeem(ctx context.Context, in passwordreset.RedeemInput) (string, error) {
	if in.Purpose != "" && in.Purpose != schematype.ForReset { // a guardian's invitation and nothing else will do
		return l.guardians.Redeem(ctx, in)
	}
	if email, ok, err := l.staff.Redeem(ctx, staff.RedeemInput{Token: in.Token, NewPassword: in.NewPassword}); ok || err != nil {
		return email, err
	}
	return l.guardians.Redeem(ctx, in)
}
