package family_test

import (
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/internal/family"
	"officeportal/internal/store"
	"officeportal/internal/store/sqlcount"
)

func TestALargeTotalIsRememberedUntilItChanges(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		now := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
		here := &family.Service{Store: store.New(e.store.Driver, func() time.Time { return now }), Ring: ring, Outbox: e.out}
		counted := func() (n, statements int) {
			ctx, rec := sqlcount.Watch(e.dana)
			list := must[family.List](t)(here.Listing(ctx, family.Filter{}))
			return must[int](t)(list.Total(ctx)), rec.Count()
		}
		want := func(what string, n, statements int) {
			t.Helper()
			if gotN, got := counted(); gotN != n || got != statements {
				t.Errorf("%s: %d families after %d statements, want %d after %d", what, gotN, got, n, statements)
			}
		}
		e.family("Lopez")
		want("a small total", 1, 1)
		e.family("Nguyen")
		want("a small total is counted again", 2, 1)
		if err := here.Seed(t.Context(), e.business, family.SeedOptions{Families: 1000, Seed: 1}); err != nil {
			t.Fatal(err)
		}
		want("a large total", 1002, 1)
		want("a large total again", 1002, 0)
		must[*ent.Family](t)(here.CreateFamily(e.dana, family.CreateFamilyInput{Name: "Kim"}))
		want("after a change of our own", 1003, 1)
		e.family("Patel")
		want("just after a change of another process", 1003, 0)
		now = now.Add(11 * time.Second)
		want("a while after it", 1004, 1)
	})
}
