package policy_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/policy"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

var pdf = []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")

func picture(t *testing.T, encode func(io.Writer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// eachPlace runs the test on both databases, with scans in the database and in a directory.
func eachPlace(t *testing.T, f func(t *testing.T, e *env, directory string)) {
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		e := newEnv(t, d)
		for name, directory := range map[string]string{"in the database": "", "in a directory": t.TempDir()} {
			t.Run(name, func(t *testing.T) {
				e.t = t
				e.policies = policy.New(policy.Config{Store: e.store, ScansIn: directory})
				f(t, e, directory)
			})
		}
	})
}

func TestAScanIsKeptWithItsFormAndShownToThoseWhoMay(t *testing.T) {
	eachPlace(t, func(t *testing.T, e *env, directory string) {
		auditor, _ := e.staff("Auditor"+directory, viewer.AuditRead)
		for name, c := range map[string]struct {
			content          []byte
			called, want, as string
		}{
			"a PDF":                           {pdf, "waiver.pdf", "waiver.pdf", "application/pdf"},
			"a JPEG by any name":              {picture(t, func(w io.Writer, i image.Image) error { return jpeg.Encode(w, i, nil) }), "form.html", "form.html.jpg", "image/jpeg"},
			"a PNG in capitals":               {picture(t, png.Encode), "FORM.PNG", "FORM.png", "image/png"},
			"a path instead of a name":        {pdf, `..\..\etc/passwd`, "passwd.pdf", "application/pdf"},
			"no name":                         {pdf, "", "form.pdf", "application/pdf"},
			"a name that would write headers": {pdf, "a\r\nSet-Cookie: x\".pdf", "aSet-Cookie x.pdf", "application/pdf"},
			"a name that turns letters":       {pdf, "a\u202efdp.exe", "afdp.exe.pdf", "application/pdf"},
			"a very long name":                {pdf, strings.Repeat("ñ", 300) + ".pdf", strings.Repeat("ñ", 110) + ".pdf", "application/pdf"},
		} {
			scan, err := e.policies.SaveScan(e.dana, c.called, bytes.NewReader(c.content))
			e.must(err)
			if scan.FileName != c.want || scan.MediaType != c.as || scan.Size != len(c.content) || scan.UploadedBy != e.danaID || scan.Content != nil && *scan.Content != nil {
				t.Errorf("%s: %v", name, scan)
			}
			for who, ctx := range map[string]context.Context{"who manages policies": e.dana, "who reads the Audit Log": auditor} {
				got, content, err := e.policies.Scan(ctx, scan.ID)
				if err != nil || !bytes.Equal(content, c.content) || got.ID != scan.ID {
					t.Errorf("%s: %s: %v", name, who, err)
				}
			}
		}
		v, _ := e.publish("Waiver", schematype.FamilyScope)
		scan, err := e.policies.SaveScan(e.dana, "waiver.pdf", bytes.NewReader(pdf))
		e.must(err)
		in := e.form(v, ident.ID{})
		in.ScanID = scan.ID
		made := e.record(in).Acceptance
		found, err := e.policies.ScansOf(e.dana, []ident.ID{made.ID})
		if err != nil || found[made.ID].ID != scan.ID || found[made.ID].Content != nil {
			t.Errorf("%v %v", found, err)
		}
		if found, err := e.policies.ScansOf(e.as(e.maria), []ident.ID{made.ID}); err != nil || len(found) != 0 {
			t.Errorf("a guardian gets %v, %v", found, err)
		}
		// it belongs to one form only
		w, _ := e.publish("Rules", schematype.FamilyScope)
		in = e.form(w, ident.ID{})
		in.ScanID = scan.ID
		if _, err := e.policies.RecordManual(e.dana, in); !fault.Is(err, fault.NotFound) {
			t.Errorf("a scan of another form: %v", err)
		}
		_, _, err = e.policies.Scan(e.dana, scan.ID)
		e.must(err)
		views := e.entries("POLICY_SCAN_VIEWED")
		if last := views[len(views)-1]; *last.GuardianID != e.maria.ID || last.Facts["scan"] != "waiver.pdf" || last.ActorName != "Dana Price" {
			t.Errorf("%+v", last)
		}
		for name, ctx := range map[string]context.Context{"staff without permission": e.sam, "a guardian": e.as(e.maria), "nobody": t.Context()} {
			if _, _, err := e.policies.Scan(ctx, scan.ID); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s looks: %v", name, err)
			}
			if _, err := e.policies.SaveScan(ctx, "x.pdf", bytes.NewReader(pdf)); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s uploads: %v", name, err)
			}
		}
		if _, _, err := e.policies.Scan(e.dana, ident.New()); !fault.Is(err, fault.NotFound) {
			t.Errorf("no such scan: %v", err)
		}
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestWhatIsNoScanIsRefused(t *testing.T) {
	eachPlace(t, func(t *testing.T, e *env, directory string) {
		before, _ := e.store.Client.PolicyScan.Query().Count(e.system)
		for name, c := range map[string]struct {
			content []byte
			want    fault.Code
		}{
			"nothing":                   {nil, fault.Required},
			"a page":                    {[]byte("<html><script>alert(1)</script>"), policy.UnknownType},
			"a page that says it is":    {[]byte("<!-- %PDF-1.7 --><html>"), policy.UnknownType},
			"a picture that may not be": {[]byte("GIF89a" + strings.Repeat("x", 100)), policy.UnknownType},
			"the beginning of a PNG":    {[]byte("\x89PNG\r\n\x1a\n"), policy.UnknownType},
			"a vector picture":          {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), policy.UnknownType},
			"a byte too much":           {append(bytes.Clone(pdf), make([]byte, policy.MaxScan+1-len(pdf))...), policy.TooLarge},
		} {
			_, err := e.policies.SaveScan(e.dana, "x.pdf", bytes.NewReader(c.content))
			if !fault.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
			rows := e.entries("POLICY_SCAN_UPLOADED")
			if last := rows[len(rows)-1]; last.Outcome != schematype.WasRefused || last.Facts["reason"] != string(c.want) {
				t.Errorf("%s: %+v", name, last)
			}
		}
		if _, err := e.policies.SaveScan(e.dana, "x.pdf", broken{}); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("an upload that ends early: %v", err)
		}
		if after, _ := e.store.Client.PolicyScan.Query().Count(e.system); after != before {
			t.Errorf("%d scans were kept", after-before)
		}
		if directory != "" {
			if left, _ := filepath.Glob(filepath.Join(directory, "*", "*")); len(left) != 0 {
				t.Errorf("files are left: %v", left)
			}
		}
		largest := append(bytes.Clone(pdf), make([]byte, policy.MaxScan-len(pdf))...)
		scan, err := e.policies.SaveScan(e.dana, "largest.pdf", bytes.NewReader(largest))
		e.must(err)
		if _, got, err := e.policies.Scan(e.dana, scan.ID); err != nil || !bytes.Equal(got, largest) {
			t.Errorf("the largest one: %v", err)
		}
	})
}

func TestScansThatNobodyRecordsAreSwept(t *testing.T) {
	eachPlace(t, func(t *testing.T, e *env, directory string) {
		v, _ := e.publish("Waiver "+filepath.Base(directory), schematype.FamilyScope)
		kept, err := e.policies.SaveScan(e.dana, "kept.pdf", bytes.NewReader(pdf))
		e.must(err)
		in := e.form(v, ident.ID{})
		in.ScanID = kept.ID
		e.record(in)
		left, err := e.policies.SaveScan(e.dana, "left.pdf", bytes.NewReader(pdf))
		e.must(err)
		e.clock.add(23 * time.Hour)
		fresh, err := e.policies.SaveScan(e.dana, "fresh.pdf", bytes.NewReader(pdf))
		e.must(err)
		if n, err := e.policies.SweepScans(t.Context(), 100); n != 0 || err != nil {
			t.Errorf("%d too early, %v", n, err)
		}
		e.clock.add(2 * time.Hour)
		if n, err := e.policies.SweepScans(t.Context(), 100); n != 1 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
		for scan, want := range map[ident.ID]bool{kept.ID: true, fresh.ID: true, left.ID: false} {
			if _, _, err := e.policies.Scan(e.dana, scan); (err == nil) != want {
				t.Errorf("%v: %v", scan, err)
			}
		}
		w, _ := e.publish("Rules "+filepath.Base(directory), schematype.FamilyScope)
		in = e.form(w, ident.ID{})
		in.ScanID = left.ID
		if _, err := e.policies.RecordManual(e.dana, in); !fault.Is(err, fault.NotFound) {
			t.Errorf("a swept scan: %v", err)
		}
		if directory != "" {
			files, _ := filepath.Glob(filepath.Join(directory, "*", "*"))
			if len(files) != 2 {
				t.Errorf("%v", files)
			}
			// a file that somebody changed is shown to nobody
			e.must(os.WriteFile(filepath.Join(directory, e.business.ID.String(), kept.ID.String()), []byte("%PDF-something else"), 0o600))
			if _, _, err := e.policies.Scan(e.dana, kept.ID); err == nil || fault.As(err) != nil {
				t.Errorf("a changed file: %v", err)
			}
		}
		_, err = e.store.Client.PolicyScan.Delete().Exec(e.system)
		e.must(err)
	})
}
