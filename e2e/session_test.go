package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const me = `{viewer{actor{__typename}}}`

// cookie returns the value of a browser's cookie.
func (b *browser) cookie(name string) string {
	b.w.t.Helper()
	at, err := url.Parse(b.w.app.URL())
	b.w.must(err)
	for _, c := range b.http.Jar.Cookies(at) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) plant(name, value string) {
	b.w.t.Helper()
	at, err := url.Parse(b.w.app.URL())
	b.w.must(err)
	b.http.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

func TestSigningInMakesANewSessionAndEndsTheOneBefore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		planted := w.browser("office")
		planted.plant("office", "chosen-by-somebody-else")
		planted.do(signIn, vars{"i": vars{"email": "dana@sunrise.example", "password": staffPassword}})
		first := planted.cookie("office")
		if first == "chosen-by-somebody-else" || len(first) < 32 {
			t.Fatalf("the session is %q", first)
		}
		planted.do(signIn, vars{"i": vars{"email": "sam@sunrise.example", "password": staffPassword}})
		thief := w.browser("office")
		thief.plant("office", first)
		if got := thief.do(me, nil); got.at("viewer.actor") != nil {
			t.Errorf("the session from before signing in again is still good: %s", got)
		}
		// the session of the other portal is another one, and goes on
		both := w.knows("maria@example.com")
		both.plant("office", planted.cookie("office"))
		both.portal = "office"
		both.do(signIn, vars{"i": vars{"email": "dana@sunrise.example", "password": staffPassword}})
		both.portal = "customer"
		if got := both.do(me, nil); got.str("viewer.actor.__typename") != "Guardian" {
			t.Errorf("signing in to the office ended the guardian's session: %s", got)
		}
		// after signing out the cookie is worth nothing, wherever it was copied to
		copied := both.cookie("portal")
		both.do(`mutation{signOut{signedOut}}`, nil)
		thief = w.browser("customer")
		thief.plant("portal", copied)
		if got := thief.do(me, nil); got.at("viewer.actor") != nil {
			t.Errorf("a copy of the cookie outlives signing out: %s", got)
		}
	})
}

func TestASessionIsGoodOnItsOwnPortalAndFromOurPagesOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff, guardian := w.staff(), w.knows("maria@example.com")
		crossed := w.browser("customer")
		crossed.plant("portal", staff.cookie("office"))
		crossed.plant("office", guardian.cookie("portal"))
		for _, portal := range []string{"customer", "office"} {
			crossed.portal = portal
			if got := crossed.do(me, nil); got.at("viewer.actor") != nil {
				t.Errorf("a session of the other portal is good on %s: %s", portal, got)
			}
		}
		body := staff.body(`mutation{createFamily(input:{name:"Forged"}){family{id}}}`, nil)
		for name, header := range map[string]map[string]string{
			"another site":          {"Sec-Fetch-Site": "cross-site"},
			"another site's origin": {"Origin": "https://evil.example"},
			"a sister site":         {"Sec-Fetch-Site": "same-site", "Origin": "https://other.portal.example"},
			"a form":                {"Content-Type": "text/plain"},
			"a form with files":     {"Content-Type": "multipart/form-data; boundary=x"},
			"a page without header": {"X-Portal": "nothing"},
			"no origin at all":      {"Origin": "null"},
		} {
			if res, got := staff.ask(body, header); strings.Contains(got, `"fam_`) {
				t.Errorf("%s: %d %s", name, res.StatusCode, got)
			}
		}
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodOptions} {
			r, err := http.NewRequestWithContext(t.Context(), method, w.app.URL()+"/graphql?query=mutation{createFamily(input:{name:%22Forged%22}){family{id}}}", nil)
			w.must(err)
			r.Header.Set("X-Portal", "office")
			res, err := staff.http.Do(r)
			w.must(err)
			_ = res.Body.Close()
			if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s: %d %v", method, res.StatusCode, res.Header)
			}
		}
		if got := staff.do(`{families(filter:{search:"Forged"}){totalCount}}`, nil); got.at("families.totalCount") != float64(0) {
			t.Errorf("a forged request was carried out: %s", got)
		}
	})
}

func TestTheLinkNamesOurOriginWhateverTheRequestSays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.browser("customer")
		b.ask(b.body(`mutation{forgotPassword(input:{business:"sunrise",email:"maria@example.com"}){accepted}}`, nil),
			map[string]string{"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.example", "X-Forwarded-For": "203.0.113.9"})
		mails, err := w.resend.WaitEmails(w.patience(), 1)
		w.must(err)
		w.linkIn(mails[0].Text)
		if strings.Contains(mails[0].Text+mails[0].HTML, "evil.example") {
			t.Error("the mail names the host of the request")
		}
		if got := w.staff().do(`{auditEntries(filter:{actions:[PASSWORD_RESET_REQUESTED]}){edges{node{ipAddress}}}}`, nil); strings.Contains(got.raw, "203.0.113.9") {
			t.Errorf("an address from a header is believed: %s", got)
		}
	})
}

func TestTextsCannotForgeLinesOrTurnAround(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		for _, name := range []string{"e\u202evil", "a\u0000b", "a\u2066b", "\u200b", "x\u0007y", "\u001b[31mred"} {
			got := staff.do(`mutation($n:String!){createFamily(input:{name:$n}){family{id} errors{code}}}`, vars{"n": name})
			if got.at("createFamily.family") != nil {
				t.Errorf("a family is called %q", name)
			}
		}
		b := w.browser("office")
		b.ask(b.body(signIn, vars{"i": vars{"email": "dana@sunrise.example", "password": staffPassword}}), map[string]string{"User-Agent": "x\u202e\u2028\tevil " + strings.Repeat("z", 9000)})
		got := staff.do(`{auditEntries(first:1,filter:{actions:[SIGN_IN]}){edges{node{userAgent}}}}`, nil)
		if agent := got.str("auditEntries.edges.0.node.userAgent"); agent == "" || strings.ContainsAny(agent, "\u202e\u2028\t") || len([]rune(agent)) > 300 {
			t.Errorf("the log keeps %q", agent)
		}
		// a name with line breaks is one line in the mail's headers
		guardian := staff.addGuardian(w.family, "Eve\r\nBcc: thief@evil.example", "eve@example.com")
		staff.do(sendReset, vars{"i": vars{"guardianId": guardian, "channel": "EMAIL", "idempotencyKey": key()}})
		mails, err := w.resend.WaitEmails(w.patience(), 1)
		w.must(err)
		if m := mails[0]; strings.ContainsAny(m.Subject+m.From, "\r\n") || m.To != "eve@example.com" {
			t.Errorf("from %q, to %v, subject %q", m.From, m.To, m.Subject)
		}
	})
}

func TestADeadLinkChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff, phone := w.staff(), w.browser("customer")
		w.knows("maria@example.com")
		staff.send("EMAIL")
		mails, err := w.resend.WaitEmails(w.patience(), 1)
		w.must(err)
		first := w.linkIn(mails[0].Text)
		staff.send("SMS")
		texts, err := w.sms.WaitTexts(w.patience(), 1)
		w.must(err)
		second := w.linkIn(texts[0].Body)
		refused := func(name, token, want string) {
			t.Helper()
			got := phone.do(redeem, vars{"i": vars{"token": token, "newPassword": "indigo walrus teapot"}})
			if got.str("resetPassword.errors.0.link.state") != want || got.at("resetPassword.signInHint") != nil {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		refused("the replaced link", first, "SUPERSEDED")
		refused("one letter changed", flip(second), "UNKNOWN")
		refused("cut short", second[:25], "UNKNOWN")
		staff.do(`mutation($g:ID!){updateGuardian(input:{guardianId:$g,version:1,phone:"312-555-0177"}){errors{code}}}`, vars{"g": w.guardian})
		refused("after the phone changed", second, "REVOKED")
		if _, ok := w.signInAsGuardian(guardianPassword); !ok {
			t.Error("the password is not what it was")
		}
	})
}

func flip(token string) string {
	if token[0] == 'a' {
		return "b" + token[1:]
	}
	return "a" + token[1:]
}
