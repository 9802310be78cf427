package e2e_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"officeportal/internal/family"
	"officeportal/internal/idempotency"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/viewer"
)

// The documents of the screens, as far as they decide what is read.
const (
	familiesScreen = `query($first:Int,$after:String,$last:Int,$before:String,$filter:FamilyFilter,$orderBy:FamilyOrder!=NAME_ASC){
  families(first:$first,after:$after,last:$last,before:$before,filter:$filter,orderBy:$orderBy){
    pageInfo{hasNextPage hasPreviousPage startCursor endCursor}
    edges{cursor node{id name policiesMissing guardians{id name email phone canLogIn}}}}}`
	familiesTotal = `query($filter:FamilyFilter){families(first:1,filter:$filter){totalCount}}`
	neighbours    = `query($at:String!,$filter:FamilyFilter,$orderBy:FamilyOrder!=NAME_ASC){
  next:families(first:1,after:$at,filter:$filter,orderBy:$orderBy){edges{cursor node{id name}}}
  previous:families(last:1,before:$at,filter:$filter,orderBy:$orderBy){edges{cursor node{id name}}}}`
	resetFields  = `id channel state sentAt expiresAt usedAt delivery creditsSpent requestedBy{__typename ... on Staff{id name} ... on Guardian{id name}}`
	familyScreen = `query($id:ID!){node(id:$id){... on Family{id name version archived
  guardians{id name email phone canLogIn version contactChanges{field changedAt changedBy{__typename ... on Staff{id name}}}
    passwordResetOptions{channel available unavailable message destination retryAt recent{` + resetFields + `}} lastPasswordReset{` + resetFields + `}}
  students{id name version}
  activity(first:10){edges{cursor node{id outcome summary occurredAt}}}}}}`
	auditScreen = `query($first:Int,$after:String,$last:Int,$filter:AuditFilter){auditEntries(first:$first,after:$after,last:$last,filter:$filter){
  pageInfo{hasNextPage hasPreviousPage startCursor endCursor}
  edges{cursor node{id action outcome summary occurredAt ipAddress userAgent requestId actor{__typename ... on Staff{id name} ... on Guardian{id name}} family{id name} details{key before after}}}}}`
	ledgerScreen = `query($first:Int,$after:String){smsAccount{id enabled balance ledger(first:$first,after:$after){pageInfo{hasNextPage endCursor}
  edges{cursor node{id amount balanceAfter reason note occurredAt actor{__typename ... on Staff{id name}} reset{id guardian{id name}}}}}}}`
	viewerScreen = `{viewer{actor{__typename ... on Staff{id name email}} permissions business{name slug}}}`
	forgot       = `mutation($i:ForgotPasswordInput!){forgotPassword(input:$i){accepted errors{code message path}}}`
)

// statements collects what the product says to the database: whoever asks, and whoever asks over HTTP.
type statements struct {
	mu        sync.Mutex
	all, http []store.Statement
}

func (w *world) listen() *statements {
	s := &statements{}
	w.t.Cleanup(w.app.Store.Driver.Observe(func(ctx context.Context, statement store.Statement) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all = append(s.all, statement)
		if viewer.RequestFrom(ctx).Address != "" { // the worker has none
			s.http = append(s.http, statement)
		}
	}))
	return s
}

// take returns what was said since the last time.
func (s *statements) take() (all, http []store.Statement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, http, s.all, s.http = s.all, s.http, nil, nil
	return all, http
}

func (s *statements) expect(t *testing.T, most int, what string) {
	t.Helper()
	_, http := s.take()
	t.Logf("%s: %d statements", what, len(http))
	if n := len(http); n > most || n == 0 {
		var texts []string
		for i, statement := range http {
			texts = append(texts, fmt.Sprintf("%d. %s", i+1, statement.Text))
		}
		t.Errorf("%s takes %d statements, not at most %d:\n%s", what, n, most, strings.Join(texts, "\n"))
	}
}

func (w *world) seed(families, entries int) {
	w.t.Helper()
	ctx := viewer.AsSystem(w.t.Context(), ident.ID{}, "a test prepares its rows")
	b, err := w.app.Store.Client.Business.Query().Only(ctx)
	w.must(err)
	w.must(w.app.Family.Seed(ctx, b, family.SeedOptions{Families: families, AuditEntries: entries, Seed: 5}))
}

func TestRequestsTakeFewStatements(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.seed(300, 300)
		staff := w.staff()
		said := w.listen()
		for name, variables := range map[string]vars{
			"a page of families":               {"first": 25},
			"the last page of families":        {"last": 25, "orderBy": "UPDATED_DESC"},
			"families with login":              {"first": 25, "filter": vars{"anyCanLogIn": true}},
			"a search with many families":      {"first": 25, "filter": vars{"search": "ma"}},
			"a search with few families":       {"first": 25, "filter": vars{"search": "maria lopez"}},
			"a search by the end of a number":  {"first": 25, "filter": vars{"search": "0123"}},
			"a search by the start of a email": {"first": 25, "filter": vars{"search": "maria@ex"}},
		} {
			said.take()
			if page := staff.do(familiesScreen, variables); page.str("families.edges.0.node.guardians.0.name") == "" {
				t.Errorf("%s: %s", name, page)
			}
			said.expect(t, 4, name)
			// What the screen asks afterwards, and what programs ask at once.
			staff.do(familiesTotal, vars{"filter": variables["filter"]})
			said.expect(t, 4, "the total of "+name)
			staff.do(strings.Replace(familiesScreen, "pageInfo", "totalCount pageInfo", 1), variables)
			said.expect(t, 4, name+" with its total")
		}
		for name, filter := range map[string]vars{"a page of the Audit Log": nil, "a page of one action": {"actions": []string{"SIGN_IN"}}} {
			said.take()
			if page := staff.do(auditScreen, vars{"first": 50, "filter": filter}); page.str("auditEntries.edges.0.node.summary") == "" {
				t.Errorf("%s: %s", name, page)
			}
			said.expect(t, 3, name)
		}
		for _, channel := range []string{"SMS", "EMAIL"} {
			w.clock.add(2 * time.Minute)
			staff.do(viewerScreen, nil) // the first request of a minute notes that the session is used
			said.take()
			sent := staff.send(channel)
			said.expect(t, 14, "requestPasswordReset by "+channel)
			staff.until(sent.str("requestPasswordReset.request.id"), "delivery", "SENT")
		}
	})
}

// What anybody waits for must not grow with the business: no statement of any screen, of the worker or of
// the sweeps may read a whole table. A few thousand rows are enough for both databases to prefer an index
// where one serves.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.seed(5000, 20_000)
		w.fill()
		said := w.listen()
		seen := map[string]string{}
		check := func(what string) {
			t.Helper()
			all, _ := said.take()
			for _, statement := range all {
				if _, known := seen[statement.Text]; known {
					continue
				}
				seen[statement.Text] = what
				plan, err := sqlcount.Explain(t.Context(), w.app.Store.Driver, statement)
				w.must(err)
				said.take() // the EXPLAIN itself
				if len(plan.Scans) > 0 {
					t.Errorf("%s: %v\n%s\n%s", what, plan.Scans, statement.Text, plan.Text)
				}
			}
		}
		staff := w.staff()
		check("signing in")
		w.visit(staff, check)
		w.reset(staff, check)

		system := viewer.AsSystem(t.Context(), ident.ID{}, "a test runs the sweeps")
		_, err := idempotency.Sweep(system, w.app.Store, 1000)
		w.must(err)
		w.must(w.app.Limiter.Sweep(system))
		w.must(w.app.Identity.Sweep(system, 1000))
		check("the sweeps")
		for range 2 { // the first plans the next day
			_, err = w.app.Checkpoints.Once(system)
			w.must(err)
			w.clock.add(48 * time.Hour)
			check("the checkpoint of the day")
		}
		if len(seen) < 60 {
			t.Errorf("only %d different statements were looked at: %v", len(seen), slices.Sorted(maps.Values(seen)))
		}
	})
}

// visit opens every screen of the Office Portal with every filter and order.
func (w *world) visit(staff *browser, check func(string)) {
	staff.do(viewerScreen, nil)
	check("who is signed in")
	for _, order := range []string{"NAME_ASC", "NAME_DESC", "UPDATED_DESC"} {
		for _, filter := range []vars{
			nil, {"anyCanLogIn": true}, {"anyCanLogIn": false}, {"archived": true}, {"search": "lopez"}, {"search": "ma"}, {"search": "maria lopez"},
			{"search": "0150"}, {"search": "maria@"}, {"search": "zzzzz"}, {"search": "lopez", "anyCanLogIn": true, "archived": false},
			{"missingAcceptance": true}, {"missingAcceptance": false}, {"missingAcceptance": true, "anyCanLogIn": true}, {"search": "ma", "missingAcceptance": true},
			{"search": "maria lopez", "missingAcceptance": false, "anyCanLogIn": true},
		} {
			what := fmt.Sprint("families ", order, filter)
			page := staff.do(familiesScreen, vars{"first": 25, "orderBy": order, "filter": filter})
			check(what)
			if filter["missingAcceptance"] != nil && filter["anyCanLogIn"] != nil && filter["search"] == nil {
				continue // No index has both flags: the page is read in order, the total of nearly everybody is not.
			}
			w.clock.add(time.Minute) // documents of one's own have a budget for each minute
			staff.do(familiesTotal, vars{"filter": filter})
			check("the total of " + what)
			staff.do(familiesScreen, vars{"last": 25, "orderBy": order, "filter": filter})
			check("last " + what)
			at := page.str("families.pageInfo.endCursor")
			if at == "" {
				continue
			}
			staff.do(familiesScreen, vars{"first": 25, "after": at, "orderBy": order, "filter": filter})
			check("next " + what)
			staff.do(neighbours, vars{"at": at, "orderBy": order, "filter": filter})
			check("neighbours of " + what)
		}
	}
	card := staff.do(familyScreen, vars{"id": w.family})
	check("a family")
	actor := staff.do(viewerScreen, nil).str("viewer.actor.id")
	now := w.clock.now()
	for what, filter := range map[string]vars{
		"all": nil, "one action": {"actions": []string{"CONTACT_CHANGED"}}, "two actions": {"actions": []string{"SIGN_IN", "SIGN_IN_FAILED"}},
		"a staff member": {"actorId": actor}, "a guardian": {"guardianId": card.str("node.guardians.0.id")}, "a family": {"familyId": w.family},
		"a channel": {"channel": "SMS"}, "an outcome": {"outcome": "FAILED"},
		"a day":                 {"from": now.Add(-48 * time.Hour).Format(time.RFC3339), "to": now.Add(-24 * time.Hour).Format(time.RFC3339)},
		"one action since then": {"actions": []string{"SIGN_IN"}, "from": now.AddDate(-3, 0, 0).Format(time.RFC3339)},
	} {
		w.clock.add(time.Minute)
		page := staff.do(auditScreen, vars{"first": 50, "filter": filter})
		check("the Audit Log, " + what)
		staff.do(auditScreen, vars{"last": 50, "filter": filter})
		check("the end of the Audit Log, " + what)
		if at := page.str("auditEntries.pageInfo.endCursor"); at != "" {
			staff.do(auditScreen, vars{"first": 50, "after": at, "filter": filter})
			check("the next page of the Audit Log, " + what)
		}
	}
	staff.do(ledgerScreen, vars{"first": 50})
	check("the ledger")
	staff.do(policiesScreen, nil)
	check("the policies")
	staff.do(acceptedOf, vars{"id": w.family})
	check("what a family accepted")
}

// reset does the main job, by both channels and from Forgot Password.
func (w *world) reset(staff *browser, check func(string)) {
	for _, channel := range []string{"EMAIL", "SMS"} {
		w.clock.add(2 * time.Minute)
		sent := staff.send(channel)
		staff.until(sent.str("requestPasswordReset.request.id"), "delivery", "SENT")
		check("a reset by " + channel)
	}
	texts, err := w.sms.WaitTexts(w.patience(), 1)
	w.must(err)
	token := w.linkIn(texts[len(texts)-1].Body)
	guardian := w.browser("customer")
	guardian.do(readLink, vars{"t": token})
	check("opening a link")
	if done := guardian.do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}}); done.str("resetPassword.signInHint") == "" {
		w.t.Errorf("choosing a password: %s", done)
	}
	check("choosing a password")
	before := len(w.resend.Emails())
	guardian.do(forgot, vars{"i": vars{"business": "sunrise", "email": "maria@example.com"}})
	_, err = w.resend.WaitEmails(w.patience(), before+1)
	w.must(err)
	check("Forgot Password")
	if b, ok := w.signInAsGuardian(guardianPassword); ok {
		b.do(`{ownHistory{kind summary} viewer{actor{__typename ... on Guardian{id name family{policiesMissing policyStatuses{policyVersion{title bodyHtml} acceptance{method} history{method}}}}} business{name}} policies{title}}`, nil)
		b.accept(vars{"policyVersionId": b.do(`{policies{scope current{id}}}`, nil).str("policies.1.current.id")})
	} else {
		w.t.Error("the new password does not sign in")
	}
	check("a guardian signing in")
	staff.do(familyScreen, vars{"id": w.family})
	staff.do(ledgerScreen, vars{"first": 50})
	check("the card and the ledger after it")
	staff.do(`mutation{signOut{__typename}}`, nil)
	check("signing out")
}

// fill makes the small tables large, so that databases take them seriously: copies of rows that one reset made.
func (w *world) fill() {
	w.t.Helper()
	staff := w.staff()
	sent := staff.send("SMS")
	staff.until(sent.str("requestPasswordReset.request.id"), "delivery", "SENT")
	waiver := staff.publish("Waiver", "FAMILY").str("policyVersion.id")
	staff.publish("Photos", "STUDENT")
	_, scan := staff.upload("waiver.pdf", []byte(pdf), nil)
	staff.do(recordForm, vars{"i": vars{"guardianId": w.guardian, "policyVersionId": waiver, "formOnFile": true, "signedOn": "2026-01-31", "scanId": scanID(scan)}})
	staff.counted()
	system := viewer.AsSystem(w.t.Context(), ident.ID{}, "a test prepares its rows")
	families, err := w.app.Store.Client.Family.Query().Limit(400).IDs(system)
	w.must(err)
	guardians, err := w.app.Store.Client.Guardian.Query().Limit(400).IDs(system)
	w.must(err)

	id := func(int) any { return ident.New() }
	noise := func(int) any { b := make([]byte, 32); _, _ = rand.Read(b); return b }
	word := func(i int) any { return fmt.Sprintf("copy-number-%06d", i) }
	someone := func(i int) any { return guardians[i] }
	var businesses, tokens, policies []ident.ID
	another := func(i int) any { return businesses[i] }
	kept := func(ids *[]ident.ID) func(int) any {
		return func(int) any { *ids = append(*ids, ident.New()); return (*ids)[len(*ids)-1] }
	}
	for _, c := range []struct {
		table string
		fresh map[string]func(i int) any
	}{
		{"businesses", map[string]func(int) any{"id": kept(&businesses), "slug": word, "checkpoint_due_at": func(int) any { return w.clock.now().AddDate(1, 0, 0) }}},
		{"sms_accounts", map[string]func(int) any{"id": id, "business_id": func(i int) any { return businesses[i] }}},
		{"staff_members", map[string]func(int) any{"id": id, "business_id": another, "email_key": noise}},
		{"sessions", map[string]func(int) any{"id": id, "token_hash": noise}},
		{"reset_tokens", map[string]func(int) any{"id": kept(&tokens), "lookup": noise, "guardian_id": someone}},
		{"messages", map[string]func(int) any{"id": id, "reset_token_id": func(i int) any { return tokens[i] }, "guardian_id": someone, "provider_id": word}},
		{"credit_entries", map[string]func(int) any{"id": id, "op_key": word}},
		{"policies", map[string]func(int) any{"id": kept(&policies), "business_id": another}},
		{"policy_versions", map[string]func(int) any{"id": id, "business_id": another, "policy_id": func(i int) any { return policies[i] }}},
		{"policy_acceptances", map[string]func(int) any{"id": id, "slot": noise, "family_id": func(i int) any { return families[i] }}},
		{"policy_scans", map[string]func(int) any{"id": id, "acceptance_id": func(int) any { return nil }}},
		{"idempotency_keys", map[string]func(int) any{"id": id, "key": word}},
		{"rate_limits", map[string]func(int) any{"id": word}},
	} {
		w.copies(c.table, len(guardians), c.fresh)
	}
	for range 400 {
		w.must(w.app.Store.Client.ResetIntake.Create().SetSealed([]byte("sealed")).SetDueAt(w.clock.now().AddDate(1, 0, 0)).Exec(system))
	}
	d := w.app.Store.Driver
	analyze := "ANALYZE"
	if d.Dialect() == dialect.MySQL {
		analyze = "ANALYZE TABLE businesses, sms_accounts, staff_members, sessions, reset_tokens, messages, credit_entries, idempotency_keys, rate_limits, reset_intakes, policies, policy_versions, policy_acceptances, policy_gaps, policy_scans"
	}
	_, err = d.DB().ExecContext(w.t.Context(), analyze)
	w.must(err)
}

// copies adds n copies of a row of the table with some columns made anew.
func (w *world) copies(table string, n int, fresh map[string]func(i int) any) {
	w.t.Helper()
	db := w.app.Store.Driver.DB()
	rows, err := db.QueryContext(w.t.Context(), "SELECT * FROM "+table+" LIMIT 1")
	w.must(err)
	columns, err := rows.Columns()
	w.must(err)
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	if !rows.Next() {
		w.t.Fatalf("%s is empty", table)
	}
	w.must(rows.Scan(into...))
	w.must(rows.Close())
	var args []any
	for i := range n {
		for c, name := range columns {
			value := values[c]
			if anew, ok := fresh[name]; ok {
				value = anew(i)
			}
			args = append(args, value)
		}
	}
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(columns)), ",") + ")"
	_, err = db.ExecContext(w.t.Context(), "INSERT INTO "+table+" (`"+strings.Join(columns, "`,`")+"`) VALUES "+strings.TrimSuffix(strings.Repeat(one+",", n), ","), args...)
	w.must(err)
}
