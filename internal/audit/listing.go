package audit

import (
	"slices"
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
	// the business, and then sorting what it found; one of them alone has the page in order.
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
func (f Filter) Page(business ident.ID, cut func(*sql.Selector)) func(*sql.Selector) {
	parts := f.parts()
	if len(parts) == 0 {
		return func(s *sql.Selector) { f.Where(s); cut(s) }
	}
	return func(s *sql.Selector) {
		defer cut(s)
		s.Where(sql.In(s.C(auditentry.FieldID), f.merged(s, business, parts, cut)))
	}
}

// part is one list that an index has in order.
type part struct {
	action           string
	outcome, channel string
}

// parts returns the lists of which a page is merged; none where one index has the page in order, or there are too many.
func (f Filter) parts() []part {
	given := 0
	for _, is := range []bool{f.Actor != nil, len(f.Actions) > 0, f.Channel != "", f.Outcome != ""} {
		if is {
			given++
		}
	}
	if f.Guardian != nil || f.Family != nil || given < 2 && len(f.Actions) < 2 {
		return nil
	}
	actions := actionNames(f.Actions)
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
	if len(actions)*len(outcomes)*len(channels) > mostParts {
		return nil
	}
	var out []part
	for _, a := range actions {
		for _, o := range outcomes {
			for _, c := range channels {
				out = append(out, part{a, o, c})
			}
		}
	}
	return out
}

func (f Filter) merged(s *sql.Selector, business ident.ID, parts []part, cut func(*sql.Selector)) *sql.Selector {
	d := sql.Dialect(s.Dialect())
	var all *sql.Selector
	for _, p := range parts {
		// One name at every level: a column of a selection of a selection is called by the innermost.
		t := sql.Table(auditentry.Table).As("m")
		one := d.Select(t.C(auditentry.FieldID)).From(t)
		one.Where(sql.EQ(one.C(auditentry.FieldBusinessID), business))
		f.narrow(one)
		one.Where(sql.And(sql.EQ(one.C(auditentry.FieldAction), p.action), sql.EQ(one.C(auditentry.FieldOutcome), p.outcome),
			sql.EQ(one.C(auditentry.FieldChannel), p.channel)))
		cut(one)
		// a limit belongs to its list only in brackets of its own
		listed := d.Select(auditentry.FieldID).From(one.As("m"))
		if all == nil {
			all = listed
		} else {
			all.UnionAll(listed)
		}
	}
	page := d.Select(auditentry.FieldID).From(all.As("m"))
	cut(page)
	// MySQL takes a limit in a subquery only one level down, and there wants a name.
	if s.Dialect() == dialect.MySQL {
		page.As("p")
	}
	return d.Select(auditentry.FieldID).From(page)
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
