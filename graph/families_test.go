package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/viewer"
)

const familiesPage = `query Families($first: Int, $after: String, $last: Int, $before: String, $filter: FamilyFilter, $orderBy: FamilyOrder! = NAME_ASC) {
  families(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id name version archived updatedAt guardians { id name email phone canLogIn locale } students { id name } } }
  }
}`

func (w *world) manyFamilies(n int) {
	w.t.Helper()
	for i := range n {
		f := w.addFamily(fmt.Sprintf("Family %03d", i))
		w.addGuardian(f, fmt.Sprintf("Ana Family%03d", i), fmt.Sprintf("ana%d@example.com", i), "")
		w.addGuardian(f, fmt.Sprintf("Ben Family%03d", i), "", fmt.Sprintf("+1312555%04d", 1000+i))
	}
}

func familyNames(r *reply) []string {
	out := []string{}
	for _, e := range r.list("families", "edges") {
		out = append(out, e.(map[string]any)["node"].(map[string]any)["name"].(string))
	}
	return out
}

func TestAPageOfFamiliesWithGuardiansTakesThreeStatements(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.manyFamilies(30)
		rec, stop := sqlcount.Attach(w.store.Driver)
		defer stop()
		document := strings.Replace(familiesPage, "students { id name }", "", 1)
		for name, vars := range map[string]map[string]any{
			"the first page":            {"first": 25},
			"the last page":             {"last": 25},
			"a search":                  {"first": 25, "filter": map[string]any{"search": "family ana"}},
			"only those who can log in": {"first": 25, "filter": map[string]any{"anyCanLogIn": true}, "orderBy": "UPDATED_DESC"},
		} {
			rec.Reset()
			r := w.ask("staff", document, vars).ok()
			if n := len(r.list("families", "edges")); n != 25 {
				t.Errorf("%s has %d families", name, n)
			}
			if rec.Count() > 3 {
				t.Errorf("%s takes %d statements:\n%s", name, rec.Count(), rec)
			}
		}
		rec.Reset()
		w.ask("staff", `{ families(first: 25) { edges { node { id } } } }`, nil).ok()
		if rec.Count() != 1 {
			t.Errorf("a page without count and guardians takes %d statements:\n%s", rec.Count(), rec)
		}
		rec.Reset()
		w.ask("staff", `{ families { totalCount } }`, nil).ok()
		if rec.Count() != 1 {
			t.Errorf("the count alone takes %d statements:\n%s", rec.Count(), rec)
		}
	})
}

func TestFamiliesAreListedFilteredAndOrdered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.clock.add(time.Minute)
		zoe := w.addFamily("Zöe Ångström")
		w.clock.add(time.Minute)
		empty := w.addFamily("Adams")
		w.addGuardian(zoe, "Olaf Ångström", "", "+13125557788")
		for _, c := range []struct {
			name string
			vars map[string]any
			want []string
		}{
			{"by name", nil, []string{"Adams", "Lopez", "Zöe Ångström"}},
			{"by name, Z first", map[string]any{"orderBy": "NAME_DESC"}, []string{"Zöe Ångström", "Lopez", "Adams"}},
			{"newest change first", map[string]any{"orderBy": "UPDATED_DESC"}, []string{"Adams", "Zöe Ångström", "Lopez"}},
			{"a word of a guardian", map[string]any{"filter": map[string]any{"search": "mari"}}, []string{"Lopez"}},
			{"without accents", map[string]any{"filter": map[string]any{"search": "angstrom zoe"}}, []string{"Zöe Ångström"}},
			{"the last digits of a phone", map[string]any{"filter": map[string]any{"search": "7788"}}, []string{"Zöe Ångström"}},
			{"nobody of that name", map[string]any{"filter": map[string]any{"search": "smith"}}, []string{}},
			{"any can log in", map[string]any{"filter": map[string]any{"anyCanLogIn": true}}, []string{"Lopez"}},
			{"none can log in", map[string]any{"filter": map[string]any{"anyCanLogIn": false}}, []string{"Adams", "Zöe Ångström"}},
			{"archived ones", map[string]any{"filter": map[string]any{"archived": true}}, []string{}},
			{"the last two", map[string]any{"last": 2}, []string{"Lopez", "Zöe Ångström"}},
		} {
			t.Run(c.name, func(t *testing.T) {
				r := w.ask("staff", familiesPage, c.vars).ok()
				got := familyNames(r)
				if c.name == "newest change first" { // two changed in the same instant: the id decides
					slices.Sort(got)
					slices.Sort(c.want)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
		_ = empty
	})
}

func TestPagesFollowEachOtherAndACursorBelongsToItsList(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.manyFamilies(7)
		var forward []string
		var after any
		for range 10 {
			r := w.ask("staff", familiesPage, map[string]any{"first": 3, "after": after}).ok()
			forward = append(forward, familyNames(r)...)
			if r.at("families", "pageInfo", "hasNextPage") == false {
				break
			}
			after = r.at("families", "pageInfo", "endCursor")
		}
		all := familyNames(w.ask("staff", familiesPage, nil).ok())
		if diff := cmp.Diff(all, forward); diff != "" {
			t.Error(diff)
		}
		r := w.ask("staff", familiesPage, map[string]any{"last": 3, "before": after}).ok()
		if len(familyNames(r)) != 3 || r.at("families", "pageInfo", "hasNextPage") != true {
			t.Errorf("backwards: %s", r.Body)
		}
		for name, vars := range map[string]map[string]any{
			"another order":  {"after": after, "orderBy": "NAME_DESC"},
			"another filter": {"after": after, "filter": map[string]any{"search": "family"}},
			"no cursor":      {"after": "x"},
			"two sizes":      {"first": 1, "last": 1},
			"too many":       {"first": 101},
			"none":           {"last": 0},
		} {
			if r := w.ask("staff", familiesPage, vars); r.code() != "BAD_USER_INPUT" || r.Data != nil {
				t.Errorf("%s: %s", name, r.Body)
			}
		}
	})
}

const familyEdit = `query Family($id: ID!) { node(id: $id) { __typename ... on Family {
  id name version
  guardians { id name relation family { id name } contactChanges { field changedBy { ... on Staff { name } } changedAt }
    passwordResetOptions { channel available reasonRequired unavailable message destination creditCost retryAt recent { id state } }
    lastPasswordReset { id channel requestedBy { __typename ... on Staff { id name email permissions active } } state delivery creditsSpent guardian { name } } }
  students { id name birthDate }
  activity(first: 10) { edges { node { id summary } } }
} } }`

func TestTheFamilyScreenIsReadInAFixedNumberOfStatements(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.resetRow(w.maria, schematype.Email, 10*time.Minute)
		rec, stop := sqlcount.Attach(w.store.Driver)
		defer stop()
		vars := map[string]any{"id": "fam_" + w.family.ID.String()}
		r := w.ask("staff", familyEdit, vars).ok()
		one := rec.Count()
		if got := r.at("node", "guardians", 0, "passwordResetOptions", 0, "available"); got != true {
			t.Errorf("email is not available: %s", r.Body)
		}
		if got := r.at("node", "guardians", 0, "lastPasswordReset", "requestedBy", "name"); got != "Dana Price" {
			t.Errorf("requested by %v", got)
		}
		if got := r.at("node", "guardians", 0, "lastPasswordReset", "delivery"); got != "DELIVERED" {
			t.Errorf("delivery %v", got)
		}
		for i := range 5 {
			g := w.addGuardian(w.family, fmt.Sprintf("Pat%d Lopez", i), fmt.Sprintf("pat%d@example.com", i), "")
			w.resetRow(g, schematype.Email, 20*time.Minute)
		}
		rec.Reset()
		r = w.ask("staff", familyEdit, vars).ok()
		if len(r.list("node", "guardians")) != 6 || rec.Count() != one {
			t.Errorf("1 guardian takes %d statements, 6 take %d:\n%s", one, rec.Count(), rec)
		}
	})
}

func TestWhatIsNotVisibleLooksLikeWhatDoesNotExist(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := w.newBusiness("moon", "Moon Dance")
		w.viewers["stranger"] = w.staffViewer(other, w.newStaff(other, "Eve Moon", "eve@moon.example"), viewer.Permissions()...)
		neighbour := w.addFamily("Neighbour")
		next := w.addGuardian(neighbour, "Nina Neighbour", "nina@example.com", "")
		w.viewers["neighbour"] = viewer.Viewer{Kind: viewer.Guardian, BusinessID: w.business.ID, PersonID: next.ID, FamilyID: neighbour.ID, Name: next.Name, Business: identity.Facts(w.business)}
		w.resetRow(w.maria, schematype.Email, time.Minute)
		account, err := w.credits.Account(w.as("staff"))
		w.must(err)
		entry, err := w.store.Client.AuditEntry.Query().First(w.as("staff"))
		w.must(err)
		reset, err := w.store.Client.ResetToken.Query().First(w.as("staff"))
		w.must(err)
		line, err := w.store.Client.CreditEntry.Query().First(w.as("staff"))
		w.must(err)

		ids := map[string]string{
			"Family": "fam_" + w.family.ID.String(), "Guardian": "gdn_" + w.maria.ID.String(), "Staff": "stf_" + w.staff.ID.String(),
			"PasswordResetRequest": "rst_" + reset.ID.String(), "SmsAccount": "sms_" + account.ID.String(),
			"SmsCreditEntry": "crd_" + line.ID.String(), "AuditEntry": "aud_" + entry.ID.String(),
		}
		sees := map[string][]string{
			"staff": {"Family", "Guardian", "Staff", "PasswordResetRequest", "SmsAccount", "SmsCreditEntry", "AuditEntry"},
			// without any permission
			"reader":    {"Staff", "SmsAccount", "SmsCreditEntry"},
			"guardian":  {"Family", "Guardian"},
			"neighbour": {},
			"stranger":  {},
		}
		for who, kinds := range sees {
			for kind, id := range ids {
				r := w.ask(who, `query($id: ID!) { node(id: $id) { __typename id } }`, map[string]any{"id": id}).ok()
				node, _ := r.at("node").(map[string]any)
				if want := slices.Contains(kinds, kind); want != (node != nil) {
					t.Errorf("%s sees %s: %s", who, kind, r.Body)
				} else if want && (node["__typename"] != kind || node["id"] != id) {
					t.Errorf("%s sees %s as %v", who, kind, node)
				}
			}
		}
		for _, id := range []string{"", "fam", "fam_", "fam_xyz", "xxx_" + w.family.ID.String(), "gdn_" + w.family.ID.String(), "fam_" + ident.New().String(), "fam_" + ident.ID{}.String()} {
			if r := w.ask("staff", `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": id}).ok(); r.at("node") != nil {
				t.Errorf("%q: %s", id, r.Body)
			}
		}
	})
}

func TestAGuardianSeesNothingThatIsForStaff(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.resetRow(w.maria, schematype.Email, time.Minute)
		w.must(w.store.Client.Guardian.UpdateOneID(w.maria.ID).SetEmailChangedAt(w.store.Now()).SetEmailChangedBy(w.staff.ID).Exec(w.system()))
		r := w.ask("guardian", familyEdit, map[string]any{"id": "fam_" + w.family.ID.String()}).ok()
		g := r.at("node", "guardians", 0).(map[string]any)
		if len(g["contactChanges"].([]any)) != 0 || len(g["passwordResetOptions"].([]any)) != 0 || g["lastPasswordReset"] != nil || len(r.list("node", "activity", "edges")) != 0 {
			t.Error(r.Body)
		}
		if r := w.ask("staff", familyEdit, map[string]any{"id": "fam_" + w.family.ID.String()}).ok(); r.at("node", "guardians", 0, "contactChanges", 0, "changedBy", "name") != "Dana Price" {
			t.Error(r.Body)
		}
		w.clock.add(72 * time.Hour)
		if r := w.ask("staff", familyEdit, map[string]any{"id": "fam_" + w.family.ID.String()}).ok(); len(r.list("node", "guardians", 0, "contactChanges")) != 0 {
			t.Error("a change is shown for longer than 72 hours")
		}
	})
}

func TestTheViewerIsWhoeverAsks(t *testing.T) {
	w := onSQLite(t)
	const q = `{ viewer { permissions business { name slug timeZone country phone passwordMinLength locales }
	  actor { __typename ... on Staff { id name email permissions active } ... on Guardian { id name email family { name } } } } }`
	r := w.ask("staff", q, nil).ok()
	if r.at("viewer", "actor", "name") != "Dana Price" || r.at("viewer", "actor", "email") != "dana@sunrise.example" || len(r.list("viewer", "permissions")) != 8 {
		t.Error(r.Body)
	}
	want := map[string]any{"name": "Sunrise Gymnastics", "slug": "sunrise", "timeZone": "America/Chicago", "country": "US", "phone": "+13125550100", "passwordMinLength": 15.0, "locales": []any{"en", "es"}}
	if diff := cmp.Diff(want, r.at("viewer", "business")); diff != "" {
		t.Error(diff)
	}
	r = w.ask("guardian", q, nil).ok()
	if r.at("viewer", "actor", "family", "name") != "Lopez" || len(r.list("viewer", "permissions")) != 0 {
		t.Error(r.Body)
	}
	r = w.ask("", q, nil).ok()
	if r.at("viewer", "actor") != nil || r.at("viewer", "business") != nil {
		t.Error(r.Body)
	}
	rec, stop := sqlcount.Attach(w.store.Driver)
	defer stop()
	w.ask("staff", `{ viewer { actor { ... on Staff { id name } } business { name } } }`, nil).ok()
	if rec.Count() != 0 {
		t.Errorf("naming the viewer reads the database:\n%s", rec)
	}
}
