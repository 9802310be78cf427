package graph

import (
	"context"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"officeportal/graph/generated"
	"officeportal/graph/model"
	"officeportal/internal/fault"
	"officeportal/internal/viewer"
)

func directives() generated.DirectiveRoot {
	return generated.DirectiveRoot{Auth: auth, Limit: limit}
}

// auth lets the resolver run for the right kind of viewer with the permission, and for nobody else.
func auth(ctx context.Context, _ any, next graphql.Resolver, as model.ViewerKind, needs *viewer.Permission, session bool) (any, error) {
	v := viewer.From(ctx)
	if as == model.ViewerKindSigningIn && !v.Pending.IsZero() {
		return next(ctx)
	}
	var kindFits bool
	switch v.Kind {
	case viewer.StaffMember:
		kindFits = as != model.ViewerKindGuardian
	case viewer.Guardian:
		kindFits = as != model.ViewerKindStaff && as != model.ViewerKindSigningIn
	default:
		return nil, refuse(codeUnauthenticated, "graph.unauthenticated")
	}
	switch {
	case !kindFits:
		return nil, refuse(codeForbidden, "graph.forbidden")
	case session && !v.APITokenID.IsZero():
		return nil, refuse(codeForbidden, "graph.session")
	case needs != nil && !v.Can(*needs):
		return nil, refuse(codeForbidden, "graph.permission", "permission", *needs)
	}
	return next(ctx)
}

// limit refuses texts that are longer than any valid one, before anything works on them.
func limit(ctx context.Context, _ any, next graphql.Resolver, most int) (any, error) {
	v, err := next(ctx)
	if err != nil {
		return nil, err
	}
	var given []string
	switch v := v.(type) {
	case string:
		given = []string{v}
	case *string:
		if v != nil {
			given = []string{*v}
		}
	case []string:
		given = v
	}
	for _, s := range given {
		if len(s) > most && utf8.RuneCountInString(s) > most {
			return nil, fault.New(fault.BadInput, "graph.tooLong", "max", most)
		}
	}
	return v, nil
}
