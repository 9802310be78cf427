package e2e_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"officeportal/internal/viewer"
)

// What came of asking: OK, null, the code of a payload's first error, or the code of the top-level error.
const (
	fine      = "OK"
	null      = "null"
	noOne     = "UNAUTHENTICATED"
	forbidden = "FORBIDDEN"
	notFound  = "NOT_FOUND"
)

// right is one row of the matrix: who may use a root field, and what everybody else gets.
type right struct {
	query string
	vars  func(m *matrix) vars
	// needs is the permission, empty for none.
	needs viewer.Permission
	// What each gets: somebody not signed in, a guardian of the family, a guardian of another one, staff
	// without any permission, an owner of another business, and the owner.
	nobody, guardian, otherGuardian, without, stranger, owner string
}

// forStaff is a field for staff with a permission that names something of the business.
func forStaff(needs viewer.Permission, query string, v func(m *matrix) vars) right {
	return right{query, v, needs, noOne, forbidden, forbidden, forbidden, notFound, fine}
}

// ofOwn is a field for staff with a permission that acts on the viewer's own business.
func ofOwn(needs viewer.Permission, query string, v func(m *matrix) vars) right {
	return right{query, v, needs, noOne, forbidden, forbidden, forbidden, fine, fine}
}

// ofOneself is a field for every staff member, about the own sign-in.
func ofOneself(query string, v func(m *matrix) vars, staff string) right {
	return right{query, v, "", noOne, forbidden, forbidden, staff, staff, staff}
}

// halfSignedIn is what somebody gets whose password was right and whose second factor is to come, where that is
// not what nobody gets.
var halfSignedIn = map[string]string{"completeSecondFactor": "BAD_CREDENTIALS", "startPasskeyAssertion": "INVALID"}

func none(*matrix) vars { return nil }

// slowly lets a limit of tries from one address pass.
func slowly(m *matrix) vars { m.w.clock.add(10 * time.Second); return nil }

const (
	read, write, send, log, settingsManage = viewer.FamiliesRead, viewer.FamiliesWrite, viewer.PasswordResetSend, viewer.AuditRead, viewer.SettingsManage
	policiesManage                         = viewer.PoliciesManage
)

// rights has every root field. Whoever adds one adds its row.
var rights = map[string]right{
	"viewer":         {`{viewer{actor{__typename} permissions business{slug}}}`, none, "", fine, fine, fine, fine, fine, fine},
	"portalBusiness": {`{portalBusiness(slug:"sunrise"){name}}`, none, "", fine, fine, fine, fine, fine, fine},
	"node": {`query($id:ID!){node(id:$id){id ... on Family{name guardians{name email}}}}`, func(m *matrix) vars { return vars{"id": m.w.family} },
		read, noOne, fine, null, null, null, fine},
	"families":        ofOwn(read, `{families{totalCount edges{node{name guardians{name email phone}}}}}`, none),
	"auditEntries":    ofOwn(log, `{auditEntries{edges{node{summary actor{__typename} details{key after}}}}}`, none),
	"auditCheckpoint": ofOwn(log, `{auditCheckpoint{size rootHash note verifierKeys signedAt unsealed}}`, none),
	"smsAccount":      {`{smsAccount{balance}}`, none, "", noOne, forbidden, forbidden, fine, fine, fine},
	"passwordResetUpdated": {`subscription($id:ID!){passwordResetUpdated(id:$id){id state guardian{name}}}`, func(m *matrix) vars { return vars{"id": m.someReset} },
		read, noOne, forbidden, forbidden, forbidden, null, fine},
	"passwordResetLink": {`{passwordResetLink(token:"aaaaaaaaaaaaaaaaaaaaaaaaaa"){state username business{name}}}`, none, "",
		fine, fine, fine, fine, fine, fine},

	"signIn": {signIn, func(*matrix) vars {
		return vars{"i": vars{"business": "sunrise", "email": key() + "@example.com", "password": "not the password"}}
	}, "", "BAD_CREDENTIALS", "BAD_CREDENTIALS", "BAD_CREDENTIALS", "BAD_CREDENTIALS", "BAD_CREDENTIALS", "BAD_CREDENTIALS"},
	"signOut": {`mutation{signOut{signedOut errors{code}}}`, none, "", noOne, fine, fine, fine, fine, fine},
	"forgotPassword": {`mutation{forgotPassword(input:{business:"sunrise",email:"nobody@example.com"}){accepted errors{code}}}`, none, "",
		fine, fine, fine, fine, fine, fine},
	"resetPassword": {`mutation{resetPassword(input:{token:"aaaaaaaaaaaaaaaaaaaaaaaaaa",newPassword:"indigo walrus teapot"}){signInHint errors{code}}}`, slowly, "",
		"LINK_UNUSABLE", "LINK_UNUSABLE", "LINK_UNUSABLE", "LINK_UNUSABLE", "LINK_UNUSABLE", "LINK_UNUSABLE"},
	"acceptInvitation": {`mutation{acceptInvitation(input:{token:"aaaaaaaaaaaaaaaaaaaaaaaaaa",newPassword:"indigo walrus teapot"}){signInHint errors{code}}}`, none, "",
		"LINK_UNUSABLE", "LINK_UNUSABLE", "LINK_UNUSABLE", "LINK_UNUSABLE", "LINK_UNUSABLE", "LINK_UNUSABLE"},
	"inviteGuardian": {`mutation($i:InviteGuardianInput!){inviteGuardian(input:$i){request{id channel} errors{code}}}`, func(m *matrix) vars {
		k := key()
		invited := m.owner.addGuardian(m.w.family, "Invited Lopez", k+"@example.com")
		return vars{"i": vars{"guardianId": invited, "channel": "EMAIL", "idempotencyKey": k}}
	}, send, noOne, forbidden, forbidden, forbidden, notFound, fine},
	"sessions":   {`{sessions{id device address current}}`, none, "", noOne, fine, fine, fine, fine, fine},
	"ownHistory": {`{ownHistory{id kind summary address}}`, none, "", noOne, fine, fine, forbidden, forbidden, forbidden},
	"changePassword": {`mutation{changePassword(input:{currentPassword:"not the password",newPassword:"indigo walrus teapot"}){viewer{actor{__typename}} errors{code}}}`, none, "",
		noOne, "BAD_CREDENTIALS", "BAD_CREDENTIALS", forbidden, forbidden, forbidden},
	"endSession": {`mutation{endSession(input:{sessionId:"ses_01900000000070008000000000000000"}){sessions{id} errors{code}}}`, none, "",
		noOne, notFound, notFound, notFound, notFound, notFound},
	"signOutEverywhere": {`mutation{signOutEverywhere{ended errors{code}}}`, none, "", noOne, fine, fine, fine, fine, fine},
	"setSmsGuards":      ofOwn(settingsManage, `mutation{setSmsGuards(input:{dialCodes:["1"],dayCap:500}){smsAccount{guards{dialCodes}} errors{code}}}`, none),
	"resumeSms":         ofOwn(settingsManage, `mutation{resumeSms{smsAccount{guards{pausedAt}} errors{code}}}`, none),
	"requestPasswordReset": forStaff(send, `mutation($i:RequestPasswordResetInput!){requestPasswordReset(input:$i){request{id channel} errors{code}}}`, func(m *matrix) vars {
		m.w.clock.add(6 * time.Minute)
		return vars{"i": vars{"guardianId": m.w.guardian, "channel": "EMAIL", "idempotencyKey": key()}}
	}),
	"apiTokens": {`{apiTokens{edges{node{name hint staff{name}}}}}`, none, "", noOne, forbidden, forbidden, fine, fine, fine},
	// nobody passes on what they may not do themselves, and nobody learns of another's token
	"createApiToken": {`mutation{createApiToken(input:{name:"n",permissions:[FAMILIES_READ],days:1}){apiToken{id} errors{code}}}`, none, "",
		noOne, forbidden, forbidden, "INVALID", fine, fine},
	"revokeApiToken": {`mutation($id:ID!){revokeApiToken(input:{apiTokenId:$id}){apiToken{id} errors{code}}}`, func(m *matrix) vars { return vars{"id": m.token} }, "", noOne, forbidden, forbidden, notFound, notFound, fine},
	"addSmsCredits": ofOwn(settingsManage, `mutation($k:String!){addSmsCredits(input:{credits:1,note:"n",idempotencyKey:$k}){entry{id} errors{code}}}`,
		func(*matrix) vars { return vars{"k": key()} }),
	"setSmsEnabled": ofOwn(settingsManage, `mutation{setSmsEnabled(input:{enabled:true}){smsAccount{enabled} errors{code}}}`, none),

	"setSmsReserve": ofOwn(settingsManage, `mutation{setSmsReserve(input:{reserve:0}){smsAccount{reserve} errors{code}}}`, none),
	"adjustSmsCredits": ofOwn(settingsManage, `mutation($k:String!){adjustSmsCredits(input:{credits:1,note:"n",idempotencyKey:$k}){entry{id} errors{code}}}`,
		func(*matrix) vars { return vars{"k": key()} }),
	"clearContactMark": forStaff(write, `mutation($g:ID!){clearContactMark(input:{guardianId:$g,channel:EMAIL}){guardian{id} errors{code}}}`,
		func(m *matrix) vars { return vars{"g": m.secondGuardian} }),
	"policies":      {`{policies{title current{number bodyHtml} versions{number}}}`, none, "", noOne, fine, fine, fine, fine, fine},
	"policyPreview": ofOwn(policiesManage, `{policyPreview(bodyMarkdown:"# Risks")}`, none),
	"publishPolicyVersion": ofOwn(policiesManage, publish, func(*matrix) vars {
		return vars{"i": vars{"title": "Photo release", "scope": "STUDENT", "bodyMarkdown": "Text", "required": false, "idempotencyKey": key()}}
	}),
	"retirePolicy": forStaff(policiesManage, `mutation($i:RetirePolicyInput!){retirePolicy(input:$i){policy{id retired} errors{code}}}`, func(m *matrix) vars {
		return vars{"i": vars{"policyId": m.owner.publish("Old rules", "FAMILY").str("policy.id"), "version": 1}}
	}),
	"acceptPolicies": {acceptPolicies, func(m *matrix) vars {
		return vars{"i": vars{"items": []vars{{"policyVersionId": m.owner.publish("Waiver", "FAMILY").str("policyVersion.id")}}}}
	}, "", noOne, fine, fine, forbidden, forbidden, forbidden},
	"recordManualAcceptance": forStaff(policiesManage, `mutation($i:RecordManualAcceptanceInput!){recordManualAcceptance(input:$i){acceptance{id method} errors{code}}}`, func(m *matrix) vars {
		return vars{"i": vars{"guardianId": m.w.guardian, "policyVersionId": m.owner.publish("Waiver", "FAMILY").str("policyVersion.id"), "formOnFile": true, "signedOn": "2026-01-31"}}
	}),
	"staffMembers": ofOwn(settingsManage, `{staffMembers{totalCount edges{node{name email permissions owner secondFactor invitation{delivery}}}}}`, none),
	"inviteStaff": ofOwn(settingsManage, `mutation($i:InviteStaffInput!){inviteStaff(input:$i){staff{id} errors{code}}}`, func(*matrix) vars {
		return vars{"i": vars{"email": key() + "@sunrise.example", "name": "New Member", "permissions": []string{}}}
	}),
	"reinviteStaff": forStaff(settingsManage, `mutation($i:ReinviteStaffInput!){reinviteStaff(input:$i){staff{id} errors{code}}}`,
		func(m *matrix) vars { return vars{"i": vars{"staffId": m.waiting()}} }),
	"updateStaff": forStaff(settingsManage, `mutation($i:UpdateStaffInput!){updateStaff(input:$i){staff{id} errors{code}}}`,
		versioned("staffId", (*matrix).waiting, vars{"permissions": []string{}})),
	"updateBusiness": ofOwn(settingsManage, `mutation{updateBusiness(input:{version:1,smsLinkMinutes:30}){business{slug} errors{code}}}`, none),
	"resetSecondFactor": {`mutation($i:ResetSecondFactorInput!){resetSecondFactor(input:$i){staff{id} errors{code}}}`,
		func(m *matrix) vars { return vars{"i": vars{"staffId": m.waiting()}} }, "", noOne, forbidden, forbidden, "NOT_YOURS_TO_GRANT", notFound, fine},
	"confirmIdentity": ofOneself(`mutation($p:String!){confirmIdentity(input:{password:$p}){confirmed errors{code}}}`,
		func(*matrix) vars { return vars{"p": staffPassword} }, fine),
	"completeSecondFactor":     ofOneself(`mutation{completeSecondFactor(input:{totp:"000000"}){viewer{actor{__typename}} errors{code}}}`, none, "INVALID"),
	"startPasskeyAssertion":    ofOneself(`mutation{startPasskeyAssertion{options errors{code}}}`, none, "INVALID"),
	"startTotp":                ofOneself(`mutation{startTotp{setup{key} errors{code}}}`, none, fine),
	"confirmTotp":              ofOneself(`mutation{confirmTotp(input:{code:"000000"}){security{totp} errors{code}}}`, none, "INVALID"),
	"removeTotp":               ofOneself(`mutation{removeTotp{security{totp} errors{code}}}`, none, notFound),
	"startPasskeyRegistration": ofOneself(`mutation{startPasskeyRegistration{options errors{code}}}`, none, fine),
	"addPasskey":               ofOneself(`mutation{addPasskey(input:{name:"Key",credential:"{}"}){security{totp} errors{code}}}`, none, "INVALID"),
	"renamePasskey":            ofOneself(`mutation{renamePasskey(input:{passkeyId:"pky_1",name:"Key"}){passkey{id} errors{code}}}`, none, notFound),
	"removePasskey":            ofOneself(`mutation{removePasskey(input:{passkeyId:"pky_1"}){security{totp} errors{code}}}`, none, notFound),
	"renewRecoveryCodes":       ofOneself(`mutation{renewRecoveryCodes{recoveryCodes errors{code}}}`, none, "INVALID"),

	"createFamily":  ofOwn(write, `mutation{createFamily(input:{name:"New"}){family{id} errors{code}}}`, none),
	"updateFamily":  forStaff(write, `mutation($i:UpdateFamilyInput!){updateFamily(input:$i){family{id} errors{code}}}`, versioned("familyId", (*matrix).spare, vars{"name": "Spare"})),
	"archiveFamily": forStaff(write, `mutation($i:ArchiveFamilyInput!){archiveFamily(input:$i){family{id} errors{code}}}`, versioned("familyId", (*matrix).spare, nil)),
	"restoreFamily": forStaff(write, `mutation($i:RestoreFamilyInput!){restoreFamily(input:$i){family{id} errors{code}}}`, versioned("familyId", (*matrix).spare, nil)),
	"addGuardian": forStaff(write, `mutation($f:ID!){addGuardian(input:{familyId:$f,name:"Neu"}){guardian{id} errors{code}}}`,
		func(m *matrix) vars { return vars{"f": m.w.family} }),
	"updateGuardian":         forStaff(write, `mutation($i:UpdateGuardianInput!){updateGuardian(input:$i){guardian{id} errors{code}}}`, versioned("guardianId", (*matrix).second, vars{"relation": "Uncle"})),
	"setGuardianLoginAccess": forStaff(write, `mutation($i:SetGuardianLoginAccessInput!){setGuardianLoginAccess(input:$i){guardian{id} errors{code}}}`, versioned("guardianId", (*matrix).second, vars{"canLogIn": false})),
	"archiveGuardian":        forStaff(write, `mutation($i:ArchiveGuardianInput!){archiveGuardian(input:$i){guardian{id} errors{code}}}`, versioned("guardianId", (*matrix).second, nil)),
	"restoreGuardian":        forStaff(write, `mutation($i:RestoreGuardianInput!){restoreGuardian(input:$i){guardian{id} errors{code}}}`, versioned("guardianId", (*matrix).second, nil)),
	"addStudent": forStaff(write, `mutation($f:ID!){addStudent(input:{familyId:$f,name:"Neu"}){student{id} errors{code}}}`,
		func(m *matrix) vars { return vars{"f": m.w.family} }),
	"updateStudent":  forStaff(write, `mutation($i:UpdateStudentInput!){updateStudent(input:$i){student{id} errors{code}}}`, versioned("studentId", (*matrix).student, vars{"name": "Ana"})),
	"archiveStudent": forStaff(write, `mutation($i:ArchiveStudentInput!){archiveStudent(input:$i){student{id} errors{code}}}`, versioned("studentId", (*matrix).student, nil)),
	"restoreStudent": forStaff(write, `mutation($i:RestoreStudentInput!){restoreStudent(input:$i){student{id} errors{code}}}`, versioned("studentId", (*matrix).student, nil)),
}

// matrix is a world with one browser for everybody, and with things to try mutations on.
type matrix struct {
	w                                        *world
	owner                                    *browser
	spareFamily, secondGuardian, someStudent string
	someReset                                string
	token                                    string
	invited                                  string // a staff member without a password
	newest                                   string // address of the staff member made last
}

func (m *matrix) spare() string   { return m.spareFamily }
func (m *matrix) second() string  { return m.secondGuardian }
func (m *matrix) student() string { return m.someStudent }

// waiting is a staff member who has not chosen a password.
func (m *matrix) waiting() string {
	if m.invited == "" {
		m.invited = m.invite()
	}
	return m.invited
}

// versioned names an object as it is now, so that nobody is refused for having seen an older one.
func versioned(name string, id func(*matrix) string, more vars) func(*matrix) vars {
	return func(m *matrix) vars {
		now := m.owner.do(`query($id:ID!){node(id:$id){... on Family{version} ... on Guardian{version} ... on Student{version} ... on Staff{version}}}`, vars{"id": id(m)})
		in := vars{name: id(m), "version": now.at("node.version")}
		for k, v := range more {
			in[k] = v
		}
		return vars{"i": in}
	}
}

// outcome says what came of asking for one root field.
func outcome(raw, field string) string {
	var r struct {
		Data   map[string]json.RawMessage
		Errors []struct{ Extensions struct{ Code string } }
	}
	if json.Unmarshal([]byte(raw), &r) != nil {
		return "no JSON"
	}
	if len(r.Errors) > 0 {
		return r.Errors[0].Extensions.Code
	}
	if string(r.Data[field]) == "null" {
		return null
	}
	var payload struct{ Errors []struct{ Code string } }
	if json.Unmarshal(r.Data[field], &payload) == nil && len(payload.Errors) > 0 {
		return payload.Errors[0].Code
	}
	return fine
}

// rootFields are all fields of Query, Mutation and Subscription as the running server declares them.
func (w *world) rootFields() []string {
	got := w.staff().do(`{__schema{queryType{fields{name}} mutationType{fields{name}} subscriptionType{fields{name}}}}`, nil)
	var out []string
	for _, kind := range []string{"queryType", "mutationType", "subscriptionType"} {
		fields, _ := got.at("__schema." + kind + ".fields").([]any)
		for _, f := range fields {
			out = append(out, f.(map[string]any)["name"].(string))
		}
	}
	return out
}

func TestEveryRootFieldIsForThoseItIsFor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		fields := w.rootFields()
		for _, name := range fields {
			if _, ok := rights[name]; !ok {
				t.Errorf("%s has no row: who may use it?", name)
			}
		}
		m := &matrix{w: w, owner: w.staff()}
		m.spareFamily = m.owner.addFamily("Spare")
		m.secondGuardian = m.owner.addGuardian(w.family, "Luis Lopez", "")
		m.someStudent = m.owner.do(`mutation($f:ID!){addStudent(input:{familyId:$f,name:"Ana"}){student{id}}}`, vars{"f": w.family}).str("addStudent.student.id")
		m.someReset = m.owner.send("EMAIL").str("requestPasswordReset.request.id")
		m.token = m.owner.do(`mutation{createApiToken(input:{name:"n",permissions:[AUDIT_READ],days:1}){apiToken{id}}}`, nil).str("createApiToken.apiToken.id")
		other := m.owner.addFamily("Novak")
		m.owner.addGuardian(other, "Petr Novak", "petr@example.com")
		maria, petr, stranger := w.knows("maria@example.com"), w.knows("petr@example.com"), w.stranger()
		clerk := w.member("sunrise", "nothing@sunrise.example")
		only, without := map[viewer.Permission]*browser{}, map[viewer.Permission]*browser{}
		for i, p := range []viewer.Permission{read, write, send, log, settingsManage, policiesManage} {
			others := slices.DeleteFunc(viewer.Permissions(), func(q viewer.Permission) bool {
				return q == p || p == read && q == write // who changes families sees them
			})
			only[p] = w.member("sunrise", "only"+string(rune('a'+i))+"@sunrise.example", p)
			without[p] = w.member("sunrise", "without"+string(rune('a'+i))+"@sunrise.example", others...)
		}
		half := w.halfSignedIn("half@sunrise.example")
		last := map[string]int{"requestPasswordReset": 1, "signOutEverywhere": 2, "signOut": 3} // one lets time pass, the other ends the others' chances
		slices.SortFunc(fields, func(a, b string) int { return cmp.Or(last[a]-last[b], strings.Compare(a, b)) })
		for _, name := range fields {
			row, ok := rights[name]
			if !ok || !strings.Contains(row.query, name) {
				continue
			}
			if name == "signOut" { // all of them were signed out everywhere just before
				maria, petr, stranger = w.knows("maria@example.com"), w.knows("petr@example.com"), w.staffMember("kim@moonlight.example")
				clerk, m.owner = w.staffMember("nothing@sunrise.example"), w.staff()
			}
			type asked struct {
				who     string
				browser *browser
				want    string
				// entitled viewers may see names of the Lopez family
				entitled bool
			}
			all := []asked{
				{"nobody", w.browser("office"), row.nobody, false},
				{"a guardian of the family", maria, row.guardian, true},
				{"a guardian of another family", petr, row.otherGuardian, false},
				{"staff without a permission", clerk, row.without, false},
				{"an owner of another business", stranger, row.stranger, false},
				{"the owner", m.owner, row.owner, true},
				{"staff whose second factor is to come", half, cmp.Or(halfSignedIn[name], row.nobody), false},
			}
			if row.needs != "" {
				all = append(all, asked{"staff with only " + string(row.needs), only[row.needs], fine, true},
					asked{"staff with all but " + string(row.needs), without[row.needs], row.without, false})
			}
			for _, a := range all {
				v := row.vars(m)
				var got answer
				if strings.HasPrefix(row.query, "subscription") {
					got = a.browser.first(row.query, v, name)
				} else {
					_, got = a.browser.try(row.query, v)
				}
				if result := outcome(got.raw, name); result != a.want {
					t.Errorf("%s: %s: %s, want %s: %.300s", name, a.who, result, a.want, got)
				}
				if lower := strings.ToLower(got.raw); !a.entitled && (strings.Contains(lower, "lopez") || strings.Contains(lower, "maria@")) {
					t.Errorf("%s: %s sees the Lopez family: %.300s", name, a.who, got)
				}
			}
		}
	})
}
