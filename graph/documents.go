package graph

import (
	"container/list"
	"context"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// documents keeps parsed and validated documents, the least recently used ones make place. Documents with
// texts written into them are not kept: a text there may be a password that belongs into a variable.
type documents struct {
	mu   sync.Mutex
	size int
	at   map[string]*list.Element
	used *list.List
}

type document struct {
	query string
	doc   *ast.QueryDocument
}

func newDocuments(size int) *documents {
	return &documents{size: size, at: map[string]*list.Element{}, used: list.New()}
}

// Get implements graphql.Cache.
func (d *documents) Get(_ context.Context, query string) (*ast.QueryDocument, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, ok := d.at[query]
	if !ok {
		return nil, false
	}
	d.used.MoveToFront(e)
	return e.Value.(document).doc, true
}

// Add implements graphql.Cache.
func (d *documents) Add(_ context.Context, query string, doc *ast.QueryDocument) {
	if holdsText(doc) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.at[query]; ok {
		return
	}
	d.at[query] = d.used.PushFront(document{query, doc})
	if len(d.at) > d.size {
		oldest := d.used.Remove(d.used.Back()).(document)
		delete(d.at, oldest.query)
	}
}

func holdsText(doc *ast.QueryDocument) bool {
	for _, op := range doc.Operations {
		for _, v := range op.VariableDefinitions {
			if textIn(v.DefaultValue) {
				return true
			}
		}
		if textBelow(op.SelectionSet) {
			return true
		}
	}
	for _, f := range doc.Fragments {
		if textBelow(f.SelectionSet) {
			return true
		}
	}
	return false
}

func textBelow(set ast.SelectionSet) bool {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			for _, a := range s.Arguments {
				if textIn(a.Value) {
					return true
				}
			}
			if textBelow(s.SelectionSet) {
				return true
			}
		case *ast.InlineFragment:
			if textBelow(s.SelectionSet) {
				return true
			}
		}
	}
	return false
}

func textIn(v *ast.Value) bool {
	if v == nil {
		return false
	}
	if v.Kind == ast.StringValue || v.Kind == ast.BlockValue {
		return true
	}
	for _, c := range v.Children {
		if textIn(c.Value) {
			return true
		}
	}
	return false
}

// withoutSuggestions are the rules of the GraphQL specification, those that would name parts of the schema
// to help with a typo in their quiet form.
func withoutSuggestions() *rules.Rules {
	r := rules.NewDefaultRules()
	for loud, quiet := range map[string]core.Rule{
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		r.RemoveRule(loud)
		r.AddRule(quiet.Name, quiet.RuleFunc)
	}
	return r
}
