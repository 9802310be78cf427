package passwordreset

import (
	"context"
	"errors"
	"fmt"
	"time"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/ent/guardian"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/contact"
	"officeportal/internal/keyring"
	"officeportal/internal/message"
	"officeportal/internal/message/provider"
	"officeportal/internal/message/template"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// maxValidity is how long a carrier keeps trying to deliver a text.
const maxValidity = 24 * time.Hour

// OnFirstLease stamps the link's two times in the transaction in which the worker first takes its message:
// the life of a link begins with its hand-over, so waiting in the queue costs the guardian nothing, and no
// retry moves it. It returns why the message must not leave when the link died meanwhile.
func (s *Service) OnFirstLease(ctx context.Context, tx *store.Tx, m *ent.Message) (void string, err error) {
	if m.ResetTokenID == nil {
		return "", nil
	}
	b, err := tx.Business.Query().Where(business.ID(m.BusinessID)).Only(ctx)
	if err != nil {
		return "", err
	}
	t, err := tx.ResetToken.Query().Where(resettoken.BusinessID(m.BusinessID), resettoken.ID(*m.ResetTokenID)).WithGuardian().Only(ctx)
	if err != nil {
		return "", err
	}
	switch state := stateOf(t, t.Edges.Guardian.CredEpoch, tx.Now); {
	case state == Superseded:
		return "a newer link was asked for", nil
	case state != Active || !CanLogIn(t.Edges.Guardian):
		return "the guardian's contact, password or login changed", nil
	}
	n, err := tx.ResetToken.Update().
		Where(resettoken.BusinessID(m.BusinessID), resettoken.ID(t.ID), resettoken.FirstSentAtIsNil(),
			resettoken.SupersededAtIsNil(), resettoken.RevokedAtIsNil()).
		SetFirstSentAt(tx.Now).SetExpiresAt(tx.Now.Add(life(t.Purpose, t.Channel, b.SmsLinkMinutes))).Save(ctx)
	if err != nil {
		return "", err
	}
	if n != 1 {
		return "a newer link was asked for", nil
	}
	if t.Channel == schematype.SMS {
		return "", s.trip(ctx, tx, m.BusinessID)
	}
	return "", nil
}

// Prepare renders a message for one try. It derives the secret again every time and uses the time of the
// first hand-over, so every try is the same to the byte: services that take an idempotency key insist on it.
func (s *Service) Prepare(ctx context.Context, m *ent.Message, sentAt time.Time) (message.Content, error) {
	b, err := s.Store.Client.Business.Query().Where(business.ID(m.BusinessID)).Only(ctx)
	if err != nil {
		return message.Content{}, err
	}
	if m.GuardianID == nil {
		return message.Content{}, fmt.Errorf("passwordreset: message %s is for no guardian", m.ID)
	}
	g, err := s.Store.Client.Guardian.Query().Where(guardian.BusinessID(m.BusinessID), guardian.ID(*m.GuardianID)).Only(ctx)
	if err != nil {
		return message.Content{}, err
	}
	data := template.Data{
		Locale: m.Locale, BusinessName: b.Name, BusinessPhone: contact.FormatNational(b.Phone, b.Country),
		Zone: viewer.Business{TimeZone: b.TimeZone}.Location(), GuardianName: g.Name,
		OccurredAt: m.CreatedAt, PortalURL: s.PublicURL + "/portal/" + b.Slug, Accent: b.Accent,
	}
	kind := template.PasswordChanged
	validity := time.Duration(0)
	switch m.Kind {
	case schematype.PasswordReset, schematype.GuardianInvited:
		t, err := s.Store.Client.ResetToken.Query().
			Where(resettoken.BusinessID(m.BusinessID), resettoken.ID(*m.ResetTokenID)).Only(ctx)
		if err != nil {
			return message.Content{}, err
		}
		now := s.Store.Now()
		if stateOf(t, g.CredEpoch, now) != Active || t.ExpiresAt == nil {
			return message.Content{Void: "the link died before it was sent"}, nil
		}
		secret, err := secretOf(s.Ring, t)
		if errors.Is(err, keyring.ErrUnknownKey) {
			return message.Content{Void: "the root key of the link is gone"}, nil
		}
		if err != nil {
			return message.Content{}, err
		}
		kind = template.PasswordReset
		if m.Kind == schematype.GuardianInvited {
			kind = template.GuardianInvited
		}
		data.Link, data.SentAt, data.ExpiresAt = s.PublicURL+"/r#"+secret, sentAt, *t.ExpiresAt
		data.StartedBy = m.Params["startedBy"]
		// a phone that was off for longer gets no text that is days old
		validity = min(t.ExpiresAt.Sub(now), maxValidity).Truncate(time.Second)
	case schematype.ContactChanged:
		kind = template.ContactChanged
		data.ChangedField = template.Field(m.Params["field"])
	}
	if m.Channel == schematype.SMS {
		body, err := template.RenderSMS(kind, data)
		if err != nil {
			return message.Content{}, fmt.Errorf("passwordreset: %w", err)
		}
		return message.Content{SMS: &provider.SMS{Originator: s.SMSOriginator, To: m.Destination, Body: body, Reference: m.ID.String(), Validity: validity}}, nil
	}
	rendered, err := template.RenderEmail(kind, data)
	if err != nil {
		return message.Content{}, fmt.Errorf("passwordreset: %w", err)
	}
	return message.Content{Email: &provider.Email{
		FromName: b.Name, From: s.EmailFrom, ReplyTo: b.OfficeEmail, To: m.Destination,
		Subject: rendered.Subject, Text: rendered.Text, HTML: rendered.HTML,
		IdempotencyKey: "message/" + m.ID.String(),
	}}, nil
}
