package graph_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"officeportal/ent"
	"officeportal/graph"
	"officeportal/internal/family"
	"officeportal/internal/fault"
	"officeportal/internal/identity"
	"officeportal/internal/passwordreset"
	"officeportal/internal/viewer"
)

const sendReset = `mutation SendReset($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) {
  request { id channel destination requestedAt sentAt expiresAt state usedAt delivery deliveryProblem deliveryUpdatedAt creditsSpent guardian { id name } requestedBy { ... on Staff { name } } }
  smsBalance
  errors { __typename code message path
    ... on NoCreditsError { balance required }
    ... on ChannelUnavailableError { option { channel unavailable message retryAt } } } } }`

const userErrors = `errors { __typename code message path ... on StaleVersionError { currentVersion changedBy { ... on Staff { name } } changedAt } ... on LinkUnusableError { link { state sentAt username business { name } } } }`

// mutate runs one mutation and proves that exactly one of result and errors is there.
func (w *world) mutate(who, name, result string, input map[string]any) map[string]any {
	w.t.Helper()
	kind := strings.ToUpper(name[:1]) + name[1:] + "Input"
	r := w.ask(who, fmt.Sprintf("mutation($input: %s!) { %s(input: $input) { %s %s } }", kind, name, result, userErrors), map[string]any{"input": input}).ok()
	payload := r.at(name).(map[string]any)
	field, _, _ := strings.Cut(strings.TrimSpace(result), " ")
	if failed := len(payload["errors"].([]any)) > 0; failed == (payload[field] != nil) {
		w.t.Errorf("%s: not exactly one of result and errors: %s", name, r.Body)
	}
	return payload
}

func firstError(payload map[string]any) map[string]any {
	errs := payload["errors"].([]any)
	if len(errs) == 0 {
		return map[string]any{}
	}
	return errs[0].(map[string]any)
}

func TestFamiliesAreCreatedChangedAndArchived(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const fam, gdn, stu = "family { id name version archived }", "guardian { id name relation email phone locale canLogIn version archived family { name } }", "student { id name birthDate version archived }"
		get := func(p map[string]any, what string) map[string]any {
			t.Helper()
			m, ok := p[what].(map[string]any)
			if !ok {
				t.Fatalf("no %s: %v", what, p)
			}
			return m
		}
		f := get(w.mutate("staff", "createFamily", fam, map[string]any{"name": "Nguyễn"}), "family")
		f = get(w.mutate("staff", "updateFamily", fam, map[string]any{"familyId": f["id"], "version": f["version"], "name": "Nguyễn-Lee"}), "family")
		g := get(w.mutate("staff", "addGuardian", gdn, map[string]any{"familyId": f["id"], "name": "An Nguyễn", "email": "an@example.com", "phone": "(312) 555-0155", "canLogIn": true}), "guardian")
		if g["phone"] != "+13125550155" || g["canLogIn"] != true || g["family"].(map[string]any)["name"] != "Nguyễn-Lee" {
			t.Error(g)
		}
		g = get(w.mutate("staff", "updateGuardian", gdn, map[string]any{"guardianId": g["id"], "version": g["version"], "relation": "Aunt"}), "guardian")
		if g["relation"] != "Aunt" || g["email"] != "an@example.com" {
			t.Error(g)
		}
		g = get(w.mutate("staff", "setGuardianLoginAccess", gdn, map[string]any{"guardianId": g["id"], "version": g["version"], "canLogIn": false}), "guardian")
		g = get(w.mutate("staff", "archiveGuardian", gdn, map[string]any{"guardianId": g["id"], "version": g["version"]}), "guardian")
		g = get(w.mutate("staff", "restoreGuardian", gdn, map[string]any{"guardianId": g["id"], "version": g["version"]}), "guardian")
		s := get(w.mutate("staff", "addStudent", stu, map[string]any{"familyId": f["id"], "name": "Linh", "birthDate": "2019-03-31"}), "student")
		s = get(w.mutate("staff", "updateStudent", stu, map[string]any{"studentId": s["id"], "version": s["version"], "name": "Linh Nguyễn"}), "student")
		if s["birthDate"] != "2019-03-31" {
			t.Errorf("a date left out was changed: %v", s)
		}
		s = get(w.mutate("staff", "updateStudent", stu, map[string]any{"studentId": s["id"], "version": s["version"], "birthDate": nil}), "student")
		if s["birthDate"] != nil {
			t.Errorf("null did not clear the date: %v", s)
		}
		s = get(w.mutate("staff", "archiveStudent", stu, map[string]any{"studentId": s["id"], "version": s["version"]}), "student")
		get(w.mutate("staff", "restoreStudent", stu, map[string]any{"studentId": s["id"], "version": s["version"]}), "student")
		now := get(w.ask("staff", `query($id: ID!) { node(id: $id) { ... on Family { version } } }`, map[string]any{"id": f["id"]}).ok().Data, "node")
		f = get(w.mutate("staff", "archiveFamily", fam, map[string]any{"familyId": f["id"], "version": now["version"]}), "family")
		if f["archived"] != true {
			t.Error(f)
		}
		get(w.mutate("staff", "restoreFamily", fam, map[string]any{"familyId": f["id"], "version": f["version"]}), "family")

		stale := firstError(w.mutate("staff", "updateGuardian", gdn, map[string]any{"guardianId": g["id"], "version": 1, "name": "Other"}))
		if stale["__typename"] != "StaleVersionError" || stale["currentVersion"].(float64) < g["version"].(float64) || stale["changedBy"].(map[string]any)["name"] != "Dana Price" || stale["changedAt"] == nil {
			t.Error(stale)
		}
		for mutation, input := range map[string]map[string]any{
			"updateFamily":    {"familyId": "fam_nonsense", "version": 1, "name": "X"},
			"archiveGuardian": {"guardianId": f["id"], "version": 1},
			"updateStudent":   {"studentId": "", "version": 1},
			"addGuardian":     {"familyId": g["id"], "name": "X"},
		} {
			result := map[string]string{"updateFamily": fam, "archiveGuardian": gdn, "updateStudent": stu, "addGuardian": gdn}[mutation]
			if e := firstError(w.mutate("staff", mutation, result, input)); e["code"] != "NOT_FOUND" || e["__typename"] != "FieldError" {
				t.Errorf("%s: %v", mutation, e)
			}
		}
		if e := firstError(w.mutate("staff", "createFamily", fam, map[string]any{"name": "  "})); e["code"] != "REQUIRED" || cmp.Diff([]any{"input", "name"}, e["path"]) != "" {
			t.Error(e)
		}
	})
}

func TestStaffSendALinkAndSeeWhyNot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		guardian := "gdn_" + w.maria.ID.String()
		send := func(channel, key string) *reply {
			t.Helper()
			return w.ask("staff", sendReset, map[string]any{"input": map[string]any{"guardianId": guardian, "channel": channel, "idempotencyKey": key}}).ok()
		}
		r := send("EMAIL", "11111111-1111-1111")
		request := r.at("requestPasswordReset", "request").(map[string]any)
		if request["destination"] != "maria@example.com" || request["state"] != "ACTIVE" || request["delivery"] != "QUEUED" || request["creditsSpent"] != 0.0 ||
			request["sentAt"] != nil || request["requestedBy"].(map[string]any)["name"] != "Dana Price" || r.at("requestPasswordReset", "smsBalance") != nil {
			t.Error(r.Body)
		}
		if again := send("EMAIL", "11111111-1111-1111"); again.at("requestPasswordReset", "request", "id") != request["id"] {
			t.Errorf("the same key answered %s", again.Body)
		}
		w.clock.add(20 * time.Second)
		refused := send("EMAIL", "22222222-2222-2222").at("requestPasswordReset", "errors", 0).(map[string]any)
		option := refused["option"].(map[string]any)
		if refused["__typename"] != "ChannelUnavailableError" || refused["code"] != "COOLDOWN" || option["unavailable"] != "COOLDOWN" ||
			refused["message"] != "Sent just now. You can send again in 40 seconds." || option["message"] != refused["message"] || option["retryAt"] == nil {
			t.Error(refused)
		}
		w.must(w.store.Client.SmsAccount.Update().SetBalance(0).Exec(w.system()))
		broke := send("SMS", "33333333-3333-3333").at("requestPasswordReset", "errors", 0).(map[string]any)
		if broke["__typename"] != "NoCreditsError" || broke["balance"] != 0.0 || broke["required"] != 1.0 || broke["message"] != "No SMS credits left." {
			t.Error(broke)
		}
		r = w.ask("staff", sendReset, map[string]any{"input": map[string]any{"guardianId": "gdn_x", "channel": "SMS", "idempotencyKey": "short"}}).ok()
		if r.at("requestPasswordReset", "errors", 0, "code") != "INVALID" || r.at("requestPasswordReset", "request") != nil {
			t.Error(r.Body)
		}
	})
}

func TestPeopleSignInAndOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const q = `mutation($input: SignInInput!) { signIn(input: $input) { viewer { permissions business { name } actor { ... on Staff { name email } ... on Guardian { name email family { name } } } } errors { code message path } } }`
		wrong := w.ask("", q, map[string]any{"input": map[string]any{"email": "dana@sunrise.example", "password": "nonsense"}}).ok()
		if wrong.at("signIn", "viewer") != nil || wrong.at("signIn", "errors", 0, "code") != "BAD_CREDENTIALS" || w.jar.set != "" {
			t.Error(wrong.Body)
		}
		guardian := w.viewers["guardian"]
		w.config.Identity = signInAs{w.config.Identity, guardian}
		w.serve()
		in := w.ask("", q, map[string]any{"input": map[string]any{"business": "sunrise", "email": "maria@example.com", "password": "secret"}}).ok()
		if in.at("signIn", "viewer", "actor", "family", "name") != "Lopez" || in.at("signIn", "viewer", "business", "name") != "Sunrise Gymnastics" || w.jar.set != "token" {
			t.Error(in.Body)
		}
		if strings.Contains(in.Body, "token") {
			t.Error("the session token is in the answer")
		}
		out := w.ask("guardian", `mutation { signOut { signedOut errors { code } } }`, nil).ok()
		if out.at("signOut", "signedOut") != true || !w.jar.cleared {
			t.Error(out.Body)
		}
	})
}

// signInAs lets one viewer in, without a password to hash.
type signInAs struct {
	graph.Identity
	who viewer.Viewer
}

func (s signInAs) SignIn(context.Context, identity.SignInInput) (identity.SignedIn, error) {
	return identity.SignedIn{Viewer: s.who, Token: "token", Guardian: true, ExpiresAt: time.Now().Add(time.Hour)}, nil
}

func (signInAs) SignOut(context.Context) error { return nil }

func TestForgottenPasswordsAndLinks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		forgot := func(email string) *reply {
			return w.ask("", `mutation($input: ForgotPasswordInput!) { forgotPassword(input: $input) { accepted errors { code path } } }`,
				map[string]any{"input": map[string]any{"business": "sunrise", "email": email}}).ok()
		}
		if known, unknown := forgot("maria@example.com"), forgot("nobody@example.com"); known.Body != unknown.Body || known.at("forgotPassword", "accepted") != true {
			t.Errorf("known: %s unknown: %s", known.Body, unknown.Body)
		}
		if bad := forgot("nonsense"); bad.at("forgotPassword", "accepted") != nil || bad.at("forgotPassword", "errors", 0, "code") != "INVALID" {
			t.Error(bad.Body)
		}
		link := w.ask("", `query($t: String!) { passwordResetLink(token: $t) { state sentAt expiresAt username newerSentAt business { name } } }`, map[string]any{"t": "nonsense"}).ok()
		if link.at("passwordResetLink", "state") != "UNKNOWN" || link.at("passwordResetLink", "sentAt") != nil || link.at("passwordResetLink", "business") != nil {
			t.Error(link.Body)
		}
		e := firstError(w.mutate("", "resetPassword", "signInHint", map[string]any{"token": "nonsense", "newPassword": "correct horse battery staple"}))
		if e["__typename"] != "LinkUnusableError" || e["link"].(map[string]any)["state"] != "UNKNOWN" {
			t.Error(e)
		}
		w.config.Links = redeems{w.resets}
		w.serve()
		if p := w.mutate("", "resetPassword", "signInHint", map[string]any{"token": "good", "newPassword": "correct horse battery staple"}); p["signInHint"] != "maria@example.com" {
			t.Error(p)
		}
		portal := w.ask("", `{ portalBusiness(slug: "sunrise") { name phone } other: portalBusiness(slug: "none") { name } }`, nil).ok()
		if portal.at("portalBusiness", "phone") != "+13125550100" || portal.at("other") != nil {
			t.Error(portal.Body)
		}
	})
}

type redeems struct{ graph.Links }

func (redeems) Redeem(context.Context, passwordreset.RedeemInput) (string, error) {
	return "maria@example.com", nil
}

func TestCreditsAreAddedAndTextingIsSwitched(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		input := map[string]any{"credits": 8, "note": "Invoice 8", "idempotencyKey": "0123456789abcdef"}
		for range 2 {
			p := w.mutate("staff", "addSmsCredits", "entry { amount balanceAfter note reason } smsAccount { balance }", input)
			if p["entry"].(map[string]any)["balanceAfter"] != 50.0 || p["smsAccount"].(map[string]any)["balance"] != 50.0 {
				t.Error(p)
			}
		}
		if e := firstError(w.mutate("staff", "addSmsCredits", "entry { amount } smsAccount { balance }", map[string]any{"credits": 9, "note": "Invoice 8", "idempotencyKey": "0123456789abcdef"})); e["code"] != "IDEMPOTENCY_KEY_REUSED" {
			t.Error(e)
		}
		if p := w.mutate("staff", "setSmsEnabled", "smsAccount { enabled }", map[string]any{"enabled": false}); p["smsAccount"].(map[string]any)["enabled"] != false {
			t.Error(p)
		}
	})
}

func TestASecondMutationSeesWhatTheFirstOneDid(t *testing.T) {
	w := onSQLite(t)
	r := w.ask("staff", `mutation($f: ID!) {
	  a: addStudent(input: {familyId: $f, name: "Ana"}) { student { id } }
	  b: updateFamily(input: {familyId: $f, version: 1, name: "Lopez"}) { family { students { name } } errors { code } }
	  c: addStudent(input: {familyId: $f, name: "Beto"}) { student { id } }
	  d: updateFamily(input: {familyId: $f, version: 2, name: "Lopez"}) { family { students { name } } errors { code } } }`, map[string]any{"f": "fam_" + w.family.ID.String()}).ok()
	for alias, want := range map[string]int{"b": 1, "d": 2} {
		if r.at(alias, "family") != nil && len(r.list(alias, "family", "students")) != want {
			t.Errorf("%s: %s", alias, r.Body)
		}
	}
	if r.at("b", "family") == nil {
		t.Error(r.Body)
	}
}

// broken fails or panics where a test wants it to.
type broken struct {
	graph.Families
	do func() error
}

func (b broken) CreateFamily(context.Context, family.CreateFamilyInput) (*ent.Family, error) {
	return nil, b.do()
}

func TestUnexpectedErrorsAreMaskedAndLoggedOnce(t *testing.T) {
	const planted = "planted-secret"
	for name, c := range map[string]struct {
		do     func() error
		code   string
		logged string
	}{
		"an error nobody expects":        {func() error { return errors.New("connection lost at node 7") }, "INTERNAL", "connection lost at node 7"},
		"a panic":                        {func() error { panic(planted) }, "INTERNAL", "panic: a string"},
		"a nil pointer":                  {func() error { var f *ent.Family; _ = f.Name; return nil }, "INTERNAL", "nil pointer"},
		"a fault that concerns the call": {func() error { return fault.New(fault.Forbidden, "family.forbidden") }, "FORBIDDEN", ""},
		"a wrapped fault": {func() error {
			return fmt.Errorf("cause: %w", fault.New(fault.Unauthenticated, "graph.unauthenticated"))
		}, "UNAUTHENTICATED", ""},
		"a service that is not there": {func() error { return fault.New(fault.Unavailable, "graph.timeout") }, "INTERNAL", ""},
		"a deadline":                  {func() error { return context.DeadlineExceeded }, "INTERNAL", "deadline"},
	} {
		t.Run(name, func(t *testing.T) {
			w := onSQLite(t)
			w.config.Families = broken{w.families, c.do}
			w.serve()
			r := w.ask("staff", `mutation Make($input: CreateFamilyInput!) { createFamily(input: $input) { family { id } errors { code } } }`,
				map[string]any{"input": map[string]any{"name": planted}})
			if r.code() != c.code || r.Errors[0].Extensions["requestId"] != "req-1" || strings.Contains(r.Body, planted) || strings.Contains(r.Body, "node 7") {
				t.Error(r.Body)
			}
			logged := w.log.String()
			if c.logged == "" && logged != "" || strings.Count(logged, "\n") > 1 || !strings.Contains(logged, c.logged) || strings.Contains(logged, planted) {
				t.Errorf("log: %s", logged)
			}
			if c.logged != "" && !strings.Contains(logged, "operation=Make") {
				t.Errorf("the log does not name the operation: %s", logged)
			}
		})
	}
}
