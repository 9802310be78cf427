package passwordreset

import (
	"context"
	"errors"
	"time"

	"officeportal/internal/audit"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// openedOnce lets the Audit Log tell once of each state that a link was found in: whoever holds it can load the page
// as often as they like.
func openedOnce(token string, state LinkState) ratelimit.Limit {
	return ratelimit.Limit{Name: "link-opened", Subject: []string{token, string(state)}, Burst: 1, Every: 90 * 24 * time.Hour}
}

// opened records that somebody who holds the link looked at it. What is not a link of ours is told of nowhere.
func (s *Service) opened(ctx context.Context, h *held, state LinkState) error {
	if h == nil || state == UnknownLink {
		return nil
	}
	once := openedOnce(h.token.ID.String(), state)
	told, err := s.Limiter.Peek(ctx, once)
	if err != nil || !told[0].RetryAt.IsZero() {
		return err
	}
	ctx = viewer.AsSystem(ctx, h.business.ID, "the holder of a link is not signed in")
	err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.Limiter.SpendTx(ctx, tx, once); err != nil {
			return err
		}
		_, err := audit.Record(ctx, tx, audit.Entry{
			Action: audit.LinkOpened, Business: h.business.ID, Actor: audit.Anonymous(),
			Family: h.guardian.FamilyID, Guardian: h.guardian.ID, SubjectType: audit.SubjectReset, Subject: h.token.ID, Channel: h.token.Channel,
			Facts: map[string]string{"guardian": h.guardian.Name, "channel": string(h.token.Channel), "state": string(state)},
		})
		return err
	})
	if errors.Is(err, ratelimit.ErrLimited) { // another look at the same moment was told
		return nil
	}
	return err
}
