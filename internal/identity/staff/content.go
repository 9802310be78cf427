package staff

import (
	"context"
	"errors"
	"fmt"
	"time"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/stafftoken"
	"officeportal/internal/contact"
	"officeportal/internal/keyring"
	"officeportal/internal/link"
	"officeportal/internal/message"
	"officeportal/internal/message/provider"
	"officeportal/internal/message/template"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// OnFirstLease stamps the link's two times in the transaction in which the worker first takes its message, as for
// guardians: the life of a link begins with its hand-over.
func (s *Service) OnFirstLease(ctx context.Context, tx *store.Tx, m *ent.Message) (void string, err error) {
	if m.StaffTokenID == nil {
		return "", nil
	}
	t, err := tx.StaffToken.Query().Where(stafftoken.BusinessID(m.BusinessID), stafftoken.ID(*m.StaffTokenID)).WithStaffMember().Only(ctx)
	if err != nil {
		return "", err
	}
	switch state := stateOf(t, t.Edges.StaffMember, tx.Now); state {
	case link.Active:
	case link.Superseded:
		return "a newer link was asked for", nil
	default:
		return "the staff member's password or login changed", nil
	}
	n, err := tx.StaffToken.Update().
		Where(stafftoken.BusinessID(m.BusinessID), stafftoken.ID(t.ID), stafftoken.FirstSentAtIsNil(),
			stafftoken.SupersededAtIsNil(), stafftoken.RevokedAtIsNil()).
		SetFirstSentAt(tx.Now).SetExpiresAt(tx.Now.Add(lifeOf(t.Purpose))).Save(ctx)
	if err == nil && n != 1 {
		void = "a newer link was asked for"
	}
	return void, err
}

// kinds are the texts of the messages that staff members get.
var kinds = map[schematype.MessageKind]template.Kind{
	schematype.StaffInvited:         template.StaffInvited,
	schematype.StaffReset:           template.StaffReset,
	schematype.StaffPasswordChanged: template.StaffPasswordChanged,
	schematype.StaffSecondFactor:    template.StaffSecondFactor,
}

// Prepare renders a message to a staff member for one try, the same to the byte every time.
func (s *Service) Prepare(ctx context.Context, m *ent.Message, sentAt time.Time) (message.Content, error) {
	kind, ok := kinds[m.Kind]
	if !ok || m.StaffID == nil {
		return message.Content{}, fmt.Errorf("staff: message %s is of a kind that no staff member gets", m.ID)
	}
	b, err := s.Store.Client.Business.Query().Where(business.ID(m.BusinessID)).Only(ctx)
	if err != nil {
		return message.Content{}, err
	}
	to, err := one(ctx, s.Store.Client.StaffMember, m.BusinessID, *m.StaffID)
	if err != nil {
		return message.Content{}, err
	}
	data := template.Data{
		Locale: m.Locale, BusinessName: b.Name, BusinessPhone: contact.FormatNational(b.Phone, b.Country),
		Zone: viewer.Business{TimeZone: b.TimeZone}.Location(), GuardianName: to.Name, StartedBy: m.Params["startedBy"],
		OccurredAt: m.CreatedAt, PortalURL: s.PublicURL + "/office", Change: m.Params["change"],
	}
	if m.StaffTokenID != nil {
		t, err := s.Store.Client.StaffToken.Query().
			Where(stafftoken.BusinessID(m.BusinessID), stafftoken.ID(*m.StaffTokenID)).WithStaffMember().Only(ctx)
		if err != nil {
			return message.Content{}, err
		}
		if stateOf(t, t.Edges.StaffMember, s.Store.Now()) != link.Active || t.ExpiresAt == nil {
			return message.Content{Void: "the link died before it was sent"}, nil
		}
		secret, err := secretOf(s.Ring, t)
		if errors.Is(err, keyring.ErrUnknownKey) {
			return message.Content{Void: "the root key of the link is gone"}, nil
		}
		if err != nil {
			return message.Content{}, err
		}
		data.Link, data.SentAt, data.ExpiresAt = s.PublicURL+"/r#"+secret, sentAt, *t.ExpiresAt
	}
	rendered, err := template.RenderEmail(kind, data)
	if err != nil {
		return message.Content{}, fmt.Errorf("staff: %w", err)
	}
	return message.Content{Email: &provider.Email{
		FromName: b.Name, From: s.EmailFrom, ReplyTo: b.OfficeEmail, To: m.Destination,
		Subject: rendered.Subject, Text: rendered.Text, HTML: rendered.HTML, IdempotencyKey: message.Key(m),
	}}, nil
}
