package identity_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/apitoken"
	"officeportal/ent/auditentry"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/identity"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// desk is a context in which the staff member with the address is in front of a browser, just signed in.
func (w *world) desk(email string) context.Context {
	w.t.Helper()
	in, err := w.staff(email, staffPassword)
	w.must(err)
	v, err := w.service.Authenticate(w.t.Context(), in.Token, false)
	w.must(err)
	return viewer.With(w.t.Context(), v)
}

func (w *world) colleague(email, name string, owner bool, granted ...viewer.Permission) *ent.StaffMember {
	w.t.Helper()
	m, err := w.service.CreateStaff(w.t.Context(), identity.StaffInput{Business: "sunrise", Email: email, Name: name, Owner: owner,
		Permissions: granted, Password: staffPassword})
	w.must(err)
	return w.store.Client.StaffMember.GetX(w.system, m.ID)
}

func (w *world) token(ctx context.Context, days int, granted ...viewer.Permission) *identity.NewAPIToken {
	w.t.Helper()
	made, err := w.service.CreateAPIToken(ctx, identity.APITokenInput{Name: "Nightly sync", Permissions: granted, Days: days})
	w.must(err)
	return made
}

func TestATokenActsForItsMakerWithSomeOfTheirPermissions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.colleague("olive@sunrise.example", "Olive Owner", true)
		made := w.token(w.desk("olive@sunrise.example"), 30, viewer.FamiliesRead, viewer.SMSSpend)
		if !strings.HasPrefix(made.Secret, "opt_") || !strings.HasSuffix(made.Secret, made.Token.Hint) {
			t.Errorf("the secret has no form that people know")
		}
		v, err := w.service.AuthenticateAPIToken(t.Context(), made.Secret)
		if err != nil || v.Kind != viewer.StaffMember || v.Name != "Olive Owner" || v.Owner || !v.SessionID.IsZero() || v.APITokenName != "Nightly sync" ||
			!slices.Equal(v.Allowed(), []viewer.Permission{viewer.FamiliesRead, viewer.SMSSpend}) || v.Business.Slug != "sunrise" {
			t.Errorf("%+v, %v", v, err)
		}
		rows, err := w.store.Driver.QueryContext(t.Context(), "SELECT COUNT(*) FROM api_tokens WHERE token_hash = ? OR name = ? OR hint = ?", made.Secret, made.Secret, made.Secret)
		w.must(err)
		defer rows.Close()
		var n int
		if rows.Next(); rows.Scan(&n) != nil || n != 0 {
			t.Error("the secret itself is in the database")
		}
		for name, other := range map[string]string{"another": made.Secret[:6] + "7" + made.Secret[7:], "cut": made.Secret[:len(made.Secret)-1], "none": "", "a cookie": "abc"} {
			if _, err := w.service.AuthenticateAPIToken(t.Context(), other); !errors.Is(err, identity.ErrNoSession) && other != made.Secret {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.service.Authenticate(t.Context(), made.Secret, false); !errors.Is(err, identity.ErrNoSession) {
			t.Errorf("the token is a session too: %v", err)
		}
	})
}

func TestWhatEndsAToken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.colleague("olive@sunrise.example", "Olive Owner", true)
		for name, c := range map[string]struct {
			end  func(made *identity.NewAPIToken)
			want identity.APITokenState
		}{
			"revoking": {func(made *identity.NewAPIToken) {
				_, err := w.service.RevokeAPIToken(w.desk("olive@sunrise.example"), made.Token.ID)
				w.must(err)
			}, identity.TokenRevoked},
			"time":         {func(*identity.NewAPIToken) { w.add(24 * time.Hour) }, identity.TokenExpired},
			"deactivation": {func(*identity.NewAPIToken) { m.Update().SetActive(false).ExecX(w.system) }, identity.TokenEnded},
			"a new epoch":  {func(*identity.NewAPIToken) { m.Update().AddCredEpoch(1).ExecX(w.system) }, identity.TokenEnded},
		} {
			m.Update().SetActive(true).ExecX(w.system)
			w.add(time.Hour)
			made := w.token(w.desk("olive@sunrise.example"), 1, viewer.FamiliesRead)
			if _, err := w.service.AuthenticateAPIToken(t.Context(), made.Secret); err != nil {
				t.Errorf("%s: before: %v", name, err)
			}
			c.end(made)
			if _, err := w.service.AuthenticateAPIToken(t.Context(), made.Secret); !errors.Is(err, identity.ErrNoSession) {
				t.Errorf("%s: after: %v", name, err)
			}
			row := w.store.Client.APIToken.Query().Where(apitoken.ID(made.Token.ID)).WithStaffMember().OnlyX(w.system)
			if got := w.service.StateOf(row); got != c.want {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

func TestATokenLosesWhatItsMakerLoses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.colleague("sam@sunrise.example", "Sam Reed", false, viewer.FamiliesRead, viewer.FamiliesWrite)
		made := w.token(w.desk("sam@sunrise.example"), 30, viewer.FamiliesRead, viewer.FamiliesWrite)
		m.Update().SetPermissions([]viewer.Permission{viewer.FamiliesRead, viewer.AuditRead}).ExecX(w.system)
		v, err := w.service.AuthenticateAPIToken(t.Context(), made.Secret)
		if err != nil || !slices.Equal(v.Allowed(), []viewer.Permission{viewer.FamiliesRead}) {
			t.Errorf("%v, %v", v.Allowed(), err)
		}
	})
}

func TestNobodyPassesOnMoreThanTheyMayDo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.colleague("sam@sunrise.example", "Sam Reed", false, viewer.FamiliesRead)
		sam := w.desk("sam@sunrise.example")
		good := identity.APITokenInput{Name: "Sync", Permissions: []viewer.Permission{viewer.FamiliesRead}, Days: 30}
		for name, c := range map[string]struct {
			change func(*identity.APITokenInput)
			code   fault.Code
		}{
			"no name":               {func(in *identity.APITokenInput) { in.Name = "  " }, fault.Invalid},
			"a long name":           {func(in *identity.APITokenInput) { in.Name = strings.Repeat("x", 81) }, fault.Invalid},
			"no permissions":        {func(in *identity.APITokenInput) { in.Permissions = nil }, fault.Required},
			"no days":               {func(in *identity.APITokenInput) { in.Days = 0 }, fault.Invalid},
			"too many days":         {func(in *identity.APITokenInput) { in.Days = 366 }, fault.Invalid},
			"what Sam may not do":   {func(in *identity.APITokenInput) { in.Permissions = append(in.Permissions, viewer.SMSSpend) }, fault.Invalid},
			"what nobody can grant": {func(in *identity.APITokenInput) { in.Permissions = []viewer.Permission{"EVERYTHING"} }, fault.Invalid},
		} {
			in := good
			in.Permissions = slices.Clone(good.Permissions)
			c.change(&in)
			if made, err := w.service.CreateAPIToken(sam, in); !fault.Is(err, c.code) || made != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := w.store.Client.APIToken.Query().CountX(w.system); n != 0 {
			t.Fatalf("%d tokens were made", n)
		}
		w.add(identity.ProofLife)
		if _, err := w.service.CreateAPIToken(sam, good); !fault.Is(err, fault.ReauthenticationRequired) {
			t.Errorf("long after signing in: %v", err)
		}
		refused := w.store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.APITokenCreated))).AllX(w.system)
		if len(refused) != 3 {
			t.Errorf("%d refusals are in the Audit Log", len(refused))
		}
		for _, e := range refused {
			if got := audit.Sentence("en", e); !strings.Contains(got, "Sam Reed was not allowed to make the API token “Sync”") {
				t.Errorf("told as %q", got)
			}
		}
	})
}

func TestATokenMakesNoTokenAndEndsNone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.colleague("olive@sunrise.example", "Olive Owner", true)
		made := w.token(w.desk("olive@sunrise.example"), 30, viewer.Permissions()...)
		v, err := w.service.AuthenticateAPIToken(t.Context(), made.Secret)
		w.must(err)
		ctx := viewer.With(t.Context(), v)
		if _, err := w.service.CreateAPIToken(ctx, identity.APITokenInput{Name: "More", Permissions: []viewer.Permission{viewer.FamiliesRead}, Days: 30}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("making: %v", err)
		}
		if _, err := w.service.RevokeAPIToken(ctx, made.Token.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("ending: %v", err)
		}
		if _, _, err := w.service.APITokens(ctx, true); !fault.Is(err, fault.Forbidden) {
			t.Errorf("everybody's: %v", err)
		}
	})
}

func TestOwnersEndEverybodysTokensAndOthersTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.colleague("olive@sunrise.example", "Olive Owner", true)
		w.colleague("sam@sunrise.example", "Sam Reed", false, viewer.FamiliesRead)
		olive, sam, dana := w.desk("olive@sunrise.example"), w.desk("sam@sunrise.example"), w.desk("dana@sunrise.example")
		made := w.token(sam, 30, viewer.FamiliesRead)
		if _, err := w.service.RevokeAPIToken(dana, made.Token.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a colleague: %v", err)
		}
		if _, err := w.service.RevokeAPIToken(sam, w.guardian.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("none: %v", err)
		}
		for who, want := range map[*context.Context]int{&olive: 0, &sam: 1, &dana: 0} {
			ctx, q, err := w.service.APITokens(*who, false)
			w.must(err)
			if n := q.CountX(ctx); n != want {
				t.Errorf("%s has %d tokens", viewer.From(*who).Name, n)
			}
		}
		if _, _, err := w.service.APITokens(sam, true); !fault.Is(err, fault.Forbidden) {
			t.Errorf("everybody's: %v", err)
		}
		ctx, q, err := w.service.APITokens(olive, true)
		w.must(err)
		if n := q.CountX(ctx); n != 1 {
			t.Errorf("the owner sees %d", n)
		}
		for range 2 { // the second time nothing is left to end
			if ended, err := w.service.RevokeAPIToken(olive, made.Token.ID); err != nil || w.service.StateOf(ended) != identity.TokenRevoked {
				t.Errorf("the owner: %v", err)
			}
		}
		entries := w.store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.APITokenRevoked))).Order(ent.Asc(auditentry.FieldID)).AllX(w.system)
		var told []string
		for _, e := range entries {
			told = append(told, audit.Sentence("en", e))
		}
		if want := []string{"Dana Price was not allowed to end the API token “Nightly sync”: it does not exist.", "Olive Owner ended the API token “Nightly sync” of Sam Reed."}; !slices.Equal(told, want) {
			t.Errorf("told as %q", told)
		}
	})
}

func TestTheUseOfATokenIsNotedOnceAMinute(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.colleague("olive@sunrise.example", "Olive Owner", true)
		made := w.token(w.desk("olive@sunrise.example"), 30, viewer.FamiliesRead)
		use := func(address string) *ent.APIToken {
			ctx := viewer.WithRequest(t.Context(), viewer.Request{Address: address})
			_, err := w.service.AuthenticateAPIToken(ctx, made.Secret)
			w.must(err)
			return w.store.Client.APIToken.GetX(w.system, made.Token.ID)
		}
		first := use("192.0.2.1")
		if first.LastUsedAt == nil || first.LastUsedAddress != "192.0.2.1" {
			t.Fatalf("%v from %q", first.LastUsedAt, first.LastUsedAddress)
		}
		w.add(30 * time.Second)
		if again := use("192.0.2.2"); again.LastUsedAddress != "192.0.2.1" {
			t.Error("noted again within the minute")
		}
		w.add(30 * time.Second)
		if later := use("192.0.2.3"); !later.LastUsedAt.After(*first.LastUsedAt) || later.LastUsedAddress != "192.0.2.3" {
			t.Errorf("%v from %q", later.LastUsedAt, later.LastUsedAddress)
		}
	})
}

func TestNobodyHasMoreWorkingTokensThanAllowed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.colleague("olive@sunrise.example", "Olive Owner", true)
		olive := w.desk("olive@sunrise.example")
		for range identity.MaxAPITokens - 1 {
			w.token(olive, 30, viewer.FamiliesRead)
		}
		var made, refused int
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, err := w.service.CreateAPIToken(olive, identity.APITokenInput{Name: "Race", Permissions: []viewer.Permission{viewer.FamiliesRead}, Days: 1})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					made++
				case fault.Is(err, fault.LimitReached):
					refused++
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if made != 1 || refused != 7 {
			t.Errorf("%d made, %d refused", made, refused)
		}
	})
}

func TestTheAuditLogSaysThatAProgramActed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.colleague("olive@sunrise.example", "Olive Owner", true)
		made := w.token(w.desk("olive@sunrise.example"), 30, viewer.SettingsManage)
		v, err := w.service.AuthenticateAPIToken(t.Context(), made.Secret)
		w.must(err)
		w.must(w.store.WithTx(viewer.With(t.Context(), v), func(ctx context.Context, tx *store.Tx) error {
			_, err := audit.Record(ctx, tx, audit.Entry{Action: audit.SMSSettingChanged, Facts: map[string]string{"enabled": "true"}})
			return err
		}))
		e := w.store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.SMSSettingChanged))).OnlyX(w.system)
		olive := w.store.Client.StaffMember.Query().Where(staffmember.Name("Olive Owner")).OnlyX(w.system)
		if e.ActorID == nil || *e.ActorID != olive.ID || e.ActorName != "Olive Owner" {
			t.Errorf("by %v %q", e.ActorID, e.ActorName)
		}
		for locale, want := range map[string]string{"en": "Olive Owner via token “Nightly sync” turned text messaging on.", "es": "Olive Owner mediante el token «Nightly sync»"} {
			if got := audit.Sentence(locale, e); !strings.HasPrefix(got, want) {
				t.Errorf("told as %q", got)
			}
		}
	})
}
