package passwordreset_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/contact"
	"officeportal/internal/credit"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/link"
	"officeportal/internal/passwordreset"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) set(at time.Time) { c.mu.Lock(); c.at = at; c.mu.Unlock() }

func (c *clock) add(d time.Duration) { c.mu.Lock(); c.at = c.at.Add(d); c.mu.Unlock() }

// world is one business with a staff member and a guardian, on a real database.
type world struct {
	t        *testing.T
	store    *store.Store
	ring     *keyring.Ring
	service  *passwordreset.Service
	clock    *clock
	business *ent.Business
	staff    *ent.StaffMember
	family   *ent.Family
	guardian *ent.Guardian
	system   context.Context
	staffCtx context.Context
}

// each runs the test on both databases.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) { test(t, newWorld(t, d)) })
}

func newWorld(t *testing.T, d *store.Driver) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{at: time.Date(2026, 3, 3, 20, 14, 0, 0, time.UTC)}}
	w.store = store.New(d, w.clock.now)
	ring, err := keyring.Parse("a root secret for tests and long enough for anybody")
	w.must(err)
	w.ring = ring
	w.system = viewer.AsSystem(t.Context(), ident.ID{}, "a test prepares its rows")
	now := w.store.Now()
	w.business, err = w.store.Client.Business.Create().SetName("Sunrise Gymnastics").SetSlug("sunrise").SetTimeZone("America/Chicago").
		SetCountry("US").SetPhone("+13125550100").Save(w.system)
	w.must(err)
	w.must(w.store.Client.SmsAccount.Create().SetBusinessID(w.business.ID).SetEnabled(true).Exec(w.system))
	w.staff = w.newStaff("Dana Price", "dana@sunrise.example")
	w.family, err = w.store.Client.Family.Create().SetBusinessID(w.business.ID).SetName("Lopez").SetNameKey("lopez").SetUpdatedAt(now).Save(w.system)
	w.must(err)
	w.guardian = w.newGuardian("Maria Lopez", "maria@example.com", "+13125550123")
	w.staffCtx = w.as(w.staff, viewer.Permissions()...)
	w.addCredits(42)
	limiter := ratelimit.New(w.store, ring)
	w.service = passwordreset.New(passwordreset.Config{Store: w.store, Ring: ring, Limiter: limiter, Ledger: credit.New(w.store),
		Nudge: func() {}, PublicURL: "https://portal.example", EmailFrom: "office@portal.example", SMSOriginator: "Sunrise", Log: slog.New(slog.DiscardHandler)})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) newStaff(name, email string) *ent.StaffMember {
	w.t.Helper()
	m, err := w.store.Client.StaffMember.Create().SetBusinessID(w.business.ID).SetName(name).SetEmail(email).
		SetEmailKey(w.ring.Lookup("email", []byte(email))).SetPermissions(viewer.Permissions()).Save(w.system)
	w.must(err)
	return m
}

func (w *world) newGuardian(name, email, phone string) *ent.Guardian {
	w.t.Helper()
	address, err := contact.ParseEmail(email)
	w.must(err)
	key := address.Key(w.ring)
	g, err := w.store.Client.Guardian.Create().SetBusinessID(w.business.ID).SetFamilyID(w.family.ID).SetName(name).SetEmail(email).
		SetEmailKey(key).SetLoginKey(key).SetPhone(phone).SetPhoneMobile(true).SetCanLogIn(true).SetUpdatedAt(w.store.Now()).Save(w.system)
	w.must(err)
	return g
}

func (w *world) as(m *ent.StaffMember, granted ...viewer.Permission) context.Context {
	return viewer.With(w.t.Context(), viewer.Viewer{Kind: viewer.StaffMember, BusinessID: w.business.ID, PersonID: m.ID, Name: m.Name, Locale: "en",
		Granted: granted, Business: viewer.Business{Name: w.business.Name, TimeZone: w.business.TimeZone, Country: "US", SMSLinkMinutes: 30, SMSDayCap: 500, PasswordMinLength: 15}})
}

func (w *world) addCredits(n int) {
	w.t.Helper()
	_, err := credit.New(w.store).AddFromShell(w.system, w.business.ID, n, "test")
	w.must(err)
}

func (w *world) balance() int {
	w.t.Helper()
	a, err := w.store.Client.SmsAccount.Query().Only(w.system)
	w.must(err)
	return a.Balance
}

var keys struct {
	sync.Mutex
	n int
}

// key returns a fresh idempotency key.
func key() string {
	keys.Lock()
	defer keys.Unlock()
	keys.n++
	return fmt.Sprintf("idempotency-key-%04d", keys.n)
}

func (w *world) request(channel schematype.Channel) passwordreset.Sent {
	w.t.Helper()
	sent, err := w.service.Request(w.staffCtx, passwordreset.RequestInput{GuardianID: w.guardian.ID, Channel: channel, IdempotencyKey: key()})
	w.must(err)
	return sent
}

// deliver does what the worker does: leases the message of a link and renders it; it returns the secret.
func (w *world) deliver(sent passwordreset.Sent) string {
	w.t.Helper()
	m, err := w.store.Client.Message.Get(w.system, sent.Request.Message.ID)
	w.must(err)
	w.must(w.store.WithTx(w.system, func(ctx context.Context, tx *store.Tx) error {
		void, err := w.service.OnFirstLease(ctx, tx, m)
		if void != "" {
			return fmt.Errorf("void: %s", void)
		}
		return err
	}))
	content, err := w.service.Prepare(w.system, m, w.store.Now())
	w.must(err)
	text := ""
	if content.SMS != nil {
		text = content.SMS.Body
	} else {
		text = content.Email.Text
	}
	_, rest, ok := strings.Cut(text, "https://portal.example/r#")
	if !ok || len(rest) < link.SecretLength {
		w.t.Fatal("the message has no link")
	}
	return rest[:link.SecretLength]
}

// together runs f n times at once and returns how often each outcome came.
func together(n int, f func(i int) error) (ok int, failures []error) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	begin := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-begin
			err := f(i)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				ok++
			} else {
				failures = append(failures, err)
			}
		})
	}
	close(begin)
	wg.Wait()
	return ok, failures
}
