package e2e_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"officeportal/internal/viewer"
)

const makeToken = `mutation($i:CreateApiTokenInput!){createApiToken(input:$i){apiToken{id hint state expiresAt} secret errors{code message path}}}`

// program makes a token in front of the browser and returns a program that has nothing else.
func (b *browser) program(granted ...viewer.Permission) *program {
	b.w.t.Helper()
	return b.programFor(30, granted...)
}

func (b *browser) programFor(days int, granted ...viewer.Permission) *program {
	b.w.t.Helper()
	made := b.do(makeToken, vars{"i": vars{"name": "Nightly sync", "permissions": granted, "days": days}})
	secret := made.str("createApiToken.secret")
	if secret == "" {
		b.w.t.Fatalf("no token: %s", made)
	}
	return &program{&browser{w: b.w, http: &http.Client{Timeout: 30 * time.Second}}, secret, made.str("createApiToken.apiToken.id")}
}

type program struct {
	*browser
	secret, id string
}

func (p *program) call(query string, v vars) (*http.Response, string) {
	p.w.t.Helper()
	return p.ask(p.body(query, v), map[string]string{"Authorization": "Bearer " + p.secret, "Accept": "application/graphql-response+json"})
}

// Every root field, asked by a program whose token has every permission, and one whose token has none that helps.
// What takes a person is refused to both; a test of the schema says what that is.
func TestEveryRootFieldIsForThoseProgramsItIsFor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := &matrix{w: w, owner: w.staff()}
		m.spareFamily = m.owner.addFamily("Spare")
		m.secondGuardian = m.owner.addGuardian(w.family, "Luis Lopez", "")
		m.someStudent = m.owner.do(`mutation($f:ID!){addStudent(input:{familyId:$f,name:"Ana"}){student{id}}}`, vars{"f": w.family}).str("addStudent.student.id")
		fresh := w.staff() // proved to be there just now
		all := fresh.program(viewer.Permissions()...)
		little := fresh.program(viewer.APIExplore)
		m.token = little.id
		m.someReset = m.owner.send("EMAIL").str("requestPasswordReset.request.id")
		for _, name := range slices.Sorted(maps.Keys(rights)) {
			row := rights[name]
			if !strings.Contains(row.query, name) || strings.HasPrefix(row.query, "subscription") {
				continue
			}
			_, got := all.call(row.query, row.vars(m))
			if result := outcome(got, name); result != row.owner && !sessionOnly(got) {
				t.Errorf("%s: with every permission: %s, want %s: %.300s", name, result, row.owner, got)
			}
			_, got = little.call(row.query, row.vars(m))
			if result := outcome(got, name); result != row.without && !sessionOnly(got) {
				t.Errorf("%s: with a permission that does not help: %s, want %s: %.300s", name, result, row.without, got)
			}
			if lower := strings.ToLower(got); strings.Contains(lower, "lopez") || strings.Contains(lower, "maria@") {
				t.Errorf("%s: a program without the right sees the Lopez family: %.300s", name, got)
			}
		}
	})
}

// sessionOnly reports whether a program was refused because the field takes a person.
func sessionOnly(raw string) bool {
	return strings.Contains(raw, "API tokens are refused") && strings.Contains(raw, `"FORBIDDEN"`)
}

func TestAProgramSendsALinkAndTheLogSaysSo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		p := owner.program(viewer.FamiliesRead, viewer.PasswordResetSend)
		if _, got := p.call(`{viewer{permissions apiToken{id name state} actor{... on Staff{name}}}}`, nil); !strings.Contains(got, `"Nightly sync"`) || !strings.Contains(got, p.id) || !strings.Contains(got, "Dana Price") {
			t.Errorf("who: %s", got)
		}
		res, got := p.call(sendReset, vars{"i": vars{"guardianId": w.guardian, "channel": "EMAIL", "idempotencyKey": key()}})
		if res.StatusCode != http.StatusOK || !strings.Contains(got, `"destination":"Maria@example.com"`) || len(res.Cookies()) > 0 {
			t.Errorf("sending: %d %s", res.StatusCode, got)
		}
		if _, got := p.call(sendReset, vars{"i": vars{"guardianId": w.guardian, "channel": "SMS", "idempotencyKey": key()}}); !strings.Contains(got, "NO_PERMISSION") {
			t.Errorf("a text, which needs SMS_SPEND: %s", got)
		}
		log := owner.do(`{auditEntries(filter:{actions:[PASSWORD_RESET_REQUESTED]}){edges{node{summary actor{... on Staff{name}}}}}}`, nil)
		if !strings.Contains(log.raw, "Dana Price via token “Nightly sync” sent Maria Lopez a password reset via email.") {
			t.Errorf("the log: %s", log)
		}
		listed := owner.do(`{apiTokens{totalCount edges{node{id hint name state lastUsedAt lastUsedAddress permissions staff{name}}}}}`, nil)
		if strings.Contains(listed.raw, p.secret) || listed.str("apiTokens.edges.0.node.lastUsedAddress") != "127.0.0.1" || listed.str("apiTokens.edges.0.node.state") != "ACTIVE" {
			t.Errorf("listed: %s", listed)
		}
		if strings.Contains(w.log.String(), p.secret) || strings.Contains(w.dump(), p.secret) {
			t.Error("the secret is in the log or in the database")
		}
		owner.do(`mutation($id:ID!){revokeApiToken(input:{apiTokenId:$id}){apiToken{state} errors{code}}}`, vars{"id": p.id})
		if res, got := p.call(`{viewer{permissions}}`, nil); res.StatusCode != http.StatusUnauthorized || !strings.Contains(got, "UNAUTHENTICATED") {
			t.Errorf("after its end: %d %s", res.StatusCode, got)
		}
	})
}
