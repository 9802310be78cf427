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
