package message

import (
	"context"

	"officeportal/ent"
	"officeportal/ent/guardian"
	"officeportal/ent/predicate"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/staffmember"
	"officeportal/ent/stafftoken"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
)

// move writes a step in the caller's transaction, if the row still matches where, and everything that
// belongs to it: the credit, what is now known of the contact, the Audit Log. It returns errTaken when
// the row matches no more.
func (w *Worker) move(ctx context.Context, tx *store.Tx, m *ent.Message, s step, where ...predicate.Message) error {
	update := tx.Message.Update().Where(where...).
		SetState(s.state).SetDelivery(s.delivery).SetProblem(string(s.problem)).SetProviderID(s.providerID).SetUpdatedAt(tx.Now)
	if s.due.IsZero() {
		update.ClearDueAt()
	} else {
		update.SetDueAt(s.due)
	}
	if s.neverTried {
		update.ClearFirstSentAt()
	}
	if s.parts > 0 {
		update.SetParts(s.parts)
	}
	if s.state == schematype.Accepted && m.AcceptedAt == nil {
		update.SetAcceptedAt(tx.Now)
	}
	switch {
	case s.delivery == schematype.DeliveryDelivered && m.DeliveredAt == nil:
		update.SetDeliveredAt(tx.Now)
	case (s.delivery == schematype.DeliveryNotDelivered || s.delivery == schematype.DeliveryFailed) && m.FailedAt == nil:
		update.SetFailedAt(tx.Now)
	}
	n, err := update.Save(ctx)
	if err != nil {
		return err
	}
	if n == 0 {
		return errTaken
	}
	auditID := ident.New()
	credit, err := w.resolveCredit(ctx, tx, m, s.credit, auditID)
	if err != nil {
		return err
	}
	if s.dead() && m.ResetTokenID != nil {
		// A link that nobody got is withdrawn, lest it counts as one that still works.
		if err := tx.ResetToken.Update().
			Where(resettoken.BusinessID(m.BusinessID), resettoken.ID(*m.ResetTokenID), resettoken.RedeemedAtIsNil(),
				resettoken.SupersededAtIsNil(), resettoken.RevokedAtIsNil()).
			SetRevokedAt(tx.Now).Exec(ctx); err != nil {
			return err
		}
	}
	if s.dead() && m.StaffTokenID != nil {
		if err := tx.StaffToken.Update().
			Where(stafftoken.BusinessID(m.BusinessID), stafftoken.ID(*m.StaffTokenID), stafftoken.RedeemedAtIsNil(),
				stafftoken.SupersededAtIsNil(), stafftoken.RevokedAtIsNil()).
			SetRevokedAt(tx.Now).Exec(ctx); err != nil {
			return err
		}
	}
	if err := markContact(ctx, tx, m, markOf(s.problem), tx.Now); err != nil {
		return err
	}
	if s.quiet && credit == "" {
		return nil
	}
	return tell(ctx, tx, m, s, schematype.CreditHeld, credit, auditID)
}

// resolveCredit returns what became of the credit; empty when nothing did.
func (w *Worker) resolveCredit(ctx context.Context, tx *store.Tx, m *ent.Message, what move, auditID ident.ID) (schematype.CreditState, error) {
	resolve, after := w.Credits.Release, schematype.CreditReturned
	switch {
	case m.Credit != schematype.CreditHeld, what == keep:
		return "", nil
	case what == capture:
		resolve, after = w.Credits.Capture, schematype.CreditCaptured
	}
	moved, err := resolve(ctx, tx, m, auditID)
	if err != nil || !moved {
		return "", err
	}
	return after, nil
}

// tell writes what happened to a message to the Audit Log, with what became of its credit, if anything did.
func tell(ctx context.Context, tx *store.Tx, m *ent.Message, s step, before, after schematype.CreditState, auditID ident.ID) error {
	e := audit.Entry{
		ID: auditID, Action: audit.PasswordResetDelivery, Outcome: s.outcome(), Business: m.BusinessID,
		Channel: m.Channel,
		Facts:   map[string]string{"channel": string(m.Channel), "state": string(s.delivery)},
	}
	if m.ResetTokenID == nil {
		e.Action, e.Facts["message"] = audit.MessageDelivery, string(m.Kind)
	}
	if s.state == schematype.Unknown {
		e.Facts["state"] = string(schematype.Unknown)
	}
	if s.problem != "" {
		e.Facts["problem"] = string(s.problem)
	}
	if s.reason != "" {
		e.Facts["reason"] = s.reason
	}
	if m.ResetTokenID != nil {
		e.SubjectType, e.Subject = audit.SubjectReset, *m.ResetTokenID
	}
	if after != "" {
		e.Facts["credit"] = string(after)
		e.Details = append(e.Details, schematype.Detail{Key: "credit", Before: string(before), After: string(after)})
	}
	if m.StaffID != nil {
		e.SubjectType, e.Subject = audit.SubjectStaff, *m.StaffID
		to, err := tx.StaffMember.Query().Where(staffmember.BusinessID(m.BusinessID), staffmember.ID(*m.StaffID)).
			Select(staffmember.FieldID, staffmember.FieldName).Only(ctx)
		switch {
		case err == nil:
			e.Facts["staff"] = to.Name
		case !ent.IsNotFound(err):
			return err
		}
	}
	if m.GuardianID != nil {
		e.Guardian = *m.GuardianID
		g, err := tx.Guardian.Query().Where(guardian.BusinessID(m.BusinessID), guardian.ID(*m.GuardianID)).
			Select(guardian.FieldID, guardian.FieldName, guardian.FieldFamilyID).Only(ctx)
		switch {
		case err == nil:
			e.Facts["guardian"], e.Family = g.Name, g.FamilyID
		case !ent.IsNotFound(err):
			return err
		}
	}
	_, err := audit.Record(ctx, tx, e)
	return err
}

// markOf is what a refusal at once teaches about the contact.
func markOf(problem provider.Problem) provider.Mark {
	switch problem {
	case provider.AddressNotFound:
		return provider.Bounced
	case provider.Suppressed:
		return provider.SuppressedThere
	case provider.OptedOut:
		return provider.StoppedTexts
	}
	return provider.NoMark
}
