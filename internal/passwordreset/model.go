// Package passwordreset is the heart of the product: which links can be sent, sending them, and
// using them. Staff start a reset; only the guardian who holds the link chooses the password.
package passwordreset

import (
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/link"
)

// LinkLife is how long a link works, counted from its hand-over to the provider. A business may
// shorten it for SMS, never lengthen it.
const LinkLife = 30 * time.Minute

// ContactWatch is how long a change of a contact by staff is shown and asks for a reason.
const ContactWatch = 72 * time.Hour

// Cooldown is the least time between two links to one guardian over one channel.
const Cooldown = 60 * time.Second

// LinkState is what a link is worth.
type LinkState = link.State

// The states of a link.
const (
	Active      = link.Active
	Used        = link.Used
	Expired     = link.Expired
	Superseded  = link.Superseded
	Revoked     = link.Revoked
	UnknownLink = link.Unknown
)

// Block says why a channel can't be used now.
type Block string

// The blocks, in the order in which they are looked for: the first that holds is told.
const (
	NoPermission         Block = "NO_PERMISSION"
	CannotLogIn          Block = "CANNOT_LOG_IN"
	AlreadyActive        Block = "ALREADY_ACTIVE"
	SMSDisabled          Block = "SMS_DISABLED"
	SMSPaused            Block = "SMS_PAUSED"
	NoEmail              Block = "NO_EMAIL"
	NoPhone              Block = "NO_PHONE"
	EmailBounced         Block = "EMAIL_BOUNCED"
	PhoneNotMobile       Block = "PHONE_NOT_MOBILE"
	PhoneOptedOut        Block = "PHONE_OPTED_OUT"
	SMSCountryNotAllowed Block = "SMS_COUNTRY_NOT_ALLOWED"
	NoCredits            Block = "NO_CREDITS"
	SecondStaffRequired  Block = "SECOND_STAFF_REQUIRED"
	InCooldown           Block = "COOLDOWN"
	SMSDayCapReached     Block = "SMS_DAY_CAP_REACHED"
	LimitReached         Block = "LIMIT_REACHED"
)

// Request is one reset as staff look at it: the link's row with its message and its state at Now.
type Request struct {
	Token   *ent.ResetToken
	Message *ent.Message
	// GuardianEpoch is the guardian's credential epoch; a link of an older one is dead.
	GuardianEpoch int
	Now           time.Time
}

// Option says whether a reset can be sent over one channel now.
type Option struct {
	Channel        schematype.Channel
	Available      bool
	ReasonRequired bool
	Unavailable    Block // empty when available
	Destination    string
	CreditCost     int
	RetryAt        time.Time // zero unless Unavailable is InCooldown, SMSDayCapReached or LimitReached
	LimitCount     int       // how many were sent, for LimitReached; how many may be, for SMSDayCapReached
	Recent         *Request  // nil when none in the last 24 hours
	Guardian       *ent.Guardian
}

// Link is a link as its holder sees it.
type Link = link.Link

// State returns what the link is worth at r.Now. A link that waits in the outbox is Active: it will
// be good once it is sent, and is not usable before.
func (r *Request) State() LinkState {
	return stateOf(r.Token, r.GuardianEpoch, r.Now)
}

func stateOf(t *ent.ResetToken, epoch int, now time.Time) LinkState {
	switch {
	case t.RedeemedAt != nil:
		return Used
	case t.SupersededAt != nil:
		return Superseded
	case t.RevokedAt != nil, t.CredEpoch != epoch:
		return Revoked
	case t.ExpiresAt != nil && !now.Before(*t.ExpiresAt):
		return Expired
	default:
		return Active
	}
}

// CreditsSpent returns what the request cost: 0 for email and after a refund.
func (r *Request) CreditsSpent() int {
	switch r.Message.Credit {
	case schematype.CreditHeld, schematype.CreditCaptured:
		return 1
	default:
		return 0
	}
}
