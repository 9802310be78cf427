package e2e_test

import (
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

func none(*matrix) vars { return nil }

const (
	read, write, send, log, settingsManage = viewer.FamiliesRead, viewer.FamiliesWrite, viewer.PasswordResetSend, viewer.AuditRead, viewer.SettingsManage
)

// rights has every root field. Whoever adds one adds its row.
var rights = map[string]right{
	"viewer":         {`{viewer{actor{__typename} permissions business{slug}}}`, none, "", fine, fine, fine, fine, fine, fine},
	"portalBusiness": {`{portalBusiness(slug:"sunrise"){name}}`, none, "", fine, fine, fine, fine, fine, fine},
	"node": {`query($id:ID!){node(id:$id){id ... on Family{name guardians{name email}}}}`, func(m *matrix) vars { return vars{"id": m.w.family} },
		read, noOne, fine, null, null, null, fine},
	"families":     ofOwn(read, `{families{totalCount edges{node{name guardians{name email phone}}}}}`, none),
	"auditEntries": ofOwn(log, `{auditEntries{edges{node{summary actor{__typename} details{key after}}}}}`, none),
	"smsAccount":   {`{smsAccount{balance}}`, none, "", noOne, forbidden, forbidden, fine, fine, fine},
	"passwordResetLink": {`{passwordResetLink(token:"aaaaaaaaaaaaaaaaaaaaaaaaaa"){state username business{name}}}`, none, "",
		fine, fine, fine, fine, fine, fine},

	"signIn": {signIn, func(*matrix) vars {
		return vars{"i": vars{"business": "sunrise", "email": "nobody@example.com", "password": "not the password"}}
	}, "", "BAD_CREDENTIALS", "BAD_CREDENTIALS", "BAD_CREDENTIALS", "BAD_CREDENTIALS", "BAD_CREDENTIALS", "BAD_CREDENTIALS"},
	"signOut": {`mutation{signOut{signedOut errors{code}}}`, none, "", noOne, fine, fine, fine, fine, fine},
	"forgotPassword": {`mutation{forgotPassword(input:{business:"sunrise",email:"nobody@example.com"}){accepted errors{code}}}`, none, "",
		fine, fine, fine, fine, fine, fine},
	"resetPassword": {`mutation{resetPassword(input:{token:"aaaaaaaaaaaaaaaaaaaaaaaaaa",newPassword:"indigo walrus teapot"}){signInHint errors{code}}}`, none, "",
		"LINK_UNUSABLE", "LINK_UNUSABLE", "LINK_UNUSABLE", "LINK_UNUSABLE", "LINK_UNUSABLE", "LINK_UNUSABLE"},
	"requestPasswordReset": forStaff(send, `mutation($i:RequestPasswordResetInput!){requestPasswordReset(input:$i){request{id channel} errors{code}}}`, func(m *matrix) vars {
		m.w.clock.add(6 * time.Minute)
		return vars{"i": vars{"guardianId": m.w.guardian, "channel": "EMAIL", "idempotencyKey": key()}}
	}),
	"addSmsCredits": ofOwn(settingsManage, `mutation($k:String!){addSmsCredits(input:{credits:1,note:"n",idempotencyKey:$k}){entry{id} errors{code}}}`,
		func(*matrix) vars { return vars{"k": key()} }),
	"setSmsEnabled": ofOwn(settingsManage, `mutation{setSmsEnabled(input:{enabled:true}){smsAccount{enabled} errors{code}}}`, none),

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
}

func (m *matrix) spare() string   { return m.spareFamily }
func (m *matrix) second() string  { return m.secondGuardian }
func (m *matrix) student() string { return m.someStudent }

// versioned names an object as it is now, so that nobody is refused for having seen an older one.
func versioned(name string, id func(*matrix) string, more vars) func(*matrix) vars {
	return func(m *matrix) vars {
		now := m.owner.do(`query($id:ID!){node(id:$id){... on Family{version} ... on Guardian{version} ... on Student{version}}}`, vars{"id": id(m)})
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

// rootFields are all fields of Query and Mutation as the running server declares them.
func (w *world) rootFields() []string {
	got := w.staff().do(`{__schema{queryType{fields{name}} mutationType{fields{name}} subscriptionType{name}}}`, nil)
	var out []string
	for _, kind := range []string{"queryType", "mutationType"} {
		fields, _ := got.at("__schema." + kind + ".fields").([]any)
		for _, f := range fields {
			out = append(out, f.(map[string]any)["name"].(string))
		}
	}
	if got.at("__schema.subscriptionType") != nil {
		w.t.Error("there are subscriptions, which the matrix does not know")
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
		other := m.owner.addFamily("Novak")
		m.owner.addGuardian(other, "Petr Novak", "petr@example.com")
		maria, petr, stranger := w.knows("maria@example.com"), w.knows("petr@example.com"), w.stranger()
		clerk := w.member("sunrise", "nothing@sunrise.example")
		only, without := map[viewer.Permission]*browser{}, map[viewer.Permission]*browser{}
		for i, p := range []viewer.Permission{read, write, send, log, settingsManage} {
			others := slices.DeleteFunc(viewer.Permissions(), func(q viewer.Permission) bool {
				return q == p || p == read && q == write // who changes families sees them
			})
			only[p] = w.member("sunrise", "only"+string(rune('a'+i))+"@sunrise.example", p)
			without[p] = w.member("sunrise", "without"+string(rune('a'+i))+"@sunrise.example", others...)
		}
		slices.SortFunc(fields, func(a, b string) int { // signing out ends the others' chances
			if (a == "signOut") != (b == "signOut") {
				if a == "signOut" {
					return 1
				}
				return -1
			}
			return strings.Compare(a, b)
		})
		for _, name := range fields {
			row, ok := rights[name]
			if !ok || !strings.Contains(row.query, name) {
				continue
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
			}
			if row.needs != "" {
				all = append(all, asked{"staff with only " + string(row.needs), only[row.needs], fine, true},
					asked{"staff with all but " + string(row.needs), without[row.needs], row.without, false})
			}
			for _, a := range all {
				v := row.vars(m)
				_, got := a.browser.try(row.query, v)
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
