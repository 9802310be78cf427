package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"officeportal/internal/config"
	"officeportal/internal/viewer"
)

// strictly has a process take documents as it does unless somebody develops screens.
func strictly(s *config.Settings) { s.Documents = "trusted" }

// at asks a process at an address, with what the browser or program has.
func (b *browser) at(url, method, body, secret string) (*http.Response, string) {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.patience(), method, url, bytes.NewReader([]byte(body)))
	b.w.must(err)
	r.Header.Set("X-Portal", b.portal)
	r.Header.Set("Accept", "application/graphql-response+json")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	res, err := b.http.Do(r)
	b.w.must(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	b.w.must(err)
	return res, string(raw)
}

func TestTheSchemaIsForThoseWhoMayIntrospect(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		origin, owner := w.twin(strictly), w.staff()
		ended := owner.program(viewer.APIExplore)
		owner.do(`mutation($id:ID!){revokeApiToken(input:{apiTokenId:$id}){apiToken{state} errors{code}}}`, vars{"id": ended.id})
		explorer := w.member("sunrise", "explorer@sunrise.example", viewer.APIExplore)
		for name, c := range map[string]struct {
			who    *browser
			secret string
			// the statuses of the schema and of introspection; 200 for both, or for neither
			schema, asked int
		}{
			"nobody":                             {w.browser("office"), "", 401, 403},
			"nobody at the Customer Portal":      {w.browser("customer"), "", 401, 403},
			"a guardian":                         {w.knows("maria@example.com"), "", 401, 403},
			"staff without API_EXPLORE":          {w.member("sunrise", "clerk@sunrise.example", viewer.FamiliesRead, viewer.SettingsManage), "", 403, 403},
			"staff with it":                      {explorer, "", 200, 200},
			"an owner":                           {owner, "", 200, 200},
			"an API token with it":               {w.browser(""), owner.program(viewer.APIExplore).secret, 200, 200},
			"an API token without it":            {w.browser(""), owner.program(viewer.FamiliesRead).secret, 200, 200},
			"an API token that was ended":        {w.browser(""), ended.secret, 401, 401},
			"an ended API token beside a cookie": {explorer, ended.secret, 401, 401},
			"no API token at all":                {w.browser(""), "opt_nothing", 401, 401},
		} {
			res, body := c.who.at(origin+"/schema.graphql", http.MethodGet, "", c.secret)
			if res.StatusCode != c.schema || strings.Contains(body, "type Query") != (c.schema == 200) {
				t.Errorf("%s: the schema: %d %.100s", name, res.StatusCode, body)
			}
			res, body = c.who.at(origin+"/graphql", http.MethodPost, c.who.body(`{__schema{queryType{name}}}`, nil), c.secret)
			if res.StatusCode != c.asked || strings.Contains(body, `"Query"`) != (c.asked == 200) {
				t.Errorf("%s: introspection: %d %.200s", name, res.StatusCode, body)
			}
		}
	})
}

// Programs of one person, on two processes: what they may cost is one budget.
func TestTheBudgetOfAProgramHoldsOverTwoProcesses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		two := []string{w.twin(strictly), w.twin(strictly)}
		owner := w.staff()
		programs := []*program{owner.program(viewer.FamiliesRead), owner.program(viewer.FamiliesRead)}
		const costly = `{families(first:100){edges{node{id guardians{id name}}}}}`
		passed, limited := 0, 0
		for n := range 240 {
			p := programs[n/2%2]
			res, body := p.at(two[n%2]+"/graphql", http.MethodPost, p.body(costly, nil), p.secret)
			switch res.StatusCode {
			case http.StatusOK:
				passed++
			case http.StatusTooManyRequests:
				limited++
			default:
				t.Fatalf("%d: %d %.200s", n, res.StatusCode, body)
			}
		}
		// 500 each: 100 of a full budget, and what comes back while the test runs
		if limited == 0 || passed < 90 {
			t.Errorf("%d passed, %d were refused", passed, limited)
		}
	})
}
