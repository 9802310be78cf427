package policy_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/businesspolicy"
	"officeportal/ent/policyacceptance"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/family"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/policy"
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

type clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now moves on by a millisecond with every look, so that what follows is later.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func (c *clock) add(d time.Duration) { c.mu.Lock(); c.now = c.now.Add(d); c.mu.Unlock() }

type noNotices struct{}

func (noNotices) ContactChanged(context.Context, *store.Tx, family.Notice) error { return nil }

// env is a school in Chicago, where it is 2 in the afternoon of March 3.
type env struct {
	t        *testing.T
	store    *store.Store
	clock    *clock
	policies *policy.Service
	families *family.Service
	business *ent.Business
	dana     context.Context // may do everything with policies and families
	sam      context.Context // may only read families
	system   context.Context
	danaID   ident.ID

	lopez *ent.Family
	maria *ent.Guardian
	ana   *ent.Student
}

func each(t *testing.T, f func(t *testing.T, e *env)) {
	t.Helper()
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) { f(t, newEnv(t, d)) })
}

func newEnv(t *testing.T, d *store.Driver) *env {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 3, 20, 0, 0, 0, time.UTC)}
	e := &env{t: t, store: store.New(d, c.Now), clock: c}
	e.policies = policy.New(policy.Config{Store: e.store})
	e.families = &family.Service{Store: e.store, Ring: ring, Outbox: noNotices{}, Policies: e.policies}
	system := viewer.AsSystem(t.Context(), ident.ID{}, "test")
	b, err := e.store.Client.Business.Create().SetName("Sunrise Gymnastics").SetSlug("sunrise").SetTimeZone("America/Chicago").SetCountry("US").Save(system)
	e.must(err)
	e.business, e.system = b, viewer.AsSystem(t.Context(), b.ID, "test")
	e.dana, e.danaID = e.staff("Dana Price", viewer.FamiliesRead, viewer.FamiliesWrite, viewer.PoliciesManage, viewer.AuditRead)
	e.sam, _ = e.staff("Sam Reed", viewer.FamiliesRead)
	e.lopez = e.family("Lopez")
	e.maria = e.guardian(e.lopez, "Maria Lopez")
	e.ana = e.student(e.lopez, "Ana Lopez")
	return e
}

func (e *env) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *env) staff(name string, granted ...viewer.Permission) (context.Context, ident.ID) {
	e.t.Helper()
	m, err := e.store.Client.StaffMember.Create().SetBusinessID(e.business.ID).SetName(name).SetEmail(name).
		SetEmailKey(ring.Lookup("email", []byte(name))).SetPermissions(granted).Save(e.system)
	e.must(err)
	return viewer.With(e.t.Context(), viewer.Viewer{Kind: viewer.StaffMember, BusinessID: e.business.ID, PersonID: m.ID, Name: name,
		Granted: granted, Locale: "en", SessionID: ident.New(), Business: viewer.Business{Name: e.business.Name, TimeZone: e.business.TimeZone, Country: "US", Locale: "en"}}), m.ID
}

func (e *env) family(name string) *ent.Family {
	e.t.Helper()
	f, err := e.families.CreateFamily(e.dana, family.CreateFamilyInput{Name: name})
	e.must(err)
	return f
}

func (e *env) guardian(f *ent.Family, name string) *ent.Guardian {
	e.t.Helper()
	g, err := e.families.AddGuardian(e.dana, family.AddGuardianInput{FamilyID: f.ID, Name: name, Relation: "Mother"})
	e.must(err)
	return g
}

func (e *env) student(f *ent.Family, name string) *ent.Student {
	e.t.Helper()
	st, err := e.families.AddStudent(e.dana, family.AddStudentInput{FamilyID: f.ID, Name: name})
	e.must(err)
	return st
}

// as is a guardian who is signed in on a phone.
func (e *env) as(g *ent.Guardian) context.Context {
	ctx := viewer.WithRequest(e.t.Context(), viewer.Request{ID: "req", Address: "198.51.100.7", Agent: "Phone"})
	return viewer.With(ctx, viewer.Viewer{Kind: viewer.Guardian, BusinessID: e.business.ID, PersonID: g.ID, FamilyID: g.FamilyID, Name: g.Name,
		SessionID: ident.New(), Locale: "en", Business: viewer.Business{TimeZone: e.business.TimeZone}})
}

// publish makes a required policy that is in effect, and has families looked through.
func (e *env) publish(title string, scope schematype.PolicyScope) (*ent.PolicyVersion, *ent.BusinessPolicy) {
	e.t.Helper()
	v, p, err := e.policies.Publish(e.dana, policy.PublishInput{IdempotencyKey: ident.New().String(), Title: title, Scope: scope, Body: "# " + title})
	e.must(err)
	e.work()
	return v, p
}

// again publishes a new version of a policy.
func (e *env) again(p *ent.BusinessPolicy, material bool, from string) (*ent.PolicyVersion, *ent.BusinessPolicy) {
	e.t.Helper()
	p = e.policy(p.ID)
	v, p, err := e.policies.Publish(e.dana, policy.PublishInput{IdempotencyKey: ident.New().String(), PolicyID: p.ID, Version: p.Version, Title: p.Title, Material: &material,
		Body: fmt.Sprintf("# %s, once more %d", p.Title, p.Versions+1), EffectiveFrom: from})
	e.must(err)
	e.work()
	return v, p
}

func (e *env) work() { e.t.Helper(); e.must(e.policies.Once(e.t.Context())) }

func (e *env) policy(id ident.ID) *ent.BusinessPolicy {
	e.t.Helper()
	p, err := e.store.Client.BusinessPolicy.Get(e.system, id)
	e.must(err)
	return p
}

func (e *env) accept(g *ent.Guardian, items ...policy.Item) []*ent.PolicyAcceptance {
	e.t.Helper()
	made, err := e.policies.Accept(e.as(g), items)
	e.must(err)
	return made
}

func (e *env) form(v *ent.PolicyVersion, student ident.ID) policy.ManualInput {
	return policy.ManualInput{GuardianID: e.maria.ID, VersionID: v.ID, StudentID: student, FormOnFile: true, SignedOn: "2026-02-28", Note: "Folder 3"}
}

func (e *env) record(in policy.ManualInput) policy.Recorded {
	e.t.Helper()
	r, err := e.policies.RecordManual(e.dana, in)
	e.must(err)
	return r
}

func (e *env) getFamily(id ident.ID) *ent.Family {
	e.t.Helper()
	f, err := e.store.Client.Family.Get(e.system, id)
	e.must(err)
	return f
}

// status is the line of a policy, and of a student if there is one.
func (e *env) status(p *ent.BusinessPolicy, f, student ident.ID) policy.Status {
	e.t.Helper()
	all, err := e.policies.Statuses(e.dana, []ident.ID{f})
	e.must(err)
	for _, s := range all[f] {
		if s.Version.PolicyID == p.ID && (s.Student == nil || s.Student.ID == student) {
			return s
		}
	}
	e.t.Fatalf("no line for %s", p.Title)
	return policy.Status{}
}

func (e *env) entries(action string) []*ent.AuditEntry {
	e.t.Helper()
	rows, err := e.store.Client.AuditEntry.Query().Where(auditentry.Action(action)).Order(ent.Asc(auditentry.FieldID)).All(e.system)
	e.must(err)
	return rows
}

// refused returns what was refused as "CODE path" lines.
func refused(t *testing.T, err error) []string {
	t.Helper()
	f := fault.As(err)
	if f == nil {
		t.Fatalf("not refused: %v", err)
	}
	var out []string
	for _, p := range f.Fields {
		line := string(p.Code)
		for i, step := range p.Path {
			if i > 0 {
				line += " " + step
			}
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

// truth works out from the acceptances alone who is missing, and compares that with what is kept of it.
func (e *env) truth() {
	e.t.Helper()
	c := e.store.Client
	want := map[string]bool{}
	missing := map[ident.ID]bool{}
	policies, err := c.BusinessPolicy.Query().Where(businesspolicy.Required(true), businesspolicy.RetiredAtIsNil(), businesspolicy.CurrentVersionIDNotNil()).All(e.system)
	e.must(err)
	families, err := c.Family.Query().WithStudents().All(e.system)
	e.must(err)
	for _, p := range policies {
		if p.RecountDueAt != nil {
			e.t.Errorf("%s: families are still being looked through", p.Title)
		}
		current, err := c.PolicyVersion.Get(e.system, *p.CurrentVersionID)
		e.must(err)
		rows, err := c.PolicyAcceptance.Query().Where(policyacceptance.PolicyID(p.ID), policyacceptance.VersionNumberGTE(current.AcceptedFrom)).All(e.system)
		e.must(err)
		for _, f := range families {
			if f.Archived {
				continue
			}
			units := []ident.ID{{}}
			if p.Scope == schematype.StudentScope {
				units = nil
				for _, st := range f.Edges.Students {
					if !st.Archived {
						units = append(units, st.ID)
					}
				}
			}
			for _, unit := range units {
				accepted := slices.ContainsFunc(rows, func(a *ent.PolicyAcceptance) bool {
					return a.FamilyID == f.ID && (a.StudentID == nil && unit.IsZero() || a.StudentID != nil && *a.StudentID == unit)
				})
				if !accepted {
					want[fmt.Sprint(p.ID, f.ID, unit, f.NameKey)], missing[f.ID] = true, true
				}
			}
		}
	}
	gaps, err := c.PolicyGap.Query().All(e.system)
	e.must(err)
	for _, g := range gaps {
		key := fmt.Sprint(g.PolicyID, g.FamilyID, g.StudentID, g.NameKey)
		if !want[key] {
			e.t.Errorf("kept as missing, and is not: %s", g)
		}
		delete(want, key)
	}
	if len(want) > 0 {
		e.t.Errorf("%d are missing that are not kept", len(want))
	}
	for _, f := range families {
		if f.PoliciesMissing != missing[f.ID] {
			e.t.Errorf("%s says missing %v", f.Name, f.PoliciesMissing)
		}
	}
}

// stopAfter ends a context after so many statements of the worker.
func stopAfter(seen *int, most int, stop func()) func(context.Context, store.Statement) {
	var mu sync.Mutex
	return func(context.Context, store.Statement) {
		mu.Lock()
		defer mu.Unlock()
		if *seen++; *seen == most {
			stop()
		}
	}
}
