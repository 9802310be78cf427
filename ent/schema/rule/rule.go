// Package rule holds the privacy rules that entities share: nobody asks, nobody sees; a business
// sees its own rows; a guardian sees the own family's.
package rule

import (
	"context"
	"errors"
	"slices"

	"entgo.io/ent/dialect/sql"

	"officeportal/ent"
	"officeportal/ent/intercept"
	"officeportal/ent/privacy"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/viewer"
)

var errForeignBusiness = errors.New("rule: the row belongs to another business")

// DenyNobody ends queries and changes that no viewer asks for.
func DenyNobody() privacy.QueryMutationRule {
	return privacy.ContextQueryMutationRule(func(ctx context.Context) error {
		if viewer.From(ctx).Kind == viewer.Nobody {
			return privacy.Denyf("rule: nobody asks")
		}
		return privacy.Skip
	})
}

// AllowAll lets whoever got this far through.
func AllowAll() privacy.QueryMutationRule {
	return privacy.ContextQueryMutationRule(func(context.Context) error { return privacy.Allow })
}

// StaffOrSystemOnly denies guardians and link holders.
func StaffOrSystemOnly() privacy.QueryMutationRule {
	return privacy.ContextQueryMutationRule(func(ctx context.Context) error {
		switch viewer.From(ctx).Kind {
		case viewer.StaffMember, viewer.System:
			return privacy.Skip
		default:
			return privacy.Denyf("rule: for staff only")
		}
	})
}

// SeeFamilies lets guardians through, whom FilterColumn limits to their own family, and staff members who
// may see or change families or have one of the other permissions.
func SeeFamilies(others ...viewer.Permission) privacy.QueryRule {
	enough := append([]viewer.Permission{viewer.FamiliesRead, viewer.FamiliesWrite}, others...)
	return privacy.QueryRuleFunc(func(ctx context.Context, _ ent.Query) error {
		v := viewer.From(ctx)
		if v.Kind == viewer.System || v.Kind == viewer.Guardian || slices.ContainsFunc(enough, v.Can) {
			return privacy.Skip
		}
		return privacy.Denyf("rule: may not see families")
	})
}

// SystemOnly denies every person.
func SystemOnly() privacy.QueryMutationRule {
	return privacy.ContextQueryMutationRule(func(ctx context.Context) error {
		if viewer.From(ctx).Kind == viewer.System {
			return privacy.Skip
		}
		return privacy.Denyf("rule: for Office Portal itself only")
	})
}

// FilterColumn limits queries to rows whose column equals what value returns for the viewer; a
// value of false means no limit.
func FilterColumn(column string, value func(viewer.Viewer) (ident.ID, bool)) privacy.QueryRule {
	return privacy.QueryRuleFunc(func(ctx context.Context, q ent.Query) error {
		want, limited := value(viewer.From(ctx))
		if !limited {
			return privacy.Skip
		}
		query, err := intercept.NewQuery(q)
		if err != nil {
			return privacy.Denyf("rule: %v", err)
		}
		query.WhereP(func(s *sql.Selector) { s.Where(sql.EQ(s.C(column), want)) })
		return privacy.Skip
	})
}

// OwnBusiness is the value of FilterColumn for the column that holds the business.
func OwnBusiness(v viewer.Viewer) (ident.ID, bool) {
	return v.BusinessID, v.Kind != viewer.System || !v.BusinessID.IsZero()
}

// OwnFamily is the value of FilterColumn for the column that holds the family.
func OwnFamily(v viewer.Viewer) (ident.ID, bool) { return v.FamilyID, v.Kind == viewer.Guardian }

// Herself is the value of FilterColumn for the column that holds a guardian.
func Herself(v viewer.Viewer) (ident.ID, bool) { return v.PersonID, v.Kind == viewer.Guardian }

// HeldToken is the value of FilterColumn for the column that holds a reset token.
func HeldToken(v viewer.Viewer) (ident.ID, bool) { return v.TokenID, v.Kind == viewer.LinkHolder }

type wherer interface{ WhereP(...func(*sql.Selector)) }

// MutateOwnBusiness limits changes to rows of the viewer's business, and refuses to create a row of
// another one.
func MutateOwnBusiness(column string) privacy.MutationRule {
	return privacy.MutationRuleFunc(func(ctx context.Context, m ent.Mutation) error {
		business, limited := OwnBusiness(viewer.From(ctx))
		if !limited {
			return privacy.Skip
		}
		if m.Op().Is(ent.OpCreate) {
			if value, ok := m.Field(column); ok && value != business {
				return errForeignBusiness
			}
			return privacy.Skip
		}
		w, ok := m.(wherer)
		if !ok {
			return privacy.Denyf("rule: a change that cannot be limited to a business")
		}
		w.WhereP(func(s *sql.Selector) { s.Where(sql.EQ(s.C(column), business)) })
		return privacy.Skip
	})
}

// DenyGuardians denies signed-in guardians.
func DenyGuardians() privacy.QueryMutationRule {
	return privacy.ContextQueryMutationRule(func(ctx context.Context) error {
		if viewer.From(ctx).Kind == viewer.Guardian {
			return privacy.Denyf("rule: not for guardians")
		}
		return privacy.Skip
	})
}

// MadeBySystem refuses persons who would make or delete such a row.
func MadeBySystem() privacy.MutationRule {
	return privacy.MutationRuleFunc(func(ctx context.Context, m ent.Mutation) error {
		if m.Op().Is(ent.OpUpdate|ent.OpUpdateOne) || viewer.From(ctx).Kind == viewer.System {
			return privacy.Skip
		}
		return privacy.Denyf("rule: made by Office Portal itself only")
	})
}

// DenyLinkHolders denies whoever only holds a link.
func DenyLinkHolders() privacy.QueryMutationRule {
	return privacy.ContextQueryMutationRule(func(ctx context.Context) error {
		if viewer.From(ctx).Kind == viewer.LinkHolder {
			return privacy.Denyf("rule: not for holders of links")
		}
		return privacy.Skip
	})
}

// CreateOnly refuses to change or delete rows that tell what happened.
func CreateOnly() privacy.MutationRule {
	return privacy.MutationRuleFunc(func(_ context.Context, m ent.Mutation) error {
		if m.Op().Is(ent.OpCreate) {
			return privacy.Skip
		}
		return privacy.Denyf("rule: rows are only ever added")
	})
}

// ReadAudit lets staff with the permission read the whole Audit Log of the business; others who may see
// families get what concerns a family, which the caller asks for by family.
func ReadAudit() privacy.QueryRule {
	return privacy.QueryRuleFunc(func(ctx context.Context, q ent.Query) error {
		v := viewer.From(ctx)
		if v.Kind == viewer.System || v.Can(viewer.AuditRead) {
			return privacy.Skip
		}
		if !v.Can(viewer.FamiliesRead) {
			return privacy.Denyf("rule: may not read the Audit Log")
		}
		query, err := intercept.NewQuery(q)
		if err != nil {
			return privacy.Denyf("rule: %v", err)
		}
		query.WhereP(func(s *sql.Selector) { s.Where(sql.NotNull(s.C("family_id"))) })
		return privacy.Skip
	})
}

// AcceptanceByWhoMay keeps the promise of the product in the data layer: an electronic acceptance is made by the
// signed-in guardian, for the own family, and by nobody else, not even by the product itself; a manual one by a staff
// member who may. Existing ones are changed only by whoever supersedes them.
func AcceptanceByWhoMay() privacy.MutationRule {
	return privacy.MutationRuleFunc(func(ctx context.Context, m ent.Mutation) error {
		v := viewer.From(ctx)
		if !m.Op().Is(ent.OpCreate) {
			if m.Op().Is(ent.OpUpdate|ent.OpUpdateOne) && (v.Kind == viewer.Guardian || v.Can(viewer.PoliciesManage)) {
				return privacy.Skip
			}
			return privacy.Denyf("rule: acceptances are only ever added or superseded")
		}
		create, ok := m.(*ent.PolicyAcceptanceMutation)
		if !ok {
			return privacy.Denyf("rule: not an acceptance")
		}
		method, _ := create.Method()
		by, _ := create.AcceptedBy()
		family, _ := create.FamilyID()
		recorder, recorded := create.RecordedBy()
		switch {
		case method == schematype.Electronic && v.Kind == viewer.Guardian && by == v.PersonID && family == v.FamilyID && !recorded:
			return privacy.Skip
		case method == schematype.Manual && v.Can(viewer.PoliciesManage) && recorder == v.PersonID:
			return privacy.Skip
		default:
			return privacy.Denyf("rule: only the guardian accepts electronically, only staff record a form")
		}
	})
}
