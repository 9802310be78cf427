package staff

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/staffmember"
	"officeportal/ent/stafftoken"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/link"
	"officeportal/internal/message"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// inviteLimits keep a stolen session from mailing the world.
func inviteLimits(v viewer.Viewer) []ratelimit.Limit {
	return []ratelimit.Limit{{Name: "staff-invite", Subject: []string{v.PersonID.String()}, Burst: 20, Every: 3 * time.Minute}}
}

// Invite makes a staff member without a password and queues the link by which that person chooses one. It
// refuses with Required and Invalid for the input, AlreadyTaken, NotYoursToGrant, ReauthenticationRequired and
// LimitReached.
func (s *Service) Invite(ctx context.Context, in InviteInput) (*ent.StaffMember, error) {
	v, err := manager(ctx)
	if err != nil {
		return nil, err
	}
	m, err := s.invite(ctx, v, in)
	if err != nil {
		return nil, s.refused(ctx, audit.StaffInvited, nil, err)
	}
	s.Nudge()
	return m, nil
}

func (s *Service) invite(ctx context.Context, v viewer.Viewer, in InviteInput) (*ent.StaffMember, error) {
	name, wrong := named(in.Name)
	email, err := contact.ParseEmail(in.Email)
	if errors.Is(err, contact.ErrEmailEmpty) {
		wrong = append(wrong, fault.At(fault.Required, "email", "error.required"))
	} else if err != nil {
		wrong = append(wrong, fault.At(fault.Invalid, "email", "error.emailInvalid"))
	}
	permissions, known := sorted(in.Permissions)
	if !known {
		wrong = append(wrong, fault.At(fault.Invalid, "permissions", "error.required"))
	}
	wrong = append(wrong, mayGrant(v, permissions, in.Owner)...)
	if err := fault.Refuse(wrong...); err != nil {
		return nil, err
	}
	if err := identity.RequireProof(ctx, s.Store.Now()); err != nil {
		return nil, err
	}
	var made *ent.StaffMember
	id := ident.New()
	err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		free, err := identity.EmailIsFree(ctx, s.Store, tx, s.Ring, email)
		if err != nil {
			return err
		}
		if err := s.Limiter.SpendTx(ctx, tx, inviteLimits(v)...); err != nil {
			return err
		}
		if !free {
			return fault.Refuse(fault.At(fault.AlreadyTaken, "email", "staff.emailTaken"))
		}
		made, err = tx.StaffMember.Create().SetID(id).SetBusinessID(v.BusinessID).SetName(name).SetEmail(email.Address).
			SetEmailKey(email.Key(s.Ring)).SetPermissions(permissions).SetOwner(in.Owner).
			SetLocale(v.Business.Locale).SetInvitedAt(tx.Now).SetCreatedAt(tx.Now).SetUpdatedAt(tx.Now).Save(ctx)
		if store.IsUniqueViolation(err) {
			return fault.Refuse(fault.At(fault.AlreadyTaken, "email", "staff.emailTaken"))
		}
		if err != nil {
			return err
		}
		if err := s.issue(ctx, tx, made, schematype.ForStaffInvite, &v.PersonID); err != nil {
			return err
		}
		_, err = audit.Record(ctx, tx, audit.Entry{Action: audit.StaffInvited, SubjectType: audit.SubjectStaff, Subject: made.ID,
			Channel: schematype.Email, Facts: map[string]string{"staff": made.Name},
			Details: []schematype.Detail{{Key: "destination", After: made.Email}, {Key: "permissions", After: rights(permissions, in.Owner)}}})
		return err
	})
	if err != nil {
		return nil, limited(err)
	}
	return made.Unwrap(), nil
}

// Reinvite sends a new link to somebody who was invited and has not chosen a password; earlier links die. It
// refuses with NotFound, LimitReached, and Invalid when there is a password already or the member is inactive.
func (s *Service) Reinvite(ctx context.Context, id ident.ID) (*ent.StaffMember, error) {
	v, err := manager(ctx)
	if err != nil {
		return nil, err
	}
	var m *ent.StaffMember
	err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.Limiter.SpendTx(ctx, tx, inviteLimits(v)...); err != nil {
			return err
		}
		n, err := tx.StaffMember.Update().
			Where(staffmember.BusinessID(v.BusinessID), staffmember.ID(id), staffmember.Active(true), staffmember.PasswordHash("")).
			SetInvitedAt(tx.Now).Save(ctx)
		if err != nil {
			return err
		}
		if m, err = one(ctx, tx.StaffMember, v.BusinessID, id); ent.IsNotFound(err) {
			m = nil
			return notFound("staffId")
		} else if err != nil {
			return err
		}
		m = m.Unwrap()
		if n != 1 {
			return fault.Refuse(fault.At(fault.Invalid, "staffId", "staff.notPending"))
		}
		if err := s.issue(ctx, tx, m, schematype.ForStaffInvite, &v.PersonID); err != nil {
			return err
		}
		_, err = audit.Record(ctx, tx, audit.Entry{Action: audit.StaffInvited, SubjectType: audit.SubjectStaff, Subject: m.ID,
			Channel: schematype.Email, Facts: map[string]string{"staff": m.Name, "again": "yes"},
			Details: []schematype.Detail{{Key: "destination", After: m.Email}}})
		return err
	})
	if err != nil {
		return nil, s.refused(ctx, audit.StaffInvited, m, limited(err))
	}
	s.Nudge()
	return m, nil
}

func limited(err error) error {
	if errors.Is(err, ratelimit.ErrLimited) {
		return fault.New(fault.LimitReached, "error.tooManyAttempts")
	}
	return err
}

// issue makes one link and its message; links made before die. It runs in the caller's transaction.
func (s *Service) issue(ctx context.Context, tx *store.Tx, m *ent.StaffMember, purpose schematype.TokenPurpose, by *ident.ID) error {
	asker := viewer.From(ctx)
	ctx = system(ctx, m.BusinessID)
	if err := s.Limiter.SpendTx(ctx, tx, ratelimit.InOrder("staff-links", m.ID.String())); err != nil {
		return err
	}
	if err := tx.StaffToken.Update().
		Where(stafftoken.BusinessID(m.BusinessID), stafftoken.StaffID(m.ID), stafftoken.RedeemedAtIsNil(),
			stafftoken.SupersededAtIsNil(), stafftoken.RevokedAtIsNil()).
		SetSupersededAt(tx.Now).Exec(ctx); err != nil {
		return err
	}
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce)
	row := &ent.StaffToken{ID: ident.New(), BusinessID: m.BusinessID, StaffID: m.ID, Purpose: purpose, Nonce: nonce,
		Kid: s.Ring.Newest(), CredEpoch: m.CredEpoch}
	secret, err := secretOf(s.Ring, row)
	if err != nil {
		return err
	}
	if err := tx.StaffToken.Create().SetID(row.ID).SetBusinessID(m.BusinessID).SetStaffID(m.ID).SetPurpose(purpose).
		SetNonce(nonce).SetKid(row.Kid).SetCredEpoch(m.CredEpoch).SetLookup(link.Lookup(secret)).
		SetNillableRequestedBy(by).SetDestination(m.Email).SetCreatedAt(tx.Now).Exec(ctx); err != nil {
		return err
	}
	kind, params := schematype.StaffReset, map[string]string{}
	if purpose == schematype.ForStaffInvite {
		kind = schematype.StaffInvited
		params["startedBy"] = asker.Name
	}
	return message.Enqueue(ctx, tx, message.Draft{Business: m.BusinessID, Staff: m.ID, StaffToken: row.ID, Kind: kind,
		Channel: schematype.Email, Destination: m.Email, Locale: m.Locale, Params: params})
}
