//go:build cluster

package cluster

import (
	"context"
	"strings"
	"sync"
	"time"

	"officeportal/internal/wait"
)

// stall keeps a node from taking in what the others commit, until resume is called. It still answers reads.
func (w *world) stall(node int) (resume func()) {
	w.t.Helper()
	conn, err := w.nodes[node].DB().Conn(w.t.Context())
	w.must(err)
	_, err = conn.ExecContext(w.t.Context(), "FLUSH TABLES WITH READ LOCK")
	w.must(err)
	resume = sync.OnceFunc(func() {
		_, err := conn.ExecContext(context.WithoutCancel(w.t.Context()), "UNLOCK TABLES")
		conn.Close()
		if err != nil {
			w.t.Errorf("going on: %v", err)
		}
	})
	w.t.Cleanup(resume)
	return resume
}

// behind asks a process whose node is behind the others, and lets the node catch up when the process is seen waiting
// for that with the given statement. Whoever does not wait answers from the past.
func (w *world) behind(node int, statement string, resume func(), ask func() answer) answer {
	w.t.Helper()
	got := make(chan answer, 1)
	go func() { got <- ask() }()
	waitsAt(w, node, statement, got)
	resume()
	return <-got
}

// waitsAt waits until somebody is seen waiting for a node with the statement. An answer before that is an error, and is
// put back.
func waitsAt[T any](w *world, node int, statement string, got chan T) {
	w.t.Helper()
	const all = "SELECT COALESCE(GROUP_CONCAT(user, ' ', info SEPARATOR '\n'), '') FROM information_schema.processlist WHERE id <> CONNECTION_ID()"
	var running string
	wait.For(w.t, 20*time.Second, "somebody to wait for the node", func() bool {
		select {
		case early := <-got:
			w.t.Errorf("nobody waited for the node, which was doing:\n%s", running)
			got <- early
			return true
		default:
		}
		w.must(w.nodes[node].DB().QueryRowContext(w.t.Context(), all).Scan(&running))
		return strings.Contains(running, statement)
	})
}

func testSessions(w *world) {
	s := w.school("sessions", 1, 1, 10)
	guardian := s.guardians[0]
	w.ask(s.staff[0], 0, sendReset, reset(guardian, "EMAIL", key()))

	email := "staff0@sessions.example"
	const rounds = 15
	for i := range rounds {
		a, b, c := i%nodes, (i+1)%nodes, (i+2)%nodes
		p := visitor("office")
		w.ask(p, a, signIn, vars{"i": vars{"email": email, "password": password}})
		old := p.window() // keeps the cookie that signing out takes
		for _, at := range []int{b, c} {
			if got := w.ask(old, at, me, nil); got.Str("viewer.actor.__typename") != "Staff" {
				w.t.Errorf("round %d: the session of process %d is not known to process %d: %v", i, a+1, at+1, got)
			}
		}
		w.ask(p, b, signOut, nil)
		for _, at := range []int{c, a} {
			if got := w.ask(old, at, me, nil); got.At("viewer.actor") != nil {
				w.t.Errorf("round %d: the session ended in process %d goes on in process %d", i, b+1, at+1)
			}
		}
	}

	// the same with a node that certainly lags
	p := visitor("office")
	w.ask(p, 0, signIn, vars{"i": vars{"email": email, "password": password}})
	old := p.window()
	w.ask(old, 2, me, nil)
	resume := w.stall(2)
	w.ask(p, 0, signOut, nil)
	if got := w.behind(2, "FROM sessions", resume, func() answer { return w.ask(old, 2, me, nil) }); got.At("viewer.actor") != nil {
		w.t.Errorf("a node that lags lets an ended session go on: %v", got)
	}

	// a guardian chooses a password, signs in, and chooses another with a second link
	w.redeem(0, w.emailedLink(guardian), "violet tractor lagoon")
	g := visitor("customer")
	w.ask(g, 0, signIn, vars{"i": vars{"business": s.slug, "email": guardian.email, "password": "violet tractor lagoon"}})
	if got := w.ask(g, 1, me, nil); got.Str("viewer.actor.__typename") != "Guardian" {
		w.t.Errorf("signed in with the new password: %v", got)
	}
	w.ask(s.staff[0], 1, sendReset, reset(guardian, "SMS", key()))
	token := w.textedLink(guardian)
	resume = w.stall(1)
	w.redeem(0, token, "marble otter harvest")
	if got := w.behind(1, "FROM sessions", resume, func() answer { return w.ask(g, 1, me, nil) }); got.At("viewer.actor") != nil {
		w.t.Errorf("a session outlives the reset: %v", got)
	}
	if got := w.ask(g, 2, me, nil); got.At("viewer.actor") != nil {
		w.t.Errorf("a session outlives the reset: %v", got)
	}

	// whoever looks at a used link on a node that lags is told so, too
	resume = w.stall(1)
	w.ask(s.staff[0], 0, signOut, nil)
	if got := w.behind(1, "`staff_tokens`.`lookup` =", resume, func() answer { return w.ask(visitor("customer"), 1, readLink, vars{"t": token}) }); got.Str("passwordResetLink.state") != "USED" {
		w.t.Errorf("a used link: %v", got)
	}
	w.t.Logf("%d sessions ended, no process took one for alive", rounds+2)
}

// redeem sets a password by link in one process.
func (w *world) redeem(at int, token, pw string) {
	w.t.Helper()
	got := w.ask(visitor("customer"), at, redeem, vars{"i": vars{"token": token, "newPassword": pw}})
	if what := outcome(got, "resetPassword"); what != "OK" {
		w.t.Fatalf("choosing a password: %s", what)
	}
}

// textedLink waits for the newest link that was sent to the guardian as a text.
func (w *world) textedLink(g parent) (token string) {
	w.t.Helper()
	wait.For(w.t, 30*time.Second, "a text", func() bool {
		for _, m := range w.sms.Texts() {
			if m.To == g.phone {
				token = linkIn(m.Body)
			}
		}
		return token != ""
	})
	return token
}

func (w *world) emailedLink(g parent) (token string) {
	w.t.Helper()
	wait.For(w.t, 30*time.Second, "an email", func() bool {
		for _, m := range w.resend.Emails() {
			if m.To == g.email {
				token = linkIn(m.Text)
			}
		}
		return token != ""
	})
	return token
}

func linkIn(message string) string {
	_, rest, ok := strings.Cut(message, origin+"/r#")
	if !ok || len(rest) < 26 {
		return ""
	}
	return rest[:26]
}

func testRedeem(w *world) {
	const links, hands = 4, 5 // more than 5 tries of one link in a minute are not let through
	s := w.school("redeem", 1, links, links)
	for i, g := range s.guardians {
		w.ask(s.staff[0], i%nodes, sendReset, reset(g, "SMS", key()))
	}
	var all tally
	for i, g := range s.guardians {
		token := w.textedLink(g)
		var race sync.WaitGroup
		var count tally
		var winner string
		for j := range hands {
			pw := "violet tractor lagoon " + strings.Repeat("x", j)
			race.Go(func() {
				got, err := visitor("customer").ask(w.t.Context(), w.procs[(i+j)%nodes], redeem, vars{"i": vars{"token": token, "newPassword": pw}})
				if err != nil {
					w.t.Error(err)
					return
				}
				what := outcome(got, "resetPassword")
				count.add(what)
				all.add(what)
				if what == "OK" {
					winner = pw
				}
			})
		}
		race.Wait()
		if count.n["OK"] != 1 || count.n["LINK_UNUSABLE"] != hands-1 {
			w.t.Fatalf("link %d: %v, want one winner", i, count.n)
		}
		got := w.ask(visitor("customer"), (i+1)%nodes, signIn, vars{"i": vars{"business": s.slug, "email": g.email, "password": winner}})
		if got.Str("signIn.viewer.actor.__typename") != "Guardian" {
			w.t.Errorf("link %d: the winner's password does not sign in: %v", i, got)
		}
	}
	if n := w.number(0, "SELECT COUNT(*) FROM guardians WHERE business_id = ? AND cred_epoch <> 2", s.id); n != 0 {
		w.t.Errorf("the credentials of %d guardians changed not once", n)
	}
	w.t.Logf("%d links presented %d times: %v", links, links*hands, all.n)
}
