package family_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect/sql"
	gocmp "github.com/google/go-cmp/cmp"

	"officeportal/ent"
	"officeportal/internal/family"
	"officeportal/internal/fault"
	"officeportal/internal/search"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/viewer"
)

// Searches of each way to read a list, in both orders.
var searches = []string{
	"",
	"zzzz",               // nothing
	"hanako.yamada",      // few
	"lopez",              // many, in the order of names
	"0150",               // digits of many
	"山田",                 // a stem of one character
	"m",                  // nearly all
	"lopez maria",        // two common words
	"nguyen kowalski",    // two common words that rarely meet
	"m lopez",            // shorter than a stem, and longer
	"m a",                // both shorter
	"hanako.yamada m jo", // few and common
	"… !",                // nothing to look up
}

func TestListingOfManyFamilies(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		if err := e.svc.Seed(t.Context(), e.business, family.SeedOptions{Families: 3000, Seed: 3}); err != nil {
			t.Fatal(err)
		}
		all := e.everything()
		// Some families are archived and some renamed, which moves them in every order.
		for i := 0; i < len(all); i += 100 {
			f := all[i].Family
			f = must[*ent.Family](t)(e.svc.UpdateFamily(e.dana, family.UpdateFamilyInput{FamilyID: f.ID, Version: f.Version, Name: "Maria " + f.Name}))
			if i%200 == 0 {
				must[*ent.Family](t)(e.svc.ArchiveFamily(e.dana, family.VersionedID{ID: f.ID, Version: f.Version}))
			}
		}
		all = e.everything()
		yes, no := true, false
		for _, typed := range searches {
			for name, f := range map[string]family.Filter{
				"present":           {},
				"with login":        {AnyCanLogIn: &yes},
				"without login":     {AnyCanLogIn: &no},
				"archived":          {Archived: true},
				"present by change": {ByChange: true},
				"login by change":   {ByChange: true, AnyCanLogIn: &yes},
			} {
				f.Search = typed
				want := all.find(f)
				for _, f.Total = range []bool{false, true} {
					list := must[family.List](t)(e.svc.Listing(e.dana, f))
					if n := must[int](t)(list.Total(e.dana)); n != len(want) {
						t.Errorf("%q, %s: counted %d of %d", typed, name, n, len(want))
					}
					e.checkPages(typed+", "+name, list, f.ByChange, want)
				}
			}
		}
	})
}

// checkPages reads the first page and one in the middle, and asks the database for its plan of both.
func (e *env) checkPages(name string, list family.List, byChange bool, want []known) {
	e.t.Helper()
	column := "name_key"
	if byChange {
		column = "updated_at"
	}
	for _, from := range []int{0, len(want) / 2} {
		if from > 0 && from == len(want) {
			continue
		}
		cut := func(s *sql.Selector) {
			if from > 0 && !byChange {
				at := want[from-1]
				s.Where(sql.And(sql.Or(sql.GT(s.C(column), at.NameKey), sql.And(sql.EQ(s.C(column), at.NameKey), sql.GT(s.C("id"), at.ID))), sql.GTE(s.C(column), at.NameKey)))
			}
			s.OrderBy(sql.Asc(s.C(column)), sql.Asc(s.C("id"))).Limit(26)
		}
		if from > 0 && byChange {
			continue
		}
		ctx, rec := sqlcount.Watch(e.dana)
		var got, expected []string
		for _, f := range must[[]*ent.Family](e.t)(e.store.Client.Family.Query().Where(list.Page(cut)).All(ctx)) {
			got = append(got, f.ID.String())
		}
		for _, f := range want[from:min(from+26, len(want))] {
			expected = append(expected, f.ID.String())
		}
		if diff := gocmp.Diff(expected, got); diff != "" {
			e.t.Errorf("%s from %d: %s", name, from, diff)
		}
		for _, statement := range rec.Statements() {
			if plan := must[sqlcount.Plan](e.t)(sqlcount.Explain(e.t.Context(), e.store.Driver, statement)); len(plan.Scans) > 0 {
				e.t.Errorf("%s from %d scans:\n%s\n%s", name, from, statement.Text, plan.Text)
			}
		}
	}
}

// known is a family with its search keys.
type known struct {
	*ent.Family
	keys []string
}

type everything []known

func (e *env) everything() everything {
	e.t.Helper()
	var out everything
	for _, f := range must[[]*ent.Family](e.t)(e.store.Client.Family.Query().WithSearchKeys().All(e.dana)) {
		k := known{Family: f}
		for _, key := range f.Edges.SearchKeys {
			k.keys = append(k.keys, key.Key)
			if key.NameKey != f.NameKey || key.Archived != f.Archived {
				e.t.Fatalf("the key %s of %s is not kept with the family", key.Key, f.Name)
			}
		}
		out = append(out, k)
	}
	return out
}

// find looks at everything.
func (all everything) find(f family.Filter) []known {
	keys := search.QueryKeys(f.Search)
	var out []known
	for _, k := range all {
		found := k.Archived == f.Archived && (f.AnyCanLogIn == nil || k.AnyCanLogIn == *f.AnyCanLogIn) &&
			(len(keys) > 0 || strings.TrimSpace(f.Search) == "")
		for _, key := range keys {
			found = found && slices.ContainsFunc(k.keys, func(own string) bool { return strings.HasPrefix(own, key) })
		}
		if found {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b known) int {
		first := cmp.Compare(a.NameKey, b.NameKey)
		if f.ByChange {
			first = a.UpdatedAt.Compare(b.UpdatedAt)
		}
		return cmp.Or(first, cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return out
}

func TestGuardiansHaveNoListOfFamilies(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		ctx := viewer.With(t.Context(), viewer.Viewer{Kind: viewer.Guardian, BusinessID: e.business.ID})
		for _, typed := range []string{"", "lopez"} {
			if _, err := e.svc.Listing(ctx, family.Filter{Search: typed, Total: true}); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%q: %v", typed, err)
			}
		}
	})
}
