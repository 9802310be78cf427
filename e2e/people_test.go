package e2e_test

import (
	"officeportal/ent/guardian"
	"officeportal/ent/staffmember"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/identity/password"
	"officeportal/internal/viewer"
)

// members makes a staff member of a business with exactly these permissions and signs in.
func (w *world) member(business, email string, granted ...viewer.Permission) *browser {
	w.t.Helper()
	_, err := w.app.Identity.CreateStaff(w.t.Context(), identity.StaffInput{Business: business, Email: email, Name: "Member Of Staff",
		Permissions: granted, Password: staffPassword})
	w.must(err)
	return w.staffMember(email)
}

// stranger makes another business with an owner, a family and a credit, and returns its owner's browser.
func (w *world) stranger() *browser {
	w.t.Helper()
	ctx := w.t.Context()
	b, err := w.app.Identity.CreateBusiness(ctx, w.app.Credit, identity.BusinessInput{Slug: "moonlight", Name: "Moonlight Dance",
		TimeZone: "America/New_York", Country: "US", SMSEnabled: true})
	w.must(err)
	_, err = w.app.Credit.AddFromShell(viewer.AsSystem(ctx, ident.ID{}, "a test prepares its rows"), b.ID, 3, "test")
	w.must(err)
	_, err = w.app.Identity.CreateStaff(ctx, identity.StaffInput{Business: "moonlight", Email: "kim@moonlight.example", Name: "Kim Doe", Owner: true, Password: staffPassword})
	w.must(err)
	kim := w.staffMember("kim@moonlight.example")
	kim.do(`mutation{createFamily(input:{name:"Stranger"}){family{id}}}`, nil)
	return kim
}

// knows gives the guardian with the address a password, as a link would, and signs in.
func (w *world) knows(email string) *browser {
	w.t.Helper()
	hash, err := password.Hash(w.t.Context(), guardianPassword)
	w.must(err)
	system := viewer.AsSystem(w.t.Context(), ident.ID{}, "a test prepares its rows")
	n, err := w.app.Store.Client.Guardian.Update().Where(guardian.EmailEqualFold(email)).SetPasswordHash(hash).Save(system)
	w.must(err)
	if n != 1 {
		w.t.Fatalf("%d guardians have the address", n)
	}
	b := w.browser("customer")
	if got := b.do(signIn, vars{"i": vars{"business": "sunrise", "email": email, "password": guardianPassword}}); got.str("signIn.viewer.actor.__typename") != "Guardian" {
		w.t.Fatalf("signing in: %s", got)
	}
	return b
}

// staffID returns the id of a staff member in the API.
func (w *world) staffID(email string) string {
	w.t.Helper()
	m, err := w.app.Store.Client.StaffMember.Query().Where(staffmember.Email(email)).Only(viewer.AsSystem(w.t.Context(), ident.ID{}, "a test looks"))
	w.must(err)
	return "stf_" + m.ID.String()
}

// addGuardian adds a guardian who can log in when there is an address, and returns the id.
func (b *browser) addGuardian(family, name, email string) string {
	b.w.t.Helper()
	in := vars{"familyId": family, "name": name}
	if email != "" {
		in["email"], in["canLogIn"] = email, true
	}
	return b.do(`mutation($i:AddGuardianInput!){addGuardian(input:$i){guardian{id} errors{code message}}}`, vars{"i": in}).str("addGuardian.guardian.id")
}

func (b *browser) addFamily(name string) string {
	b.w.t.Helper()
	return b.do(`mutation($n:String!){createFamily(input:{name:$n}){family{id}}}`, vars{"n": name}).str("createFamily.family.id")
}
