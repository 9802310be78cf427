package passwordreset

import (
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/viewer"
)

// facts are everything a decision about one channel depends on.
type facts struct {
	viewer   viewer.Viewer
	purpose  schematype.TokenPurpose
	guardian *ent.Guardian
	channel  schematype.Channel
	now      time.Time
	// account is nil where the ledger itself will decide.
	account *ent.SmsAccount
	// recent are the guardian's resets of the last 24 hours, newest first.
	recent []*Request
	// limitedUntil is zero unless a limit is reached.
	limitedUntil time.Time
	// cappedUntil is zero unless the business has sent all texts of a day.
	cappedUntil time.Time
}

// decide is the one place where the rules of the Actions menu stand. The first block that holds is told.
func decide(f facts) Option {
	o := Option{Channel: f.channel, Guardian: f.guardian}
	g := f.guardian
	if f.channel == schematype.SMS {
		o.Destination, o.CreditCost = g.Phone, 1
	} else {
		o.Destination = g.Email
	}
	for _, r := range f.recent {
		if r.Token.Channel == f.channel {
			o.Recent = r
			break
		}
	}
	changed, changedBy, _ := contactChange(g, f.channel, f.now)
	o.ReasonRequired = changed

	switch {
	case !f.viewer.Can(viewer.PasswordResetSend), f.channel == schematype.SMS && !f.viewer.Can(viewer.SMSSpend):
		o.Unavailable = NoPermission
	case !CanLogIn(g):
		o.Unavailable = CannotLogIn
	case f.purpose == schematype.ForInvitation && g.PasswordHash != "":
		o.Unavailable = AlreadyActive
	case f.channel == schematype.SMS && f.account != nil && !f.account.Enabled:
		o.Unavailable = SMSDisabled
	case f.channel == schematype.SMS && !f.viewer.Business.SMSPausedAt.IsZero():
		o.Unavailable = SMSPaused
	case f.channel == schematype.Email && g.Email == "":
		o.Unavailable = NoEmail
	case f.channel == schematype.SMS && g.Phone == "":
		o.Unavailable = NoPhone
	case f.channel == schematype.Email && g.EmailBouncedAt != nil:
		o.Unavailable = EmailBounced
	case f.channel == schematype.SMS && !g.PhoneMobile:
		o.Unavailable = PhoneNotMobile
	case f.channel == schematype.SMS && g.PhoneOptedOutAt != nil:
		o.Unavailable = PhoneOptedOut
	case f.channel == schematype.SMS && !mayText(f.viewer.Business, g.Phone):
		o.Unavailable = SMSCountryNotAllowed
	case f.channel == schematype.SMS && f.account != nil && f.account.Balance < 1:
		o.Unavailable = NoCredits
	case changed && f.viewer.Business.SecondStaffForChangedContact && changedBy == f.viewer.PersonID:
		o.Unavailable = SecondStaffRequired
	default:
		o.RetryAt = cooledDown(f)
		if !o.RetryAt.IsZero() {
			o.Unavailable = InCooldown
		} else if f.channel == schematype.SMS && (f.viewer.Business.SMSDayCap == 0 || f.cappedUntil.After(f.now)) {
			o.Unavailable, o.RetryAt, o.LimitCount = SMSDayCapReached, f.cappedUntil, f.viewer.Business.SMSDayCap
		} else if f.limitedUntil.After(f.now) {
			o.Unavailable, o.RetryAt, o.LimitCount = LimitReached, f.limitedUntil, lastHour(f)
		}
	}
	o.Available = o.Unavailable == ""
	return o
}

// CanLogIn reports whether the guardian can log in to the Customer Portal: the flag, and neither the
// guardian nor the family archived.
func CanLogIn(g *ent.Guardian) bool { return g.CanLogIn && !g.Archived && !g.FamilyArchived }

// contactChange reports whether staff changed the contact of the channel within ContactWatch, who and when.
func contactChange(g *ent.Guardian, channel schematype.Channel, now time.Time) (changed bool, who ident.ID, when time.Time) {
	at, by := g.EmailChangedAt, g.EmailChangedBy
	if channel == schematype.SMS {
		at, by = g.PhoneChangedAt, g.PhoneChangedBy
	}
	if at == nil || by == nil || now.Sub(*at) >= ContactWatch {
		return false, ident.ID{}, time.Time{}
	}
	return true, *by, *at
}

// cooledDown returns when staff can send again over the channel; zero when now. A reset the guardian
// asked for does not hold staff up, or Forgot Password could be used to block the office.
func cooledDown(f facts) time.Time {
	for _, r := range f.recent {
		if r.Token.Channel != f.channel || r.Token.RequestedBy == nil || r.Message.State == schematype.Void {
			continue
		}
		if free := r.Token.CreatedAt.Add(Cooldown); free.After(f.now) {
			return free
		}
	}
	return time.Time{}
}

func lastHour(f facts) int {
	n := 0
	for _, r := range f.recent {
		if r.Token.RequestedBy != nil && f.now.Sub(r.Token.CreatedAt) < time.Hour {
			n++
		}
	}
	return n
}
