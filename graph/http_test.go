package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/graph"
	"officeportal/internal/ratelimit"
)

func (w *world) send(method, contentType, accept string, body []byte) *reply {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL, bytes.NewReader(body))
	w.must(err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	return w.do(req)
}

func TestWhatIsNoRequestIsRefusedWithoutRepeatingIt(t *testing.T) {
	w := onSQLite(t)
	const planted = "planted-secret"
	jsonType := "application/json"
	for _, c := range []struct {
		name, method, kind, body string
		status                   int
	}{
		{"GET", http.MethodGet, "", "", 405},
		{"PUT", http.MethodPut, jsonType, `{"query":"{__typename}"}`, 405},
		{"no media type", http.MethodPost, "", `{"query":"{__typename}"}`, 415},
		{"a form", http.MethodPost, "application/x-www-form-urlencoded", "query={__typename}", 415},
		{"a text that other sites may send", http.MethodPost, "text/plain", `{"query":"{__typename}"}`, 415},
		{"another character set", http.MethodPost, "application/json; charset=latin1", `{"query":"{__typename}"}`, 415},
		{"too large", http.MethodPost, jsonType, `{"query":"{__typename}","x":"` + strings.Repeat("a", 64<<10) + `"}`, 413},
		{"nothing", http.MethodPost, jsonType, "", 400},
		{"broken JSON", http.MethodPost, jsonType, `{"query":"` + planted, 400},
		{"a batch", http.MethodPost, jsonType, `[{"query":"{__typename}"},{"query":"{__typename}"}]`, 400},
		{"two objects", http.MethodPost, jsonType, `{"query":"{__typename}"}{"x":"` + planted + `"}`, 400},
		{"bytes that are no text", http.MethodPost, jsonType, "{\"query\":\"{__typename}\",\"x\":\"\xff\"}", 400},
		{"no query", http.MethodPost, jsonType, `{"variables":{"password":"` + planted + `"}}`, 400},
		{"a query that is a number", http.MethodPost, jsonType, `{"query":7}`, 400},
		{"variables that are a list", http.MethodPost, jsonType, `{"query":"{__typename}","variables":["` + planted + `"]}`, 400},
		{"a name that is an object", http.MethodPost, jsonType, `{"query":"{__typename}","operationName":{}}`, 400},
		{"extensions that are a text", http.MethodPost, jsonType, `{"query":"{__typename}","extensions":"x"}`, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := w.send(c.method, c.kind, "", []byte(c.body))
			if r.Status != c.status || r.code() != "BAD_USER_INPUT" || strings.Contains(r.Body, "data") || strings.Contains(r.Body, planted) {
				t.Errorf("%d %s", r.Status, r.Body)
			}
			if got := r.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control: %s", got)
			}
			if c.status == 405 && r.Header.Get("Allow") != "POST" {
				t.Errorf("Allow: %s", r.Header.Get("Allow"))
			}
			if w.log.String() != "" {
				t.Errorf("logged: %s", w.log)
			}
		})
	}
}

func TestTheMediaTypeDecidesWhatStatusesMean(t *testing.T) {
	w := onSQLite(t)
	const older, newer = "application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"
	for _, c := range []struct {
		accept, query, kind string
		status              int
	}{
		{"", "{__typename}", older, 200},
		{"*/*", "{__typename}", older, 200},
		{"text/html", "{__typename}", older, 200},
		{"application/json", "{__typename}", older, 200},
		{"application/graphql-response+json", "{__typename}", newer, 200},
		{"application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", "{__typename}", newer, 200},
		{"application/graphql-response+json;q=0.5, application/json", "{__typename}", older, 200},
		{"application/graphql-response+json;q=0, */*", "{__typename}", older, 200},
		{"application/json", "{", older, 200},
		{"application/graphql-response+json", "{", newer, 400},
		{"application/graphql-response+json", "{nothing}", newer, 400},
		{"application/graphql-response+json", "query A {__typename} query B {__typename}", newer, 400},
		{"application/graphql-response+json", "{smsAccount{id}}", newer, 200}, // data is there, and null
	} {
		body, err := json.Marshal(map[string]any{"query": c.query})
		w.must(err)
		r := w.send(http.MethodPost, "application/json", c.accept, body)
		if r.Status != c.status || r.Header.Get("Content-Type") != c.kind {
			t.Errorf("%s %s: %d %s %s", c.accept, c.query, r.Status, r.Header.Get("Content-Type"), r.Body)
		}
		if hasData := strings.Contains(r.Body, `"data"`); hasData != (c.status == 200 && c.query != "{") {
			t.Errorf("%s %s: %s", c.accept, c.query, r.Body)
		}
	}
}

func TestDocumentsThatAskForTooMuchAreRefused(t *testing.T) {
	w := onSQLite(t)
	nested := func(n int) string { // family { guardians { family { … } } }
		q := "id"
		for range n {
			q = "family { guardians { " + q + " } }"
		}
		return `{ node(id: "gdn_x") { ... on Guardian { ` + q + ` } } }`
	}
	many := func(n int, field string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, " a%d: %s", i, field)
		}
		return b.String()
	}
	doubling := "{ viewer { ...f0 } } "
	for i := range 40 {
		doubling += fmt.Sprintf("fragment f%d on Viewer { ...f%d ...f%d } ", i, i+1, i+1)
	}
	doubling += "fragment f40 on Viewer { actor { ... on Staff { id name } } }"
	twice := `{ node(id: "fam_x") { ... on Family { ...g0 } } } `
	for i := range 40 {
		one := fmt.Sprintf("guardians { family { ...g%d } } ", i+1)
		twice += fmt.Sprintf("fragment g%d on Family { %s %s } ", i, one, one)
	}
	twice += "fragment g40 on Family { id }"
	send := `requestPasswordReset(input: {guardianId: "x", channel: EMAIL, idempotencyKey: "0123456789abcdef"}) { smsBalance }`
	forgot := `forgotPassword(input: {business: "sunrise", email: "a@example.com"}) { accepted }`
	for name, c := range map[string]struct{ query, code string }{
		"deep":                              {nested(6), "COST_LIMIT"},
		"not too deep":                      {nested(5), ""},
		"a hundred families with activity":  {`{ families(first: 100) { edges { node { activity(first: 100) { edges { node { id } } } } } } }`, "COST_LIMIT"},
		"the same without sizes":            {`{ families { edges { node { activity { edges { node { id } } } } } } }`, "COST_LIMIT"},
		"a page of a hundred":               {`{ families(first: 100) { edges { node { id name guardians { id name email phone canLogIn } } } } }`, ""},
		"ten aliases":                       {"{" + many(10, "viewer { permissions }") + "}", ""},
		"eleven aliases":                    {"{" + many(11, "viewer { permissions }") + "}", "COST_LIMIT"},
		"eleven aliases through fragments":  {"{ ...f } fragment f on Query {" + many(11, "viewer { permissions }") + "}", "COST_LIMIT"},
		"eleven, all but one skipped":       {"{" + many(11, "viewer @skip(if: true) { permissions }") + "}", "COST_LIMIT"},
		"two sends":                         {"mutation { a: " + send + " b: " + send + " }", "BAD_USER_INPUT"},
		"two different sending ones":        {"mutation { " + send + " " + forgot + " }", "BAD_USER_INPUT"},
		"two sends through a fragment":      {"mutation { ...f " + forgot + " } fragment f on Mutation { " + send + " }", "BAD_USER_INPUT"},
		"many tokens":                       {"{ viewer { " + strings.Repeat("permissions ", 5000) + "} }", "BAD_USER_INPUT"},
		"many directives":                   {"{ viewer " + strings.Repeat("@x", 2600) + " { permissions } }", "BAD_USER_INPUT"},
		"fragments that double forty times": {doubling, "COST_LIMIT"},
		"a cycle of fragments":              {"{ viewer { ...f } } fragment f on Viewer { ...f }", "BAD_USER_INPUT"},
		"one field thousands of times":      {"{ viewer { " + strings.Repeat("permissions ", 4900) + "} }", "COST_LIMIT"},
		"a field twice at every level":      {twice, "COST_LIMIT"},
		"mistakes without end":              {"{ viewer " + strings.Repeat("@x", 2400) + " { permissions } }", "COST_LIMIT"},
		"all of the schema many times":      {"{ __schema { types { fields { " + many(900, "name") + " } } } }", "COST_LIMIT"},
		"the schema from type to type":      {"{ __schema { types { fields { type { fields { " + many(300, "name") + " } } } } } }", "COST_LIMIT"},
		"many aliases of a leaf":            {"{ families(first: 100) { edges { node {" + many(120, "name") + "} } } }", "COST_LIMIT"},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.ask("staff", c.query, nil)
			if r.code() != c.code {
				t.Errorf("%d %.300s", r.Status, r.Body)
			}
			if c.code != "" && len(r.Body) >= 1024 {
				t.Errorf("the answer has %d bytes", len(r.Body))
			}
		})
	}
}

func TestTextsThatAreTooLongNeverReachADomain(t *testing.T) {
	w := onSQLite(t)
	long := strings.Repeat("é", 121)
	r := w.ask("staff", `mutation($n: String!) { createFamily(input: {name: $n}) { family { id } errors { code } } }`, map[string]any{"n": long})
	if r.code() != "BAD_USER_INPUT" || strings.Contains(r.Body, long) {
		t.Error(r.Body)
	}
	w.ask("staff", `mutation($n: String!) { createFamily(input: {name: $n}) { family { id } errors { code } } }`, map[string]any{"n": strings.Repeat("é", 120)}).ok()
	if r := w.ask("", `query($t: String!) { passwordResetLink(token: $t) { state } }`, map[string]any{"t": strings.Repeat("a", 129)}); r.code() != "BAD_USER_INPUT" {
		t.Error(r.Body)
	}
}

func TestArgumentsWithoutAValidFormAreTheCallersMistake(t *testing.T) {
	w := onSQLite(t)
	for name, c := range map[string]struct {
		query string
		vars  map[string]any
	}{
		"a time":                       {`query($t: DateTime) { auditEntries(filter: {from: $t}) { totalCount } }`, map[string]any{"t": "yesterday"}},
		"an order in lower case":       {`query($o: FamilyOrder!) { families(orderBy: $o) { totalCount } }`, map[string]any{"o": "name_asc"}},
		"a date":                       {`mutation($d: Date) { addStudent(input: {familyId: "x", name: "A", birthDate: $d}) { student { id } } }`, map[string]any{"d": "31.3.2019"}},
		"a missing variable":           {`query($t: String!) { passwordResetLink(token: $t) { state } }`, nil},
		"a variable of another type":   {`query($t: String!) { passwordResetLink(token: $t) { state } }`, map[string]any{"t": map[string]any{}}},
		"an unknown field of an input": {`mutation($i: CreateFamilyInput!) { createFamily(input: $i) { family { id } } }`, map[string]any{"i": map[string]any{"name": "A", "x": 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			if r := w.ask("staff", c.query, c.vars); r.code() != "BAD_USER_INPUT" {
				t.Error(r.Body)
			}
			if w.log.String() != "" {
				t.Errorf("logged: %s", w.log)
			}
		})
	}
}

func TestErrorsDoNotHelpToGuessTheSchema(t *testing.T) {
	w := onSQLite(t)
	for _, q := range []string{
		"{ viewe { permissions } }", "{ viewer }", "{ node(ids: 1) { id } }", "query($x: Familly) { viewer { permissions } }",
		"{ families(orderBy: NAME_ASK) { totalCount } }", `{ families(filter: {serch: "x"}) { totalCount } }`, "{ node(id: 1) { ... on Familly { id } } }",
	} {
		if r := w.ask("staff", q, nil); r.code() != "BAD_USER_INPUT" || strings.Contains(strings.ToLower(r.Body), "did you mean") {
			t.Errorf("%s: %s", q, r.Body)
		}
	}
}

func TestIntrospectionIsForThoseWhoMaySendAdHocDocuments(t *testing.T) {
	w := onSQLite(t)
	const q = `{ __schema { types { name fields { name type { name ofType { name ofType { name ofType { name ofType { name ofType { name ofType { name ofType { name } } } } } } } } } } } }`
	r := w.ask("staff", q, nil).ok()
	if r.Extensions["cost"] == nil {
		t.Error("no cost is shown")
	}
	const hidden, plain = `{ ...f } fragment f on Query { a: __type(name: "Family") { name } }`, `{ __typename viewer { __typename } }`
	w.config.AdHoc = func(context.Context) bool { return false }
	w.config.Trusted = map[string]string{graph.DocumentID(q): q, graph.DocumentID(hidden): hidden, graph.DocumentID(plain): plain}
	w.serve()
	if r := w.ask("staff", q, nil); r.code() != "FORBIDDEN" || r.Extensions["cost"] != nil {
		t.Errorf("%.300s", r.Body)
	}
	if r := w.ask("staff", hidden, nil); r.code() != "FORBIDDEN" {
		t.Error(r.Body)
	}
	w.ask("staff", plain, nil).ok()
}

// The query of graphql-js, which GraphiQL and most tools send.
func TestTheUsualIntrospectionIsNotTooMuch(t *testing.T) {
	w := onSQLite(t)
	ref := "kind name"
	for range 9 {
		ref = "kind name ofType { " + ref + " }"
	}
	r := w.ask("staff", `query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
		types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
	fragment FullType on __Type { kind name description specifiedByURL isOneOf
		fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
		inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
		enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
	fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
	fragment TypeRef on __Type { `+ref+` }`, nil)
	if r.code() != "" {
		t.Errorf("%.300s", r.Body)
	}
	t.Log(r.Extensions["cost"])
}

// limited answers as a limiter that is asked before anything else.
type limited struct{ graph.Credits }

func (limited) Account(context.Context) (*ent.SmsAccount, error) { return nil, ratelimit.ErrLimited }

func TestALimitIsToldByStatusAndHeader(t *testing.T) {
	w := onSQLite(t)
	w.config.Credit = limited{w.credits}
	w.serve()
	r := w.ask("staff", `{ smsAccount { balance } }`, nil)
	if r.Status != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" || r.code() != "RATE_LIMITED" {
		t.Errorf("%d %v %s", r.Status, r.Header, r.Body)
	}
	r = w.post("staff", `{"query":"{ smsAccount { balance } }"}`, "application/json", nil)
	if r.Status != http.StatusOK || r.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestMessagesAreInTheLanguageOfTheRequest(t *testing.T) {
	w := onSQLite(t)
	for header, want := range map[string]string{"": "Sign in first.", "es-MX, en;q=0.5": "Inicie sesión primero.", "fr": "Sign in first."} {
		r := w.post("", `{"query":"{ smsAccount { balance } }"}`, "application/json", map[string]string{"Accept-Language": header})
		if r.Errors[0].Message != want {
			t.Errorf("%q: %s", header, r.Errors[0].Message)
		}
	}
}

// patient notes how long it may take.
type patient struct {
	graph.Credits
	left chan time.Duration
}

func (p patient) Account(ctx context.Context) (*ent.SmsAccount, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(time.Hour)
	}
	p.left <- time.Until(deadline)
	return p.Credits.Account(ctx)
}

func TestNoOperationTakesLongerThanTenSeconds(t *testing.T) {
	w := onSQLite(t)
	p := patient{w.credits, make(chan time.Duration, 1)}
	w.config.Credit = p
	w.serve()
	w.ask("staff", `{ smsAccount { balance } }`, nil).ok()
	if left := <-p.left; left > 10*time.Second || left < 5*time.Second {
		t.Errorf("it may take %s", left)
	}
	r := w.post("staff", `{"query":"{ smsAccount { balance } }"}`, "application/graphql-response+json", map[string]string{"X-Test-Late": "yes"})
	if r.Status != http.StatusInternalServerError || r.code() != "INTERNAL" || r.Errors[0].Message != "This took too long and was stopped." {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}
