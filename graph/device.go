package graph

import (
	"context"

	"officeportal/ent"
	"officeportal/internal/identity"
)

// deviceWords says a device in words, such as Safari on iPhone.
func deviceWords(ctx context.Context, d identity.Device) string {
	switch {
	case d.Browser != "" && d.System != "":
		return say(ctx, "device.both", "browser", d.Browser, "system", d.System)
	case d.Browser+d.System != "":
		return d.Browser + d.System
	default:
		return say(ctx, "device.unknown")
	}
}

// accountAfter returns text messaging as it is after a change of its limits.
func (r *Resolver) accountAfter(ctx context.Context, err error) (*ent.SmsAccount, error) {
	if err != nil {
		return nil, err
	}
	return r.Credit.Account(ctx)
}
