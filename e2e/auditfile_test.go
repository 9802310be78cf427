package e2e_test

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"officeportal/ent/auditentry"
	"officeportal/internal/audit"
	"officeportal/internal/audit/export"
	"officeportal/internal/wait"
)

// fetch asks for the export as a browser does for which the header says where the page is from.
func (b *browser) fetch(query url.Values, header map[string]string) (*http.Response, string) {
	b.w.t.Helper()
	return b.fetchBy(http.MethodGet, query, header)
}

func (b *browser) fetchBy(method string, query url.Values, header map[string]string) (*http.Response, string) {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), method, b.w.app.URL()+"/office/audit/export?"+query.Encode(), nil)
	b.w.must(err)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	res, err := b.http.Do(r)
	b.w.must(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	b.w.must(err)
	return res, string(raw)
}

func TestTheAuditLogIsExportedToThoseWhoMayReadItAndTheLogTells(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		ours := map[string]string{"Sec-Fetch-Site": "same-origin"}
		wait.For(t, 20*time.Second, "everything to be sealed", func() bool { n, err := w.app.AuditLog.Unsealed(t.Context()); return n == 0 && err == nil })
		res, body := owner.fetch(url.Values{"format": {"jsonl"}, "familyId": {w.family}}, ours)
		checked, err := export.Check(strings.NewReader(body), w.app.AuditLog.VerifierKeys())
		if err != nil || checked.Entries == 0 || checked.Unproven > 0 || strconv.Itoa(checked.Entries) != res.Header.Get("X-Total-Count") {
			t.Errorf("%d %+v, %v: %.300s", res.StatusCode, checked, err, body)
		}
		if d := res.Header.Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="audit-sunrise-`) || !strings.HasSuffix(d, `.jsonl"`) {
			t.Errorf("disposition %q", d)
		}
		if !w.tells(res.Header.Get("X-Request-Id"), true) {
			t.Error("the Audit Log does not tell of the export")
		}
		res, body = owner.fetch(url.Values{"format": {"csv"}}, map[string]string{"X-Portal": "office"})
		if !strings.Contains(body, "END OF EXPORT,complete") || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/csv") {
			t.Errorf("%d: %.300s", res.StatusCode, body)
		}
		stranger := w.stranger()
		if _, foreign := stranger.fetch(url.Values{"format": {"jsonl"}}, ours); strings.Contains(foreign, "Lopez") || !strings.Contains(foreign, `"complete":true`) {
			t.Errorf("another business: %.300s", foreign)
		}
		for name, c := range map[string]struct {
			who    *browser
			query  url.Values
			header map[string]string
			want   int
		}{
			"a page of another site":       {owner, url.Values{"format": {"csv"}}, map[string]string{"Sec-Fetch-Site": "cross-site"}, http.StatusUnauthorized},
			"nobody's page":                {owner, url.Values{"format": {"csv"}}, nil, http.StatusUnauthorized},
			"somebody not signed in":       {w.browser("office"), url.Values{"format": {"csv"}}, ours, http.StatusUnauthorized},
			"staff without the permission": {w.staffMember("sam@sunrise.example"), url.Values{"format": {"csv"}}, ours, http.StatusForbidden},
			"no format":                    {owner, url.Values{}, ours, http.StatusBadRequest},
			"no such filter":               {owner, url.Values{"format": {"csv"}, "colour": {"red"}}, ours, http.StatusBadRequest},
		} {
			res, body := c.who.fetch(c.query, c.header)
			if res.StatusCode != c.want || strings.Contains(body, "Lopez") {
				t.Errorf("%s: %d %.200s", name, res.StatusCode, body)
			}
			if c.want == http.StatusForbidden && !w.tells(res.Header.Get("X-Request-Id"), false) {
				t.Errorf("%s: the refusal is not told", name)
			}
		}
	})
}

func TestAnExportAsksForAProofOfIdentityAndForItsSizeFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, ours := w.staff(), map[string]string{"X-Portal": "office", "Accept-Language": "es"}
		exports := func() int {
			n, err := w.app.Store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.Exported))).Count(w.system())
			w.must(err)
			return n
		}
		csv := url.Values{"format": {"csv"}, "guardianId": {w.guardian}}
		res, body := owner.fetchBy(http.MethodHead, csv, ours)
		if n, err := strconv.Atoi(res.Header.Get("X-Total-Count")); res.StatusCode != http.StatusOK || err != nil || n == 0 || body != "" || res.Header.Get("Content-Disposition") != "" {
			t.Errorf("asked for the size: %d %v", res.StatusCode, res.Header)
		}
		if n := exports(); n != 0 {
			t.Errorf("asking for the size counts as %d exports", n)
		}
		w.clock.add(10 * time.Minute)
		for method, told := range map[string]int{http.MethodHead: 0, http.MethodGet: 1} {
			before := exports()
			res, body := owner.fetchBy(method, csv, ours)
			if res.StatusCode != http.StatusForbidden || res.Header.Get("X-Error-Code") != "REAUTHENTICATION_REQUIRED" || strings.Contains(body, "Lopez") {
				t.Errorf("%s ten minutes later: %d %v %.200s", method, res.StatusCode, res.Header, body)
			}
			if exports()-before != told || told == 1 && !w.tells(res.Header.Get("X-Request-Id"), false) {
				t.Errorf("%s: %d entries tell of the refusal, want %d", method, exports()-before, told)
			}
		}
		owner.do(confirm, vars{"i": vars{"password": staffPassword}})
		csv.Set("locale", "es")
		if res, body := owner.fetch(csv, map[string]string{"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}); res.StatusCode != http.StatusOK || !strings.Contains(body, "Dana Price agregó a Maria Lopez") {
			t.Errorf("after confirming, in Spanish: %d %.400s", res.StatusCode, body)
		}
		sam := w.staffMember("sam@sunrise.example")
		if res, _ := sam.fetchBy(http.MethodHead, csv, ours); res.Header.Get("X-Error-Code") != "FORBIDDEN" || !w.tells(res.Header.Get("X-Request-Id"), false) {
			t.Errorf("without the permission: %d %v", res.StatusCode, res.Header)
		}
	})
}
