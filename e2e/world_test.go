// Package e2e_test starts the whole product and uses it as its people do: over HTTP, on both databases, with
// stand-ins of the message services that speak their wire format.
package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/e2e/internal/api"
	"officeportal/e2e/internal/product"
	"officeportal/internal/app"
	"officeportal/internal/config"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/message/providertest"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/migrate"
	"officeportal/internal/viewer"
)

const (
	staffPassword    = "copper lantern meadow"
	guardianPassword = "violet tractor lagoon"
)

// clock is a time that tests move; it runs on by itself, so that the worker's waits end.
type clock struct {
	mu     sync.Mutex
	offset time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

func (c *clock) add(d time.Duration) { c.mu.Lock(); c.offset += d; c.mu.Unlock() }

// world is one running product with one business.
type world struct {
	t        *testing.T
	app      *app.App
	clock    *clock
	log      *product.Log
	resend   *providertest.Resend
	sms      *providertest.MessageBird
	target   store.Target
	guardian string // id in the API
	family   string
	stop     func() // ends the running product
}

// each runs the test on both databases, beside each other and beside other tests: most of its time it waits.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, target store.Target) {
		t.Parallel()
		test(t, newWorld(t, target))
	})
}

func settings(t *testing.T, w *world) config.Settings {
	t.Helper()
	s, err := config.Load([]string{
		"OFFICEPORTAL_LISTEN=127.0.0.1:0", "OFFICEPORTAL_OPS_LISTEN=127.0.0.1:0", "OFFICEPORTAL_DOCUMENTS=any", "OFFICEPORTAL_PUBLIC_URL=http://localhost:0",
		"OFFICEPORTAL_DATABASE_URL=" + w.target.URL(), "OFFICEPORTAL_SECRET_KEY=a-root-secret-for-tests-long-enough-for-anybody",
		"OFFICEPORTAL_EMAIL=resend", "OFFICEPORTAL_EMAIL_FROM=office@portal.example", "OFFICEPORTAL_RESEND_API_KEY=" + providertest.ResendKey,
		"OFFICEPORTAL_RESEND_URL=" + w.resend.URL(), "OFFICEPORTAL_SMS=messagebird", "OFFICEPORTAL_SMS_ORIGINATOR=Sunrise",
		"OFFICEPORTAL_MESSAGEBIRD_ACCESS_KEY=" + providertest.MessageBirdKey, "OFFICEPORTAL_MESSAGEBIRD_URL=" + w.sms.URL(),
		"OFFICEPORTAL_RESEND_WEBHOOK_SECRET=" + providertest.ResendSecret, "OFFICEPORTAL_MESSAGEBIRD_SIGNING_KEY=" + providertest.MessageBirdSecret, "OFFICEPORTAL_DEMO=off",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newWorld(t *testing.T, target store.Target) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{}, log: &product.Log{}, target: target, resend: providertest.NewResend(t), sms: providertest.NewMessageBird(t)}
	if target.Dialect == "mysql" {
		d := dbtest.Open(t, target)
		if _, err := migrate.Up(t.Context(), d.DB(), d.Dialect()); err != nil {
			t.Fatal(err)
		}
	}
	a, err := app.New(t.Context(), settings(t, w), app.Options{Clock: w.clock.now, Log: app.NewLog(w.log, "json")})
	if err != nil {
		t.Fatal(err)
	}
	w.app = a
	w.stop = w.run(a)
	w.furnish()
	return w
}

// run serves until the test ends, or until stop, which returns when it has ended.
func (w *world) run(a *app.App) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("stopping: %v", err)
		}
		if err := a.Close(); err != nil {
			w.t.Errorf("closing: %v", err)
		}
	})
	w.t.Cleanup(stop)
	return stop
}

// furnish makes a business with an owner, a clerk without SMS_SPEND, the Lopez family and 42 credits.
func (w *world) furnish() {
	w.t.Helper()
	ctx := w.t.Context()
	b, err := w.app.Identity.CreateBusiness(ctx, w.app.Credit, identity.BusinessInput{Slug: "sunrise", Name: "Sunrise Gymnastics",
		TimeZone: "America/Chicago", Country: "US", Phone: "(312) 555-0100", SMSEnabled: true})
	w.must(err)
	_, err = w.app.Identity.CreateStaff(ctx, identity.StaffInput{Business: "sunrise", Email: "dana@sunrise.example", Name: "Dana Price", Owner: true, Password: staffPassword})
	w.must(err)
	_, err = w.app.Identity.CreateStaff(ctx, identity.StaffInput{Business: "sunrise", Email: "sam@sunrise.example", Name: "Sam Reed",
		Permissions: []viewer.Permission{viewer.FamiliesRead, viewer.PasswordResetSend}, Password: staffPassword})
	w.must(err)
	system := viewer.AsSystem(ctx, ident.ID{}, "a test prepares its rows")
	_, err = w.app.Credit.AddFromShell(system, b.ID, 42, "test")
	w.must(err)
	staff := w.staff()
	created := staff.do(`mutation($n:String!){createFamily(input:{name:$n}){family{id} errors{code message}}}`, vars{"n": "Lopez"})
	w.family = created.str("createFamily.family.id")
	added := staff.do(`mutation($i:AddGuardianInput!){addGuardian(input:$i){guardian{id canLogIn} errors{code message path}}}`, vars{"i": vars{
		"familyId": w.family, "name": "Maria Lopez", "relation": "Mother", "email": "Maria@Example.com", "phone": "312-555-0123", "canLogIn": true}})
	w.guardian = added.str("addGuardian.guardian.id")
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// patience is a context for waiting: long for a loaded machine, short of a hanging test.
func (w *world) patience() context.Context {
	ctx, cancel := context.WithTimeout(w.t.Context(), 45*time.Second)
	w.t.Cleanup(cancel)
	return ctx
}

type vars = api.Vars

// browser is one person's browser on one portal.
type browser struct {
	w        *world
	portal   string
	http     *http.Client
	usedCode string // of the authenticator app that was set up
}

func (w *world) browser(portal string) *browser {
	jar, err := cookiejar.New(nil)
	w.must(err)
	return &browser{w: w, portal: portal, http: &http.Client{Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

const signIn = `mutation($i:SignInInput!){signIn(input:$i){viewer{actor{__typename ... on Guardian{name} ... on Staff{name}} permissions} errors{code message}}}`

func (w *world) staff() *browser { return w.staffMember("dana@sunrise.example") }

func (w *world) staffMember(email string) *browser {
	w.t.Helper()
	b := w.browser("office")
	if got := b.do(signIn, vars{"i": vars{"email": email, "password": staffPassword}}); got.str("signIn.viewer.actor.__typename") != "Staff" {
		w.t.Fatalf("signing in: %s", got)
	}
	return b
}

// signInAsGuardian returns the browser and whether it is signed in.
func (w *world) signInAsGuardian(pw string) (*browser, bool) {
	w.t.Helper()
	b := w.browser("customer")
	got := b.do(signIn, vars{"i": vars{"business": "sunrise", "email": "maria@example.com", "password": pw}})
	return b, got.str("signIn.viewer.actor.name") == "Maria Lopez"
}

// answer is the decoded answer of the API.
type answer struct {
	t    *testing.T
	raw  string
	data any
}

func (a answer) String() string { return a.raw }

// at walks a path such as families.edges.0.node.name.
func (a answer) at(path string) any { return api.At(a.data, path) }

func (a answer) str(path string) string { s, _ := a.at(path).(string); return s }

// do sends one document and returns its data; top-level errors end the test.
func (b *browser) do(query string, variables vars) answer {
	b.w.t.Helper()
	status, out := b.try(query, variables)
	if status != http.StatusOK || strings.Contains(out.raw, `"errors":[{"message"`) && out.data == nil {
		b.w.t.Fatalf("%d: %s", status, out)
	}
	return out
}

// try sends one document and returns whatever comes back.
func (b *browser) try(query string, variables vars) (int, answer) {
	b.w.t.Helper()
	r, err := api.Request(b.w.t.Context(), b.w.app.URL(), b.portal, query, variables)
	b.w.must(err)
	got, err := api.Send(b.http, r)
	b.w.must(err)
	return got.Status, answer{b.w.t, got.Raw, got.Data}
}

var keyCount struct {
	sync.Mutex
	n int
}

func key() string {
	keyCount.Lock()
	defer keyCount.Unlock()
	keyCount.n++
	return fmt.Sprintf("idempotency-key-%05d", keyCount.n)
}

const sendReset = `mutation($i:RequestPasswordResetInput!){requestPasswordReset(input:$i){
  request{id channel destination state delivery creditsSpent expiresAt sentAt} smsBalance
  errors{__typename code message path ... on NoCreditsError{balance required} ... on ChannelUnavailableError{option{channel unavailable message retryAt}}}}}`

func (b *browser) send(channel string) answer {
	b.w.t.Helper()
	return b.do(sendReset, vars{"i": vars{"guardianId": b.w.guardian, "channel": channel, "idempotencyKey": key()}})
}

const readReset = `query($id:ID!){node(id:$id){... on PasswordResetRequest{state delivery deliveryProblem creditsSpent sentAt expiresAt usedAt requestedBy{__typename}}}}`

// until reads a reset again and again until it is as wanted.
func (b *browser) until(id, path, want string) answer {
	b.w.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for {
		got := b.do(readReset, vars{"id": id})
		if got.str("node."+path) == want {
			return got
		}
		select {
		case <-tick.C:
		case <-deadline:
			b.w.t.Fatalf("waiting for %s to be %s: %s", path, want, got)
		}
	}
}

// linkIn returns the link in a message.
func (w *world) linkIn(message string) string {
	w.t.Helper()
	_, rest, ok := strings.Cut(message, w.app.URL()+"/r#")
	if !ok || len(rest) < 26 {
		w.t.Fatal("the message has no link")
	}
	return rest[:26]
}

const readLink = `query($t:String!){passwordResetLink(token:$t){state sentAt expiresAt username business{name}}}`
const redeem = `mutation($i:ResetPasswordInput!){resetPassword(input:$i){signInHint errors{__typename code message path ... on LinkUnusableError{link{state}}}}}`
