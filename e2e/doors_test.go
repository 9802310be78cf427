package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"officeportal/ent/staffmember"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/viewer"
)

// What a Customer Portal shows before anybody signs in. Everything else of a business is its staff's.
var publicOfBusiness = []string{"name", "slug", "timeZone", "country", "phone", "passwordMinLength", "locales", "accent"}

func TestTheSettingsOfABusinessAreItsStaffsWhicheverWayTheyAreAskedFor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, stranger := w.staff(), w.stranger()
		owner.do(`mutation{updateBusiness(input:{version:1,officeEmail:"office@sunrise.example",accent:"#1d4f91"}){business{name} errors{code}}}`, nil)
		var all, hidden []string
		for _, f := range owner.do(`{__type(name:"Business"){fields{name}}}`, nil).at("__type.fields").([]any) {
			name := f.(map[string]any)["name"].(string)
			all = append(all, name)
			if !slices.Contains(publicOfBusiness, name) {
				hidden = append(hidden, name)
			}
		}
		if len(hidden) < 5 {
			t.Fatalf("of %v only %v is not public", all, hidden)
		}
		asked := `{portalBusiness(slug:"sunrise"){` + strings.Join(all, " ") + `}}`
		for who, b := range map[string]*browser{
			"nobody": w.browser("office"), "nobody at the Customer Portal": w.browser("customer"), "a guardian": w.knows("maria@example.com"),
			"an owner of another business": stranger, "a clerk of another business": w.member("moonlight", "clerk@moonlight.example", viewer.SettingsManage),
		} {
			got := b.do(asked, nil)
			if got.str("portalBusiness.name") != "Sunrise Gymnastics" {
				t.Errorf("%s does not see the portal: %s", who, got)
			}
			for _, name := range hidden {
				if got.at("portalBusiness."+name) != nil {
					t.Errorf("%s sees %s: %s", who, name, got)
				}
			}
		}
		p := stranger.program(viewer.Permissions()...)
		if _, got := p.call(asked, nil); !strings.Contains(got, "Sunrise Gymnastics") || strings.Contains(got, "office@sunrise") || strings.Contains(got, `"secondFactorRequired":false`) {
			t.Errorf("a program of another business sees: %s", got)
		}
		own := owner.do(asked, nil)
		for _, name := range hidden {
			if own.at("portalBusiness."+name) == nil {
				t.Errorf("the own staff do not see %s: %s", name, own)
			}
		}
	})
}

// Somebody else's session is no way to find its password out: what is wrong there counts as at sign-in.
func TestWrongPasswordsInASessionDisableThePasswordToo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sam := w.staffMember("sam@sunrise.example")
		system := viewer.AsSystem(t.Context(), ident.ID{}, "a test prepares its rows")
		set := func(failures int) {
			w.must(w.app.Store.Client.StaffMember.Update().Where(staffmember.Email("sam@sunrise.example")).SetFailures(failures).Exec(system))
		}
		say := func(password string) string {
			w.clock.add(15 * time.Second) // the limit of tries is another one
			got := sam.do(confirm, vars{"i": vars{"password": password}})
			return got.str("confirmIdentity.errors.0.code")
		}
		set(identity.MaxFailures - 2)
		if code := say("not the password"); code != "BAD_CREDENTIALS" {
			t.Errorf("a wrong one: %s", code)
		}
		if code := say(staffPassword); code != "" {
			t.Errorf("the right one: %s", code)
		}
		m, err := w.app.Store.Client.StaffMember.Query().Where(staffmember.Email("sam@sunrise.example")).Only(system)
		w.must(err)
		if m.Failures != 0 {
			t.Errorf("after the right one %d are counted", m.Failures)
		}
		set(identity.MaxFailures - 2)
		for _, password := range []string{"not the password", "nor this one", staffPassword} {
			if code := say(password); code != "BAD_CREDENTIALS" {
				t.Errorf("%s: %s", password, code)
			}
		}
		if _, got := w.tryStaff("sam@sunrise.example", staffPassword); got.str("signIn.errors.0.code") != "BAD_CREDENTIALS" {
			t.Errorf("signing in: %s", got)
		}
		if log := w.staff().do(`{auditEntries(filter:{actions:[PASSWORD_DISABLED]}){totalCount}}`, nil); log.at("auditEntries.totalCount") != 1.0 {
			t.Errorf("the log: %s", log)
		}
	})
}

// A half sign-in opens no door: neither streams nor the schema, neither exports nor scans.
func TestAHalfSignInOpensNoDoor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		origin, owner := w.twin(strictly), w.staff()
		reset := vars{"id": owner.send("EMAIL").str("requestPasswordReset.request.id")}
		owner.do(`mutation{updateBusiness(input:{version:1,secondFactorRequired:true}){business{name} errors{code}}}`, nil)
		half, got := w.tryStaff("dana@sunrise.example", staffPassword)
		if got.at("signIn.viewer.actor") != nil || strings.Contains(got.raw, "BAD_CREDENTIALS") {
			t.Fatalf("the password alone: %s", got)
		}
		for path, want := range map[string]int{"/schema.graphql": 401, "/graphiql": 302, "/office/audit/export": 401, "/office/scans/psc_01k00000000000000000000000": 401} {
			if res, body := half.at(origin+path, http.MethodGet, "", ""); res.StatusCode != want {
				t.Errorf("%s: %d %.200s", path, res.StatusCode, body)
			}
		}
		if res, body := half.at(origin+"/graphql", http.MethodPost, half.body(`{__schema{queryType{name}}}`, nil), ""); res.StatusCode != 403 {
			t.Errorf("introspection: %d %.200s", res.StatusCode, body)
		}
		s := half.follow("", followReset, reset)
		if got := s.event(); !strings.Contains(got, "UNAUTHENTICATED") {
			t.Errorf("a stream: %s", got)
		}
	})
}
