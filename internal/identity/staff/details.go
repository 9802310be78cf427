package staff

import (
	"context"

	"officeportal/ent"
	entmessage "officeportal/ent/message"
	"officeportal/ent/passkey"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/stafftoken"
	"officeportal/internal/ident"
	"officeportal/internal/viewer"
)

// Details returns what the list shows beside staff members, with three statements however many there are. Only for
// staff with SETTINGS_MANAGE; others get none.
func (s *Service) Details(ctx context.Context, members []*ent.StaffMember) (map[ident.ID]Detail, error) {
	v := viewer.From(ctx)
	out := make(map[ident.ID]Detail, len(members))
	if !v.Can(viewer.SettingsManage) || len(members) == 0 {
		return out, nil
	}
	ctx = system(ctx, v.BusinessID)
	var ids, waiting []ident.ID
	for _, m := range members {
		ids = append(ids, m.ID)
		out[m.ID] = Detail{SecondFactor: m.TotpConfirmedAt != nil}
		if m.PasswordHash == "" && m.Active {
			waiting = append(waiting, m.ID)
		}
	}
	keys, err := s.Store.Client.Passkey.Query().Where(passkey.BusinessID(v.BusinessID), passkey.StaffIDIn(ids...)).
		Select(passkey.FieldID, passkey.FieldStaffID).All(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		d := out[k.StaffID]
		d.SecondFactor = true
		out[k.StaffID] = d
	}
	if len(waiting) == 0 {
		return out, nil
	}
	tokens, err := s.Store.Client.StaffToken.Query().
		Where(stafftoken.BusinessID(v.BusinessID), stafftoken.StaffIDIn(waiting...), stafftoken.PurposeEQ(schematype.ForStaffInvite), stafftoken.SupersededAtIsNil()).
		Order(ent.Asc(stafftoken.FieldID)).All(ctx)
	if err != nil || len(tokens) == 0 {
		return out, err
	}
	var tokenIDs []ident.ID
	for _, t := range tokens {
		tokenIDs = append(tokenIDs, t.ID)
	}
	messages, err := s.Store.Client.Message.Query().
		Where(entmessage.BusinessID(v.BusinessID), entmessage.StaffIDIn(waiting...), entmessage.StaffTokenIDIn(tokenIDs...)).All(ctx)
	if err != nil {
		return nil, err
	}
	sent := map[ident.ID]*ent.Message{}
	for _, m := range messages {
		sent[*m.StaffTokenID] = m
	}
	now := s.Store.Now()
	for _, t := range tokens { // ascending: the newest stays
		i := &Invitation{SentAt: t.FirstSentAt, ExpiresAt: t.ExpiresAt, Delivery: schematype.DeliveryQueued}
		if m := sent[t.ID]; m != nil {
			i.Delivery, i.Problem = m.Delivery, m.Problem
		}
		i.Expired = t.RevokedAt != nil || t.ExpiresAt != nil && !now.Before(*t.ExpiresAt)
		d := out[t.StaffID]
		d.Invitation = i
		out[t.StaffID] = d
	}
	return out, nil
}
