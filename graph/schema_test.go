package graph_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"officeportal/graph"
	"officeportal/graph/generated"
	"officeportal/graph/model"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/text"
	"officeportal/internal/viewer"
)

var update = flag.Bool("update", false, "write schema.graphql anew")

func schema() *ast.Schema { return generated.NewExecutableSchema(generated.Config{}).Schema() }

// rootFields are the fields of Query, Mutation and Subscription, without the built-in ones.
func rootFields() map[string]*ast.FieldDefinition {
	out := map[string]*ast.FieldDefinition{}
	s := schema()
	for _, d := range []*ast.Definition{s.Query, s.Mutation, s.Subscription} {
		for _, f := range d.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				out[d.Name+"."+f.Name] = f
			}
		}
	}
	return out
}

func TestTheCommittedSchemaIsTheOneThatIsServed(t *testing.T) {
	if *update {
		if err := os.WriteFile("schema.graphql", []byte(graph.SDL()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != graph.SDL() {
		t.Error("schema.graphql is not what is served; run: go test ./graph -run Schema -update")
	}
	if _, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: graph.SDL()}); err != nil {
		t.Errorf("what is served is no schema: %v", err)
	}
}

func TestEveryRootFieldSaysWhoMayCallIt(t *testing.T) {
	for name, f := range rootFields() {
		if auth, public := f.Directives.ForName("auth"), f.Directives.ForName("public"); (auth == nil) == (public == nil) {
			t.Errorf("%s needs exactly one of @auth and @public", name)
		}
	}
}

func TestEveryElementIsDescribed(t *testing.T) {
	for _, d := range schema().Types {
		if d.BuiltIn {
			continue
		}
		if d.Description == "" {
			t.Errorf("%s has no description", d.Name)
		}
		for _, f := range d.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			if f.Description == "" {
				t.Errorf("%s.%s has no description", d.Name, f.Name)
			}
			for _, a := range f.Arguments {
				if a.Description == "" {
					t.Errorf("%s.%s(%s) has no description", d.Name, f.Name, a.Name)
				}
			}
		}
		for _, v := range d.EnumValues {
			if v.Description == "" {
				t.Errorf("%s.%s has no description", d.Name, v.Name)
			}
		}
	}
}

func TestEveryMutationTakesOneInputAndAnswersWithErrorsAsData(t *testing.T) {
	s := schema()
	for _, f := range s.Mutation.Fields {
		upper := strings.ToUpper(f.Name[:1]) + f.Name[1:]
		if f.Type.String() != upper+"Payload!" {
			t.Errorf("%s returns %s", f.Name, f.Type)
		}
		if len(f.Arguments) > 0 && (len(f.Arguments) > 1 || f.Arguments[0].Name != "input" || f.Arguments[0].Type.String() != upper+"Input!") {
			t.Errorf("%s does not take one input of its own", f.Name)
		}
		payload := s.Types[upper+"Payload"]
		for _, p := range payload.Fields {
			switch {
			case p.Name == "errors":
				if p.Type.String() != "[UserError!]!" {
					t.Errorf("%s.errors is %s", payload.Name, p.Type)
				}
			case p.Type.NonNull:
				t.Errorf("%s.%s can't be null", payload.Name, p.Name)
			}
		}
		if payload.Fields.ForName("errors") == nil {
			t.Errorf("%s has no errors", payload.Name)
		}
	}
}

func TestNobodyButTheGuardianCanSetAPassword(t *testing.T) {
	secret := regexp.MustCompile(`(?i)password|secret|hash|token`)
	allowedIn := []string{"ChangePasswordInput.currentPassword", "ChangePasswordInput.newPassword", "AcceptInvitationInput.token", "AcceptInvitationInput.newPassword",
		"CreateApiTokenInput.name", "RevokeApiTokenInput.apiTokenId", "SignInInput.password", "ConfirmIdentityInput.password", "ResetPasswordInput.token", "ResetPasswordInput.newPassword"}
	allowedOut := []string{"Query.apiTokens", "Mutation.createApiToken", "Mutation.revokeApiToken", "Viewer.apiToken",
		"CreateApiTokenPayload.apiToken", "RevokeApiTokenPayload.apiToken",
		"CreateApiTokenPayload.secret", // of the staff member's own program, once
		"Guardian.passwordResetOptions", "Guardian.lastPasswordReset", "Business.passwordMinLength", "UpdateBusinessInput.passwordMinLength", "PasswordResetLink.passwordMinLength",
		"PolicyVersion.textHash", "CredentialProvenance.passwordSetAt", // of a text that everybody may read, and a time
		"Query.passwordResetLink", "Subscription.passwordResetUpdated", "Mutation.requestPasswordReset", "Mutation.forgotPassword", "Mutation.resetPassword", "Mutation.changePassword",
		"AuditCheckpoint.rootHash", "AuditSeal.leafHash"} // of the Audit Log's tree, meant to be shown
	s := schema()
	for _, d := range s.Types {
		for _, f := range d.Fields {
			name := d.Name + "." + f.Name
			if secret.MatchString(f.Name) && !slices.Contains(allowedIn, name) && !slices.Contains(allowedOut, name) {
				t.Errorf("%s looks like a secret", name)
			}
		}
	}
	for _, name := range []string{"Mutation.resetPassword", "Mutation.signIn"} {
		f := rootFields()[name]
		if f.Directives.ForName("public") == nil {
			t.Errorf("%s is not public: somebody signed in could set or try a password of somebody else", name)
		}
	}
}

func TestEveryTextThatAnybodySendsHasABound(t *testing.T) {
	for _, d := range schema().Types {
		for _, f := range d.Fields {
			if d.Kind == ast.InputObject && f.Type.Name() == "String" && f.Directives.ForName("limit") == nil {
				t.Errorf("%s.%s has no @limit", d.Name, f.Name)
			}
		}
	}
}

func TestConnectionsHaveTheShapeOfRelay(t *testing.T) {
	for _, d := range schema().Types {
		for _, f := range d.Fields {
			if !strings.HasSuffix(f.Type.Name(), "Connection") {
				continue
			}
			for name, kind := range map[string]string{"first": "Int", "last": "Int", "after": "String", "before": "String"} {
				if a := f.Arguments.ForName(name); a == nil || a.Type.String() != kind {
					t.Errorf("%s.%s has no %s: %s", d.Name, f.Name, name, kind)
				}
			}
		}
	}
}

// document asks for one root field with arguments that are as empty as can be.
func document(name string, f *ast.FieldDefinition) string {
	s := schema()
	var literal func(t *ast.Type) string
	literal = func(t *ast.Type) string {
		d := s.Types[t.Name()]
		switch {
		case d.Kind == ast.Enum:
			return d.EnumValues[0].Name
		case d.Kind == ast.InputObject:
			var parts []string
			for _, f := range d.Fields {
				if f.Type.NonNull && f.DefaultValue == nil {
					parts = append(parts, f.Name+": "+literal(f.Type))
				}
			}
			return "{" + strings.Join(parts, ", ") + "}"
		case d.Name == "Date":
			return `"2026-03-01"`
		case d.Name == "Int":
			return "1"
		case d.Name == "Boolean":
			return "true"
		default:
			return `"0123456789abcdef"`
		}
	}
	var args []string
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			args = append(args, a.Name+": "+literal(a.Type))
		}
	}
	call := f.Name
	if len(args) > 0 {
		call += "(" + strings.Join(args, ", ") + ")"
	}
	operation := "query"
	if strings.HasPrefix(name, "Mutation.") {
		operation = "mutation"
	}
	if strings.HasPrefix(name, "Subscription.") {
		operation = "subscription"
	}
	if s.Types[f.Type.Name()].IsLeafType() {
		return fmt.Sprintf("%s { %s }", operation, call)
	}
	return fmt.Sprintf("%s { %s { __typename } }", operation, call)
}

func TestEveryRootFieldIsAnsweredToThoseWhoMayCallItOnly(t *testing.T) {
	w := onSQLite(t)
	w.config.Links = redeems{w.resets} // no password to hash
	w.config.Identity = signInAs{w.config.Identity, w.viewers["guardian"]}
	w.serve()
	for name, f := range rootFields() {
		t.Run(name, func(t *testing.T) {
			for _, who := range []string{"staff", "reader"} { // another field may have ended them
				w.viewers[who] = w.signedIn(w.viewers[who])
			}
			want := map[string]string{"": "", "guardian": "", "reader": "", "staff": ""}
			if auth := f.Directives.ForName("auth"); auth != nil {
				want[""] = "UNAUTHENTICATED"
				switch auth.Arguments.ForName("as").Value.Raw {
				case string(model.ViewerKindStaff), string(model.ViewerKindSigningIn):
					want["guardian"] = "FORBIDDEN"
				case string(model.ViewerKindGuardian):
					want["reader"], want["staff"] = "FORBIDDEN", "FORBIDDEN"
				}
				if auth.Arguments.ForName("needs") != nil {
					want["reader"] = "FORBIDDEN"
				}
			}
			for who, code := range want {
				if strings.HasPrefix(name, "Subscription.") { // there is nothing to see, so that it ends at once
					body, err := json.Marshal(map[string]string{"query": document(name, f)})
					w.must(err)
					if got := w.stream(who, string(body)).event(); (code == "") != (got == "complete") || !strings.Contains(got, code) {
						t.Errorf("%q: %s", who, got)
					}
					continue
				}
				r := w.ask(who, document(name, f), nil)
				// what takes a session does not find one for the viewers here, and may say so
				auth := f.Directives.ForName("auth")
				sessionless := code == "" && auth != nil && auth.Arguments.ForName("session") != nil && r.code() == "UNAUTHENTICATED"
				if r.code() != code && !sessionless {
					t.Errorf("%q: %s", who, r.Body)
				}
				if needs := f.Directives.ForName("auth"); needs == nil || needs.Arguments.ForName("needs") == nil {
					continue
				}
				if who == "reader" && code == "FORBIDDEN" && r.Errors[0].Extensions["permission"] != f.Directives.ForName("auth").Arguments.ForName("needs").Value.Raw {
					t.Errorf("the permission is not named: %s", r.Body)
				}
			}
		})
	}
}

func TestNamesOfTheSchemaAreThoseOfTheDomains(t *testing.T) {
	values := func(name string) []string {
		var out []string
		for _, v := range schema().Types[name].EnumValues {
			out = append(out, v.Name)
		}
		slices.Sort(out)
		return out
	}
	actions := []string{}
	for _, a := range audit.Actions() {
		actions = append(actions, string(a))
	}
	slices.Sort(actions)
	if !slices.Equal(actions, values("AuditAction")) {
		t.Errorf("actions %v", actions)
	}
	permissions := []string{}
	for _, p := range viewer.Permissions() {
		permissions = append(permissions, string(p))
	}
	slices.Sort(permissions)
	if !slices.Equal(permissions, values("Permission")) {
		t.Errorf("permissions %v", permissions)
	}
	for _, code := range []fault.Code{fault.Required, fault.Invalid, fault.TooShort, fault.TooCommon, fault.NotFound, fault.StaleVersion, fault.BadCredentials, fault.ReauthenticationRequired,
		fault.ChannelUnavailable, fault.Cooldown, fault.LimitReached, fault.NoCredits, fault.LinkUnusable, fault.AlreadyTaken, fault.AlreadyAccepted, fault.NotCurrentVersion, fault.IdempotencyKeyReused,
		fault.SecondFactorLocked, fault.LastOwner, fault.NotYoursToGrant} {
		if !slices.Contains(values("UserErrorCode"), string(code)) {
			t.Errorf("%s is no UserErrorCode", code)
		}
	}
	for _, block := range values("OptionBlock") {
		if !text.Has("option." + block) {
			t.Errorf("no sentence for %s", block)
		}
	}
}

// What a program must not do with a token, however it was come by: make another one, or change who gets in.
func TestWhatDecidesWhoGetsInTakesAPersonInFrontOfABrowser(t *testing.T) {
	decides := regexp.MustCompile(`(?i)apitoken|signout|staff|factor|passkey|totp|recovery|session|proveidentity|reauthenticate|changepassword|secondstaff`)
	reads := []string{"Query.staffMembers", "Query.staff"}
	for name, f := range rootFields() {
		if !decides.MatchString(name) || slices.Contains(reads, name) || f.Directives.ForName("public") != nil {
			continue
		}
		auth := f.Directives.ForName("auth")
		if auth != nil && auth.Arguments.ForName("as").Value.Raw == string(model.ViewerKindGuardian) {
			continue // guardians have no tokens
		}
		if auth == nil || auth.Arguments.ForName("session") == nil || auth.Arguments.ForName("session").Value.Raw != "true" {
			t.Errorf("%s needs @auth(…, session: true): API tokens must not reach it", name)
		}
	}
}

func TestAProgramIsRefusedWhatTakesAPerson(t *testing.T) {
	w := onSQLite(t)
	v := w.viewers["staff"]
	v.APITokenID, v.APITokenName = ident.New(), "Nightly sync"
	w.viewers["program"] = v
	for name, f := range rootFields() {
		auth := f.Directives.ForName("auth")
		if auth == nil || auth.Arguments.ForName("session") == nil {
			continue
		}
		if r := w.ask("program", document(name, f), nil); r.code() != "FORBIDDEN" {
			t.Errorf("%s: %s", name, r.Body)
		}
	}
}
