package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"officeportal/graph"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

const (
	ofThePortals = "query Me {\n  viewer {\n    permissions\n  }\n}"
	ofSomebody   = `{viewer{permissions}}`
)

// strict is a world in which only explorers and programs send documents of their own, as in the real program.
func strict(t *testing.T) *world {
	w := onSQLite(t)
	w.viewers["explorer"] = w.staffViewer(w.business, w.staff, viewer.APIExplore)
	program := w.staffViewer(w.business, w.staff)
	program.APITokenID = ident.New()
	w.viewers["program"] = program
	w.config.Trusted = map[string]string{graph.DocumentID(ofThePortals): ofThePortals}
	w.config.AdHoc = func(ctx context.Context) bool {
		v := viewer.From(ctx)
		return v.Can(viewer.APIExplore) || !v.APITokenID.IsZero()
	}
	w.serve()
	return w
}

func (w *world) sendBody(who string, body map[string]any) *reply {
	w.t.Helper()
	raw, err := json.Marshal(body)
	w.must(err)
	return w.post(who, string(raw), "application/graphql-response+json", nil)
}

func TestOnlyExplorersAndProgramsSendDocumentsOfTheirOwn(t *testing.T) {
	w := strict(t)
	id := graph.DocumentID(ofThePortals)
	const refused = "DOCUMENT_NOT_TRUSTED"
	for name, c := range map[string]struct {
		body map[string]any
		// the code for the many, and the one for explorers and programs
		many, few string
	}{
		"a document of the portals by its id":    {map[string]any{"documentId": id}, "", ""},
		"with its text":                          {map[string]any{"documentId": id, "query": ofThePortals}, "", ""},
		"by its text alone":                      {map[string]any{"query": ofThePortals}, "", ""},
		"another text under its id":              {map[string]any{"documentId": id, "query": ofSomebody}, refused, refused},
		"an id that nobody knows":                {map[string]any{"documentId": graph.DocumentID(ofSomebody)}, refused, refused},
		"an id in capitals":                      {map[string]any{"documentId": strings.ToUpper(id)}, refused, refused},
		"an id that is no text":                  {map[string]any{"documentId": 7}, "BAD_USER_INPUT", "BAD_USER_INPUT"},
		"neither":                                {map[string]any{"variables": map[string]any{}}, "BAD_USER_INPUT", "BAD_USER_INPUT"},
		"a document of one's own":                {map[string]any{"query": ofSomebody}, refused, ""},
		"one that does not parse":                {map[string]any{"query": "{"}, refused, "BAD_USER_INPUT"},
		"introspection":                          {map[string]any{"query": `{__schema{queryType{name}}}`}, refused, ""},
		"signing in, to become somebody who may": {map[string]any{"query": `mutation{signIn(input:{email:"x@example.com",password:"y"}){errors{code}}}`}, "", ""},
		"signing in beside something else": {map[string]any{"query": `mutation{signIn(input:{email:"x@example.com",password:"y"}){errors{code}} forgotPassword(input:{business:"b",email:"x@example.com"}){accepted}}`},
			refused, "BAD_USER_INPUT"},
	} {
		for _, who := range []string{"", "guardian", "reader", "explorer", "program"} {
			want := c.many
			if who == "explorer" || who == "program" {
				want = c.few
			}
			r := w.sendBody(who, c.body)
			if got := r.code(); got != want {
				t.Errorf("%s, %q: %q, want %q: %s", name, who, got, want, r.Body)
			}
			if want == refused && r.Status != http.StatusForbidden {
				t.Errorf("%s, %q: status %d", name, who, r.Status)
			}
		}
	}
}

func TestWhatADocumentCostsIsToldToThoseWhoWriteIt(t *testing.T) {
	w := strict(t)
	for who, told := range map[string]bool{"": false, "reader": false, "explorer": true, "program": true} {
		r := w.sendBody(who, map[string]any{"documentId": graph.DocumentID(ofThePortals)}).ok()
		if _, there := r.Extensions["cost"]; there != told || (r.Header.Get("RateLimit") != "") != told || (r.Header.Get("RateLimit-Policy") != "") != told {
			t.Errorf("%q: %v %v", who, r.Extensions, r.Header)
		}
	}
	r := w.sendBody("explorer", map[string]any{"query": ofSomebody})
	if r.Header.Get("RateLimit-Policy") != `"cost";q=50000;w=60` || !strings.HasPrefix(r.Header.Get("RateLimit"), `"cost";r=4999`) {
		t.Errorf("%v", r.Header)
	}
}

func TestABudgetIsSpentByCostAndFillsUpAgain(t *testing.T) {
	w := strict(t)
	costly := `{families(first:100){edges{node{id guardians{id name}}}}}`
	cost := func(r *reply) int { return int(r.Extensions["cost"].(map[string]any)["requested"].(float64)) }
	w.viewers["explorer"] = w.staffViewer(w.business, w.staff, viewer.APIExplore, viewer.FamiliesRead)
	first := w.ask("explorer", costly, nil).ok()
	each := cost(first)
	spent := each
	for spent+each <= 50_000 {
		w.ask("explorer", costly, nil).ok()
		spent += each
	}
	r := w.ask("explorer", costly, nil)
	if r.code() != "RATE_LIMITED" || r.Status != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
		t.Errorf("after %d: %d %v %s", spent, r.Status, r.Header, r.Body)
	}
	w.ask("explorer", ofSomebody, nil) // little is left, for little
	if w.sendBody("reader", map[string]any{"documentId": graph.DocumentID(ofThePortals)}).ok(); t.Failed() {
		t.Error("the screens are limited too")
	}
	w.clock.add(time.Minute)
	w.ask("explorer", costly, nil).ok()
}

func TestAManifestThatDoesNotFitIsAnError(t *testing.T) {
	manifest := func(documents map[string]string) fstest.MapFS {
		raw, err := json.Marshal(documents)
		if err != nil {
			t.Fatal(err)
		}
		return fstest.MapFS{"documents.json": {Data: raw}}
	}
	if got, err := graph.ReadTrusted(manifest(map[string]string{graph.DocumentID(ofThePortals): ofThePortals}), "documents.json"); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := graph.ReadTrusted(fstest.MapFS{}, "documents.json"); err != nil || len(got) != 0 {
		t.Errorf("without a build: %v, %v", got, err)
	}
	for name, documents := range map[string]map[string]string{
		"another hash":       {graph.DocumentID("x"): ofThePortals},
		"of another version": {graph.DocumentID("{gone}"): "{gone}"},
	} {
		if _, err := graph.ReadTrusted(manifest(documents), "documents.json"); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := graph.ReadTrusted(fstest.MapFS{"documents.json": {Data: []byte("[]")}}, "documents.json"); err == nil {
		t.Error("what is no manifest is accepted")
	}
}

// Every way to keep a server busy with a document, or to have it send much back: refused, and in few words.
func TestHostileDocumentsAreRefusedInFewWords(t *testing.T) {
	w := strict(t)
	query := func(q string) string { raw, _ := json.Marshal(map[string]any{"query": q}); return string(raw) }
	for name, body := range hostile(query) {
		for who, sees := range map[string]bool{"explorer": true, "program": true, "": false, "guardian": false} {
			r := w.post(who, body, "application/graphql-response+json", nil)
			if len(r.Errors) == 0 || r.Data != nil || r.Status < 400 || r.Status >= 500 {
				t.Errorf("%s, %q: status %d: %.300s", name, who, r.Status, r.Body)
			}
			if len(r.Body) >= 1024 {
				t.Errorf("%s, %q: %d bytes: %.300s", name, who, len(r.Body), r.Body)
			}
			if strings.Contains(r.Body, "open sesame") {
				t.Errorf("%s, %q: repeats what was sent: %s", name, who, r.Body)
			}
			if !sees && strings.Contains(r.Body, "Cannot query") {
				t.Errorf("%s, %q: tells about the schema: %s", name, who, r.Body)
			}
		}
	}
}

// hostile documents, by what is wrong with them.
func hostile(query func(string) string) map[string]string {
	deep := func(n int) string {
		return `{viewer{actor` + strings.Repeat(`{...on Guardian{family{guardians`, n) + `{id}` + strings.Repeat(`}}}`, n) + `}}`
	}
	aliases := func(n int, field string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "a%d:%s ", i, field)
		}
		return "{" + b.String() + "}"
	}
	return map[string]string{
		"no JSON":                    `{"query": "open sesame`,
		"a body that is too large":   query("{viewer{permissions}}#" + strings.Repeat("x", 70_000)),
		"no document":                query("open sesame"),
		"a text that does not end":   query(`{node(id:"open sesame` + strings.Repeat("x", 30_000)),
		"a long name":                query("{" + strings.Repeat("x", 60_000) + "}"),
		"50,000 braces":              query(strings.Repeat("{", 50_000)),
		"20,000 directives":          query("query" + strings.Repeat(" @a", 15_000) + "{viewer{permissions}}"),
		"4,000 unknown directives":   query("query" + strings.Repeat(" @a", 1_600) + "{viewer{permissions}}"),
		"1,000 unknown fields":       query("{" + strings.Repeat("openSesame ", 900) + "}"),
		"1,000 unknown arguments":    query(`{viewer(` + strings.Repeat(`a:1 `, 900) + `){permissions}}`),
		"1,000 operations":           query(strings.Repeat("{viewer{permissions}}", 900)),
		"1,000 variables":            query(`query(` + strings.Repeat(`$a:Int `, 900) + `){viewer{permissions}}`),
		"deep":                       query(deep(20)),
		"very deep":                  query(deep(400)),
		"aliases of one root field":  query(aliases(100, `viewer{permissions}`)),
		"aliases of introspection":   query(aliases(100, `__schema{types{name}}`)),
		"a cycle of fragments":       query(`{viewer{...A}} fragment A on Viewer{...B} fragment B on Viewer{...A}`),
		"a fragment within itself":   query(`{viewer{...A}} fragment A on Viewer{business{name} ...A}`),
		"fragments that double":      query(doubling(20)),
		"costly":                     query(`{families(first:100){edges{node{guardians{family{guardians{name}}}}}} b:families(first:100){edges{node{guardians{family{guardians{name}}}}}}}`),
		"lists within lists":         query(`{families(first:` + strings.Repeat("[", 2_000) + strings.Repeat("]", 2_000) + `){totalCount}}`),
		"a huge number":              query(`{families(first:` + strings.Repeat("9", 50_000) + `){totalCount}}`),
		"variables within variables": `{"query":"query($f:FamilyFilter){families(filter:$f){totalCount}}","variables":{"f":` + strings.Repeat(`{"search":`, 3_000) + `"open sesame"` + strings.Repeat("}", 3_000) + `}}`,
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

// What a hostile document costs before it is refused: each should stay below 10 ms.
func BenchmarkHostileDocuments(b *testing.B) {
	s := store.New(dbtest.OpenMigrated(b, dbtest.SQLite(b)), nil)
	handler := graph.NewHandler(graph.Config{Store: s})
	ctx := viewer.With(b.Context(), viewer.Viewer{Kind: viewer.StaffMember, Owner: true})
	query := func(q string) string { raw, _ := json.Marshal(map[string]any{"query": q}); return string(raw) }
	for name, body := range hostile(query) {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if !strings.Contains(w.Body.String(), `"errors"`) {
					b.Fatalf("answered: %.200s", w.Body)
				}
			}
		})
	}
}
