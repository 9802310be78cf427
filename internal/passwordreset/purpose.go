package passwordreset

import (
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
)

// InvitationLife is how long an invitation works, counted from its hand-over to the provider: people look for it
// when they need it, days later, and it opens nothing that was in use before.
const InvitationLife = 7 * 24 * time.Hour

// PortalStatus says how far a guardian is with the Customer Portal.
type PortalStatus string

// The statuses, as the API spells them. They say nothing about Can Log In.
const (
	NotInvited  PortalStatus = "NOT_INVITED"
	Invited     PortalStatus = "INVITED"
	PortalInUse PortalStatus = "ACTIVE"
)

// StatusOf returns how far the guardian is with the Customer Portal.
func StatusOf(g *ent.Guardian) PortalStatus {
	switch {
	case g.PasswordHash != "":
		return PortalInUse
	case g.InvitedAt != nil:
		return Invited
	default:
		return NotInvited
	}
}

// CanBeInvited reports whether there is somebody to invite: a guardian who can log in and never had a password.
func CanBeInvited(g *ent.Guardian) bool { return CanLogIn(g) && g.PasswordHash == "" }

// purposes name what a guardian's link is for inside the MAC that makes its secret, so that a row whose purpose was
// changed in the database fits no secret any more.
var purposes = map[schematype.TokenPurpose]string{
	schematype.ForReset:      "guardian-reset/v1",
	schematype.ForInvitation: "guardian-invitation/v1",
}

func kindOf(purpose schematype.TokenPurpose) schematype.MessageKind {
	if purpose == schematype.ForInvitation {
		return schematype.GuardianInvited
	}
	return schematype.PasswordReset
}

// requested is the action that tells of asking for a link.
func requested(purpose schematype.TokenPurpose) audit.Action {
	if purpose == schematype.ForInvitation {
		return audit.GuardianInvited
	}
	return audit.PasswordResetRequested
}

// life returns how long a link works.
func life(purpose schematype.TokenPurpose, channel schematype.Channel, smsMinutes int) time.Duration {
	switch {
	case purpose == schematype.ForInvitation:
		return InvitationLife
	case channel == schematype.SMS && smsMinutes >= 10 && smsMinutes < 30:
		return time.Duration(smsMinutes) * time.Minute
	default:
		return LinkLife
	}
}
