// Package staff keeps the staff members of a business: who is invited by link, what they may do, and how they
// come to a password. Nobody types a password for anybody else.
package staff

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// How long links work, counted from their hand-over to the provider.
const (
	InvitationLife = 72 * time.Hour
	ResetLife      = 30 * time.Minute
)

// MinPassword is the least number of characters of a staff member's password, whatever the business asks of
// guardians: more hangs on it.
const MinPassword = 15

// Config is what a Service needs.
type Config struct {
	Store   *store.Store
	Ring    *keyring.Ring
	Limiter *ratelimit.Limiter
	// Nudge wakes the outbox worker after a commit.
	Nudge func()
	// PublicURL is the only origin ever put into a link.
	PublicURL string
	// EmailFrom is the sender of messages.
	EmailFrom string
	Log       *slog.Logger
}

// Service invites and changes staff members. Methods for staff ask for SETTINGS_MANAGE and refuse everybody else
// with the fault Forbidden; they find staff members of the viewer's own business only, anybody else is NotFound.
type Service struct{ Config }

// New returns a service.
func New(c Config) *Service { return &Service{c} }

// manager returns the viewer who may change staff members.
func manager(ctx context.Context) (viewer.Viewer, error) {
	v := viewer.From(ctx)
	if !v.Can(viewer.SettingsManage) {
		return v, fault.New(fault.Forbidden, "staff.forbidden")
	}
	return v, nil
}

// errStale ends a transaction whose row somebody else changed.
var errStale = errors.New("staff: the row has another version")

func notFound(field string) error {
	return fault.Refuse(fault.At(fault.NotFound, field, "error.notFound"))
}

// system asks in the name of Office Portal: links, sessions and second factors are seen by nobody.
func system(ctx context.Context, business ident.ID) context.Context {
	return viewer.AsSystem(ctx, business, "the links of staff members are kept by Office Portal itself")
}

// one reads a staff member of the business.
func one(ctx context.Context, c *ent.StaffMemberClient, business, id ident.ID) (*ent.StaffMember, error) {
	return c.Query().Where(staffmember.BusinessID(business), staffmember.ID(id)).Only(ctx)
}

// named reads a name and returns what is wrong with it.
func named(raw string) (string, []fault.Field) {
	name, err := contact.ParseName(raw, 120)
	var long contact.TooLongError
	switch {
	case err == nil:
		return name, nil
	case errors.Is(err, contact.ErrNameEmpty):
		return "", []fault.Field{fault.At(fault.Required, "name", "error.required")}
	case errors.As(err, &long):
		return "", []fault.Field{fault.At(fault.Invalid, "name", "error.tooLong", "max", 120)}
	default:
		return "", []fault.Field{fault.At(fault.Invalid, "name", "family.characters")}
	}
}

// sorted returns the permissions in the order of the API, each once, and whether all of them exist.
func sorted(in []viewer.Permission) (out []viewer.Permission, ok bool) {
	out = []viewer.Permission{}
	for _, p := range viewer.Permissions() {
		if slices.Contains(in, p) {
			out = append(out, p)
		}
	}
	ok = !slices.ContainsFunc(in, func(p viewer.Permission) bool { return !slices.Contains(viewer.Permissions(), p) })
	return out, ok
}

// mayGrant refuses whoever would give what they don't have: a permission they lack, or ownership without being an
// owner.
func mayGrant(v viewer.Viewer, granted []viewer.Permission, owner bool) []fault.Field {
	if v.Owner {
		return nil
	}
	if owner {
		return []fault.Field{fault.At(fault.NotYoursToGrant, "owner", "staff.ownersOnly")}
	}
	for _, p := range granted {
		if !v.Can(p) {
			return []fault.Field{fault.At(fault.NotYoursToGrant, "permissions", "staff.notYours")}
		}
	}
	return nil
}

// rights tells permissions in the Audit Log.
func rights(permissions []viewer.Permission, owner bool) string {
	if owner {
		return "everything (owner)"
	}
	names := make([]string, len(permissions))
	for i, p := range permissions {
		names[i] = string(p)
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, " ")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// refused records what the viewer was not allowed to do, and returns the refusal. Whom it was about may be nil.
func (s *Service) refused(ctx context.Context, action audit.Action, m *ent.StaffMember, cause error) error {
	refusal := fault.As(cause)
	if refusal == nil || len(refusal.Fields) == 0 {
		return cause
	}
	e := audit.Entry{Action: action, Outcome: schematype.WasRefused,
		Facts: map[string]string{"reason": string(refusal.Fields[0].Code)}}
	if m != nil {
		e.SubjectType, e.Subject = audit.SubjectStaff, m.ID
		e.Facts["staff"] = m.Name
	}
	err := s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := audit.Record(ctx, tx, e)
		return err
	})
	if err != nil {
		return err
	}
	return cause
}
