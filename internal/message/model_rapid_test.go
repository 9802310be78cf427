package message_test

import (
	"context"
	"flag"
	"log/slog"
	"testing"
	"time"

	"pgregory.net/rapid"

	"officeportal/ent"
	entmessage "officeportal/ent/message"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/credit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/message"
	"officeportal/internal/message/provider"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
)

// unlessAsked sets a flag of rapid that the command line says nothing of: every step is several transactions on a real
// database, too slow for the 100 sequences that are the default.
func unlessAsked(t *testing.T, name, value string) {
	t.Helper()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == name })
	if !asked {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
}

// machine runs the real thing beside the model.
type machine struct {
	*school
	model
	target  store.Target
	results map[ident.ID]provider.Result // of the hand-overs of one look
	bodies  map[ident.ID]any             // of each message at its first hand-over
	told    []provider.Report
}

// handOver is the message service: it answers as it is told.
func (x *machine) handOver(r *rapid.T, id ident.ID, body any, answer func() provider.Result) provider.Result {
	if before, again := x.bodies[id]; again && before != body {
		r.Fatalf("message %s was handed over again with other words", id)
	}
	x.bodies[id] = body
	result := answer()
	x.results[id] = result
	for _, l := range x.letters {
		if l.id == id {
			l.handed++
			if result.Kind != provider.NotSent {
				l.unclear++
			}
			if !x.repeatable(l) && l.unclear > 1 {
				r.Fatalf("text %s was handed over again though the service may have it", id)
			}
		}
	}
	return result
}

// service is the machine as a message service for the length of one action.
type service struct {
	x      *machine
	r      *rapid.T
	answer func() provider.Result
}

func (s service) Service() string  { return "test" }
func (s service) Repeatable() bool { return s.x.keyed }

func (s service) SendEmail(_ context.Context, e provider.Email) provider.Result {
	id, _ := ident.Parse(e.Reference)
	return s.x.handOver(s.r, id, e, s.answer)
}

func (s service) SendSMS(_ context.Context, t provider.SMS) provider.Result {
	id, _ := ident.Parse(t.Reference)
	return s.x.handOver(s.r, id, t, s.answer)
}

// mortal renders as links does and may end its process while it is at it.
type mortal struct {
	*links
	before func(id ident.ID)
}

func (m mortal) Prepare(ctx context.Context, msg *ent.Message, sentAt time.Time) (message.Content, error) {
	c, err := m.links.Prepare(ctx, msg, sentAt)
	if err == nil && c.Void == "" {
		m.before(msg.ID)
	}
	return c, err
}

func (x *machine) worker(r *rapid.T, s *store.Store, before func(ident.ID), answer func() provider.Result) *message.Worker {
	way := service{x, r, answer}
	x.results = map[ident.ID]provider.Result{}
	return message.NewWorker(message.Config{Store: s, Email: way, SMS: way, Renderer: mortal{&links{store: s}, before}, Credits: x.credits,
		Log: slog.New(slog.NewTextHandler(x.log, nil))})
}

func (x *machine) rows(r *rapid.T) map[ident.ID]*ent.Message {
	rows, err := x.store.Client.Message.Query().Where(entmessage.IDIn(x.ids()...)).All(x.ctx)
	if err != nil {
		r.Fatal(err)
	}
	out := map[ident.ID]*ent.Message{}
	for _, m := range rows {
		out[m.ID] = m
	}
	return out
}

func (x *machine) ids() (out []ident.ID) {
	for _, l := range x.letters {
		out = append(out, l.id)
	}
	return out
}

func (x *machine) dueNow() (out []*letter) {
	for _, l := range x.letters {
		if !l.due.IsZero() && !l.due.After(x.now()) {
			out = append(out, l)
		}
	}
	return out
}

// work lets a worker do all that is due, and the model likewise.
func (x *machine) work(r *rapid.T, answer func() provider.Result) {
	due := x.dueNow()
	if n, err := x.worker(r, x.store, func(ident.ID) {}, answer).Once(x.Context()); err != nil || n != len(due) {
		r.Fatalf("%d rows were due, the model has %d: %v", n, len(due), err)
	}
	rows := x.rows(r)
	for _, l := range due {
		x.follow(r, l, rows[l.id])
	}
}

// follow takes one step of the model, with what the service answered.
func (x *machine) follow(r *rapid.T, l *letter, row *ent.Message) {
	result, handed := x.results[l.id]
	if hands := x.step(l); hands != handed {
		r.Fatalf("message %s was handed over: %v, in the model: %v", l.id, handed, hands)
	}
	if !handed {
		return
	}
	x.answer(l, result)
	if l.state == schematype.Queued { // the pause has jitter
		if row.DueAt == nil || !row.DueAt.After(x.now()) || row.DueAt.After(x.now().Add(75*time.Second)) {
			r.Fatalf("the next try is due at %v", row.DueAt)
		}
		l.due = row.DueAt.UTC()
	}
}

// die lets a worker do what is due until it hands the first message over, and ends it there: before or after. Its
// connections are gone, so that it can record nothing.
func (x *machine) die(r *rapid.T, after bool, answer func() provider.Result) {
	due := x.dueNow()
	d, err := store.Open(x.Context(), x.target)
	if err != nil {
		r.Fatal(err)
	}
	defer d.Close()
	var died ident.ID
	last := func(id ident.ID) {
		if died.IsZero() {
			died = id
		}
		d.Close()
	}
	w := x.worker(r, store.New(d, x.clock.Now), func(id ident.ID) {
		if died = id; !after {
			d.Close()
		}
	}, func() provider.Result { last(died); return answer() })
	_, err = w.Once(x.Context())
	if died.IsZero() != (err == nil) {
		r.Fatalf("died of %s: %v", died, err)
	}
	rows := x.rows(r)
	for _, l := range due {
		row := rows[l.id]
		switch {
		case l.id == died:
			x.dies(l)
		case row.State == l.state && row.DueAt != nil && row.DueAt.Equal(l.due): // it did not come so far
		default:
			delete(x.results, l.id)
			x.follow(r, l, row)
		}
	}
}

// compare looks whether both agree, and at what must hold in any case.
func (x *machine) compare(r *rapid.T) {
	rows := x.rows(r)
	for _, l := range x.letters {
		m := rows[l.id]
		due := m.DueAt == nil && l.due.IsZero() || m.DueAt != nil && m.DueAt.Equal(l.due)
		if m.State != l.state || m.Delivery != l.delivery || m.Credit != l.credit || !due {
			r.Fatalf("%s %s is %s %s %s, due %v; the model has %s %s %s, due %v", l.channel, l.id, m.State, m.Delivery, m.Credit, m.DueAt, l.state, l.delivery, l.credit, l.due)
		}
	}
	a, err := x.store.Client.SmsAccount.Query().Only(x.ctx)
	if err != nil || a.Balance != x.left || a.Held != x.held {
		r.Fatalf("%d credits, %d held; the model has %d and %d (%v)", a.Balance, a.Held, x.left, x.held, err)
	}
}

// settle lets days go by: then nothing waits any more.
func (x *machine) settle(r *rapid.T) {
	for _, pass := range []time.Duration{0, 25 * time.Hour, 25 * time.Hour, 25 * time.Hour} {
		x.clock.forward(pass)
		w := x.worker(r, x.store, func(ident.ID) {}, func() provider.Result { return provider.Result{Kind: provider.Accepted, ProviderID: "p"} })
		if _, err := w.Once(x.Context()); err != nil {
			r.Fatal(err)
		}
	}
	if n, err := x.store.Client.Message.Query().Where(entmessage.DueAtNotNil()).Count(x.ctx); n != 0 || err != nil {
		r.Fatalf("%d messages wait for ever (%v)", n, err)
	}
	if a, err := x.store.Client.SmsAccount.Query().Only(x.ctx); err != nil || a.Held != 0 {
		r.Fatalf("%d credits are held for ever (%v)", a.Held, err)
	}
}

// begin makes every sequence begin with the same: nothing under way, and ten credits.
func (x *machine) begin(r *rapid.T) {
	x.settle(r) // what a sequence left that failed
	for range x.balance() - 10 {
		x.reset(schematype.SMS)
	}
	x.settle(r)
	if n := 10 - x.balance(); n > 0 {
		if _, err := x.credits.AddFromShell(x.ctx, x.business, n, "more"); err != nil {
			r.Fatal(err)
		}
	}
	x.model = model{now: x.store.Now, left: 10, keyed: rapid.Bool().Draw(r, "the text service takes keys")}
}

func anyAnswer(r *rapid.T) func() provider.Result {
	return func() provider.Result {
		kind := rapid.SampledFrom([]provider.Kind{provider.Accepted, provider.NotSent, provider.Unknown, provider.Refused}).Draw(r, "answer")
		if kind == provider.Accepted {
			return provider.Result{Kind: kind, ProviderID: "p"}
		}
		problem := provider.ProviderError
		if kind == provider.Refused {
			problem = rapid.SampledFrom([]provider.Problem{provider.ProviderError, provider.CarrierBlocked}).Draw(r, "problem")
		}
		return failed(kind, problem)
	}
}

// Outbox and ledger against a model of them, whatever the services answer and report, workers die and time goes by. A
// failure is repeated with -rapid.seed, and more sequences are asked for with -rapid.checks.
func TestOutboxAndLedgerAgreeWithTheirModelWhateverHappens(t *testing.T) {
	unlessAsked(t, "rapid.checks", "24")
	unlessAsked(t, "rapid.steps", "50")
	dbtest.Each(t, func(t *testing.T, target store.Target) {
		s := newSchool(t, dbtest.OpenMigrated(t, target))
		rapid.Check(t, func(r *rapid.T) {
			x := &machine{school: s, target: target, bodies: map[ident.ID]any{}}
			x.begin(r)
			r.Repeat(x.actions())
			x.settle(r)
			if err := credit.Check(x.ctx, x.store); err != nil {
				r.Fatal(err)
			}
		})
		s.check()
	})
}

func (x *machine) some(r *rapid.T) *letter {
	if len(x.letters) == 0 {
		r.Skip("no message yet")
	}
	return rapid.SampledFrom(x.letters).Draw(r, "message")
}

// someTold is a message that a service tells of: mostly one that it was handed.
func (x *machine) someTold(r *rapid.T) *letter {
	var handed []*letter
	for _, l := range x.letters {
		if !l.sent.IsZero() {
			handed = append(handed, l)
		}
	}
	if len(handed) == 0 || rapid.IntRange(0, 9).Draw(r, "anyone's") == 9 {
		return x.some(r)
	}
	return rapid.SampledFrom(handed).Draw(r, "message")
}

func (x *machine) actions() map[string]func(*rapid.T) {
	request := func(r *rapid.T) {
		x.clock.forward(time.Millisecond)
		channel := rapid.SampledFrom([]schematype.Channel{schematype.Email, schematype.SMS}).Draw(r, "channel")
		l := &letter{channel: channel, state: schematype.Queued, delivery: schematype.DeliveryQueued, credit: schematype.NoCredit, created: x.now(), due: x.now()}
		if channel == schematype.SMS {
			if x.left == 0 {
				err := x.store.WithTx(x.ctx, func(ctx context.Context, tx *store.Tx) error {
					_, err := x.credits.HoldForReset(ctx, tx, x.business, ident.New(), ident.New(), ident.New())
					return err
				})
				if !fault.Is(err, fault.NoCredits) {
					r.Fatalf("no credits: %v", err)
				}
				return
			}
			l.credit, x.left, x.held = schematype.CreditHeld, x.left-1, x.held+1
		}
		l.id = x.reset(channel)
		l.token = *x.message(l.id).ResetTokenID
		x.letters = append(x.letters, l)
	}
	tell := func(r *rapid.T) {
		l := x.someTold(r)
		stage := rapid.SampledFrom([]provider.Stage{provider.Taken, provider.Delayed, provider.Failed, provider.Delivered, provider.Undelivered}).Draw(r, "stage")
		rep := report(&ent.Message{ID: l.id}, stage, "", provider.NoMark)
		x.take(rep)
		if !l.sent.IsZero() { // else nobody heard it
			x.told = append(x.told, rep)
		}
		x.model.report(l, stage)
	}
	return map[string]func(*rapid.T){
		"request": request, "request another": request,
		"work": func(r *rapid.T) { x.work(r, anyAnswer(r)) },
		"work well": func(r *rapid.T) {
			x.work(r, func() provider.Result { return provider.Result{Kind: provider.Accepted, ProviderID: "p"} })
		},
		"die":         func(r *rapid.T) { x.die(r, rapid.Bool().Draw(r, "after the hand-over"), anyAnswer(r)) },
		"short while": func(*rapid.T) { x.clock.forward(76 * time.Second) },
		"time": func(r *rapid.T) {
			x.clock.forward(rapid.SampledFrom([]time.Duration{time.Second, 16 * time.Minute, 31 * time.Minute, 24 * time.Hour}).Draw(r, "time"))
		},
		"replace": func(r *rapid.T) {
			l := x.some(r)
			l.superseded = true
			x.tx(func(ctx context.Context, tx *store.Tx) error {
				return tx.ResetToken.Update().Where(resettoken.ID(l.token)).SetSupersededAt(tx.Now).Exec(ctx)
			})
		},
		"credits": func(r *rapid.T) {
			n := rapid.IntRange(1, 3).Draw(r, "credits")
			if _, err := x.credits.AddFromShell(x.ctx, x.business, n, "more"); err != nil {
				r.Fatal(err)
			}
			x.left += n
		},
		"report": tell, "report more": tell, "report yet more": tell,
		"report again": func(r *rapid.T) {
			if len(x.told) == 0 {
				r.Skip("no report yet")
			}
			x.take(rapid.SampledFrom(x.told).Draw(r, "report"))
		},
		"": x.compare,
	}
}
