package e2e_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/audit/verify"
	"officeportal/internal/ident"
	"officeportal/internal/viewer"
	"officeportal/internal/wait"
)

// act is one call of a mutation.
type act func(m *matrix) (who *browser, query string, variables vars)

// told is what the completeness test does with a mutation that the rows of rights alone don't tell how to call once
// with success and once without. A part that is nil is taken from there: the owner succeeds, and staff without any
// permission is refused.
type told struct {
	done, refused act
	// nobody says why there is no refusal that could be told of.
	nobody string
}

func owns(query string, v func(m *matrix) vars) act {
	return func(m *matrix) (*browser, string, vars) { return m.owner, query, v(m) }
}

// completeness has the mutations that need more than their row in rights.
var completeness = map[string]told{
	"signIn": {
		done: func(m *matrix) (*browser, string, vars) {
			return m.w.browser("office"), signIn, vars{"i": vars{"email": "dana@sunrise.example", "password": staffPassword}}
		},
		refused: func(m *matrix) (*browser, string, vars) {
			return m.w.browser("office"), signIn, vars{"i": vars{"email": "dana@sunrise.example", "password": "not the password"}}
		},
	},
	"signOut": {
		done: func(m *matrix) (*browser, string, vars) {
			return m.w.staffMember("sam@sunrise.example"), rights["signOut"].query, nil
		},
		nobody: "whoever is not signed in has nothing to end",
	},
	"forgotPassword": {
		done: func(m *matrix) (*browser, string, vars) {
			return m.w.browser("customer"), `mutation{forgotPassword(input:{business:"sunrise",email:"maria@example.com"}){accepted errors{code}}}`, nil
		},
		refused: func(m *matrix) (*browser, string, vars) {
			return m.w.browser("customer"), rights["forgotPassword"].query, nil
		},
	},
	"resetPassword": {
		done: func(m *matrix) (*browser, string, vars) {
			return m.w.browser("customer"), redeem, vars{"i": vars{"token": m.freshLink(), "newPassword": guardianPassword}}
		},
		refused: func(m *matrix) (*browser, string, vars) {
			return m.w.browser("customer"), redeem, vars{"i": vars{"token": m.freshLink(), "newPassword": "password"}}
		},
	},
	"acceptInvitation": {
		done: func(m *matrix) (*browser, string, vars) {
			return m.w.browser("customer"), acceptInvitation, vars{"i": vars{"token": m.invitation(), "newPassword": guardianPassword}}
		},
		refused: func(m *matrix) (*browser, string, vars) {
			return m.w.browser("customer"), acceptInvitation, vars{"i": vars{"token": m.invitation(), "newPassword": "password"}}
		},
	},
	"changePassword": {done: func(m *matrix) (*browser, string, vars) {
		return m.maria(), `mutation($i:ChangePasswordInput!){changePassword(input:$i){viewer{actor{__typename}} errors{code}}}`,
			vars{"i": vars{"currentPassword": guardianPassword, "newPassword": "indigo walrus teapot"}}
	}},
	"endSession": {done: func(m *matrix) (*browser, string, vars) {
		here, elsewhere := m.w.staff(), m.w.staff()
		for i := range 20 {
			s := elsewhere.do(`{sessions{id current}}`, nil)
			if current, there := s.at("sessions." + strconv.Itoa(i) + ".current").(bool); there && !current {
				return elsewhere, `mutation($id:ID!){endSession(input:{sessionId:$id}){sessions{id} errors{code}}}`, vars{"id": s.str("sessions." + strconv.Itoa(i) + ".id")}
			}
		}
		return here, rights["endSession"].query, nil
	}},
	"signOutEverywhere": {
		done: func(m *matrix) (*browser, string, vars) {
			return m.w.staffMember("sam@sunrise.example"), rights["signOutEverywhere"].query, nil
		},
		nobody: "whoever is signed in may",
	},
	"setSmsGuards": {done: owns(`mutation{setSmsGuards(input:{dialCodes:["1","44"],dayCap:400}){smsAccount{guards{dialCodes}} errors{code}}}`, none)},
	"resumeSms": {done: func(m *matrix) (*browser, string, vars) {
		m.w.must(m.w.app.Store.Client.Business.Update().SetSmsPausedAt(m.w.clock.now()).Exec(m.w.system()))
		return m.owner, rights["resumeSms"].query, nil
	}},
	"inviteStaff": {done: freshOwner("inviteStaff")},
	"confirmIdentity": {refused: func(m *matrix) (*browser, string, vars) {
		return m.owner, rights["confirmIdentity"].query, vars{"p": "not the password"}
	}},
	"completeSecondFactor": {done: func(m *matrix) (*browser, string, vars) {
		email := key() + "@sunrise.example"
		secret, _ := m.w.member("sunrise", email).withTOTP()
		m.w.clock.add(30 * time.Second)
		half, _ := m.w.tryStaff(email, staffPassword)
		return half, complete, vars{"i": vars{"totp": m.w.code(secret)}}
	}},
	"confirmTotp": {done: func(m *matrix) (*browser, string, vars) {
		b := m.newMember()
		return b, confirmTotp, vars{"c": m.w.code(b.do(startTotp, nil).str("startTotp.setup.key"))}
	}},
	"addPasskey": {done: func(m *matrix) (*browser, string, vars) {
		b := m.newMember()
		options := b.do(startPasskey, nil).str("startPasskeyRegistration.options")
		return b, addPasskey, vars{"i": vars{"name": "Key", "credential": m.w.authenticator().register(options)}}
	}},
	"renamePasskey": {done: withAPasskey(`mutation($i:ID!){renamePasskey(input:{passkeyId:$i,name:"Other"}){passkey{id} errors{code}}}`)},
	"removePasskey": {done: withAPasskey(`mutation($i:ID!){removePasskey(input:{passkeyId:$i}){security{totp} errors{code}}}`)},
	"startPasskeyAssertion": {done: func(m *matrix) (*browser, string, vars) {
		b := m.newMember()
		b.withPasskey()
		return b, startAssertion, nil
	}},
	"startPasskeyRegistration": {done: func(m *matrix) (*browser, string, vars) { return m.newMember(), startPasskey, nil }},
	"startTotp":                {done: func(m *matrix) (*browser, string, vars) { return m.newMember(), startTotp, nil }},
	"removeTotp":               {done: withAnApp("removeTotp")},
	"renewRecoveryCodes":       {done: withAnApp("renewRecoveryCodes")},
	"resetSecondFactor": {done: func(m *matrix) (*browser, string, vars) {
		m.newMember()
		return m.w.staff(), rights["resetSecondFactor"].query, vars{"i": vars{"staffId": m.w.staffID(m.newest)}}
	}},
	"reinviteStaff": {done: func(m *matrix) (*browser, string, vars) {
		return m.owner, rights["reinviteStaff"].query, vars{"i": vars{"staffId": m.invite()}}
	}},
	"updateStaff": {
		done: func(m *matrix) (*browser, string, vars) {
			return m.owner, rights["updateStaff"].query, vars{"i": vars{"staffId": m.invite(), "version": 1, "name": "Other Name"}}
		},
		refused: func(m *matrix) (*browser, string, vars) {
			return m.owner, rights["updateStaff"].query, vars{"i": vars{"staffId": m.invite(), "version": 7, "name": "Other Name"}}
		},
	},
	"updateBusiness": {done: owns(`mutation($v:Int!){updateBusiness(input:{version:$v,smsLinkMinutes:20}){business{slug} errors{code}}}`, func(m *matrix) vars {
		return vars{"v": m.owner.do(`{viewer{business{version}}}`, nil).at("viewer.business.version")}
	})},
	"createApiToken": {done: func(m *matrix) (*browser, string, vars) { // asks for somebody who has signed in lately
		return m.w.staff(), rights["createApiToken"].query, nil
	}},
	"setSmsEnabled": {done: owns(`mutation{setSmsEnabled(input:{enabled:false}){smsAccount{enabled} errors{code}}}`, none)},
	"setSmsReserve": {done: owns(`mutation{setSmsReserve(input:{reserve:5}){smsAccount{reserve} errors{code}}}`, none)},
	"updateFamily":  {done: owns(rights["updateFamily"].query, versioned("familyId", (*matrix).spare, vars{"name": "Spare and Sons"}))},
	"updateStudent": {done: owns(rights["updateStudent"].query, versioned("studentId", (*matrix).student, vars{"name": "Anna"}))},
	"setGuardianLoginAccess": {done: owns(rights["setGuardianLoginAccess"].query,
		versioned("guardianId", func(m *matrix) string { return m.w.guardian }, vars{"canLogIn": false}))},
	"acceptPolicies": {done: func(m *matrix) (*browser, string, vars) {
		return m.maria(), acceptPolicies, rights["acceptPolicies"].vars(m)
	}},
	"clearContactMark": {done: func(m *matrix) (*browser, string, vars) {
		g, err := ident.Parse(strings.TrimPrefix(m.w.guardian, "gdn_"))
		m.w.must(err)
		m.w.must(m.w.app.Store.Client.Guardian.UpdateOneID(g).SetEmailBouncedAt(m.w.clock.now()).Exec(m.w.system()))
		return m.owner, rights["clearContactMark"].query, vars{"g": m.w.guardian}
	}},
}

func (w *world) system() context.Context {
	return viewer.AsSystem(w.t.Context(), ident.ID{}, "a test looks at what is below")
}

// newMember is a staff member who has just signed in.
func (m *matrix) newMember() *browser {
	m.w.t.Helper()
	m.newest = key() + "@sunrise.example"
	return m.w.member("sunrise", m.newest)
}

// invite invites somebody and returns the staff member's id.
func (m *matrix) invite() string {
	m.w.t.Helper()
	in := vars{"email": key() + "@sunrise.example", "name": "Ivy Invited", "permissions": []string{}}
	return m.w.staff().do(inviteStaff, vars{"i": in}).str("inviteStaff.staff.id")
}

// freshOwner is the owner right after signing in, with what the row of rights sends.
func freshOwner(name string) act {
	return func(m *matrix) (*browser, string, vars) { return m.w.staff(), rights[name].query, rights[name].vars(m) }
}

func withAnApp(name string) act {
	return func(m *matrix) (*browser, string, vars) {
		b := m.newMember()
		b.withTOTP()
		return b, rights[name].query, nil
	}
}

func withAPasskey(query string) act {
	return func(m *matrix) (*browser, string, vars) {
		b := m.newMember()
		_, id := b.withPasskey()
		return b, query, vars{"i": id}
	}
}

// freshLink sends Maria a link and returns it.
func (m *matrix) freshLink() string {
	m.w.t.Helper()
	m.w.clock.add(10 * time.Minute)
	id := m.owner.send("EMAIL").str("requestPasswordReset.request.id")
	m.owner.until(id, "delivery", "SENT")
	return m.newestLink()
}

const acceptInvitation = `mutation($i:AcceptInvitationInput!){acceptInvitation(input:$i){signInHint errors{code}}}`

// invitation invites another guardian and returns the link.
func (m *matrix) invitation() string {
	m.w.t.Helper()
	m.w.clock.add(10 * time.Minute)
	got := m.owner.do(rights["inviteGuardian"].query, rights["inviteGuardian"].vars(m))
	m.owner.until(got.str("inviteGuardian.request.id"), "delivery", "SENT")
	return m.newestLink()
}

func (m *matrix) newestLink() string {
	m.w.t.Helper()
	mails, err := m.w.resend.WaitEmails(m.w.patience(), 1)
	m.w.must(err)
	for _, mail := range slices.Backward(mails) {
		if strings.Contains(mail.Text, "/r#") {
			return m.w.linkIn(mail.Text)
		}
	}
	m.w.t.Fatal("no email has a link")
	return ""
}

// maria chooses a password by link, as guardians do, and signs in.
func (m *matrix) maria() *browser {
	m.w.t.Helper()
	m.w.browser("customer").do(redeem, vars{"i": vars{"token": m.freshLink(), "newPassword": guardianPassword}})
	b, ok := m.w.signInAsGuardian(guardianPassword)
	if !ok {
		m.w.t.Fatal("Maria can't sign in")
	}
	return b
}

// call sends a mutation and returns its outcome and the reference number of the request.
func (m *matrix) call(name string, a act) (result, request, raw string) {
	m.w.t.Helper()
	who, query, variables := a(m)
	res, body := who.ask(who.body(query, variables), map[string]string{"Accept": "application/graphql-response+json"})
	return outcome(body, name), res.Header.Get("X-Request-Id"), body
}

// tells reports whether the Audit Log has an entry of the request that ended so. What becomes of a message is told
// under the same number and does not count.
func (w *world) tells(request string, succeeded bool) bool {
	w.t.Helper()
	p := auditentry.OutcomeEQ(schematype.Succeeded)
	if !succeeded {
		p = auditentry.OutcomeNEQ(schematype.Succeeded)
	}
	found, err := w.app.Store.Client.AuditEntry.Query().
		Where(auditentry.RequestID(request), auditentry.ActionNEQ(string(audit.PasswordResetDelivery)), p).Exist(w.system())
	w.must(err)
	return found
}

const addACase = "%s: its %s leaves no entry in the Audit Log: record it in the domain, in the transaction of what it tells (audit.Record); " +
	"if the call below is not one, add a case to completeness in e2e/audit_test.go: %.300s"

func TestNoMutationIsMissingFromTheAuditLogDoneOrRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := &matrix{w: w, owner: w.staff()}
		m.spareFamily = m.owner.addFamily("Spare")
		m.secondGuardian = m.owner.addGuardian(w.family, "Luis Lopez", "")
		m.someStudent = m.owner.do(`mutation($f:ID!){addStudent(input:{familyId:$f,name:"Ana"}){student{id}}}`, vars{"f": w.family}).str("addStudent.student.id")
		m.someReset = m.owner.send("EMAIL").str("requestPasswordReset.request.id")
		m.token = m.owner.do(`mutation{createApiToken(input:{name:"n",permissions:[AUDIT_READ],days:1}){apiToken{id}}}`, nil).str("createApiToken.apiToken.id")
		clerk := w.member("sunrise", "nothing@sunrise.example")
		got := m.owner.do(`{__schema{mutationType{fields{name}}}}`, nil)
		fields, _ := got.at("__schema.mutationType.fields").([]any)
		var names []string
		for _, f := range fields {
			names = append(names, f.(map[string]any)["name"].(string))
		}
		slices.Sort(names)
		for _, name := range names {
			row, inRights := rights[name]
			c, inCases := completeness[name]
			if !inRights && !inCases {
				t.Errorf("%s has no case: add its row to rights in e2e/matrix_test.go, or a case to completeness in e2e/audit_test.go", name)
				continue
			}
			if c.refused == nil && c.nobody == "" {
				c.refused = func(m *matrix) (*browser, string, vars) { return clerk, row.query, row.vars(m) }
			}
			if c.done == nil {
				c.done = owns(row.query, row.vars)
			}
			if c.refused != nil {
				result, request, raw := m.call(name, c.refused)
				if name == "forgotPassword" { // answered alike, and looked at by the worker
					wait.For(t, 20*time.Second, name, func() bool { return w.tells(request, false) })
				} else if result == fine || result == null || !w.tells(request, false) {
					t.Errorf(addACase, name, "refusal", result+" "+raw)
				}
			}
			result, request, raw := m.call(name, c.done)
			if name == "forgotPassword" {
				wait.For(t, 20*time.Second, name, func() bool { return w.tells(request, true) })
			} else if result != fine || !w.tells(request, true) {
				t.Errorf(addACase, name, "success", result+" "+raw)
			}
		}
		w.verify()
	})
}

// verify proves the Audit Log beside the running product.
func (w *world) verify() {
	w.t.Helper()
	r, err := verify.Run(w.t.Context(), w.app.Store, w.app.Ring, w.app.AuditLog, verify.Options{})
	if err != nil || r.Entries == 0 {
		w.t.Errorf("the Audit Log does not fit: %+v, %v", r, err)
	}
}

func TestALinkThatIsOpenedIsToldOnceForEachStateItIsFoundIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := &matrix{w: w, owner: w.staff()}
		link := m.freshLink()
		phone := w.browser("customer")
		opened := func() (states []string) {
			entries, err := w.app.Store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.LinkOpened))).Order(ent.Asc(auditentry.FieldID)).All(w.system())
			w.must(err)
			for _, e := range entries {
				states = append(states, e.Facts["state"])
			}
			return states
		}
		read := func(times int) {
			for range times {
				phone.do(readLink, vars{"t": link})
			}
		}
		read(3)
		w.clock.add(31 * time.Minute)
		read(2)
		m.freshLink()
		read(2)
		phone.do(readLink, vars{"t": "aaaaaaaaaaaaaaaaaaaaaaaaaa"}) // nobody's
		if got := opened(); !slices.Equal(got, []string{"ACTIVE", "EXPIRED", "SUPERSEDED"}) {
			t.Errorf("opened: %v", got)
		}
	})
}

func TestSecretsThatWerePlantedAreInNoEntry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := &matrix{w: w, owner: w.staff()}
		secret := m.owner.do(`mutation{createApiToken(input:{name:"n",permissions:[AUDIT_READ],days:1}){secret apiToken{id}}}`, nil).str("createApiToken.secret")
		link := m.freshLink()
		phone := w.browser("customer")
		phone.do(redeem, vars{"i": vars{"token": link, "newPassword": "password"}})
		phone.do(redeem, vars{"i": vars{"token": link, "newPassword": guardianPassword}})
		phone.do(signIn, vars{"i": vars{"business": "sunrise", "email": "maria@example.com", "password": "planted wrong password"}})
		phone.do(signIn, vars{"i": vars{"business": "sunrise", "email": "maria@example.com", "password": guardianPassword}})
		entries, err := w.app.Store.Client.AuditEntry.Query().All(w.system())
		w.must(err)
		raw, err := json.Marshal(entries)
		w.must(err)
		for _, planted := range []string{link, guardianPassword, staffPassword, "planted wrong password", secret} {
			if planted == "" || strings.Contains(string(raw), planted) {
				t.Errorf("%.6s… is in an entry", planted)
			}
		}
	})
}
