package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"officeportal/internal/audit"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/dbtest/cutproxy"
)

const (
	addCredits = `mutation($i:AddSmsCreditsInput!){addSmsCredits(input:$i){entry{id amount balanceAfter} errors{code}}}`
	makeFamily = `mutation($n:String!){createFamily(input:{name:$n}){family{id} errors{code}}}`
	notKnown   = "It is not known whether this was done"
)

// rows counts.
func (w *world) rows(query string, args ...any) int {
	w.t.Helper()
	found, err := w.app.Store.Driver.QueryContext(w.t.Context(), query, args...)
	w.must(err)
	defer found.Close()
	n := -1
	for found.Next() {
		w.must(found.Scan(&n))
	}
	w.must(found.Err())
	return n
}

func TestACommitInDoubtIsAnsweredRightlyAndDoneOnce(t *testing.T) {
	for _, where := range []cutproxy.Where{cutproxy.Before, cutproxy.After} {
		t.Run(where.String(), func(t *testing.T) {
			p, target := cutproxy.New(t, dbtest.MySQL(t))
			w := newWorld(t, target)
			staff := w.staff()
			cutting := func(text string, do func() answer) answer {
				t.Helper()
				cut := p.CutCommit(text, where)
				got := do()
				select {
				case <-cut:
				default:
					t.Fatalf("nothing was cut: %s", got)
				}
				return got
			}
			for i, channel := range []string{"EMAIL", "SMS"} {
				input := vars{"i": vars{"guardianId": w.guardian, "channel": channel, "idempotencyKey": key()}}
				ask := func() answer { return staff.do(sendReset, input) }
				first := cutting("INSERT INTO `idempotency_keys`", ask)
				id := first.str("requestPasswordReset.request.id")
				again := ask()
				if id == "" || again.str("requestPasswordReset.request.id") != id || first.at("requestPasswordReset.smsBalance") != again.at("requestPasswordReset.smsBalance") {
					t.Fatalf("%s: %s, and again: %s", channel, first, again)
				}
				staff.until(id, "delivery", "SENT")
				if n := w.rows("SELECT COUNT(*) FROM reset_tokens"); n != i+1 {
					t.Errorf("%d links after %d requests", n, i+1)
				}
			}
			if texts, mails := w.sms.Texts(), w.resend.Emails(); len(texts) != 1 || len(mails) != 1 {
				t.Errorf("%d texts, %d e-mails", len(texts), len(mails))
			}

			credits := vars{"i": vars{"credits": 7, "note": "a pack", "idempotencyKey": key()}}
			first := cutting("INSERT INTO `idempotency_keys`", func() answer { return staff.do(addCredits, credits) })
			if again := staff.do(addCredits, credits); first.str("addSmsCredits.entry.id") == "" || again.raw != first.raw {
				t.Errorf("credits: %s, and again: %s", first, again)
			}
			if got := staff.do(`{smsAccount{balance held}}`, nil); got.at("smsAccount.balance") != 42.0-1+7 || got.at("smsAccount.held") != 0.0 {
				t.Errorf("the credits: %s", got)
			}

			link := vars{"i": vars{"token": w.linkIn(w.sms.Texts()[0].Body), "newPassword": guardianPassword}}
			done := cutting("UPDATE `reset_tokens` SET `redeemed_at`", func() answer { return w.browser("customer").do(redeem, link) })
			if done.str("resetPassword.signInHint") != "Maria@example.com" {
				t.Errorf("redeeming: %s", done)
			}
			if _, ok := w.signInAsGuardian(guardianPassword); !ok {
				t.Error("the new password does not sign in")
			}
			if n, m := w.rows("SELECT COUNT(*) FROM audit_entries WHERE action = ? AND outcome = 'SUCCEEDED'", string(audit.PasswordResetCompleted)),
				w.rows("SELECT COUNT(*) FROM messages WHERE kind = 'PASSWORD_CHANGED'"); n != 1 || m != 1 {
				t.Errorf("told %d times to the Audit Log, %d notices", n, m)
			}
			if used := w.browser("customer").do(redeem, link); used.str("resetPassword.errors.0.link.state") != "USED" {
				t.Errorf("once more: %s", used)
			}

			staff.do(inviteStaff, vars{"i": vars{"email": "nora@sunrise.example", "name": "Nora Bell", "permissions": []string{"FAMILIES_READ"}}})
			invited := vars{"i": vars{"token": w.linkIn(w.mail(3).Text), "newPassword": guardianPassword}}
			done = cutting("UPDATE `staff_tokens` SET `redeemed_at`", func() answer { return w.browser("customer").do(redeem, invited) })
			if done.str("resetPassword.signInHint") != "nora@sunrise.example" {
				t.Errorf("an invitation: %s", done)
			}

			// what has no key is reported as what it is
			told := cutting("INSERT INTO `families`", func() answer { _, got := staff.try(makeFamily, vars{"n": "Doubtful"}); return got })
			if !strings.Contains(told.raw, notKnown) || !strings.Contains(told.raw, `"code":"INTERNAL"`) || !strings.Contains(told.raw, `"outcome":"UNKNOWN"`) {
				t.Errorf("without a key: %s", told)
			}
			want := 0
			if where == cutproxy.After {
				want = 1
			}
			if n := w.rows("SELECT COUNT(*) FROM families WHERE name = 'Doubtful'"); n != want {
				t.Errorf("%d families, want %d", n, want)
			}
			w.verify()
		})
	}
}

// sendsAndRedeems sends a link by text and uses it up, each until it is answered, and reports whether the text came.
func (b *browser) sendsAndRedeems(t *testing.T, guardian, phone string) bool {
	input := vars{"i": vars{"guardianId": guardian, "channel": "SMS", "idempotencyKey": key()}}
	for got := ""; got == ""; {
		_, a := b.try(sendReset, input)
		if got = a.str("requestPasswordReset.request.id"); got == "" && a.data != nil && a.str("requestPasswordReset.errors.0.code") != "" {
			t.Errorf("sending: %s", a)
			return false
		}
	}
	token := ""
	for deadline := time.Now().Add(3 * time.Second); token == "" && time.Now().Before(deadline); b.try(me, nil) {
		for _, text := range b.w.sms.Texts() {
			if text.To == phone {
				token = b.w.linkIn(text.Body)
			}
		}
	}
	if token == "" { // its lease is in doubt: that takes a minute
		return false
	}
	b.w.clock.add(6 * time.Second) // one link in six seconds from one address
	for before := false; ; before = true {
		_, a := b.w.browser("customer").try(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}})
		switch {
		case a.str("resetPassword.signInHint") != "", before && a.str("resetPassword.errors.0.link.state") == "USED":
			return true
		case a.str("resetPassword.errors.0.code") == "LIMIT_REACHED":
			b.w.clock.add(6 * time.Second)
		case a.str("resetPassword.errors.0.code") != "":
			t.Errorf("redeeming: %s", a)
			return false
		}
	}
}

// Four desks repeat each request with its key until it is answered, while connections are cut anywhere.
func TestCutsAnywhereLoseNothingThatWasAnswered(t *testing.T) {
	p, target := cutproxy.New(t, dbtest.MySQL(t))
	w := newWorld(t, target)
	seed := cutproxy.Seed(t)
	desks := []*browser{w.staff(), w.staff(), w.staff(), w.staff()}
	const rounds, links = 25, 7 // a staff member may send 30 links
	guardians := map[string]string{}
	for i := range len(desks) * links {
		phone := fmt.Sprintf("+1312%d1000", 220+10*i) // each in a block of its own: a block gets 20 texts an hour
		added := desks[0].do(`mutation($i:AddGuardianInput!){addGuardian(input:$i){guardian{id} errors{code message path}}}`, vars{"i": vars{
			"familyId": w.family, "name": "Maria Lopez", "relation": "Mother", "email": fmt.Sprintf("maria.%d@example.com", i), "phone": phone, "canLogIn": true}})
		if guardians[phone] = added.str("addGuardian.guardian.id"); guardians[phone] == "" {
			t.Fatalf("adding: %s", added)
		}
	}
	phones := slices.Sorted(maps.Keys(guardians))
	var redeemed atomic.Int64
	var asked, unknown, failed atomic.Int64
	families := [2]sync.Map{} // name to the answer: with certainty made or not; and not known
	p.CutAnywhere(seed, 0.005)
	var working sync.WaitGroup
	for i, desk := range desks {
		working.Go(func() {
			for round := range rounds {
				input := vars{"i": vars{"credits": 1, "note": "a credit", "idempotencyKey": key()}}
				for {
					asked.Add(1)
					if status, got := desk.try(addCredits, input); status == http.StatusOK && got.str("addSmsCredits.entry.id") != "" {
						break
					}
				}
				if phone := phones[(i*links+round)%len(phones)]; round < links && desk.sendsAndRedeems(t, guardians[phone], phone) {
					redeemed.Add(1)
				}
				name := fmt.Sprintf("Family %d %d", i, round)
				asked.Add(1)
				switch _, got := desk.try(makeFamily, vars{"n": name}); {
				case got.str("createFamily.family.id") != "":
					families[0].Store(name, 1)
				case strings.Contains(got.raw, notKnown):
					unknown.Add(1)
					families[1].Store(name, true)
				default:
					failed.Add(1)
					families[0].Store(name, 0)
				}
			}
		})
	}
	working.Wait()
	p.Stop()
	families[0].Range(func(name, want any) bool {
		if n := w.rows("SELECT COUNT(*) FROM families WHERE name = ?", name); n != want {
			t.Errorf("%s: %d families, told %d", name, n, want)
		}
		return true
	})
	families[1].Range(func(name, _ any) bool {
		if n := w.rows("SELECT COUNT(*) FROM families WHERE name = ?", name); n > 1 {
			t.Errorf("%s: %d families", name, n)
		}
		return true
	})
	if all := w.rows("SELECT balance + held FROM sms_accounts") + w.rows("SELECT COUNT(*) FROM credit_entries WHERE kind = 'CAPTURE'"); all != 42+len(desks)*rounds {
		t.Errorf("%d credits, want %d", all, 42+len(desks)*rounds)
	}
	sent, used := w.rows("SELECT COUNT(*) FROM reset_tokens"), w.rows("SELECT COUNT(*) FROM reset_tokens WHERE redeemed_at IS NOT NULL")
	if messages := w.rows("SELECT COUNT(*) FROM messages WHERE kind = 'PASSWORD_RESET'"); sent != len(phones) || messages != sent || used != int(redeemed.Load()) {
		t.Errorf("%d links in %d messages for %d requests; %d used by %d people", sent, messages, len(phones), used, redeemed.Load())
	}
	if told, notices := w.rows("SELECT COUNT(*) FROM audit_entries WHERE action = ? AND outcome = 'SUCCEEDED'", string(audit.PasswordResetCompleted)),
		w.rows("SELECT COUNT(*) FROM messages WHERE kind = 'PASSWORD_CHANGED'"); told != used || notices != used {
		t.Errorf("%d links used: %d times told, %d notices", used, told, notices)
	}
	once := map[string]bool{}
	for _, text := range w.sms.Texts() {
		if once[text.Reference] {
			t.Errorf("text %s was sent twice", text.Reference)
		}
		once[text.Reference] = true
	}
	if used == 0 {
		t.Error("no link was used: that proves nothing")
	}
	w.verify()
	cuts, commits := p.Cuts()
	if cuts < 10 {
		t.Errorf("%d cuts prove nothing", cuts)
	}
	t.Logf("%d requests, %d cuts at %d COMMITs, %d answers unknown, %d failed; %d links, %d used; nothing lost, nothing twice",
		asked.Load(), cuts, commits, unknown.Load(), failed.Load(), sent, used)
}
