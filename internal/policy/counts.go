package policy

import (
	"context"
	"strings"
	"sync"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"officeportal/ent"
	"officeportal/ent/policygap"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/viewer"
)

// Counting who accepted looks at every acceptance that counts: a second or two for a hundred thousand families.
// So what took many rows is remembered for a moment. Who is missing is counted in an index of its own.
const (
	manyCounted = 5000
	countedAge  = 10 * time.Second
)

// remembered keeps counts of this process.
type remembered struct {
	mu   sync.Mutex
	list map[ident.ID]counted // by version
}

type counted struct {
	electronic, manual int
	at                 time.Time
}

// Counts says for each policy in effect how many accepted it and how many are missing. The policies are the viewer's
// business's. Staff may call it; others get none.
func (s *Service) Counts(ctx context.Context, policies []*ent.BusinessPolicy) (map[ident.ID]Counts, error) {
	out := map[ident.ID]Counts{}
	if viewer.From(ctx).Kind != viewer.StaffMember || len(policies) == 0 {
		return out, nil
	}
	accepted, err := s.accepted(ctx, policies)
	if err != nil {
		return nil, err
	}
	gaps, err := s.gaps(ctx, policies)
	if err != nil {
		return nil, err
	}
	for _, p := range policies {
		c := Counts{Missing: gaps[p.ID], Counting: p.RecountDueAt != nil}
		if p.CurrentVersionID != nil {
			c.Accepted, c.ManuallyAccepted = accepted[*p.CurrentVersionID].electronic, accepted[*p.CurrentVersionID].manual
		}
		out[p.ID] = c
	}
	return out, nil
}

func (s *Service) gaps(ctx context.Context, policies []*ent.BusinessPolicy) (map[ident.ID]int, error) {
	ids := make([]ident.ID, len(policies))
	for i, p := range policies {
		ids[i] = p.ID
	}
	var rows []struct {
		PolicyID ident.ID `sql:"policy_id"`
		Count    int
	}
	err := s.Store.Client.PolicyGap.Query().
		Where(policygap.BusinessID(viewer.From(ctx).BusinessID), func(sel *sql.Selector) {
			args := make([]any, len(ids))
			for i, id := range ids {
				args[i] = id
			}
			sel.Where(sql.In(sel.C(policygap.FieldPolicyID), args...))
		}).
		GroupBy(policygap.FieldPolicyID).Aggregate(ent.Count()).Scan(ctx, &rows)
	out := map[ident.ID]int{}
	for _, r := range rows {
		out[r.PolicyID] = r.Count
	}
	return out, err
}

// gapsOf are the gaps of some families.
func gapsOf(business ident.ID, families []any) func(*sql.Selector) {
	return func(s *sql.Selector) {
		s.Where(sql.And(sql.EQ(s.C(policygap.FieldBusinessID), business), sql.In(s.C(policygap.FieldFamilyID), families...)))
	}
}

// accepted returns the counts by current version: those remembered, and the others with one statement.
func (s *Service) accepted(ctx context.Context, policies []*ent.BusinessPolicy) (map[ident.ID]counted, error) {
	now := s.Store.Now()
	out := map[ident.ID]counted{}
	var parts []string
	var args []any
	for _, p := range policies {
		if p.CurrentVersionID == nil {
			continue
		}
		if known, ok := s.counts.of(*p.CurrentVersionID, now); ok {
			out[*p.CurrentVersionID] = known
			continue
		}
		out[*p.CurrentVersionID] = counted{at: now}
		student := "a.student_id IS NULL"
		if p.Scope == schematype.StudentScope {
			student = "EXISTS (SELECT 1 FROM students st WHERE st.business_id = a.business_id AND st.id = a.student_id AND st.archived = 0)"
		}
		parts = append(parts, `SELECT v.id, a.method, COUNT(*) FROM policy_versions v
JOIN policy_acceptances a `+s.ofVersion()+` ON a.business_id = v.business_id AND a.policy_id = v.policy_id AND a.version_number >= v.accepted_from
JOIN families f ON f.business_id = a.business_id AND f.id = a.family_id
WHERE v.business_id = ? AND v.id = ? AND a.slot IS NOT NULL AND f.archived = 0 AND `+student+` GROUP BY v.id, a.method`)
		args = append(args, viewer.From(ctx).BusinessID, *p.CurrentVersionID)
	}
	if len(parts) == 0 {
		return out, nil
	}
	rows, err := s.Store.Driver.QueryContext(ctx, strings.Join(parts, "\nUNION ALL\n"), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id ident.ID
		var method string
		var n int
		if err := rows.Scan(&id, &method, &n); err != nil {
			return nil, err
		}
		c := out[id]
		if method == string(schematype.Electronic) {
			c.electronic = n
		} else {
			c.manual = n
		}
		out[id] = c
	}
	s.counts.keep(out)
	return out, rows.Err()
}

// ofVersion names the index that has the acceptances of a policy by version: where nearly all rows of the table count,
// MariaDB would go through all of them, those of other businesses too.
func (s *Service) ofVersion() string {
	if s.Store.Driver.Dialect() == dialect.SQLite {
		return "INDEXED BY policyacceptance_of_version"
	}
	return "FORCE INDEX (policyacceptance_of_version)"
}

func (r *remembered) of(version ident.ID, now time.Time) (counted, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.list[version]
	if age := now.Sub(c.at); !ok || age < 0 || age >= countedAge {
		return counted{}, false
	}
	return c, true
}

func (r *remembered) keep(counts map[ident.ID]counted) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.list == nil || len(r.list) > 1000 {
		r.list = map[ident.ID]counted{}
	}
	for id, c := range counts {
		if c.electronic+c.manual >= manyCounted {
			r.list[id] = c
		}
	}
}
