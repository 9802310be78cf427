package graph_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"officeportal/graph"
	"officeportal/internal/ident"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/viewer"
)

const (
	ofThePortals = "query Me {\n  viewer {\n    permissions\n  }\n}"
	ofSomebody   = `{viewer{permissions}}`
)

// strict is a world in which only explorers and programs send documents of their own, as in the real program.
func strict(t *testing.T) *world {
	w := onSQLite(t)
	w.strictly()
	return w
}

func (w *world) strictly() {
	w.config.Budget = w.limiter
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
		if _, there := r.Extensions["cost"]; there != told || r.Header.Get("RateLimit") != "" { // the portals' own are free
			t.Errorf("%q: %v %v", who, r.Extensions, r.Header)
		}
	}
	r := w.sendBody("explorer", map[string]any{"query": ofSomebody})
	if r.Header.Get("RateLimit-Policy") != `"cost";q=50000;w=60` || !strings.HasPrefix(r.Header.Get("RateLimit"), `"cost";r=4999`) {
		t.Errorf("%v", r.Header)
	}
}

const costly = `{families(first:100){edges{node{id guardians{id name}}}}}`

func costOf(r *reply) int { return int(r.Extensions["cost"].(map[string]any)["requested"].(float64)) }

// Two processes on one database, and programs of one person that ask both.
func TestABudgetIsSpentByCostInWhicheverProcessAndFillsUpAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.strictly()
		other := *w
		other.server = nil
		other.serve()
		w.viewers["explorer"] = w.staffViewer(w.business, w.staff, viewer.APIExplore, viewer.FamiliesRead)
		w.viewers["colleague"] = w.staffViewer(w.business, w.newStaff(w.business, "Kim Doe", "kim@sunrise.example"), viewer.APIExplore, viewer.FamiliesRead)
		two := []*world{w, &other}
		one := costOf(w.ask("explorer", costly, nil).ok())
		spent, refused := one, 0
		for n := 0; refused < 4; n++ { // both say no, twice
			if r := two[n%2].ask("explorer", costly, nil); r.code() == "" {
				spent, refused = spent+one, 0
			} else {
				refused++
				if r.code() != "RATE_LIMITED" || r.Status != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
					t.Fatalf("after %d: %d %v %s", spent, r.Status, r.Header, r.Body)
				}
			}
			if spent > 50_000 {
				t.Fatalf("%d was spent of 50,000", spent)
			}
		}
		if spent < 48_000 { // each process may have kept most of a slice that is too little for one more
			t.Errorf("only %d could be spent of 50,000", spent)
		}
		w.sendBody("reader", map[string]any{"documentId": graph.DocumentID(ofThePortals)}).ok()
		w.sendBody("explorer", map[string]any{"documentId": graph.DocumentID(ofThePortals)}).ok()
		w.ask("colleague", costly, nil).ok()
		w.clock.add(time.Minute)
		for _, process := range two {
			if left := process.ask("explorer", costly, nil).ok().Header.Get("RateLimit"); !strings.HasPrefix(left, `"cost";r=4`) {
				t.Errorf("after a minute: %s", left)
			}
		}
	})
}

func TestTheBudgetCostsAStatementOrTwoForManyDocuments(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.strictly()
		w.viewers["explorer"] = w.staffViewer(w.business, w.staff, viewer.APIExplore)
		statements := func(n int, ask func()) int {
			rec, done := sqlcount.Attach(w.store.Driver)
			defer done()
			for range n {
				ask()
			}
			limits := 0
			for _, s := range rec.Statements() {
				if strings.Contains(s.Text, "rate_limits") {
					limits++
				}
			}
			return limits
		}
		own := func() { w.ask("explorer", ofSomebody, nil).ok() }
		trusted := func() { w.sendBody("explorer", map[string]any{"documentId": graph.DocumentID(ofThePortals)}).ok() }
		if n := statements(30, trusted); n != 0 {
			t.Errorf("the portals' documents cost %d statements", n)
		}
		if n := statements(1, own); n != 2 { // to take a slice, and to read what is left
			t.Errorf("the first document costs %d statements", n)
		}
		if n := statements(100, own); n != 0 {
			t.Errorf("a hundred more cost %d statements", n)
		}
	})
}

func TestADocumentThatAsksForAStreamIsPaidOnce(t *testing.T) {
	w := strict(t)
	left := func(accept string) string {
		return w.post("explorer", `{"query":"`+ofSomebody+`"}`, accept, nil).ok().Header.Get("RateLimit")
	}
	if first, second := left("application/json"), left("text/event-stream"); first != `"cost";r=49998;t=2` || second != `"cost";r=49996;t=2` {
		t.Errorf("%s, then %s", first, second)
	}
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
