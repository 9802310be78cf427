// Package graph is the GraphQL edge: thin resolvers, one presenter of errors, limits, and an HTTP handler.
//
// Reads go straight to the data layer, whose privacy policies decide what a viewer sees. Writes go to one
// method of a domain, which owns its rules, its transaction and its audit entry.
package graph

import (
	"context"
	"log/slog"
	"time"

	"officeportal/ent"
	"officeportal/internal/credit"
	"officeportal/internal/family"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/passwordreset"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Identity signs people in and out.
type Identity interface {
	SignIn(ctx context.Context, in identity.SignInInput) (identity.SignedIn, error)
	SignOut(ctx context.Context) error
	// PortalBusiness returns nil when there is no such business.
	PortalBusiness(ctx context.Context, slug string) (*viewer.Business, error)
}

// PasswordResets offers, sends, shows and redeems links.
type PasswordResets interface {
	Options(ctx context.Context, guardians []*ent.Guardian) (map[ident.ID][]passwordreset.Option, error)
	Latest(ctx context.Context, guardians []ident.ID) (map[ident.ID]*passwordreset.Request, error)
	Find(ctx context.Context, ids []ident.ID) (map[ident.ID]*passwordreset.Request, error)
	Request(ctx context.Context, in passwordreset.RequestInput) (passwordreset.Sent, error)
	Forgot(ctx context.Context, in passwordreset.ForgotInput) error
	LinkState(ctx context.Context, secret string) (passwordreset.Link, error)
	Redeem(ctx context.Context, in passwordreset.RedeemInput) (email string, err error)
}

// Credits is the ledger of SMS credits.
type Credits interface {
	Account(ctx context.Context) (*ent.SmsAccount, error)
	Add(ctx context.Context, in credit.AddInput) (*ent.CreditEntry, *ent.SmsAccount, error)
	SetEnabled(ctx context.Context, enabled bool) (*ent.SmsAccount, error)
}

// Families lists families and changes them, their guardians and students.
type Families interface {
	// Listing looks up how to read a list of families.
	Listing(ctx context.Context, f family.Filter) (family.List, error)
	CreateFamily(ctx context.Context, in family.CreateFamilyInput) (*ent.Family, error)
	UpdateFamily(ctx context.Context, in family.UpdateFamilyInput) (*ent.Family, error)
	ArchiveFamily(ctx context.Context, in family.VersionedID) (*ent.Family, error)
	RestoreFamily(ctx context.Context, in family.VersionedID) (*ent.Family, error)
	AddGuardian(ctx context.Context, in family.AddGuardianInput) (*ent.Guardian, error)
	UpdateGuardian(ctx context.Context, in family.UpdateGuardianInput) (*ent.Guardian, error)
	SetGuardianLoginAccess(ctx context.Context, in family.SetGuardianLoginAccessInput) (*ent.Guardian, error)
	ArchiveGuardian(ctx context.Context, in family.VersionedID) (*ent.Guardian, error)
	RestoreGuardian(ctx context.Context, in family.VersionedID) (*ent.Guardian, error)
	AddStudent(ctx context.Context, in family.AddStudentInput) (*ent.Student, error)
	UpdateStudent(ctx context.Context, in family.UpdateStudentInput) (*ent.Student, error)
	ArchiveStudent(ctx context.Context, in family.VersionedID) (*ent.Student, error)
	RestoreStudent(ctx context.Context, in family.VersionedID) (*ent.Student, error)
}

// Cookies starts and ends the session of the browser whose request is being answered.
type Cookies interface {
	SetSession(ctx context.Context, guardian bool, token string, expires time.Time)
	ClearSession(ctx context.Context)
}

// Config is what the edge needs.
type Config struct {
	Store    *store.Store
	Identity Identity
	Resets   PasswordResets
	Credit   Credits
	Families Families
	Cookies  Cookies
	// AdHoc reports whether whoever asks may introspect and see what a document costs; nil lets everybody.
	AdHoc func(context.Context) bool
	// Log gets the causes of masked errors; nil drops them.
	Log *slog.Logger
}

// Resolver answers the fields of the schema.
type Resolver struct{ Config }
