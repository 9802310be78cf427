package graph

import (
	"cmp"
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"officeportal/ent"
	"officeportal/ent/businesspolicy"
	"officeportal/ent/policyacceptance"
	"officeportal/ent/policygap"
	"officeportal/ent/policyversion"
	"officeportal/ent/schema/schematype"
	"officeportal/graph/model"
	"officeportal/internal/ident"
	"officeportal/internal/page"
	"officeportal/internal/policy"
	"officeportal/internal/search"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// loadPolicies adds the batches of policies and acceptances.
func (l *loaders) loadPolicies(c Config) {
	db := c.Store.Client
	l.policies = byID(func(ctx context.Context, ids []ident.ID) (map[ident.ID]*ent.BusinessPolicy, error) {
		rows, err := db.BusinessPolicy.Query().Where(businesspolicy.IDIn(ids...)).All(ctx)
		l.expectOfPolicies(rows)
		return keyed(rows, func(p *ent.BusinessPolicy) ident.ID { return p.ID }), err
	})
	// Texts can be long, and most who look at a version want none.
	facts := slices.DeleteFunc(slices.Clone(policyversion.Columns), func(name string) bool { return name == policyversion.FieldBodyMarkdown })
	l.versions = byID(func(ctx context.Context, ids []ident.ID) (map[ident.ID]*ent.PolicyVersion, error) {
		rows, err := db.PolicyVersion.Query().Where(policyversion.IDIn(ids...)).Select(facts...).All(ctx)
		l.expectOfVersions(rows)
		return keyed(rows, func(v *ent.PolicyVersion) ident.ID { return v.ID }), err
	})
	l.versionsOf = byID(func(ctx context.Context, policies []ident.ID) (map[ident.ID][]*ent.PolicyVersion, error) {
		rows, err := db.PolicyVersion.Query().Where(policyversion.PolicyIDIn(policies...)).Select(facts...).All(ctx)
		slices.SortFunc(rows, func(a, b *ent.PolicyVersion) int { return cmp.Compare(b.Number, a.Number) })
		l.expectOfVersions(rows)
		return grouped(rows, func(v *ent.PolicyVersion) ident.ID { return v.PolicyID }), err
	})
	l.texts = byID(func(ctx context.Context, ids []ident.ID) (map[ident.ID]string, error) {
		rows, err := db.PolicyVersion.Query().Where(policyversion.IDIn(ids...)).Select(policyversion.FieldID, policyversion.FieldBodyMarkdown).All(ctx)
		out := map[ident.ID]string{}
		for _, v := range rows {
			out[v.ID] = v.BodyMarkdown
		}
		return out, err
	})
	l.accepted = byID(func(ctx context.Context, ids []ident.ID) (map[ident.ID]*ent.PolicyAcceptance, error) {
		rows, err := db.PolicyAcceptance.Query().Where(policyacceptance.IDIn(ids...)).All(ctx)
		l.expectOfAccepted(rows)
		return keyed(rows, func(a *ent.PolicyAcceptance) ident.ID { return a.ID }), err
	})
	l.scansOf = byID(c.scansOf)
	l.countsOf = newBatch(func(p *ent.BusinessPolicy) ident.ID { return p.ID },
		func(ctx context.Context, policies []*ent.BusinessPolicy) (map[ident.ID]policy.Counts, error) {
			return c.Policies.Counts(ctx, policies)
		})
	l.statusesOf = byID(func(ctx context.Context, families []ident.ID) (map[ident.ID][]policy.Status, error) {
		found, err := c.Policies.Statuses(ctx, families)
		var versions []*ent.PolicyVersion
		var accepted []*ent.PolicyAcceptance
		for _, lines := range found {
			for _, line := range lines {
				versions, accepted = append(versions, line.Version), append(accepted, line.History...)
			}
		}
		l.expectOfVersions(versions)
		l.expectOfAccepted(accepted)
		return found, err
	})
	l.missingOf = newBatch(func(f *ent.Family) ident.ID { return f.ID },
		func(ctx context.Context, families []*ent.Family) (map[ident.ID]int, error) {
			return c.Policies.Missing(ctx, families)
		})
}

func (c Config) scansOf(ctx context.Context, acceptances []ident.ID) (map[ident.ID]*ent.PolicyScan, error) {
	return c.Policies.ScansOf(ctx, acceptances)
}

// expectOfPolicies says that policies were listed together.
func (l *loaders) expectOfPolicies(policies []*ent.BusinessPolicy) {
	l.countsOf.expect(policies...)
	l.versionsOf.expect(mapped(policies, func(p *ent.BusinessPolicy) ident.ID { return p.ID })...)
	l.versions.expect(mapped(policies, func(p *ent.BusinessPolicy) ident.ID { return some(p.CurrentVersionID) })...)
}

// expectOfVersions says that versions were listed together.
func (l *loaders) expectOfVersions(versions []*ent.PolicyVersion) {
	l.texts.expect(mapped(versions, func(v *ent.PolicyVersion) ident.ID { return v.ID })...)
	l.policies.expect(mapped(versions, func(v *ent.PolicyVersion) ident.ID { return v.PolicyID })...)
	l.staff.expect(mapped(versions, func(v *ent.PolicyVersion) ident.ID { return some(v.PublishedBy) })...)
}

// expectOfAccepted says that acceptances were listed together.
func (l *loaders) expectOfAccepted(rows []*ent.PolicyAcceptance) {
	var versions, students, guardians, staff, resets, forms []ident.ID
	for _, a := range rows {
		versions, students, guardians = append(versions, a.PolicyVersionID), append(students, some(a.StudentID)), append(guardians, a.AcceptedBy)
		staff, resets = append(staff, some(a.RecordedBy), some(a.ContactChangedBy)), append(resets, some(a.PasswordResetID))
		if a.Method == schematype.Manual {
			forms = append(forms, a.ID)
		}
	}
	l.versions.expect(versions...)
	l.students.expect(students...)
	l.guardians.expect(guardians...)
	l.staff.expect(staff...)
	l.resets.expect(resets...)
	l.scansOf.expect(forms...)
}

// asksFamilies reports whether a policy is asked of families: it is in effect and not retired.
func asksFamilies(p *ent.BusinessPolicy) bool { return p.RetiredAt == nil && p.CurrentVersionID != nil }

// policies lists the policies of the business in the order of titles; guardians get those that are asked of them.
func (r *Resolver) policies(ctx context.Context, retired bool) ([]*ent.BusinessPolicy, error) {
	v := viewer.From(ctx)
	rows, err := r.Store.Client.BusinessPolicy.Query().Where(businesspolicy.BusinessID(v.BusinessID)).All(ctx)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(p *ent.BusinessPolicy) bool {
		return v.Kind == viewer.Guardian && !asksFamilies(p) || p.RetiredAt != nil && !retired
	})
	slices.SortFunc(rows, func(a, b *ent.BusinessPolicy) int {
		return cmp.Or(cmp.Compare(search.SortKey(a.Title), search.SortKey(b.Title)), slices.Compare(a.ID[:], b.ID[:]))
	})
	loadersFrom(ctx).expectOfPolicies(rows)
	return rows, nil
}

// versionsOf are all versions of a policy; for guardians those that are or were in effect.
func (r *Resolver) versionsOf(ctx context.Context, p *ent.BusinessPolicy) ([]*ent.PolicyVersion, error) {
	rows, err := listed(loadersFrom(ctx).versionsOf.load(ctx, p.ID))
	if viewer.From(ctx).Kind == viewer.Guardian {
		rows = slices.DeleteFunc(slices.Clone(rows), func(v *ent.PolicyVersion) bool { return v.ActivatedAt == nil })
	}
	return rows, err
}

func (r *Resolver) inEffect(ctx context.Context, v *ent.PolicyVersion) (bool, error) {
	p, there, err := loadersFrom(ctx).policies.load(ctx, v.PolicyID)
	return there && p.RetiredAt == nil && some(p.CurrentVersionID) == v.ID, err
}

// policyNode finds what belongs to a policy. Guardians see policies and versions that are or were asked of them, and
// acceptances of their own family.
func (r *Resolver) policyNode(ctx context.Context, prefix string, id ident.ID) (model.Node, error) {
	v, l := viewer.From(ctx), loadersFrom(ctx)
	switch prefix {
	case prefixPolicy:
		p, there, err := l.policies.load(ctx, id)
		return found(p, there && (v.Kind != viewer.Guardian || asksFamilies(p)), err)
	case prefixVersion:
		version, there, err := l.versions.load(ctx, id)
		return found(version, there && (v.Kind != viewer.Guardian || version.ActivatedAt != nil), err)
	default:
		if !mayReadFamilies(v) && !v.Can(viewer.PoliciesManage) {
			return nil, nil
		}
		return found(l.accepted.load(ctx, id))
	}
}

// studentOf returns null for no student, and where the viewer may not see families.
func (r *Resolver) studentOf(ctx context.Context, id ident.ID) (*ent.Student, error) {
	if !mayReadFamilies(viewer.From(ctx)) {
		return nil, nil
	}
	st, _, err := loadersFrom(ctx).students.load(ctx, id)
	return st, err
}

// policyGaps lists who has not accepted a policy, in the order of family names. Guardians get none.
func (r *Resolver) policyGaps(ctx context.Context, p *ent.BusinessPolicy, args page.Args) (*model.PolicyGapConnection, error) {
	v := viewer.From(ctx)
	if v.Kind != viewer.StaffMember {
		return &model.PolicyGapConnection{Edges: []*model.PolicyGapEdge{}}, nil
	}
	if !mayReadFamilies(v) {
		return nil, refuse(codeForbidden, "graph.permission", "permission", viewer.FamiliesRead)
	}
	scope, err := scopeOf(ctx, "policy gaps", p.ID)
	if err != nil {
		return nil, err
	}
	query := func() *ent.PolicyGapQuery {
		return r.Store.Client.PolicyGap.Query().Where(policygap.BusinessID(v.BusinessID), policygap.PolicyID(p.ID))
	}
	rows, total, err := load(ctx, args,
		page.Order[*ent.PolicyGap, string]{Column: policygap.FieldNameKey, Key: func(g *ent.PolicyGap) string { return g.NameKey },
			ID: func(g *ent.PolicyGap) ident.ID { return g.ID }}, scope,
		func(ctx context.Context, cut func(*sql.Selector)) ([]*ent.PolicyGap, error) {
			return query().Where(cut).All(ctx)
		},
		func(ctx context.Context) (int, error) { return query().Count(ctx) })
	if err != nil {
		return nil, err
	}
	l := loadersFrom(ctx)
	l.families.expect(mapped(rows.Rows, func(g *ent.PolicyGap) ident.ID { return g.FamilyID })...)
	l.students.expect(mapped(rows.Rows, func(g *ent.PolicyGap) ident.ID { return g.StudentID })...)
	out := &model.PolicyGapConnection{Edges: []*model.PolicyGapEdge{}, PageInfo: pageInfo(rows), TotalCount: total}
	for i, g := range rows.Rows {
		out.Edges = append(out.Edges, &model.PolicyGapEdge{Cursor: rows.Cursors[i], Node: *g})
	}
	return out, nil
}

func policyItem(in *model.PolicyAcceptanceItemInput) policy.Item {
	return policy.Item{VersionID: decodeID(prefixVersion, in.PolicyVersionID), StudentID: decodeOptional(prefixStudent, in.StudentID)}
}

// ownFamily is the family of the guardian who asks, as it is now.
func (r *Resolver) ownFamily(ctx context.Context) (*ent.Family, error) {
	f, _, err := loadersFrom(ctx).families.load(store.WithFresh(ctx), viewer.From(ctx).FamilyID)
	return f, err
}

// recordedForm shows what came of recording a form, as far as the viewer may see it.
func (r *Resolver) recordedForm(ctx context.Context, recorded policy.Recorded, errs []model.UserError) (*model.RecordManualAcceptancePayload, error) {
	out := &model.RecordManualAcceptancePayload{Acceptance: recorded.Acceptance, Errors: errs}
	v := viewer.From(ctx)
	if mayReadFamilies(v) {
		out.Family = recorded.Family
	}
	if !v.Can(viewer.AuditRead) {
		return out, nil
	}
	var err error
	out.AuditEntry, err = r.Store.Client.AuditEntry.Get(store.WithFresh(ctx), recorded.AuditID)
	return out, err
}

// provenance is how the password was set that accepted; null for forms and for whoever may not see families.
func (r *Resolver) provenance(ctx context.Context, a *ent.PolicyAcceptance) (*model.CredentialProvenance, error) {
	if a.Method != schematype.Electronic || !viewer.From(ctx).Can(viewer.FamiliesRead) {
		return nil, nil
	}
	l := loadersFrom(ctx)
	out := &model.CredentialProvenance{ContactChangedByStaff: a.ContactChangedByStaff}
	g, there, err := l.guardians.load(ctx, a.AcceptedBy)
	if err != nil {
		return nil, err
	}
	if there && g.PasswordSetAt != nil && !g.PasswordSetAt.After(a.RecordedAt) {
		out.PasswordSetAt = g.PasswordSetAt // it is the same one still
	}
	if out.Reset, _, err = l.resets.load(ctx, some(a.PasswordResetID)); err != nil {
		return nil, err
	}
	if out.PasswordSetAt == nil && out.Reset != nil && a.PasswordOrigin != schematype.ByChange {
		out.PasswordSetAt = out.Reset.Token.RedeemedAt
	}
	if a.ContactChangedBy == nil || a.ContactChangedAt == nil {
		return out, nil
	}
	by, err := r.actor(ctx, schematype.ActorStaff, *a.ContactChangedBy, "")
	field := "email"
	if a.PasswordChannel == schematype.SMS {
		field = "phone"
	}
	out.ContactChange = &model.ContactChange{Field: field, ChangedBy: by, ChangedAt: *a.ContactChangedAt}
	return out, err
}
