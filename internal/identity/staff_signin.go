package identity

import (
	"context"
	"time"

	"officeportal/ent"
	"officeportal/ent/passkey"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/session"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// PendingSession is how long the password alone is remembered while the second factor is to come.
const PendingSession = 10 * time.Minute

// waitsForSecondFactor reports whether the right password is not enough: a second factor is set up, or the
// business asks for one that has to be set up first.
func (s *Service) waitsForSecondFactor(ctx context.Context, p *person) (bool, error) {
	if p.viewer.Kind != viewer.StaffMember {
		return false, nil
	}
	if p.viewer.Business.SecondFactorRequired {
		return true, nil
	}
	ctx = store.WithFresh(viewer.AsSystem(ctx, p.viewer.BusinessID, "the person who signs in is not signed in yet"))
	totp, err := s.store.Client.StaffMember.Query().
		Where(staffmember.BusinessID(p.viewer.BusinessID), staffmember.ID(p.viewer.PersonID), staffmember.TotpConfirmedAtNotNil()).Exist(ctx)
	if err != nil || totp {
		return totp, err
	}
	return s.store.Client.Passkey.Query().
		Where(passkey.BusinessID(p.viewer.BusinessID), passkey.StaffID(p.viewer.PersonID)).Exist(ctx)
}

func recordPending(ctx context.Context, tx *store.Tx, v viewer.Viewer) error {
	_, err := audit.Record(ctx, tx, audit.Entry{Action: audit.SignIn, Business: v.BusinessID,
		Actor:       &audit.Actor{Kind: schematype.ActorStaff, ID: v.PersonID, Name: v.Name},
		SubjectType: audit.SubjectStaff, Subject: v.PersonID, Facts: map[string]string{"staff": v.Name, "step": "PENDING"}})
	return err
}

// NewToken returns a token for a session's cookie and the hash that its row keeps.
func NewToken() (token string, hash []byte) { return newToken() }

// Continue turns a session that waited for the second factor into a full one, in the caller's transaction as
// System. The row and its token are new ones: what was known of the half session must be worth nothing (OWASP
// ASVS 5.0, 7.2.4). It returns false when the half session is over, or was continued by somebody faster.
func Continue(ctx context.Context, tx *store.Tx, half *ent.Session, id ident.ID, tokenHash []byte, bySecondFactor bool) (bool, error) {
	n, err := tx.Session.Update().
		Where(session.BusinessID(half.BusinessID), session.ID(half.ID), session.Pending(true), session.EndedAtIsNil(), session.ExpiresAtGT(tx.Now)).
		SetEndedAt(tx.Now).Save(ctx)
	if err != nil || n != 1 {
		return false, err
	}
	r := viewer.RequestFrom(ctx)
	create := tx.Session.Create().SetID(id).SetSeenAt(tx.Now).SetBusinessID(half.BusinessID).SetPersonKind(half.PersonKind).SetPersonID(half.PersonID).
		SetTokenHash(tokenHash).SetCredEpoch(half.CredEpoch).SetIPAddress(r.Address).SetAgent(audit.Clean(r.Agent, 300)).
		SetExpiresAt(tx.Now.Add(StaffSession)).SetCreatedAt(tx.Now).SetProvedAt(tx.Now)
	if bySecondFactor {
		create.SetSecondFactorAt(tx.Now)
	}
	return true, create.Exec(ctx)
}
