package identity

import (
	"context"
	"time"

	"officeportal/internal/fault"
	"officeportal/internal/viewer"
)

// RequireProof refuses with ReauthenticationRequired unless the viewer has proved within ProofLife to be there,
// with the password and, where set up, the second factor. Whatever a stranger at an unlocked desk must not do
// calls it first: exporting the Audit Log, changing permissions or second factors, making API tokens. Programs
// have no proof and are refused.
func RequireProof(ctx context.Context, now time.Time) error {
	if Proved(ctx, now) {
		return nil
	}
	return fault.New(fault.ReauthenticationRequired, "error.reauthenticate")
}

// Proved reports whether RequireProof would let the viewer pass.
func Proved(ctx context.Context, now time.Time) bool {
	at := viewer.From(ctx).ProvedAt
	return !at.IsZero() && now.Sub(at) < ProofLife
}
