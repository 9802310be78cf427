package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"officeportal/ent/guardian"
	"officeportal/internal/ident"
	"officeportal/internal/viewer"
)

// ask sends a request that a browser of ours would not send, and returns the answer with its headers.
func (b *browser) ask(body string, header map[string]string) (*http.Response, string) {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), http.MethodPost, b.w.app.URL()+"/graphql", bytes.NewReader([]byte(body)))
	b.w.must(err)
	r.Header.Set("Content-Type", "application/json")
	if b.portal != "" {
		r.Header.Set("X-Portal", b.portal)
	}
	for k, v := range header {
		if k == "Host" {
			r.Host = v
			continue
		}
		r.Header.Set(k, v)
	}
	res, err := b.http.Do(r)
	b.w.must(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	b.w.must(err)
	return res, string(raw)
}

func (b *browser) body(query string, variables vars) string {
	raw, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	b.w.must(err)
	return string(raw)
}

// likeness is everything of an answer that a stranger could compare: status, headers, body.
func likeness(res *http.Response, body string) string {
	var out strings.Builder
	fmt.Fprintln(&out, res.StatusCode)
	for _, name := range slices.Sorted(maps.Keys(res.Header)) {
		if name != "X-Request-Id" && name != "Date" {
			fmt.Fprintln(&out, name, res.Header[name])
		}
	}
	return out.String() + body
}

// objects returns one id of every kind of object there is in the business.
func (w *world) objects(owner *browser) map[string]string {
	w.t.Helper()
	sent := owner.send("SMS")
	got := owner.do(`query($f:ID!){smsAccount{id ledger(first:1){edges{node{id}}}} auditEntries(first:1){edges{node{id}}} node(id:$f){... on Family{students{id}}}}`, vars{"f": w.family})
	student := owner.do(`mutation($f:ID!){addStudent(input:{familyId:$f,name:"Ana"}){student{id}}}`, vars{"f": w.family})
	token := owner.do(`mutation{createApiToken(input:{name:"n",permissions:[AUDIT_READ],days:1}){apiToken{id}}}`, nil)
	waiver := owner.publish("Waiver", "FAMILY")
	_, uploaded := owner.upload("waiver.pdf", []byte(pdf), nil)
	accepted := owner.do(recordForm, vars{"i": vars{"guardianId": w.guardian, "policyVersionId": waiver.str("policyVersion.id"), "formOnFile": true,
		"signedOn": "2026-02-28", "scanId": scanID(uploaded)}})
	return map[string]string{
		"Policy": waiver.str("policy.id"), "PolicyVersion": waiver.str("policyVersion.id"), "PolicyScan": scanID(uploaded),
		"PolicyAcceptance": accepted.str("recordManualAcceptance.acceptance.id"),
		"ApiToken":         token.str("createApiToken.apiToken.id"),
		"Family":           w.family, "Guardian": w.guardian, "Student": student.str("addStudent.student.id"), "Staff": w.staffID("dana@sunrise.example"),
		"PasswordResetRequest": sent.str("requestPasswordReset.request.id"), "SmsAccount": got.str("smsAccount.id"),
		"SmsCreditEntry": got.str("smsAccount.ledger.edges.0.node.id"), "AuditEntry": got.str("auditEntries.edges.0.node.id"),
	}
}

func TestAnObjectIsFoundByItsIDOnlyByThoseWhoMaySeeIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		ids := w.objects(owner)
		novak := owner.addFamily("Novak")
		owner.addGuardian(novak, "Petr Novak", "petr@example.com")
		family := []string{"Family", "Guardian", "Student", "Policy", "PolicyVersion", "PolicyAcceptance"}
		texts := []string{"Policy", "PolicyVersion"}
		colleagues := []string{"Staff", "SmsAccount", "SmsCreditEntry", "Policy", "PolicyVersion"}
		every := slices.Sorted(maps.Keys(ids))
		var kinds []string
		for _, one := range owner.do(`{__type(name:"Node"){possibleTypes{name}}}`, nil).at("__type.possibleTypes").([]any) {
			kinds = append(kinds, one.(map[string]any)["name"].(string))
		}
		if slices.Sort(kinds); !slices.Equal(kinds, every) {
			t.Fatalf("of what has an id, %v, this test knows %v", kinds, every)
		}
		for who, c := range map[string]struct {
			browser *browser
			sees    []string
		}{
			"the owner":                    {owner, every},
			"an owner of another business": {w.stranger(), nil},
			"a guardian of the family":     {w.knows("maria@example.com"), family},
			"a guardian of another family": {w.knows("petr@example.com"), texts}, // what the business asks of everybody
			// colleagues know each other, and what is left of the credits
			"staff without permissions": {w.member("sunrise", "a@sunrise.example"), colleagues},
			"staff who read the log":    {w.member("sunrise", "b@sunrise.example", viewer.AuditRead), append(colleagues, "AuditEntry", "PolicyScan")},
			"staff who only send links": {w.member("sunrise", "c@sunrise.example", viewer.PasswordResetSend), append(colleagues, "PasswordResetRequest")},
			"staff who only see families": {w.member("sunrise", "d@sunrise.example", viewer.FamiliesRead), // the newest entry is about the family
				append(colleagues, "Family", "Guardian", "Student", "PasswordResetRequest", "AuditEntry", "PolicyScan", "PolicyAcceptance")},
		} {
			for kind, id := range ids {
				got := c.browser.do(`query($id:ID!){node(id:$id){__typename id}}`, vars{"id": id})
				if seen := got.str("node.__typename") == kind; seen != (slices.Contains(c.sees, kind)) {
					t.Errorf("%s: %s: seen %t: %s", who, kind, seen, got)
				}
			}
			// another prefix before the same id is another object, which does not exist
			if got := c.browser.do(`query($id:ID!){node(id:$id){__typename}}`, vars{"id": "stu_" + strings.TrimPrefix(ids["Staff"], "stf_")}); got.at("node") != nil {
				t.Errorf("%s: %s", who, got)
			}
		}
	})
}

// Every way from something that staff may see to the family behind it.
func TestStaffWhoSeeNoFamiliesFindNoWayToOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		ids := w.objects(owner)
		const family = `family{name guardians{name email phone} students{name} activity{edges{node{summary}}}}`
		const guardian = `guardian{id name email phone ` + family + `}`
		ways := map[string]struct {
			query string
			vars  vars
		}{
			"a reset":                {`query($id:ID!){node(id:$id){... on PasswordResetRequest{` + guardian + `}}}`, vars{"id": ids["PasswordResetRequest"]}},
			"contacts of a reset":    {`query($id:ID!){node(id:$id){... on PasswordResetRequest{guardian{email phone}}}}`, vars{"id": ids["PasswordResetRequest"]}},
			"the requester":          {`query($id:ID!){node(id:$id){... on PasswordResetRequest{requestedBy{... on Guardian{email ` + family + `}}}}}`, vars{"id": ids["PasswordResetRequest"]}},
			"the ledger":             {`{smsAccount{ledger{edges{node{reset{` + guardian + `}}}}}}`, nil},
			"the log":                {`{auditEntries{edges{node{` + guardian + ` ` + family + ` actor{... on Guardian{email}} subject{... on Guardian{email ` + family + `} ... on Family{name guardians{email}} ... on PasswordResetRequest{` + guardian + `}}}}}}`, nil},
			"an entry":               {`query($id:ID!){node(id:$id){... on AuditEntry{` + guardian + ` ` + family + `}}}`, vars{"id": ids["AuditEntry"]}},
			"a list":                 {`{families{edges{node{guardians{email}}}}}`, nil},
			"a search":               {`{families(filter:{search:"0123"}){totalCount}}`, nil},
			"the answer to a change": {`mutation($g:ID!){updateGuardian(input:{guardianId:$g,version:1}){guardian{email}}}`, vars{"g": w.guardian}},
		}
		for i, granted := range [][]viewer.Permission{
			nil, {viewer.PasswordResetSend, viewer.SMSSpend}, {viewer.AuditRead}, {viewer.AuditRead, viewer.PasswordResetSend, viewer.SettingsManage, viewer.PoliciesManage, viewer.APIExplore},
		} {
			clerk := w.member("sunrise", fmt.Sprintf("clerk%d@sunrise.example", i), granted...)
			for name, way := range ways {
				if _, got := clerk.try(way.query, way.vars); strings.Contains(strings.ToLower(got.raw), "maria@") || strings.Contains(got.raw, "+1312") || strings.Contains(got.raw, `"Ana"`) {
					t.Errorf("%v finds the family through %s: %s", granted, name, got)
				}
			}
		}
		// whoever may only send does send, and is told where it went
		w.clock.add(10 * time.Minute)
		sender := w.staffMember("clerk1@sunrise.example")
		if got := sender.send("EMAIL"); got.str("requestPasswordReset.request.destination") != "Maria@example.com" {
			t.Errorf("sending: %s", got)
		}
	})
}

func TestAGuardianSeesNothingOfTheOffice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		w.objects(owner)
		owner.do(`mutation($g:ID!){updateGuardian(input:{guardianId:$g,version:1,phone:"312-555-0177"}){guardian{id} errors{code}}}`, vars{"g": w.guardian})
		got := w.knows("maria@example.com").do(`query($g:ID!){node(id:$g){... on Guardian{contactChanges{field changedBy{__typename}}
			passwordResetOptions{channel destination} lastPasswordReset{id destination requestedBy{... on Staff{name email}}}
			family{activity{edges{node{summary ipAddress}} totalCount pageInfo{hasNextPage}}}}} viewer{permissions actor{... on Staff{email}}}}`, vars{"g": w.guardian})
		if n, _ := got.at("node.contactChanges").([]any); len(n) != 0 {
			t.Errorf("changes: %s", got)
		}
		if strings.Contains(got.raw, "sunrise.example") || strings.Contains(got.raw, "Dana") || got.at("node.lastPasswordReset") != nil ||
			strings.Contains(got.raw, "destination") || got.at("node.family.activity.totalCount") != float64(0) {
			t.Errorf("a guardian sees: %s", got)
		}
	})
}

func TestWhereARequestCameFromIsForThoseWhoReadTheLog(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		owner.send("EMAIL")
		const activity = `query($f:ID!){node(id:$f){... on Family{activity{edges{node{id action ipAddress userAgent}}}}}}`
		if got := owner.do(activity, vars{"f": w.family}); got.str("node.activity.edges.0.node.id") == "" || !strings.Contains(got.raw, "127.0.0.1") {
			t.Errorf("the owner: %s", got)
		}
		clerk := w.member("sunrise", "clerk@sunrise.example", viewer.FamiliesRead)
		if got := clerk.do(activity, vars{"f": w.family}); got.str("node.activity.edges.0.node.id") == "" || strings.Contains(got.raw, "127.0.0.1") || strings.Contains(got.raw, "Go-http") {
			t.Errorf("a clerk: %s", got)
		}
		log := owner.do(`{auditEntries(filter:{actions:[SIGN_IN]}){edges{node{id}}}}`, nil)
		if got := clerk.do(`query($id:ID!){node(id:$id){id}}`, vars{"id": log.str("auditEntries.edges.0.node.id")}); got.at("node") != nil {
			t.Errorf("a clerk sees who signed in: %s", got)
		}
	})
}

func TestAKeyIsWorthNothingToSomebodyElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, shared := w.staff(), key()
		in := vars{"guardianId": w.guardian, "channel": "EMAIL", "idempotencyKey": shared}
		first := owner.do(sendReset, vars{"i": in}).str("requestPasswordReset.request.id")
		if again := owner.do(sendReset, vars{"i": in}).str("requestPasswordReset.request.id"); again != first {
			t.Errorf("the same person got %s, then %s", first, again)
		}
		if got := w.staffMember("sam@sunrise.example").do(sendReset, vars{"i": in}); got.str("requestPasswordReset.errors.0.code") != "COOLDOWN" || strings.Contains(got.raw, first) {
			t.Errorf("a colleague: %s", got)
		}
		if got := w.stranger().do(sendReset, vars{"i": in}); got.str("requestPasswordReset.errors.0.code") != "NOT_FOUND" {
			t.Errorf("another business: %s", got)
		}
		in["channel"] = "SMS"
		if got := owner.do(sendReset, vars{"i": in}); got.str("requestPasswordReset.errors.0.code") != "IDEMPOTENCY_KEY_REUSED" {
			t.Errorf("another input: %s", got)
		}
		if got := owner.do(`mutation($k:String!){addSmsCredits(input:{credits:5,note:"n",idempotencyKey:$k}){entry{id} errors{code}}}`, vars{"k": shared}); got.str("addSmsCredits.errors.0.code") != "IDEMPOTENCY_KEY_REUSED" {
			t.Errorf("another mutation: %s", got)
		}
	})
}

func TestSignInTellsNobodyApart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		w.knows("maria@example.com")
		off := owner.addGuardian(w.family, "Off Line", "off@example.com")
		owner.addGuardian(w.family, "Never Chose", "never@example.com")
		owner.addGuardian(w.family, "Disa Bled", "disabled@example.com")
		w.knows("disabled@example.com")
		w.must(w.app.Store.Client.Guardian.Update().Where(guardian.Email("disabled@example.com")).SetPasswordDisabledAt(w.clock.now()).
			Exec(viewer.AsSystem(t.Context(), ident.ID{}, "a test prepares its rows")))
		owner.addGuardian(w.family, "Sha Red", "shared@example.com")
		w.knows("shared@example.com")
		owner.do(`mutation($f:ID!){addGuardian(input:{familyId:$f,name:"Other Red",email:"shared@example.com",canLogIn:false}){guardian{id}}}`, vars{"f": w.family})
		owner.do(`mutation($g:ID!){setGuardianLoginAccess(input:{guardianId:$g,version:1,canLogIn:false}){guardian{id}}}`, vars{"g": off})
		cases := []vars{
			{"business": "sunrise", "email": "maria@example.com", "password": "not her password"},
			{"business": "sunrise", "email": "off@example.com", "password": "not her password"},
			{"business": "sunrise", "email": "disabled@example.com", "password": guardianPassword}, // right, after a hundred wrong ones
			{"business": "sunrise", "email": "shared@example.com", "password": "not her password"}, // of two, of whom one may log in
			{"business": "sunrise", "email": "never@example.com", "password": ""},
			{"business": "sunrise", "email": "unknown@example.com", "password": guardianPassword},
			{"business": "no-such-school", "email": "maria@example.com", "password": guardianPassword},
			{"business": "sunrise", "email": "no address", "password": guardianPassword},
			{"email": "maria@example.com", "password": guardianPassword},
		}
		// The address of the network has a limit too; every case is as far into it as the others.
		for n := range 3 {
			want := ""
			for _, c := range cases {
				b := w.browser("customer")
				got := likeness(b.ask(b.body(signIn, vars{"i": c}), nil))
				if want == "" {
					want = got
				}
				if got != want {
					t.Errorf("attempt %d: %v differs:\n%s\n%s", n+1, c["email"], got, want)
				}
			}
		}
		for _, c := range cases[:6] { // each identifier has its own limit, whoever it belongs to or not
			b, tries := w.browser("customer"), 3
			for ; tries < 20; tries++ {
				if _, got := b.ask(b.body(signIn, vars{"i": c}), nil); strings.Contains(got, "LIMIT_REACHED") {
					break
				}
			}
			if tries != 5 {
				t.Errorf("%v is limited after %d tries", c["email"], tries)
			}
		}
		// a malformed address of one person is not everybody's bucket
		b := w.browser("customer")
		if _, got := b.ask(b.body(signIn, vars{"i": vars{"business": "sunrise", "email": "another, no address", "password": "x"}}), nil); !strings.Contains(got, "BAD_CREDENTIALS") {
			t.Errorf("another malformed address: %s", got)
		}
	})
}

func TestForgotPasswordTellsNobodyApart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const forgot = `mutation($i:ForgotPasswordInput!){forgotPassword(input:$i){accepted errors{code message path}}}`
		b := w.browser("customer")
		want := ""
		owner := w.staff()
		off := owner.addGuardian(w.family, "Off Line", "off@example.com")
		owner.do(`mutation($g:ID!){setGuardianLoginAccess(input:{guardianId:$g,version:1,canLogIn:false}){guardian{id}}}`, vars{"g": off})
		owner.addGuardian(w.family, "Sha Red", "shared@example.com")
		owner.do(`mutation($f:ID!){addGuardian(input:{familyId:$f,name:"Other Red",email:"shared@example.com",canLogIn:false}){guardian{id}}}`, vars{"f": w.family})
		cases := []vars{
			{"business": "sunrise", "email": "maria@example.com"}, {"business": "sunrise", "email": "unknown@example.com"},
			{"business": "sunrise", "email": "off@example.com"}, {"business": "sunrise", "email": "shared@example.com"},
			{"business": "no-such-school", "email": "maria@example.com"}, {"business": "sunrise ", "email": "maria@example.com"},
		}
		for n, c := range slices.Repeat(cases, 4) { // the fourth of each is beyond its limit, whoever it belongs to or not
			if n%6 == 0 {
				w.clock.add(9 * time.Minute) // enough for the limit of the network address, not of an address of a person
			}
			got := likeness(b.ask(b.body(forgot, vars{"i": c}), map[string]string{"User-Agent": strings.Repeat("<browser>", 1000)}))
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%d: %v differs:\n%s\n%s", n, c, got, want)
			}
		}
	})
}

func TestOtherSpellingsOfABusinessSignInNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.knows("maria@example.com")
		for _, slug := range []string{"sunrise ", "sunrise   ", "Sunrise", "SUNRISE", "sunrise\u00a0", "", " "} {
			got := w.browser("customer").do(signIn, vars{"i": vars{"business": slug, "email": "maria@example.com", "password": guardianPassword}})
			if got.str("signIn.errors.0.code") != "BAD_CREDENTIALS" {
				t.Errorf("%q: %s", slug, got)
			}
		}
	})
}
