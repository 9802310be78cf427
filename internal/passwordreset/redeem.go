package passwordreset

import (
	"context"
	"errors"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/ent/guardian"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/identity/password"
	"officeportal/internal/link"
	"officeportal/internal/message"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// held is a link that was presented and is genuine, with everything about it.
type held struct {
	token    *ent.ResetToken
	guardian *ent.Guardian
	business *ent.Business
}

// find looks a presented secret up. It returns nil for whatever is not a link of ours.
func (s *Service) find(ctx context.Context, presented string) (*held, error) {
	secret, ok := link.Tidy(presented)
	if !ok {
		return nil, nil
	}
	ctx = store.WithFresh(viewer.AsSystem(ctx, ident.ID{}, "the holder of a link is not signed in; the link decides what is read"))
	t, err := s.Store.Client.ResetToken.Query().Where(resettoken.Lookup(link.Lookup(secret))).WithGuardian().Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !genuine(s.Ring, t, secret) { // a row somebody wrote into the database without the key
		return nil, nil
	}
	b, err := s.Store.Client.Business.Query().Where(business.ID(t.BusinessID)).Only(ctx)
	if err != nil {
		return nil, err
	}
	return &held{t, t.Edges.Guardian, b}, nil
}

// LinkState says what a link is worth. Anybody may call it; it uses nothing up, because mail scanners open
// links too. Whatever is not a link of ours is UNKNOWN, never an error.
func (s *Service) LinkState(ctx context.Context, presented string) (Link, error) {
	h, err := s.find(ctx, presented)
	if err != nil {
		return Link{}, err
	}
	l, err := s.linkOf(ctx, h)
	if err != nil {
		return Link{}, err
	}
	return l, s.opened(ctx, h, l.State)
}

func (s *Service) linkOf(ctx context.Context, h *held) (Link, error) {
	if h == nil {
		return Link{State: UnknownLink}, nil
	}
	now := s.Store.Now()
	l := Link{State: stateOf(h.token, h.guardian.CredEpoch, now), Purpose: h.token.Purpose, Business: h.business,
		MinLength: h.business.PasswordMinLength}
	if h.token.FirstSentAt == nil { // not sent yet: nobody can hold it rightly
		return Link{State: UnknownLink}, nil
	}
	l.SentAt, l.ExpiresAt = *h.token.FirstSentAt, *h.token.ExpiresAt
	if l.State == Active && !CanLogIn(h.guardian) {
		l.State = Revoked
	}
	switch l.State {
	case Active:
		l.Username = h.guardian.Email
	case Superseded:
		ctx = viewer.AsSystem(ctx, h.business.ID, "the holder of a replaced link is told when the newer one was sent")
		newer, err := s.Store.Client.ResetToken.Query().
			Where(resettoken.BusinessID(h.business.ID), resettoken.GuardianID(h.guardian.ID), resettoken.IDGT(h.token.ID), resettoken.FirstSentAtNotNil()).
			Order(ent.Desc(resettoken.FieldID)).First(ctx)
		if err == nil {
			l.NewerSentAt = *newer.FirstSentAt
		} else if !ent.IsNotFound(err) {
			return Link{}, err
		}
	}
	return l, nil
}

// errLost ends the transaction of whoever comes second.
var errLost = errors.New("passwordreset: the link was used up meanwhile")

// Redeem sets the guardian's password and uses the link up; every session of the guardian ends, and wrong passwords
// before count no more. It does not sign in. Anybody who holds the link may call it. It refuses with LimitReached, LinkUnusable (with the
// Link), TooShort and TooCommon; a password that is not allowed leaves the link as it was.
func (s *Service) Redeem(ctx context.Context, in RedeemInput) (email string, err error) {
	ok, _, err := s.Limiter.Allow(ctx, redeemLimits(viewer.RequestFrom(ctx).LimitAddress)...)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fault.New(fault.LimitReached, "error.tooManyAttempts")
	}
	h, err := s.find(ctx, in.Token)
	if err != nil {
		return "", err
	}
	link, err := s.linkOf(ctx, h)
	if err != nil {
		return "", err
	}
	if in.Purpose == "" {
		in.Purpose = schematype.ForReset
	}
	if h != nil && h.token.Purpose != in.Purpose { // here it is no link at all
		return "", s.reject(ctx, h, Link{State: UnknownLink})
	}
	if link.State != Active {
		return "", s.reject(ctx, h, link)
	}
	if ok, _, err = s.Limiter.Allow(ctx, tokenLimit(h.token.ID.String())); err != nil {
		return "", err
	} else if !ok {
		return "", fault.New(fault.LimitReached, "error.tooManyAttempts")
	}
	policy := password.Policy{MinLength: h.business.PasswordMinLength,
		Context: []string{h.business.Name, h.business.Slug, h.guardian.Name, h.guardian.Email}}
	if wrong := password.Faults("newPassword", password.Check(policy, in.NewPassword)); len(wrong) > 0 {
		return "", recorded(fault.Refuse(wrong...), s.recordRejected(ctx, h, string(wrong[0].Code)))
	}
	// Hashing takes tens of milliseconds on purpose: never inside the transaction.
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
		if h, err = s.find(ctx, in.Token); err != nil {
			return "", err
		}
		if link, err = s.linkOf(ctx, h); err != nil {
			return "", err
		}
		if link.State == Active { // the guardian changed, not the link
			link.State = Revoked
		}
		return "", s.reject(ctx, h, link)
	}
	if err != nil {
		return "", err
	}
	s.Nudge()
	return h.guardian.Email, nil
}

// useUp is the one transaction that changes a password by link. Two conditional updates decide: the link
// is unused and alive, and the guardian's credentials are still those the link was made for. With the first
// alone, three live links of one guardian were all redeemed. The link is its own operation key: when it is in doubt
// whether a commit was kept it runs again, and finds the link used up if it was.
func (s *Service) useUp(ctx context.Context, h *held, hash string) error {
	ctx = viewer.AsSystem(ctx, h.business.ID, "the holder of a genuine link chooses a password")
	return s.Store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.ResetToken.Update().
			Where(resettoken.BusinessID(h.business.ID), resettoken.ID(h.token.ID), resettoken.RedeemedAtIsNil(),
				resettoken.SupersededAtIsNil(), resettoken.RevokedAtIsNil(), resettoken.FirstSentAtNotNil(), resettoken.ExpiresAtGT(tx.Now)).
			SetRedeemedAt(tx.Now).Save(ctx)
		if err != nil {
			return err
		}
		if n != 1 {
			return errLost
		}
		update := tx.Guardian.Update().
			Where(guardian.BusinessID(h.business.ID), guardian.ID(h.guardian.ID), guardian.CredEpoch(h.token.CredEpoch),
				guardian.CanLogIn(true), guardian.Archived(false), guardian.FamilyArchived(false))
		if h.token.Purpose == schematype.ForInvitation { // the first password, and no other
			update.Where(guardian.PasswordHash(""))
		}
		n, err = update.SetPasswordHash(hash).SetPasswordSetAt(tx.Now).AddCredEpoch(1).
			SetPasswordOrigin(originOf(h.token)).SetPasswordResetID(h.token.ID).
			SetFailures(0).ClearPasswordDisabledAt().Save(ctx)
		if err != nil {
			return err
		}
		if n != 1 {
			return errLost
		}
		if _, err := audit.Record(ctx, tx, audit.Entry{
			Action: audit.PasswordResetCompleted, Business: h.business.ID, Actor: audit.Guardian(h.guardian.ID, h.guardian.Name),
			Family: h.guardian.FamilyID, Guardian: h.guardian.ID, SubjectType: audit.SubjectReset, Subject: h.token.ID, Channel: h.token.Channel,
			Facts: map[string]string{"guardian": h.guardian.Name, "channel": string(h.token.Channel), "purpose": string(h.token.Purpose)},
		}); err != nil {
			return err
		}
		if email, err := contact.ParseEmail(h.guardian.Email); err == nil {
			if err := s.Limiter.RefillTx(ctx, tx, ratelimit.SignIn(h.business.Slug, email.Canonical)...); err != nil {
				return err
			}
		}
		if h.guardian.Email == "" {
			return nil
		}
		return message.Enqueue(ctx, tx, message.Draft{
			Business: h.business.ID, Guardian: h.guardian.ID, Kind: schematype.PasswordChanged, Channel: schematype.Email,
			Destination: h.guardian.Email, Locale: h.guardian.Locale, Params: map[string]string{},
		})
	})
}

// originOf says how a password is set that the link sets: whoever accepts a policy with it leaves this as evidence.
func originOf(t *ent.ResetToken) schematype.PasswordOrigin {
	if t.Purpose == schematype.ForInvitation {
		return schematype.ByInvitation
	}
	return schematype.ByReset
}

// byUs reports whether it was this request that used the link up, in a run whose answer was lost: the hash has a
// random salt, so finding it means that our transaction was the one.
func (s *Service) byUs(ctx context.Context, h *held, hash string) (bool, error) {
	ctx = store.WithFresh(viewer.AsSystem(ctx, h.business.ID, "finding out whether a commit in doubt happened"))
	g, err := s.Store.Client.Guardian.Query().Where(guardian.BusinessID(h.business.ID), guardian.ID(h.guardian.ID)).Only(ctx)
	if err != nil {
		return false, err
	}
	return g.PasswordHash == hash, nil
}

func (s *Service) reject(ctx context.Context, h *held, link Link) error {
	refusal := &fault.Error{Fields: []fault.Field{{Code: fault.LinkUnusable, Path: []string{"input", "token"}, Text: "error.linkUnusable", Link: link}}}
	return recorded(refusal, s.recordRejected(ctx, h, string(link.State)))
}

// recordRejected keeps what was tried. What is not a link of ours concerns no business and nobody: it is
// counted by the limiter, and writing it down would let strangers fill the log.
func (s *Service) recordRejected(ctx context.Context, h *held, why string) error {
	if h == nil {
		return nil
	}
	ctx = viewer.AsSystem(ctx, h.business.ID, "the holder of a link is not signed in")
	return s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := audit.Record(ctx, tx, audit.Entry{
			Action: audit.PasswordResetRejected, Outcome: schematype.WasRefused, Business: h.business.ID, Actor: audit.Anonymous(),
			Family: h.guardian.FamilyID, Guardian: h.guardian.ID, SubjectType: audit.SubjectReset, Subject: h.token.ID, Channel: h.token.Channel,
			Facts: map[string]string{"guardian": h.guardian.Name, "channel": string(h.token.Channel), "reason": why},
		})
		return err
	})
}
