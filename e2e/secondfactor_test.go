package e2e_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/ent/staffmember"
	"officeportal/internal/app"
	"officeportal/internal/viewer"
)

func TestTheSecondFactorIsAskedForAndThePasswordAloneIsGoodForNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sam := w.staffMember("sam@sunrise.example")
		elsewhere := w.staffMember("sam@sunrise.example")
		key, codes := sam.withTOTP()
		if me := elsewhere.do(whoAmI, nil); me.at("viewer.actor") != nil {
			t.Errorf("a session that began with the password alone goes on: %s", me)
		}
		half, got := w.tryStaff("sam@sunrise.example", staffPassword)
		if got.str("signIn.viewer.pending") != "SECOND_FACTOR" || got.at("signIn.viewer.actor") != nil {
			t.Fatalf("the password alone: %s", got)
		}
		if _, got := half.try(`{families{totalCount}}`, nil); !strings.Contains(got.raw, "UNAUTHENTICATED") {
			t.Errorf("half signed in: %s", got)
		}
		used := sam.usedCode
		if got := half.do(complete, vars{"i": vars{"totp": used}}); got.str("completeSecondFactor.errors.0.code") != "BAD_CREDENTIALS" {
			t.Errorf("a code that was used: %s", got)
		}
		w.clock.add(30 * time.Second)
		if got := half.do(complete, vars{"i": vars{"totp": w.code(key)}}); got.str("completeSecondFactor.viewer.actor.name") != "Sam Reed" {
			t.Fatalf("the next code: %s", got)
		}
		if me := half.do(whoAmI, nil); me.str("viewer.actor.name") != "Sam Reed" || me.at("viewer.pending") != nil {
			t.Errorf("signed in: %s", me)
		}

		// a recovery code, by many at once: one gets in
		browsers := make([]*browser, 6)
		for i := range browsers {
			browsers[i], _ = w.tryStaff("sam@sunrise.example", staffPassword)
		}
		var in int
		var mu sync.Mutex
		var all sync.WaitGroup
		for _, b := range browsers {
			all.Go(func() {
				_, got := b.try(complete, vars{"i": vars{"recoveryCode": " " + strings.ToUpper(codes[0].(string)) + " "}})
				mu.Lock()
				defer mu.Unlock()
				if got.str("completeSecondFactor.viewer.actor.name") == "Sam Reed" {
					in++
				}
			})
		}
		all.Wait()
		if in != 1 {
			t.Errorf("one recovery code let %d in", in)
		}
	})
}

func TestTenWrongCodesLockTheAppUntilARecoveryCodeHelps(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		key, codes := w.staffMember("sam@sunrise.example").withTOTP()
		half, _ := w.tryStaff("sam@sunrise.example", staffPassword)
		var all sync.WaitGroup
		for range 16 { // at the same moment: they share no count
			all.Go(func() { half.try(complete, vars{"i": vars{"totp": "000000"}}) })
		}
		all.Wait()
		w.clock.add(5 * time.Minute)
		m := w.app.Store.Client.StaffMember.Query().Where(staffmember.Email("sam@sunrise.example")).OnlyX(w.system())
		if m.SecondFailures != 10 {
			t.Errorf("%d wrong codes were looked at", m.SecondFailures)
		}
		if got := half.do(complete, vars{"i": vars{"totp": w.code(key)}}); got.str("completeSecondFactor.errors.0.code") != "SECOND_FACTOR_LOCKED" {
			t.Errorf("the right code: %s", got)
		}
		if mails, err := w.resend.WaitEmails(w.patience(), 2); err != nil || !strings.Contains(mails[1].Text, "locked") {
			t.Errorf("nobody was told: %v", err)
		}
		if got := half.do(complete, vars{"i": vars{"recoveryCode": codes[3]}}); got.str("completeSecondFactor.viewer.actor.name") != "Sam Reed" {
			t.Fatalf("a recovery code: %s", got)
		}
		again, _ := w.tryStaff("sam@sunrise.example", staffPassword)
		w.clock.add(30 * time.Second)
		if got := again.do(complete, vars{"i": vars{"totp": w.code(key)}}); got.str("completeSecondFactor.viewer.actor.name") != "Sam Reed" {
			t.Errorf("the app after that: %s", got)
		}
	})
}

func TestAPasskeySignsInOnceForEachChallengeAndACopyIsFoundOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, _ := w.staffMember("sam@sunrise.example").withPasskey()
		half, _ := w.tryStaff("sam@sunrise.example", staffPassword)
		options := half.do(startAssertion, nil).str("startPasskeyAssertion.options")
		stranger := w.authenticator()
		if got := half.do(complete, vars{"i": vars{"passkey": stranger.assert(options)}}); got.str("completeSecondFactor.errors.0.code") != "BAD_CREDENTIALS" {
			t.Errorf("somebody else's key: %s", got)
		}
		answer := a.assert(options)
		if got := half.do(complete, vars{"i": vars{"passkey": answer}}); got.str("completeSecondFactor.errors.0.code") != "INVALID" {
			t.Errorf("a challenge that was answered: %s", got)
		}
		options = half.do(startAssertion, nil).str("startPasskeyAssertion.options")
		if got := half.do(complete, vars{"i": vars{"passkey": a.assert(options)}}); got.str("completeSecondFactor.viewer.actor.name") != "Sam Reed" {
			t.Fatalf("the key: %s", got)
		}
		a.counter = 0 // a copy made before
		half, _ = w.tryStaff("sam@sunrise.example", staffPassword)
		options = half.do(startAssertion, nil).str("startPasskeyAssertion.options")
		if got := half.do(complete, vars{"i": vars{"passkey": a.assert(options)}}); got.str("completeSecondFactor.errors.0.code") != "BAD_CREDENTIALS" {
			t.Errorf("a copied key: %s", got)
		}
	})
}

func TestWhereTheBusinessAsksForASecondFactorItIsSetUpBeforeAnythingElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		const require = `mutation{updateBusiness(input:{version:1,secondFactorRequired:true}){business{secondFactorRequired version} errors{code}}}`
		w.clock.add(10 * time.Minute)
		if got := owner.do(require, nil); got.str("updateBusiness.errors.0.code") != "REAUTHENTICATION_REQUIRED" {
			t.Errorf("without a proof: %s", got)
		}
		owner.do(confirm, vars{"i": vars{"password": staffPassword}})
		if got := owner.do(require, nil); got.at("updateBusiness.business.secondFactorRequired") != true {
			t.Fatalf("with one: %s", got)
		}
		b, got := w.tryStaff("sam@sunrise.example", staffPassword)
		if got.str("signIn.viewer.pending") != "SECOND_FACTOR_SETUP" {
			t.Fatalf("signing in: %s", got)
		}
		if _, got := b.try(`{families{totalCount}}`, nil); !strings.Contains(got.raw, "UNAUTHENTICATED") {
			t.Errorf("before setting up: %s", got)
		}
		other, _ := w.tryStaff("sam@sunrise.example", staffPassword)
		b.withTOTP()
		if me := b.do(whoAmI, nil); me.str("viewer.actor.name") != "Sam Reed" {
			t.Errorf("after setting up: %s", me)
		}
		if _, got := other.try(startTotp, nil); !strings.Contains(got.raw, "UNAUTHENTICATED") {
			t.Errorf("another half session sets up a factor of its own: %s", got)
		}
		if got := b.do(`mutation{removeTotp{security{totp} errors{code}}}`, nil); got.str("removeTotp.errors.0.code") != "INVALID" {
			t.Errorf("taking the last one away: %s", got)
		}
		if got := owner.do(`mutation($s:ID!){resetSecondFactor(input:{staffId:$s}){staff{secondFactor} errors{code}}}`, vars{"s": w.staffID("sam@sunrise.example")}); got.at("resetSecondFactor.staff.secondFactor") != false {
			t.Errorf("an owner resets it: %s", got)
		}
		if me := b.do(whoAmI, nil); me.at("viewer.actor") != nil {
			t.Errorf("the session goes on after the reset: %s", me)
		}
	})
}

func TestSettingsOfTheBusinessAreCheckedAndHiddenFromGuardians(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.staff()
		update := func(in vars) answer {
			in["version"] = owner.do(`{viewer{business{version}}}`, nil).at("viewer.business.version")
			return owner.do(`mutation($i:UpdateBusinessInput!){updateBusiness(input:$i){business{name accent passwordMinLength smsLinkMinutes timeZone phone officeEmail} errors{code path message}}}`, vars{"i": in})
		}
		for field, value := range map[string]any{"passwordMinLength": 7, "smsLinkMinutes": 31, "timeZone": "Moon/Sea", "name": " ", "phone": "12", "officeEmail": "office", "accent": "#ffcc00"} {
			if got := update(vars{field: value}); got.str("updateBusiness.errors.0.path.1") != field {
				t.Errorf("%s: %s", field, got)
			}
		}
		got := update(vars{"passwordMinLength": 20, "smsLinkMinutes": 10, "accent": "#1D4F91", "officeEmail": "office@sunrise.example", "timeZone": "America/Denver"})
		if got.str("updateBusiness.business.accent") != "#1d4f91" || got.at("updateBusiness.business.smsLinkMinutes") != 10.0 {
			t.Errorf("changing: %s", got)
		}
		if got := owner.do(`mutation{updateBusiness(input:{version:1,name:"Other"}){business{name} errors{code}}}`, nil); got.str("updateBusiness.errors.0.code") != "STALE_VERSION" {
			t.Errorf("an old version: %s", got)
		}
		seen := w.knows("maria@example.com").do(`{viewer{business{passwordMinLength officeEmail smsLinkMinutes secondStaffForChangedContact secondFactorRequired version}}}`, nil)
		for _, hidden := range []string{"officeEmail", "smsLinkMinutes", "secondStaffForChangedContact", "secondFactorRequired", "version"} {
			if seen.at("viewer.business."+hidden) != nil {
				t.Errorf("a guardian sees %s: %s", hidden, seen)
			}
		}
		if reader := w.member("sunrise", "reader@sunrise.example", viewer.FamiliesRead).do(`query($id:ID!){node(id:$id){... on Staff{name email permissions}}}`, vars{"id": w.staffID("dana@sunrise.example")}); reader.at("node.email") != nil || len(reader.at("node.permissions").([]any)) != 0 {
			t.Errorf("without SETTINGS_MANAGE: %s", reader)
		}
	})
}

func TestReachedByAnIPAddressEverythingButPasskeysWorks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := settings(t, w)
		s.PublicURL = "http://127.0.0.1:0"
		a, err := app.New(t.Context(), s, app.Options{Clock: w.clock.now, Log: app.NewLog(w.log, "json")})
		if err != nil {
			t.Fatal(err)
		}
		w.app = a
		w.run(a)
		sam := w.staffMember("sam@sunrise.example")
		if got := sam.do(startPasskey, nil); got.str("startPasskeyRegistration.errors.0.code") != "INVALID" ||
			!strings.Contains(got.raw, "domain name") {
			t.Errorf("a passkey: %s", got)
		}
		key, _ := sam.withTOTP()
		half, _ := w.tryStaff("sam@sunrise.example", staffPassword)
		if got := half.do(startAssertion, nil); got.str("startPasskeyAssertion.errors.0.code") != "INVALID" {
			t.Errorf("using one: %s", got)
		}
		w.clock.add(30 * time.Second)
		if got := half.do(complete, vars{"i": vars{"totp": w.code(key)}}); got.str("completeSecondFactor.viewer.actor.name") != "Sam Reed" {
			t.Errorf("a code: %s", got)
		}
	})
}
