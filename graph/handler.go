package graph

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"officeportal/graph/generated"
	"officeportal/graph/model"
	"officeportal/internal/ident"
	"officeportal/internal/viewer"
)

const (
	maxBody         = 64 << 10
	maxTime         = 10 * time.Second
	cachedDocuments = 500
	// retryAfter is told to whoever was limited, in seconds
	retryAfter = 60
)

// NewHandler returns the handler of /graphql: POST with a JSON body, nothing else; subscriptions are streams. Requests reach it with
// their viewer, and with the facts the Audit Log keeps, in the context.
//
// It follows the GraphQL over HTTP draft (github.com/graphql/graphql-over-http) and is a transport of its
// own because the stock one reads bodies of any size and repeats them in its errors, passwords included.
func NewHandler(c Config) http.Handler {
	c = c.withDefaults()
	e := executor.New(generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{c}, Directives: directives()}))
	kept := newDocuments(cachedDocuments)
	e.SetQueryCache(kept)
	e.SetParserTokenLimit(maxTokens)
	e.SetDisableSuggestion(true)
	e.SetDefaultRulesFn(withoutSuggestions)
	e.SetErrorPresenter(presenter{c.Log}.present)
	e.SetRecoverFunc(recovered)
	e.Use(limits{c.AdHoc, newBudget(c.Budget, c.Store.Now)})
	e.Use(traced{})
	e.Use(signedIn{})
	e.Use(audited{c.Store})
	e.AroundRootFields(func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
			ctx = withLoaders(ctx, c)
		}
		return next(ctx)
	})
	return &handler{Config: c, exec: e, kept: kept, open: openStreams{of: map[ident.ID]int{}}}
}

type handler struct {
	Config
	exec *executor.Executor
	kept *documents
	open openStreams
}

// answer is a response; data is left out where nothing was executed.
type answer struct {
	Errors     gqlerror.List   `json:"errors,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	Extensions map[string]any  `json:"extensions,omitempty"`
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), maxTime)
	defer cancel()
	ctx = withLoaders(withLocale(ctx, r.Header.Get("Accept-Language")), h.Config)
	ctx = graphql.StartOperationTrace(ctx)
	reply := replier{w, prefersGraphQL(r.Header.Values("Accept"))}

	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		reply.with(http.StatusMethodNotAllowed, h.refusal(ctx, refuse(codeBadInput, "graph.method")))
		return
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		reply.with(http.StatusUnsupportedMediaType, h.refusal(ctx, refuse(codeBadInput, "graph.mediaType")))
		return
	}
	if packed := r.Header.Get("Content-Encoding"); packed != "" && !strings.EqualFold(packed, "identity") { // a few bytes would unpack to any number
		w.Header().Set("Accept-Encoding", "identity")
		reply.with(http.StatusUnsupportedMediaType, h.refusal(ctx, refuse(codeBadInput, "graph.packed")))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			reply.with(http.StatusRequestEntityTooLarge, h.refusal(ctx, refuse(codeBadInput, "graph.tooLarge", "max", maxBody>>10)))
			return
		}
		reply.with(http.StatusBadRequest, h.refusal(ctx, refuse(codeBadInput, "graph.unreadable")))
		return
	}
	params, id, refusal := readParams(body)
	if refusal != nil {
		reply.with(http.StatusBadRequest, h.refusal(ctx, refusal))
		return
	}
	own, refusal := h.trust(ctx, id, params)
	if refusal != nil {
		reply.executed(h.refusal(ctx, refusal))
		return
	}
	ctx, spent := withMeter(ctx, own)
	op, refused := h.operation(ctx, params)
	spent.write(w.Header())
	switch {
	case refused != nil:
		reply.executed(*refused)
	case op.Operation.Operation != ast.Subscription:
		reply.executed(h.run(ctx, op))
	case wantsEvents(r.Header.Values("Accept")):
		h.stream(w, r, op, reply)
	default:
		reply.executed(h.refusal(ctx, refuse(codeBadInput, "graph.streamOnly")))
	}
}

// run executes one operation. A bug must not end the connection without an answer.
func (h *handler) run(ctx context.Context, op *graphql.OperationContext) (out answer) {
	defer func() {
		if p := recover(); p != nil {
			out = h.refusal(ctx, recovered(ctx, p))
		}
	}()
	next, ctx := h.exec.DispatchOperation(ctx, op)
	response := next(ctx)
	if response == nil {
		return h.refusal(ctx, context.Cause(ctx))
	}
	// each place of a document that is in order may have an error of its own
	return answer{Errors: response.Errors[:min(len(response.Errors), maxFailures)], Data: response.Data, Extensions: response.Extensions}
}

// operation reads and checks the document, or says what is wrong with it.
func (h *handler) operation(ctx context.Context, params *graphql.RawParams) (op *graphql.OperationContext, refusal *answer) {
	defer func() {
		if p := recover(); p != nil {
			a := h.refusal(ctx, recovered(ctx, p))
			op, refusal = nil, &a
		}
	}()
	if h.asksTooMuch(ctx, params.Query) {
		a := h.refusal(ctx, refuse(codeCostLimit, "graph.fields", "max", maxFields))
		return nil, &a
	}
	op, errs := h.exec.CreateOperationContext(ctx, params)
	if len(errs) > maxErrors {
		errs = errs[:maxErrors]
	}
	if errs != nil {
		if op.Operation == nil { // the executor's own middleware expects one
			op.Operation = &ast.OperationDefinition{}
		}
		response := h.exec.DispatchError(graphql.WithOperationContext(ctx, op), errs)
		return nil, &answer{Errors: response.Errors, Extensions: response.Extensions}
	}
	return op, nil
}

// asksTooMuch looks at documents that are not known to be valid, before the validator does. What does
// not parse is left to the executor.
func (h *handler) asksTooMuch(ctx context.Context, query string) bool {
	if _, ok := h.kept.Get(ctx, query); ok {
		return false
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, maxTokens)
	return err == nil && doc != nil && asksTooMuch(doc)
}

func (h *handler) refusal(ctx context.Context, err error) answer {
	if err == nil {
		err = errFetch
	}
	return answer{Errors: gqlerror.List{presenter{h.Log}.present(ctx, err)}}
}

// replier writes answers in the media type that was asked for.
type replier struct {
	w       http.ResponseWriter
	graphQL bool
}

// executed writes the answer to a well-formed request. The newer media type has statuses that mean
// something; with the older one everything well-formed is 200.
func (r replier) executed(a answer) {
	status := http.StatusOK
	limited := len(a.Errors) > 0 && a.Errors[0].Extensions["code"] == codeRateLimited
	if limited && r.w.Header().Get("Retry-After") == "" {
		r.w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	switch {
	case !r.graphQL:
	case limited:
		status = http.StatusTooManyRequests
	case a.Data == nil && len(a.Errors) > 0 && a.Errors[0].Extensions["code"] == codeNotTrusted:
		status = http.StatusForbidden
	case a.Data == nil && len(a.Errors) > 0 && a.Errors[0].Extensions["code"] == codeInternal:
		status = http.StatusInternalServerError
	case a.Data == nil:
		status = http.StatusBadRequest
	}
	r.with(status, a)
}

func (r replier) with(status int, a answer) {
	kind := "application/json; charset=utf-8"
	if r.graphQL {
		kind = "application/graphql-response+json; charset=utf-8"
	}
	raw, err := json.Marshal(a)
	if err != nil { // data that is no JSON: a bug in a scalar
		status, raw = http.StatusInternalServerError, []byte(`{"errors":[{"message":"Something went wrong.","extensions":{"code":"INTERNAL"}}]}`)
	}
	h := r.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	r.w.WriteHeader(status)
	_, _ = r.w.Write(raw)
}

func isJSON(contentType string) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "application/json" {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// prefersGraphQL reports whether the newer media type is asked for by name, and no less than the older.
func prefersGraphQL(accept []string) bool {
	newer, older := 0.0, 0.0
	for _, entry := range strings.Split(strings.Join(accept, ","), ",") {
		kind, params, err := mime.ParseMediaType(entry)
		if err != nil {
			continue
		}
		q := 1.0
		if s, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(s, 64); err != nil {
				continue
			}
		}
		switch kind {
		case "application/graphql-response+json":
			newer = max(newer, q)
		case "application/json":
			older = max(older, q)
		}
	}
	return newer > 0 && newer >= older
}

// signedIn lets the answer of signIn show the viewer who has just signed in.
type signedIn struct{}

// ExtensionName implements graphql.HandlerExtension.
func (signedIn) ExtensionName() string { return "SignedIn" }

// Validate implements graphql.HandlerExtension.
func (signedIn) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptField implements graphql.FieldInterceptor. What it puts into the context is there for all fields below.
func (signedIn) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	if fc := graphql.GetFieldContext(ctx); fc.Field.Name == "viewer" && fc.Parent != nil {
		var now *viewer.Viewer
		switch p := fc.Parent.Result.(type) {
		case *model.SignInPayload:
			now = p.Viewer
		case *model.CompleteSecondFactorPayload:
			now = p.Viewer
		}
		if now != nil {
			ctx = viewer.With(ctx, *now)
		}
	}
	return next(ctx)
}
