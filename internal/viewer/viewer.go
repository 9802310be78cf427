// Package viewer says who asks. Every query and every change carries a viewer in its context; the
// privacy policies of the data layer deny whatever comes without one.
package viewer

import (
	"context"
	"slices"
	"time"

	"officeportal/internal/ident"
)

// Kind is the kind of viewer.
type Kind int

// The kinds of viewers. Nobody is the zero value and sees nothing.
const (
	Nobody Kind = iota
	StaffMember
	Guardian
	LinkHolder
	System
)

// Permission is something a staff member may do. Guardians never have permissions.
type Permission string

// The permissions, as the API spells them.
const (
	FamiliesRead      Permission = "FAMILIES_READ"
	FamiliesWrite     Permission = "FAMILIES_WRITE"
	PasswordResetSend Permission = "PASSWORD_RESET_SEND"
	SMSSpend          Permission = "SMS_SPEND"
	PoliciesManage    Permission = "POLICIES_MANAGE"
	AuditRead         Permission = "AUDIT_READ"
	SettingsManage    Permission = "SETTINGS_MANAGE"
	APIExplore        Permission = "API_EXPLORE"
)

// Permissions lists all permissions in the order the API declares them.
func Permissions() []Permission {
	return []Permission{FamiliesRead, FamiliesWrite, PasswordResetSend, SMSSpend, PoliciesManage, AuditRead, SettingsManage, APIExplore}
}

// Viewer is who asks. It is made once per request and never changed.
type Viewer struct {
	Kind Kind
	// Business is what rules and texts need of the business; zero for a System viewer.
	Business Business
	// BusinessID limits what is visible. Only a System viewer may leave it zero: all businesses.
	BusinessID ident.ID
	// PersonID is the staff member or guardian.
	PersonID ident.ID
	// FamilyID is the guardian's family.
	FamilyID ident.ID
	// TokenID is the one reset token a LinkHolder may see.
	TokenID ident.ID
	// Name is shown in the Audit Log.
	Name string
	// Reason says why a System viewer is needed.
	Reason string
	// SessionID is the session a person is signed in with.
	SessionID ident.ID
	// APITokenID and APITokenName are of the API token that a program acts for a staff member with. It has no
	// session, is never an owner, and Granted is what both the token and the staff member may do.
	APITokenID   ident.ID
	APITokenName string
	// Pending is the session of a staff member whose password was right and whose second factor is still to
	// come. The viewer is Nobody until then.
	Pending ident.ID
	// ProvedAt is when the staff member last proved to be there, with the password and, where set up, the second
	// factor; zero for never and for programs.
	ProvedAt time.Time
	// Locale is the language of answers, such as en.
	Locale string
	// Granted are the permissions of a staff member.
	Granted []Permission
	// Owner staff members have every permission.
	Owner bool
}

// Can reports whether the viewer is a staff member with the permission.
func (v Viewer) Can(p Permission) bool {
	return v.Kind == StaffMember && (v.Owner || slices.Contains(v.Granted, p))
}

// Allowed returns the permissions the viewer has, in the order of Permissions.
func (v Viewer) Allowed() []Permission {
	out := []Permission{}
	for _, p := range Permissions() {
		if v.Can(p) {
			out = append(out, p)
		}
	}
	return out
}

// Among returns those of the permissions that the viewer has: what is left of an API token's when its person has lost
// some.
func (v Viewer) Among(some []Permission) []Permission {
	return slices.DeleteFunc(slices.Clone(some), func(p Permission) bool { return !v.Can(p) })
}

// Business is the school that the viewer belongs to, as it was when the request began.
type Business struct {
	Name, Slug, TimeZone, Country, Phone, Locale string
	// PasswordMinLength counts code points.
	PasswordMinLength int
	// SMSLinkMinutes is the life of a link sent by SMS, 10 to 30.
	SMSLinkMinutes int
	// SMSDialCodes are the country calling codes that texts go to, separated by commas; empty for the country's own.
	SMSDialCodes string
	// SMSDayCap is the most texts of 24 hours; 0 for none.
	SMSDayCap int
	// SMSPausedAt is when texts were paused; zero while they are not.
	SMSPausedAt time.Time
	// SecondStaffForChangedContact asks for another staff member to send a link to a changed contact.
	SecondStaffForChangedContact bool
	// SecondFactorRequired asks every staff member for a second factor.
	SecondFactorRequired bool
	// CheckpointMail sends owners the checkpoint of the Audit Log every day.
	CheckpointMail bool
	// OfficeEmail is where answers to messages go; empty for nowhere.
	OfficeEmail string
	// Accent is the business's colour as #rrggbb; empty for the product's own.
	Accent string
	// Version counts changes of the settings.
	Version int
}

// Location returns the time zone of the business, UTC when it is unknown.
func (b Business) Location() *time.Location {
	if loc, err := time.LoadLocation(b.TimeZone); err == nil {
		return loc
	}
	return time.UTC
}

// Request is what the Audit Log keeps of the request that caused a change.
type Request struct {
	// ID is the reference number that the answer carries too.
	ID string
	// Address is the network address of the client, empty for the command line and the worker.
	Address string
	// LimitAddress is Address as limits count it: IPv6 by its /64.
	LimitAddress string
	// Agent is the browser or program.
	Agent string
}

type (
	viewerKey  struct{}
	requestKey struct{}
)

// With returns a context in which v asks.
func With(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// From returns who asks; Nobody when nobody does.
func From(ctx context.Context) Viewer {
	v, _ := ctx.Value(viewerKey{}).(Viewer)
	return v
}

// AsSystem returns a context in which Office Portal itself asks, limited to one business unless
// business is zero. The reason says why no person's rights can be used; it is there for readers of the code.
func AsSystem(ctx context.Context, business ident.ID, reason string) context.Context {
	v := Viewer{Kind: System, BusinessID: business, Name: "Office Portal", Reason: reason, Locale: From(ctx).Locale}
	return With(ctx, v)
}

// WithRequest returns a context that carries what the Audit Log keeps of a request.
func WithRequest(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// RequestFrom returns the request; the zero value outside of one.
func RequestFrom(ctx context.Context) Request {
	r, _ := ctx.Value(requestKey{}).(Request)
	return r
}
