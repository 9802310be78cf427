package e2e_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"officeportal/ent/auditentry"
	"officeportal/internal/app"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/wait"
)

const (
	oldKey = "a-root-secret-for-tests-long-enough-for-anybody"
	newKey = "another-root-secret-that-takes-its-place-in-the-end"
)

// restart ends the product and starts it with other root keys, on another port.
func (w *world) restart(keys string) {
	w.t.Helper()
	w.stop()
	s := settings(w.t, w)
	s.SecretKey = keys
	a, err := app.New(w.t.Context(), s, app.Options{Clock: w.clock.now, Log: app.NewLog(w.log, "json")})
	w.must(err)
	w.app = a
	w.stop = w.run(a)
}

// tool runs a command beside the running product and returns what it prints.
func (w *world) tool(keys string, run func(*app.Tools, io.Writer) error) (string, error) {
	w.t.Helper()
	s := settings(w.t, w)
	s.SecretKey = keys
	tools, err := app.OpenTools(w.t.Context(), s, app.NewLog(io.Discard, "text"))
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = run(tools, &out)
	w.must(tools.Close())
	return out.String(), err
}

func TestARootKeyIsReplacedWhilePeopleWorkAndTheOldOneGoes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		status := func(keys string) string {
			out, err := w.tool(keys, func(tools *app.Tools, out io.Writer) error { return tools.KeysStatus(t.Context(), out) })
			w.must(err)
			return out
		}
		rotate := func(keys string) string {
			out, err := w.tool(keys, func(tools *app.Tools, out io.Writer) error { return tools.KeysRotate(t.Context(), out, io.Discard) })
			w.must(err)
			return out
		}
		guess := func() string { // a wrong password for an address that is nobody's
			return w.browser("customer").do(signIn, vars{"i": vars{"business": "sunrise", "email": "nobody@example.com", "password": "wrong"}}).str("signIn.errors.0.code")
		}
		forgotten := func(of, email string) {
			w.browser("customer").do(forgot, vars{"i": vars{"business": of, "email": email}})
		}

		// with the old key only
		dana := w.staff()
		app1, codes := w.staffMember("sam@sunrise.example").withTOTP()
		ben := dana.addGuardian(w.family, "Ben Lopez", "ben@example.com")
		dana.send("EMAIL")
		token := w.linkIn(w.mail(2).Text)
		_, err := w.app.AuditLog.Once(t.Context())
		w.must(err)
		c, err := w.app.AuditLog.Checkpoint(t.Context())
		w.must(err)
		kept := filepath.Join(t.TempDir(), "checkpoint")
		w.must(os.WriteFile(kept, []byte(c.Note), 0o600))
		for range 5 {
			guess()
		}

		both := newKey + "," + oldKey
		w.restart(both)
		if me := dana.do(whoAmI, nil); me.str("viewer.actor.name") != "Dana Price" {
			t.Errorf("a session that began under the old key: %s", me)
		}
		if got := guess(); got != "LIMIT_REACHED" {
			t.Errorf("the sixth guess is answered %s: with another key there is another bucket", got)
		}
		if got := dana.do(inviteStaff, vars{"i": vars{"name": "Sam Two", "email": "SAM@sunrise.example", "permissions": []string{}}}); got.str("inviteStaff.errors.0.code") != "ALREADY_TAKEN" {
			t.Errorf("the address of a staff member, under the other key: %s", got)
		}
		if got := dana.do(`mutation($i:AddGuardianInput!){addGuardian(input:$i){guardian{id} errors{code message path}}}`, vars{"i": vars{
			"familyId": w.family, "name": "Maria Two", "email": "maria@example.com", "canLogIn": true}}); got.str("addGuardian.errors.0.code") != "ALREADY_TAKEN" {
			t.Errorf("the address of a guardian, under the other key: %s", got)
		}
		if done := w.browser("customer").do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}}); done.str("resetPassword.signInHint") == "" {
			t.Errorf("a link that was made under the old key: %s", done)
		}
		if _, ok := w.signInAsGuardian(guardianPassword); !ok {
			t.Error("the guardian can't sign in")
		}
		forgotten("sunrise", "ben@example.com")
		benOld := w.linkTo("ben@example.com")
		if got := status(both); !strings.Contains(got, " is needed: ") {
			t.Errorf("with everything still under the old key:\n%s", got)
		}

		if got := rotate(both); strings.Contains(got, "moved 0 rows") {
			t.Error(got)
		}
		told := w.app.Store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.KeysRotated))).CountX(w.system())
		if got := rotate(both); !strings.Contains(got, "moved 0 rows") || told != 2 {
			t.Errorf("again, after %d entries: %s", told, got)
		}
		if n := w.app.Store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.KeysRotated))).CountX(w.system()); n != told {
			t.Errorf("moving nothing is told: %d entries", n)
		}
		if got := status(both); !strings.Contains(got, " can go: ") {
			t.Errorf("after moving:\n%s", got)
		}
		if _, ok := w.signInAsGuardian(guardianPassword); !ok {
			t.Error("the guardian can't sign in while the process runs on")
		}

		// The new one alone. Ben's link was made under it.
		w.restart(newKey)
		if me := dana.do(whoAmI, nil); me.str("viewer.actor.name") != "Dana Price" {
			t.Errorf("a session of before: %s", me)
		}
		half, _ := w.tryStaff("sam@sunrise.example", staffPassword)
		w.clock.add(30 * time.Second)
		if got := half.do(complete, vars{"i": vars{"totp": w.code(app1)}}); got.str("completeSecondFactor.viewer.actor.name") != "Sam Reed" {
			t.Errorf("the app: %s", got)
		}
		half, _ = w.tryStaff("sam@sunrise.example", staffPassword)
		if got := half.do(complete, vars{"i": vars{"recoveryCode": codes[0]}}); got.str("completeSecondFactor.viewer.actor.name") != "Sam Reed" {
			t.Errorf("a recovery code: %s", got)
		}
		if _, ok := w.signInAsGuardian(guardianPassword); !ok {
			t.Error("the guardian can't sign in")
		}
		if got := dana.do(`{families(filter:{search:"ben@example"}){edges{node{name}}}}`, nil); got.str("families.edges.0.node.name") != "Lopez" {
			t.Errorf("a search by email: %s", got)
		}
		if got := w.browser("customer").do(readLink, vars{"t": benOld}); got.str("passwordResetLink.state") != "ACTIVE" {
			t.Errorf("a link of the overlap: %s", got)
		}
		forgotten("", "dana@sunrise.example")
		w.linkTo("dana@sunrise.example")
		out, err := w.tool(newKey, func(tools *app.Tools, out io.Writer) error {
			return tools.VerifyAudit(t.Context(), []string{kept}, out, io.Discard)
		})
		if err != nil || !strings.Contains(out, "were signed with root keys that are gone") {
			t.Errorf("officeportal audit verify: %v\n%s", err, out)
		}
		_, err = w.app.AuditLog.Once(t.Context())
		w.must(err)
		if _, err := w.tool(oldKey, func(*app.Tools, io.Writer) error { return nil }); err == nil || !app.IsUse(err) || strings.Contains(err.Error(), oldKey) {
			t.Errorf("with the old key alone: %v", err)
		}

		// A link whose key is gone says what to do, and is nobody's.
		third := "a-third-root-secret-that-nobody-else-has-ever-seen"
		w.restart(third + "," + newKey)
		rotate(third + "," + newKey)
		if got := status(third + "," + newKey); !strings.Contains(got, " is needed: ") {
			t.Errorf("with links that work:\n%s", got)
		}
		w.restart(third)
		if got := w.browser("customer").do(readLink, vars{"t": benOld}); got.str("passwordResetLink.state") != "UNKNOWN" {
			t.Errorf("a link whose key is gone: %s", got)
		}
		if got := w.browser("customer").do(redeem, vars{"i": vars{"token": benOld, "newPassword": guardianPassword}}); got.str("resetPassword.errors.0.code") != "LINK_UNUSABLE" ||
			!strings.Contains(got.str("resetPassword.errors.0.message"), "new") {
			t.Errorf("using it: %s", got)
		}
		id := dana.do(sendReset, vars{"i": vars{"guardianId": ben, "channel": "EMAIL", "idempotencyKey": key()}}).str("requestPasswordReset.request.id")
		if got := dana.until(id, "delivery", "SENT"); got.str("node.state") != "ACTIVE" {
			t.Errorf("a new one: %s", got)
		}
		if out, err := w.tool(third, func(tools *app.Tools, out io.Writer) error {
			return tools.VerifyAudit(t.Context(), []string{kept}, out, io.Discard)
		}); err != nil {
			t.Errorf("officeportal audit verify, two keys later: %v\n%s", err, out)
		}
	})
}

// linkTo waits for an email with a link to the address, and returns the newest.
func (w *world) linkTo(address string) (token string) {
	w.t.Helper()
	wait.For(w.t, 45*time.Second, "a link to "+address, func() bool {
		for _, m := range w.resend.Emails() {
			if strings.Contains(strings.ToLower(m.To), address) && strings.Contains(m.Text, "/r#") {
				token = w.linkIn(m.Text)
			}
		}
		return token != ""
	})
	return token
}

// Two processes that begin with other keys can't give one address to two people: neither sees the other's hash.
func TestAnAddressStaysOnePersonsWhileRootKeysAreReplaced(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if w.target.Dialect != "mysql" {
			t.Log("SQLite has one process")
			return
		}
		other := *w
		s := settings(t, w)
		w.restart(oldKey + "," + newKey)
		s.SecretKey = newKey + "," + oldKey
		a, err := app.New(t.Context(), s, app.Options{Clock: w.clock.now})
		w.must(err)
		other.app = a
		other.run(a)
		danas := []*browser{w.staff(), other.staff()}
		families := []string{danas[0].addFamily("Twins"), danas[0].addFamily("Doubles")}
		for round := range 25 {
			address := ident.New().String() + "@example.com"
			done, begin := make(chan string, 2), make(chan struct{})
			for i, dana := range danas {
				go func() {
					<-begin
					_, got := dana.try(`mutation($i:AddGuardianInput!){addGuardian(input:$i){guardian{id} errors{code}}}`,
						vars{"i": vars{"familyId": families[i], "name": "Twin", "email": address, "canLogIn": true}})
					done <- got.str("addGuardian.errors.0.code")
				}()
			}
			close(begin)
			if one, two := <-done, <-done; one+two != "ALREADY_TAKEN" {
				t.Errorf("round %d: %q and %q", round, one, two)
			}
		}
	})
}
