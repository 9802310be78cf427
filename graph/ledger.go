package graph

import (
	"context"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/graph/model"
	"officeportal/internal/viewer"
)

func creditReason(e *ent.CreditEntry) model.CreditReason {
	switch e.Kind {
	case schematype.CreditGrant:
		return model.CreditReasonPurchase
	case schematype.CreditHold, schematype.CreditCapture:
		if e.ResetTokenID == nil {
			return model.CreditReasonTextMessage
		}
		return model.CreditReasonPasswordReset
	case schematype.CreditRelease, schematype.CreditRefund:
		return model.CreditReasonRefund
	default:
		return model.CreditReasonAdjustment
	}
}

// creditGuardian returns whom the text of a line was for; nil for a line that is about no text, and for
// staff who see no families.
func (r *Resolver) creditGuardian(ctx context.Context, e *ent.CreditEntry) (*ent.Guardian, error) {
	if !isStaff(ctx) || !mayReadFamilies(viewer.From(ctx)) || e.MessageID == nil {
		return nil, nil
	}
	m, ok, err := loadersFrom(ctx).messages.load(ctx, *e.MessageID)
	if err != nil {
		return nil, err
	}
	if ok && m.GuardianID != nil {
		g, _, err := loadersFrom(ctx).guardians.load(ctx, *m.GuardianID)
		return g, err
	}
	reset, ok, err := loadersFrom(ctx).resets.load(ctx, some(e.ResetTokenID))
	if !ok || err != nil {
		return nil, err
	}
	return r.guardianOf(ctx, reset)
}

// creditSummary tells a line in one sentence.
func (r *Resolver) creditSummary(ctx context.Context, e *ent.CreditEntry) (string, error) {
	actor, err := r.actor(ctx, e.ActorKind, some(e.ActorID), "")
	if err != nil {
		return "", err
	}
	guardian := say(ctx, "credit.line.somebody")
	g, err := r.creditGuardian(ctx, e)
	if err != nil {
		return "", err
	}
	if g != nil {
		guardian = g.Name
	}
	key := "credit.line." + string(e.Kind)
	if e.Kind == schematype.CreditHold {
		if key, err = r.holdKey(ctx, key, e); err != nil {
			return "", err
		}
	}
	return say(ctx, key, "actor", actorName(actor), "guardian", guardian, "note", e.Note), nil
}

// holdKey picks the sentence for a text that was queued, by what it carried.
func (r *Resolver) holdKey(ctx context.Context, key string, e *ent.CreditEntry) (string, error) {
	m, ok, err := loadersFrom(ctx).messages.load(ctx, some(e.MessageID))
	if err != nil {
		return "", err
	}
	kind := schematype.PasswordReset // a text from before messages were kept, or one that was swept
	if ok {
		kind = m.Kind
	} else if e.ResetTokenID == nil {
		kind = ""
	}
	switch {
	case kind == schematype.PasswordReset && e.ActorKind != schematype.ActorStaff:
		return key + ".asked", nil
	case kind == schematype.PasswordReset:
		return key + ".reset", nil
	case kind == schematype.GuardianInvited:
		return key + ".invitation", nil
	case kind == schematype.ContactChanged:
		return key + ".notice", nil
	default:
		return key + ".other", nil
	}
}

func actorName(a model.Actor) string {
	switch a := a.(type) {
	case *ent.StaffMember:
		return a.Name
	case *ent.Guardian:
		return a.Name
	case *model.SystemActor:
		return a.Name
	}
	return ""
}
