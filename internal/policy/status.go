package policy

import (
	"cmp"
	"context"
	"slices"

	"officeportal/ent"
	"officeportal/ent/policyacceptance"
	"officeportal/ent/policyversion"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/student"
	"officeportal/internal/ident"
	"officeportal/internal/search"
	"officeportal/internal/viewer"
)

// Statuses says for each family what it has accepted and what is missing: a line for each policy in effect, in the
// order of titles, and for each present student where it is accepted for each. It reads with four statements however
// many families are asked for. Whoever may see a family may call it; others get none.
func (s *Service) Statuses(ctx context.Context, families []ident.ID) (map[ident.ID][]Status, error) {
	out := make(map[ident.ID][]Status, len(families))
	business := viewer.From(ctx).BusinessID
	versions, err := s.Store.Client.PolicyVersion.Query().Where(inEffect(business)).WithPolicy().
		Select(withoutText()...).All(ctx)
	if err != nil || len(versions) == 0 {
		return out, err
	}
	slices.SortFunc(versions, func(a, b *ent.PolicyVersion) int {
		return cmp.Or(cmp.Compare(search.SortKey(a.Edges.Policy.Title), search.SortKey(b.Edges.Policy.Title)), slices.Compare(a.PolicyID[:], b.PolicyID[:]))
	})
	var students map[ident.ID][]*ent.Student
	if slices.ContainsFunc(versions, func(v *ent.PolicyVersion) bool { return v.Edges.Policy.Scope == schematype.StudentScope }) {
		if students, err = s.studentsOf(ctx, business, families); err != nil {
			return nil, err
		}
	}
	rows, err := s.Store.Client.PolicyAcceptance.Query().
		Where(policyacceptance.BusinessID(business), policyacceptance.FamilyIDIn(families...)).
		Order(ent.Desc(policyacceptance.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	type place struct{ family, policy, student ident.ID }
	had := map[place][]*ent.PolicyAcceptance{}
	for _, a := range rows {
		at := place{a.FamilyID, a.PolicyID, ofStudent(a)}
		had[at] = append(had[at], a)
	}
	for _, family := range families {
		for _, v := range versions {
			who := []*ent.Student{nil}
			if v.Edges.Policy.Scope == schematype.StudentScope {
				who = students[family]
			}
			for _, st := range who {
				at := place{family, v.PolicyID, ident.ID{}}
				if st != nil {
					at.student = st.ID
				}
				out[family] = append(out[family], statusOf(v, st, had[at]))
			}
		}
	}
	return out, nil
}

func statusOf(v *ent.PolicyVersion, st *ent.Student, history []*ent.PolicyAcceptance) Status {
	line := Status{Version: v, Student: st, History: history}
	if history == nil {
		line.History = []*ent.PolicyAcceptance{}
	}
	if i := slices.IndexFunc(history, func(a *ent.PolicyAcceptance) bool { return countsFor(v, a) }); i >= 0 {
		line.Acceptance = history[i]
		line.CarriedOver = history[i].VersionNumber != v.Number
	}
	return line
}

func (s *Service) studentsOf(ctx context.Context, business ident.ID, families []ident.ID) (map[ident.ID][]*ent.Student, error) {
	rows, err := s.Store.Client.Student.Query().
		Where(student.BusinessID(business), student.FamilyIDIn(families...), student.Archived(false)).
		Order(ent.Asc(student.FieldID)).All(ctx)
	out := map[ident.ID][]*ent.Student{}
	for _, st := range rows {
		out[st.FamilyID] = append(out[st.FamilyID], st)
	}
	return out, err
}

// withoutText are the columns of a version that a list of many needs. The text, which may be long, is read by those who
// show it.
func withoutText() []string {
	return slices.DeleteFunc(slices.Clone(policyversion.Columns), func(c string) bool { return c == policyversion.FieldBodyMarkdown })
}

// Missing says for each family how many required lines are not accepted, with one statement. Families without any are
// absent, and are not asked for when their row says so.
func (s *Service) Missing(ctx context.Context, families []*ent.Family) (map[ident.ID]int, error) {
	out := map[ident.ID]int{}
	var ids []any
	for _, f := range families {
		if f.PoliciesMissing {
			ids = append(ids, f.ID)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []struct {
		FamilyID ident.ID `sql:"family_id"`
		Count    int
	}
	err := s.Store.Client.PolicyGap.Query().Where(gapsOf(viewer.From(ctx).BusinessID, ids)).
		GroupBy("family_id").Aggregate(ent.Count()).Scan(ctx, &rows)
	for _, r := range rows {
		out[r.FamilyID] = r.Count
	}
	return out, err
}
