package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/viewer"
)

const auditPage = `query Audit($first: Int, $filter: AuditFilter) { auditEntries(first: $first, filter: $filter) {
  totalCount
  edges { cursor node { id action outcome channel summary details { key before after } ipAddress userAgent requestId occurredAt
    actor { __typename ... on Staff { id name } ... on Guardian { id name } ... on SystemActor { name } }
    guardian { id } family { id } subject { __typename id } } }
  pageInfo { endCursor hasNextPage } } }`

func (w *world) recordSome() {
	w.record("staff", audit.Entry{Action: audit.PasswordResetRequested, Family: w.family.ID, Guardian: w.maria.ID, SubjectType: audit.SubjectGuardian, Subject: w.maria.ID,
		Channel: schematype.SMS, Facts: map[string]string{"guardian": w.maria.Name, "channel": "SMS", "credits": "1"}})
	w.record("staff", audit.Entry{Action: audit.PasswordResetRequested, Outcome: schematype.WasRefused, Family: w.family.ID, Guardian: w.maria.ID, Channel: schematype.Email,
		Facts: map[string]string{"guardian": w.maria.Name, "channel": "EMAIL", "reason": "CANNOT_LOG_IN"}})
	w.record("staff", audit.Entry{Action: audit.PasswordResetCompleted, Actor: audit.Guardian(w.maria.ID, w.maria.Name), Family: w.family.ID, Guardian: w.maria.ID,
		Facts: map[string]string{"guardian": w.maria.Name}})
	w.record("staff", audit.Entry{Action: audit.SignInFailed, Outcome: schematype.WasRefused, Actor: audit.Anonymous(), Facts: map[string]string{"reason": "unknown address"}})
}

func TestAnAuditPageTakesTwoStatements(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 10 {
			w.recordSome()
		}
		rec, stop := sqlcount.Attach(w.store.Driver)
		defer stop()
		r := w.ask("staff", auditPage, map[string]any{"first": 25}).ok()
		if n := len(r.list("auditEntries", "edges")); n != 25 {
			t.Errorf("%d entries", n)
		}
		if rec.Count() > 2 {
			t.Errorf("takes %d statements:\n%s", rec.Count(), rec)
		}
		rec.Reset()
		w.ask("staff", `{ auditEntries(first: 25) { edges { node { summary actor { ... on Staff { id name } } family { id name } } } } }`, nil).ok()
		if rec.Count() > 2 {
			t.Errorf("with the names of families it takes %d statements:\n%s", rec.Count(), rec)
		}
	})
}

func TestAuditEntriesAreToldAndFiltered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		before := w.store.Now()
		w.clock.add(time.Second)
		w.recordSome()
		r := w.ask("staff", auditPage, map[string]any{"first": 4}).ok()
		var told []string
		for i := range 4 {
			told = append(told, r.at("auditEntries", "edges", i, "node", "summary").(string))
		}
		if diff := cmp.Diff([]string{
			"Somebody failed to sign in: unknown address.",
			"Maria Lopez chose a new password by link.",
			"Dana Price was not allowed to send Maria Lopez a password reset via email: the guardian can't log in.",
			"Dana Price sent Maria Lopez a password reset via SMS (1 credit).",
		}, told); diff != "" {
			t.Error(diff)
		}
		node := r.at("auditEntries", "edges", 3, "node").(map[string]any)
		guardian := "gdn_" + w.maria.ID.String()
		if diff := cmp.Diff(map[string]any{"__typename": "Staff", "id": "stf_" + w.staff.ID.String(), "name": "Dana Price"}, node["actor"]); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(map[string]any{"__typename": "Guardian", "id": guardian}, node["subject"]); diff != "" {
			t.Error(diff)
		}
		if got := r.at("auditEntries", "edges", 0, "node", "actor"); cmp.Diff(map[string]any{"__typename": "SystemActor", "name": "Unknown visitor"}, got) != "" {
			t.Errorf("an unknown visitor is %v", got)
		}
		stamp := func(at time.Time) string { return at.Format(time.RFC3339Nano) }
		for _, c := range []struct {
			name   string
			filter map[string]any
			want   int
		}{
			{"everything", nil, 7},
			{"by actions", map[string]any{"actions": []string{"SIGN_IN_FAILED", "PASSWORD_RESET_COMPLETED"}}, 2},
			{"by staff member", map[string]any{"actorId": "stf_" + w.staff.ID.String()}, 5},
			{"by guardian who acted", map[string]any{"actorId": guardian}, 1},
			{"about a guardian", map[string]any{"guardianId": guardian}, 4},
			{"about a family", map[string]any{"familyId": "fam_" + w.family.ID.String()}, 5},
			{"by channel", map[string]any{"channel": "SMS"}, 1},
			{"by outcome", map[string]any{"outcome": "REFUSED"}, 2},
			{"from a time on", map[string]any{"from": stamp(before.Add(time.Millisecond))}, 4},
			{"before a time", map[string]any{"to": stamp(before.Add(time.Millisecond))}, 3},
			{"both must match", map[string]any{"outcome": "REFUSED", "channel": "EMAIL"}, 1},
			{"an id that is none", map[string]any{"familyId": "x"}, 0},
		} {
			r := w.ask("staff", auditPage, map[string]any{"filter": c.filter}).ok()
			if n := len(r.list("auditEntries", "edges")); n != c.want || r.at("auditEntries", "totalCount") != float64(c.want) {
				t.Errorf("%s: %d entries and a count of %v, want %d", c.name, n, r.at("auditEntries", "totalCount"), c.want)
			}
		}
		spanish := w.viewers["staff"]
		spanish.Locale = "es"
		w.viewers["spanish"] = spanish
		if r := w.ask("spanish", auditPage, map[string]any{"first": 2}).ok(); r.at("auditEntries", "edges", 1, "node", "summary") != "Maria Lopez eligió una contraseña nueva con el enlace." {
			t.Error(r.Body)
		}
	})
}

func TestWithoutTheRightToSeeFamiliesTheAuditLogNamesNobodyElse(t *testing.T) {
	w := onSQLite(t)
	w.recordSome()
	auditor := w.viewers["staff"]
	auditor.Granted = []viewer.Permission{viewer.AuditRead}
	w.viewers["auditor"] = auditor
	r := w.ask("auditor", `{ auditEntries(first: 2) { edges { node { guardian { id email } family { id name } subject { id ... on Guardian { email } }
	  actor { __typename ... on SystemActor { name } ... on Guardian { email } } } } } }`, nil).ok()
	if strings.Contains(r.Body, "example.com") || r.at("auditEntries", "edges", 1, "node", "guardian") != nil || r.at("auditEntries", "edges", 1, "node", "actor", "name") != "Maria Lopez" {
		t.Error(r.Body)
	}
}

func TestTheLedgerIsListedNewestFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sent := w.ask("staff", sendReset, map[string]any{"input": map[string]any{"guardianId": "gdn_" + w.maria.ID.String(), "channel": "SMS", "idempotencyKey": "0123456789abcdef"}}).ok()
		if sent.at("requestPasswordReset", "smsBalance") != 41.0 {
			t.Fatal(sent.Body)
		}
		rec, stop := sqlcount.Attach(w.store.Driver)
		defer stop()
		r := w.ask("staff", `{ smsAccount { id enabled balance ledger(first: 10) { totalCount edges { node { id amount balanceAfter reason note occurredAt
		  actor { ... on Staff { name } } reset { id guardian { name } } } } } } }`, nil).ok()
		lines := []string{}
		for _, e := range r.list("smsAccount", "ledger", "edges") {
			n := e.(map[string]any)["node"].(map[string]any)
			lines = append(lines, strings.TrimSpace(fmt.Sprintln(n["amount"], n["balanceAfter"], n["reason"], n["note"], n["actor"].(map[string]any)["name"])))
		}
		if diff := cmp.Diff([]string{"-1 41 PASSWORD_RESET <nil> Dana Price", "42 42 PURCHASE Invoice 7 Dana Price"}, lines); diff != "" {
			t.Error(diff)
		}
		if r.at("smsAccount", "balance") != 41.0 || r.at("smsAccount", "ledger", "edges", 0, "node", "reset", "guardian", "name") != "Maria Lopez" {
			t.Error(r.Body)
		}
		if rec.Count() > 7 {
			t.Errorf("takes %d statements:\n%s", rec.Count(), rec)
		}
	})
}
