package graph

import (
	"context"
	"encoding/json"
	"math"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"officeportal/internal/page"
)

// What one document may ask for.
const (
	maxTokens  = 5_000
	maxDepth   = 12
	maxCost    = 1_000
	maxAliases = 10 // of one root field
)

// Costs are counted in tenths: an object costs one, a leaf a tenth, a list of a connection its size times
// what one edge costs, and another list as if it had listSize entries.
const (
	tenths   = 10
	leafCost = 1
	listSize = 2
	// introspectionTenths is how many values of an answer about the schema cost a tenth: all of it in one
	// document costs about half of what a document may.
	introspectionTenths = 20
)

const (
	// maxErrors is how many mistakes of a document are told: a byte of it can be one.
	maxErrors = 3
	// maxFailures is how many errors are told of a document that was answered.
	maxFailures = 10
	// maxMistake is how many characters of each are: a document that is wrong is not sent back.
	maxMistake = 120
)

// sending are the mutations that send, spend, publish or try a secret: one of them in one request, so that neither
// aliases nor several fields multiply attempts.
var sending = []string{"requestPasswordReset", "inviteGuardian", "addSmsCredits", "adjustSmsCredits", "publishPolicyVersion", "forgotPassword", "resetPassword", "acceptInvitation",
	"signIn", "changePassword", "completeSecondFactor", "confirmIdentity", "confirmTotp", "inviteStaff", "reinviteStaff"}

// limits refuses documents that ask for too much, before anything is read.
type limits struct {
	adHoc  func(context.Context) bool
	budget *budget
}

// ExtensionName implements graphql.HandlerExtension.
func (limits) ExtensionName() string { return "Limits" }

// Validate implements graphql.HandlerExtension.
func (limits) Validate(graphql.ExecutableSchema) error { return nil }

// Cost is what a document costs and what it may cost.
type Cost struct {
	Requested int `json:"requested"`
	Limit     int `json:"limit"`
}

// MutateOperationContext implements graphql.OperationContextMutator.
func (l limits) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	w := &walker{vars: op.Variables, fragments: map[fragmentKey]measure{}, roots: map[string]int{}}
	w.countRoots(op.Operation.SelectionSet, 1)
	m := w.measure(op.Operation.SelectionSet, 1)
	cost := Cost{Requested: (m.cost + tenths - 1) / tenths, Limit: maxCost}
	adHoc := l.adHoc(ctx)
	op.DisableIntrospection = !adHoc
	if adHoc {
		op.Stats.SetExtension("cost", cost)
	}
	sends := 0
	for name, n := range w.roots {
		if n > maxAliases {
			return refuse(codeCostLimit, "graph.aliases", "max", maxAliases).listed()
		}
		if op.Operation.Operation == ast.Mutation && slices.Contains(sending, name) {
			sends += n
		}
	}
	switch {
	case !adHoc && w.roots["__schema"]+w.roots["__type"] > 0:
		return refuse(codeForbidden, "graph.introspection").listed()
	case sends > 1:
		return refuse(codeBadInput, "graph.oneSending").listed()
	case m.depth > maxDepth:
		return refuse(codeCostLimit, "graph.depth", "max", maxDepth).listed()
	case cost.Requested > maxCost:
		return refuse(codeCostLimit, "graph.cost", "max", maxCost, "cost", cost.Requested).listed()
	case adHoc:
		if err := l.budget.spend(ctx, cost.Requested); err != nil {
			return gqlerror.Wrap(err)
		}
	}
	return nil
}

// InterceptResponse implements graphql.ResponseInterceptor: ad-hoc callers see the cost.
func (limits) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if graphql.HasOperationContext(ctx) {
		if cost, ok := graphql.GetOperationContext(ctx).Stats.GetExtension("cost").(Cost); ok {
			graphql.RegisterExtension(ctx, "cost", cost)
		}
	}
	return next(ctx)
}

type measure struct{ cost, depth int }

type fragmentKey struct {
	name  string
	edges int
}

// walker measures a valid document: fragments have no cycles, every field has its definition. A fragment
// is measured once, however often it is spread.
type walker struct {
	vars      map[string]any
	fragments map[fragmentKey]measure
	roots     map[string]int
}

// measure returns the cost of a selection, times the page size for the edges of a connection, and its depth.
func (w *walker) measure(set ast.SelectionSet, edges int) measure {
	var out measure
	add := func(m measure) { out = measure{plus(out.cost, m.cost), max(out.depth, m.depth)} }
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			add(w.field(s, edges))
		case *ast.InlineFragment:
			add(w.measure(s.SelectionSet, edges))
		case *ast.FragmentSpread:
			key := fragmentKey{s.Name, edges}
			m, known := w.fragments[key]
			if !known {
				m = w.measure(s.Definition.SelectionSet, edges)
				w.fragments[key] = m
			}
			add(m)
		}
	}
	return out
}

func (w *walker) field(f *ast.Field, edges int) measure {
	switch {
	case f.Name == "__schema" || f.Name == "__type":
		return measure{w.described(f.SelectionSet)/introspectionTenths + tenths, 1}
	case len(f.SelectionSet) == 0:
		return measure{leafCost, 1}
	}
	m := w.measure(f.SelectionSet, w.pageSize(f))
	m.cost = plus(m.cost, tenths)
	m.depth++
	switch {
	case f.Name == "edges":
		m.cost = times(m.cost, edges)
	case f.Definition.Type.Elem != nil:
		m.cost = times(m.cost, listSize)
	}
	return m
}

// listsOfSchema says about how long the lists are that describe the schema.
var listsOfSchema = map[string]int{
	"types": 100, "fields": 5, "inputFields": 5, "enumValues": 5, "possibleTypes": 5, "interfaces": 2, "args": 2, "directives": 6,
}

// described estimates how many values an answer about the schema has.
func (w *walker) described(set ast.SelectionSet) int {
	n := 0
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			n = plus(n, times(plus(w.described(s.SelectionSet), 1), max(listsOfSchema[s.Name], 1)))
		case *ast.InlineFragment:
			n = plus(n, w.described(s.SelectionSet))
		case *ast.FragmentSpread:
			n = plus(n, w.described(s.Definition.SelectionSet))
		}
	}
	return n
}

// pageSize is how many edges the field may bring, 1 when it is no connection. What is no valid size costs
// as much as the largest: it is refused later, with the rest of the answer read.
func (w *walker) pageSize(f *ast.Field) int {
	if f.Definition.Arguments.ForName("first") == nil {
		return 1
	}
	for _, name := range []string{"first", "last"} {
		arg := f.Arguments.ForName(name)
		if arg == nil {
			continue
		}
		value, err := arg.Value.Value(w.vars)
		if err != nil || value == nil {
			continue
		}
		n := page.Max
		switch v := value.(type) {
		case int64:
			n = int(v)
		case int:
			n = v
		case json.Number:
			if i, err := v.Int64(); err == nil {
				n = int(i)
			}
		}
		if n < 1 || n > page.Max {
			n = page.Max
		}
		return n
	}
	return page.Default
}

// countRoots counts how often each root field is asked for, below fragments too. Directives that skip
// fields are not looked at: a document is judged by what it could do.
func (w *walker) countRoots(set ast.SelectionSet, level int) {
	if level > maxAliases { // nested fragments: deeper than any real document
		w.roots[""] = maxAliases + 1
		return
	}
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			w.roots[s.Name]++
		case *ast.InlineFragment:
			w.countRoots(s.SelectionSet, level+1)
		case *ast.FragmentSpread:
			w.countRoots(s.Definition.SelectionSet, level+1)
		}
		for _, n := range w.roots {
			if n > maxAliases {
				return
			}
		}
	}
}

const tooMuch = math.MaxInt / 4

func plus(a, b int) int {
	if a > tooMuch-b {
		return tooMuch
	}
	return a + b
}

func times(a, b int) int {
	if a > tooMuch/b {
		return tooMuch
	}
	return a * b
}
