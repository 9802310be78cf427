package e2e_test

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"officeportal/internal/app"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
)

// The commands of docs/operations.md, while the program is in use.

func TestABackupTakenWhileItRunsCanBeRestored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		id := staff.send("EMAIL").str("requestPasswordReset.request.id")
		staff.until(id, "delivery", "SENT")
		ctx, stop := context.WithCancel(t.Context())
		busy := make(chan struct{})
		go func() { // somebody works meanwhile
			defer close(busy)
			for ctx.Err() == nil {
				staff.addFamily("Meanwhile")
			}
		}()
		backup := w.backUpSQLite
		if w.target.Dialect == "mysql" {
			backup = w.backUpMariaDB
		}
		restored := backup()
		stop()
		<-busy

		later := *w
		later.target = restored
		s := settings(t, &later)
		tools, err := app.OpenTools(t.Context(), s, app.NewLog(io.Discard, "text"))
		w.must(err)
		var report bytes.Buffer
		if err := tools.VerifyAudit(t.Context(), nil, &report, io.Discard); err != nil {
			t.Errorf("officeportal audit verify: %v\n%s", err, &report)
		}
		for _, forbidden := range []string{"UPDATE audit_entries SET actor_name = 'Nobody'", "DELETE FROM audit_entries"} {
			if _, err := tools.Store.Driver.ExecContext(t.Context(), forbidden); err == nil {
				t.Errorf("the restored database lets anybody: %s", forbidden)
			}
		}
		w.must(tools.Close())

		a, err := app.New(t.Context(), s, app.Options{Clock: w.clock.now})
		w.must(err)
		later.app = a
		later.run(a)
		again := later.staff()
		got := again.do(readReset, vars{"id": id})
		if got.str("node.delivery") != "SENT" || got.str("node.state") != "ACTIVE" {
			t.Errorf("the reset is %s", got)
		}
		// a link that was sent before still works, with the same secret key
		mails, err := w.resend.WaitEmails(w.patience(), 1)
		w.must(err)
		token := w.linkIn(mails[0].Text)
		if done := later.browser("customer").do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}}); done.str("resetPassword.signInHint") == "" {
			t.Errorf("the link: %s", done)
		}
	})
}

// backUpSQLite copies the database with one statement, which sees it as it is at one moment.
func (w *world) backUpSQLite() store.Target {
	w.t.Helper()
	copied := filepath.Join(w.t.TempDir(), "backup.db")
	db, err := sql.Open("sqlite", w.target.Path)
	w.must(err)
	defer db.Close()
	_, err = db.ExecContext(w.t.Context(), "VACUUM INTO ?", copied)
	w.must(err)
	var check string
	fresh, err := sql.Open("sqlite", copied)
	w.must(err)
	defer fresh.Close()
	w.must(fresh.QueryRowContext(w.t.Context(), "PRAGMA integrity_check").Scan(&check))
	if check != "ok" {
		w.t.Fatalf("the copy: %s", check)
	}
	return dbtest.Parse(w.t, "sqlite:"+copied)
}

// backUpMariaDB dumps the database and reads the dump into an empty one.
func (w *world) backUpMariaDB() store.Target {
	w.t.Helper()
	socket := strings.TrimSuffix(strings.TrimPrefix(w.target.Hosts[0], "unix("), ")")
	login, _, _ := strings.Cut(strings.TrimPrefix(w.target.URL(), "mysql://"), "@unix(")
	_, password, _ := strings.Cut(login, ":")
	run := func(in io.Reader, name string, args ...string) []byte {
		w.t.Helper()
		cmd := exec.CommandContext(w.t.Context(), name, append([]string{"--no-defaults", "--socket=" + socket, "--user=" + w.target.User}, args...)...)
		cmd.Env = append(os.Environ(), "MYSQL_PWD="+password)
		cmd.Stdin = in
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			w.t.Fatalf("%s: %v: %s", name, err, &errs)
		}
		return out
	}
	dump := run(nil, "mariadb-dump", "--single-transaction", "--quick", "--hex-blob", "--triggers", "--skip-lock-tables", w.target.Name)
	restored := dbtest.MySQL(w.t)
	run(bytes.NewReader(dump), "mariadb", restored.Name)
	return restored
}
