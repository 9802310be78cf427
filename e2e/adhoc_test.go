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
