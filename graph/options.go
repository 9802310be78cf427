package graph

import (
	"context"
	"strconv"
	"strings"
	"time"

	"officeportal/internal/family"
	"officeportal/internal/message/provider"
	"officeportal/internal/passwordreset"
	"officeportal/internal/text"
	"officeportal/internal/viewer"
)

// optionMessage is the second line of an unusable item of the Actions menu; empty when it can be used.
func optionMessage(ctx context.Context, o passwordreset.Option, now time.Time) string {
	if o.Unavailable == "" {
		return ""
	}
	key := "option." + string(o.Unavailable)
	args := map[string]any{}
	if o.Guardian != nil {
		args["guardian"] = firstName(o.Guardian.Name)
	}
	switch o.Unavailable {
	case passwordreset.EmailBounced:
		if o.Guardian != nil {
			if mark := family.EmailMark(o.Guardian); mark != provider.Bounced && text.Has(key+"."+string(mark)) {
				key += "." + string(mark)
			}
		}
	case passwordreset.InCooldown:
		seconds := max(1, int((o.RetryAt.Sub(now)+time.Second-1)/time.Second))
		args["seconds"] = seconds
		if seconds == 1 {
			key += ".one"
		}
	case passwordreset.SMSDayCapReached:
		args["count"], args["time"] = o.LimitCount, clock(ctx, o.RetryAt)
		if o.RetryAt.IsZero() {
			key += ".none"
		}
	case passwordreset.LimitReached:
		args["time"] = clock(ctx, o.RetryAt)
		args["count"] = o.LimitCount
		if o.LimitCount < 2 { // the limit is another one than this guardian's
			key += ".other"
		}
	}
	return text.Say(localeOf(ctx), key, args)
}

// clock returns the time of day in the zone of the viewer's business, such as 3:10 PM.
func clock(ctx context.Context, t time.Time) string {
	t = t.In(viewer.From(ctx).Business.Location())
	half := "format.am"
	if t.Hour() >= 12 {
		half = "format.pm"
	}
	return say(ctx, "format.clock", "hour", strconv.Itoa((t.Hour()+11)%12+1), "minute", t.Format("04"), "half", say(ctx, half))
}

// firstName returns the first word of a name, which is how people speak of each other at a front desk.
func firstName(name string) string {
	if words := strings.Fields(name); len(words) > 0 {
		return words[0]
	}
	return name
}
