package staff

import (
	"context"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Forgot answers a staff member's Forgot Password in the worker's transaction: a link when somebody active has the
// address, and an entry in the Audit Log either way. The viewer is the system; whoever asked got the same answer
// as everybody, before anybody was looked up.
func (s *Service) Forgot(ctx context.Context, tx *store.Tx, email contact.Email) error {
	m, err := tx.StaffMember.Query().Where(staffmember.EmailKeyIn(email.Keys(s.Ring)...)).Only(ctx)
	if ent.IsNotFound(err) {
		return recordForgot(ctx, tx, nil, "unknown address")
	}
	if err != nil {
		return err
	}
	ctx = viewer.AsSystem(ctx, m.BusinessID, "a staff member who is not signed in asked for a link")
	if !m.Active {
		return recordForgot(ctx, tx, m, "inactive")
	}
	if err := s.issue(ctx, tx, m, schematype.ForStaffReset, nil); err != nil {
		return err
	}
	return recordForgot(ctx, tx, m, "")
}

func recordForgot(ctx context.Context, tx *store.Tx, m *ent.StaffMember, why string) error {
	e := audit.Entry{Action: audit.StaffResetRequested, Actor: audit.Anonymous(), Channel: schematype.Email, Facts: map[string]string{}}
	if why != "" {
		e.Outcome, e.Facts["reason"] = schematype.WasRefused, why
	}
	if m != nil {
		e.Business, e.SubjectType, e.Subject, e.Facts["staff"] = m.BusinessID, audit.SubjectStaff, m.ID, m.Name
		if why == "" {
			e.Actor = actor(m)
		}
	} else {
		e.Business = ident.ID{} // nobody's
	}
	_, err := audit.Record(ctx, tx, e)
	return err
}
