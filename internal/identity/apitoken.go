package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"officeportal/ent"
	"officeportal/ent/apitoken"
	"officeportal/ent/business"
	"officeportal/ent/predicate"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/session"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

const (
	// MaxAPITokenDays is the longest life of an API token, in days.
	MaxAPITokenDays = 365
	// MaxAPITokens is how many API tokens of one staff member may work at a time.
	MaxAPITokens = 20
	// ProofLife is how long a proof of identity is recent enough for what outlives the session.
	ProofLife = 10 * time.Minute

	maxTokenName = 80
)

// APITokenInput describes a new API token.
type APITokenInput struct {
	// Name has 1 to 80 characters; the Audit Log says that something was done via it.
	Name string
	// Permissions are some of the staff member's own, at least one.
	Permissions []viewer.Permission
	// Days is how long it works, 1 to MaxAPITokenDays.
	Days int
}

// NewAPIToken is an API token with its secret, which is shown once and kept nowhere.
type NewAPIToken struct {
	Token  *ent.APIToken
	Secret string
}

// CreateAPIToken makes a token that acts for the viewer. Staff in front of a browser may call it, who proved to be
// there within ProofLife; others get Forbidden and ReauthenticationRequired. It refuses with Required and Invalid
// for the input, with Forbidden at permissions for one that the viewer does not have, and with LimitReached.
func (s *Service) CreateAPIToken(ctx context.Context, in APITokenInput) (*NewAPIToken, error) {
	v, err := inPerson(ctx)
	if err != nil {
		return nil, err
	}
	name, nameErr := contact.ParseName(in.Name, maxTokenName)
	wanted := slices.Compact(slices.Sorted(slices.Values(in.Permissions)))
	var wrong []fault.Field
	if nameErr != nil {
		wrong = append(wrong, fault.At(fault.Invalid, "name", "error.tokenName"))
	}
	if len(wanted) == 0 {
		wrong = append(wrong, fault.At(fault.Required, "permissions", "error.tokenPermissions"))
	}
	if in.Days < 1 || in.Days > MaxAPITokenDays {
		wrong = append(wrong, fault.At(fault.Invalid, "days", "error.tokenDays"))
	}
	if err := fault.Refuse(wrong...); err != nil {
		return nil, err
	}
	secret := newAPISecret()
	id := ident.New()
	var made *ent.APIToken
	var refused error
	facts := map[string]string{"token": name}
	err = s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		system := viewer.AsSystem(ctx, v.BusinessID, "API tokens are kept by Office Portal itself")
		made, refused = nil, nil
		// writing first makes those who make tokens for the same person at the same time wait for each other
		if err := tx.StaffMember.Update().Where(staffmember.BusinessID(v.BusinessID), staffmember.ID(v.PersonID)).SetActive(true).
			Where(staffmember.Active(true)).Exec(system); err != nil {
			return err
		}
		m, err := tx.StaffMember.Query().Where(staffmember.BusinessID(v.BusinessID), staffmember.ID(v.PersonID)).Only(system)
		if err != nil {
			return err
		}
		if refused, err = s.mayMakeToken(system, tx, v, m, wanted); err != nil {
			return err
		}
		if refused != nil {
			return recordToken(ctx, tx, audit.APITokenCreated, v.PersonID, ident.ID{}, facts, refused, nil)
		}
		made, err = tx.APIToken.Create().SetID(id).SetBusinessID(v.BusinessID).SetStaffID(v.PersonID).SetName(name).
			SetTokenHash(hashToken(secret)).SetHint(secret[len(secret)-4:]).SetPermissions(wanted).SetCredEpoch(m.CredEpoch).
			SetExpiresAt(tx.Now.AddDate(0, 0, in.Days)).SetCreatedAt(tx.Now).Save(system)
		if err != nil {
			return err
		}
		made.Edges.StaffMember = m
		return recordToken(ctx, tx, audit.APITokenCreated, v.PersonID, id, facts, nil, []schematype.Detail{
			{Key: "permissions", After: joined(wanted)}, {Key: "expiresAt", After: made.ExpiresAt.Format(time.RFC3339)}})
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return nil, err
	}
	return &NewAPIToken{Token: made, Secret: secret}, nil
}

// mayMakeToken returns why not, nil when the staff member may.
func (s *Service) mayMakeToken(system context.Context, tx *store.Tx, v viewer.Viewer, m *ent.StaffMember, wanted []viewer.Permission) (refused, err error) {
	proved, err := provedRecently(system, tx, v)
	if err != nil {
		return nil, err
	}
	if !proved {
		return fault.New(fault.ReauthenticationRequired, "error.proveAgain", "minutes", int(ProofLife.Minutes())), nil
	}
	own := viewer.Viewer{Kind: viewer.StaffMember, Owner: m.Owner, Granted: m.Permissions}
	for _, p := range wanted {
		if !own.Can(p) || !slices.Contains(viewer.Permissions(), p) {
			return fault.Refuse(fault.At(fault.Invalid, "permissions", "error.tokenBeyond", "permission", p)), nil
		}
	}
	working, err := tx.APIToken.Query().Where(workingAt(m, tx.Now)...).Count(system)
	if err == nil && working >= MaxAPITokens {
		refused = fault.New(fault.LimitReached, "error.tokenMany", "max", MaxAPITokens)
	}
	return refused, err
}

func workingAt(m *ent.StaffMember, now time.Time) []predicate.APIToken {
	return []predicate.APIToken{apitoken.BusinessID(m.BusinessID), apitoken.StaffID(m.ID), apitoken.CredEpoch(m.CredEpoch),
		apitoken.RevokedAtIsNil(), apitoken.ExpiresAtGT(now)}
}

// RevokeAPIToken ends a token at once. Staff in front of a browser may call it for their own, owners for those of
// everybody at the business; others, and who names none, get NotFound. Ending what is over already changes nothing.
func (s *Service) RevokeAPIToken(ctx context.Context, id ident.ID) (*ent.APIToken, error) {
	v, err := inPerson(ctx)
	if err != nil {
		return nil, err
	}
	var ended *ent.APIToken
	var refused error
	err = s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		system := viewer.AsSystem(ctx, v.BusinessID, "API tokens are kept by Office Portal itself")
		ended, refused = nil, nil
		found, err := tx.APIToken.Query().Where(apitoken.BusinessID(v.BusinessID), apitoken.ID(id)).WithStaffMember().Only(system)
		if ent.IsNotFound(err) {
			refused = fault.New(fault.NotFound, "error.notFound")
			return nil
		}
		if err != nil {
			return err
		}
		facts := map[string]string{"token": found.Name, "staff": found.Edges.StaffMember.Name}
		if found.StaffID != v.PersonID && !v.Owner {
			refused = fault.New(fault.NotFound, "error.notFound")
			return recordToken(ctx, tx, audit.APITokenRevoked, found.StaffID, id, facts, refused, nil)
		}
		ended = found
		n, err := tx.APIToken.Update().Where(apitoken.BusinessID(v.BusinessID), apitoken.ID(id), apitoken.RevokedAtIsNil()).
			SetRevokedAt(tx.Now).Save(system)
		if err != nil || n == 0 {
			return err
		}
		found.RevokedAt = &tx.Now
		return recordToken(ctx, tx, audit.APITokenRevoked, found.StaffID, id, facts, nil, nil)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// APITokens returns the tokens that the viewer may see, with whom they act for: the own ones, and with everybody's
// those of the whole business, which only owners get; for others it is Forbidden. The ids narrow it down.
func (s *Service) APITokens(ctx context.Context, everybody bool, ids ...ident.ID) (context.Context, *ent.APITokenQuery, error) {
	v := viewer.From(ctx)
	if v.Kind != viewer.StaffMember || everybody && !v.Owner {
		return ctx, nil, fault.New(fault.Forbidden, "graph.forbidden")
	}
	q := s.store.Client.APIToken.Query().Where(apitoken.BusinessID(v.BusinessID)).WithStaffMember()
	if !everybody {
		q.Where(apitoken.StaffID(v.PersonID))
	}
	if len(ids) > 0 {
		q.Where(apitoken.IDIn(ids...))
	}
	return viewer.AsSystem(ctx, v.BusinessID, "API tokens are kept by Office Portal itself"), q, nil
}

// APITokenState is whether a token works. The API's enum has the same names.
type APITokenState string

// The states of an API token.
const (
	TokenActive  APITokenState = "ACTIVE"
	TokenExpired APITokenState = "EXPIRED"
	TokenRevoked APITokenState = "REVOKED"
	TokenEnded   APITokenState = "ENDED"
)

// StateOf returns the state of a token that was read with its staff member.
func (s *Service) StateOf(t *ent.APIToken) APITokenState {
	m := t.Edges.StaffMember
	switch {
	case t.RevokedAt != nil:
		return TokenRevoked
	case !t.ExpiresAt.After(s.store.Now()):
		return TokenExpired
	case m == nil || !m.Active || m.CredEpoch != t.CredEpoch:
		return TokenEnded
	default:
		return TokenActive
	}
}

// inPerson returns the viewer when it is a staff member with a session. A program with a token must not make
// another token that outlives it, nor end those that others made.
func inPerson(ctx context.Context) (viewer.Viewer, error) {
	v := viewer.From(ctx)
	if v.Kind != viewer.StaffMember || v.SessionID.IsZero() || !v.APITokenID.IsZero() {
		return v, fault.New(fault.Forbidden, "graph.session")
	}
	return v, nil
}

// provedRecently reports whether the person of the session signed in or proved to be there within ProofLife.
func provedRecently(system context.Context, tx *store.Tx, v viewer.Viewer) (bool, error) {
	s, err := tx.Session.Query().Where(session.BusinessID(v.BusinessID), session.ID(v.SessionID), session.EndedAtIsNil()).Only(system)
	if ent.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	at := s.CreatedAt
	if s.ProvedAt != nil {
		at = *s.ProvedAt
	}
	return tx.Now.Sub(at) < ProofLife, nil
}

func recordToken(ctx context.Context, tx *store.Tx, action audit.Action, staff, id ident.ID, facts map[string]string, refused error, details []schematype.Detail) error {
	e := audit.Entry{Action: action, SubjectType: audit.SubjectAPIToken, Subject: id, Facts: facts, Details: details}
	if id.IsZero() {
		e.SubjectType, e.Subject = audit.SubjectStaff, staff
	}
	if f := fault.As(refused); f != nil {
		e.Outcome = schematype.WasRefused
		e.Facts["reason"] = string(f.Fields[0].Code)
		if f.Fields[0].Text == "error.tokenBeyond" {
			e.Facts["reason"] = "NO_PERMISSION"
		}
	}
	_, err := audit.Record(ctx, tx, e)
	return err
}

func joined(permissions []viewer.Permission) string {
	out := make([]string, len(permissions))
	for i, p := range permissions {
		out[i] = string(p)
	}
	return strings.Join(out, ", ")
}

// businessOf reads what rules and texts need of the business of a token.
func (s *Service) businessOf(system context.Context, id ident.ID) (viewer.Business, error) {
	b, err := s.store.Client.Business.Query().Where(business.ID(id)).Only(system)
	if err != nil {
		return viewer.Business{}, err
	}
	return Facts(b), nil
}
