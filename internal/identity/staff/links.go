package staff

import (
	"context"
	"errors"
	"time"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/staffmember"
	"officeportal/ent/stafftoken"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/identity/password"
	"officeportal/internal/keyring"
	"officeportal/internal/link"
	"officeportal/internal/message"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// secretOf derives the secret of a staff member's link from its row. The key is another one than that of
// guardians' links, and the purpose is hashed too: no link works where another kind is expected, whatever
// somebody writes into the database.
func secretOf(ring *keyring.Ring, t *ent.StaffToken) (string, error) {
	return link.Secret(ring, t.Kid, "staff-link/v1",
		t.ID[:], t.Nonce, t.BusinessID[:], t.StaffID[:], []byte(t.Purpose), link.Number(t.CredEpoch))
}

func lifeOf(purpose schematype.TokenPurpose) time.Duration {
	if purpose == schematype.ForStaffInvite {
		return InvitationLife
	}
	return ResetLife
}

func stateOf(t *ent.StaffToken, m *ent.StaffMember, now time.Time) link.State {
	switch {
	case t.RedeemedAt != nil:
		return link.Used
	case t.SupersededAt != nil:
		return link.Superseded
	case t.RevokedAt != nil, t.CredEpoch != m.CredEpoch, !m.Active:
		return link.Revoked
	case t.ExpiresAt != nil && !now.Before(*t.ExpiresAt):
		return link.Expired
	default:
		return link.Active
	}
}

// held is a link that was presented and is genuine, with everything about it.
type held struct {
	token    *ent.StaffToken
	staff    *ent.StaffMember
	business *ent.Business
}

// find looks a presented secret up. It returns nil for whatever is not a link of a staff member.
func (s *Service) find(ctx context.Context, presented string) (*held, error) {
	secret, ok := link.Tidy(presented)
	if !ok {
		return nil, nil
	}
	ctx = store.WithFresh(viewer.AsSystem(ctx, ident.ID{}, "the holder of a link is not signed in; the link decides what is read"))
	t, err := s.Store.Client.StaffToken.Query().Where(stafftoken.Lookup(link.Lookup(secret))).WithStaffMember().Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	want, err := secretOf(s.Ring, t)
	if err != nil || !link.Same(want, secret) { // a row somebody wrote into the database without the key
		return nil, nil
	}
	b, err := s.Store.Client.Business.Query().Where(business.ID(t.BusinessID)).Only(ctx)
	if err != nil {
		return nil, err
	}
	return &held{t, t.Edges.StaffMember, b}, nil
}

// LinkState says what a link is worth; ok is false when it is no staff member's. Anybody may call it; it uses
// nothing up, because mail scanners open links too.
func (s *Service) LinkState(ctx context.Context, presented string) (l link.Link, ok bool, err error) {
	h, err := s.find(ctx, presented)
	if err != nil || h == nil {
		return link.Link{State: link.Unknown}, false, err
	}
	l, err = s.linkOf(ctx, h)
	return l, true, err
}

func (s *Service) linkOf(ctx context.Context, h *held) (link.Link, error) {
	if h.token.FirstSentAt == nil || h.token.ExpiresAt == nil { // not sent yet: nobody can hold it rightly
		return link.Link{State: link.Unknown}, nil
	}
	l := link.Link{State: stateOf(h.token, h.staff, s.Store.Now()), Purpose: h.token.Purpose, Business: h.business,
		SentAt: *h.token.FirstSentAt, ExpiresAt: *h.token.ExpiresAt, MinLength: max(MinPassword, h.business.PasswordMinLength)}
	switch l.State {
	case link.Active:
		l.Username = h.staff.Email
	case link.Superseded:
		newer, err := s.Store.Client.StaffToken.Query().
			Where(stafftoken.BusinessID(h.business.ID), stafftoken.StaffID(h.staff.ID), stafftoken.IDGT(h.token.ID), stafftoken.FirstSentAtNotNil()).
			Order(ent.Desc(stafftoken.FieldID)).First(system(ctx, h.business.ID))
		if err == nil {
			l.NewerSentAt = *newer.FirstSentAt
		} else if !ent.IsNotFound(err) {
			return link.Link{}, err
		}
	}
	return l, nil
}

// errLost ends the transaction of whoever comes second.
var errLost = errors.New("staff: the link was used up meanwhile")

// Redeem sets the staff member's password and uses the link up; every session and API token of the staff member
// ends. It does not sign in, and a second factor stays as it is. Anybody who holds the link may call it; ok is
// false when the link is no staff member's, and then nothing was done. It refuses with LimitReached, LinkUnusable
// (with the Link), TooShort and TooCommon.
func (s *Service) Redeem(ctx context.Context, in RedeemInput) (email string, ok bool, err error) {
	h, err := s.find(ctx, in.Token)
	if err != nil || h == nil {
		return "", false, err
	}
	email, err = s.redeem(ctx, h, in)
	return email, true, err
}

func (s *Service) redeem(ctx context.Context, h *held, in RedeemInput) (string, error) {
	allowed, _, err := s.Limiter.Allow(ctx,
		ratelimit.Limit{Name: "redeem-address", Subject: []string{viewer.RequestFrom(ctx).LimitAddress}, Burst: 10, Every: 6 * time.Second},
		ratelimit.Limit{Name: "redeem-token", Subject: []string{h.token.ID.String()}, Burst: 5, Every: 12 * time.Second})
	if err != nil {
		return "", err
	}
	if !allowed {
		return "", fault.New(fault.LimitReached, "error.tooManyAttempts")
	}
	l, err := s.linkOf(ctx, h)
	if err != nil {
		return "", err
	}
	if l.State != link.Active {
		return "", s.reject(ctx, h, l)
	}
	policy := password.Policy{MinLength: l.MinLength, Context: []string{h.business.Name, h.business.Slug, h.staff.Name, h.staff.Email}}
	if wrong := password.Faults("newPassword", password.Check(policy, in.NewPassword)); len(wrong) > 0 {
		if err := s.recordRejected(ctx, h, string(wrong[0].Code)); err != nil {
			return "", err
		}
		return "", fault.Refuse(wrong...)
	}
	hash, err := password.Hash(ctx, in.NewPassword)
	if err != nil {
		return "", err
	}
	err = s.useUp(ctx, h, hash)
	if errors.Is(err, errLost) {
		switch ours, findErr := s.byUs(ctx, h, hash); {
		case findErr != nil:
			return "", findErr
		case ours:
			err = nil
		}
	}
	if errors.Is(err, errLost) {
		if l.State, err = s.lostTo(ctx, h); err != nil {
			return "", err
		}
		l.Username = ""
		return "", s.reject(ctx, h, l)
	}
	if err != nil {
		return "", err
	}
	s.Nudge()
	return h.staff.Email, nil
}

// useUp is the one transaction that sets a password by link. Two conditional updates decide: the link is unused
// and alive, and the staff member's credentials are still those the link was made for. The link is its own operation
// key: when it is in doubt whether a commit was kept it runs again, and finds the link used up if it was.
func (s *Service) useUp(ctx context.Context, h *held, hash string) error {
	ctx = viewer.AsSystem(ctx, h.business.ID, "the holder of a genuine link chooses a password")
	return s.Store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.StaffToken.Update().
			Where(stafftoken.BusinessID(h.business.ID), stafftoken.ID(h.token.ID), stafftoken.RedeemedAtIsNil(), stafftoken.SupersededAtIsNil(),
				stafftoken.RevokedAtIsNil(), stafftoken.FirstSentAtNotNil(), stafftoken.ExpiresAtGT(tx.Now)).
			SetRedeemedAt(tx.Now).Save(ctx)
		if err != nil {
			return err
		}
		if n != 1 {
			return errLost
		}
		n, err = tx.StaffMember.Update().
			Where(staffmember.BusinessID(h.business.ID), staffmember.ID(h.staff.ID), staffmember.CredEpoch(h.token.CredEpoch), staffmember.Active(true)).
			SetPasswordHash(hash).SetPasswordSetAt(tx.Now).SetFailures(0).ClearPasswordDisabledAt().AddCredEpoch(1).Save(ctx)
		if err != nil {
			return err
		}
		if n != 1 {
			return errLost
		}
		if _, err := audit.Record(ctx, tx, audit.Entry{Action: audit.StaffPasswordSet, Business: h.business.ID, Actor: actor(h.staff),
			SubjectType: audit.SubjectStaff, Subject: h.staff.ID, Channel: schematype.Email,
			Facts: map[string]string{"staff": h.staff.Name, "purpose": string(h.token.Purpose)}}); err != nil {
			return err
		}
		return message.Enqueue(ctx, tx, message.Draft{Business: h.business.ID, Staff: h.staff.ID, Kind: schematype.StaffPasswordChanged,
			Channel: schematype.Email, Destination: h.staff.Email, Locale: h.staff.Locale})
	})
}

func actor(m *ent.StaffMember) *audit.Actor {
	return &audit.Actor{Kind: schematype.ActorStaff, ID: m.ID, Name: m.Name}
}

// byUs reports whether it was this request that used the link up, in a run whose answer was lost: the hash has a
// random salt, so finding it means that our transaction was the one.
func (s *Service) byUs(ctx context.Context, h *held, hash string) (bool, error) {
	m, err := one(store.WithFresh(system(ctx, h.business.ID)), s.Store.Client.StaffMember, h.business.ID, h.staff.ID)
	if err != nil {
		return false, err
	}
	return m.PasswordHash == hash, nil
}

// lostTo says what a link is worth that was alive a moment ago.
func (s *Service) lostTo(ctx context.Context, h *held) (link.State, error) {
	t, err := s.Store.Client.StaffToken.Query().Where(stafftoken.BusinessID(h.business.ID), stafftoken.ID(h.token.ID)).WithStaffMember().
		Only(store.WithFresh(system(ctx, h.business.ID)))
	if err != nil {
		return link.Unknown, err
	}
	if state := stateOf(t, t.Edges.StaffMember, s.Store.Now()); state != link.Active {
		return state, nil
	}
	return link.Revoked, nil
}

func (s *Service) reject(ctx context.Context, h *held, l link.Link) error {
	if err := s.recordRejected(ctx, h, string(l.State)); err != nil {
		return err
	}
	return &fault.Error{Fields: []fault.Field{{Code: fault.LinkUnusable, Path: []string{"input", "token"}, Text: "error.linkUnusable", Link: l}}}
}

func (s *Service) recordRejected(ctx context.Context, h *held, why string) error {
	ctx = viewer.AsSystem(ctx, h.business.ID, "the holder of a link is not signed in")
	return s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := audit.Record(ctx, tx, audit.Entry{Action: audit.StaffPasswordSet, Outcome: schematype.WasRefused, Business: h.business.ID,
			Actor: audit.Anonymous(), SubjectType: audit.SubjectStaff, Subject: h.staff.ID, Channel: schematype.Email,
			Facts: map[string]string{"staff": h.staff.Name, "reason": why}})
		return err
	})
}
