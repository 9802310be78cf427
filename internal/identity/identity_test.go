package identity_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/internal/credit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/identity/password"
	"officeportal/internal/keyring"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

const (
	staffPassword    = "copper lantern meadow"
	guardianPassword = "violet tractor lagoon"
)

// world is one business with a staff member and a guardian, on a real database.
type world struct {
	t        *testing.T
	store    *store.Store
	service  *identity.Service
	mu       sync.Mutex
	at       time.Time
	guardian *ent.Guardian
	system   context.Context
}

func (w *world) now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.at }

func (w *world) add(d time.Duration) { w.mu.Lock(); w.at = w.at.Add(d); w.mu.Unlock() }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		w := &world{t: t, at: time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)}
		w.store = store.New(d, w.now)
		ring, err := keyring.Parse("a root secret for tests and long enough for anybody")
		w.must(err)
		w.service = identity.New(w.store, ring, ratelimit.New(w.store, ring))
		w.system = viewer.AsSystem(t.Context(), ident.ID{}, "a test prepares its rows")
		b, err := w.service.CreateBusiness(t.Context(), credit.New(w.store), identity.BusinessInput{
			Slug: "sunrise", Name: "Sunrise Gymnastics", TimeZone: "America/Chicago", Country: "us", Phone: "312-555-0100"})
		w.must(err)
		_, err = w.service.CreateStaff(t.Context(), identity.StaffInput{Business: "sunrise", Email: "dana@sunrise.example", Name: "Dana Price",
			Permissions: []viewer.Permission{viewer.FamiliesRead}, Password: staffPassword})
		w.must(err)
		hash, err := password.Hash(t.Context(), guardianPassword)
		w.must(err)
		f := w.store.Client.Family.Create().SetBusinessID(b.ID).SetName("Lopez").SetNameKey("lopez").SetUpdatedAt(w.now()).SaveX(w.system)
		key := ring.Lookup("email", []byte("maria@example.com"))
		w.guardian = w.store.Client.Guardian.Create().SetBusinessID(b.ID).SetFamilyID(f.ID).SetName("Maria Lopez").SetEmail("maria@example.com").
			SetEmailKey(key).SetLoginKey(key).SetCanLogIn(true).SetPasswordHash(hash).SetUpdatedAt(w.now()).SaveX(w.system)
		test(t, w)
	})
}

func (w *world) staff(email, pw string) (identity.SignedIn, error) {
	return w.service.SignIn(w.t.Context(), identity.SignInInput{Email: email, Password: pw})
}

func (w *world) parent(slug, email, pw string) (identity.SignedIn, error) {
	return w.service.SignIn(w.t.Context(), identity.SignInInput{Business: &slug, Email: email, Password: pw})
}

func TestASessionSaysWhoAsksAndForWhichBusiness(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in, err := w.staff(" Dana@Sunrise.example ", staffPassword)
		w.must(err)
		v, err := w.service.Authenticate(t.Context(), in.Token, false)
		if err != nil || v.Kind != viewer.StaffMember || v.Name != "Dana Price" || !v.Can(viewer.FamiliesRead) || v.Can(viewer.FamiliesWrite) ||
			v.Business.Name != "Sunrise Gymnastics" || v.Business.Phone != "+13125550100" || v.Business.Country != "US" {
			t.Errorf("staff: %+v, %v", v, err)
		}
		in, err = w.parent("sunrise", "maria@example.com", guardianPassword)
		w.must(err)
		v, err = w.service.Authenticate(t.Context(), in.Token, true)
		if err != nil || v.Kind != viewer.Guardian || v.PersonID != w.guardian.ID || v.FamilyID != w.guardian.FamilyID || len(v.Allowed()) != 0 {
			t.Errorf("guardian: %+v, %v", v, err)
		}
		if _, err := w.service.Authenticate(t.Context(), in.Token, false); !errors.Is(err, identity.ErrNoSession) {
			t.Errorf("a guardian's session is good for the office: %v", err)
		}
	})
}

func TestWhatEndsASession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, end := range map[string]func(in identity.SignedIn){
			"signing out": func(in identity.SignedIn) { w.must(w.service.SignOut(viewer.With(t.Context(), in.Viewer))) },
			"time":        func(identity.SignedIn) { w.add(identity.GuardianSession) },
			"a new epoch": func(identity.SignedIn) { w.guardian.Update().AddCredEpoch(1).ExecX(w.system) },
			"login off":   func(identity.SignedIn) { w.guardian.Update().SetCanLogIn(false).ExecX(w.system) },
			"archiving":   func(identity.SignedIn) { w.guardian.Update().SetArchived(true).ExecX(w.system) },
			"the family":  func(identity.SignedIn) { w.guardian.Update().SetFamilyArchived(true).ExecX(w.system) },
		} {
			w.guardian.Update().SetCanLogIn(true).SetArchived(false).SetFamilyArchived(false).ExecX(w.system)
			w.add(time.Hour)
			in, err := w.parent("sunrise", "maria@example.com", guardianPassword)
			w.must(err)
			if _, err := w.service.Authenticate(t.Context(), in.Token, true); err != nil {
				t.Errorf("%s: before: %v", name, err)
			}
			end(in)
			if _, err := w.service.Authenticate(t.Context(), in.Token, true); !errors.Is(err, identity.ErrNoSession) {
				t.Errorf("%s does not end a session: %v", name, err)
			}
		}
		w.add(30 * 24 * time.Hour)
		w.must(w.service.Sweep(w.system, 100))
		if n := w.store.Client.Session.Query().CountX(w.system); n != 0 {
			t.Errorf("%d expired sessions are left", n)
		}
	})
}

func TestEveryFailureIsTheSameRefusalAndIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		attempts := 0
		for name, try := range map[string]func() (identity.SignedIn, error){
			"wrong password":       func() (identity.SignedIn, error) { return w.parent("sunrise", "maria@example.com", "wrong") },
			"unknown address":      func() (identity.SignedIn, error) { return w.parent("sunrise", "nobody@example.com", "wrong") },
			"no address":           func() (identity.SignedIn, error) { return w.parent("sunrise", "no address", "wrong") },
			"unknown business":     func() (identity.SignedIn, error) { return w.parent("moon", "maria@example.com", guardianPassword) },
			"guardian as staff":    func() (identity.SignedIn, error) { return w.staff("maria@example.com", guardianPassword) },
			"staff as guardian":    func() (identity.SignedIn, error) { return w.parent("sunrise", "dana@sunrise.example", staffPassword) },
			"staff wrong password": func() (identity.SignedIn, error) { return w.staff("dana@sunrise.example", "wrong") },
		} {
			attempts++
			if in, err := try(); !fault.Is(err, fault.BadCredentials) || in.Token != "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := w.store.Client.AuditEntry.Query().Where(auditentry.Action("SIGN_IN_FAILED")).CountX(w.system); n == 0 || n > attempts {
			t.Errorf("%d entries tell of %d failures", n, attempts)
		}
		if n := w.store.Client.Session.Query().CountX(w.system); n != 0 {
			t.Errorf("%d sessions began", n)
		}
	})
}

func TestGuessingIsSlowedDownForKnownAndUnknownAddressesAlike(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		limited := map[string]int{}
		for _, email := range []string{"maria@example.com", "nobody@example.com"} {
			for range 14 {
				if _, err := w.parent("sunrise", email, "wrong"); fault.Is(err, fault.LimitReached) {
					limited[email]++
				}
			}
		}
		if limited["maria@example.com"] == 0 || limited["maria@example.com"] != limited["nobody@example.com"] {
			t.Errorf("limited: %v", limited)
		}
		if _, err := w.parent("sunrise", "maria@example.com", guardianPassword); !fault.Is(err, fault.LimitReached) {
			t.Errorf("the right password while limited: %v", err)
		}
		w.add(time.Hour)
		if _, err := w.parent("sunrise", "maria@example.com", guardianPassword); err != nil {
			t.Errorf("after an hour: %v", err)
		}
	})
}
