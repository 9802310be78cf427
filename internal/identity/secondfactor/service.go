// Package secondfactor is what a staff member proves beside the password: codes of an authenticator app, passkeys,
// and recovery codes for who has lost both. It completes sign-ins, confirms who is at the desk, and sets factors
// up and away.
package secondfactor

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"officeportal/ent"
	"officeportal/ent/passkey"
	"officeportal/ent/recoverycode"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/session"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/keyring"
	"officeportal/internal/message"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// MaxFailures is how many wrong codes in a row lock the codes of an authenticator app: a million possible ones, of
// which three are right at a time, need a bound (OWASP ASVS 5.0, 6.6.3).
const MaxFailures = 10

// Config is what a Service needs.
type Config struct {
	Store   *store.Store
	Ring    *keyring.Ring
	Limiter *ratelimit.Limiter
	// Nudge wakes the outbox worker after a commit.
	Nudge func()
	// PublicURL is the origin that passkeys are bound to.
	PublicURL string
}

// Service proves and changes second factors. Its methods are for staff members, about themselves, and refuse
// everybody else with the fault Unauthenticated.
type Service struct {
	Config
	web *webauthn.WebAuthn // nil where passkeys can't be had
}

// New returns a service, or an error when the public URL is none. Where its host is an IP address everything but
// passkeys works: they are bound to a domain (WebAuthn Level 3, §5.1.2).
func New(c Config) (*Service, error) {
	u, err := url.Parse(c.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("secondfactor: %w", err)
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return &Service{c, nil}, nil
	}
	web, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "Office Portal", RPOrigins: []string{strings.TrimRight(c.PublicURL, "/")},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementDiscouraged, UserVerification: protocol.VerificationPreferred,
		},
		AttestationPreference: protocol.PreferNoAttestation,
	})
	if err != nil {
		return nil, fmt.Errorf("secondfactor: %w", err)
	}
	return &Service{c, web}, nil
}

// State is what a staff member has, and what is still to be done.
type State struct {
	TOTP      bool
	Passkeys  []*ent.Passkey
	CodesLeft int
	// Locked says that codes of the app are refused until a recovery code was used or an owner reset it.
	Locked bool
	// Required says that the business asks every staff member for a second factor.
	Required bool
	// Pending says that the password alone was given so far.
	Pending bool
	// Proved says that sensitive changes are allowed now.
	Proved bool
}

// Any reports whether a second factor is set up.
func (s State) Any() bool { return s.TOTP || len(s.Passkeys) > 0 }

// self is whoever asks: the session with its staff member, as they are now.
type self struct {
	session  *ent.Session
	staff    *ent.StaffMember
	business *ent.Business
	passkeys []*ent.Passkey
}

func (m *self) any() bool { return m.staff.TotpConfirmedAt != nil || len(m.passkeys) > 0 }

func unauthenticated() error { return fault.New(fault.Unauthenticated, "graph.unauthenticated") }

// whoAsks reads the session, full or half, that the viewer comes with.
func (s *Service) whoAsks(ctx context.Context) (*self, context.Context, error) {
	v := viewer.From(ctx)
	id, half := v.SessionID, false
	if !v.Pending.IsZero() {
		id, half = v.Pending, true
	} else if v.Kind != viewer.StaffMember {
		return nil, ctx, unauthenticated()
	}
	if id.IsZero() {
		return nil, ctx, unauthenticated()
	}
	system := store.WithFresh(viewer.AsSystem(ctx, v.BusinessID, "sessions and second factors are seen by nobody"))
	row, err := s.Store.Client.Session.Query().
		Where(session.ID(id), session.Pending(half), session.EndedAtIsNil(), session.ExpiresAtGT(s.Store.Now()), session.PersonKindEQ(schematype.ActorStaff)).
		Only(system)
	if ent.IsNotFound(err) {
		return nil, ctx, unauthenticated()
	}
	if err != nil {
		return nil, ctx, err
	}
	system = store.WithFresh(viewer.AsSystem(ctx, row.BusinessID, "sessions and second factors are seen by nobody"))
	m, err := s.Store.Client.StaffMember.Query().
		Where(staffmember.BusinessID(row.BusinessID), staffmember.ID(row.PersonID), staffmember.Active(true), staffmember.CredEpoch(row.CredEpoch)).
		WithBusiness().Only(system)
	if ent.IsNotFound(err) {
		return nil, ctx, unauthenticated()
	}
	if err != nil {
		return nil, ctx, err
	}
	keys, err := s.Store.Client.Passkey.Query().Where(passkey.BusinessID(m.BusinessID), passkey.StaffID(m.ID)).
		Order(ent.Asc(passkey.FieldID)).All(system)
	if err != nil {
		return nil, ctx, err
	}
	return &self{row, m, m.Edges.Business, keys}, system, nil
}

// settingUp is whoAsks for changes of one's own second factor: with a recent proof, or right after the password
// where the business asks for a factor that is not there yet.
func (s *Service) settingUp(ctx context.Context) (*self, context.Context, error) {
	m, system, err := s.whoAsks(ctx)
	if err != nil {
		return nil, ctx, err
	}
	if m.session.Pending {
		if m.any() { // it has to be proved, not replaced
			return nil, ctx, unauthenticated()
		}
		return m, system, nil
	}
	if err := identity.RequireProof(ctx, s.Store.Now()); err != nil {
		return nil, ctx, s.refused(system, m, audit.SecondFactorChanged, err)
	}
	return m, system, nil
}

// State returns what whoever asks has set up; nil for everybody who is no staff member with a session.
func (s *Service) State(ctx context.Context) (*State, error) {
	m, system, err := s.whoAsks(ctx)
	if fault.Is(err, fault.Unauthenticated) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	left, err := s.Store.Client.RecoveryCode.Query().
		Where(recoverycode.BusinessID(m.staff.BusinessID), recoverycode.StaffID(m.staff.ID), recoverycode.UsedAtIsNil()).Count(system)
	if err != nil {
		return nil, err
	}
	return &State{
		TOTP: m.staff.TotpConfirmedAt != nil, Passkeys: m.passkeys, CodesLeft: left, Locked: m.staff.SecondFailures >= MaxFailures,
		Required: m.business.SecondFactorRequired, Pending: m.session.Pending, Proved: identity.Proved(ctx, s.Store.Now()),
	}, nil
}

func (m *self) actor() *audit.Actor {
	return &audit.Actor{Kind: schematype.ActorStaff, ID: m.staff.ID, Name: m.staff.Name}
}

// record writes what the staff member did with the own second factor.
func (m *self) record(ctx context.Context, tx *store.Tx, action audit.Action, outcome schematype.Outcome, facts map[string]string) error {
	if facts == nil {
		facts = map[string]string{}
	}
	facts["staff"] = m.staff.Name
	_, err := audit.Record(ctx, tx, audit.Entry{Action: action, Outcome: outcome, Business: m.staff.BusinessID, Actor: m.actor(),
		SubjectType: audit.SubjectStaff, Subject: m.staff.ID, Facts: facts})
	return err
}

func (s *Service) refused(system context.Context, m *self, action audit.Action, refusal error) error {
	f := fault.As(refusal)
	if f == nil || len(f.Fields) == 0 {
		return refusal
	}
	why := string(f.Fields[0].Code)
	if path := f.Fields[0].Path; f.Fields[0].Code == fault.BadCredentials && len(path) > 1 && path[1] != "password" {
		why = "wrong code"
	}
	err := s.Store.WithTx(system, func(ctx context.Context, tx *store.Tx) error {
		return m.record(ctx, tx, action, schematype.WasRefused, map[string]string{"reason": why})
	})
	if err != nil {
		return err
	}
	return refusal
}

// changed records a change of the own second factor and tells the staff member by mail.
func (m *self) changed(ctx context.Context, tx *store.Tx, change string) error {
	if err := m.record(ctx, tx, audit.SecondFactorChanged, schematype.Succeeded, map[string]string{"change": change}); err != nil {
		return err
	}
	return tell(ctx, tx, m.staff, change)
}

func tell(ctx context.Context, tx *store.Tx, m *ent.StaffMember, change string) error {
	return message.Enqueue(ctx, tx, message.Draft{Business: m.BusinessID, Staff: m.ID, Kind: schematype.StaffSecondFactor,
		Channel: schematype.Email, Destination: m.Email, Locale: m.Locale, Params: map[string]string{"change": strings.ToLower(change)}})
}

// still holds while the staff member is who the session says: active, and with the same credentials.
func (m *self) still(tx *store.Tx) *ent.StaffMemberUpdate {
	return tx.StaffMember.Update().Where(staffmember.BusinessID(m.staff.BusinessID), staffmember.ID(m.staff.ID),
		staffmember.CredEpoch(m.session.CredEpoch), staffmember.Active(true))
}

// finishSetup ends a sign-in that waited for the set-up, and every other session of the staff member: they began
// with the password alone. It returns the session that goes on.
func (m *self) finishSetup(ctx context.Context, tx *store.Tx, next nextSession, first bool) (continued bool, err error) {
	if m.session.Pending {
		if continued, err = identity.Continue(ctx, tx, m.session, next.id, next.hash, true); err == nil && !continued {
			err = unauthenticated()
		}
		if err != nil {
			return false, err
		}
		if err := m.record(ctx, tx, audit.SignIn, schematype.Succeeded, nil); err != nil {
			return false, err
		}
	}
	if !first {
		return continued, nil
	}
	return continued, tx.Session.Update().
		Where(session.BusinessID(m.staff.BusinessID), session.PersonID(m.staff.ID), session.IDNotIn(m.session.ID, next.id), session.EndedAtIsNil()).
		SetEndedAt(tx.Now).Exec(ctx)
}

// nextSession is a session that may begin; made before the transaction, which may run twice.
type nextSession struct {
	id    ident.ID
	token string
	hash  []byte
}

func newSession() nextSession {
	token, hash := identity.NewToken()
	return nextSession{ident.New(), token, hash}
}

// signedIn is the session as its cookie and its screens need it.
func (m *self) signedIn(next nextSession, now time.Time) *identity.SignedIn {
	return &identity.SignedIn{Token: next.token, ExpiresAt: now.Add(identity.StaffSession), Viewer: viewer.Viewer{
		Kind: viewer.StaffMember, BusinessID: m.staff.BusinessID, Business: identity.Facts(m.business), PersonID: m.staff.ID, Name: m.staff.Name,
		Locale: m.staff.Locale, Granted: m.staff.Permissions, Owner: m.staff.Owner, SessionID: next.id, ProvedAt: now}}
}
