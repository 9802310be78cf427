package graph_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/family"
	"officeportal/internal/policy"
	"officeportal/internal/store/sqlcount"
)

// What a screen reads must not grow with the business. A few thousand rows are enough for both databases
// to prefer an index where there is one that serves.
func TestNoPageReadsAWholeTable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must(w.families.Seed(context.Background(), w.business, family.SeedOptions{Families: 4000, AuditEntries: 12000, Seed: 7}))
		waiver := w.published("Waiver", schematype.FamilyScope)
		w.published("Photos", schematype.StudentScope)
		for i := range 150 {
			w.accepts(w.addFamily(fmt.Sprint("Accepted ", i)), policy.Item{VersionID: waiver.ID})
		}
		if w.store.Driver.Dialect() == dialect.MySQL {
			for _, table := range []string{"families", "guardians", "students", "family_search_keys", "audit_entries", "credit_entries",
				"policies", "policy_versions", "policy_acceptances", "policy_gaps"} {
				if _, err := w.store.Driver.DB().ExecContext(t.Context(), "ANALYZE TABLE "+table); err != nil {
					t.Fatal(err)
				}
			}
		}
		rec, stop := sqlcount.Attach(w.store.Driver)
		defer stop()
		check := func(name, query string, vars map[string]any) *reply {
			t.Helper()
			rec.Reset()
			r := w.ask("staff", query, vars).ok()
			for _, s := range rec.Statements() {
				plan, err := sqlcount.Explain(t.Context(), w.store.Driver, s)
				if err != nil {
					t.Fatal(err)
				}
				// a table of a row or two is always scanned
				small := strings.Contains(s.Text, "rate_limits") || strings.Contains(s.Text, "FROM `policies`") || strings.Contains(s.Text, "FROM `policy_versions`")
				if len(plan.Scans) > 0 && !small {
					t.Errorf("%s: %v\n%s\n%s", name, plan.Scans, s.Text, plan.Text)
				}
				// what is merged of short lists is sorted, and each list is read in order
				merged := strings.Contains(s.Text, "family_search_keys") || strings.Contains(s.Text, "UNION ALL")
				if strings.Contains(s.Text, "`audit_entries` AS `m`") {
					// the few rows of the page are sorted once more, the lists they come from never
					merged = merged || w.store.Driver.Dialect() == dialect.MySQL
					for line := range strings.Lines(plan.Text) {
						if strings.Contains(line, "table=m ") && strings.Contains(line, "filesort") {
							t.Errorf("%s sorts a list:\n%s\n%s", name, s.Text, plan.Text)
						}
					}
				}
				if !merged && (strings.Contains(plan.Text, "filesort") || strings.Contains(plan.Text, "TEMP B-TREE FOR ORDER BY")) && strings.Contains(s.Text, "LIMIT") {
					t.Errorf("%s sorts before it cuts:\n%s\n%s", name, s.Text, plan.Text)
				}
			}
			return r
		}
		list := strings.Replace(strings.Replace(familiesPage, "totalCount", "", 1), "updatedAt", "updatedAt policiesMissing", 1)
		for _, order := range []string{"NAME_ASC", "NAME_DESC", "UPDATED_DESC"} {
			for _, filter := range []map[string]any{
				nil, {"anyCanLogIn": true}, {"anyCanLogIn": false}, {"missingAcceptance": true}, {"missingAcceptance": false},
				{"missingAcceptance": true, "anyCanLogIn": true}, {"missingAcceptance": false, "anyCanLogIn": false},
			} {
				r := check(fmt.Sprint("families ", order, filter), list, map[string]any{"first": 25, "orderBy": order, "filter": filter})
				after := r.at("families", "pageInfo", "endCursor")
				check(fmt.Sprint("next families ", order, filter), list, map[string]any{"first": 25, "orderBy": order, "filter": filter, "after": after})
				check(fmt.Sprint("last families ", order, filter), list, map[string]any{"last": 25, "orderBy": order, "filter": filter})
			}
		}
		check("search", list, map[string]any{"first": 25, "filter": map[string]any{"search": "maria"}})
		check("search for two words", list, map[string]any{"first": 25, "filter": map[string]any{"search": "maria lopez"}})
		check("search for digits", list, map[string]any{"first": 25, "filter": map[string]any{"search": "0123"}})
		for _, search := range []string{"maria", "maria lopez", "ma", "0123", "zzzzzz"} {
			for _, order := range []string{"NAME_ASC", "UPDATED_DESC"} {
				for _, missing := range []bool{true, false} {
					check(fmt.Sprint("search for ", search, order, missing), list, map[string]any{"first": 25, "orderBy": order, "filter": map[string]any{"search": search, "missingAcceptance": missing}})
				}
			}
		}
		for _, query := range []string{
			`{policies{title current{number bodyHtml} versions{number} counts{accepted manuallyAccepted missing counting} missing(first:20){edges{cursor node{family{name} student{name}}}}}}`,
			`{policies{missing(last:20){pageInfo{startCursor} edges{node{family{name}}}}}}`,
			`{families(first:25){edges{node{policyStatuses{policyVersion{number} student{name} acceptance{method} history{method scan{id}}}}}}}`,
		} {
			check(query, query, nil)
		}
		check("search for nothing", list, map[string]any{"first": 25, "filter": map[string]any{"search": "zzzzzz"}})

		log := strings.Replace(auditPage, "totalCount", "", 1)
		now := w.store.Now()
		for name, filter := range map[string]map[string]any{
			"all": nil, "one action": {"actions": []string{"CONTACT_CHANGED"}},
			"a staff member": {"actorId": "stf_" + w.staff.ID.String()}, "a guardian": {"guardianId": "gdn_" + w.maria.ID.String()},
			"a family": {"familyId": "fam_" + w.family.ID.String()}, "a channel": {"channel": "SMS"}, "an outcome": {"outcome": "FAILED"},
			"two actions": {"actions": []string{"SIGN_IN", "CONTACT_CHANGED"}}, "an action and an outcome": {"actions": []string{"SIGN_IN_FAILED"}, "outcome": "REFUSED"},
			"a staff member and an action":          {"actorId": "stf_" + w.staff.ID.String(), "actions": []string{"PASSWORD_RESET_REQUESTED"}},
			"a staff member, an outcome, a channel": {"actorId": "stf_" + w.staff.ID.String(), "outcome": "SUCCEEDED", "channel": "SMS"},
			"a channel, an outcome, and from a day": {"channel": "EMAIL", "outcome": "FAILED", "from": now.Add(-48 * time.Hour).Format(time.RFC3339)},
			"a guardian and an action":              {"guardianId": "gdn_" + w.maria.ID.String(), "actions": []string{"SIGN_IN"}, "outcome": "SUCCEEDED"},
			"a day":                                 {"from": now.Add(-48 * time.Hour).Format(time.RFC3339), "to": now.Add(-24 * time.Hour).Format(time.RFC3339)},
		} {
			check("audit of "+name, log, map[string]any{"first": 25, "filter": filter})
		}
		check("a family", familyEdit, map[string]any{"id": "fam_" + w.family.ID.String()})
		check("the ledger", `{ smsAccount { balance ledger(first: 10) { edges { node { id } } } } }`, nil)
	})
}
