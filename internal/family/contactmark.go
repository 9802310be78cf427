package family

import (
	"context"
	"time"

	"officeportal/ent"
	"officeportal/ent/guardian"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
)

// ContactMark is what a message service reported of a guardian's address or number.
type ContactMark struct {
	Channel  schematype.Channel
	Reason   provider.Mark
	MarkedAt time.Time
}

// ContactMarks returns the marks of a guardian, the address first.
func ContactMarks(g *ent.Guardian) []ContactMark {
	var out []ContactMark
	if g.EmailBouncedAt != nil {
		out = append(out, ContactMark{schematype.Email, EmailMark(g), *g.EmailBouncedAt})
	}
	if g.PhoneOptedOutAt != nil {
		out = append(out, ContactMark{schematype.SMS, provider.StoppedTexts, *g.PhoneOptedOutAt})
	}
	return out
}

// EmailMark returns why mail to the guardian does not arrive; empty when nothing of the kind was reported.
func EmailMark(g *ent.Guardian) provider.Mark {
	switch {
	case g.EmailBouncedAt == nil:
		return provider.NoMark
	case g.EmailProblem == "":
		return provider.Bounced
	}
	return provider.Mark(g.EmailProblem)
}

// ClearContactMarkInput names the mark that a staff member knows to be wrong.
type ClearContactMarkInput struct {
	GuardianID ident.ID
	// Channel is EMAIL for the address, SMS for the number.
	Channel schematype.Channel
}

// ClearContactMark takes a mark back, so that messages can be sent there again, and returns the guardian.
// Clearing what is not marked is no change. It needs no version: nothing that anybody typed is overwritten.
func (s *Service) ClearContactMark(ctx context.Context, in ClearContactMarkInput) (*ent.Guardian, error) {
	ctx, v, err := writer(ctx)
	if err != nil {
		return nil, err
	}
	var out *ent.Guardian
	// Safe to run again in doubt: a second run finds nothing left to clear.
	err = s.Store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		mine := tx.Guardian.Query().Where(guardian.BusinessID(v.BusinessID), guardian.ID(in.GuardianID))
		g, err := mine.Clone().Only(ctx)
		if ent.IsNotFound(err) {
			return notFound("guardianId")
		}
		if err != nil {
			return err
		}
		mark, cleared, err := clearMark(ctx, tx, g, in.Channel)
		if err != nil {
			return err
		}
		if out, err = mine.Only(ctx); err != nil || !cleared {
			return err
		}
		e := aboutGuardian(g, schematype.Detail{Key: "mark", Before: string(mark)})
		e.Action, e.Family, e.SubjectType, e.Subject, e.Channel = audit.ContactMarkCleared, g.FamilyID, audit.SubjectGuardian, g.ID, in.Channel
		e.Facts["mark"] = string(mark)
		_, err = audit.Record(ctx, tx, *e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out.Unwrap(), nil
}

// clearMark takes the mark off the contact that was read: one that was put on a new contact since stays.
func clearMark(ctx context.Context, tx *store.Tx, g *ent.Guardian, channel schematype.Channel) (provider.Mark, bool, error) {
	update := tx.Guardian.Update().Where(guardian.BusinessID(g.BusinessID), guardian.ID(g.ID))
	mark := provider.StoppedTexts
	if channel == schematype.SMS {
		update.Where(guardian.Phone(g.Phone), guardian.PhoneOptedOutAtNotNil()).ClearPhoneOptedOutAt()
	} else {
		mark = EmailMark(g)
		update.Where(guardian.Email(g.Email), guardian.EmailBouncedAtNotNil()).ClearEmailBouncedAt().SetEmailProblem("")
	}
	n, err := update.Save(ctx)
	return mark, n == 1, err
}
