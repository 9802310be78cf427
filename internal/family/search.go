package family

import (
	"context"
	"iter"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"officeportal/internal/fault"
	"officeportal/internal/search"
	"officeportal/internal/viewer"
)

// Filter says which families to list, and what of the list is wanted.
type Filter struct {
	// Search is what somebody typed, blank for all: beginnings of words of names, the beginning of an email
	// address, or the last digits of a phone number; all of them must match.
	Search string
	// AnyCanLogIn asks for families in which any guardian can log in, or none; nil for both.
	AnyCanLogIn *bool
	// MissingAcceptance asks for families in which a required policy is not accepted, or in which none is; nil for both.
	MissingAcceptance *bool
	// Archived asks for archived families instead of the present ones.
	Archived bool
	// ByChange says that pages are in the order of the last change instead of that of names.
	ByChange bool
	// Total says that [List.Total] will be called: a search then counts on the way.
	Total bool
}

// List is a list of families of the viewer's business.
type List struct {
	page  func(cut func(*sql.Selector)) func(*sql.Selector)
	total func(ctx context.Context) (int, error)
}

// Page returns the predicate of one page. The cut is what makes a page of the list: it orders by name_key and
// id, or by updated_at and id, limits, and begins after a row; it is given families, or for name_key anything
// else that has these two columns.
func (l List) Page(cut func(*sql.Selector)) func(*sql.Selector) { return l.page(cut) }

// Total returns how many families the list has. After a search it costs nothing. A number above ten thousand
// may be ten seconds old where another process changed it, or a guardian accepted a policy.
func (l List) Total(ctx context.Context) (int, error) { return l.total(ctx) }

// few is how many families may be found and then sorted, many how many may be found and looked up one by one:
// beyond, a page is read in its order until it is full. A further letter or two that at most several families have is
// compared as a list, which costs a tenth of asking each family for it.
var (
	few     = 100
	several = 1000
	many    = 8000
)

// Listing looks up how to read the list that the filter describes. It costs one statement when something is
// searched for, none otherwise. Guardians have no list of families: for them it is the fault Forbidden.
//
// A rare word is found, and what was found is sorted. A common one is read in the order of names until the page
// is full: the search keys with the same first letters lie in that order, and their marks tell which families can't
// have the other words. What is read is thus in proportion to the page, whatever the size of the business; only a total
// has to look at all that it counts.
func (s *Service) Listing(ctx context.Context, f Filter) (List, error) {
	if viewer.From(ctx).Kind == viewer.Guardian {
		return List{}, fault.New(fault.Forbidden, "family.forbidden")
	}
	keys := search.QueryKeys(f.Search)
	if len(keys) == 0 {
		return s.listingOfAll(f), nil
	}
	found, err := s.measure(ctx, f, keys)
	if err != nil {
		return List{}, err
	}
	l := List{
		page:  func(cut func(*sql.Selector)) func(*sql.Selector) { return f.page(found, cut) },
		total: func(context.Context) (int, error) { return found.total, nil },
	}
	if !f.Total {
		l.total = func(ctx context.Context) (int, error) {
			f.Total = true
			found, err := s.measure(ctx, f, keys)
			return found.total, err
		}
	}
	return l, nil
}

// listingOfAll lists what the flags let through. What was typed and has nothing to look up finds nothing.
func (s *Service) listingOfAll(f Filter) List {
	where := func(s *sql.Selector) {
		f.inOrder(s)
		if strings.TrimSpace(f.Search) != "" {
			s.Where(sql.False())
		}
	}
	return List{
		page: func(cut func(*sql.Selector)) func(*sql.Selector) { return func(s *sql.Selector) { where(s); cut(s) } },
		total: func(ctx context.Context) (int, error) {
			count := func(ctx context.Context) (int, error) { return s.Store.Client.Family.Query().Where(where).Count(ctx) }
			if f.Search != "" {
				return count(ctx)
			}
			return s.totals.of(ctx, f, s.Store.Now(), count)
		},
	}
}

// page chooses how to read one page of a search.
func (f Filter) page(found measured, cut func(*sql.Selector)) func(*sql.Selector) {
	rarest := found.keys[0]
	keys, stemmed := slices.Clone(found.keys), false
	// Families of one word are read in order and asked for the others.
	for i := range keys {
		if len(keys[i].key) >= stemBytes {
			keys[0], keys[i], stemmed = keys[i], keys[0], true
			break
		}
	}
	return func(s *sql.Selector) {
		defer cut(s)
		switch {
		case rarest.n <= few, f.ByChange && len(found.keys) > 1 && rarest.n <= many:
			// Find the rarest, ask what was found for the others.
			f.byRow(s)
			s.Where(sql.In(s.C("id"), f.withKey(s, rarest.key, found.keys[1:]...)))
			f.haveKeys(s, s.C("id"), found.keys[1:])
		case f.ByChange && rarest.n <= many:
			f.inOrder(s)
			s.Where(f.inList(s, rarest.key))
		case f.ByChange || !stemmed:
			// A letter or two: nearly every family has it, so ask each in order.
			f.inOrder(s)
			f.haveKeys(s, s.C("id"), found.keys)
		default:
			s.Where(sql.In(s.C("id"), f.inOrderOfNames(s, keys, cut)))
		}
	}
}

// inOrderOfNames selects the identifiers of one page, from the search keys that begin like the first one.
func (f Filter) inOrderOfNames(s *sql.Selector, keys []counted, cut func(*sql.Selector)) *sql.Selector {
	d := sql.Dialect(s.Dialect())
	first := keys[0].key
	k := sql.Table("family_search_keys").As("k")
	rows := d.Select(sql.As(k.C("family_id"), "id"), k.C("name_key")).From(k).Where(sql.P(func(b *sql.Builder) {
		// The function around the key keeps both databases from going through all keys in its range instead.
		b.WriteString("k.business_id = ").Arg(viewer.From(s.Context()).BusinessID).
			WriteString(" AND k.archived = ").Arg(number(f.Archived)).WriteString(" AND k.stem = ").Arg(stem(first)).
			WriteString(" AND CONCAT(k.`key`, '') >= ").Arg(first).WriteString(" AND CONCAT(k.`key`, '') < ").Arg(search.PrefixEnd(first))
		marked(b, "k.marks", keys[1:])
		f.ofFamily(b)
	}))
	for _, other := range keys[1:] {
		if len(other.key) < stemBytes && other.n <= several {
			rows.Where(sql.In(k.C("family_id"), f.withKey(s, other.key)))
		} else {
			f.haveKeys(rows.WithContext(s.Context()), k.C("family_id"), []counted{other})
		}
	}
	page := d.Select("id", "name_key").Distinct().From(rows.As("k"))
	cut(page)
	// MySQL takes a limit in a subquery only one level down, and there wants a name.
	if s.Dialect() == dialect.MySQL {
		page.As("p")
	}
	return d.Select("id").From(page)
}

// ofFamily asks the family of a search key k for the flags that only its own row has.
func (f Filter) ofFamily(b *sql.Builder) {
	for column, flag := range f.flags() {
		b.WriteString(" AND (SELECT f." + column + " FROM families f WHERE f.id = k.family_id) = ").Arg(number(flag))
	}
}

// flags are the columns of a family that the filter asks for.
func (f Filter) flags() iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		if f.MissingAcceptance != nil && !yield("policies_missing", *f.MissingAcceptance) {
			return
		}
		if f.AnyCanLogIn != nil {
			yield("any_can_log_in", *f.AnyCanLogIn)
		}
	}
}

// haveKeys asks each family for keys, by the index of its own keys.
func (f Filter) haveKeys(s *sql.Selector, id string, keys []counted) {
	business := viewer.From(s.Context()).BusinessID
	for _, k := range keys {
		s.Where(sql.P(func(b *sql.Builder) { hasKey(b, s.Dialect(), business, id, k.key) }))
	}
}

// withKey selects the families that have a key beginning so, from one range of one index, but those whose marks say
// that they lack another.
func (f Filter) withKey(s *sql.Selector, key string, others ...counted) *sql.Selector {
	k := sql.Table("family_search_keys")
	return sql.Dialect(s.Dialect()).Select("family_id").From(k).Where(sql.And(
		sql.EQ("business_id", viewer.From(s.Context()).BusinessID),
		sql.P(func(b *sql.Builder) { b.Ident("archived").WriteString(" = ").Arg(number(f.Archived)) }),
		sql.GTE("key", key),
		sql.P(func(b *sql.Builder) {
			b.Ident("key").WriteString(" < ").Arg(search.PrefixEnd(key))
			marked(b, "marks", others)
		}),
	))
}

// inList is membership in the list of a key, for a database that goes through the families in order. The plus
// keeps SQLite from beginning with the list.
func (f Filter) inList(s *sql.Selector, key string) *sql.Predicate {
	t := f.withKey(s, key)
	return sql.P(func(b *sql.Builder) {
		if s.Dialect() == dialect.SQLite {
			b.WriteString("+")
		}
		b.Ident(s.C("id")).WriteString(" IN ").Wrap(func(b *sql.Builder) { b.Join(t) })
	})
}

// inOrder writes the flags so that the indexes of the list's orders begin with them. ent's own predicate for
// a false flag, NOT archived, is no range of an index on SQLite.
func (f Filter) inOrder(s *sql.Selector) {
	flag := func(column string, value bool) {
		s.Where(sql.P(func(b *sql.Builder) { b.Ident(s.C(column)).WriteString(" = ").Arg(number(value)) }))
	}
	flag("archived", f.Archived)
	for column, value := range f.flags() {
		flag(column, value)
	}
}

// byRow writes the flags so that no index can begin with them.
func (f Filter) byRow(s *sql.Selector) {
	s.Where(sql.EQ(s.C("archived"), f.Archived))
	for column, value := range f.flags() {
		s.Where(sql.EQ(s.C(column), value))
	}
}

// stemBytes is how many bytes of a key its stem has at least: three Latin letters, two Greek ones, one Chinese
// character.
const stemBytes = 3

// stem returns the beginning of a key by which families of common words are kept in order.
func stem(key string) string {
	for i := range key {
		if i >= stemBytes {
			return key[:i]
		}
	}
	return key
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// counted is one searched key and how often it occurs, up to a bound.
type counted struct {
	key string
	n   int
}

// measured is what was found out about a search: the keys, those first that a page should begin with, and the
// number of families if it is wanted.
type measured struct {
	keys  []counted
	total int
}

// measure counts how often each key occurs, up to a bound, and if wanted how many families have them all.
func (s *Service) measure(ctx context.Context, f Filter, keys []string) (measured, error) {
	d, business := s.Store.Driver.Dialect(), viewer.From(ctx).BusinessID
	bound := func(key string) int {
		switch {
		case f.ByChange:
			return many + 1
		case len(keys) > 1 && len(key) < stemBytes:
			return several + 1
		}
		return few + 1
	}
	out := measured{keys: make([]counted, len(keys))}
	for i, key := range keys {
		out.keys[i].key = key
	}
	b := &sql.Builder{}
	b.SetDialect(d)
	inRange := func(key string) {
		b.WriteString(" FROM family_search_keys WHERE business_id = ").Arg(business).WriteString(" AND archived = ").Arg(number(f.Archived)).
			WriteString(" AND `key` >= ").Arg(key).WriteString(" AND `key` < ").Arg(search.PrefixEnd(key))
	}
	b.WriteString("SELECT ")
	for i, key := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(SELECT COUNT(*) FROM (SELECT 1")
		inRange(key)
		b.WriteString(" LIMIT ").Arg(bound(key)).WriteString(")")
		if d == dialect.MySQL {
			b.WriteString(" k")
		}
		b.WriteString(")")
	}
	if f.Total {
		longest := slices.MaxFunc(keys, func(a, b string) int { return len(a) - len(b) })
		// A family has many keys that begin alike: each is asked once.
		b.WriteString(", (SELECT COUNT(*) FROM (SELECT DISTINCT family_id")
		inRange(longest)
		marked(b, "marks", out.keys)
		b.WriteString(") k WHERE 1 = 1")
		for _, key := range keys {
			if key != longest {
				b.WriteString(" AND ")
				hasKey(b, d, business, "k.family_id", key)
			}
		}
		f.ofFamily(b)
		b.WriteString(")")
	}
	query, args := b.Query()
	rows, err := s.Store.Driver.QueryContext(ctx, query, args...)
	if err != nil {
		return measured{}, err
	}
	defer rows.Close()
	into := make([]any, 0, len(keys)+1)
	for i := range out.keys {
		into = append(into, &out.keys[i].n)
	}
	if f.Total {
		into = append(into, &out.total)
	}
	if rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return measured{}, err
		}
	}
	// The rarest first; among equally common ones, the longest.
	slices.SortStableFunc(out.keys, func(a, b counted) int {
		if a.n != b.n {
			return a.n - b.n
		}
		return len(b.key) - len(a.key)
	})
	return out, rows.Err()
}

// hasKey asks one family for a key, by the index of its own keys and by no other.
func hasKey(b *sql.Builder, d string, business any, id, key string) {
	const index = "familysearchkey_business_id_family_id_key"
	b.WriteString("(SELECT 1 FROM family_search_keys h ")
	if d == dialect.SQLite {
		b.WriteString("INDEXED BY " + index)
	} else {
		b.WriteString("FORCE INDEX (" + index + ")")
	}
	b.WriteString(" WHERE h.business_id = ").Arg(business).WriteString(" AND h.family_id = ").WriteString(id).
		WriteString(" AND h.`key` >= ").Arg(key).WriteString(" AND h.`key` < ").Arg(search.PrefixEnd(key)).WriteString(" LIMIT 1) = 1")
}
