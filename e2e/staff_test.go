package e2e_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"officeportal/ent/staffmember"
	"officeportal/ent/stafftoken"
	"officeportal/internal/link"
	"officeportal/internal/message/providertest"
	"officeportal/internal/viewer"
)

const (
	inviteStaff   = `mutation($i:InviteStaffInput!){inviteStaff(input:$i){staff{id version invitation{delivery}} errors{code message path}}}`
	updateStaff   = `mutation($i:UpdateStaffInput!){updateStaff(input:$i){staff{id version active owner permissions} errors{__typename code message path ... on StaleVersionError{currentVersion}}}}`
	startTotp     = `mutation{startTotp{setup{key uri qrCode} errors{code}}}`
	confirmTotp   = `mutation($c:String!){confirmTotp(input:{code:$c}){security{totp recoveryCodesLeft} recoveryCodes errors{code message}}}`
	complete      = `mutation($i:CompleteSecondFactorInput!){completeSecondFactor(input:$i){viewer{actor{... on Staff{name}} pending} errors{code message}}}`
	confirm       = `mutation($i:ConfirmIdentityInput!){confirmIdentity(input:$i){confirmed errors{code path}}}`
	readStaffLink = `query($t:String!){passwordResetLink(token:$t){state purpose username passwordMinLength sentAt expiresAt}}`
	whoAmI        = `{viewer{actor{... on Staff{name}} pending permissions security{totp}}}`
)

// mail waits for the nth email and returns it.
func (w *world) mail(n int) providertest.Email {
	w.t.Helper()
	mails, err := w.resend.WaitEmails(w.patience(), n)
	w.must(err)
	return mails[n-1]
}

// signIn sends credentials of a staff member and returns the browser and the answer.
func (w *world) tryStaff(email, pw string) (*browser, answer) {
	w.t.Helper()
	b := w.browser("office")
	return b, b.do(`mutation($i:SignInInput!){signIn(input:$i){viewer{actor{... on Staff{name}} pending} errors{code}}}`, vars{"i": vars{"email": email, "password": pw}})
}

// code is what the app shows now for the key.
func (w *world) code(key string) string {
	w.t.Helper()
	c, err := totp.GenerateCode(key, w.clock.now())
	w.must(err)
	return c
}

// withTOTP sets an authenticator app up for whoever is signed in, and returns its key and the recovery codes.
func (b *browser) withTOTP() (key string, codes []any) {
	b.w.t.Helper()
	key = b.do(startTotp, nil).str("startTotp.setup.key")
	b.usedCode = b.w.code(key)
	done := b.do(confirmTotp, vars{"c": b.usedCode})
	codes, _ = done.at("confirmTotp.recoveryCodes").([]any)
	if len(codes) != 10 {
		b.w.t.Fatalf("setting up: %s", done)
	}
	return key, codes
}

// halfSignedIn is the browser of a staff member who has given the password and not yet the second factor.
func (w *world) halfSignedIn(email string) *browser {
	w.t.Helper()
	w.member("sunrise", email, viewer.Permissions()...).withTOTP()
	b, got := w.tryStaff(email, staffPassword)
	if got.str("signIn.viewer.pending") != "SECOND_FACTOR" {
		w.t.Fatalf("signing in: %s", got)
	}
	return b
}

func TestAStaffMemberIsInvitedByLinkAndChoosesThePasswordAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		made := owner.do(inviteStaff, vars{"i": vars{"email": "Nora@Sunrise.example", "name": "Nora Bell", "permissions": []string{"FAMILIES_READ"}}})
		id := made.str("inviteStaff.staff.id")
		if id == "" {
			t.Fatalf("inviting: %s", made)
		}
		first := w.mail(1)
		if !strings.Contains(first.Text, "Dana Price added you as a staff member of Sunrise Gymnastics.") || first.Subject != "Your sign-in for the Sunrise Gymnastics Office Portal" {
			t.Errorf("the invitation: %s\n%s", first.Subject, first.Text)
		}
		if _, got := w.tryStaff("nora@sunrise.example", ""); got.str("signIn.errors.0.code") != "BAD_CREDENTIALS" {
			t.Errorf("without a password: %s", got)
		}
		again := owner.do(`mutation($s:ID!){reinviteStaff(input:{staffId:$s}){staff{id} errors{code}}}`, vars{"s": id})
		if again.str("reinviteStaff.staff.id") != id {
			t.Fatalf("inviting again: %s", again)
		}
		token := w.linkIn(w.mail(2).Text)
		phone := w.browser("customer")
		if old := phone.do(readStaffLink, vars{"t": w.linkIn(first.Text)}); old.str("passwordResetLink.state") != "SUPERSEDED" {
			t.Errorf("the first link: %s", old)
		}
		l := phone.do(readStaffLink, vars{"t": token})
		if l.str("passwordResetLink.state") != "ACTIVE" || l.str("passwordResetLink.purpose") != "STAFF_INVITATION" || l.str("passwordResetLink.username") != "Nora@sunrise.example" ||
			l.at("passwordResetLink.passwordMinLength") != 15.0 {
			t.Fatalf("the link: %s", l)
		}
		if life := parse(t, l.str("passwordResetLink.expiresAt")).Sub(parse(t, l.str("passwordResetLink.sentAt"))); life != 72*time.Hour {
			t.Errorf("the link lives %v", life)
		}
		if weak := phone.do(redeem, vars{"i": vars{"token": token, "newPassword": "fourteen chars"}}); weak.str("resetPassword.errors.0.code") != "TOO_SHORT" {
			t.Errorf("14 characters: %s", weak)
		}
		w.clock.add(71 * time.Hour)
		if done := phone.do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}}); done.str("resetPassword.signInHint") != "Nora@sunrise.example" {
			t.Fatalf("choosing: %s", done)
		}
		if used := phone.do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword + "!"}}); used.str("resetPassword.errors.0.link.state") != "USED" {
			t.Errorf("twice: %s", used)
		}
		if notice := w.mail(3); strings.Contains(notice.Text+notice.HTML, "/r#") || !strings.Contains(notice.Text, "Your password for the Office Portal was changed") {
			t.Errorf("the notice: %s", notice.Text)
		}
		nora, got := w.tryStaff("nora@sunrise.example", guardianPassword)
		if got.str("signIn.viewer.actor.name") != "Nora Bell" {
			t.Fatalf("signing in: %s", got)
		}
		if me := nora.do(whoAmI, nil); len(me.at("viewer.permissions").([]any)) != 1 {
			t.Errorf("permissions: %s", me)
		}
	})
}

func TestStaffForgetPasswordsTooAndEverybodyGetsTheSameAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old := w.staffMember("sam@sunrise.example")
		b := w.browser("office")
		_, known := b.try(forgot, vars{"i": vars{"email": "sam@sunrise.example"}})
		w.mail(1)
		for _, email := range []string{"nobody@sunrise.example", "maria@example.com", "sam@sunrise.example"} {
			if _, got := b.try(forgot, vars{"i": vars{"email": email}}); got.raw != known.raw {
				t.Errorf("%s is answered %s, not %s", email, got, known)
			}
		}
		token := w.linkIn(w.mail(2).Text)
		l := b.do(readStaffLink, vars{"t": token})
		if l.str("passwordResetLink.purpose") != "STAFF_RESET" {
			t.Fatalf("the link: %s", l)
		}
		if life := parse(t, l.str("passwordResetLink.expiresAt")).Sub(parse(t, l.str("passwordResetLink.sentAt"))); life != 30*time.Minute {
			t.Errorf("the link lives %v", life)
		}
		if done := b.do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}}); done.str("resetPassword.signInHint") != "sam@sunrise.example" {
			t.Fatalf("choosing: %s", done)
		}
		if me := old.do(whoAmI, nil); me.at("viewer.actor") != nil {
			t.Errorf("the old session is still good: %s", me)
		}
		if _, got := w.tryStaff("sam@sunrise.example", staffPassword); got.str("signIn.errors.0.code") != "BAD_CREDENTIALS" {
			t.Errorf("the old password: %s", got)
		}
		if n := len(w.resend.Emails()); n > 3 {
			t.Errorf("%d emails: somebody unknown was written to", n)
		}
	})
}

// A row is passed off as one of every other purpose, and as one of the other table, with its own secret's hash: the
// strongest thing that whoever can write to the database, and holds one good link, can do.
func TestALinkOfOnePurposeNeverWorksForAnother(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		owner.do(inviteStaff, vars{"i": vars{"email": "nora@sunrise.example", "name": "Nora Bell", "permissions": []string{}}})
		invitation := w.linkIn(w.mail(1).Text)
		w.browser("office").do(forgot, vars{"i": vars{"email": "sam@sunrise.example"}})
		reset := w.linkIn(w.mail(2).Text)
		owner.send("EMAIL")
		guardian := w.linkIn(w.mail(3).Text)
		db := w.app.Store.Driver.DB()
		set := func(table, column, value, secret string) {
			t.Helper()
			_, err := db.ExecContext(t.Context(), "UPDATE "+table+" SET "+column+" = ? WHERE lookup = ?", value, link.Lookup(secret))
			w.must(err)
		}
		dead := func(what, secret string) {
			t.Helper()
			b := w.browser("customer")
			if got := b.do(readStaffLink, vars{"t": secret}); got.str("passwordResetLink.state") != "UNKNOWN" {
				t.Errorf("%s: %s", what, got)
			}
			if got := b.do(redeem, vars{"i": vars{"token": secret, "newPassword": guardianPassword}}); got.str("resetPassword.errors.0.code") != "LINK_UNUSABLE" {
				t.Errorf("%s: %s", what, got)
			}
		}
		alive := func(what, secret, purpose string) {
			t.Helper()
			if got := w.browser("customer").do(readStaffLink, vars{"t": secret}); got.str("passwordResetLink.state") != "ACTIVE" || got.str("passwordResetLink.purpose") != purpose {
				t.Errorf("%s: %s", what, got)
			}
		}
		all := []string{"RESET", "INVITATION", "STAFF_INVITATION", "STAFF_RESET"}
		for _, c := range []struct{ table, secret, own string }{{"staff_tokens", invitation, "STAFF_INVITATION"}, {"staff_tokens", reset, "STAFF_RESET"}} {
			for _, other := range all {
				set(c.table, "purpose", other, c.secret)
				if other == c.own {
					alive("as "+other, c.secret, c.own)
				} else {
					dead(c.own+" as "+other, c.secret)
				}
			}
			set(c.table, "purpose", c.own, c.secret)
		}
		// the row of a staff member's link as a guardian's, and the other way round
		for _, secret := range []string{invitation, reset} {
			_, err := db.ExecContext(t.Context(), `INSERT INTO reset_tokens (id, business_id, guardian_id, purpose, channel, nonce, kid, cred_epoch, lookup, reason, destination, contact_changed_by_staff, first_sent_at, expires_at, created_at)
				SELECT s.id, s.business_id, g.id, 'RESET', 'EMAIL', s.nonce, s.kid, g.cred_epoch, s.lookup, '', s.destination, ?, s.first_sent_at, s.expires_at, s.created_at
				FROM staff_tokens s, guardians g WHERE s.lookup = ?`, false, link.Lookup(secret))
			w.must(err)
			_, err = db.ExecContext(t.Context(), "UPDATE staff_tokens SET lookup = ? WHERE lookup = ?", link.Lookup("moved"+secret), link.Lookup(secret))
			w.must(err)
			dead("a staff member's link as a guardian's", secret)
			_, err = db.ExecContext(t.Context(), "UPDATE staff_tokens SET lookup = ? WHERE lookup = ?", link.Lookup(secret), link.Lookup("moved"+secret))
			w.must(err)
			alive("where it belongs", secret, map[string]string{invitation: "STAFF_INVITATION", reset: "STAFF_RESET"}[secret])
		}
		for _, purpose := range all {
			_, err := db.ExecContext(t.Context(), `INSERT INTO staff_tokens (id, business_id, staff_id, purpose, nonce, kid, cred_epoch, lookup, destination, first_sent_at, expires_at, created_at)
				SELECT r.id, r.business_id, p.id, ?, r.nonce, r.kid, p.cred_epoch, r.lookup, r.destination, r.first_sent_at, r.expires_at, r.created_at
				FROM reset_tokens r, staff_members p WHERE r.lookup = ? AND p.email = 'dana@sunrise.example'`, purpose, link.Lookup(guardian))
			w.must(err)
			got := w.browser("customer").do(readStaffLink, vars{"t": guardian})
			if got.str("passwordResetLink.purpose") != "RESET" || got.str("passwordResetLink.username") != "Maria@example.com" {
				t.Errorf("a guardian's link as a staff member's %s: %s", purpose, got)
			}
			_, err = w.app.Store.Client.StaffToken.Delete().Where(stafftoken.Lookup(link.Lookup(guardian))).Exec(w.system())
			w.must(err)
		}
	})
}

func TestPermissionsAreGivenOnlyByThoseWhoHaveThemAndAnOwnerRemains(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		manager := w.member("sunrise", "mo@sunrise.example", viewer.SettingsManage, viewer.FamiliesRead)
		sam, mo, dana := w.staffID("sam@sunrise.example"), w.staffID("mo@sunrise.example"), w.staffID("dana@sunrise.example")
		for what, c := range map[string]struct {
			who  *browser
			doc  string
			in   vars
			want string
		}{
			"giving a permission one lacks":        {manager, updateStaff, vars{"staffId": sam, "version": 1, "permissions": []string{"FAMILIES_READ", "AUDIT_READ"}}, "NOT_YOURS_TO_GRANT"},
			"giving oneself a permission":          {manager, updateStaff, vars{"staffId": mo, "version": 1, "permissions": []string{"SETTINGS_MANAGE", "AUDIT_READ"}}, "NOT_YOURS_TO_GRANT"},
			"making an owner":                      {manager, updateStaff, vars{"staffId": sam, "version": 1, "owner": true}, "NOT_YOURS_TO_GRANT"},
			"making oneself an owner":              {manager, updateStaff, vars{"staffId": mo, "version": 1, "owner": true}, "NOT_YOURS_TO_GRANT"},
			"taking from an owner":                 {manager, updateStaff, vars{"staffId": dana, "version": 1, "owner": false}, "NOT_YOURS_TO_GRANT"},
			"deactivating an owner":                {manager, updateStaff, vars{"staffId": dana, "version": 1, "active": false}, "NOT_YOURS_TO_GRANT"},
			"inviting an owner":                    {manager, inviteStaff, vars{"email": "x@sunrise.example", "name": "X", "permissions": []string{}, "owner": true}, "NOT_YOURS_TO_GRANT"},
			"inviting with a permission one lacks": {manager, inviteStaff, vars{"email": "x@sunrise.example", "name": "X", "permissions": []string{"SMS_SPEND"}}, "NOT_YOURS_TO_GRANT"},
			"the last owner steps down":            {owner, updateStaff, vars{"staffId": dana, "version": 1, "owner": false}, "LAST_OWNER"},
			"deactivating oneself":                 {owner, updateStaff, vars{"staffId": dana, "version": 1, "active": false}, "INVALID"},
			"an old version":                       {owner, updateStaff, vars{"staffId": sam, "version": 7, "name": "S"}, "STALE_VERSION"},
			"an address that is taken":             {owner, inviteStaff, vars{"email": "SAM@sunrise.example", "name": "X", "permissions": []string{}}, "ALREADY_TAKEN"},
			"an unknown staff member":              {owner, updateStaff, vars{"staffId": "stf_nonsense", "version": 1, "name": "S"}, "NOT_FOUND"},
		} {
			field := "updateStaff"
			if c.doc == inviteStaff {
				field = "inviteStaff"
			}
			if got := c.who.do(c.doc, vars{"i": c.in}); got.str(field+".errors.0.code") != c.want {
				t.Errorf("%s: %s, want %s", what, got, c.want)
			}
		}
		if got := manager.do(updateStaff, vars{"i": vars{"staffId": sam, "version": 1, "permissions": []string{"FAMILIES_READ"}}}); got.at("updateStaff.staff.version") != 2.0 {
			t.Errorf("taking a permission away: %s", got)
		}
		w.clock.add(10 * time.Minute)
		stale := vars{"i": vars{"staffId": sam, "version": 2, "permissions": []string{"FAMILIES_READ", "AUDIT_READ"}}}
		if got := owner.do(updateStaff, stale); got.str("updateStaff.errors.0.code") != "REAUTHENTICATION_REQUIRED" {
			t.Errorf("ten minutes later: %s", got)
		}
		if got := owner.do(confirm, vars{"i": vars{"password": "not the password"}}); got.str("confirmIdentity.errors.0.code") != "BAD_CREDENTIALS" {
			t.Errorf("a wrong password: %s", got)
		}
		if got := owner.do(updateStaff, stale); got.str("updateStaff.errors.0.code") != "REAUTHENTICATION_REQUIRED" {
			t.Errorf("after a wrong password: %s", got)
		}
		owner.do(confirm, vars{"i": vars{"password": staffPassword}})
		if got := owner.do(updateStaff, stale); got.at("updateStaff.staff.version") != 3.0 {
			t.Errorf("after confirming: %s", got)
		}
	})
}

func TestOfTwoOwnersWhoDemoteEachOtherOneRemains(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		dana := w.staff()
		d := w.staffID("dana@sunrise.example")
		for round := range 5 {
			system := w.system()
			email := "olga" + string(rune('a'+round)) + "@sunrise.example"
			olga := w.member("sunrise", email)
			w.must(w.app.Store.Client.StaffMember.Update().Where(staffmember.Email(email)).SetOwner(true).Exec(system))
			o := w.staffID(email)
			version := func(id string) any {
				return dana.do(`query($id:ID!){node(id:$id){... on Staff{version}}}`, vars{"id": id}).at("node.version")
			}
			dv, ov := version(d), version(o)
			var both sync.WaitGroup
			answers := make([]answer, 2)
			both.Go(func() {
				_, answers[0] = dana.try(updateStaff, vars{"i": vars{"staffId": o, "version": ov, "owner": false}})
			})
			both.Go(func() {
				_, answers[1] = olga.try(updateStaff, vars{"i": vars{"staffId": d, "version": dv, "owner": false}})
			})
			both.Wait()
			if n := w.app.Store.Client.StaffMember.Query().Where(staffmember.Owner(true), staffmember.Active(true)).CountX(system); n != 1 {
				t.Errorf("%d owners are left: %s %s", n, answers[0], answers[1])
			}
			w.must(w.app.Store.Client.StaffMember.Update().Where(staffmember.Email(email)).SetOwner(false).Exec(system))
			w.must(w.app.Store.Client.StaffMember.Update().Where(staffmember.Email("dana@sunrise.example")).SetOwner(true).Exec(system))
		}
	})
}

func TestDeactivatingEndsSessionsAndLinksAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, sam := w.staff(), w.staffMember("sam@sunrise.example")
		w.browser("office").do(forgot, vars{"i": vars{"email": "sam@sunrise.example"}})
		token := w.linkIn(w.mail(1).Text)
		id := w.staffID("sam@sunrise.example")
		if got := owner.do(updateStaff, vars{"i": vars{"staffId": id, "version": 1, "active": false}}); got.at("updateStaff.staff.active") != false {
			t.Fatalf("deactivating: %s", got)
		}
		if me := sam.do(whoAmI, nil); me.at("viewer.actor") != nil {
			t.Errorf("the session is still good: %s", me)
		}
		if _, got := w.tryStaff("sam@sunrise.example", staffPassword); got.str("signIn.errors.0.code") != "BAD_CREDENTIALS" {
			t.Errorf("signing in: %s", got)
		}
		if got := sam.do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}}); got.str("resetPassword.errors.0.link.state") != "REVOKED" {
			t.Errorf("the link: %s", got)
		}
		w.browser("office").do(forgot, vars{"i": vars{"email": "sam@sunrise.example"}})
		if got := owner.do(updateStaff, vars{"i": vars{"staffId": id, "version": 2, "active": true}}); got.at("updateStaff.staff.active") != true {
			t.Fatalf("activating: %s", got)
		}
		if me := sam.do(whoAmI, nil); me.at("viewer.actor") != nil {
			t.Errorf("the old session is good again: %s", me)
		}
	})
}
