package e2e_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"officeportal/internal/message/providertest"
)

func TestStaffSendALinkByEmailAndTheGuardianChoosesAPassword(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		sent := staff.send("EMAIL")
		id := sent.str("requestPasswordReset.request.id")
		if id == "" || sent.str("requestPasswordReset.request.destination") != "Maria@example.com" {
			t.Fatalf("sending: %s", sent)
		}
		mails, err := w.resend.WaitEmails(w.patience(), 1)
		w.must(err)
		token := w.linkIn(mails[0].Text)
		if w.linkIn(mails[0].HTML) != token {
			t.Error("the two parts of the email have different links")
		}
		got := staff.until(id, "delivery", "SENT")
		life := parse(t, got.str("node.expiresAt")).Sub(parse(t, got.str("node.sentAt")))
		if life != 30*time.Minute {
			t.Errorf("the link lives %v", life)
		}

		phone := w.browser("customer")
		for range 3 { // a mail scanner opens it first
			if link := phone.do(readLink, vars{"t": token}); link.str("passwordResetLink.state") != "ACTIVE" || link.str("passwordResetLink.username") != "Maria@example.com" {
				t.Fatalf("link: %s", link)
			}
		}
		if weak := phone.do(redeem, vars{"i": vars{"token": token, "newPassword": "too short"}}); weak.str("resetPassword.errors.0.code") != "TOO_SHORT" {
			t.Errorf("a short password: %s", weak)
		}
		if done := phone.do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}}); done.str("resetPassword.signInHint") != "Maria@example.com" {
			t.Fatalf("choosing: %s", done)
		}
		if again := phone.do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword + "!"}}); again.str("resetPassword.errors.0.link.state") != "USED" {
			t.Errorf("using the link twice: %s", again)
		}
		staff.until(id, "state", "USED")
		mails, err = w.resend.WaitEmails(w.patience(), 2)
		w.must(err)
		if strings.Contains(mails[1].Text+mails[1].HTML, "/r#") {
			t.Error("the notice has a link that acts")
		}
		guardian, ok := w.signInAsGuardian(guardianPassword)
		if !ok {
			t.Fatal("the new password does not sign in")
		}

		// the next reset ends this session
		w.clock.add(2 * time.Minute)
		staff.send("EMAIL")
		mails, err = w.resend.WaitEmails(w.patience(), 3)
		w.must(err)
		phone.do(redeem, vars{"i": vars{"token": w.linkIn(mails[2].Text), "newPassword": "orange bicycle thunder"}})
		if me := guardian.do(`{viewer{actor{__typename}}}`, nil); me.at("viewer.actor") != nil {
			t.Errorf("an old session is still good: %s", me)
		}
		if _, ok := w.signInAsGuardian(guardianPassword); ok {
			t.Error("the old password still signs in")
		}
	})
}

func TestATextCostsOneCreditAndComesBackWhenItIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		sent := staff.send("SMS")
		if sent.at("requestPasswordReset.smsBalance") != float64(41) {
			t.Fatalf("sending: %s", sent)
		}
		texts, err := w.sms.WaitTexts(w.patience(), 1)
		w.must(err)
		token := w.linkIn(texts[0].Body)
		if n := len([]rune(texts[0].Body)); n > 160 {
			t.Errorf("the text has %d characters", n)
		}
		staff.until(sent.str("requestPasswordReset.request.id"), "delivery", "SENT")
		phone := w.browser("customer")
		if done := phone.do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}}); done.str("resetPassword.signInHint") == "" {
			t.Fatalf("choosing: %s", done)
		}
		if _, ok := w.signInAsGuardian(guardianPassword); !ok {
			t.Error("the new password does not sign in")
		}

		w.clock.add(2 * time.Minute)
		w.sms.Next(providertest.MessageBirdError(http.StatusUnprocessableEntity, 10, "no (correct) recipients found", "recipients"))
		refused := staff.send("SMS")
		got := staff.until(refused.str("requestPasswordReset.request.id"), "delivery", "NOT_DELIVERED")
		if got.at("node.creditsSpent") != float64(0) {
			t.Errorf("after a refusal: %s", got)
		}
		if account := staff.do(`{smsAccount{balance ledger(first:10){edges{node{amount balanceAfter reason}}}}}`, nil); account.at("smsAccount.balance") != float64(41) {
			t.Errorf("the credit did not come back: %s", account)
		}
	})
}

func TestForgotPasswordJoinsTheSameFlow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		phone := w.browser("customer")
		const forgot = `mutation($i:ForgotPasswordInput!){forgotPassword(input:$i){accepted errors{code message path}}}`
		_, known := phone.try(forgot, vars{"i": vars{"business": "sunrise", "email": "maria@example.com"}})
		_, unknown := phone.try(forgot, vars{"i": vars{"business": "sunrise", "email": "nobody@example.com"}})
		if known.raw != unknown.raw {
			t.Errorf("answers differ:\n%s\n%s", known, unknown)
		}
		mails, err := w.resend.WaitEmails(w.patience(), 1)
		w.must(err)
		if done := phone.do(redeem, vars{"i": vars{"token": w.linkIn(mails[0].Text), "newPassword": guardianPassword}}); done.str("resetPassword.signInHint") == "" {
			t.Fatalf("choosing: %s", done)
		}
		last := w.staff().do(`query($id:ID!){node(id:$id){... on Guardian{lastPasswordReset{requestedBy{__typename} state}}}}`, vars{"id": w.guardian})
		if last.str("node.lastPasswordReset.requestedBy.__typename") != "Guardian" || last.str("node.lastPasswordReset.state") != "USED" {
			t.Errorf("the card: %s", last)
		}
	})
}

func TestALinkDiesAtThirtyMinutes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.staff().send("EMAIL")
		mails, err := w.resend.WaitEmails(w.patience(), 1)
		w.must(err)
		token := w.linkIn(mails[0].Text)
		w.clock.add(30 * time.Minute)
		phone := w.browser("customer")
		if link := phone.do(readLink, vars{"t": token}); link.str("passwordResetLink.state") != "EXPIRED" || link.at("passwordResetLink.username") != nil {
			t.Errorf("link: %s", link)
		}
		if late := phone.do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}}); late.str("resetPassword.errors.0.code") != "LINK_UNUSABLE" {
			t.Errorf("redeeming: %s", late)
		}
	})
}

func TestNoSecretIsInLogsErrorsOrTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		w.sms.Next(providertest.Garbage())
		staff.send("SMS")
		w.resend.Next(providertest.ServerError())
		staff.send("EMAIL")
		mails, err := w.resend.WaitEmails(w.patience(), 1)
		w.must(err)
		token := w.linkIn(mails[0].Text)
		texts, err := w.sms.WaitTexts(w.patience(), 0)
		w.must(err)
		secrets := map[string]string{"the link's secret": token, "the staff member's password": staffPassword, "the guardian's password": guardianPassword,
			"the Resend key": providertest.ResendKey, "the MessageBird key": providertest.MessageBirdKey, "the root secret": "a-root-secret-for-tests"}
		for _, text := range texts {
			secrets["the texted secret"] = w.linkIn(text.Body)
		}
		phone := w.browser("customer")
		var answers strings.Builder
		for _, body := range []string{`{"query":"mutation{resetPassword(input:{token:\"` + token + `\",newPassword:\"` + guardianPassword + `\"}){nope}}"`, `{"query": "` + guardianPassword} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.app.URL()+"/graphql", strings.NewReader(body))
			w.must(err)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("X-Portal", "customer")
			res, err := phone.http.Do(r)
			w.must(err)
			b := make([]byte, 4096)
			n, _ := res.Body.Read(b)
			_ = res.Body.Close()
			answers.Write(b[:n])
		}
		for _, path := range []string{"/r%23" + token, "/r?x=" + token, "/portal/sunrise/" + token} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.app.URL()+path, nil)
			w.must(err)
			res, err := phone.http.Do(r)
			w.must(err)
			_ = res.Body.Close()
		}
		if done := phone.do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}}); done.str("resetPassword.signInHint") == "" {
			t.Fatalf("choosing: %s", done)
		}
		dump := w.dump()
		for what, secret := range secrets {
			for where, text := range map[string]string{"the log": w.log.String(), "an answer": answers.String(), "the database": dump} {
				if strings.Contains(text, secret) {
					t.Errorf("%s is in %s", what, where)
				}
			}
		}
	})
}

// dump returns everything in the database as text: the file itself, or every row of every table.
func (w *world) dump() string {
	w.t.Helper()
	var out strings.Builder
	if w.target.Dialect != "mysql" {
		for _, suffix := range []string{"", "-wal"} {
			raw, err := os.ReadFile(w.target.Path + suffix)
			w.must(err)
			out.Write(raw)
		}
		return out.String()
	}
	db := w.app.Store.Driver.DB()
	tables, err := db.QueryContext(w.t.Context(), "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
	w.must(err)
	var names []string
	for tables.Next() {
		var name string
		w.must(tables.Scan(&name))
		names = append(names, name)
	}
	w.must(tables.Close())
	for _, name := range names {
		rows, err := db.QueryContext(context.Background(), "SELECT * FROM `"+name+"`")
		w.must(err)
		columns, err := rows.Columns()
		w.must(err)
		for rows.Next() {
			values := make([][]byte, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			w.must(rows.Scan(into...))
			for _, v := range values {
				out.Write(v)
				out.WriteByte('\n')
			}
		}
		w.must(rows.Close())
	}
	return out.String()
}

func parse(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
