package family_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"officeportal/ent"
	entfamily "officeportal/ent/family"
	"officeportal/internal/family"
	"officeportal/internal/store/sqlcount"
)

// One search of each way to look families up: by few rows, by a list, and by asking each.
var searches = []struct{ typed, way string }{
	{"", "all in order"},
	{"zzzz", "few"},
	{"hanako.yamada", "few"},
	{"lopez", "list"},
	{"m", "ask each"},
	{"m lopez", "several"},
	{"m hanako.yamada", "few and common"},
}

func TestListingOfManyFamilies(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		if err := e.svc.Seed(t.Context(), e.business, family.SeedOptions{Families: 7000, Seed: 3}); err != nil {
			t.Fatal(err)
		}
		yes := true
		for _, c := range searches {
			for name, f := range map[string]family.Filter{
				"present":  {Search: c.typed},
				"log in":   {Search: c.typed, AnyCanLogIn: &yes},
				"archived": {Search: c.typed, Archived: true},
			} {
				t.Run(c.way+" "+c.typed+" "+name, func(t *testing.T) {
					page, count, err := e.svc.Listing(e.dana, f)
					if err != nil {
						t.Fatal(err)
					}
					want := e.slow(f)
					ctx, rec := sqlcount.Watch(e.dana)
					got := must[[]*ent.Family](t)(e.store.Client.Family.Query().Where(page).
						Order(ent.Asc(entfamily.FieldNameKey, entfamily.FieldID)).Limit(26).All(ctx))
					if n := must[int](t)(e.store.Client.Family.Query().Where(count).Count(ctx)); n != len(want) {
						t.Errorf("counted %d of %d", n, len(want))
					}
					var names []string
					for _, g := range got {
						names = append(names, g.ID.String())
					}
					if diff := cmp.Diff(want[:min(26, len(want))], names); diff != "" {
						t.Error(diff)
					}
					for _, statement := range rec.Statements() {
						plan := must[sqlcount.Plan](t)(sqlcount.Explain(t.Context(), e.store.Driver, statement))
						if len(plan.Scans) > 0 {
							t.Errorf("%s\nscans: %s", statement.Text, plan.Text)
						}
					}
					if page := rec.Statements()[0]; strings.Contains(page.Text, "TEMP B-TREE") && c.typed == "" {
						t.Error("the list is sorted instead of read in order")
					}
				})
			}
		}
	})
}

// slow returns the ids of what the filter lets through in the order of names, by looking at everything.
func (e *env) slow(f family.Filter) []string {
	e.t.Helper()
	type row struct{ key, id string }
	var rows []row
	for _, g := range must[[]*ent.Family](e.t)(e.store.Client.Family.Query().Where(family.Matching(f.Search)).All(e.dana)) {
		if g.Archived == f.Archived && (f.AnyCanLogIn == nil || g.AnyCanLogIn == *f.AnyCanLogIn) {
			rows = append(rows, row{g.NameKey, g.ID.String()})
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.key+"\x00"+a.id, b.key+"\x00"+b.id) })
	var out []string
	for _, r := range rows {
		out = append(out, r.id)
	}
	return out
}
