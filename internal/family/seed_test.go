package family_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"officeportal/ent"
	entfamily "officeportal/ent/family"
	"officeportal/internal/family"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
)

// digest is a hash over all seeded rows, without what belongs to the business they are in.
func (e *env) digest(ctx context.Context) string {
	e.t.Helper()
	h := sha256.New()
	for _, query := range []string{
		"SELECT id, name, name_key, any_can_log_in, created_at FROM families WHERE business_id = ? ORDER BY id",
		"SELECT id, family_id, name, relation, email, email_key, phone, locale, can_log_in, login_key FROM guardians WHERE business_id = ? ORDER BY id",
		"SELECT id, family_id, name, birth_date FROM students WHERE business_id = ? ORDER BY id",
		"SELECT id, family_id, `key` FROM family_search_keys WHERE business_id = ? ORDER BY id",
		"SELECT id, action, outcome, actor_kind, family_id, guardian_id, facts, details, ip_address, occurred_at FROM audit_entries WHERE business_id = ? ORDER BY id",
	} {
		rows, err := e.store.Driver.QueryContext(ctx, query, e.business.ID)
		if err != nil {
			e.t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				e.t.Fatal(err)
			}
			fmt.Fprintf(h, "%v\n", values)
		}
		if err := rows.Err(); err != nil {
			e.t.Fatal(err)
		}
		rows.Close()
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestTheSameSeedMakesTheSameData(t *testing.T) {
	fresh := map[string]func(testing.TB) store.Target{"sqlite": dbtest.SQLite, "mariadb": dbtest.MySQL}
	for database, target := range fresh {
		t.Run(database, func(t *testing.T) {
			digests := map[string]string{}
			for name, seed := range map[string]uint64{"first": 7, "again": 7, "other": 8} {
				c := &clock{}
				e := newEnv(t, store.New(dbtest.OpenMigrated(t, target(t)), c.Now), c, "sunrise")
				if err := e.svc.Seed(t.Context(), e.business, family.SeedOptions{Families: 60, AuditEntries: 200, Seed: seed}); err != nil {
					t.Fatal(err)
				}
				digests[name] = e.digest(t.Context())
			}
			if digests["first"] != digests["again"] {
				t.Error("the same seed made other data")
			}
			if digests["first"] == digests["other"] {
				t.Error("another seed made the same data")
			}
		})
	}
}

func TestSeededFamiliesAreLikeAnyOthers(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		var steps [][2]int
		o := family.SeedOptions{Families: 30, AuditEntries: 50, Seed: 1, Progress: func(f, a int) { steps = append(steps, [2]int{f, a}) }}
		if err := e.svc.Seed(t.Context(), e.business, o); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][2]int{{30, 0}, {30, 50}}, steps); diff != "" {
			t.Error(diff)
		}
		all := must[[]*ent.Family](t)(e.store.Client.Family.Query().WithGuardians().WithStudents().Order(ent.Asc(entfamily.FieldID)).All(e.dana))
		if len(all) != 30 || len(e.entries()) != 50 {
			t.Fatalf("%d families, %d entries", len(all), len(e.entries()))
		}
		for _, f := range all {
			login := false
			for _, g := range f.Edges.Guardians {
				login = login || g.CanLogIn
				if g.CanLogIn != held(g.LoginKey) {
					t.Errorf("%v", g)
				}
			}
			if login != f.AnyCanLogIn || len(f.Edges.Guardians) == 0 || len(f.Edges.Students) == 0 {
				t.Errorf("%v", f)
			}
		}
		// Staff can change them, and find them by their new names.
		f := all[0]
		must[*ent.Family](t)(e.svc.UpdateFamily(e.dana, family.UpdateFamilyInput{FamilyID: f.ID, Version: 1, Name: "Quetzalcoatl"}))
		if n := must[int](t)(must[family.List](t)(e.svc.Listing(e.dana, family.Filter{Search: "quetz", Total: true})).Total(e.dana)); n != 1 {
			t.Errorf("found %d", n)
		}
		if err := e.svc.Seed(t.Context(), e.business, o); !errors.Is(err, family.ErrSeeded) {
			t.Errorf("the same seed again: %v", err)
		}
		o.Seed = 2
		if err := e.svc.Seed(t.Context(), e.business, o); err != nil {
			t.Error(err)
		}
		other := newEnv(t, e.store, e.clock, "harbor")
		if err := other.svc.Seed(t.Context(), other.business, o); err != nil {
			t.Errorf("the same seed in another business: %v", err)
		}
	})
}

func TestSeedingTheAuditLogAlone(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		if err := e.svc.Seed(t.Context(), e.business, family.SeedOptions{AuditEntries: 10, Seed: 1}); err != nil {
			t.Fatal(err)
		}
		if n := len(e.entries()); n != 10 {
			t.Errorf("%d entries", n)
		}
	})
}
