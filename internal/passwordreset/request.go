package passwordreset

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"officeportal/ent"
	"officeportal/ent/creditentry"
	"officeportal/ent/guardian"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/idempotency"
	"officeportal/internal/ident"
	"officeportal/internal/link"
	"officeportal/internal/message"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// errBlocked ends the transaction of a request that the rules refuse.
var errBlocked = errors.New("passwordreset: not now")

// Request queues a link for the guardian, to choose a new password or as an invitation, and returns it; the message
// leaves after the commit. Staff
// members with PASSWORD_RESET_SEND may call it, for SMS also SMS_SPEND. It refuses with the faults
// Invalid and Required for the input, NotFound, ChannelUnavailable, Cooldown, LimitReached (each with the
// Option as it is), NoCredits, and IdempotencyKeyReused. The same key with the same input within 24 hours
// answers the same and sends nothing more.
func (s *Service) Request(ctx context.Context, in RequestInput) (Sent, error) {
	in.Reason = strings.TrimFunc(audit.Clean(in.Reason, 4*300), func(r rune) bool { // a reason that nobody can see is none
		return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)
	})
	wrong := idempotency.Check(in.IdempotencyKey)
	if in.Channel != schematype.Email && in.Channel != schematype.SMS {
		wrong = append(wrong, fault.At(fault.Invalid, "channel", "error.required"))
	}
	if utf8.RuneCountInString(in.Reason) > 300 {
		wrong = append(wrong, fault.At(fault.Invalid, "reason", "error.tooLong", "max", 300))
	}
	if len(wrong) > 0 {
		return Sent{}, fault.Refuse(wrong...)
	}

	ctx = store.WithFresh(ctx) // refusals and repeated answers are read outside the transaction
	v := viewer.From(ctx)
	if in.Purpose == "" {
		in.Purpose = schematype.ForReset
	}
	claim := struct {
		Guardian ident.ID                `json:"guardian"`
		Channel  schematype.Channel      `json:"channel"`
		Reason   string                  `json:"reason"`
		Purpose  schematype.TokenPurpose `json:"purpose"`
	}{in.GuardianID, in.Channel, in.Reason, in.Purpose}
	token := ident.New()
	var sent Sent
	err := s.Store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		sent = Sent{}
		if err := idempotency.Claim(ctx, tx, in.IdempotencyKey, claim, idempotency.ID{ID: token}); err != nil {
			return err
		}
		g, err := tx.Guardian.Query().Where(guardian.BusinessID(v.BusinessID), guardian.ID(in.GuardianID)).Only(ctx)
		if ent.IsNotFound(err) {
			return fault.Refuse(fault.At(fault.NotFound, "guardianId", "error.notFound"))
		}
		if err != nil {
			return err
		}
		recent, err := tx.ResetToken.Query().
			Where(resettoken.BusinessID(v.BusinessID), resettoken.GuardianID(g.ID),
				resettoken.IDGTE(ident.At(tx.Now.Add(-Cooldown)))).
			Order(ent.Desc(resettoken.FieldID)).Limit(20).All(ctx)
		if err != nil {
			return err
		}
		f := facts{viewer: v, purpose: in.Purpose, guardian: g, channel: in.Channel, now: tx.Now}
		for _, t := range recent {
			f.recent = append(f.recent, request(t, &ent.Message{State: schematype.Queued}, g.CredEpoch, tx.Now))
		}
		option := decide(f)
		if !option.Available {
			return errBlocked
		}
		if option.ReasonRequired && in.Reason == "" {
			return fault.Refuse(fault.At(fault.Required, "reason", "error.reasonRequired"))
		}
		if err := s.Limiter.SpendTx(ctx, tx, append(sendLimits(v, g, in.Channel), linksOf(g))...); err != nil {
			return err
		}
		sent, err = s.issue(ctx, tx, issued{token: token, purpose: in.Purpose, guardian: g, option: option, reason: in.Reason, by: &v.PersonID})
		return err
	})
	switch {
	case err == nil:
		s.Nudge()
		return sent, nil
	case errors.Is(err, idempotency.ErrClaimed):
		return s.again(ctx, in, claim)
	default:
		return Sent{}, s.refuse(ctx, in, err)
	}
}

// linksOf makes everybody who makes a link for the guardian come one after the other, say the office and Forgot Password.
func linksOf(g *ent.Guardian) ratelimit.Limit { return ratelimit.InOrder("links", g.ID.String()) }

// issued is a link about to be made.
type issued struct {
	token    ident.ID
	purpose  schematype.TokenPurpose
	guardian *ent.Guardian
	option   Option
	reason   string
	by       *ident.ID // the staff member; nil when the guardian asked
	locale   string    // overrides the guardian's when not empty
}

// issue makes one link and everything that belongs to it: the credit is held, earlier links die, the
// message waits in the outbox, the Audit Log knows. The caller has spent linksOf in the same transaction. The
// conditional statement on the credits comes before the row that refers to it, so that no lock is taken shared first and
// exclusively later.
func (s *Service) issue(ctx context.Context, tx *store.Tx, in issued) (Sent, error) {
	g, channel := in.guardian, in.option.Channel
	messageID, auditID := ident.New(), ident.New()
	var out Sent
	if channel == schematype.SMS {
		hold := s.Ledger.HoldForReset
		if in.purpose == schematype.ForInvitation { // which may not use the reserve
			hold = s.Ledger.HoldForOther
		}
		balance, err := hold(ctx, tx, g.BusinessID, messageID, in.token, auditID)
		if err != nil {
			return Sent{}, err
		}
		out.SMSBalance = &balance
	}
	if _, err := tx.ResetToken.Update().
		Where(resettoken.BusinessID(g.BusinessID), resettoken.GuardianID(g.ID), resettoken.RedeemedAtIsNil(),
			resettoken.SupersededAtIsNil(), resettoken.RevokedAtIsNil()).
		SetSupersededAt(tx.Now).Save(ctx); err != nil {
		return Sent{}, err
	}

	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce)
	row := &ent.ResetToken{ID: in.token, BusinessID: g.BusinessID, GuardianID: g.ID, Purpose: in.purpose, Channel: channel,
		Nonce: nonce, Kid: s.Ring.Newest(), CredEpoch: g.CredEpoch}
	secret, err := secretOf(s.Ring, row)
	if err != nil {
		return Sent{}, err
	}
	changed, changedBy, changedAt := contactChange(g, channel, tx.Now)
	create := tx.ResetToken.Create().
		SetID(row.ID).SetBusinessID(g.BusinessID).SetGuardianID(g.ID).SetPurpose(in.purpose).SetChannel(channel).
		SetNonce(nonce).SetKid(row.Kid).SetCredEpoch(g.CredEpoch).SetLookup(link.Lookup(secret)).
		SetNillableRequestedBy(in.by).SetReason(audit.Clean(in.reason, 300)).
		SetDestination(in.option.Destination).SetContactChangedByStaff(changed).
		SetCreatedAt(tx.Now)
	if changed {
		create.SetContactChangedBy(changedBy).SetContactChangedAt(changedAt)
	}
	if row, err = create.Save(ctx); err != nil {
		return Sent{}, err
	}

	if in.purpose == schematype.ForInvitation {
		if err := tx.Guardian.Update().Where(guardian.BusinessID(g.BusinessID), guardian.ID(g.ID)).SetInvitedAt(tx.Now).Exec(ctx); err != nil {
			return Sent{}, err
		}
		g.InvitedAt = &tx.Now
	}

	locale := g.Locale
	if in.locale != "" {
		locale = in.locale
	}
	params := map[string]string{}
	if in.by != nil {
		params["startedBy"] = firstName(viewer.From(ctx).Name)
	}
	if err := message.Enqueue(ctx, tx, message.Draft{
		ID: messageID, Business: g.BusinessID, Guardian: g.ID, Token: row.ID, Kind: kindOf(in.purpose), Channel: channel,
		Destination: in.option.Destination, Locale: locale, Params: params, HoldsCredit: channel == schematype.SMS,
	}); err != nil {
		return Sent{}, err
	}
	credit := schematype.NoCredit
	details := []schematype.Detail{{Key: "destination", After: in.option.Destination}}
	facts := map[string]string{"guardian": g.Name, "channel": string(channel)}
	if channel == schematype.SMS {
		credit, facts["credits"] = schematype.CreditHeld, "1"
	}
	if in.reason != "" {
		details = append(details, schematype.Detail{Key: "reason", After: in.reason})
	}
	if _, err := audit.Record(ctx, tx, audit.Entry{
		ID: auditID, Action: requested(in.purpose), Business: g.BusinessID,
		Actor: requester(in, g), Family: g.FamilyID, Guardian: g.ID,
		SubjectType: audit.SubjectReset, Subject: row.ID, Channel: channel, Facts: facts, Details: details,
	}); err != nil {
		return Sent{}, err
	}
	queued := &ent.Message{ID: messageID, BusinessID: g.BusinessID, GuardianID: &g.ID, State: schematype.Queued,
		Delivery: schematype.DeliveryQueued, Credit: credit, Channel: channel, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	row.Edges.Guardian = g
	out.Request = request(row, queued, g.CredEpoch, tx.Now)
	return out, nil
}

func requester(in issued, g *ent.Guardian) *audit.Actor {
	if in.by == nil {
		return audit.Guardian(g.ID, g.Name)
	}
	return nil // the viewer
}

// again answers a request whose key was used before: with what was done then.
func (s *Service) again(ctx context.Context, in RequestInput, claim any) (Sent, error) {
	var answer idempotency.ID
	if err := idempotency.Answer(ctx, s.Store, in.IdempotencyKey, claim, &answer); err != nil {
		return Sent{}, err
	}
	r, err := s.one(ctx, answer.ID)
	if err != nil {
		return Sent{}, err
	}
	out := Sent{Request: r}
	if in.Channel == schematype.SMS {
		entry, err := s.Store.Client.CreditEntry.Query().
			Where(creditentry.OpKey("hold:" + r.Message.ID.String())).Only(ctx)
		if err != nil {
			return Sent{}, err
		}
		out.SMSBalance = &entry.BalanceAfter
	}
	return out, nil
}

// refuse turns what ended the transaction into a refusal that says what is true now, and records it.
func (s *Service) refuse(ctx context.Context, in RequestInput, cause error) error {
	refusal := fault.As(cause)
	if refusal == nil && !errors.Is(cause, errBlocked) && !errors.Is(cause, ratelimit.ErrLimited) {
		return cause
	}
	v := viewer.From(ctx)
	g, err := s.Store.Client.Guardian.Query().Where(guardian.BusinessID(v.BusinessID), guardian.ID(in.GuardianID)).Only(ctx)
	if ent.IsNotFound(err) {
		return fault.Refuse(fault.At(fault.NotFound, "guardianId", "error.notFound"))
	}
	if err != nil {
		return err
	}
	if refusal == nil || fault.Is(refusal, fault.ChannelUnavailable) {
		options, err := s.options(ctx, in.Purpose, []*ent.Guardian{g})
		if err != nil {
			return err
		}
		for _, o := range options[g.ID] {
			if o.Channel != in.Channel {
				continue
			}
			if o.Available { // the cooldown of somebody else's send that has just ended, or just begun
				o.Available, o.Unavailable, o.RetryAt = false, InCooldown, s.Store.Now().Add(Cooldown)
			}
			refusal = &fault.Error{Fields: []fault.Field{{Code: codeOf(o.Unavailable), Text: "option." + string(o.Unavailable), Option: o}}}
		}
	}
	return recorded(refusal, s.recordRefusal(ctx, g, in, refusal))
}

func (s *Service) recordRefusal(ctx context.Context, g *ent.Guardian, in RequestInput, refusal *fault.Error) error {
	why := string(refusal.Fields[0].Code)
	if o, ok := refusal.Fields[0].Option.(Option); ok {
		why = string(o.Unavailable)
	}
	return s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := audit.Record(ctx, tx, audit.Entry{
			Action: requested(in.Purpose), Outcome: schematype.WasRefused,
			Family: g.FamilyID, Guardian: g.ID, SubjectType: audit.SubjectGuardian, Subject: g.ID, Channel: in.Channel,
			Facts: map[string]string{"guardian": g.Name, "channel": string(in.Channel), "reason": why},
		})
		return err
	})
}

func codeOf(b Block) fault.Code {
	switch b {
	case InCooldown:
		return fault.Cooldown
	case LimitReached, SMSDayCapReached:
		return fault.LimitReached
	case NoCredits:
		return fault.NoCredits
	default:
		return fault.ChannelUnavailable
	}
}

// firstName returns the first word of a name, which is how people speak of each other at a front desk.
func firstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}

// recorded returns the refusal, unless the Audit Log could not be told of it.
func recorded(refusal, auditErr error) error {
	if auditErr != nil {
		return auditErr
	}
	return refusal
}
