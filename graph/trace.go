package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"officeportal/internal/tracing"
)

// traced marks operations: their name, kind and codes, never a document, a variable or a message.
type traced struct{}

// ExtensionName implements graphql.HandlerExtension.
func (traced) ExtensionName() string { return "Traced" }

// Validate implements graphql.HandlerExtension.
func (traced) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse implements graphql.ResponseInterceptor.
func (traced) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	kind, name := "", ""
	if graphql.HasOperationContext(ctx) {
		if op := graphql.GetOperationContext(ctx); op.Operation != nil {
			kind, name = string(op.Operation.Operation), op.Operation.Name
		}
	}
	ctx, span := tracing.Child(ctx, "graphql", "graphql.operation.type", kind, "graphql.operation.name", name)
	response := next(ctx)
	var codes []string
	if response != nil {
		for _, err := range response.Errors {
			if code, ok := err.Extensions["code"].(string); ok {
				codes = append(codes, code)
			}
		}
	}
	if len(codes) > 0 {
		span.Fact("graphql.errors", strings.Join(codes, " "))
	}
	span.End(len(codes) > 0)
	return response
}
