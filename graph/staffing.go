package graph

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"officeportal/ent"
	"officeportal/ent/staffmember"
	"officeportal/graph/model"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/identity/secondfactor"
	"officeportal/internal/page"
	"officeportal/internal/viewer"
)

// mayKnow reports whether the viewer sees a staff member's address and permissions: the own ones, and with the
// permission to change them.
func mayKnow(ctx context.Context, m *ent.StaffMember) bool {
	v := viewer.From(ctx)
	return v.Kind == viewer.StaffMember && (v.PersonID == m.ID || v.Can(viewer.SettingsManage))
}

// staffMembers lists the staff of the viewer's business by name.
func (r *Resolver) staffMembers(ctx context.Context, args page.Args) (*model.StaffConnection, error) {
	scope, err := scopeOf(ctx, "staff")
	if err != nil {
		return nil, err
	}
	query := func() *ent.StaffMemberQuery {
		return r.Store.Client.StaffMember.Query().Where(staffmember.BusinessID(viewer.From(ctx).BusinessID))
	}
	order := page.Order[*ent.StaffMember, string]{Column: staffmember.FieldName, ID: func(m *ent.StaffMember) ident.ID { return m.ID },
		Key: func(m *ent.StaffMember) string { return m.Name }}
	p, total, err := load(ctx, args, order, scope,
		func(ctx context.Context, cut func(*sql.Selector)) ([]*ent.StaffMember, error) {
			return query().Where(cut).All(ctx)
		},
		func(ctx context.Context) (int, error) { return query().Count(ctx) })
	if err != nil {
		return nil, err
	}
	loadersFrom(ctx).staffDetails.expect(p.Rows...)
	out := &model.StaffConnection{Edges: []*model.StaffEdge{}, PageInfo: pageInfo(p), TotalCount: total}
	for i, m := range p.Rows {
		out.Edges = append(out.Edges, &model.StaffEdge{Cursor: p.Cursors[i], Node: *m})
	}
	return out, nil
}

// pending says what a half-done sign-in waits for.
func (r *Resolver) pending(ctx context.Context, v *viewer.Viewer) (*model.SignInStep, error) {
	if v.Pending.IsZero() {
		return nil, nil
	}
	state, err := r.SecondFactor.State(viewer.With(ctx, *v))
	if err != nil || state == nil {
		return nil, err
	}
	step := model.SignInStepSecondFactorSetup
	if state.Any() {
		step = model.SignInStepSecondFactor
	}
	return &step, nil
}

// added is the answer to a factor that was set up; a sign-in that waited for it goes on in the same browser.
func (r *Resolver) added(ctx context.Context, in secondfactor.Added, err error) (*secondfactor.State, []string, []model.UserError, error) {
	if err == nil && in.SignedIn != nil {
		r.Cookies.SetSession(ctx, false, in.SignedIn.Token, in.SignedIn.ExpiresAt)
		ctx = viewer.With(ctx, in.SignedIn.Viewer)
	}
	state, errs, err := r.securityAfter(ctx, err)
	return state, in.Codes, errs, err
}

// securityAfter is the second factor after a change of it.
func (r *Resolver) securityAfter(ctx context.Context, err error) (*secondfactor.State, []model.UserError, error) {
	var state *secondfactor.State
	if err == nil {
		state, err = r.SecondFactor.State(ctx)
	}
	return answered(ctx, state, err)
}

func factsOf(b *ent.Business) *viewer.Business {
	if b == nil {
		return nil
	}
	facts := identity.Facts(b)
	return &facts
}

// isStaffOf reports whether the viewer is a staff member of the business: its settings are nobody else's, whichever
// way somebody came to its name.
func isStaffOf(ctx context.Context, b *viewer.Business) bool {
	return isStaff(ctx) && viewer.From(ctx).Business.Slug == b.Slug
}
