package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"officeportal/internal/viewer"
)

const pdf = "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"

// upload sends a file as a browser's form does.
func (b *browser) upload(name string, content []byte, header map[string]string) (int, string) {
	b.w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	b.w.must(form.WriteField("what", "a field before the file"))
	part, err := form.CreateFormFile("file", name)
	b.w.must(err)
	_, err = part.Write(content)
	b.w.must(err)
	b.w.must(form.Close())
	h := map[string]string{"Content-Type": form.FormDataContentType()}
	for k, v := range header {
		h[k] = v
	}
	return b.scans(http.MethodPost, "", &body, h)
}

func (b *browser) scans(method, path string, body io.Reader, header map[string]string) (int, string) {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), method, b.w.app.URL()+"/office/scans"+path, body)
	b.w.must(err)
	if b.portal != "" {
		r.Header.Set("X-Portal", b.portal)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	res, err := b.http.Do(r)
	b.w.must(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	b.w.must(err)
	return res.StatusCode, string(raw)
}

func scanID(raw string) string {
	var out struct{ ID string }
	_ = json.Unmarshal([]byte(raw), &out)
	return out.ID
}

func TestAFormIsScannedRecordedAndDownloadedByStaffOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		version := staff.publish("Waiver", "FAMILY").str("policyVersion.id")
		status, raw := staff.upload("waiver \"signed\".pdf", []byte(pdf), nil)
		id := scanID(raw)
		if status != http.StatusCreated || !strings.HasPrefix(id, "psc_") || !strings.Contains(raw, `"downloadPath":"/office/scans/`+id) || !strings.Contains(raw, `"mediaType":"application/pdf"`) {
			t.Fatalf("%d %s", status, raw)
		}
		form := staff.do(recordForm, vars{"i": vars{"guardianId": w.guardian, "policyVersionId": version, "formOnFile": true, "signedOn": "2026-01-31", "scanId": id}})
		if form.str("recordManualAcceptance.acceptance.scan.id") != id || form.str("recordManualAcceptance.acceptance.scan.fileName") != "waiver signed.pdf" {
			t.Errorf("%s", form)
		}
		// as the body itself
		status, raw = staff.scans(http.MethodPost, "", strings.NewReader(pdf), map[string]string{"Content-Type": "application/pdf", "Content-Disposition": `attachment; filename="raw.pdf"`})
		if status != http.StatusCreated || !strings.Contains(raw, `"fileName":"raw.pdf"`) {
			t.Errorf("%d %s", status, raw)
		}

		link := *staff
		link.portal = "" // a link in a page sends no header
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.app.URL()+form.str("recordManualAcceptance.acceptance.scan.downloadPath"), nil)
		w.must(err)
		res, err := link.http.Do(r)
		w.must(err)
		content, err := io.ReadAll(res.Body)
		w.must(err)
		w.must(res.Body.Close())
		h := res.Header
		if res.StatusCode != http.StatusOK || string(content) != pdf || h.Get("Content-Type") != "application/pdf" || h.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.HasPrefix(h.Get("Content-Disposition"), `attachment; filename="waiver signed.pdf"`) || h.Get("Cache-Control") != "no-store" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%d %v %q", res.StatusCode, h, content)
		}
		maria := w.knows("maria@example.com")
		clerk := w.member("sunrise", "clerk@sunrise.example", viewer.FamiliesRead, viewer.FamiliesWrite)
		auditor := w.member("sunrise", "auditor@sunrise.example", viewer.AuditRead)
		for who, c := range map[string]struct {
			b           *browser
			look, bring int
		}{
			"nobody":                       {w.browser("office"), 401, 401},
			"a guardian":                   {maria, 401, 403},
			"a clerk":                      {clerk, 403, 403},
			"who reads the Audit Log":      {auditor, 200, 403},
			"an owner of another business": {w.stranger(), 404, 201},
		} {
			if status, raw := c.b.scans(http.MethodGet, "/"+id, nil, nil); status != c.look || c.look != 200 && strings.Contains(raw, "PDF-") {
				t.Errorf("%s looks: %d %.200s", who, status, raw)
			}
			if status, raw := c.b.upload("x.pdf", []byte(pdf), nil); status != c.bring {
				t.Errorf("%s uploads: %d %s", who, status, raw)
			}
		}
		if status, _ := staff.scans(http.MethodGet, "/psc_nothing", nil, nil); status != 404 {
			t.Errorf("no such scan: %d", status)
		}
		log := staff.do(`{auditEntries(filter:{actions:[POLICY_SCAN_VIEWED]}){edges{node{summary outcome}}}}`, nil)
		if !strings.Contains(log.raw, "Dana Price downloaded the scanned form waiver signed.pdf of Maria Lopez.") || !strings.Contains(log.raw, "REFUSED") {
			t.Errorf("%s", log)
		}
	})
}

func TestUploadsFromOtherSitesAndOfOtherThingsAreRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		for name, header := range map[string]map[string]string{
			"a page of another site":               {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
			"an older browser on another site":     {"Origin": "https://evil.example"},
			"a page of another name of the school": {"Sec-Fetch-Site": "same-site", "Origin": "https://other.localhost"},
		} {
			if status, raw := staff.upload("x.pdf", []byte(pdf), header); status != http.StatusForbidden || scanID(raw) != "" {
				t.Errorf("%s: %d %s", name, status, raw)
			}
		}
		form := *staff
		form.portal = "" // a form of another site can't send the header
		if status, raw := form.upload("x.pdf", []byte(pdf), nil); status != http.StatusUnauthorized {
			t.Errorf("without the header: %d %s", status, raw)
		}
		_, raw := staff.upload("x.pdf", []byte(pdf), nil)
		if status, raw := form.scans(http.MethodGet, "/"+scanID(raw), nil, map[string]string{"Sec-Fetch-Site": "cross-site"}); status != http.StatusForbidden {
			t.Errorf("a download from another site: %d %s", status, raw)
		}
		for name, c := range map[string]struct {
			content []byte
			status  int
			code    string
		}{
			"a page":              {[]byte("<html><script>alert(1)</script></html>"), 415, "UNKNOWN_TYPE"},
			"a picture that runs": {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), 415, "UNKNOWN_TYPE"},
			"nothing":             {nil, 400, "REQUIRED"},
			"a byte too much":     {append([]byte(pdf), make([]byte, 10<<20+1-len(pdf))...), 413, "TOO_LARGE"},
			"far too much":        {append([]byte(pdf), make([]byte, 24<<20)...), 413, "TOO_LARGE"},
		} {
			status, raw := staff.upload("x.pdf", c.content, nil)
			if status != c.status || !strings.Contains(raw, `"code":"`+c.code+`"`) {
				t.Errorf("%s: %d %s", name, status, raw)
			}
		}
		if status, raw := staff.scans(http.MethodPost, "", strings.NewReader("--x\r\nbroken"), map[string]string{"Content-Type": "multipart/form-data; boundary=x"}); status != 400 {
			t.Errorf("broken: %d %s", status, raw)
		}
		if status, raw := staff.upload("largest.pdf", append([]byte(pdf), make([]byte, 10<<20-len(pdf))...), nil); status != http.StatusCreated {
			t.Errorf("the largest: %d %s", status, raw)
		}
	})
}
