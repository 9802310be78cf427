package graph

import (
	"maps"

	"github.com/vektah/gqlparser/v2/ast"
)

// What the text of a document may be like before anybody validates it. Rules of validation compare fields of one name
// pairwise, walk every level, and repeat what they don't know: a few kilobytes would keep a core busy for seconds.
const (
	// maxFields is how many fields, arguments and directives a document may have with its fragments written out.
	maxFields = 1_000
	// maxPairs is how many pairs of fields with one name it may have.
	maxPairs = 30_000
	// maxLevels is how deep braces may be nested. Introspection, which goes deepest, has 16 levels.
	maxLevels = 50
	// maxWord is how many characters a name or a number may have.
	maxWord = 100
)

// shape is what a document that is parsed and not validated consists of. Cycles of fragments are left to the validator.
type shape struct {
	fragments ast.FragmentDefinitionList
	known     map[string]parts
	open      map[string]bool
	tooMuch   bool
}

// parts are the fields of a selection, by their name in the answer, and how many parts there are in all.
type parts struct {
	all   int
	names map[string]int
}

// asksTooMuch reports whether a document is too large, too deep or too repetitive to be worth validating.
func asksTooMuch(doc *ast.QueryDocument) bool {
	s := &shape{fragments: doc.Fragments, known: map[string]parts{}, open: map[string]bool{}}
	all := parts{names: map[string]int{}}
	for _, op := range doc.Operations {
		s.word(op.Name)
		all.all += 1 + len(op.VariableDefinitions) + s.directives(op.Directives)
		for _, v := range op.VariableDefinitions {
			s.word(v.Variable)
			all.all += s.directives(v.Directives)
			s.value(v.DefaultValue, 1)
		}
		s.add(&all, s.in(op.SelectionSet, 1))
	}
	for _, f := range doc.Fragments {
		s.word(f.Name)
		s.word(f.TypeCondition)
		all.all += 1 + s.directives(f.Directives)
		if _, spread := s.known[f.Name]; !spread { // those that nobody spreads are compared as well
			s.add(&all, s.in(f.SelectionSet, 1))
		}
	}
	pairs := 0
	for _, n := range all.names {
		pairs = plus(pairs, times(n, n))
	}
	return s.tooMuch || all.all > maxFields || pairs > maxPairs
}

func (s *shape) in(set ast.SelectionSet, level int) parts {
	out := parts{names: map[string]int{}}
	if level > maxLevels {
		s.tooMuch = true
	}
	for _, sel := range set {
		if s.tooMuch {
			return out
		}
		out.all++
		switch sel := sel.(type) {
		case *ast.Field:
			s.word(sel.Name)
			s.word(sel.Alias)
			out.names[sel.Alias]++
			out.all += len(sel.Arguments) + s.directives(sel.Directives)
			for _, a := range sel.Arguments {
				s.word(a.Name)
				s.value(a.Value, 1)
			}
			s.add(&out, s.in(sel.SelectionSet, level+1))
		case *ast.InlineFragment:
			s.word(sel.TypeCondition)
			out.all += s.directives(sel.Directives)
			s.add(&out, s.in(sel.SelectionSet, level+1))
		case *ast.FragmentSpread:
			s.word(sel.Name)
			out.all += s.directives(sel.Directives)
			s.add(&out, s.fragment(sel.Name, level))
		}
	}
	return out
}

func (s *shape) add(to *parts, more parts) {
	to.all = plus(to.all, more.all)
	for name, n := range more.names {
		to.names[name] = plus(to.names[name], n)
	}
	s.tooMuch = s.tooMuch || to.all > maxFields
}

// fragment is looked at once, however often it is spread.
func (s *shape) fragment(name string, level int) parts {
	if p, ok := s.known[name]; ok || s.open[name] {
		return parts{p.all, maps.Clone(p.names)}
	}
	f := s.fragments.ForName(name)
	if f == nil {
		return parts{}
	}
	s.open[name] = true
	p := s.in(f.SelectionSet, level+1)
	delete(s.open, name)
	s.known[name] = p
	return p
}

func (s *shape) directives(list ast.DirectiveList) int {
	n := 0
	for _, d := range list {
		s.word(d.Name)
		n += 1 + len(d.Arguments)
		for _, a := range d.Arguments {
			s.word(a.Name)
			s.value(a.Value, 1)
		}
	}
	return n
}

func (s *shape) value(v *ast.Value, level int) {
	if v == nil || s.tooMuch {
		return
	}
	if level > maxLevels {
		s.tooMuch = true
		return
	}
	if v.Kind != ast.StringValue && v.Kind != ast.BlockValue {
		s.word(v.Raw)
	}
	for _, c := range v.Children {
		s.word(c.Name)
		s.value(c.Value, level+1)
	}
}

func (s *shape) word(text string) { s.tooMuch = s.tooMuch || len(text) > maxWord }
