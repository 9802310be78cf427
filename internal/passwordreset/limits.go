package passwordreset

import (
	"strconv"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ratelimit"
	"officeportal/internal/viewer"
)

const (
	limitCooldown = "reset-cooldown"
	limitDayCap   = "sms-business-day"
)

// sendLimits are the buckets a link sent by staff spends from: the guardian's own, so that one parent
// is not flooded; the staff member's, so that one pair of hands (or a stolen session) can't send to
// everybody; and for SMS the number's and the business's, because texts cost money and pumping pays.
func sendLimits(v viewer.Viewer, g *ent.Guardian, channel schematype.Channel) []ratelimit.Limit {
	limits := []ratelimit.Limit{
		{Name: limitCooldown, Subject: []string{g.ID.String(), string(channel)}, Burst: 1, Every: Cooldown},
		{Name: "reset-guardian", Subject: []string{g.ID.String()}, Burst: 3, Every: 5 * time.Minute},
		{Name: "reset-staff", Subject: []string{v.PersonID.String()}, Burst: 30, Every: 2 * time.Minute},
	}
	if channel == schematype.SMS {
		limits = append(limits,
			ratelimit.Limit{Name: "sms-number-hour", Subject: []string{g.Phone}, Burst: 3, Every: 20 * time.Minute},
			ratelimit.Limit{Name: "sms-number-day", Subject: []string{g.Phone}, Burst: 10, Every: 144 * time.Minute},
			// Pumping walks through the numbers of a block; the last four digits are the block of a North American exchange.
			ratelimit.Limit{Name: "sms-prefix-hour", Subject: []string{g.BusinessID.String(), g.Phone[:max(0, len(g.Phone)-4)]}, Burst: 20, Every: 3 * time.Minute},
		)
		if most := v.Business.SMSDayCap; most > 0 { // a bucket of its own for each cap: another cap is another rate
			limits = append(limits, ratelimit.Limit{Name: limitDayCap, Subject: []string{g.BusinessID.String(), strconv.Itoa(most)},
				Burst: most, Every: 24 * time.Hour / time.Duration(most)})
		}
	}
	return limits
}

// forgotLimits are spent before anything is looked up, whether or not the address exists. The refill is
// short enough that nobody is locked out of the way back in for more than ten minutes.
func forgotLimits(business, email, address string) []ratelimit.Limit {
	return []ratelimit.Limit{
		{Name: "forgot-identifier", Subject: []string{business, email}, Burst: 3, Every: 10 * time.Minute},
		{Name: "forgot-address", Subject: []string{address}, Burst: 10, Every: time.Minute},
	}
}

func redeemLimits(address string) []ratelimit.Limit {
	return []ratelimit.Limit{{Name: "redeem-address", Subject: []string{address}, Burst: 10, Every: 6 * time.Second}}
}

// tokenLimit slows down whoever tries passwords on one link.
func tokenLimit(token string) ratelimit.Limit {
	return ratelimit.Limit{Name: "redeem-token", Subject: []string{token}, Burst: 5, Every: 12 * time.Second}
}
