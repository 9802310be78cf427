//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"officeportal/internal/wait"
)

// load is work on the credits of a few businesses: at each process somebody sends texts, which spends one, adds some,
// and reads the balance from a node. What was asked and answered, and when, is kept for judgement.
type load struct {
	w       *world
	schools []*school
	// insists says that everybody asks again, with the same key, until there is an answer. Otherwise those at odd
	// processes give up when none comes: what became of their request is not known to them.
	insists bool

	began time.Time
	stop  context.CancelFunc
	done  sync.WaitGroup

	acknowledged                         [nodes]atomic.Int64 // writes, by the process first asked
	again, gaveUp, reads, shown, refused atomic.Int64

	mu      sync.Mutex
	history map[*school][]porcupine.Operation
	spends  map[*school]map[int]*spend // by guardian
}

// The operations on a balance.
type (
	// input adds credits, spends one (-1) or reads (0).
	input int
	// output is what was answered: nothing, done, refused; or the balance read.
	output struct {
		unknown, refused bool
		balance          int
	}
)

// spend is one request to send a text.
type spend struct {
	key, id string // id of the request; empty when refused
	staff   int
	unknown bool
}

// start begins.
func (w *world) load(name string, insists bool, seed uint64) *load {
	w.t.Helper()
	const businesses, families, credits = 4, 45, 15 // more than 50 texts of which none is used would look like fraud
	l := &load{w: w, insists: insists, history: map[*school][]porcupine.Operation{}, spends: map[*school]map[int]*spend{}}
	for i := range businesses {
		s := w.school(fmt.Sprintf("%s%d", name, i), nodes, families, credits)
		l.schools = append(l.schools, s)
		l.spends[s] = map[int]*spend{}
		l.history[s] = []porcupine.Operation{{Input: input(credits), Output: output{}}}
	}
	ctx, stop := context.WithCancel(w.t.Context())
	l.stop, l.began = stop, time.Now()
	for i, s := range l.schools {
		var next atomic.Int64
		for at := range nodes {
			r := rand.New(rand.NewPCG(seed, uint64(i*nodes+at)))
			l.done.Go(func() { l.client(ctx, s, at, &next, r) })
		}
	}
	return l
}

func (l *load) client(ctx context.Context, s *school, at int, next *atomic.Int64, r *rand.Rand) {
	owner := s.staff[0].window()
	for ctx.Err() == nil {
		switch n := r.IntN(10); {
		case n < 1:
			if g := int(next.Add(1)) - 1; g < len(s.guardians) {
				l.spend(s, at, g)
			}
		case n < 4:
			l.take(s, at, owner)
		case n < 5:
			l.add(s, at, owner)
		case n < 7:
			l.show(s, r.IntN(nodes), owner)
		default:
			l.read(s, r.IntN(nodes))
		}
	}
}

func (l *load) spend(s *school, at, g int) {
	one := &spend{key: key(), staff: at}
	l.write(s, at, s.staff[at], -1, sendReset, reset(s.guardians[g], "SMS", one.key), func(a answer) (out output) {
		switch what := outcome(a, "requestPasswordReset"); what {
		case "OK":
			one.id = a.Str("requestPasswordReset.request.id")
		case "NO_CREDITS":
			out.refused = true
		default:
			l.w.t.Errorf("a text to a guardian who got none: %s", what)
		}
		return out
	}, func() { one.unknown = true })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spends[s][g] = one
}

func (l *load) add(s *school, at int, owner *person) {
	l.write(s, at, owner, 1, addCredit, vars{"i": vars{"credits": 1, "note": "test", "idempotencyKey": key()}}, func(a answer) (out output) {
		if what := outcome(a, "addSmsCredits"); what != "OK" {
			l.w.t.Errorf("adding credits: %s", what)
		}
		return out
	}, func() {})
}

// take spends a credit without a text, which there is no limit for.
func (l *load) take(s *school, at int, owner *person) {
	l.write(s, at, owner, -1, adjust, vars{"i": vars{"credits": -1, "note": "test", "idempotencyKey": key()}}, func(a answer) (out output) {
		switch what := outcome(a, "adjustSmsCredits"); what {
		case "OK":
		case "NO_CREDITS":
			out.refused = true
		default:
			l.w.t.Errorf("taking credits: %s", what)
		}
		return out
	}, func() {})
}

// write asks and notes when it was asked and answered. Asked again with the same key it is still one operation.
func (l *load) write(s *school, at int, p *person, in input, query string, v vars, read func(answer) output, unknown func()) {
	op := porcupine.Operation{ClientId: at, Input: in, Call: l.now()}
	a, err := p.ask(l.w.t.Context(), l.w.procs[at], query, v)
	if err != nil || !a.Definite() {
		if !l.insists && at%2 == 1 {
			op.Output, op.Return = output{unknown: true}, math.MaxInt64 // it may yet happen
			unknown()
			l.gaveUp.Add(1)
			l.note(s, op)
			return
		}
		ctx, cancel := context.WithTimeout(l.w.t.Context(), 45*time.Second)
		defer cancel()
		more := 0
		if a, more, err = p.insist(ctx, l.w, at+1, query, v); err != nil {
			l.w.t.Errorf("a request was never answered: %v", err)
			return
		}
		l.again.Add(int64(1 + more))
	}
	op.Return = l.now()
	out := read(a)
	op.Output = out
	l.acknowledged[at].Add(1)
	if out.refused {
		l.refused.Add(1)
	}
	l.note(s, op)
}

// read asks a node, which first catches up. One that does not answer tells nothing.
func (l *load) read(s *school, node int) {
	ctx, cancel := context.WithTimeout(l.w.t.Context(), 5*time.Second)
	defer cancel()
	op := porcupine.Operation{ClientId: nodes + node, Input: input(0), Call: l.now()}
	n, err := number(ctx, l.w.nodes[node], "SELECT balance FROM sms_accounts WHERE business_id = ?", s.id)
	if err != nil {
		return
	}
	op.Return, op.Output = l.now(), output{balance: n}
	l.reads.Add(1)
	l.note(s, op)
}

// show asks a process, as the screen does. Ordinary reads of somebody signed in are as fresh as any, also while the
// connections of the process are spread over several nodes.
func (l *load) show(s *school, at int, owner *person) {
	ctx, cancel := context.WithTimeout(l.w.t.Context(), 5*time.Second)
	defer cancel()
	op := porcupine.Operation{ClientId: 2*nodes + at, Input: input(0), Call: l.now()}
	a, err := owner.ask(ctx, l.w.procs[at], credits, nil)
	n, ok := a.At("smsAccount.balance").(float64)
	if err != nil || !ok {
		return
	}
	op.Return, op.Output = l.now(), output{balance: int(n)}
	l.shown.Add(1)
	l.note(s, op)
}

func (l *load) now() int64 { return time.Since(l.began).Nanoseconds() + 1 }

func (l *load) note(s *school, op porcupine.Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.history[s] = append(l.history[s], op)
}

// more waits until n more writes were acknowledged to those who first asked the process, or to anybody when it is -1.
func (l *load) more(n int64, at int) {
	l.w.t.Helper()
	count := func() (sum int64) {
		for i := range l.acknowledged {
			if at == -1 || i == at {
				sum += l.acknowledged[i].Load()
			}
		}
		return sum
	}
	before := count()
	wait.For(l.w.t, time.Minute, "work to go on", func() bool { return count() >= before+n })
}

// end stops the work and judges it: that everything happened as if one after the other on one machine, that what was
// acknowledged is there once, and that the same key still gives the same answer.
func (l *load) end() {
	w := l.w
	w.t.Helper()
	l.stop()
	l.done.Wait()
	lasted := time.Since(l.began)

	began := time.Now()
	operations, longest := 0, 0
	for _, s := range l.schools {
		h := l.history[s]
		operations += len(h)
		longest = max(longest, len(h))
		if got := porcupine.CheckOperationsTimeout(balance.ToModel(), h, 20*time.Second); got != porcupine.Ok {
			w.t.Errorf("%d operations on the credits of %s: linearizability is %s", len(h), s.slug, got)
		}
	}
	judged := time.Since(began)

	kept, resolved := 0, 0
	for _, s := range l.schools {
		want := 0
		for g, one := range l.spends[s] {
			a, _, err := s.staff[one.staff].insist(w.patience(), w, one.staff+1, sendReset, reset(s.guardians[g], "SMS", one.key))
			if err != nil {
				w.t.Fatal(err)
			}
			switch id := a.Str("requestPasswordReset.request.id"); {
			case one.unknown:
				resolved++
				one.id = id
			case one.id != "" && id != one.id:
				w.t.Errorf("a request that was answered with %s is answered with %v", one.id, a)
			case one.id == "" && id != "":
				one.id = id // there are credits now; what was refused may be asked for again
			}
			if one.id != "" {
				want++
			}
		}
		kept += want
		for i := range nodes {
			tokens := w.number(i, "SELECT COUNT(*) FROM reset_tokens WHERE business_id = ?", s.id)
			guardians := w.number(i, "SELECT COUNT(DISTINCT guardian_id) FROM reset_tokens WHERE business_id = ?", s.id)
			messages := w.number(i, "SELECT COUNT(*) FROM messages WHERE business_id = ? AND channel = 'SMS'", s.id)
			holds := w.number(i, "SELECT COUNT(*) FROM credit_entries WHERE business_id = ? AND kind = 'HOLD'", s.id)
			told := w.number(i, "SELECT COUNT(*) FROM audit_entries WHERE business_id = ? AND action = 'PASSWORD_RESET_REQUESTED' AND outcome = 'SUCCEEDED'", s.id)
			off := w.number(i, "SELECT balance - (SELECT SUM(amount) FROM credit_entries WHERE business_id = ?) FROM sms_accounts WHERE business_id = ?", s.id, s.id)
			if tokens != want || guardians != want || messages != want || holds != want || told != want || off != 0 {
				w.t.Errorf("node %d, %s: %d links to %d guardians, %d texts, %d credits held, %d entries in the Audit Log, want %d each; the balance is off by %d",
					i+1, s.slug, tokens, guardians, messages, holds, told, want, off)
			}
		}
	}
	writes := int64(0)
	for i := range l.acknowledged {
		writes += l.acknowledged[i].Load()
	}
	w.t.Logf("%d writes answered, of which %d were refused for want of credits, %d reads of nodes and %d of processes in %v; asked again %d times, given up %d, found out later %d; %d links, lost 0, twice 0",
		writes, l.refused.Load(), l.reads.Load(), l.shown.Load(), lasted.Round(100*time.Millisecond), l.again.Load(), l.gaveUp.Load(), resolved, kept)
	w.t.Logf("linearizable: %d operations on %d balances, at most %d on one, judged in %v", operations, len(l.schools), longest, judged.Round(time.Millisecond))
}

// balance is what the credits of a business are meant to be: one number.
var balance = porcupine.NondeterministicModel{
	Init: func() []any { return []any{0} },
	Step: func(state, in, out any) []any {
		n, change, got := state.(int), int(in.(input)), out.(output)
		after := n + change
		switch {
		case change == 0: // a read
			if n == got.balance {
				return []any{n}
			}
			return nil
		case got.unknown && after < 0:
			return []any{n}
		case got.unknown:
			return []any{n, after}
		case got.refused && n == 0:
			return []any{n}
		case got.refused || after < 0:
			return nil
		}
		return []any{after}
	},
}
