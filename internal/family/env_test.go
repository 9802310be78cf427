package family_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/familysearchkey"
	"officeportal/internal/family"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

var ring = func() *keyring.Ring {
	r, err := keyring.Parse("0123456789abcdef0123456789abcdef")
	if err != nil {
		panic(err)
	}
	return r
}()

// env is a business with two staff members on one database.
type env struct {
	t     *testing.T
	store *store.Store
	svc   *family.Service
	out   *notices
	clock *clock

	business *ent.Business
	dana     context.Context // may change families
	sam      context.Context // may only read them
	system   context.Context
	danaID   ident.ID
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Second)
	return c.now
}

// notices keeps what was queued, as often as the transaction ran.
type notices struct {
	mu   sync.Mutex
	list []family.Notice
}

func (n *notices) ContactChanged(_ context.Context, _ *store.Tx, notice family.Notice) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, notice)
	return nil
}

func each(t *testing.T, f func(t *testing.T, e *env)) {
	t.Helper()
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		c := &clock{now: time.Date(2026, 3, 3, 20, 0, 0, 0, time.UTC)}
		f(t, newEnv(t, store.New(d, c.Now), c, "sunrise"))
	})
}

func newEnv(t *testing.T, s *store.Store, c *clock, slug string) *env {
	t.Helper()
	out := &notices{}
	e := &env{t: t, store: s, clock: c, out: out, svc: &family.Service{Store: s, Ring: ring, Outbox: out}}
	system := viewer.AsSystem(t.Context(), ident.ID{}, "test")
	var err error
	e.business, err = s.Client.Business.Create().SetName("Sunrise Gymnastics").SetSlug(slug).
		SetTimeZone("America/Chicago").SetCountry("US").Save(system)
	if err != nil {
		t.Fatal(err)
	}
	e.system = viewer.AsSystem(t.Context(), e.business.ID, "test")
	e.dana, e.danaID = e.staff("Dana Price", slug, viewer.FamiliesRead, viewer.FamiliesWrite)
	e.sam, _ = e.staff("Sam Ortiz", slug, viewer.FamiliesRead, viewer.PasswordResetSend)
	return e
}

func (e *env) staff(name, slug string, granted ...viewer.Permission) (context.Context, ident.ID) {
	e.t.Helper()
	email := name + "@" + slug
	m, err := e.store.Client.StaffMember.Create().SetBusinessID(e.business.ID).SetName(name).SetEmail(email).
		SetEmailKey(ring.Lookup("email", []byte(email))).SetPermissions(granted).Save(e.system)
	if err != nil {
		e.t.Fatal(err)
	}
	return viewer.With(e.t.Context(), viewer.Viewer{
		Kind: viewer.StaffMember, BusinessID: e.business.ID, PersonID: m.ID, Name: name, Granted: granted, Locale: "en",
		Business: viewer.Business{Name: "Sunrise Gymnastics", Slug: slug, TimeZone: "America/Chicago", Country: "US", Locale: "en"},
	}), m.ID
}

func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (e *env) family(name string) *ent.Family {
	e.t.Helper()
	return must[*ent.Family](e.t)(e.svc.CreateFamily(e.dana, family.CreateFamilyInput{Name: name}))
}

func (e *env) guardian(f ident.ID, name, email, phone string, login bool) *ent.Guardian {
	e.t.Helper()
	return must[*ent.Guardian](e.t)(e.svc.AddGuardian(e.dana, family.AddGuardianInput{
		FamilyID: f, Name: name, Relation: "Mother", Email: email, Phone: phone, CanLogIn: login}))
}

func (e *env) student(f ident.ID, name string) *ent.Student {
	e.t.Helper()
	return must[*ent.Student](e.t)(e.svc.AddStudent(e.dana, family.AddStudentInput{FamilyID: f, Name: name, BirthDate: "2015-05-01"}))
}

func (e *env) getFamily(id ident.ID) *ent.Family {
	e.t.Helper()
	return must[*ent.Family](e.t)(e.store.Client.Family.Get(e.system, id))
}

func (e *env) getGuardian(id ident.ID) *ent.Guardian {
	e.t.Helper()
	return must[*ent.Guardian](e.t)(e.store.Client.Guardian.Get(e.system, id))
}

func (e *env) keys(f ident.ID) []string {
	e.t.Helper()
	rows, err := e.store.Client.FamilySearchKey.Query().Where(familysearchkey.FamilyID(f)).All(e.system)
	if err != nil {
		e.t.Fatal(err)
	}
	var keys []string
	for _, row := range rows {
		keys = append(keys, row.Key)
	}
	slices.Sort(keys)
	for _, row := range rows {
		if row.Marks != family.MarksOf(keys) {
			e.t.Errorf("the key %q has the marks of other keys than %v", row.Key, keys)
		}
	}
	return keys
}

// entries returns the Audit Log of the business from the beginning.
func (e *env) entries() []*ent.AuditEntry {
	e.t.Helper()
	return must[[]*ent.AuditEntry](e.t)(e.store.Client.AuditEntry.Query().
		Where(auditentry.BusinessID(e.business.ID)).Order(ent.Asc(auditentry.FieldID)).All(e.system))
}

// since runs change and returns the actions of the entries it wrote.
func (e *env) since(change func()) []*ent.AuditEntry {
	e.t.Helper()
	before := len(e.entries())
	change()
	return e.entries()[before:]
}

func actions(entries []*ent.AuditEntry) []string {
	out := []string{}
	for _, a := range entries {
		out = append(out, a.Action)
	}
	slices.Sort(out)
	return out
}

// token is a live link of the guardian.
func (e *env) token(g *ent.Guardian) ident.ID {
	e.t.Helper()
	id := ident.New()
	lookup := append(id[:], id[:]...)
	return must[*ent.ResetToken](e.t)(e.store.Client.ResetToken.Create().SetID(id).SetBusinessID(e.business.ID).SetGuardianID(g.ID).
		SetChannel("EMAIL").SetNonce(id[:]).SetKid("k").SetCredEpoch(g.CredEpoch).SetLookup(lookup).
		SetDestination("x@example.com").SetCreatedAt(e.store.Now()).Save(e.system)).ID
}

func (e *env) revoked(token ident.ID) bool {
	e.t.Helper()
	return must[*ent.ResetToken](e.t)(e.store.Client.ResetToken.Get(e.system, token)).RevokedAt != nil
}

// refused returns what was refused as "CODE field" lines, sorted.
func refused(t *testing.T, err error) []string {
	t.Helper()
	f := fault.As(err)
	if f == nil {
		t.Fatalf("not a refusal: %v", err)
	}
	var out []string
	for _, p := range f.Fields {
		line := string(p.Code)
		if len(p.Path) > 1 {
			line += " " + p.Path[1]
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func ptr[T any](v T) *T { return &v }
