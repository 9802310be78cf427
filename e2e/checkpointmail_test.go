package e2e_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"officeportal/internal/app"
	"officeportal/internal/wait"
)

// The mail of the day is a witness: with nothing but its text verify finds out that yesterday's database was put back.
func TestTheDailyMailToOwnersIsEnoughToCompareWith(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		daily := func(want int) {
			t.Helper()
			if n, err := w.app.Checkpoints.Once(w.system()); n != want || err != nil {
				t.Errorf("%d businesses were mailed, want %d, %v", n, want, err)
			}
		}
		wait.For(t, 20*time.Second, "everything to be sealed", func() bool { n, err := w.app.AuditLog.Unsealed(t.Context()); return n == 0 && err == nil })
		daily(0)
		w.clock.add(48 * time.Hour)
		before := len(w.resend.Emails())
		daily(1)
		daily(0)
		mails, err := w.resend.WaitEmails(w.patience(), before+1)
		w.must(err)
		mail := mails[before]
		if !strings.Contains(mail.Subject, "Sunrise Gymnastics: checkpoint of the Audit Log, ") || !strings.Contains(mail.Text, "officeportal audit verify --checkpoint checkpoint.txt") ||
			!strings.Contains(mail.HTML, "<pre") || mail.To != "dana@sunrise.example" {
			t.Errorf("%+v", mail)
		}
		w.clock.add(time.Minute)
		owner := w.staff()
		log := owner.do(`{auditEntries(filter:{actions:[AUDIT_CHECKPOINT_SENT]}){edges{node{summary actor{__typename} details{key after}}}}}`, nil)
		if log.str("auditEntries.edges.0.node.actor.__typename") != "SystemActor" || log.at("auditEntries.edges.1") != nil || !strings.Contains(log.raw, "rootHash") {
			t.Errorf("%s", log)
		}
		file := filepath.Join(t.TempDir(), "checkpoint.txt")
		w.must(os.WriteFile(file, []byte(strings.ReplaceAll(mail.Text, "\n", "\r\n")), 0o600))
		verify := func() (string, error) {
			tools, err := app.OpenTools(context.Background(), settings(t, w), slog.New(slog.DiscardHandler))
			w.must(err)
			defer tools.Close()
			var out bytes.Buffer
			err = tools.VerifyAudit(t.Context(), []string{file}, &out, io.Discard)
			return out.String(), err
		}
		if out, err := verify(); err != nil || !strings.Contains(out, "continues "+file) {
			t.Errorf("%s %v", out, err)
		}
		// one digit of the root
		w.must(os.WriteFile(file, []byte(strings.Replace(mail.Text, "\nofficeportal/audit\n", "\nofficeportal/audit\n9", 1)), 0o600))
		if out, err := verify(); err == nil {
			t.Errorf("a forged one is continued: %s", out)
		}

		off := owner.do(`mutation{updateBusiness(input:{version:1,checkpointMail:false}){business{checkpointMail} errors{code}}}`, nil)
		if off.at("updateBusiness.business.checkpointMail") != false {
			t.Errorf("%s", off)
		}
		w.clock.add(48 * time.Hour)
		daily(0)
	})
}
