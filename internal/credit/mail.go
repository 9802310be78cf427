package credit

import (
	"context"
	"fmt"
	"time"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/ent/staffmember"
	"officeportal/internal/contact"
	"officeportal/internal/message"
	"officeportal/internal/message/provider"
	"officeportal/internal/message/template"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Mail writes the e-mail that tells an owner of a low balance.
type Mail struct {
	Store *store.Store
	// From is the sender's address, PublicURL the origin of the portals.
	From, PublicURL string
}

// Prepare implements message.Renderer.
func (w Mail) Prepare(ctx context.Context, m *ent.Message, _ time.Time) (message.Content, error) {
	b, err := w.Store.Client.Business.Query().Where(business.ID(m.BusinessID)).Only(ctx)
	if err != nil {
		return message.Content{}, err
	}
	if m.StaffID == nil {
		return message.Content{}, fmt.Errorf("credit: message %s is for no staff member", m.ID)
	}
	owner, err := w.Store.Client.StaffMember.Query().Where(staffmember.BusinessID(m.BusinessID), staffmember.ID(*m.StaffID)).Only(ctx)
	if err != nil {
		return message.Content{}, err
	}
	if !owner.Active {
		return message.Content{Void: "the staff member works there no more"}, nil
	}
	rendered, err := template.RenderEmail(template.CreditsLow, template.Data{
		Locale: m.Locale, BusinessName: b.Name, BusinessPhone: contact.FormatNational(b.Phone, b.Country),
		Zone: viewer.Business{TimeZone: b.TimeZone}.Location(), GuardianName: owner.Name,
		Credits: m.Params["credits"], PortalURL: w.PublicURL + "/office/sms-credits",
	})
	if err != nil {
		return message.Content{}, fmt.Errorf("credit: %w", err)
	}
	return message.Content{Email: &provider.Email{
		FromName: b.Name, From: w.From, ReplyTo: b.OfficeEmail, To: m.Destination,
		Subject: rendered.Subject, Text: rendered.Text, HTML: rendered.HTML,
	}}, nil
}

// OnFirstLease implements message.Renderer: the mail carries no link that begins to live.
func (Mail) OnFirstLease(context.Context, *store.Tx, *ent.Message) (string, error) { return "", nil }
