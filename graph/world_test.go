package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/graph"
	"officeportal/internal/audit"
	"officeportal/internal/audit/seal"
	"officeportal/internal/credit"
	"officeportal/internal/family"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/identity/secondfactor"
	"officeportal/internal/identity/staff"
	"officeportal/internal/keyring"
	"officeportal/internal/live"
	"officeportal/internal/passwordreset"
	"officeportal/internal/policy"
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

func (c *clock) add(d time.Duration) { c.mu.Lock(); c.at = c.at.Add(d); c.mu.Unlock() }

// lines keeps what was logged.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }

func (l *lines) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// jar notes what the handler does with cookies.
type jar struct {
	mu      sync.Mutex
	set     string
	cleared bool
}

func (j *jar) SetSession(_ context.Context, _ bool, token string, _ time.Time) {
	j.mu.Lock()
	j.set = token
	j.mu.Unlock()
}

func (j *jar) ClearSession(context.Context) { j.mu.Lock(); j.cleared = true; j.mu.Unlock() }

type noNotices struct{}

func (noNotices) ContactChanged(context.Context, *store.Tx, family.Notice) error { return nil }

// world is a business behind a real handler, over a real database and the real domains.
type world struct {
	t        *testing.T
	store    *store.Store
	ring     *keyring.Ring
	clock    *clock
	log      *lines
	jar      *jar
	families *family.Service
	credits  *credit.Service
	resets   *passwordreset.Service
	live     *live.Service
	limiter  *ratelimit.Limiter
	policies *policy.Service
	members  *staff.Service
	config   graph.Config
	handler  http.Handler
	server   *httptest.Server

	business *ent.Business
	staff    *ent.StaffMember
	family   *ent.Family
	maria    *ent.Guardian
	viewers  map[string]viewer.Viewer
}

// each runs the test on both databases.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) { test(t, newWorld(t, d)) })
}

// onSQLite is for what does not depend on the database.
func onSQLite(t *testing.T) *world { return newWorld(t, dbtest.OpenMigrated(t, dbtest.SQLite(t))) }

func newWorld(t *testing.T, d *store.Driver) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{at: time.Now().UTC()}, log: &lines{}, jar: &jar{}, viewers: map[string]viewer.Viewer{}}
	w.store = store.New(d, w.clock.now)
	var err error
	w.ring, err = keyring.Parse("0123456789abcdef0123456789abcdef")
	w.must(err)
	audit.SignWith(w.store.Client, w.ring)
	limiter := ratelimit.New(w.store, w.ring)
	w.limiter = limiter
	log := slog.New(slog.NewTextHandler(w.log, nil))
	w.credits = credit.New(w.store)
	w.policies = policy.New(policy.Config{Store: w.store, Log: log})
	w.families = &family.Service{Store: w.store, Ring: w.ring, Outbox: noNotices{}, Policies: w.policies}
	w.live = live.New(w.store, log)
	w.resets = passwordreset.New(passwordreset.Config{Store: w.store, Watch: func(reset ident.ID) passwordreset.Watch { return w.live.Reset(reset) },
		Ring: w.ring, Limiter: limiter, Ledger: w.credits, Nudge: func() {},
		PublicURL: "https://portal.example", EmailFrom: "office@portal.example", SMSOriginator: "Sunrise", Log: log})
	w.members = staff.New(staff.Config{Store: w.store, Ring: w.ring, Limiter: limiter, Nudge: func() {}, PublicURL: "https://portal.example",
		EmailFrom: "office@portal.example", Log: log})
	second, err := secondfactor.New(secondfactor.Config{Store: w.store, Ring: w.ring, Limiter: limiter, Nudge: func() {}, PublicURL: "https://portal.example"})
	w.must(err)
	w.config = graph.Config{Links: w.resets, Members: w.members, SecondFactor: second,
		Store: w.store, Identity: identity.New(w.store, w.ring, limiter), Resets: w.resets,
		Credit: w.credits, Families: w.families, Policies: w.policies, AuditLog: seal.New(w.store, w.ring, log), Cookies: w.jar, Log: log, Live: w.live}

	w.business = w.newBusiness("sunrise", "Sunrise Gymnastics")
	w.staff = w.newStaff(w.business, "Dana Price", "dana@sunrise.example")
	w.viewers["staff"] = w.staffViewer(w.business, w.staff, viewer.Permissions()...)
	w.viewers["reader"] = w.staffViewer(w.business, w.newStaff(w.business, "Sam Reed", "sam@sunrise.example"))
	for _, who := range []string{"staff", "reader"} {
		w.viewers[who] = w.signedIn(w.viewers[who])
	}
	w.family = w.addFamily("Lopez")
	w.maria = w.addGuardian(w.family, "Maria Lopez", "maria@example.com", "+13125550123")
	w.viewers["guardian"] = viewer.Viewer{Kind: viewer.Guardian, BusinessID: w.business.ID, PersonID: w.maria.ID, FamilyID: w.family.ID,
		Name: w.maria.Name, Locale: "en", Business: identity.Facts(w.business)}
	_, _, err = w.credits.Add(w.as("staff"), credit.AddInput{Credits: 42, Note: "Invoice 7", IdempotencyKey: "a-key-of-sixteen-characters"})
	w.must(err)
	w.serve()
	return w
}

// serve starts the handler. The X-Test-Viewer header stands for the session that the web edge would find.
func (w *world) serve() {
	w.t.Helper()
	if w.server != nil {
		w.server.Close()
	}
	handler := graph.NewHandler(w.config)
	w.handler = handler
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		ctx := viewer.WithRequest(r.Context(), viewer.Request{ID: "req-1", Address: "203.0.113.9", LimitAddress: "203.0.113.9", Agent: "test"})
		ctx = viewer.With(ctx, w.viewers[r.Header.Get("X-Test-Viewer")])
		if r.Header.Get("X-Test-Late") != "" {
			late, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
			defer cancel()
			ctx = late
		}
		handler.ServeHTTP(rw, r.WithContext(ctx))
	}))
	w.t.Cleanup(w.server.Close)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) system() context.Context {
	return viewer.AsSystem(w.t.Context(), ident.ID{}, "a test prepares its rows")
}

func (w *world) as(name string) context.Context { return viewer.With(w.t.Context(), w.viewers[name]) }

func (w *world) newBusiness(slug, name string) *ent.Business {
	w.t.Helper()
	b, err := w.store.Client.Business.Create().SetName(name).SetSlug(slug).SetTimeZone("America/Chicago").SetCountry("US").
		SetPhone("+13125550100").Save(w.system())
	w.must(err)
	w.must(w.store.Client.SmsAccount.Create().SetBusinessID(b.ID).SetEnabled(true).Exec(w.system()))
	return b
}

func (w *world) newStaff(b *ent.Business, name, email string) *ent.StaffMember {
	w.t.Helper()
	m, err := w.store.Client.StaffMember.Create().SetBusinessID(b.ID).SetName(name).SetEmail(email).
		SetEmailKey(w.ring.Lookup("email", []byte(email))).SetPermissions(viewer.Permissions()).Save(w.system())
	w.must(err)
	return m
}

func (w *world) staffViewer(b *ent.Business, m *ent.StaffMember, granted ...viewer.Permission) viewer.Viewer {
	return viewer.Viewer{Kind: viewer.StaffMember, BusinessID: b.ID, PersonID: m.ID, Name: m.Name, Locale: "en", Granted: granted, Business: identity.Facts(b)}
}

// signedIn gives a staff viewer the session that signing in would have begun.
func (w *world) signedIn(v viewer.Viewer) viewer.Viewer {
	w.t.Helper()
	row, err := w.store.Client.Session.Create().SetBusinessID(v.BusinessID).SetPersonKind(schematype.ActorStaff).SetPersonID(v.PersonID).
		SetTokenHash(w.ring.Lookup("test", []byte(ident.New().String()))).SetCredEpoch(1).SetExpiresAt(w.store.Now().Add(identity.StaffSession)).Save(w.system())
	w.must(err)
	v.SessionID, v.ProvedAt = row.ID, w.store.Now()
	return v
}

func (w *world) addFamily(name string) *ent.Family {
	w.t.Helper()
	f, err := w.families.CreateFamily(w.as("staff"), family.CreateFamilyInput{Name: name})
	w.must(err)
	return f
}

func (w *world) addGuardian(f *ent.Family, name, email, phone string) *ent.Guardian {
	w.t.Helper()
	g, err := w.families.AddGuardian(w.as("staff"), family.AddGuardianInput{FamilyID: f.ID, Name: name, Relation: "Mother", Email: email, Phone: phone, CanLogIn: email != ""})
	w.must(err)
	return g
}

func (w *world) record(viewerName string, e audit.Entry) {
	w.t.Helper()
	w.must(w.store.WithTx(w.as(viewerName), func(ctx context.Context, tx *store.Tx) error {
		_, err := audit.Record(ctx, tx, e)
		return err
	}))
}

// resetRow makes a reset that was sent some time ago, without the rules.
func (w *world) resetRow(g *ent.Guardian, channel schematype.Channel, ago time.Duration) {
	w.t.Helper()
	at := w.store.Now().Add(-ago)
	nonce := make([]byte, 16)
	t, err := w.store.Client.ResetToken.Create().SetID(idAt(at)).SetBusinessID(g.BusinessID).SetGuardianID(g.ID).SetChannel(channel).SetNonce(nonce).
		SetKid("test").SetCredEpoch(g.CredEpoch).SetLookup(w.ring.Lookup("test", []byte(ident.New().String()))).SetRequestedBy(w.staff.ID).
		SetDestination(g.Email).SetFirstSentAt(at).SetExpiresAt(at.Add(passwordreset.LinkLife)).SetCreatedAt(at).Save(w.system())
	w.must(err)
	w.must(w.store.Client.Message.Create().SetBusinessID(g.BusinessID).SetGuardianID(g.ID).SetResetTokenID(t.ID).SetKind(schematype.PasswordReset).
		SetChannel(channel).SetDestination(g.Email).SetLocale("en").SetParams(map[string]string{}).SetState(schematype.Accepted).
		SetDelivery(schematype.DeliveryDelivered).SetUpdatedAt(at).SetCreatedAt(at).Exec(w.system()))
}

// idAt is an id as it would have been made then.
func idAt(t time.Time) ident.ID {
	id, at := ident.New(), ident.At(t)
	copy(id[:6], at[:6])
	return id
}

// reply is an answer as a client sees it.
type reply struct {
	t      *testing.T
	Status int
	Header http.Header
	Body   string
	Data   map[string]any
	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
	Extensions map[string]any
}

// ask posts a document as one of the viewers.
func (w *world) ask(who, query string, vars map[string]any) *reply {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	w.must(err)
	return w.post(who, string(body), "application/graphql-response+json", nil)
}

func (w *world) post(who, body, accept string, header map[string]string) *reply {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL, strings.NewReader(body))
	w.must(err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", accept)
	req.Header.Set("X-Test-Viewer", who)
	for k, v := range header {
		req.Header.Set(k, v)
	}
	return w.do(req)
}

func (w *world) do(req *http.Request) *reply {
	w.t.Helper()
	res, err := w.server.Client().Do(req)
	w.must(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	w.must(err)
	out := &reply{t: w.t, Status: res.StatusCode, Header: res.Header, Body: string(raw)}
	if err := json.Unmarshal(raw, out); err != nil {
		w.t.Fatalf("status %d: %v in %s", res.StatusCode, err, raw)
	}
	return out
}

// ok fails the test when there are top-level errors.
func (r *reply) ok() *reply {
	r.t.Helper()
	if len(r.Errors) > 0 || r.Status != http.StatusOK {
		r.t.Fatalf("status %d: %s", r.Status, r.Body)
	}
	return r
}

// code returns the code of the first top-level error.
func (r *reply) code() string {
	if len(r.Errors) == 0 {
		return ""
	}
	code, _ := r.Errors[0].Extensions["code"].(string)
	return code
}

// at walks into data by names and indexes.
func (r *reply) at(path ...any) any {
	r.t.Helper()
	var v any = r.Data
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				r.t.Fatalf("%v: nothing at %q in %s", path, p, r.Body)
			}
			v = m[p]
		case int:
			l, ok := v.([]any)
			if !ok || p >= len(l) {
				r.t.Fatalf("%v: nothing at %d in %s", path, p, r.Body)
			}
			v = l[p]
		}
	}
	return v
}

func (r *reply) list(path ...any) []any {
	r.t.Helper()
	l, ok := r.at(path...).([]any)
	if !ok {
		r.t.Fatalf("%v is no list in %s", path, r.Body)
	}
	return l
}
