package family_test

import (
	"testing"

	"entgo.io/ent/dialect/sql"
	"github.com/google/go-cmp/cmp"

	"officeportal/ent"
	"officeportal/ent/familysearchkey"
	"officeportal/internal/family"
)

func TestSearch(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		lopez := e.family("López-García")
		e.guardian(lopez.ID, "María López", "maria.lopez@example.com", "(312) 555-0123", true)
		e.student(lopez.ID, "Zoë López")
		obrien := e.family("O’Brien")
		e.guardian(obrien.ID, "Łukasz Weiß", "luke77@example.org", "+44 20 7946 0018", false)
		yamada := e.family("山田")
		e.guardian(yamada.ID, "山田花子", "", "708-555-0124", false)
		e.student(yamada.ID, "Мария Ёлкина")
		other := newEnv(t, e.store, e.clock, "harbor")
		other.guardian(other.family("Lopez").ID, "Maria Lopez", "maria.lopez@example.com", "(312) 555-0123", true)

		for _, c := range []struct {
			name, typed string
			want        []string
		}{
			{"blank finds all", "  ", []string{"López-García", "O’Brien", "山田"}},
			{"nothing to look up finds none", "… !", nil},
			{"without accents", "lopez", []string{"López-García"}},
			{"with accents and capitals", "LÓPEZ", []string{"López-García"}},
			{"the second part of a name", "garc", []string{"López-García"}},
			{"a student", "zoe", []string{"López-García"}},
			{"an apostrophe is optional", "obrien", []string{"O’Brien"}},
			{"letters with strokes", "lukasz weiss", []string{"O’Brien"}},
			{"the beginning of a run of Chinese characters", "山田", []string{"山田"}},
			{"the whole run", "山田花子", []string{"山田"}},
			{"not its middle", "花子", nil},
			{"Cyrillic, ё as е", "елкина", []string{"山田"}},
			{"trailing digits", "0123", []string{"López-García"}},
			{"more trailing digits", "555-012", nil},
			{"a whole national number", "(312) 555-0123", []string{"López-García"}},
			{"a British number as dialled there", "020 7946 0018", []string{"O’Brien"}},
			{"the beginning of an address", "maria.lopez@ex", []string{"López-García"}},
			{"words of an address", "luke77", []string{"O’Brien"}},
			{"several words must all match", "maria 0123", []string{"López-García"}},
			{"in any order", "0123 lop mar", []string{"López-García"}},
			{"one that does not match spoils it", "maria weiss", nil},
		} {
			t.Run(c.name, func(t *testing.T) {
				list := must[family.List](t)(e.svc.Listing(e.dana, family.Filter{Search: c.typed, Total: true}))
				found := must[[]*ent.Family](t)(e.store.Client.Family.Query().Where(list.Page(func(s *sql.Selector) { s.OrderBy(s.C("name_key")) })).All(e.dana))
				var got []string
				for _, f := range found {
					got = append(got, f.Name)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Fatal(diff)
				}
				if n := must[int](t)(list.Total(e.dana)); n != len(c.want) {
					t.Errorf("counted %d", n)
				}
			})
		}
	})
}

// Families written before keys had marks have all of them, as the column's default says.
func TestFamiliesWithoutMarksOfTheirOwnAreFoundAllTheSame(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		lopez := e.family("Lopez")
		e.guardian(lopez.ID, "Maria Weiss", "", "(312) 555-0123", false)
		if err := e.store.Client.FamilySearchKey.Update().SetMarks(familysearchkey.DefaultMarks).Exec(e.system); err != nil {
			t.Fatal(err)
		}
		for typed, want := range map[string]int{"lopez maria": 1, "maria 0123": 1, "weiss lopez maria": 1, "lopez kowalski": 0} {
			list := must[family.List](t)(e.svc.Listing(e.dana, family.Filter{Search: typed, Total: true}))
			found := must[[]*ent.Family](t)(e.store.Client.Family.Query().Where(list.Page(func(s *sql.Selector) { s.OrderBy(s.C("name_key")) })).All(e.dana))
			if total := must[int](t)(list.Total(e.dana)); len(found) != want || total != want {
				t.Errorf("%q found %d, counted %d, want %d", typed, len(found), total, want)
			}
		}
	})
}
