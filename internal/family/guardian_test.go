package family_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"officeportal/ent"
	"officeportal/internal/family"
	"officeportal/internal/fault"
)

func TestLoginAccess(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f := e.family("Lopez")
		g := e.guardian(f.ID, "Maria Lopez", "maria@example.com", "", true)
		twin := e.guardian(f.ID, "Maria Lopez", "maria@example.com", "", false)
		link := e.token(g)
		set := func(g *ent.Guardian, on bool) (*ent.Guardian, error) {
			return e.svc.SetGuardianLoginAccess(e.dana, family.SetGuardianLoginAccessInput{GuardianID: g.ID, Version: g.Version, CanLogIn: on})
		}
		if diff := cmp.Diff([]string{"ALREADY_TAKEN canLogIn"}, refused(t, second(set(twin, true)))); diff != "" {
			t.Error(diff)
		}
		var off *ent.Guardian
		got := e.since(func() { off = must[*ent.Guardian](t)(set(g, false)) })
		if off.CanLogIn || held(off.LoginKey) || off.CredEpoch != g.CredEpoch+1 || !held(off.EmailKey) || !e.revoked(link) {
			t.Errorf("%v", off)
		}
		if len(got) != 1 || got[0].Action != "LOGIN_ACCESS_CHANGED" || *got[0].GuardianID != g.ID || got[0].Facts["canLogIn"] != "no" {
			t.Errorf("%v", got)
		}
		if e.getFamily(f.ID).AnyCanLogIn {
			t.Error("any_can_log_in is not kept")
		}
		if on := must[*ent.Guardian](t)(set(twin, true)); !held(on.LoginKey) || !e.getFamily(f.ID).AnyCanLogIn {
			t.Errorf("%v", on)
		}
	})
}

func TestAnArchivedGuardianComesBackWithoutLogin(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f := e.family("Lopez")
		g := e.guardian(f.ID, "Maria Lopez", "maria@example.com", "312 555 0123", true)
		link := e.token(g)
		out := must[*ent.Guardian](t)(e.svc.ArchiveGuardian(e.dana, family.VersionedID{ID: g.ID, Version: 1}))
		if !out.Archived || held(out.LoginKey) || out.CredEpoch != 2 || !e.revoked(link) || e.getFamily(f.ID).AnyCanLogIn {
			t.Errorf("%v", out)
		}
		if diff := cmp.Diff([]string{"lopez"}, e.keys(f.ID)); diff != "" {
			t.Errorf("an archived guardian is found: %s", diff)
		}
		if err := second(e.svc.SetGuardianLoginAccess(e.dana, family.SetGuardianLoginAccessInput{GuardianID: g.ID, Version: 2, CanLogIn: true})); !fault.Is(err, fault.Invalid) {
			t.Errorf("an archived guardian was given login: %v", err)
		}
		back := must[*ent.Guardian](t)(e.svc.RestoreGuardian(e.dana, family.VersionedID{ID: g.ID, Version: 2}))
		if back.Archived || back.CanLogIn || held(back.LoginKey) || back.Email != "maria@example.com" {
			t.Errorf("%v", back)
		}
		if diff := cmp.Diff([]string{"32105552131", "lopez", "maria", "maria@example.com"}, e.keys(f.ID)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestChangingAContact(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		for _, c := range []struct {
			name         string
			email, phone string
			in           family.UpdateGuardianInput
			actions      []string
			notices      []string // "field destination"
			ends         bool     // sessions and links
		}{
			{"another email ends sessions and tells the old address", "old1@example.com", "", family.UpdateGuardianInput{Email: ptr("new1@example.com")},
				[]string{"CONTACT_CHANGED"}, []string{"email old1@example.com"}, true},
			{"another phone tells the email address", "old2@example.com", "312 555 0101", family.UpdateGuardianInput{Phone: ptr("312 555 0102")},
				[]string{"CONTACT_CHANGED"}, []string{"phone old2@example.com"}, true},
			{"both at once tell the old address of both", "old3@example.com", "312 555 0101", family.UpdateGuardianInput{Email: ptr("new3@example.com"), Phone: ptr("312 555 0103"), Name: ptr("M. Lopez")},
				[]string{"CONTACT_CHANGED", "GUARDIAN_CHANGED"}, []string{"email old3@example.com", "phone old3@example.com"}, true},
			{"a first phone is changed by staff but replaces nothing", "old4@example.com", "", family.UpdateGuardianInput{Phone: ptr("(312) 555-0104")},
				[]string{"CONTACT_CHANGED"}, nil, true},
			{"a phone taken away is told", "old5@example.com", "312 555 0105", family.UpdateGuardianInput{Phone: ptr("")},
				[]string{"CONTACT_CHANGED"}, []string{"phone old5@example.com"}, true},
			{"the same number written otherwise is no change", "old6@example.com", "312 555 0106", family.UpdateGuardianInput{Phone: ptr("+1 (312) 555-0106"), Email: ptr(" old6@example.com ")},
				[]string{}, nil, false},
			{"name, relation and language end nothing", "old7@example.com", "", family.UpdateGuardianInput{Name: ptr("Marie"), Relation: ptr(""), Locale: ptr("es")},
				[]string{"GUARDIAN_CHANGED"}, nil, false},
		} {
			t.Run(c.name, func(t *testing.T) {
				f := e.family("Lopez")
				g := e.guardian(f.ID, "Maria Lopez", c.email, c.phone, true)
				e.store.Client.Guardian.UpdateOneID(g.ID).SetEmailBouncedAt(e.store.Now()).SetPhoneOptedOutAt(e.store.Now()).ExecX(e.system)
				link := e.token(g)
				e.out.list = nil
				c.in.GuardianID, c.in.Version = g.ID, g.Version
				var now *ent.Guardian
				got := e.since(func() { now = must[*ent.Guardian](t)(e.svc.UpdateGuardian(e.dana, c.in)) })
				if diff := cmp.Diff(c.actions, actions(got)); diff != "" {
					t.Error(diff)
				}
				var told []string
				for _, n := range e.out.list {
					told = append(told, n.Field+" "+n.Destination)
				}
				if diff := cmp.Diff(c.notices, told); diff != "" {
					t.Error(diff)
				}
				if ended := now.CredEpoch > g.CredEpoch; ended != c.ends || e.revoked(link) != c.ends {
					t.Errorf("epoch %d, link revoked %v", now.CredEpoch, e.revoked(link))
				}
				emailChanged, phoneChanged := now.Email != g.Email, now.Phone != g.Phone
				if (now.EmailChangedAt != nil) != emailChanged || (now.EmailBouncedAt == nil) != emailChanged {
					t.Error("the marks of the email are wrong")
				}
				if (now.PhoneChangedAt != nil) != phoneChanged || (now.PhoneOptedOutAt == nil) != phoneChanged {
					t.Error("the marks of the phone are wrong")
				}
				if emailChanged && (*now.EmailChangedBy != e.danaID || string(*now.LoginKey) != string(*now.EmailKey) || string(*now.EmailKey) == string(*g.EmailKey)) {
					t.Error("the keys of the email are wrong")
				}
				if phoneChanged && (*now.PhoneChangedBy != e.danaID || now.PhoneMobile != (now.Phone != "")) {
					t.Error("the facts of the phone are wrong")
				}
			})
		}
	})
}
