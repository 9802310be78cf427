package policy

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"officeportal/ent"
	"officeportal/ent/businesspolicy"
	"officeportal/ent/family"
	"officeportal/ent/policyacceptance"
	"officeportal/ent/policygap"
	"officeportal/ent/policyversion"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/student"
	"officeportal/internal/ident"
	"officeportal/internal/store"
)

// asked is a required policy in effect, and from which version on acceptances count.
type asked struct {
	policy ident.ID
	scope  schematype.PolicyScope
	from   int
}

// gap is who has not accepted a policy; student is zero for a policy of the family.
type gap struct{ policy, student ident.ID }

// FamilyChanged makes what is kept of who has not accepted follow from the family as it is in the transaction, which
// must hold the family's row: its students, its name, whether it is archived, and its acceptances. Whoever may change
// any of these may call it.
func (s *Service) FamilyChanged(ctx context.Context, tx *store.Tx, business, id ident.ID) error {
	ctx = inside(ctx, business)
	f, err := tx.Family.Query().Where(family.BusinessID(business), family.ID(id)).Only(ctx)
	if err != nil {
		return err
	}
	have, err := tx.PolicyGap.Query().Where(policygap.BusinessID(business), policygap.FamilyID(id)).All(ctx)
	if err != nil {
		return err
	}
	var want map[gap]bool
	if !f.Archived {
		if want, err = missing(ctx, tx, business, id); err != nil {
			return err
		}
	}
	var gone []ident.ID
	for _, g := range have {
		key := gap{g.PolicyID, g.StudentID}
		if want[key] && g.NameKey == f.NameKey {
			delete(want, key)
			continue
		}
		gone = append(gone, g.ID) // one under another name comes back under the new one
	}
	rows := make([]*ent.PolicyGapCreate, 0, len(want))
	for key := range want {
		rows = append(rows, gapRow(tx, business, id, key, f.NameKey))
	}
	if err := replaceGaps(ctx, tx, business, gone, rows); err != nil {
		return err
	}
	if any := len(have)-len(gone)+len(rows) > 0; any != f.PoliciesMissing {
		return tx.Family.Update().Where(family.BusinessID(business), family.ID(id)).SetPoliciesMissing(any).Exec(ctx)
	}
	return nil
}

// rowsPerStatement keeps a statement below the arguments that SQLite takes.
const rowsPerStatement = 1000

func replaceGaps(ctx context.Context, tx *store.Tx, business ident.ID, gone []ident.ID, rows []*ent.PolicyGapCreate) error {
	for ids := range slices.Chunk(gone, rowsPerStatement) {
		if _, err := tx.PolicyGap.Delete().Where(policygap.BusinessID(business), policygap.IDIn(ids...)).Exec(ctx); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(rows, rowsPerStatement) {
		if err := tx.PolicyGap.CreateBulk(some...).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func gapRow(tx *store.Tx, business, family ident.ID, g gap, nameKey string) *ent.PolicyGapCreate {
	return tx.PolicyGap.Create().SetID(ident.New()).SetBusinessID(business).SetPolicyID(g.policy).SetFamilyID(family).
		SetStudentID(g.student).SetNameKey(nameKey)
}

// missing returns what a present family has not accepted.
func missing(ctx context.Context, tx *store.Tx, business, id ident.ID) (map[gap]bool, error) {
	all, err := required(ctx, tx, business)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	students, err := tx.Student.Query().
		Where(student.BusinessID(business), student.FamilyID(id), student.Archived(false)).IDs(ctx)
	if err != nil {
		return nil, err
	}
	accepted, err := tx.PolicyAcceptance.Query().Where(policyacceptance.BusinessID(business), policyacceptance.FamilyID(id)).
		Select(policyacceptance.FieldPolicyID, policyacceptance.FieldStudentID, policyacceptance.FieldVersionNumber).All(ctx)
	if err != nil {
		return nil, err
	}
	want := map[gap]bool{}
	for _, a := range all {
		who := students
		if a.scope == schematype.FamilyScope {
			who = []ident.ID{{}}
		}
		for _, student := range who {
			want[gap{a.policy, student}] = true
		}
		for _, done := range accepted {
			if done.PolicyID == a.policy && done.VersionNumber >= a.from {
				delete(want, gap{a.policy, ofStudent(done)})
			}
		}
	}
	return want, nil
}

// required returns what is asked of every family of the business.
func required(ctx context.Context, tx *store.Tx, business ident.ID) ([]asked, error) {
	versions, err := tx.PolicyVersion.Query().Where(inEffect(business)).WithPolicy().
		Select(policyversion.FieldPolicyID, policyversion.FieldAcceptedFrom).All(ctx)
	if err != nil {
		return nil, err
	}
	var out []asked
	for _, v := range versions {
		if v.Edges.Policy.Required {
			out = append(out, asked{v.PolicyID, v.Edges.Policy.Scope, v.AcceptedFrom})
		}
	}
	return out, nil
}

// inEffect is the current version of every policy of the business that is not retired.
func inEffect(business ident.ID) func(*sql.Selector) {
	return func(s *sql.Selector) {
		p := sql.Table(businesspolicy.Table)
		s.Where(sql.In(s.C(policyversion.FieldID), sql.Select(p.C(businesspolicy.FieldCurrentVersionID)).From(p).
			Where(sql.And(sql.EQ(p.C(businesspolicy.FieldBusinessID), business), sql.IsNull(p.C(businesspolicy.FieldRetiredAt)),
				sql.NotNull(p.C(businesspolicy.FieldCurrentVersionID))))))
		s.Where(sql.EQ(s.C(policyversion.FieldBusinessID), business))
	}
}

func ofStudent(a *ent.PolicyAcceptance) ident.ID {
	if a.StudentID == nil {
		return ident.ID{}
	}
	return *a.StudentID
}

// Recount has all families of the business looked through by the worker, after more of them changed than a
// transaction should bring along.
func (s *Service) Recount(ctx context.Context, tx *store.Tx, business ident.ID) error {
	return tx.BusinessPolicy.Update().
		Where(businesspolicy.BusinessID(business), businesspolicy.CurrentVersionIDNotNil(), businesspolicy.RetiredAtIsNil()).
		SetRecountDueAt(tx.Now).ClearRecountAfter().Exec(inside(ctx, business))
}
