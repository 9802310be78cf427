package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
)

// selects reports whether the document asks for any of the names below the field that is being resolved.
func selects(ctx context.Context, names ...string) bool {
	fc := graphql.GetFieldContext(ctx)
	for _, f := range graphql.CollectFields(graphql.GetOperationContext(ctx), fc.Field.Selections, nil) {
		if slices.Contains(names, f.Name) {
			return true
		}
	}
	return false
}

// selectsOnly reports whether of an object of the type the document asks for nothing but the names.
func selectsOnly(ctx context.Context, typeName string, names ...string) bool {
	fc := graphql.GetFieldContext(ctx)
	satisfies := []string{typeName, "Node", "Actor"}
	for _, f := range graphql.CollectFields(graphql.GetOperationContext(ctx), fc.Field.Selections, satisfies) {
		if f.Name != "__typename" && !slices.Contains(names, f.Name) {
			return false
		}
	}
	return true
}
