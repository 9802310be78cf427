package passwordreset

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"officeportal/ent"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/smsaccount"
	"officeportal/internal/contact"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Ledger holds one SMS credit for a message that is about to be queued, in the caller's transaction.
// It returns the balance left, and a refusal when there is no credit or text messaging is off.
type Ledger interface {
	HoldForOther(ctx context.Context, tx *store.Tx, business, message, token, audit ident.ID) (balance int, err error)
	HoldForReset(ctx context.Context, tx *store.Tx, business, message, token, audit ident.ID) (balance int, err error)
}

// Staff answers Forgot Password of staff members, in the worker's transaction.
type Staff interface {
	Forgot(ctx context.Context, tx *store.Tx, email contact.Email) error
}

// Config is what a Service needs.
type Config struct {
	Staff   Staff
	Store   *store.Store
	Ring    *keyring.Ring
	Limiter *ratelimit.Limiter
	Ledger  Ledger
	// Nudge wakes the outbox worker after a commit.
	Nudge func()
	// PublicURL is the only origin ever put into a link: a Host header never is.
	PublicURL string
	// EmailFrom and SMSOriginator are the senders of messages.
	EmailFrom, SMSOriginator string
	// Watch begins to watch a reset that somebody follows; nil where nobody does.
	Watch func(reset ident.ID) Watch
	Log   *slog.Logger
}

// Service offers, sends and redeems links.
type Service struct {
	Config
	wake chan struct{}
}

// New returns a service.
func New(c Config) *Service { return &Service{Config: c, wake: make(chan struct{}, 1)} }

// Options says for each guardian whether a reset can be sent over each channel, EMAIL first. It reads
// with four statements however many guardians are asked for. For staff viewers; others get none.
func (s *Service) Options(ctx context.Context, guardians []*ent.Guardian) (map[ident.ID][]Option, error) {
	return s.options(ctx, schematype.ForReset, guardians)
}

// Invitations says the same of invitations; guardians whom nobody can invite get none.
func (s *Service) Invitations(ctx context.Context, guardians []*ent.Guardian) (map[ident.ID][]Option, error) {
	return s.options(ctx, schematype.ForInvitation, slices.DeleteFunc(slices.Clone(guardians), func(g *ent.Guardian) bool { return !CanBeInvited(g) }))
}

func (s *Service) options(ctx context.Context, purpose schematype.TokenPurpose, guardians []*ent.Guardian) (map[ident.ID][]Option, error) {
	v := viewer.From(ctx)
	out := make(map[ident.ID][]Option, len(guardians))
	if v.Kind != viewer.StaffMember || len(guardians) == 0 {
		return out, nil
	}
	now := s.Store.Now()
	recent, err := s.recent(ctx, s.Store.Client, guardians, now)
	if err != nil {
		return nil, err
	}
	account, err := s.Store.Client.SmsAccount.Query().Where(smsaccount.BusinessID(v.BusinessID)).Only(ctx)
	if err != nil {
		return nil, err
	}
	var limits []ratelimit.Limit
	owner := []ident.ID{}
	channels := []schematype.Channel{}
	for _, g := range guardians {
		for _, channel := range []schematype.Channel{schematype.Email, schematype.SMS} {
			for _, l := range sendLimits(v, g, channel) {
				limits, owner, channels = append(limits, l), append(owner, g.ID), append(channels, channel)
			}
		}
	}
	states, err := s.Limiter.Peek(ctx, limits...)
	if err != nil {
		return nil, err
	}
	type slot struct {
		guardian ident.ID
		channel  schematype.Channel
	}
	until, capped := map[slot]time.Time{}, map[slot]time.Time{}
	for i, state := range states {
		at := slot{owner[i], channels[i]}
		switch {
		case state.Limit.Name == limitCooldown:
		case state.Limit.Name == limitDayCap:
			capped[at] = state.RetryAt
		case state.RetryAt.After(until[at]):
			until[at] = state.RetryAt
		}
	}
	for _, g := range guardians {
		for _, channel := range []schematype.Channel{schematype.Email, schematype.SMS} {
			out[g.ID] = append(out[g.ID], decide(facts{
				viewer: v, purpose: purpose, guardian: g, channel: channel, now: now, account: account,
				recent: recent[g.ID], limitedUntil: until[slot{g.ID, channel}], cappedUntil: capped[slot{g.ID, channel}],
			}))
		}
	}
	return out, nil
}

// recent returns the resets of the last 24 hours of each guardian, newest first.
func (s *Service) recent(ctx context.Context, c *ent.Client, guardians []*ent.Guardian, now time.Time) (map[ident.ID][]*Request, error) {
	ids := make([]ident.ID, len(guardians))
	epochs := map[ident.ID]int{}
	for i, g := range guardians {
		ids[i], epochs[g.ID] = g.ID, g.CredEpoch
	}
	rows, err := c.ResetToken.Query().
		Where(resettoken.BusinessID(guardians[0].BusinessID), resettoken.GuardianIDIn(ids...), resettoken.IDGTE(ident.At(now.Add(-24*time.Hour)))).
		WithMessage().
		Order(ent.Desc(resettoken.FieldID)).
		All(ctx)
	if err != nil {
		return nil, err
	}
	out := map[ident.ID][]*Request{}
	for _, t := range rows {
		out[t.GuardianID] = append(out[t.GuardianID], request(t, t.Edges.Message, epochs[t.GuardianID], now))
	}
	return out, nil
}

// request joins a link with its message; a link made by hand in a test or by seeding may have none.
func request(t *ent.ResetToken, m *ent.Message, epoch int, now time.Time) *Request {
	if m == nil {
		m = &ent.Message{State: schematype.Void, Delivery: schematype.DeliveryFailed, Credit: schematype.NoCredit, UpdatedAt: t.CreatedAt}
	}
	return &Request{Token: t, Message: m, GuardianEpoch: epoch, Now: now}
}

// Latest returns the newest reset of either channel of each guardian; guardians without one are absent.
// Two statements however many are asked for.
func (s *Service) Latest(ctx context.Context, guardians []ident.ID) (map[ident.ID]*Request, error) {
	v := viewer.From(ctx)
	out := map[ident.ID]*Request{}
	if v.Kind != viewer.StaffMember || len(guardians) == 0 {
		return out, nil
	}
	// one index look-up per guardian inside one statement: the newest id is the end of the guardian's range
	newest := make([]any, 0, len(guardians))
	query := ""
	for i, g := range guardians {
		if i > 0 {
			query += " UNION ALL "
		}
		query += "SELECT MAX(id) FROM reset_tokens WHERE business_id = ? AND guardian_id = ?"
		newest = append(newest, v.BusinessID, g)
	}
	rows, err := s.Store.Driver.QueryContext(ctx, query, newest...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []ident.ID
	for rows.Next() {
		var id ident.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		if !id.IsZero() {
			ids = append(ids, id)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	found, err := s.Find(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, r := range found {
		out[r.Token.GuardianID] = r
	}
	return out, nil
}

// Find returns resets by their ids; those that do not exist or are not visible are absent. For staff.
func (s *Service) Find(ctx context.Context, ids []ident.ID) (map[ident.ID]*Request, error) {
	out := map[ident.ID]*Request{}
	if len(ids) == 0 || viewer.From(ctx).Kind != viewer.StaffMember {
		return out, nil
	}
	rows, err := s.Store.Client.ResetToken.Query().
		Where(resettoken.IDIn(ids...)).
		WithGuardian().WithMessage().
		All(ctx)
	if err != nil {
		return nil, err
	}
	now := s.Store.Now()
	for _, t := range rows {
		out[t.ID] = request(t, t.Edges.Message, t.Edges.Guardian.CredEpoch, now)
	}
	return out, nil
}

// Ledger lines refer to messages; this finds the reset of one. Used when a repeated request asks again.
func (s *Service) one(ctx context.Context, token ident.ID) (*Request, error) {
	found, err := s.Find(store.WithFresh(ctx), []ident.ID{token})
	if err != nil {
		return nil, err
	}
	if r, ok := found[token]; ok {
		return r, nil
	}
	return nil, &ent.NotFoundError{}
}
