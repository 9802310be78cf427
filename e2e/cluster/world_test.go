//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"officeportal/e2e/internal/product"
	"officeportal/ent/guardian"
	"officeportal/internal/app"
	"officeportal/internal/audit"
	"officeportal/internal/config"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/message/providertest"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

const password = "copper lantern meadow"

// world is a cluster with a process per node, and the message services.
type world struct {
	t      *testing.T
	whole  *testing.T // of all parts: what is started lives as long
	galera *galera
	nodes  [nodes]*store.Driver // each reads from one node and no other
	procs  [nodes]*process
	tools  *app.Tools
	resend *providertest.Resend
	sms    *providertest.MessageBird
}

// TestCluster runs everything on one cluster, one after the other: what the last parts look through is what the
// others left.
func TestCluster(t *testing.T) {
	began := time.Now()
	w := newWorld(t)
	t.Logf("three nodes and three processes are up after %v", time.Since(began).Round(100*time.Millisecond))
	for _, part := range []struct {
		name string
		test func(*world)
	}{
		{"a session ended anywhere is over everywhere", testSessions},
		{"what was seen stays seen", testSteadyReads},
		{"one link, one winner", testRedeem},
		{"one key, one result, one live link", testKeys},
		{"twenty credits, twenty texts", testLedger},
		{"limits hold over three processes", testLimits},
		{"a stream tells what another process did", testLive},
		{"a node is killed under load and comes back", testNodeKilled},
		{"a node hangs and one is cut off under load", testNodeAway},
		{"processes restart one after the other under load", testRollingRestart},
		{"every message left once", testOutbox},
		{"the Audit Log is whole", testAudit},
	} {
		began := time.Now()
		t.Run(part.name, func(t *testing.T) {
			sub := *w
			sub.t = t
			part.test(&sub)
		})
		t.Logf("%s: %v", part.name, time.Since(began).Round(100*time.Millisecond))
	}
	for _, p := range w.procs {
		p.life.Stop(t)
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, whole: t, resend: providertest.NewResend(t), sms: providertest.NewMessageBird(t)}
	w.galera = startGalera(t)
	for i := range nodes {
		w.nodes[i] = dbtest.Open(t, w.galera.only(i))
		if !w.nodes[i].Galera() {
			t.Fatal("that is no cluster")
		}
	}
	var fleet sync.WaitGroup
	for i := range nodes {
		// a login of its own, so that a node can tell whose connections it has
		login := fmt.Sprintf("process%d", i+1)
		if _, err := w.nodes[0].ExecContext(t.Context(), "GRANT ALL ON *.* TO "+login+"@127.0.0.1 IDENTIFIED BY '"+login+"'"); err != nil {
			t.Fatal(err)
		}
		w.procs[i] = &process{log: &product.Log{}, env: append(w.settings(i), "PATH="+os.Getenv("PATH"))}
	}
	s, err := config.Load(w.settings(0), nil)
	w.must(err)
	_, err = app.Migrate(t.Context(), s)
	w.must(err)
	w.tools, err = app.OpenTools(t.Context(), s, slog.New(slog.DiscardHandler))
	w.must(err)
	t.Cleanup(func() { w.tools.Close() })
	for _, p := range w.procs {
		fleet.Go(func() { p.start(t) })
	}
	fleet.Wait()
	t.Cleanup(func() {
		for i, p := range w.procs {
			if t.Failed() {
				t.Logf("process %d: …%s", i+1, p.log.String()[max(0, len(p.log.String())-3000):])
			}
		}
	})
	return w
}

// settings of process i; its database is the cluster, its own node first.
func (w *world) settings(i int) []string {
	login := fmt.Sprintf("process%d", i+1)
	return []string{
		"OFFICEPORTAL_LISTEN=127.0.0.1:0", "OFFICEPORTAL_OPS_LISTEN=127.0.0.1:0", "OFFICEPORTAL_PUBLIC_URL=" + origin,
		"OFFICEPORTAL_DOCUMENTS=any", "OFFICEPORTAL_TRUSTED_PROXIES=127.0.0.1", "OFFICEPORTAL_DEMO=off", "OFFICEPORTAL_LOG_FORMAT=json",
		"OFFICEPORTAL_DATABASE_URL=" + strings.Replace(w.galera.urls[i], "portal:portal", login+":"+login, 1),
		"OFFICEPORTAL_SECRET_KEY=a-root-secret-for-tests-long-enough-for-anybody",
		"OFFICEPORTAL_EMAIL=resend", "OFFICEPORTAL_EMAIL_FROM=office@portal.example",
		"OFFICEPORTAL_RESEND_API_KEY=" + providertest.ResendKey, "OFFICEPORTAL_RESEND_URL=" + w.resend.URL(),
		"OFFICEPORTAL_SMS=messagebird", "OFFICEPORTAL_SMS_ORIGINATOR=Sunrise",
		"OFFICEPORTAL_MESSAGEBIRD_ACCESS_KEY=" + providertest.MessageBirdKey, "OFFICEPORTAL_MESSAGEBIRD_URL=" + w.sms.URL(),
	}
}

const origin = "http://localhost:8080"

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// patience is long for a loaded machine and short of a hanging test.
func (w *world) patience() context.Context {
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	w.t.Cleanup(cancel)
	return ctx
}

// ask wants a definite answer of one process.
func (w *world) ask(p *person, at int, query string, v vars) answer {
	w.t.Helper()
	a, err := p.ask(w.t.Context(), w.procs[at], query, v)
	w.must(err)
	if !a.Definite() {
		w.t.Fatalf("process %d: %v", at+1, a)
	}
	return a
}

// number reads one number from one node, which first catches up with the others.
func (w *world) number(node int, query string, args ...any) int {
	w.t.Helper()
	n, err := number(w.t.Context(), w.nodes[node], query, args...)
	w.must(err)
	return n
}

func number(ctx context.Context, d *store.Driver, query string, args ...any) (n int, err error) {
	rows, err := d.QueryContext(store.WithFresh(ctx), query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

// school is a business with people in it.
type school struct {
	slug      string
	id        ident.ID
	staff     []*person
	guardians []parent
}

type parent struct{ id, email, phone string }

var schools atomic.Int64

// school makes a business. Staff member i signs in at process i mod 3; the first is the owner. No two guardians
// share a number or the block of one, for which there are limits too.
func (w *world) school(slug string, staff, guardians, credits int) *school {
	w.t.Helper()
	ctx := w.t.Context()
	b, err := w.tools.CreateBusiness(ctx, identity.BusinessInput{Slug: slug, Name: "Sunrise Gymnastics", TimeZone: "America/Chicago",
		Country: "US", Phone: "(312) 555-0100", SMSEnabled: true})
	w.must(err)
	s := &school{slug: slug, id: b.ID, staff: make([]*person, staff)}
	var work sync.WaitGroup
	for i := range staff {
		email := fmt.Sprintf("staff%d@%s.example", i, slug)
		_, err := w.tools.Identity.CreateStaff(ctx, identity.StaffInput{Business: slug, Email: email, Name: "Dana Price", Owner: i == 0,
			Permissions: []viewer.Permission{viewer.FamiliesRead, viewer.PasswordResetSend, viewer.SMSSpend}, Password: password})
		w.must(err)
		s.staff[i] = visitor("office")
		work.Go(func() {
			got, err := s.staff[i].ask(ctx, w.procs[i%nodes], signIn, vars{"i": vars{"email": email, "password": password}})
			if err != nil || got.Str("signIn.viewer.actor.__typename") != "Staff" {
				w.t.Errorf("signing in: %v %v", got, err)
			}
		})
	}
	if credits > 0 {
		_, err = w.tools.AddCredits(ctx, slug, credits, "test")
		w.must(err)
	}
	var csv strings.Builder
	csv.WriteString("family_id,family,role,name,relation,email,phone,can_log_in,language,birth_date\n")
	n := schools.Add(1)
	for i, exchange := 0, 200; i < guardians; exchange++ {
		if exchange%100 == 11 {
			continue
		}
		fmt.Fprintf(&csv, "F%d,Lopez,guardian,Maria Lopez,Mother,g%03d@%s.example,312%03d1%03d,yes,en,\n", i, i, slug, exchange, n)
		i++
	}
	file := filepath.Join(w.t.TempDir(), "families.csv")
	w.must(os.WriteFile(file, []byte(csv.String()), 0o600))
	w.must(w.tools.Import(ctx, file, slug, false, io.Discard))
	rows, err := w.tools.Store.Client.Guardian.Query().Where(guardian.BusinessID(b.ID)).
		All(store.WithFresh(viewer.AsSystem(ctx, b.ID, "a test asks whom it imported")))
	w.must(err)
	for _, g := range rows {
		s.guardians = append(s.guardians, parent{audit.SubjectGuardian + "_" + g.ID.String(), g.Email, g.Phone})
	}
	if len(rows) != guardians {
		w.t.Fatalf("%d guardians", len(rows))
	}
	work.Wait()
	return s
}

var keys atomic.Int64

func key() string { return fmt.Sprintf("idempotency-key-%05d", keys.Add(1)) }

// The documents.
const (
	signIn    = `mutation($i:SignInInput!){signIn(input:$i){viewer{actor{__typename}} errors{code message}}}`
	signOut   = `mutation{signOut{signedOut errors{code}}}`
	me        = `{viewer{actor{__typename}}}`
	sendReset = `mutation($i:RequestPasswordResetInput!){requestPasswordReset(input:$i){request{id channel} smsBalance errors{__typename code message}}}`
	forgot    = `mutation($i:ForgotPasswordInput!){forgotPassword(input:$i){accepted errors{code message}}}`
	redeem    = `mutation($i:ResetPasswordInput!){resetPassword(input:$i){signInHint errors{code message}}}`
	credits   = `{smsAccount{balance}}`
	readLink  = `query($t:String!){passwordResetLink(token:$t){state}}`
	adjust    = `mutation($i:AdjustSmsCreditsInput!){adjustSmsCredits(input:$i){smsAccount{balance} errors{code message}}}`
	addCredit = `mutation($i:AddSmsCreditsInput!){addSmsCredits(input:$i){smsAccount{balance} errors{code message}}}`
)

func reset(g parent, channel, key string) vars {
	return vars{"i": vars{"guardianId": g.id, "channel": channel, "idempotencyKey": key}}
}

// tally counts answers by what they say, from many goroutines.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *tally) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[what]++
}

// outcome is the code of the failure of a mutation, or "OK".
func outcome(a answer, mutation string) string {
	if code := a.Str(mutation + ".errors.0.code"); code != "" {
		return code
	}
	if a.At(mutation) == nil {
		return a.String()
	}
	return "OK"
}
