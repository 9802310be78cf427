package graph

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"officeportal/ent"
	"officeportal/graph/model"
	"officeportal/internal/ident"
	"officeportal/internal/page"
	"officeportal/internal/viewer"
)

// apiTokens lists tokens newest first, which is the order of their ids.
func (r *Resolver) apiTokens(ctx context.Context, args page.Args, whose model.APITokenScope) (*model.APITokenConnection, error) {
	scope, err := scopeOf(ctx, "apiTokens", viewer.From(ctx).PersonID, whose)
	if err != nil {
		return nil, err
	}
	system, query, err := r.Identity.APITokens(ctx, whose == model.APITokenScopeBusiness)
	if err != nil {
		return nil, err
	}
	p, total, err := load(ctx, args,
		page.Order[*ent.APIToken, ident.ID]{Desc: true, ID: func(t *ent.APIToken) ident.ID { return t.ID }}, scope,
		func(_ context.Context, cut func(*sql.Selector)) ([]*ent.APIToken, error) {
			return query.Clone().Where(cut).All(system)
		},
		func(context.Context) (int, error) { return query.Clone().Count(system) })
	if err != nil {
		return nil, err
	}
	out := &model.APITokenConnection{Edges: []*model.APITokenEdge{}, PageInfo: pageInfo(p), TotalCount: total}
	for i, t := range p.Rows {
		out.Edges = append(out.Edges, &model.APITokenEdge{Cursor: p.Cursors[i], Node: *t})
	}
	return out, nil
}

// tokenOf is the token that the request came with.
func (r *Resolver) tokenOf(ctx context.Context, v *viewer.Viewer) (*ent.APIToken, error) {
	if v.APITokenID.IsZero() {
		return nil, nil
	}
	t, _, err := loadersFrom(ctx).tokens.load(ctx, v.APITokenID)
	return t, err
}
