package family

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"officeportal/internal/search"
	"officeportal/internal/viewer"
)

// Matching returns the predicate of families, and of nothing else, for what somebody typed: beginnings of
// words of names, the beginning of an email address, or the last digits of a phone number; all of them must
// match. Blank matches every family. It looks at the viewer's business only.
//
// It is right for any query. [Service.Listing] is quicker for pages of a large business.
func Matching(typed string) func(*sql.Selector) {
	keys := search.QueryKeys(typed)
	blank := strings.TrimSpace(typed) == ""
	return func(s *sql.Selector) {
		if len(keys) == 0 {
			if !blank {
				s.Where(sql.False())
			}
			return
		}
		for _, key := range keys {
			s.Where(sql.In(s.C("id"), withKey(s, key)))
		}
	}
}

// withKey selects the families that have a key beginning so, from one range of one index.
func withKey(s *sql.Selector, key string) *sql.Selector {
	return sql.Dialect(s.Dialect()).Select("family_id").From(sql.Table("family_search_keys")).Where(sql.And(
		sql.EQ("business_id", viewer.From(s.Context()).BusinessID),
		sql.GTE("key", key),
		sql.LT("key", search.PrefixEnd(key)),
	))
}

// Filter says which families to list.
type Filter struct {
	// Search is what somebody typed; blank for all.
	Search string
	// AnyCanLogIn asks for families in which any guardian can log in, or none; nil for both.
	AnyCanLogIn *bool
	// Archived asks for archived families instead of the present ones.
	Archived bool
}

// How often something may be found before a page is better read in its order than found by the rows.
const (
	few  = 300
	many = 8000
)

// Listing returns the predicates of the families that the filter lets through: one for a page in the order of
// one of the indexes, one for counting all of them. They select the same rows; they differ in where the
// database begins. A search costs one statement here, which counts, up to a bound, how often each word occurs.
func (s *Service) Listing(ctx context.Context, f Filter) (page, count func(*sql.Selector), err error) {
	keys := search.QueryKeys(f.Search)
	found := Matching(f.Search)
	if len(keys) == 0 {
		both := func(s *sql.Selector) { f.inOrder(s); found(s) }
		return both, both, nil
	}
	counts, err := s.occurrences(ctx, keys)
	if err != nil {
		return nil, nil, err
	}
	rarest := slices.Min(counts)
	count = func(s *sql.Selector) { f.byRow(s); found(s) }
	switch {
	case rarest <= few:
		// Begin with the rare words, ask the few families for the common ones, sort what is left.
		page = func(s *sql.Selector) {
			f.byRow(s)
			for i, key := range keys {
				if counts[i] <= many {
					s.Where(sql.In(s.C("id"), withKey(s, key)))
				} else {
					s.Where(hasKey(s, key))
				}
			}
		}
		return page, page, nil
	case len(keys) > 1:
		// Several common words that may have little in common: intersect their lists.
		return count, count, nil
	case rarest <= many:
		// One common name: go through the families in order and look each up in the list.
		page = func(s *sql.Selector) { f.inOrder(s); s.Where(inList(s, keys[0])) }
	default:
		// A letter or two: nearly every family has it, so ask each in order.
		page = func(s *sql.Selector) { f.inOrder(s); s.Where(hasKey(s, keys[0])) }
	}
	return page, count, nil
}

// occurrences returns how often each key occurs, at most one more than many.
func (s *Service) occurrences(ctx context.Context, keys []string) ([]int, error) {
	business := viewer.From(ctx).BusinessID
	var parts []string
	var args []any
	for i, key := range keys {
		parts = append(parts, fmt.Sprintf("(SELECT COUNT(*) FROM (SELECT 1 FROM family_search_keys WHERE business_id = ? AND `key` >= ? AND `key` < ? LIMIT %d) k%d)", many+1, i))
		args = append(args, business, key, search.PrefixEnd(key))
	}
	rows, err := s.Store.Driver.QueryContext(ctx, "SELECT "+strings.Join(parts, ", "), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := make([]int, len(keys))
	into := make([]any, len(keys))
	for i := range counts {
		into[i] = &counts[i]
	}
	if rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
	}
	return counts, rows.Err()
}

// inOrder writes the flags so that the indexes of the list's orders begin with them. ent's own predicate for
// a false flag, NOT archived, is no range of an index on SQLite.
func (f Filter) inOrder(s *sql.Selector) {
	s.Where(flag(s, "archived", f.Archived))
	if f.AnyCanLogIn != nil {
		s.Where(flag(s, "any_can_log_in", *f.AnyCanLogIn))
	}
}

// byRow writes the flags so that no index can begin with them.
func (f Filter) byRow(s *sql.Selector) {
	s.Where(sql.EQ(s.C("archived"), f.Archived))
	if f.AnyCanLogIn != nil {
		s.Where(sql.EQ(s.C("any_can_log_in"), *f.AnyCanLogIn))
	}
}

func flag(s *sql.Selector, column string, value bool) *sql.Predicate {
	n := 0
	if value {
		n = 1
	}
	return sql.P(func(b *sql.Builder) { b.Ident(s.C(column)).WriteString(" = ").Arg(n) })
}

// inList is membership in the list of a key, for a database that goes through the families in order. The plus
// keeps SQLite from beginning with the list.
func inList(s *sql.Selector, key string) *sql.Predicate {
	t := withKey(s, key)
	return sql.P(func(b *sql.Builder) {
		if s.Dialect() == dialect.SQLite {
			b.WriteString("+")
		}
		b.Ident(s.C("id")).WriteString(" IN ").Wrap(func(b *sql.Builder) { b.Join(t) })
	})
}

// hasKey asks one family for a key, by the index of its own keys. The function around the key keeps both
// databases from going through all keys in range instead, the limit MariaDB from making a list of them.
func hasKey(s *sql.Selector, key string) *sql.Predicate {
	business := viewer.From(s.Context()).BusinessID
	return sql.P(func(b *sql.Builder) {
		b.WriteString("(SELECT 1 FROM `family_search_keys` k WHERE k.`business_id` = ").Arg(business).
			WriteString(" AND k.`family_id` = ").Ident(s.C("id")).
			WriteString(" AND CONCAT(k.`key`, '') >= ").Arg(key).
			WriteString(" AND CONCAT(k.`key`, '') < ").Arg(search.PrefixEnd(key)).
			WriteString(" LIMIT 1) = 1")
	})
}
