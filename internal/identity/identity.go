// Package identity knows who people are: signing in, sessions, staff members. How a guardian's password
// is set is not here: that needs a link.
package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/session"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// How long a session lasts without signing in again: a working day at a shared desk for staff, two weeks
// on a parent's own phone.
const (
	StaffSession    = 12 * time.Hour
	GuardianSession = 14 * 24 * time.Hour
)

// Service signs people in and out and says who a session belongs to.
type Service struct {
	store   *store.Store
	ring    *keyring.Ring
	limiter *ratelimit.Limiter
}

// New returns a service.
func New(s *store.Store, ring *keyring.Ring, limiter *ratelimit.Limiter) *Service {
	return &Service{store: s, ring: ring, limiter: limiter}
}

// ErrNoSession says that a session does not exist, is over, or was ended by a change of its person.
var ErrNoSession = errors.New("identity: no such session")

func newToken() (token string, hash []byte) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, hashToken(token)
}

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// One statement answers who asks, with the business, on every request. A session counts only while its
// epoch equals its person's: one number ends all of them, on every node.
const authenticateStaff = `SELECT s.id, s.seen_at, p.id, p.name, p.locale, p.permissions, p.owner, s.pending, s.proved_at, ` + businessColumns + `
FROM sessions s
JOIN staff_members p ON p.id = s.person_id AND p.business_id = s.business_id
JOIN businesses b ON b.id = s.business_id
WHERE s.token_hash = ? AND s.person_kind = 'STAFF' AND s.ended_at IS NULL AND s.expires_at > ?
AND p.active AND p.cred_epoch = s.cred_epoch`

const authenticateGuardian = `SELECT s.id, s.seen_at, p.id, p.name, p.locale, p.family_id, ` + businessColumns + `
FROM sessions s
JOIN guardians p ON p.id = s.person_id AND p.business_id = s.business_id
JOIN businesses b ON b.id = s.business_id
WHERE s.token_hash = ? AND s.person_kind = 'GUARDIAN' AND s.ended_at IS NULL AND s.expires_at > ?
AND p.can_log_in AND NOT p.archived AND NOT p.family_archived AND p.cred_epoch = s.cred_epoch`

const businessColumns = `b.id, b.name, b.slug, b.time_zone, b.country, b.phone, b.locale, b.password_min_length, b.sms_link_minutes, b.sms_dial_codes, b.sms_day_cap, b.sms_paused_at, b.second_staff_for_changed_contact,
	b.second_factor_required, b.checkpoint_mail, b.office_email, b.accent, b.version`

// Authenticate returns the viewer of a session's token, or ErrNoSession. It reads the last committed state
// also on a cluster, where a session ended on one node is otherwise still good on another for a moment.
func (s *Service) Authenticate(ctx context.Context, token string, guardian bool) (viewer.Viewer, error) {
	query := authenticateStaff
	if guardian {
		query = authenticateGuardian
	}
	rows, err := s.store.Driver.QueryContext(store.WithFresh(ctx), query, hashToken(token), s.store.Now())
	if err != nil {
		return viewer.Viewer{}, fmt.Errorf("identity: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return viewer.Viewer{}, fmt.Errorf("identity: %w", err)
		}
		return viewer.Viewer{}, ErrNoSession
	}
	v, seenAt, err := scanViewer(rows, guardian)
	if err != nil {
		return viewer.Viewer{}, fmt.Errorf("identity: %w", err)
	}
	_ = rows.Close() // before another statement: SQLite has one connection
	s.seen(ctx, v.SessionID, seenAt)
	return v, nil
}

func scanViewer(rows *sql.Rows, guardian bool) (v viewer.Viewer, seenAt time.Time, err error) {
	var permissions []byte
	var pending bool
	var seen, proved sql.NullTime
	columns := []any{&v.SessionID, &seen, &v.PersonID, &v.Name, &v.Locale}
	if guardian {
		v.Kind = viewer.Guardian
		columns = append(columns, &v.FamilyID)
	} else {
		v.Kind = viewer.StaffMember
		columns = append(columns, &permissions, &v.Owner, &pending, &proved)
	}
	b := &v.Business
	var paused sql.NullTime
	columns = append(columns, &v.BusinessID, &b.Name, &b.Slug, &b.TimeZone, &b.Country, &b.Phone, &b.Locale,
		&b.PasswordMinLength, &b.SMSLinkMinutes, &b.SMSDialCodes, &b.SMSDayCap, &paused, &b.SecondStaffForChangedContact,
		&b.SecondFactorRequired, &b.CheckpointMail, &b.OfficeEmail, &b.Accent, &b.Version)
	if err := rows.Scan(columns...); err != nil {
		return viewer.Viewer{}, time.Time{}, err
	}
	b.SMSPausedAt = paused.Time
	if permissions != nil {
		if err := json.Unmarshal(permissions, &v.Granted); err != nil {
			return viewer.Viewer{}, time.Time{}, err
		}
	}
	if pending { // whoever this is has not proved it yet
		return viewer.Viewer{Pending: v.SessionID, Locale: v.Locale}, seen.Time, nil
	}
	v.ProvedAt = proved.Time
	return v, seen.Time, nil
}

// Facts returns what rules and texts need of a business.
func Facts(b *ent.Business) viewer.Business {
	paused := time.Time{}
	if b.SmsPausedAt != nil {
		paused = *b.SmsPausedAt
	}
	return viewer.Business{SMSDialCodes: b.SmsDialCodes, SMSDayCap: b.SmsDayCap, SMSPausedAt: paused, Name: b.Name, Slug: b.Slug, TimeZone: b.TimeZone, Country: b.Country, Phone: b.Phone, Locale: b.Locale,
		PasswordMinLength: b.PasswordMinLength, SMSLinkMinutes: b.SmsLinkMinutes, SecondStaffForChangedContact: b.SecondStaffForChangedContact,
		SecondFactorRequired: b.SecondFactorRequired, CheckpointMail: b.CheckpointMail, OfficeEmail: b.OfficeEmail, Accent: b.Accent, Version: b.Version}
}

// PortalBusiness returns what a Customer Portal shows before anybody signs in; nil when there is no such
// business. Anybody may call it.
func (s *Service) PortalBusiness(ctx context.Context, slug string) (*viewer.Business, error) {
	if !contact.IsSlug(slug) {
		return nil, nil
	}
	ctx = viewer.AsSystem(ctx, ident.ID{}, "the name and phone of a business are public on its portal")
	b, err := s.store.Client.Business.Query().Where(business.Slug(slug)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	facts := Facts(b)
	return &facts, nil
}

// SignOut ends the viewer's session. Whoever is signed in may call it.
func (s *Service) SignOut(ctx context.Context) error {
	v := viewer.From(ctx)
	if v.SessionID.IsZero() {
		return fault.New(fault.Unauthenticated, "error.notFound")
	}
	return s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		system := viewer.AsSystem(ctx, v.BusinessID, "sessions are kept by Office Portal itself")
		n, err := tx.Session.Update().
			Where(session.BusinessID(v.BusinessID), session.ID(v.SessionID), session.EndedAtIsNil()).
			SetEndedAt(tx.Now).Save(system)
		if err != nil || n == 0 {
			return err
		}
		return record(ctx, tx, audit.SignOut, schematype.Succeeded, v, "")
	})
}

func record(ctx context.Context, tx *store.Tx, action audit.Action, outcome schematype.Outcome, v viewer.Viewer, reason string) error {
	e := audit.Entry{Action: action, Outcome: outcome, Business: v.BusinessID, Facts: map[string]string{}}
	switch v.Kind {
	case viewer.StaffMember:
		e.SubjectType, e.Subject = audit.SubjectStaff, v.PersonID
		e.Facts["staff"] = v.Name
	case viewer.Guardian:
		e.SubjectType, e.Subject, e.Guardian, e.Family = audit.SubjectGuardian, v.PersonID, v.PersonID, v.FamilyID
		e.Facts["guardian"] = v.Name
	}
	if reason != "" {
		e.Facts["reason"] = reason
		e.Actor = audit.Anonymous()
	} else if v.Kind == viewer.StaffMember {
		e.Actor = &audit.Actor{Kind: schematype.ActorStaff, ID: v.PersonID, Name: v.Name}
	} else if v.Kind == viewer.Guardian {
		e.Actor = audit.Guardian(v.PersonID, v.Name)
	}
	_, err := audit.Record(ctx, tx, e)
	return err
}

// Sweep deletes sessions that ended or expired more than a day ago, at most limit of them. For the janitor, as System.
func (s *Service) Sweep(ctx context.Context, limit int) error {
	ids, err := s.store.Client.Session.Query().Where(session.ExpiresAtLT(s.store.Now().Add(-24 * time.Hour))).Limit(limit).IDs(ctx)
	if err != nil || len(ids) == 0 {
		return err
	}
	_, err = s.store.Client.Session.Delete().Where(session.IDIn(ids...)).Exec(ctx)
	return err
}
