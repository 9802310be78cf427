package staff

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/identity"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Update changes a staff member and returns the row as it is then. Switching active off ends every session and
// API token of the member at once. It refuses with NotFound, StaleVersion, NotYoursToGrant, LastOwner, Invalid,
// Required, and with ReauthenticationRequired for whatever changes rights. A change that changes nothing is none.
func (s *Service) Update(ctx context.Context, in UpdateInput) (*ent.StaffMember, error) {
	v, err := manager(ctx)
	if err != nil {
		return nil, err
	}
	var after *ent.StaffMember
	var before *ent.StaffMember
	action := audit.StaffChanged
	err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		before, err = one(ctx, tx.StaffMember, v.BusinessID, in.StaffID)
		if ent.IsNotFound(err) {
			before = nil
			return notFound("staffId")
		}
		if err != nil {
			return err
		}
		before = before.Unwrap()
		c, err := s.change(ctx, v, before, in)
		if err != nil {
			return err
		}
		if c.deactivates {
			action = audit.StaffDeactivated
		}
		after, err = s.apply(ctx, tx, v, before, c)
		return err
	})
	if err == errStale {
		now, readErr := one(store.WithFresh(ctx), s.Store.Client.StaffMember, v.BusinessID, in.StaffID)
		if readErr != nil {
			return nil, readErr
		}
		if now.Version == in.Version { // the row is as it was: the viewer is not
			return nil, fault.New(fault.Forbidden, "staff.forbidden")
		}
		stale := fault.Field{Code: fault.StaleVersion, Text: "error.staleSomebody", Version: now.Version}
		if now.UpdatedAt != nil {
			stale.ChangedAt = *now.UpdatedAt
		}
		err = fault.Refuse(stale)
	}
	if err != nil {
		return nil, s.refused(ctx, action, before, err)
	}
	return after, nil
}

// wanted is a change that is allowed.
type wanted struct {
	name        string
	permissions []viewer.Permission
	owner       bool
	active      bool
	deactivates bool
	details     []schematype.Detail
}

// change says what an input comes to, and refuses what the viewer may not do to this staff member.
func (s *Service) change(ctx context.Context, v viewer.Viewer, m *ent.StaffMember, in UpdateInput) (wanted, error) {
	w := wanted{name: m.Name, permissions: m.Permissions, owner: m.Owner, active: m.Active}
	if m.Version != in.Version {
		return w, errStale
	}
	var wrong []fault.Field
	if in.Name != nil {
		w.name, wrong = named(*in.Name)
	}
	if in.Permissions != nil {
		permissions, known := sorted(in.Permissions)
		if !known {
			wrong = append(wrong, fault.At(fault.Invalid, "permissions", "error.required"))
		}
		w.permissions = permissions
	}
	if in.Owner != nil {
		w.owner = *in.Owner
	}
	if in.Active != nil {
		w.active = *in.Active
	}
	w.deactivates = m.Active && !w.active
	before, _ := sorted(m.Permissions)
	rightsChange := w.owner != m.Owner || w.active != m.Active || !slices.Equal(before, w.permissions)
	if rightsChange && m.Owner && !v.Owner { // nobody below an owner takes anything from one
		wrong = append(wrong, fault.At(fault.NotYoursToGrant, "owner", "staff.ownersOnly"))
	}
	given := slices.DeleteFunc(slices.Clone(w.permissions), func(p viewer.Permission) bool {
		return slices.Contains(m.Permissions, p) && m.Active
	})
	if w.active {
		wrong = append(wrong, mayGrant(v, given, w.owner && (!m.Owner || !m.Active))...)
	}
	if w.deactivates && m.ID == v.PersonID {
		wrong = append(wrong, fault.At(fault.Invalid, "active", "staff.notYourself"))
	}
	if err := fault.Refuse(wrong...); err != nil {
		return w, err
	}
	if rightsChange {
		if err := identity.RequireProof(ctx, s.Store.Now()); err != nil {
			return w, err
		}
	}
	if w.name != m.Name {
		w.details = append(w.details, schematype.Detail{Key: "name", Before: m.Name, After: w.name})
	}
	if was, is := rights(before, m.Owner), rights(w.permissions, w.owner); was != is {
		w.details = append(w.details, schematype.Detail{Key: "permissions", Before: was, After: is})
	}
	if w.active != m.Active {
		w.details = append(w.details, schematype.Detail{Key: "active", Before: yesNo(m.Active), After: yesNo(w.active)})
	}
	return w, nil
}

// apply writes a change. The viewer's own rights are looked at once more inside the transaction.
func (s *Service) apply(ctx context.Context, tx *store.Tx, v viewer.Viewer, m *ent.StaffMember, w wanted) (*ent.StaffMember, error) {
	if len(w.details) == 0 && w.owner == m.Owner {
		return m, nil
	}
	if m.Owner && m.Active && (!w.owner || !w.active) {
		if err := s.anotherOwnerRemains(ctx, tx, m); err != nil {
			return nil, err
		}
	}
	u := tx.StaffMember.Update().
		Where(staffmember.BusinessID(m.BusinessID), staffmember.ID(m.ID), staffmember.Version(m.Version), stillThere(v)).
		SetName(w.name).SetPermissions(w.permissions).SetOwner(w.owner).SetActive(w.active).AddVersion(1).SetUpdatedAt(tx.Now)
	if w.deactivates {
		u.AddCredEpoch(1) // the one number that ends sessions, API tokens and links, on every node
	}
	n, err := u.Save(ctx)
	if err != nil {
		return nil, err
	}
	if n != 1 {
		return nil, errStale
	}
	action := audit.StaffChanged
	if w.deactivates {
		action = audit.StaffDeactivated
	}
	if _, err := audit.Record(ctx, tx, audit.Entry{Action: action, SubjectType: audit.SubjectStaff, Subject: m.ID,
		Facts: map[string]string{"staff": w.name}, Details: w.details}); err != nil {
		return nil, err
	}
	now, err := one(ctx, tx.StaffMember, m.BusinessID, m.ID)
	if err != nil {
		return nil, err
	}
	return now.Unwrap(), nil
}

// anotherOwnerRemains refuses with LastOwner unless the business has another active owner. It writes that owner's
// row: two owners who demote each other at the same moment write each other's row, so that of the two one waits,
// or on a cluster is rolled back, and then finds itself the last. Looking only would let both go.
func (s *Service) anotherOwnerRemains(ctx context.Context, tx *store.Tx, m *ent.StaffMember) error {
	n, err := tx.StaffMember.Update().
		Where(staffmember.BusinessID(m.BusinessID), staffmember.IDNEQ(m.ID), staffmember.Owner(true), staffmember.Active(true), staffmember.PasswordHashNEQ("")).
		SetUpdatedAt(tx.Now).Save(ctx)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.LastOwner, "staff.lastOwner")
	}
	return nil
}

// stillThere holds while the viewer is active and has not lost ownership since the request began.
func stillThere(v viewer.Viewer) func(*sql.Selector) {
	return func(s *sql.Selector) {
		actor := sql.Table(staffmember.Table).As("acting")
		inner := sql.Select(actor.C(staffmember.FieldID)).From(actor)
		inner.Where(sql.And(sql.EQ(actor.C(staffmember.FieldBusinessID), v.BusinessID), sql.EQ(actor.C(staffmember.FieldID), v.PersonID),
			sql.EQ(actor.C(staffmember.FieldActive), true)))
		if v.Owner {
			inner.Where(sql.EQ(actor.C(staffmember.FieldOwner), true))
		}
		// a derived table: MySQL does not let a statement read the table it changes
		s.Where(sql.P(func(b *sql.Builder) {
			b.WriteString("EXISTS (SELECT 1 FROM ").Wrap(func(b *sql.Builder) { b.Join(inner) }).WriteString(" AS acting_now)")
		}))
	}
}
