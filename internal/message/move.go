package message

import (
	"context"

	"officeportal/ent"
	"officeportal/ent/guardian"
	"officeportal/ent/predicate"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
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
	n, err := update.Save(ctx)
	if err != nil {
		return err
	}
	if n == 0 {
		return errTaken
	}
	auditID := ident.New()
	moved, err := w.resolveCredit(ctx, tx, m, s.credit, auditID)
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
	if err := markContact(ctx, tx, m, s.problem); err != nil {
		return err
	}
	if s.quiet && !moved || m.Kind != schematype.PasswordReset && !moved {
		return nil
	}
	return w.audit(ctx, tx, m, s, moved, auditID)
}

func (w *Worker) resolveCredit(ctx context.Context, tx *store.Tx, m *ent.Message, what move, auditID ident.ID) (bool, error) {
	switch {
	case m.Credit != schematype.CreditHeld, what == keep:
		return false, nil
	case what == capture:
		return w.Credits.Capture(ctx, tx, m, auditID)
	default:
		return w.Credits.Release(ctx, tx, m, auditID)
	}
}

// markContact remembers that an address does not exist or a number wants no texts, unless the guardian
// has another by now.
func markContact(ctx context.Context, tx *store.Tx, m *ent.Message, problem provider.Problem) error {
	update := tx.Guardian.Update().Where(guardian.BusinessID(m.BusinessID), guardian.ID(m.GuardianID))
	switch {
	case m.Channel == schematype.Email && problem == provider.AddressNotFound:
		update.Where(guardian.Email(m.Destination)).SetEmailBouncedAt(tx.Now)
	case m.Channel == schematype.SMS && problem == provider.OptedOut:
		update.Where(guardian.Phone(m.Destination)).SetPhoneOptedOutAt(tx.Now)
	default:
		return nil
	}
	return update.Exec(ctx)
}

func (w *Worker) audit(ctx context.Context, tx *store.Tx, m *ent.Message, s step, moved bool, auditID ident.ID) error {
	e := audit.Entry{
		ID: auditID, Action: audit.PasswordResetDelivery, Outcome: s.outcome(), Business: m.BusinessID,
		Guardian: m.GuardianID, Channel: m.Channel,
		Facts: map[string]string{"channel": string(m.Channel), "state": string(s.delivery)},
	}
	if m.Kind != schematype.PasswordReset {
		e.Action = audit.SMSCreditsChanged
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
	if moved {
		after := schematype.CreditReturned
		if s.credit == capture {
			after = schematype.CreditCaptured
		}
		e.Facts["credit"] = string(after)
		e.Details = append(e.Details, schematype.Detail{Key: "credit", Before: string(schematype.CreditHeld), After: string(after)})
	}
	g, err := tx.Guardian.Query().Where(guardian.BusinessID(m.BusinessID), guardian.ID(m.GuardianID)).
		Select(guardian.FieldID, guardian.FieldName, guardian.FieldFamilyID).Only(ctx)
	switch {
	case err == nil:
		e.Facts["guardian"], e.Family = g.Name, g.FamilyID
	case !ent.IsNotFound(err):
		return err
	}
	_, err = audit.Record(ctx, tx, e)
	return err
}
