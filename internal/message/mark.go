package message

import (
	"context"
	"time"

	"officeportal/ent"
	"officeportal/ent/guardian"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
)

// markContact remembers that an address gets no mail or a number wants no texts, and tells the Audit Log,
// unless the guardian has another contact by now or the mark is there already.
func markContact(ctx context.Context, tx *store.Tx, m *ent.Message, mark provider.Mark, at time.Time) error {
	if m.GuardianID == nil || mark == provider.NoMark || (mark == provider.StoppedTexts) != (m.Channel == schematype.SMS) {
		return nil
	}
	update := tx.Guardian.Update().Where(guardian.BusinessID(m.BusinessID), guardian.ID(*m.GuardianID))
	if m.Channel == schematype.SMS {
		update.Where(guardian.Phone(m.Destination), guardian.PhoneOptedOutAtIsNil()).SetPhoneOptedOutAt(at)
	} else {
		update.Where(guardian.Email(m.Destination), guardian.EmailBouncedAtIsNil()).SetEmailBouncedAt(at).SetEmailProblem(string(mark))
	}
	n, err := update.Save(ctx)
	if err != nil || n == 0 {
		return err
	}
	g, err := tx.Guardian.Query().Where(guardian.BusinessID(m.BusinessID), guardian.ID(*m.GuardianID)).
		Select(guardian.FieldID, guardian.FieldBusinessID, guardian.FieldName, guardian.FieldFamilyID).Only(ctx)
	if err != nil {
		return err
	}
	return tellMark(ctx, tx, g, audit.ContactMarked, string(mark), m.Channel)
}

// tellMark writes to the Audit Log that a contact was marked, or that a mark was taken back.
func tellMark(ctx context.Context, tx *store.Tx, g *ent.Guardian, action audit.Action, mark string, channel schematype.Channel) error {
	_, err := audit.Record(ctx, tx, audit.Entry{
		Action: action, Business: g.BusinessID, Family: g.FamilyID, Guardian: g.ID,
		SubjectType: audit.SubjectGuardian, Subject: g.ID, Channel: channel,
		Facts: map[string]string{"guardian": g.Name, "mark": mark},
	})
	return err
}
