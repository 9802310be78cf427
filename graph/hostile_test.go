package graph_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"officeportal/graph"
	"officeportal/internal/audit/seal"
	"officeportal/internal/identity"
	"officeportal/internal/identity/staff"
	"officeportal/internal/keyring"
	"officeportal/internal/passwordreset"
	"officeportal/internal/policy"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

const (
	// planted stands in everything hostile where a secret may stand. No answer repeats it.
	planted = "opensesame"
	// ofSignIn is a document of the portals with a variable that takes whatever is put into it.
	ofSignIn = "mutation SignIn($i: SignInInput!) {\n  signIn(input: $i) {\n    errors {\n      code\n    }\n  }\n}"
)

// hostile is a request that keeps a server busy, or has it send much back, when nobody looks.
type hostile struct {
	name, body string
	// encoding is the Content-Encoding of the body.
	encoding string
	// status and code are for those who may send documents of their own.
	status int
	code   string
	// alike requests are answered alike whoever sends them: they are refused before anybody asks who that is, or carry a
	// document of the portals.
	alike bool
}

// Every way to keep a server busy with a document, or to have it send much back: refused, and in few words.
func TestHostileDocumentsAreRefusedInFewWords(t *testing.T) {
	w := strict(t)
	w.config.Trusted[graph.DocumentID(ofSignIn)] = ofSignIn
	for _, c := range hostileRequests() {
		t.Run(c.name, func(t *testing.T) {
			for _, who := range []string{"explorer", "program", "", "guardian", "reader"} {
				status, code := c.status, c.code
				mayExplore := who == "explorer" || who == "program"
				if !mayExplore && !c.alike {
					status, code = http.StatusForbidden, "DOCUMENT_NOT_TRUSTED"
				}
				for _, accept := range []string{"application/graphql-response+json", "text/event-stream, application/graphql-response+json"} {
					header := map[string]string{}
					if c.encoding != "" {
						header["Content-Encoding"] = c.encoding
					}
					r := w.post(who, c.body, accept, header)
					if r.Status != status || r.code() != code || r.Data != nil {
						t.Errorf("%q: %d %s, want %d %s: %.300s", who, r.Status, r.code(), status, code, r.Body)
					}
					if len(r.Body) >= 1024 {
						t.Errorf("%q: %d bytes: %.300s", who, len(r.Body), r.Body)
					}
					if strings.Contains(strings.ToLower(r.Body), planted) {
						t.Errorf("%q: repeats what was sent: %.300s", who, r.Body)
					}
					if !mayExplore && strings.Contains(r.Body, "Cannot query") {
						t.Errorf("%q: tells about the schema: %s", who, r.Body)
					}
				}
			}
			if strings.Contains(strings.ToLower(w.log.String()), planted) {
				t.Error("the log repeats what was sent")
			}
		})
	}
}

// A document that is in order may still meet an error at every place it asks for: a few of them are told.
func TestOfManyErrorsOfOneDocumentFewAreTold(t *testing.T) {
	w := onSQLite(t)
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, "a%d: activity(first: 101) { pageInfo { hasNextPage } } ", i)
	}
	r := w.ask("staff", `query($id: ID!) { node(id: $id) { ... on Family { `+b.String()+` } } }`, map[string]any{"id": "fam_" + w.family.ID.String()})
	if len(r.Errors) != 10 || r.code() != "BAD_USER_INPUT" {
		t.Errorf("%d errors are told: %.300s", len(r.Errors), r.Body)
	}
}

func hostileRequests() []hostile {
	encode := func(v any) string { raw, _ := json.Marshal(v); return string(raw) }
	query := func(q string) string { return encode(map[string]any{"query": q}) }
	with := func(q, variables string) string { return `{"query":` + encode(q) + `,"variables":` + variables + `}` }
	repeat, numbered := strings.Repeat, func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+" ", i)
		}
		return b.String()
	}
	const filtered, sent = `query($f:FamilyFilter){families(filter:$f){totalCount}}`, `mutation($i:CreateFamilyInput!){createFamily(input:$i){family{id}}}`
	const bad, cost = "BAD_USER_INPUT", "COST_LIMIT"
	early := func(name, body string, status int) hostile { return hostile{name, body, "", status, bad, true} }
	trusted := func(name, variables string) hostile {
		return hostile{name, `{"documentId":"` + graph.DocumentID(ofSignIn) + `","variables":` + variables + "}", "", 400, bad, true}
	}
	wrong := func(name, body string) hostile { return hostile{name, body, "", 400, bad, false} }
	costly := func(name, body string) hostile { return hostile{name, body, "", 400, cost, false} }
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(query("{viewer{permissions}}#" + repeat(" ", 50_000_000))))
	_ = z.Close()
	return []hostile{
		// bodies
		early("no JSON", `{"query": "`+planted, 400),
		early("a body that is too large", query("{viewer{permissions}}#"+repeat("x", 70_000)), 413),
		early("a body of two megabytes", query("{viewer{permissions}}#"+repeat(planted, 200_000)), 413),
		early("a batch", "["+strings.TrimSuffix(repeat(query("{viewer{permissions}}")+",", 1_500), ",")+"]", 400),
		early("a batch that is a query", `{"query":[`+strings.TrimSuffix(repeat(`"`+planted+`",`, 3_000), ",")+`]}`, 400),
		early("braces without end", repeat(`{"query":`, 7_000), 400),
		early("brackets without end", repeat("[", 65_000), 400),
		early("variables deeper than JSON is read", with(filtered, `{"f":`+repeat("[", 20_000)+repeat("]", 20_000)+"}"), 400),
		{"a body that unpacks to fifty megabytes", zipped.String(), "gzip", 415, bad, true},
		{"a body that says it is packed", query("{viewer{permissions}}"), "br", 415, bad, true},
		// texts
		wrong("no document", query("hello there")),
		wrong("a text that does not end", query(`{node(id:"`+planted+repeat("x", 30_000))),
		costly("a long name", query("{"+repeat(planted, 6_000)+"}")),
		wrong("50,000 braces", query(repeat("{", 50_000))),
		wrong("20,000 directives", query("query"+repeat(" @"+planted, 4_000)+"{viewer{permissions}}")),
		wrong("15,000 short directives", query("query"+repeat(" @a", 15_000)+"{viewer{permissions}}")),
		costly("1,600 unknown directives", query("query"+repeat(" @a", 1_600)+"{viewer{permissions}}")),
		wrong("10,000 aliases", query("{"+repeat("a:x ", 10_000)+"}")),
		costly("1,200 aliases of nothing", query("{"+numbered(1_200, "a%d:"+planted)+"}")),
		wrong("900 unknown fields", query("{"+numbered(900, "mine%d")+"}")),
		costly("900 times the same unknown field", query("{"+repeat("openSesame ", 900)+"}")),
		wrong("900 unknown arguments", query(`{viewer(`+numbered(900, "mine%d:1")+`){permissions}}`)),
		costly("700 operations", query(repeat("{viewer{permissions}}", 700))),
		wrong("900 variables", query(`query(`+numbered(900, "$a%d:Int")+`){viewer{permissions}}`)),
		wrong("900 variables of unknown types", query(`query(`+numbered(900, "$a%d:Mine")+`){viewer{permissions}}`)),
		costly("450 fragments that nobody spreads", query(`{viewer{permissions}} `+numbered(450, "fragment f%d on Viewer{__typename}"))),
		wrong("a secret between names", query(`{node(id "`+planted+`"){id}}`)),
		wrong("a secret at the start", query(`"`+planted+`"`)),
		wrong("a secret in place of a number", query(`{families(first:"`+planted+`"){totalCount}}`)),
		wrong("a secret in place of an object", query(`{families(filter:"`+planted+`"){totalCount}}`)),
		wrong("a secret in place of a value of a list", query(`{families(orderBy:"`+planted+`"){totalCount}}`)),
		wrong("a secret in place of a truth", query(`{viewer @skip(if:"`+planted+`"){permissions}}`)),
		wrong("a list in place of a text", query(`{node(id:["`+planted+`",7]){id}}`)),
		wrong("a secret as what a variable is by default", query(`query($n:Int="`+planted+`"){families(first:$n){totalCount}}`)),
		wrong("an operation that is not there", `{"query":"query A{viewer{permissions}}","operationName":"`+repeat(planted, 3_000)+`"}`),
		// shapes
		costly("deep", query(`{viewer{actor`+repeat(`{...on Guardian{family{guardians`, 20)+`{id}`+repeat(`}}}`, 20)+`}}`)),
		wrong("very deep", query(`{viewer{actor`+repeat(`{...on Guardian{family{guardians`, 400)+`{id}`+repeat(`}}}`, 400)+`}}`)),
		costly("aliases of one root field", query("{"+numbered(100, "a%d:viewer{permissions}")+"}")),
		costly("aliases of introspection", query("{"+numbered(100, "a%d:__schema{types{name}}")+"}")),
		wrong("the schema from type to type", query("{__schema{types{"+repeat("fields{type{", 8)+"name"+repeat("}}", 8)+"}}}")),
		costly("the schema again and again", query("{__schema{types{"+numbered(400, "a%d:name")+"fields{"+numbered(400, "b%d:name")+"}}}}")),
		costly("types of types", query("{__schema{types"+repeat("{ofType", 60)+"{name}"+repeat("}", 60)+"}}")),
		wrong("a cycle of fragments", query(`{viewer{...A}} fragment A on Viewer{...B} fragment B on Viewer{...A}`)),
		costly("a long cycle of fragments", query(`{viewer{...F0}} `+cycle(300))),
		wrong("a fragment within itself", query(`{viewer{...A}} fragment A on Viewer{business{name} ...A}`)),
		costly("fragments that double", query(doubling(20))),
		costly("fields that overlap", query("{"+repeat("viewer{business{name}} ", 300)+"}")),
		costly("fields that overlap at every level", query("{viewer{actor"+overlapping(9)+"}}")),
		costly("costly", query(`{families(first:100){edges{node{guardians{family{guardians{name}}}}}} b:families(first:100){edges{node{guardians{family{guardians{name}}}}}}}`)),
		wrong("lists within lists", query(`{families(first:`+repeat("[", 2_000)+repeat("]", 2_000)+`){totalCount}}`)),
		wrong("objects within objects", query(`{families(filter:`+repeat("{search:", 1_000)+`"`+planted+`"`+repeat("}", 1_000)+`){totalCount}}`)),
		costly("a huge number", query(`{families(first:`+repeat("9", 50_000)+`){totalCount}}`)),
		// variables
		trusted("a trusted document with a long unknown name", `{"i":{"`+repeat(planted, 5_000)+`":1}}`),
		trusted("a trusted document with another kind of variable", `{"i":"`+repeat(planted, 5_000)+`"}`),
		trusted("a trusted document without its variable", `{"`+repeat(planted, 5_000)+`":1}`),
		trusted("a trusted document with lists within lists", `{"i":{"email":`+repeat("[", 4_900)+`"`+planted+`"`+repeat("]", 4_900)+`}}`),
		wrong("lists within variables", with(filtered, `{"f":`+repeat("[", 4_900)+repeat("]", 4_900)+"}")),
		wrong("variables within variables", with(filtered, `{"f":`+repeat(`{"search":`, 3_000)+`"`+planted+`"`+repeat("}", 3_000)+`}`)),
		wrong("a variable with a long unknown name", with(filtered, `{"f":{"`+repeat(planted, 5_000)+`":1}}`)),
		wrong("thousands of unknown names", with(filtered, `{"f":{`+strings.TrimSuffix(strings.TrimSpace(numbered(3_000, `"`+planted+`%d":1,`)), ",")+`}}`)),
		wrong("a secret in place of a number in variables", with(`query($n:Int){families(first:$n){totalCount}}`, `{"n":"`+planted+`"}`)),
		wrong("a list in place of an id in variables", with(`query($n:ID!){node(id:$n){id}}`, `{"n":["`+planted+`"]}`)),
		wrong("a text where an object belongs", with(sent, `{"i":"`+repeat(planted, 5_000)+`"}`)),
		wrong("a number with thousands of digits", with(`query($n:Int){families(first:$n){totalCount}}`, `{"n":`+repeat("9", 50_000)+`}`)),
		wrong("a value that no list has", with(`query($f:AuditFilter){auditEntries(filter:$f){totalCount}}`, `{"f":{"actions":["`+repeat(planted, 3_000)+`"]}}`)),
		wrong("thousands of values that no list has", with(`query($f:AuditFilter){auditEntries(filter:$f){totalCount}}`,
			`{"f":{"actions":[`+strings.TrimSuffix(repeat(`"`+planted+`",`, 4_000), ",")+`]}}`)),
	}
}

// doubling fragments are written out 2^n times when nobody looks.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("{viewer{...F0}}")
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on Viewer{...F%d ...F%d}", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Viewer{permissions}", n)
	return b.String()
}

// cycle is as many fragments, each within the one before it.
func cycle(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "fragment F%d on Viewer{...F%d} ", i, (i+1)%n)
	}
	return b.String()
}

// overlapping selections have the same field twice at every level.
func overlapping(levels int) string {
	if levels == 0 {
		return "{id}"
	}
	below := "{...on Guardian{family{guardians" + overlapping(levels-1) + "}}}"
	return below[:len(below)-1] + " ...on Guardian{family{guardians{id}}}}"
}

// What a hostile document costs before it is refused: each should stay below 10 ms.
func BenchmarkHostileDocuments(b *testing.B) {
	s := store.New(dbtest.OpenMigrated(b, dbtest.SQLite(b)), nil)
	ring, err := keyring.Parse("0123456789abcdef0123456789abcdef")
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	resets := passwordreset.New(passwordreset.Config{Store: s, Ring: ring, Log: log})
	members := staff.New(staff.Config{Store: s})
	handler := graph.NewHandler(graph.Config{Store: s, Resets: resets, Links: resets, Members: members, Policies: policy.New(policy.Config{Store: s}),
		Identity: identity.New(s, ring, nil), AuditLog: seal.New(s, ring, log), Trusted: map[string]string{graph.DocumentID(ofSignIn): ofSignIn}})
	ctx := viewer.With(b.Context(), viewer.Viewer{Kind: viewer.StaffMember, Owner: true})
	for _, c := range hostileRequests() {
		b.Run(strings.ReplaceAll(c.name, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(c.body))
				r.Header.Set("Content-Type", "application/json")
				if c.encoding != "" {
					r.Header.Set("Content-Encoding", c.encoding)
				}
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if !strings.Contains(w.Body.String(), `"errors"`) {
					b.Fatalf("answered: %.200s", w.Body)
				}
			}
		})
	}
}
