package audit

import (
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"officeportal/ent/auditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
)

// Filter says which entries to list; every part that is given must match.
type Filter struct {
	// Actions are any of these; none for all.
	Actions []Action
	// Actor, Guardian and Family are whom it was done by and is about; nil for anybody.
	Actor, Guardian, Family *ident.ID
	// Channel and Outcome are empty for any.
	Channel schematype.Channel
	Outcome schematype.Outcome
	// From is the first instant, To the first one after; zero for no bound.
	From, To time.Time
}

// idSlack is how far an entry's identifier may be from its time: a transaction ran again, or clocks differ.
const idSlack = time.Minute

// mostParts is how many lists one statement merges at most. SQLite takes 500.
const mostParts = 400

// Where limits a query to the entries that match, for counting them and for reading them all.
func (f Filter) Where(s *sql.Selector) {
	f.narrow(s)
	in := func(column string, values []string) {
		if len(values) == 1 {
			s.Where(sql.EQ(s.C(column), values[0]))
		} else if len(values) > 1 {
			s.Where(sql.In(s.C(column), anys(values)...))
		}
	}
	in(auditentry.FieldAction, actionNames(f.Actions))
	if f.Outcome != "" {
		in(auditentry.FieldOutcome, []string{string(f.Outcome)})
	}
	if f.Channel != "" {
		in(auditentry.FieldChannel, []string{string(f.Channel)})
	}
}

// narrow writes what is one value or one range of the identifiers.
func (f Filter) narrow(s *sql.Selector) {
	// A bound on the id that always holds keeps MariaDB from intersecting two indexes that both begin with
	// the business: for counting one of them alone is quicker.
	s.Where(sql.GT(s.C(auditentry.FieldID), ident.ID{}))
	for _, is := range []struct {
		column string
		id     *ident.ID
	}{{auditentry.FieldActorID, f.Actor}, {auditentry.FieldGuardianID, f.Guardian}, {auditentry.FieldFamilyID, f.Family}} {
		if is.id != nil {
			s.Where(sql.EQ(s.C(is.column), *is.id))
		}
	}
	// Identifiers are made in the order of time, so that dates are found in the index of identifiers.
	if !f.From.IsZero() {
		s.Where(sql.And(sql.GTE(s.C(auditentry.FieldID), ident.At(f.From.Add(-idSlack))), sql.GTE(s.C(auditentry.FieldOccurredAt), f.From)))
	}
	if !f.To.IsZero() {
		s.Where(sql.And(sql.LT(s.C(auditentry.FieldID), ident.At(f.To.Add(idSlack))), sql.LT(s.C(auditentry.FieldOccurredAt), f.To)))
	}
}

// Page returns the predicate of one page of the entries of a business. The cut is what makes a page of the list: it
// orders by id, limits, and begins after a row.
//
// One filter alone is an index that has the page in order, and what concerns one guardian or family is little. Of
// several filters any one may let through hundreds of thousands of entries of which hardly any match the others, so
// they are read from an index that begins with all of them: as one short list for each action, result and channel
// there is, of which the page is merged. The cost follows the number of lists, not the number of entries.
//
// The index is named in the statement: what a database expects of a range of days or of a rare value, without having
// counted it, is wrong by a thousand times now and then.
func (f Filter) Page(business ident.ID, cut func(*sql.Selector)) func(*sql.Selector) {
	index, parts := f.parts()
	return func(s *sql.Selector) {
		text, args := f.merged(s.Dialect(), business, index, parts, cut)
		s.Where(sql.ExprP(s.C(auditentry.FieldID)+" IN ("+text+")", args...))
		cut(s)
	}
}

// part is one list that an index has in order: what its columns are.
type part []condition

type condition struct {
	column string
	value  any
}

// The indexes of the entries, each going on by id.
const (
	indexNewest   = "auditentry_business_id_id"
	indexAction   = "auditentry_business_id_action_id"
	indexActor    = "auditentry_business_id_actor_id_id"
	indexGuardian = "auditentry_business_id_guardian_id_id"
	indexFamily   = "auditentry_business_id_family_id_id"
	indexChannel  = "auditentry_business_id_channel_id"
	indexOutcome  = "auditentry_business_id_outcome_id"
	indexByAction = "auditentry_by_action"
	indexByActor  = "auditentry_by_actor"
)

// parts returns the index that is read, and the lists of it of which a page is merged; none for a single list that is
// narrowed by all filters.
func (f Filter) parts() (index string, parts []part) {
	switch {
	case f.Guardian != nil:
		return indexGuardian, nil
	case f.Family != nil:
		return indexFamily, nil
	}
	actions := actionNames(f.Actions)
	given := 0
	for _, is := range []struct {
		given bool
		index string
	}{{f.Actor != nil, indexActor}, {len(actions) > 0, indexAction}, {f.Channel != "", indexChannel}, {f.Outcome != "", indexOutcome}} {
		if is.given {
			given++
			index = is.index
		}
	}
	switch {
	case given == 0:
		return indexNewest, nil
	case given == 1 && len(actions) > 0:
		return indexAction, lists(actions, nil, nil)
	case given == 1:
		return index, nil
	}
	if len(actions) == 0 {
		actions = actionNames(Actions())
	}
	outcomes := []string{string(schematype.Succeeded), string(schematype.WasRefused), string(schematype.FailedToWork)}
	if f.Outcome != "" {
		outcomes = []string{string(f.Outcome)}
	}
	channels := []string{"", string(schematype.Email), string(schematype.SMS)}
	if f.Channel != "" {
		channels = []string{string(f.Channel)}
	}
	index = indexByAction
	if f.Actor != nil {
		index = indexByActor
	}
	if len(actions)*len(outcomes)*len(channels) > mostParts {
		return indexActor, nil // nearly every action of one person
	}
	return index, lists(actions, outcomes, channels)
}

// lists are all combinations of the values; nil leaves a column out.
func lists(actions, outcomes, channels []string) []part {
	out := []part{nil}
	for _, of := range []struct {
		column string
		values []string
	}{{auditentry.FieldAction, actions}, {auditentry.FieldOutcome, outcomes}, {auditentry.FieldChannel, channels}} {
		if of.values == nil {
			continue
		}
		var next []part
		for _, p := range out {
			for _, v := range of.values {
				next = append(next, append(slices.Clone(p), condition{of.column, v}))
			}
		}
		out = next
	}
	return out
}

// merged is the statement that finds the identifiers of a page.
func (f Filter) merged(d string, business ident.ID, index string, parts []part, cut func(*sql.Selector)) (string, []any) {
	hint := " INDEXED BY `" + index + "`"
	if d == dialect.MySQL {
		hint = " FORCE INDEX (`" + index + "`)"
	}
	// one list, in order
	list := func(narrow func(*sql.Selector)) (string, []any) {
		t := sql.Table(auditentry.Table).As("m")
		one := sql.Dialect(d).Select(t.C(auditentry.FieldID)).From(t)
		one.Where(sql.EQ(one.C(auditentry.FieldBusinessID), business))
		narrow(one)
		cut(one)
		text, args := one.Query()
		return strings.Replace(text, " AS `m`", " AS `m`"+hint, 1), args
	}
	// MySQL takes a limit in a subquery only one level down, and there wants a name.
	named := func(text string) string { return "SELECT `id` FROM (" + text + ") AS `m`" }
	if parts == nil {
		text, args := list(f.Where)
		return named(text), args
	}
	var texts []string
	var all []any
	for _, p := range parts {
		text, args := list(func(s *sql.Selector) {
			f.narrow(s)
			for _, c := range p {
				s.Where(sql.EQ(s.C(c.column), c.value))
			}
		})
		texts, all = append(texts, named(text)), append(all, args...)
	}
	if len(texts) == 1 {
		return texts[0], all
	}
	lists := sql.Table("lists").As("m")
	page := sql.Dialect(d).Select(lists.C(auditentry.FieldID)).From(lists)
	cut(page)
	text, args := page.Query()
	text = strings.Replace(text, "`lists` AS `m`", "("+strings.Join(texts, " UNION ALL ")+") AS `m`", 1)
	return named(text), append(all, args...)
}

func actionNames(actions []Action) []string {
	out := make([]string, 0, len(actions))
	for _, a := range actions {
		out = append(out, string(a))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}
