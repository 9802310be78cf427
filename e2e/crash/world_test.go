package crash_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/e2e/internal/api"
	"officeportal/e2e/internal/product"
	"officeportal/ent/message"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/smsaccount"
	"officeportal/internal/app"
	"officeportal/internal/config"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/message/providertest"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

const (
	staffPassword    = "copper lantern meadow"
	guardianPassword = "violet tractor lagoon"

	guardiansEach = 60
	firstCredits  = 12
)

// world is one database, the message services, and the processes that come and go on it.
type world struct {
	t        *testing.T
	target   store.Target
	env      []string
	url, ops string // where to ask
	public   string // what is put into links
	resend   *providertest.Resend
	sms      *providertest.MessageBird
	log      *product.Log

	businesses []*business
	asking     chan struct{} // somebody asks for something, just now
	ending     chan struct{} // closed when the desks ask for nothing new

	mu       sync.Mutex
	requests []*request
	credits  map[string]*request // by key
	redeems  int
	retries  int
	repeats  int
	reports  map[string]string // by reference: what the service reported and was thanked for
}

// business has people who work there and guardians who forgot their passwords.
type business struct {
	id        ident.ID
	slug      string
	staff     []*member
	guardians []guardian
	next      int
}

type guardian struct{ id, phone string }

// member is a staff member's browser.
type member struct {
	w    *world
	http *http.Client
}

// request is one thing that somebody wanted, and the answer.
type request struct {
	by       *member
	input    api.Vars
	key      string
	channel  string
	business *business
	id       string // in the API; empty when it was refused
	refused  string // the code
	rest     any    // of the answer, which must not change either
}

func newWorld(t *testing.T, target store.Target, businesses int) *world {
	t.Helper()
	w := &world{t: t, target: target, log: &product.Log{}, asking: make(chan struct{}), ending: make(chan struct{}), credits: map[string]*request{}, reports: map[string]string{},
		resend: providertest.NewResend(t), sms: providertest.NewMessageBird(t)}
	listen, ops := product.FreePort(t), product.FreePort(t)
	w.url, w.ops, w.public = "http://"+listen, "http://"+ops, strings.Replace("http://"+listen, "127.0.0.1", "localhost", 1)
	w.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"OFFICEPORTAL_LISTEN=" + listen, "OFFICEPORTAL_OPS_LISTEN=" + ops, "OFFICEPORTAL_PUBLIC_URL=" + w.public, "OFFICEPORTAL_DOCUMENTS=any",
		"OFFICEPORTAL_DATABASE_URL=" + target.URL(), "OFFICEPORTAL_SECRET_KEY=a-root-secret-for-tests-long-enough-for-anybody",
		"OFFICEPORTAL_EMAIL=resend", "OFFICEPORTAL_EMAIL_FROM=office@portal.example", "OFFICEPORTAL_RESEND_API_KEY=" + providertest.ResendKey,
		"OFFICEPORTAL_RESEND_URL=" + w.resend.URL(), "OFFICEPORTAL_SMS=messagebird", "OFFICEPORTAL_SMS_ORIGINATOR=Sunrise",
		"OFFICEPORTAL_MESSAGEBIRD_ACCESS_KEY=" + providertest.MessageBirdKey, "OFFICEPORTAL_MESSAGEBIRD_URL=" + w.sms.URL(),
		"OFFICEPORTAL_MESSAGEBIRD_SIGNING_KEY=" + providertest.MessageBirdSecret, "OFFICEPORTAL_DEMO=off", "OFFICEPORTAL_LOG_FORMAT=json",
		"OFFICEPORTAL_TRUSTED_PROXIES=127.0.0.0/8",
	}
	t.Cleanup(func() {
		if t.Failed() {
			said := w.log.String()
			t.Logf("the last the processes said:\n%s", said[max(0, len(said)-6000):])
		}
	})
	w.command("migrate", "up")
	w.furnish(businesses)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// furnish makes businesses with two staff members and guardians, each number in a block of ten of its own.
func (w *world) furnish(n int) {
	w.t.Helper()
	s, err := config.Load(w.env, nil)
	w.must(err)
	tools, err := app.OpenTools(w.t.Context(), s, app.NewLog(w.log, "json"))
	w.must(err)
	defer tools.Close()
	ctx := w.t.Context()
	file := filepath.Join(w.t.TempDir(), "families.csv")
	for i := range n {
		b := &business{slug: fmt.Sprintf("school-%d", i)}
		made, err := tools.CreateBusiness(ctx, identity.BusinessInput{Slug: b.slug, Name: "Sunrise", TimeZone: "America/Chicago", Country: "US",
			Phone: "(312) 555-0100", SMSEnabled: true})
		w.must(err)
		b.id = made.ID
		for j := range 2 {
			_, err := tools.Identity.CreateStaff(ctx, identity.StaffInput{Business: b.slug, Email: fmt.Sprintf("staff-%d@%s.example", j, b.slug),
				Name: "Dana Price", Owner: true, Password: staffPassword})
			w.must(err)
		}
		// No e-mail about the balance: the service takes two a second, and the test would wait for them.
		w.must(tools.Store.Client.SmsAccount.Update().Where(smsaccount.BusinessID(b.id)).SetLowAt(0).Exec(viewer.AsSystem(ctx, b.id, "a test")))
		_, err = tools.AddCredits(ctx, b.slug, firstCredits, "a start")
		w.must(err)
		var csv strings.Builder
		fmt.Fprintln(&csv, "family_id,family,role,name,relation,email,phone,can_log_in")
		for g := range guardiansEach {
			fmt.Fprintf(&csv, "f%d,Lopez,guardian,Maria Lopez,Mother,maria.%d@%s.example,312-%d-%04d,yes\n", g, g, b.slug, 220+10*(i%70)+g/10, 1000+g)
		}
		w.must(os.WriteFile(file, []byte(csv.String()), 0o600))
		w.must(tools.Import(ctx, file, b.slug, false, io.Discard))
		w.businesses = append(w.businesses, b)
	}
}

// signIn signs everybody in and finds out whom they can send links to.
func (w *world) signIn() {
	w.t.Helper()
	for i, b := range w.businesses {
		for j := range 2 {
			jar, err := cookiejar.New(nil)
			w.must(err)
			m := &member{w: w, http: &http.Client{Jar: jar, Timeout: 20 * time.Second}}
			from := map[string]string{"X-Forwarded-For": fmt.Sprintf("203.0.113.%d", i%250)} // a desk of its own
			got, err := w.send(m.http, "office", `mutation($i:SignInInput!){signIn(input:$i){viewer{actor{__typename}} errors{code}}}`,
				api.Vars{"i": api.Vars{"email": fmt.Sprintf("staff-%d@%s.example", j, b.slug), "password": staffPassword}}, from)
			w.must(err)
			if got.Str("signIn.viewer.actor.__typename") != "Staff" {
				w.t.Fatalf("signing in: %s", got.Raw)
			}
			b.staff = append(b.staff, m)
		}
		got, err := b.staff[0].post(`{families(first:60){edges{node{guardians{id phone}}}}}`, nil)
		w.must(err)
		edges, _ := got.At("families.edges").([]any)
		for i := range edges {
			at := fmt.Sprintf("families.edges.%d.node.guardians.0.", i)
			digits := strings.Map(func(r rune) rune {
				if r < '0' || r > '9' {
					return -1
				}
				return r
			}, got.Str(at+"phone"))
			b.guardians = append(b.guardians, guardian{got.Str(at + "id"), digits})
		}
		if len(b.guardians) != guardiansEach || b.guardians[0].id == "" {
			w.t.Fatalf("%d guardians: %.300s", len(b.guardians), got.Raw)
		}
	}
}

// post sends one document once.
func (m *member) post(query string, variables api.Vars) (api.Answer, error) {
	return m.w.send(m.http, "office", query, variables, nil)
}

func (w *world) send(client *http.Client, portal, query string, variables api.Vars, header map[string]string) (api.Answer, error) {
	r, err := api.Request(w.t.Context(), w.url, portal, query, variables)
	if err != nil {
		return api.Answer{}, err
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	return api.Send(client, r)
}

// rows opens the database beside the program, as whoever repairs it does.
func (w *world) rows(do func(ctx context.Context, s *store.Store)) {
	w.t.Helper()
	d, err := store.Open(w.t.Context(), w.target)
	w.must(err)
	defer d.Close()
	do(viewer.AsSystem(w.t.Context(), ident.ID{}, "a test looks at what is left"), store.New(d, nil))
}

// pass makes what waits in these states due at once, as if the time it waits for had gone by. Nobody runs meanwhile.
func (w *world) pass(states ...schematype.MessageState) {
	w.t.Helper()
	w.rows(func(ctx context.Context, s *store.Store) {
		w.must(s.Client.Message.Update().Where(message.StateIn(states...), message.DueAtNotNil()).SetDueAt(s.Now()).Exec(ctx))
	})
}

// rest waits until nothing is left that the worker will do by itself.
func (w *world) rest(what string, states ...schematype.MessageState) {
	w.t.Helper()
	d := dbtest.Open(w.t, w.target)
	defer d.Close()
	s := store.New(d, nil)
	ctx := viewer.AsSystem(w.t.Context(), ident.ID{}, "a test looks at what is left")
	deadline, tick := time.After(60*time.Second), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for {
		n, err := s.Client.Message.Query().Where(message.StateIn(states...), message.DueAtNotNil()).Count(ctx)
		w.must(err)
		if n == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			w.t.Fatalf("%d messages still wait: %s", n, what)
		}
	}
}

// misbehave makes the services do everything that services do.
func (w *world) misbehave(seed uint64) {
	dice := func(n uint64, list []providertest.Behaviour, slowest time.Duration) func() providertest.Behaviour {
		r := rand.New(rand.NewPCG(seed, n))
		return func() providertest.Behaviour {
			b := providertest.Take()
			if i := r.IntN(4 * len(list)); i < len(list) {
				b = list[i]
			}
			return providertest.Slow(time.Duration(r.Int64N(int64(slowest))), b)
		}
	}
	common := []providertest.Behaviour{providertest.TakeAndCut(), providertest.TakeAndCut(), providertest.Cut(), providertest.ServerError(),
		providertest.TakeAndTruncate(), providertest.RateLimit(time.Second)}
	w.resend.Decide(dice(1, common, 200*time.Millisecond))
	w.sms.Decide(dice(2, append([]providertest.Behaviour{providertest.MessageBirdError(422, 10, "no (correct) recipients found", "recipients")}, common...), 300*time.Millisecond))
}

func (w *world) behave() {
	w.resend.Always(providertest.Take())
	w.sms.Always(providertest.Take())
}
