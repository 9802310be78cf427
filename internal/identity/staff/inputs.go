package staff

import (
	"time"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/viewer"
)

// InviteInput describes somebody who is to work in the Office Portal.
type InviteInput struct {
	Email, Name string
	Permissions []viewer.Permission
	Owner       bool
}

// UpdateInput changes a staff member. What is nil stays as it is.
type UpdateInput struct {
	StaffID     ident.ID
	Version     int
	Name        *string
	Permissions []viewer.Permission // nil: as it is; empty: none
	Owner       *bool
	Active      *bool
}

// RedeemInput is what the holder of a link sends.
type RedeemInput struct{ Token, NewPassword string }

// Detail is what the list of staff members shows beside a row.
type Detail struct {
	// SecondFactor says that one is set up.
	SecondFactor bool
	// Invitation is the newest one; nil when there is none or it was accepted.
	Invitation *Invitation
}

// Invitation is a link on its way to somebody who has not chosen a password yet.
type Invitation struct {
	SentAt, ExpiresAt *time.Time
	Delivery          schematype.Delivery
	Problem           string
	Expired           bool
}
