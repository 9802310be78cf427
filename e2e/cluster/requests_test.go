//go:build cluster

package cluster

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"officeportal/internal/app"
	"officeportal/internal/config"
	"officeportal/internal/message/providertest"
	"officeportal/internal/wait"
)

// twice counts guardians with more than one link that can be used.
const twice = `SELECT COUNT(*) FROM (SELECT guardian_id FROM reset_tokens WHERE business_id = ? AND redeemed_at IS NULL
	AND superseded_at IS NULL AND revoked_at IS NULL GROUP BY guardian_id HAVING COUNT(*) > 1) x`

const staffTwice = `SELECT COUNT(*) FROM (SELECT staff_id FROM staff_tokens WHERE business_id = ? AND redeemed_at IS NULL
	AND superseded_at IS NULL AND revoked_at IS NULL GROUP BY staff_id HAVING COUNT(*) > 1) x`

func testKeys(w *world) {
	const crowd, families = 18, 16
	s := w.school("keys", 3, 3+families, 100)

	// one key, everywhere at once
	var results tally
	var work sync.WaitGroup
	one := key()
	for i := range crowd {
		p := s.staff[0].window()
		work.Go(func() {
			got, _, err := p.insist(w.patience(), w, i, sendReset, reset(s.guardians[0], "EMAIL", one))
			if err != nil || outcome(got, "requestPasswordReset") != "OK" {
				w.t.Errorf("one key: %v %v", got, err)
			}
			results.add(got.Str("requestPasswordReset.request.id"))
		})
	}
	work.Wait()
	if len(results.n) != 1 {
		w.t.Errorf("one key led to %d results: %v", len(results.n), results.n)
	}

	// many keys for one guardian: each channel once, the others are told to wait
	var outcomes tally
	for i := range crowd {
		p, channel := s.staff[i%3].window(), []string{"EMAIL", "SMS"}[i%2]
		work.Go(func() {
			got, _, err := p.insist(w.patience(), w, i, sendReset, reset(s.guardians[1], channel, key()))
			if err != nil {
				w.t.Error(err)
			}
			outcomes.add(channel + " " + outcome(got, "requestPasswordReset"))
		})
	}
	work.Wait()
	if outcomes.n["EMAIL OK"] != 1 || outcomes.n["SMS OK"] != 1 || outcomes.n["EMAIL COOLDOWN"]+outcomes.n["SMS COOLDOWN"] != crowd-2 {
		w.t.Errorf("%d keys at once: %v", crowd, outcomes.n)
	}

	// each key at all processes at once, and the guardian asks at the same moment
	for i, g := range s.guardians[3:] {
		same := key()
		var ids tally
		for at := range nodes {
			p := s.staff[i%3].window()
			work.Go(func() {
				got, _, err := p.insist(w.patience(), w, at, sendReset, reset(g, "SMS", same))
				if err != nil || outcome(got, "requestPasswordReset") != "OK" {
					w.t.Errorf("a key at three processes: %v %v", got, err)
				}
				ids.add(got.Str("requestPasswordReset.request.id"))
			})
		}
		work.Go(func() {
			if _, _, err := visitor("customer").insist(w.patience(), w, i, forgot, vars{"i": vars{"business": s.slug, "email": g.email}}); err != nil {
				w.t.Error(err)
			}
		})
		work.Wait()
		if len(ids.n) != 1 {
			w.t.Errorf("a key at three processes led to %v", ids.n)
		}
	}
	// staff members ask for themselves at three processes
	for i := range 3 * nodes {
		work.Go(func() {
			if _, _, err := visitor("office").insist(w.patience(), w, i, forgot, vars{"i": vars{"email": fmt.Sprintf("staff%d@keys.example", i/nodes)}}); err != nil {
				w.t.Error(err)
			}
		})
	}
	work.Wait()
	wait.For(w.t, 30*time.Second, "Forgot Password to be looked at", func() bool { return w.number(1, "SELECT COUNT(*) FROM reset_intakes") == 0 })
	for i := range nodes {
		if n := w.number(i, staffTwice, s.id); n != 0 {
			w.t.Errorf("node %d: %d staff members have more than one live link", i+1, n)
		}
		if n := w.number(i, twice, s.id); n != 0 {
			w.t.Errorf("node %d: %d guardians have more than one live link", i+1, n)
		}
		if n := w.number(i, "SELECT COUNT(*) FROM reset_tokens WHERE business_id = ?", s.id); n != 1+2+2*families {
			w.t.Errorf("node %d: %d links, want %d", i+1, n, 1+2+2*families)
		}
	}
	w.t.Logf("%d requests with one key, %d with a key each, %d keys at three processes beside Forgot Password: one result per key", crowd, crowd, families)
}

func testLedger(w *world) {
	const credits, crowd = 20, 48
	s := w.school("ledger", 3, crowd, credits)
	watch, stop := context.WithCancel(w.t.Context())
	var work, eye sync.WaitGroup
	looks := 0
	eye.Go(func() {
		for ; watch.Err() == nil; looks++ {
			node := w.nodes[looks%nodes]
			// one statement, so that both are of one moment
			const off = `SELECT COUNT(*) FROM sms_accounts a WHERE business_id = ? AND
				(balance < 0 OR balance <> (SELECT SUM(amount) FROM credit_entries e WHERE e.business_id = a.business_id))`
			if n, err := number(w.t.Context(), node, off, s.id); err != nil || n != 0 {
				w.t.Errorf("node %d: the balance is negative or not the sum of the entries (%v)", looks%nodes+1, err)
			}
		}
	})
	var outcomes tally
	for i, g := range s.guardians {
		work.Go(func() {
			got, _, err := s.staff[i%3].insist(w.patience(), w, i, sendReset, reset(g, "SMS", key()))
			if err != nil {
				w.t.Error(err)
			}
			outcomes.add(outcome(got, "requestPasswordReset"))
		})
	}
	work.Wait()
	stop()
	eye.Wait()
	if outcomes.n["OK"] != credits || outcomes.n["NO_CREDITS"] != crowd-credits {
		w.t.Errorf("%d credits, %d requests: %v", credits, crowd, outcomes.n)
	}
	for i := range nodes {
		balance := w.number(i, "SELECT balance FROM sms_accounts WHERE business_id = ?", s.id)
		sum := w.number(i, "SELECT SUM(amount) FROM credit_entries WHERE business_id = ?", s.id)
		holds := w.number(i, "SELECT COUNT(*) FROM credit_entries WHERE business_id = ? AND kind = 'HOLD'", s.id)
		if balance != 0 || sum != 0 || holds != credits {
			w.t.Errorf("node %d: balance %d, sum of the entries %d, %d holds, want 0, 0, %d", i+1, balance, sum, holds, credits)
		}
	}
	w.t.Logf("%d requests: %v; the ledger was looked at %d times meanwhile", crowd, outcomes.n, looks)
}

func testLimits(w *world) {
	const crowd = 40
	s := w.school("limits", 2, crowd, 100)
	var work sync.WaitGroup

	// 3 for one address, then one in 10 minutes
	asked := s.guardians[0]
	for i := range crowd {
		work.Go(func() {
			got, _, err := visitor("customer").insist(w.patience(), w, i, forgot, vars{"i": vars{"business": s.slug, "email": asked.email}})
			if err != nil || got.At("forgotPassword.accepted") != true {
				w.t.Errorf("Forgot Password: %v %v", got, err)
			}
		})
	}
	// 30 by one staff member, then one in 2 minutes
	var outcomes tally
	for i, g := range s.guardians {
		work.Go(func() {
			got, _, err := s.staff[1].window().insist(w.patience(), w, i, sendReset, reset(g, "SMS", key()))
			if err != nil {
				w.t.Error(err)
			}
			outcomes.add(outcome(got, "requestPasswordReset"))
		})
	}
	work.Wait()
	wait.For(w.t, 30*time.Second, "Forgot Password to be looked at", func() bool { return w.number(2, "SELECT COUNT(*) FROM reset_intakes") == 0 })
	const byGuardian = "SELECT COUNT(*) FROM reset_tokens WHERE business_id = ? AND requested_by IS NULL"
	if n := w.number(0, byGuardian, s.id); n != 3 {
		w.t.Errorf("%d of %d requests for one address were let through, want 3", n, crowd)
	}
	// The second is the tolerance for clocks and the time the test takes itself.
	if n := outcomes.n["OK"]; n < 30 || n > 31 || n+outcomes.n["LIMIT_REACHED"] != crowd {
		w.t.Errorf("one staff member: %v, want 30 let through", outcomes.n)
	}
	if n := w.number(0, twice, s.id); n != 0 {
		w.t.Errorf("%d guardians have more than one live link", n)
	}
	w.t.Logf("one address: 3 of %d; one staff member: %v", crowd, outcomes.n)
	w.guardianLimit()
}

// guardianLimit tries the limit of links for one guardian, 3 in 15 minutes, which the pause of a minute between two
// hides unless the time moves: so this one has processes of its own, with a clock that does.
func (w *world) guardianLimit() {
	w.t.Helper()
	sub := *w
	w.exec("CREATE DATABASE moving")
	began := time.Now()
	var mu sync.Mutex
	var ahead time.Duration
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }
	for i := range nodes {
		environ := w.settings(i)
		for j, v := range environ {
			if strings.HasPrefix(v, "OFFICEPORTAL_DATABASE_URL=") {
				environ[j] = strings.TrimSuffix(v, "/portal") + "/moving"
			}
		}
		set, err := config.Load(environ, nil)
		w.must(err)
		if i == 0 {
			_, err = app.Migrate(w.t.Context(), set)
			w.must(err)
			sub.tools, err = app.OpenTools(w.t.Context(), set, slog.New(slog.DiscardHandler))
			w.must(err)
			defer sub.tools.Close()
		}
		a, err := app.New(w.t.Context(), set, app.Options{Clock: clock})
		w.must(err)
		ctx, stop := context.WithCancel(w.t.Context())
		ended := make(chan error, 1)
		go func() { ended <- a.Run(ctx) }()
		defer func() {
			stop()
			if err := <-ended; err != nil {
				w.t.Error(err)
			}
			a.Close()
		}()
		sub.procs[i] = &process{}
		addr := a.Addr()
		sub.procs[i].addr.Store(&addr)
	}
	const crowd = 12
	s := sub.school("moving", 3, 1, 100)
	var results []string
	for range 3 {
		var outcomes tally
		var work sync.WaitGroup
		for i := range crowd {
			work.Go(func() {
				got, _, err := s.staff[i%3].window().insist(w.patience(), &sub, i/2, sendReset, reset(s.guardians[0], []string{"EMAIL", "SMS"}[i%2], key()))
				if err != nil {
					w.t.Error(err)
				}
				outcomes.add(outcome(got, "requestPasswordReset"))
			})
		}
		work.Wait()
		results = append(results, fmt.Sprint(outcomes.n["OK"]))
		mu.Lock()
		ahead += 61 * time.Second
		mu.Unlock()
	}
	if got := strings.Join(results, " "); got != "2 1 0" {
		w.t.Errorf("links for one guardian in three minutes: %s, want 2 1 0", got)
	}
	w.t.Logf("one guardian: %v of %d each, a minute apart; it took %v", results, crowd, time.Since(began).Round(100*time.Millisecond))
}

func (w *world) exec(statement string) {
	w.t.Helper()
	_, err := w.nodes[0].ExecContext(w.t.Context(), statement)
	w.must(err)
}

func testLive(w *world) {
	const follow = `subscription($id:ID!){passwordResetUpdated(id:$id){id delivery}}`
	const most, enough = 4, 2 // rounds, streams
	s := w.school("live", 1, most*nodes, most*nodes)
	var elsewhere, streams atomic.Int64
	for round := 0; elsewhere.Load() < enough; round++ {
		if round == most {
			w.t.Fatalf("%d of %d texts were sent by a process that nobody followed", elsewhere.Load(), streams.Load())
		}
		var work sync.WaitGroup
		for here := range nodes {
			g, staff := s.guardians[streams.Add(1)-1], s.staff[0].window()
			w.sms.Next(providertest.RateLimit(time.Second)) // so that there is something to follow
			work.Go(func() {
				id := w.ask(staff, (here+1)%nodes, sendReset, reset(g, "SMS", key())).Str("requestPasswordReset.request.id")
				w.follow(staff, here, follow, vars{"id": id}, `"delivery":"QUEUED"`, `"delivery":"SENT"`)
				if !strings.Contains(w.procs[here].log.String(), `"message":"`+w.reference(g)+`","business":"`+s.id.String()+`","kind":"PASSWORD_RESET","channel":"SMS","state":"ACCEPTED"`) {
					elsewhere.Add(1)
				}
			})
		}
		work.Wait()
	}
	w.t.Logf("%d streams, %d of which told what another process did", streams.Load(), elsewhere.Load())
}

// reference is the message of the text that the guardian got.
func (w *world) reference(g parent) string {
	w.t.Helper()
	for _, m := range w.sms.Texts() {
		if m.To == g.phone {
			return m.Reference
		}
	}
	w.t.Fatal("no text")
	return ""
}

// follow opens a stream in one process and reads events until all texts have come, in order.
func (w *world) follow(p *person, at int, query string, v vars, texts ...string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	r := p.request(ctx, w.procs[at], query, v)
	r.Header.Set("Accept", "text/event-stream")
	res, err := http.DefaultClient.Do(r)
	w.must(err)
	defer res.Body.Close()
	events := bufio.NewReader(res.Body)
	var seen strings.Builder
	for _, text := range texts {
		for line := ""; !strings.Contains(line, text); seen.WriteString(line) {
			if line, err = events.ReadString('\n'); err != nil {
				w.t.Fatalf("waiting for %s: %v, after %s", text, err, &seen)
			}
		}
	}
}
