package message_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/creditentry"
	"officeportal/ent/guardian"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/credit"
	"officeportal/internal/ident"
	"officeportal/internal/message"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

const (
	address = "maria@example.com"
	number  = "+13125550123"
	secret  = "theplantedsecretofthelink2"
)

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) forward(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// post is a message service: it remembers what it was handed and answers as it is told.
type post struct {
	mu       sync.Mutex
	emails   []provider.Email
	texts    []provider.SMS
	answer   func(ctx context.Context, try int) provider.Result
	delivers bool
}

func (p *post) SendEmail(ctx context.Context, e provider.Email) provider.Result {
	p.mu.Lock()
	p.emails = append(p.emails, e)
	n := len(p.emails)
	p.mu.Unlock()
	return p.say(ctx, n)
}

func (p *post) SendSMS(ctx context.Context, s provider.SMS) provider.Result {
	p.mu.Lock()
	p.texts = append(p.texts, s)
	n := len(p.texts)
	p.mu.Unlock()
	return p.say(ctx, n)
}

func (p *post) ReportsDelivery() bool { return p.delivers }

func (p *post) say(ctx context.Context, n int) provider.Result {
	if p.answer == nil {
		return provider.Result{Kind: provider.Accepted, ProviderID: fmt.Sprintf("provider-%d", n)}
	}
	return p.answer(ctx, n)
}

func (p *post) sent() (emails []provider.Email, texts []provider.SMS) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.emails), slices.Clone(p.texts)
}

func (p *post) count() int { e, s := p.sent(); return len(e) + len(s) }

// answers returns the results one after the other, the last one for ever.
func answers(results ...provider.Result) func(context.Context, int) provider.Result {
	return func(_ context.Context, n int) provider.Result { return results[min(n, len(results))-1] }
}

func failed(kind provider.Kind, problem provider.Problem) provider.Result {
	return provider.Result{Kind: kind, Problem: problem, Err: &provider.Error{Service: "test", Class: provider.ClassServer, Status: 500}}
}

// links renders messages and keeps the times of links, as password resets do.
type links struct {
	store *store.Store
	mu    sync.Mutex
	times []time.Time // the sentAt of every Prepare
	err   error
}

const life = 30 * time.Minute

func (l *links) OnFirstLease(ctx context.Context, tx *store.Tx, m *ent.Message) (string, error) {
	n, err := tx.ResetToken.Update().
		Where(resettoken.BusinessID(m.BusinessID), resettoken.ID(*m.ResetTokenID), resettoken.FirstSentAtIsNil(),
			resettoken.SupersededAtIsNil(), resettoken.RevokedAtIsNil()).
		SetFirstSentAt(tx.Now).SetExpiresAt(tx.Now.Add(life)).Save(ctx)
	if err == nil && n != 1 {
		return "a newer link was asked for", nil
	}
	return "", err
}

func (l *links) Prepare(ctx context.Context, m *ent.Message, sentAt time.Time) (message.Content, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.times = append(l.times, sentAt)
	if l.err != nil {
		return message.Content{}, l.err
	}
	body := fmt.Sprintf("%s sent %s, to be used until %s", secret, sentAt.Format(time.RFC3339Nano), sentAt.Add(life).Format(time.RFC3339Nano))
	if m.ResetTokenID != nil {
		t, err := l.store.Client.ResetToken.Get(ctx, *m.ResetTokenID)
		if err != nil {
			return message.Content{}, err
		}
		if t.SupersededAt != nil || !l.store.Now().Before(*t.ExpiresAt) {
			return message.Content{Void: "the link died before it was sent"}, nil
		}
	}
	if m.Channel == schematype.SMS {
		return message.Content{SMS: &provider.SMS{Originator: "Flips", Body: body}}, nil
	}
	return message.Content{Email: &provider.Email{From: "office@example.com", Subject: "A new password", Text: body}}, nil
}

// school is a business whose guardian Maria Lopez gets messages, with 10 SMS credits.
type school struct {
	*testing.T
	clock    *clock
	store    *store.Store
	credits  *credit.Service
	post     *post
	links    *links
	log      *journal
	worker   *message.Worker
	business ident.ID
	guardian ident.ID
	ctx      context.Context // Office Portal itself asks
}

func each(t *testing.T, f func(s *school)) {
	t.Helper()
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		s := newSchool(t, d)
		f(s)
		s.check()
	})
}

func newSchool(t *testing.T, d *store.Driver) *school {
	s := &school{T: t, clock: &clock{now: time.Date(2026, 3, 3, 20, 14, 0, 123456000, time.UTC)}, post: &post{}, log: &journal{}}
	s.store = store.New(d, s.clock.Now)
	s.credits, s.links = credit.New(s.store), &links{store: s.store}
	s.ctx = viewer.AsSystem(t.Context(), ident.ID{}, "a test")
	s.worker = s.newWorker("first", s.post)
	s.tx(func(ctx context.Context, tx *store.Tx) error {
		b, err := tx.Business.Create().SetName("Flips").SetSlug("flips").SetTimeZone("America/Chicago").SetCountry("US").Save(ctx)
		if err != nil {
			return err
		}
		family, err := tx.Family.Create().SetBusinessID(b.ID).SetName("Lopez").SetNameKey("lopez").SetUpdatedAt(tx.Now).Save(ctx)
		if err != nil {
			return err
		}
		g, err := tx.Guardian.Create().SetBusinessID(b.ID).SetFamilyID(family.ID).SetName("Maria Lopez").SetEmail(address).
			SetPhone(number).SetUpdatedAt(tx.Now).Save(ctx)
		if err != nil {
			return err
		}
		s.business, s.guardian = b.ID, g.ID
		return s.credits.CreateFor(ctx, tx, b.ID, true)
	})
	if _, err := s.credits.AddFromShell(s.ctx, s.business, 10, "a start"); err != nil {
		t.Fatal(err)
	}
	return s
}

// journal is a log that several workers write.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

func (s *school) newWorker(owner string, p *post) *message.Worker {
	return message.NewWorker(message.Config{
		Store: s.store, Email: p, SMS: p, Renderer: s.links, Credits: s.credits, Owner: owner,
		Log: slog.New(slog.NewTextHandler(s.log, nil)),
	})
}

func (s *school) tx(f func(ctx context.Context, tx *store.Tx) error) {
	s.Helper()
	if err := s.store.WithTx(s.ctx, f); err != nil {
		s.Fatal(err)
	}
}

// reset queues a link as staff who ask for one do, and returns the message's id.
func (s *school) reset(channel schematype.Channel) ident.ID {
	s.Helper()
	id, token, auditID := ident.New(), ident.New(), ident.New()
	s.tx(func(ctx context.Context, tx *store.Tx) error {
		if channel == schematype.SMS {
			if _, err := s.credits.HoldForReset(ctx, tx, s.business, id, token, auditID); err != nil {
				return err
			}
		}
		random := make([]byte, 48)
		_, _ = rand.Read(random)
		to := map[schematype.Channel]string{schematype.Email: address, schematype.SMS: number}[channel]
		if err := tx.ResetToken.Create().SetID(token).SetBusinessID(s.business).SetGuardianID(s.guardian).SetChannel(channel).
			SetNonce(random[:16]).SetLookup(random[16:]).SetKid("k").SetCredEpoch(1).SetDestination(to).SetCreatedAt(tx.Now).Exec(ctx); err != nil {
			return err
		}
		if _, err := audit.Record(ctx, tx, audit.Entry{ID: auditID, Action: audit.PasswordResetRequested, Business: s.business}); err != nil {
			return err
		}
		return message.Enqueue(viewer.WithRequest(ctx, viewer.Request{ID: "req-1", Address: "192.0.2.1"}), tx, message.Draft{
			ID: id, Business: s.business, Guardian: s.guardian, Token: token, Kind: schematype.PasswordReset, Channel: channel,
			Destination: to, Locale: "en", HoldsCredit: channel == schematype.SMS,
		})
	})
	return id
}

// notice queues an e-mail that tells of a changed password.
func (s *school) notice() ident.ID {
	s.Helper()
	id := ident.New()
	s.tx(func(ctx context.Context, tx *store.Tx) error {
		return message.Enqueue(ctx, tx, message.Draft{ID: id, Business: s.business, Guardian: s.guardian,
			Kind: schematype.PasswordChanged, Channel: schematype.Email, Destination: address, Locale: "en"})
	})
	return id
}

// work sends everything that is due.
func (s *school) work() int {
	s.Helper()
	return s.workAs(s.worker)
}

func (s *school) workAs(w *message.Worker) int {
	s.Helper()
	n, err := w.Once(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return n
}

func (s *school) message(id ident.ID) *ent.Message {
	s.Helper()
	m, err := s.store.Client.Message.Get(s.ctx, id)
	if err != nil {
		s.Fatal(err)
	}
	return m
}

func (s *school) token(m *ent.Message) *ent.ResetToken {
	s.Helper()
	t, err := s.store.Client.ResetToken.Get(s.ctx, *m.ResetTokenID)
	if err != nil {
		s.Fatal(err)
	}
	return t
}

func (s *school) maria() *ent.Guardian {
	s.Helper()
	g, err := s.store.Client.Guardian.Query().Where(guardian.ID(s.guardian)).Only(s.ctx)
	if err != nil {
		s.Fatal(err)
	}
	return g
}

func (s *school) balance() int {
	s.Helper()
	a, err := s.store.Client.SmsAccount.Query().Only(s.ctx)
	if err != nil {
		s.Fatal(err)
	}
	return a.Balance
}

// deliveries returns what the Audit Log was told of a message's way, oldest first.
func (s *school) deliveries() []*ent.AuditEntry {
	s.Helper()
	entries, err := s.store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.PasswordResetDelivery))).
		Order(ent.Asc(auditentry.FieldID)).All(s.ctx)
	if err != nil {
		s.Fatal(err)
	}
	return entries
}

func (s *school) told() string {
	var out []string
	for _, e := range s.deliveries() {
		out = append(out, e.Facts["state"])
	}
	return strings.Join(out, " ")
}

// is compares what became of a message.
func (s *school) is(id ident.ID, state schematype.MessageState, delivery schematype.Delivery, problem provider.Problem, credit schematype.CreditState) {
	s.Helper()
	m := s.message(id)
	if m.State != state || m.Delivery != delivery || m.Problem != string(problem) || m.Credit != credit {
		s.Errorf("the message is %s %s %q %s, want %s %s %q %s", m.State, m.Delivery, m.Problem, m.Credit, state, delivery, problem, credit)
	}
}

// check looks for what must hold whatever happened.
func (s *school) check() {
	s.Helper()
	if err := credit.Check(s.ctx, s.store); err != nil {
		s.Error(err)
	}
	lines, err := s.store.Client.CreditEntry.Query().Order(ent.Asc(creditentry.FieldID)).All(s.ctx)
	if err != nil {
		s.Fatal(err)
	}
	for _, l := range lines {
		if n, err := s.store.Client.AuditEntry.Query().Where(auditentry.ID(l.AuditID)).Count(s.ctx); n != 1 || err != nil {
			s.Errorf("line %s has %d audit entries (%v)", l.OpKey, n, err)
		}
	}
	for _, bad := range []string{secret, address, number, number[1:]} {
		if strings.Contains(s.log.String(), bad) {
			s.Errorf("the log holds %q:\n%s", bad, s.log)
		}
	}
}

// until waits for a condition; a test that waits in vain for 20 seconds fails.
func (s *school) until(what string, ok func() bool) {
	s.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			s.Fatalf("waited in vain until %s\n%s", what, s.log)
		}
	}
}

var errRender = errors.New("no template")
