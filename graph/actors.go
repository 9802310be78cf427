package graph

import (
	"context"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/graph/model"
	"officeportal/internal/ident"
	"officeportal/internal/passwordreset"
	"officeportal/internal/viewer"
)

// mayReadFamilies reports whether the viewer may see families at all; which ones, the data layer decides.
func mayReadFamilies(v viewer.Viewer) bool {
	return v.Kind == viewer.Guardian || v.Can(viewer.FamiliesRead) || v.Can(viewer.FamiliesWrite)
}

// contactOf returns a contact of a guardian; null for none, and for staff who may send a link to a guardian
// but not see families.
func contactOf(ctx context.Context, contact string) *string {
	if !mayReadFamilies(viewer.From(ctx)) {
		return nil
	}
	return optional(contact)
}

func isStaff(ctx context.Context) bool { return viewer.From(ctx).Kind == viewer.StaffMember }

func actorPrefix(kind schematype.ActorKind) string {
	switch kind {
	case schematype.ActorStaff:
		return prefixStaff
	case schematype.ActorGuardian:
		return prefixGuardian
	default:
		return ""
	}
}

// actor returns whoever did something. The name is as it was then, empty when the row does not tell. It
// answers for what nobody can look at any more, and saves reading the person when only the name is asked for.
func (r *Resolver) actor(ctx context.Context, kind schematype.ActorKind, id ident.ID, name string) (model.Actor, error) {
	l := loadersFrom(ctx)
	switch {
	case kind == schematype.ActorStaff && !id.IsZero():
		if name != "" && selectsOnly(ctx, "Staff", "id", "name") {
			return &ent.StaffMember{ID: id, Name: name}, nil
		}
		if m, ok, err := l.staff.load(ctx, id); ok || err != nil {
			return m, err
		}
	case kind == schematype.ActorGuardian && !id.IsZero():
		if name != "" && selectsOnly(ctx, "Guardian", "id", "name") {
			return &ent.Guardian{ID: id, Name: name}, nil
		}
		if !mayReadFamilies(viewer.From(ctx)) {
			break
		}
		if g, ok, err := l.guardians.load(ctx, id); ok || err != nil {
			return g, err
		}
	case kind == schematype.ActorSystem && name == "":
		name = "Office Portal"
	}
	if name == "" {
		name = say(ctx, "actor.unknown")
	}
	return &model.SystemActor{Name: name}, nil
}

// person is the viewer as an actor.
func (r *Resolver) person(ctx context.Context, v *viewer.Viewer) (model.Actor, error) {
	switch v.Kind {
	case viewer.StaffMember:
		return r.actor(ctx, schematype.ActorStaff, v.PersonID, v.Name)
	case viewer.Guardian:
		return r.actor(ctx, schematype.ActorGuardian, v.PersonID, v.Name)
	default:
		return nil, nil
	}
}

// contactChange is a change of a contact by staff that is still shown.
type contactChange struct {
	field string
	by    ident.ID
	at    time.Time
}

func contactChanges(g *ent.Guardian, now time.Time) []contactChange {
	var out []contactChange
	add := func(field string, by *ident.ID, at *time.Time) {
		if by != nil && at != nil && now.Sub(*at) < passwordreset.ContactWatch {
			out = append(out, contactChange{field, *by, *at})
		}
	}
	add("email", g.EmailChangedBy, g.EmailChangedAt)
	add("phone", g.PhoneChangedBy, g.PhoneChangedAt)
	return out
}

func (r *Resolver) contactChanges(ctx context.Context, g *ent.Guardian) ([]*model.ContactChange, error) {
	out := []*model.ContactChange{}
	if !isStaff(ctx) {
		return out, nil
	}
	for _, c := range contactChanges(g, r.Store.Now()) {
		by, err := r.actor(ctx, schematype.ActorStaff, c.by, "")
		if err != nil {
			return nil, err
		}
		out = append(out, &model.ContactChange{Field: c.field, ChangedBy: by, ChangedAt: c.at})
	}
	return out, nil
}
