package checkpointmail

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit/seal"
	"officeportal/internal/contact"
	"officeportal/internal/message"
	"officeportal/internal/message/provider"
	"officeportal/internal/message/template"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Facts of the message, so that it is the same at every try.
const (
	note     = "note"
	signedAt = "signedAt"
)

func params(c seal.Checkpoint) map[string]string {
	return map[string]string{note: c.Note, signedAt: c.At.UTC().Format(time.RFC3339Nano)}
}

// Mail writes the e-mail.
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
		return message.Content{}, fmt.Errorf("checkpointmail: message %s is for no staff member", m.ID)
	}
	owner, err := w.Store.Client.StaffMember.Query().Where(staffmember.BusinessID(m.BusinessID), staffmember.ID(*m.StaffID)).Only(ctx)
	if err != nil {
		return message.Content{}, err
	}
	if !owner.Active || !owner.Owner {
		return message.Content{Void: "the staff member is no owner any more"}, nil
	}
	tree, err := seal.Parse(m.Params[note])
	if err != nil {
		return message.Content{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, m.Params[signedAt])
	if err != nil {
		return message.Content{}, fmt.Errorf("checkpointmail: message %s has no time", m.ID)
	}
	rendered, err := template.RenderEmail(template.AuditCheckpoint, template.Data{
		Locale: m.Locale, BusinessName: b.Name, BusinessPhone: contact.FormatNational(b.Phone, b.Country),
		Zone: viewer.Business{TimeZone: b.TimeZone}.Location(), GuardianName: owner.Name, OccurredAt: at,
		Entries: strconv.FormatInt(tree.N, 10), RootHash: tree.Hash.String(), Note: m.Params[note],
		PortalURL: w.PublicURL + "/office/settings/business",
	})
	if err != nil {
		return message.Content{}, fmt.Errorf("checkpointmail: %w", err)
	}
	return message.Content{Email: &provider.Email{
		FromName: b.Name, From: w.From, ReplyTo: b.OfficeEmail, To: m.Destination,
		Subject: rendered.Subject, Text: rendered.Text, HTML: rendered.HTML,
	}}, nil
}

// OnFirstLease implements message.Renderer: the mail carries no link that begins to live.
func (Mail) OnFirstLease(context.Context, *store.Tx, *ent.Message) (string, error) { return "", nil }
