package verify_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/audit/seal"
	"officeportal/internal/audit/verify"
	"officeportal/internal/credit"
	"officeportal/internal/family"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/keyring"
	"officeportal/internal/message"
	"officeportal/internal/message/dev"
	"officeportal/internal/passwordreset"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

type noNotices struct{}

func (noNotices) ContactChanged(context.Context, *store.Tx, family.Notice) error { return nil }

// world is a business with some history, made by the product itself: families, credits, a link by email that was
// used, one by SMS that was not, a policy and its acceptance. All of it is sealed.
type world struct {
	t      *testing.T
	store  *store.Store
	ring   *keyring.Ring
	log    *seal.Log
	system context.Context
	staff  context.Context

	business   ident.ID
	guardian   *ent.Guardian
	tokens     map[schematype.Channel]ident.ID
	grant      *ent.CreditEntry
	version    *ent.PolicyVersion
	acceptance *ent.PolicyAcceptance
}

// each runs the test on both databases.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) { test(t, newWorld(t, d)) })
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func newWorld(t *testing.T, d *store.Driver) *world {
	t.Helper()
	w := &world{t: t, tokens: map[schematype.Channel]ident.ID{}}
	w.open(d)
	w.furnish()
	w.seal()
	return w
}

// open is a process on the database.
func (w *world) open(d *store.Driver) {
	w.store = store.New(d, nil)
	ring, err := keyring.Parse("a-root-secret-for-tests-long-enough-for-anybody")
	w.must(err)
	w.ring = ring
	audit.SignWith(w.store.Client, ring)
	w.log = seal.New(w.store, ring, nil)
	w.system = viewer.AsSystem(w.t.Context(), ident.ID{}, "a test prepares its rows")
}

func (w *world) furnish() {
	w.t.Helper()
	credits := credit.New(w.store)
	b, err := identity.New(w.store, w.ring, ratelimit.New(w.store, w.ring)).CreateBusiness(w.t.Context(), credits,
		identity.BusinessInput{Slug: "sunrise", Name: "Sunrise", TimeZone: "UTC", Country: "US", SMSEnabled: true})
	w.must(err)
	w.business = b.ID
	m, err := w.store.Client.StaffMember.Create().SetBusinessID(b.ID).SetName("Dana Price").SetEmail("dana@sunrise.example").
		SetEmailKey(w.ring.Lookup("email", []byte("dana"))).SetPermissions(viewer.Permissions()).Save(w.system)
	w.must(err)
	w.staff = viewer.With(w.t.Context(), viewer.Viewer{Kind: viewer.StaffMember, BusinessID: b.ID, PersonID: m.ID, Name: m.Name, Granted: viewer.Permissions(), Business: identity.Facts(b)})
	families := &family.Service{Store: w.store, Ring: w.ring, Outbox: noNotices{}}
	f, err := families.CreateFamily(w.staff, family.CreateFamilyInput{Name: "Lopez"})
	w.must(err)
	w.guardian, err = families.AddGuardian(w.staff, family.AddGuardianInput{FamilyID: f.ID, Name: "Maria Lopez", Email: "maria@example.com", Phone: "+13125550123", CanLogIn: true})
	w.must(err)
	w.grant, _, err = credits.Add(w.staff, credit.AddInput{Credits: 42, Note: "Invoice 7", IdempotencyKey: "a-key-of-sixteen-characters"})
	w.must(err)
	w.sendLinks(credits)
	w.acceptPolicy()
}

// sendLinks sends a link over each channel; the one by email is used.
func (w *world) sendLinks(credits *credit.Service) {
	w.t.Helper()
	resets := passwordreset.New(passwordreset.Config{Store: w.store, Ring: w.ring, Limiter: ratelimit.New(w.store, w.ring), Ledger: credits, Nudge: func() {},
		PublicURL: "https://portal.example", EmailFrom: "office@portal.example", SMSOriginator: "Sunrise", Log: slog.New(slog.DiscardHandler)})
	box := dev.NewBox(w.store.Now)
	worker := message.NewWorker(message.Config{Store: w.store, Email: box, SMS: box, Renderer: resets, Credits: credits, Log: slog.New(slog.DiscardHandler)})
	for _, channel := range []schematype.Channel{schematype.Email, schematype.SMS} {
		sent, err := resets.Request(w.staff, passwordreset.RequestInput{GuardianID: w.guardian.ID, Channel: channel, IdempotencyKey: "key-for-a-link-by-" + string(channel)})
		w.must(err)
		w.tokens[channel] = sent.Request.Token.ID
		_, err = worker.Once(w.t.Context())
		w.must(err)
		if channel == schematype.Email {
			_, link, _ := strings.Cut(box.Messages()[0].Text, "/r#")
			_, err := resets.Redeem(w.t.Context(), passwordreset.RedeemInput{Token: link[:passwordreset.SecretLength], NewPassword: "violet tractor lagoon"})
			w.must(err)
		}
	}
}

// acceptPolicy publishes a policy and accepts it, as the two people do.
func (w *world) acceptPolicy() {
	w.t.Helper()
	g := w.guardian
	maria := viewer.With(w.t.Context(), viewer.Viewer{Kind: viewer.Guardian, BusinessID: w.business, PersonID: g.ID, FamilyID: g.FamilyID, Name: g.Name})
	sum := sha256.Sum256([]byte("Be nice."))
	hash := []schematype.Detail{{Key: "textHash", After: hex.EncodeToString(sum[:])}}
	w.must(w.store.WithTx(w.staff, func(ctx context.Context, tx *store.Tx) error {
		p, err := tx.BusinessPolicy.Create().SetBusinessID(w.business).SetTitle("Rules").SetScope(schematype.FamilyScope).SetVersions(1).SetUpdatedAt(tx.Now).Save(ctx)
		if err != nil {
			return err
		}
		auditID := ident.New()
		w.version, err = tx.PolicyVersion.Create().SetBusinessID(w.business).SetPolicyID(p.ID).SetNumber(1).SetTitle("Rules").SetBodyMarkdown("Be nice.").
			SetBodyHash(sum[:]).SetEffectiveFrom("2026-01-01").SetEffectiveAt(tx.Now).SetMaterial(true).SetAcceptedFrom(1).SetAuditID(auditID).SetActivatedAt(tx.Now).Save(ctx)
		if err != nil {
			return err
		}
		_, err = audit.Record(ctx, tx, audit.Entry{ID: auditID, Action: "POLICY_PUBLISHED", SubjectType: audit.SubjectVersion, Subject: w.version.ID, Details: hash})
		if err != nil {
			return err
		}
		_, err = audit.Record(ctx, tx, audit.Entry{Action: audit.PolicyEffective, SubjectType: audit.SubjectVersion, Subject: w.version.ID, Details: hash})
		return err
	}))
	w.must(w.store.WithTx(maria, func(ctx context.Context, tx *store.Tx) (err error) {
		auditID := ident.New()
		w.acceptance, err = tx.PolicyAcceptance.Create().SetBusinessID(w.business).SetPolicyID(w.version.PolicyID).SetPolicyVersionID(w.version.ID).SetVersionNumber(1).
			SetFamilyID(g.FamilyID).SetMethod(schematype.Electronic).SetAcceptedBy(g.ID).SetRecordedAt(tx.Now).SetTextHash(sum[:]).SetAuditID(auditID).Save(ctx)
		if err != nil {
			return err
		}
		_, err = audit.Record(ctx, tx, audit.Entry{ID: auditID, Action: "POLICY_ACCEPTED", Family: g.FamilyID, Guardian: g.ID, SubjectType: "pac", Subject: w.acceptance.ID, Details: hash})
		return err
	}))
}

func (w *world) seal() {
	w.t.Helper()
	_, err := w.log.Once(w.t.Context())
	w.must(err)
}

// record writes one more entry.
func (w *world) record() ident.ID {
	w.t.Helper()
	var id ident.ID
	w.must(w.store.WithTx(w.staff, func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = audit.Record(ctx, tx, audit.Entry{Action: audit.SignIn, Facts: map[string]string{"staff": "Dana Price"}})
		return err
	}))
	return id
}

// entry returns the newest entry of an action.
func (w *world) entry(action audit.Action) *ent.AuditEntry {
	w.t.Helper()
	e, err := w.store.Client.AuditEntry.Query().Where(auditentry.Action(string(action))).Order(ent.Desc(auditentry.FieldID)).First(w.system)
	w.must(err)
	return e
}

func (w *world) checkpoint() string {
	w.t.Helper()
	c, err := w.log.Checkpoint(w.t.Context())
	w.must(err)
	return c.Note
}

func (w *world) verify(kept ...string) (verify.Report, error) {
	var o verify.Options
	for _, k := range kept {
		o.Kept = append(o.Kept, verify.Kept{Name: "yesterday.txt", Text: k})
	}
	return verify.Run(w.t.Context(), w.store, w.ring, w.log, o)
}

// try is somebody with a client of the database.
func (w *world) try(query string, args ...any) error {
	_, err := w.store.Driver.DB().ExecContext(w.t.Context(), query, args...)
	return err
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if err := w.try(query, args...); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
}

func (w *world) mysql() bool { return w.store.Driver.Dialect() == dialect.MySQL }

func (w *world) names(query string) []string {
	w.t.Helper()
	rows, err := w.store.Driver.DB().QueryContext(w.t.Context(), query)
	w.must(err)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		w.must(rows.Scan(&name))
		out = append(out, name)
	}
	w.must(rows.Err())
	return out
}

// disarm drops every trigger and looks away from foreign keys, as whoever rules the database can.
func (w *world) disarm() {
	w.t.Helper()
	if w.mysql() {
		for _, name := range w.names("SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()") {
			w.exec("DROP TRIGGER `" + name + "`")
		}
		w.store.Driver.DB().SetMaxOpenConns(1) // the setting is the connection's
		w.exec("SET FOREIGN_KEY_CHECKS = 0")
		w.t.Cleanup(func() { w.store.Driver.DB().SetMaxOpenConns(0) })
		return
	}
	for _, name := range w.names("SELECT name FROM sqlite_schema WHERE type = 'trigger'") {
		w.exec("DROP TRIGGER `" + name + "`")
	}
	w.exec("PRAGMA foreign_keys = OFF")
}

// armed lets verify have a second connection again.
func (w *world) armed() {
	if w.mysql() {
		w.store.Driver.DB().SetMaxOpenConns(0)
	}
}

// backup keeps the database as it is now, and returns what puts it back.
func (w *world) backup() func() {
	w.t.Helper()
	if !w.mysql() {
		file := filepath.Join(w.t.TempDir(), "yesterday.db")
		w.exec("VACUUM INTO ?", file)
		return func() { w.open(dbtest.Open(w.t, dbtest.Parse(w.t, "sqlite:"+file))) }
	}
	copyOf := fmt.Sprintf("b_%d", time.Now().UnixNano())
	tables := w.names("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")
	w.exec("CREATE DATABASE " + copyOf)
	w.t.Cleanup(func() {
		if _, err := w.store.Driver.DB().ExecContext(context.Background(), "DROP DATABASE "+copyOf); err != nil {
			w.t.Error(err)
		}
	})
	for _, table := range tables {
		w.exec("CREATE TABLE " + copyOf + ".`" + table + "` AS SELECT * FROM `" + table + "`")
	}
	return func() {
		w.disarm()
		for _, table := range tables {
			w.exec("DELETE FROM `" + table + "`")
			w.exec("INSERT INTO `" + table + "` SELECT * FROM " + copyOf + ".`" + table + "`")
		}
		w.armed()
		w.log = seal.New(w.store, w.ring, nil) // a process that starts on it
	}
}
