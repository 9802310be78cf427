package family

import (
	"strings"

	"entgo.io/ent/dialect/sql"

	"officeportal/internal/search"
	"officeportal/internal/viewer"
)

// Matching returns the predicate of families, and of nothing else, for what somebody typed: beginnings of
// words of names, the beginning of an email address, or the last digits of a phone number; all of them must
// match. Blank matches every family. It looks at the viewer's business only.
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
		business := viewer.From(s.Context()).BusinessID
		for _, key := range keys {
			t := sql.Dialect(s.Dialect()).Select("family_id").From(sql.Table("family_search_keys"))
			t.Where(sql.And(
				sql.EQ("business_id", business),
				sql.GTE("key", key),
				sql.LT("key", search.PrefixEnd(key)),
			))
			s.Where(sql.In(s.C("id"), t))
		}
	}
}
