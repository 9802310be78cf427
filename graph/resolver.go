// Package graph is the GraphQL edge: thin resolvers, one presenter of errors, limits, and an HTTP handler.
//
// Reads go straight to the data layer, whose privacy policies decide what a viewer sees. Writes go to one
// method of a domain, which owns its rules, its transaction and its audit entry.
package graph

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"officeportal/ent"
	"officeportal/internal/audit/seal"
	"officeportal/internal/credit"
	"officeportal/internal/family"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/identity/secondfactor"
	"officeportal/internal/identity/staff"
	"officeportal/internal/link"
	"officeportal/internal/live"
	"officeportal/internal/passwordreset"
	"officeportal/internal/policy"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Identity signs people in and out.
type Identity interface {
	SignIn(ctx context.Context, in identity.SignInInput) (identity.SignedIn, error)
	SignOut(ctx context.Context) error
	CreateAPIToken(ctx context.Context, in identity.APITokenInput) (*identity.NewAPIToken, error)
	RevokeAPIToken(ctx context.Context, id ident.ID) (*ent.APIToken, error)
	// APITokens returns a query and the context to run it in.
	APITokens(ctx context.Context, everybody bool, ids ...ident.ID) (context.Context, *ent.APITokenQuery, error)
	StateOf(t *ent.APIToken) identity.APITokenState
	ChangePassword(ctx context.Context, in identity.ChangePasswordInput) (identity.SignedIn, error)
	Sessions(ctx context.Context) ([]identity.Session, error)
	EndSession(ctx context.Context, id ident.ID) error
	SignOutEverywhere(ctx context.Context) (ended int, err error)
	OwnHistory(ctx context.Context) ([]identity.HistoryEntry, error)
	// PortalBusiness returns nil when there is no such business.
	PortalBusiness(ctx context.Context, slug string) (*viewer.Business, error)
	UpdateBusiness(ctx context.Context, in identity.UpdateBusinessInput) (*ent.Business, error)
}

// Members invites and changes staff members.
type Members interface {
	Invite(ctx context.Context, in staff.InviteInput) (*ent.StaffMember, error)
	Reinvite(ctx context.Context, id ident.ID) (*ent.StaffMember, error)
	Update(ctx context.Context, in staff.UpdateInput) (*ent.StaffMember, error)
	// Details returns nothing for viewers who may not know.
	Details(ctx context.Context, members []*ent.StaffMember) (map[ident.ID]staff.Detail, error)
}

// SecondFactor proves and changes what staff members have beside the password.
type SecondFactor interface {
	// State returns nil for everybody who is no staff member, signed in or signing in.
	State(ctx context.Context) (*secondfactor.State, error)
	Complete(ctx context.Context, p secondfactor.Proof) (identity.SignedIn, error)
	Confirm(ctx context.Context, password string, p secondfactor.Proof) error
	StartAssertion(ctx context.Context) (options string, err error)
	StartTOTP(ctx context.Context) (secondfactor.TOTPSetup, error)
	ConfirmTOTP(ctx context.Context, code string) (secondfactor.Added, error)
	RemoveTOTP(ctx context.Context) error
	StartPasskey(ctx context.Context) (options string, err error)
	AddPasskey(ctx context.Context, name, credential string) (secondfactor.Added, error)
	RenamePasskey(ctx context.Context, id ident.ID, name string) (*ent.Passkey, error)
	RemovePasskey(ctx context.Context, id ident.ID) error
	NewCodes(ctx context.Context) ([]string, error)
	Reset(ctx context.Context, id ident.ID) (*ent.StaffMember, error)
}

// Links shows and redeems links, whoever they are for.
type Links interface {
	LinkState(ctx context.Context, secret string) (link.Link, error)
	Redeem(ctx context.Context, in passwordreset.RedeemInput) (email string, err error)
}

// PasswordResets offers and sends links to guardians.
type PasswordResets interface {
	Options(ctx context.Context, guardians []*ent.Guardian) (map[ident.ID][]passwordreset.Option, error)
	// Invitations has no entry for a guardian whom nobody can invite.
	Invitations(ctx context.Context, guardians []*ent.Guardian) (map[ident.ID][]passwordreset.Option, error)
	Latest(ctx context.Context, guardians []ident.ID) (map[ident.ID]*passwordreset.Request, error)
	Find(ctx context.Context, ids []ident.ID) (map[ident.ID]*passwordreset.Request, error)
	Request(ctx context.Context, in passwordreset.RequestInput) (passwordreset.Sent, error)
	Forgot(ctx context.Context, in passwordreset.ForgotInput) error
	Guards(ctx context.Context) (passwordreset.Guards, error)
	SetGuards(ctx context.Context, in passwordreset.GuardsInput) error
	ResumeSMS(ctx context.Context) error
	// SMSTexts returns a key of the message catalog as the problem when texts don't fit.
	SMSTexts(ctx context.Context) (previews []passwordreset.SMSPreview, problem string, args map[string]any)
	// Follow sends the reset now and after every change until it ends.
	Follow(ctx context.Context, id ident.ID, out chan<- *passwordreset.Request) error
}

// Live watches the sessions and API tokens of those who follow something.
type Live interface {
	Standing(v viewer.Viewer) live.Standing
}

// Credits is the ledger of SMS credits.
type Credits interface {
	Account(ctx context.Context) (*ent.SmsAccount, error)
	Add(ctx context.Context, in credit.AddInput) (*ent.CreditEntry, *ent.SmsAccount, error)
	Adjust(ctx context.Context, in credit.AdjustInput) (*ent.CreditEntry, *ent.SmsAccount, error)
	SetEnabled(ctx context.Context, enabled bool) (*ent.SmsAccount, error)
	SetReserve(ctx context.Context, in credit.ReserveInput) (*ent.SmsAccount, error)
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
	ClearContactMark(ctx context.Context, in family.ClearContactMarkInput) (*ent.Guardian, error)
	SetGuardianLoginAccess(ctx context.Context, in family.SetGuardianLoginAccessInput) (*ent.Guardian, error)
	ArchiveGuardian(ctx context.Context, in family.VersionedID) (*ent.Guardian, error)
	RestoreGuardian(ctx context.Context, in family.VersionedID) (*ent.Guardian, error)
	AddStudent(ctx context.Context, in family.AddStudentInput) (*ent.Student, error)
	UpdateStudent(ctx context.Context, in family.UpdateStudentInput) (*ent.Student, error)
	ArchiveStudent(ctx context.Context, in family.VersionedID) (*ent.Student, error)
	RestoreStudent(ctx context.Context, in family.VersionedID) (*ent.Student, error)
}

// AuditLog is the signed tree over the Audit Log.
type AuditLog interface {
	// Checkpoint returns seal.ErrNoCheckpoint before anything is sealed.
	Checkpoint(ctx context.Context) (seal.Checkpoint, error)
	Unsealed(ctx context.Context) (int, error)
	VerifierKeys() []string
	// Proofs are for the tree of the newest checkpoint when atSize is zero.
	Proofs(ctx context.Context, entries []ident.ID, atSize int64) (map[ident.ID]seal.Proof, error)
}

// Policies publishes policies, takes acceptances and knows who is missing.
type Policies interface {
	Publish(ctx context.Context, in policy.PublishInput) (*ent.PolicyVersion, *ent.BusinessPolicy, error)
	Retire(ctx context.Context, in policy.RetireInput) (*ent.BusinessPolicy, error)
	Accept(ctx context.Context, items []policy.Item) ([]*ent.PolicyAcceptance, error)
	RecordManual(ctx context.Context, in policy.ManualInput) (policy.Recorded, error)
	Statuses(ctx context.Context, families []ident.ID) (map[ident.ID][]policy.Status, error)
	Missing(ctx context.Context, families []*ent.Family) (map[ident.ID]int, error)
	Counts(ctx context.Context, policies []*ent.BusinessPolicy) (map[ident.ID]policy.Counts, error)
	ScansOf(ctx context.Context, acceptances []ident.ID) (map[ident.ID]*ent.PolicyScan, error)
	ScanFacts(ctx context.Context, id ident.ID) (*ent.PolicyScan, error)
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
	AuditLog AuditLog
	Policies Policies
	Cookies  Cookies
	// Links is Resets alone where there are no staff members' links.
	Links        Links
	Members      Members
	SecondFactor SecondFactor
	// Trusted are the documents that the portals send, by the id of their manifest.
	Trusted map[string]string
	// AdHoc reports whether whoever asks may send other documents, introspect, and see what a document costs;
	// nil lets everybody.
	AdHoc func(context.Context) bool
	// Budget limits what such documents cost over all processes; nil lets them.
	Budget Budget
	// Log gets the causes of masked errors; nil drops them.
	Log *slog.Logger

	// Live tells when who follows something may no longer; needed for subscriptions.
	Live Live
	// Draining is closed when streams have to end because the process does; nil for never.
	Draining <-chan struct{}
	// OnStream is told of every stream that begins, 1, or ends, -1; nil where nobody counts.
	OnStream func(change int)
	// StreamLife, Heartbeat and WriteTime are for tests: how long a stream lasts (10 minutes when zero), how often
	// it says that it lives (12 seconds), and how long a reader may take for one event (10 seconds).
	StreamLife, Heartbeat, WriteTime time.Duration
}

func (c Config) withDefaults() Config {
	if c.AdHoc == nil {
		c.AdHoc = func(context.Context) bool { return true }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.OnStream == nil {
		c.OnStream = func(int) {}
	}
	c.StreamLife, c.Heartbeat, c.WriteTime = cmp.Or(c.StreamLife, streamLife), cmp.Or(c.Heartbeat, heartbeat), cmp.Or(c.WriteTime, writeTime)
	return c
}

// Resolver answers the fields of the schema.
type Resolver struct{ Config }
