package crash_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"officeportal/e2e/internal/api"
	"officeportal/internal/message/providertest"
)

const (
	sendReset = `mutation($i:RequestPasswordResetInput!){requestPasswordReset(input:$i){request{id} smsBalance errors{code}}}`
	readReset = `query($id:ID!){node(id:$id){... on PasswordResetRequest{delivery}}}`
	addGrant  = `mutation($i:AddSmsCreditsInput!){addSmsCredits(input:$i){entry{id balanceAfter} errors{code}}}`
	redeem    = `mutation($i:ResetPasswordInput!){resetPassword(input:$i){signInHint errors{code ... on LinkUnusableError{link{state}}}}}`

	eachBusiness = 40 // requests of one desk before it goes on to another business: a staff member may send 30 an hour
	mailsWaiting = 3  // the e-mail service takes two a second
)

// desk is one person who sends links until told to stop, and insists on an answer.
type desk struct {
	w    *world
	dice *rand.Rand
	n    int // this desk of
	of   int // so many
	keys int
}

func (d *desk) work() {
	for turn := 0; ; turn++ {
		b := d.w.businesses[(d.n+turn*d.of)%len(d.w.businesses)]
		for range eachBusiness {
			select {
			case <-d.w.ending:
				return
			default:
			}
			if d.dice.IntN(8) == 0 {
				d.addCredits(b)
			} else {
				d.sendLink(b)
			}
		}
	}
}

func (d *desk) key() string {
	d.keys++
	return fmt.Sprintf("desk-%d-request-%06d", d.n, d.keys)
}

// insist asks again, with the same key, until there is an answer.
func (d *desk) insist(ask func() (api.Answer, error)) api.Answer {
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; {
		select {
		case d.w.asking <- struct{}{}:
		default:
		}
		got, err := ask()
		if err == nil && got.Definite() {
			return got
		}
		if strings.Contains(got.Raw, "UNAUTHENTICATED") || time.Since(began) > time.Minute {
			d.w.t.Errorf("no answer: %d %s %v", got.Status, got.Raw, err)
			return got
		}
		d.w.count(&d.w.retries)
		<-tick.C // until somebody listens again
	}
}

func (w *world) count(n *int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*n++
}

// ask sends the request until it is answered, and now and then once more.
func (d *desk) ask(query, field string, r *request) {
	read := func() (id, refused string, rest any) {
		got := d.insist(func() (api.Answer, error) { return r.by.post(query, r.input) })
		switch field {
		case "requestPasswordReset":
			return got.Str(field + ".request.id"), got.Str(field + ".errors.0.code"), got.At(field + ".smsBalance")
		default:
			return got.Str(field + ".entry.id"), got.Str(field + ".errors.0.code"), got.At(field + ".entry.balanceAfter")
		}
	}
	r.id, r.refused, r.rest = read()
	if (r.id == "") == (r.refused == "") {
		d.w.t.Errorf("%s is neither done nor refused", r.key)
	}
	if r.id != "" && d.dice.IntN(5) == 0 {
		d.w.count(&d.w.repeats)
		if id, _, rest := read(); id != r.id || rest != r.rest {
			d.w.t.Errorf("%s was answered with %s %v and then with %s %v", r.key, r.id, r.rest, id, rest)
		}
	}
}

func (d *desk) addCredits(b *business) {
	r := &request{by: b.staff[d.dice.IntN(len(b.staff))], key: d.key(), business: b}
	r.input = api.Vars{"i": api.Vars{"credits": 5, "note": "a pack", "idempotencyKey": r.key}}
	d.ask(addGrant, "addSmsCredits", r)
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	d.w.credits[r.key] = r
}

func (d *desk) sendLink(b *business) {
	g := b.guardians[b.next%len(b.guardians)]
	if d.dice.IntN(10) > 0 { // else the same again, too soon
		b.next++
		g = b.guardians[b.next%len(b.guardians)]
	}
	r := &request{by: b.staff[d.dice.IntN(len(b.staff))], key: d.key(), business: b, channel: "SMS"}
	if d.dice.IntN(4) == 0 && d.w.waitingMails() < mailsWaiting {
		r.channel = "EMAIL"
	}
	r.input = api.Vars{"i": api.Vars{"guardianId": g.id, "channel": r.channel, "idempotencyKey": r.key}}
	d.ask(sendReset, "requestPasswordReset", r)
	d.w.mu.Lock()
	d.w.requests = append(d.w.requests, r)
	d.w.mu.Unlock()
	if r.id != "" && d.follow(r) && r.channel == "SMS" && d.dice.IntN(12) == 0 && d.w.waitingMails() < mailsWaiting {
		d.redeem(g)
	}
}

// waitingMails counts what was asked for and not taken by the service yet.
func (w *world) waitingMails() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, r := range w.requests {
		if r.channel == "EMAIL" && r.id != "" {
			n++
		}
	}
	return n + w.redeems - len(w.resend.Emails())
}

// follow looks at the guardian's card for a moment, as people do, and reports whether the message left.
func (d *desk) follow(r *request) bool {
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for range 16 {
		if got, err := r.by.post(readReset, api.Vars{"id": r.id}); err == nil {
			switch got.Str("node.delivery") {
			case "", "QUEUED", "SENDING":
			case "SENT", "DELIVERED":
				return true
			default:
				return false
			}
		}
		<-tick.C
	}
	return false
}

// redeem uses the link in the newest text to the guardian up, from an address of its own.
func (d *desk) redeem(g guardian) {
	token := ""
	for _, text := range d.w.sms.Texts() {
		if strings.TrimPrefix(text.To, "+") == g.phone {
			_, rest, _ := strings.Cut(text.Body, "/r#")
			token = rest[:min(26, len(rest))]
		}
	}
	if token == "" {
		return // the service never took it, though nobody could tell
	}
	phone := &http.Client{Timeout: 20 * time.Second}
	from := map[string]string{"X-Forwarded-For": fmt.Sprintf("198.51.100.%d", 1+d.dice.IntN(250))}
	d.insist(func() (api.Answer, error) {
		got, err := d.w.send(phone, "customer", redeem, api.Vars{"i": api.Vars{"token": token, "newPassword": guardianPassword}}, from)
		switch {
		case err != nil || got.Data == nil:
		case got.Str("resetPassword.signInHint") != "" || got.Str("resetPassword.errors.0.link.state") == "USED": // by us: nobody else has it
			d.w.count(&d.w.redeems)
		case got.Str("resetPassword.errors.0.code") == "LIMIT_REACHED":
			got.Data = nil
		default:
			d.w.t.Errorf("redeeming: %s", got.Raw)
		}
		return got, err
	})
}

// report tells what became of texts, as the service does: until it is thanked, and now and then twice.
func (w *world) report(seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 3))
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for seen := 0; ; {
		texts := w.sms.Texts()
		if seen == len(texts) {
			select {
			case <-w.ending:
				return
			case <-tick.C:
				continue
			}
		}
		text := texts[seen]
		seen++
		status, reason, code := "delivered", "", 0
		switch dice.IntN(5) {
		case 0:
			status, reason, code = "delivery_failed", "absent subscriber", 27
		case 1, 2:
			continue
		}
		times := 1 + dice.IntN(2)
		for began := time.Now(); times > 0 && time.Since(began) < time.Minute; {
			if w.tell(text, status, reason, code) {
				times--
				w.mu.Lock()
				w.reports[text.Reference] = status
				w.mu.Unlock()
			} else {
				<-tick.C
			}
		}
	}
}

func (w *world) tell(text providertest.SMS, status, reason string, code int) bool {
	req := providertest.MessageBirdReport(w.url, w.public, providertest.MessageBirdStatus(text.ID, text.Reference, status, reason, code, time.Now()))
	res, err := http.DefaultClient.Do(req.WithContext(w.t.Context()))
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}
