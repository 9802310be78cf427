package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"officeportal/ent/privacy"
	"officeportal/internal/fault"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/text"
	"officeportal/internal/viewer"
)

// The codes of top-level errors. Whatever has none of them is shown as INTERNAL.
const (
	codeUnauthenticated = "UNAUTHENTICATED"
	codeForbidden       = "FORBIDDEN"
	codeBadInput        = "BAD_USER_INPUT"
	codeRateLimited     = "RATE_LIMITED"
	codeCostLimit       = "COST_LIMIT"
	codeNotTrusted      = "DOCUMENT_NOT_TRUSTED"
	codeInternal        = "INTERNAL"
)

// refused is an error of this edge: its code, and a sentence of the catalog.
type refused struct {
	code, text string
	args       map[string]any
}

func (e *refused) Error() string { return e.code + " " + e.text }

func refuse(code, key string, args ...any) *refused {
	e := &refused{code: code, text: key, args: map[string]any{}}
	for i := 0; i+1 < len(args); i += 2 {
		e.args[args[i].(string)] = args[i+1]
	}
	return e
}

// listed puts an error where the executor wants a GraphQL one.
func (e *refused) listed() *gqlerror.Error { return gqlerror.Wrap(e) }

// panicked is a bug that ended a resolver.
type panicked struct {
	value any
	stack string
}

// Error names the kind of the value only: the value itself may hold anything.
func (e *panicked) Error() string {
	if err, ok := e.value.(runtime.Error); ok {
		return "panic: " + err.Error()
	}
	return fmt.Sprintf("panic: a %T", e.value)
}

func recovered(_ context.Context, value any) error {
	return &panicked{value, string(debug.Stack())}
}

// presenter turns every top-level error into a code and a sentence that are safe to show. The cause of
// what it masks goes to the log once, without the document, its variables or anything from a database row.
type presenter struct{ log *slog.Logger }

func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	out := &gqlerror.Error{Path: graphql.GetPath(ctx), Extensions: map[string]any{}}
	var from *gqlerror.Error
	if errors.As(err, &from) {
		out.Locations = from.Locations
		if from.Path != nil {
			out.Path = from.Path
		}
	}
	var code string
	code, out.Message = p.classify(ctx, err, from, out)
	if id := viewer.RequestFrom(ctx).ID; id != "" {
		out.Extensions["requestId"] = id
	}
	out.Extensions["code"] = code
	return out
}

func (p presenter) classify(ctx context.Context, err error, from, out *gqlerror.Error) (code, message string) {
	var own *refused
	refusal := fault.As(err)
	switch {
	case errors.As(err, &own):
		if permission, ok := own.args["permission"]; ok {
			out.Extensions["permission"] = permission
		}
		return own.code, text.Say(localeOf(ctx), own.text, own.args)
	case refusal != nil && len(refusal.Fields) > 0:
		return p.fault(ctx, refusal.Fields[0], out)
	case errors.Is(err, privacy.Deny):
		if viewer.From(ctx).Kind == viewer.Nobody {
			return codeUnauthenticated, say(ctx, "graph.unauthenticated")
		}
		return codeForbidden, say(ctx, "graph.forbidden")
	case errors.Is(err, ratelimit.ErrLimited):
		return codeRateLimited, say(ctx, "graph.rateLimited")
	case from != nil && isDocumentError(from):
		out.Path = mistakePath(from)
		return codeBadInput, mistake(from.Message)
	case argumentsUnread(ctx):
		return codeBadInput, say(ctx, "graph.argument")
	case errors.Is(err, context.Canceled), errors.Is(ctx.Err(), context.Canceled): // drivers have words of their own for it
		return codeInternal, say(ctx, "graph.canceled") // whoever asked has gone
	case store.Unknown(err): // never called failed
		p.tell(ctx, out, err)
		out.Extensions["outcome"] = "UNKNOWN"
		return codeInternal, say(ctx, "graph.unknown")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		p.tell(ctx, out, err)
		return codeInternal, say(ctx, "graph.timeout")
	default:
		p.tell(ctx, out, err)
		return codeInternal, say(ctx, "graph.internal")
	}
}

func (p presenter) fault(ctx context.Context, f fault.Field, out *gqlerror.Error) (code, message string) {
	message = text.Say(localeOf(ctx), f.Text, f.Args)
	switch f.Code {
	case fault.Unauthenticated:
		return codeUnauthenticated, message
	case fault.Forbidden:
		if permission, ok := f.Args["permission"]; ok {
			out.Extensions["permission"] = permission
		}
		return codeForbidden, message
	case fault.Unavailable:
		return codeInternal, message
	default:
		return codeBadInput, message
	}
}

func (p presenter) tell(ctx context.Context, out *gqlerror.Error, err error) {
	attrs := []slog.Attr{
		slog.String("request_id", viewer.RequestFrom(ctx).ID),
		slog.String("path", out.Path.String()),
		slog.String("error", store.Cause(err)),
	}
	if graphql.HasOperationContext(ctx) {
		attrs = append(attrs, slog.String("operation", operationName(graphql.GetOperationContext(ctx))))
	}
	var bug *panicked
	if errors.As(err, &bug) {
		attrs = append(attrs, slog.String("stack", bug.stack))
	}
	p.log.LogAttrs(ctx, slog.LevelError, "graphql: a field could not be answered", attrs...)
}

func operationName(op *graphql.OperationContext) string {
	if op.Operation != nil {
		return op.Operation.Name
	}
	return ""
}

// isDocumentError reports whether the document itself is wrong: it does not parse, is not valid, or its
// variables do not fit.
func isDocumentError(err *gqlerror.Error) bool {
	code := err.Extensions["code"]
	return code == errcode.ParseFailed || code == errcode.ValidationFailed
}

// argumentsUnread reports whether reading the arguments of the field failed, before its resolver ran.
func argumentsUnread(ctx context.Context) bool {
	fc := graphql.GetFieldContext(ctx)
	return fc != nil && fc.Field.Field != nil && fc.Args == nil && len(fc.Field.Arguments) > 0
}
