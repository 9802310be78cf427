package e2e_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/e2e/internal/product"
	"officeportal/internal/app"
	"officeportal/internal/message/providertest"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/migrate"
)

// deliver sends a report as its service does and returns the status and the body of the answer.
func (w *world) deliver(req *http.Request) (int, string) {
	w.t.Helper()
	res, err := http.DefaultClient.Do(req.WithContext(w.t.Context()))
	w.must(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	w.must(err)
	return res.StatusCode, string(body)
}

func (w *world) accepted(req *http.Request) {
	w.t.Helper()
	if status, body := w.deliver(req); status != http.StatusOK || body != "OK" {
		w.t.Errorf("%s %s: %d %q", req.Method, req.URL.Path, status, body)
	}
}

const timelineOf = `query($id:ID!){node(id:$id){... on PasswordResetRequest{delivery deliveryProblem creditsSpent timeline{kind problem}}}}`

// steps are the kinds of a reset's timeline.
func (b *browser) steps(id string) string {
	b.w.t.Helper()
	var out []string
	list, _ := b.do(timelineOf, vars{"id": id}).at("node.timeline").([]any)
	for _, s := range list {
		out = append(out, s.(map[string]any)["kind"].(string))
	}
	return strings.Join(out, " ")
}

const marksOf = `query($id:ID!){node(id:$id){... on Guardian{contactMarks{channel reason message} passwordResetOptions{channel unavailable message}}}}`

func TestATextThatDoesNotArriveGivesItsCreditBackOnceHoweverOftenThatIsReported(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		id := staff.send("SMS").str("requestPasswordReset.request.id")
		texts, err := w.sms.WaitTexts(w.patience(), 1)
		w.must(err)
		staff.until(id, "delivery", "SENT")
		text := texts[0]
		if text.ReportURL != w.app.URL()+"/hooks/sms" {
			t.Errorf("reports go to %q", text.ReportURL)
		}
		report := func(status, reason string, code int) *http.Request {
			return providertest.MessageBirdReport(w.app.URL(), w.app.URL(), providertest.MessageBirdStatus(text.ID, text.Reference, status, reason, code, w.clock.now()))
		}
		forged := report("delivered", "", 0)
		forged.URL.RawQuery += "&x=1"
		if status, body := w.deliver(forged); status != http.StatusUnauthorized || body != "" {
			t.Errorf("a forged report: %d %q", status, body)
		}
		w.accepted(report("sent", "", 0))
		w.accepted(report("delivered", "", 0))
		staff.until(id, "delivery", "DELIVERED")
		var all sync.WaitGroup
		same := report("delivery_failed", "unknown subscriber", 1)
		for range 50 {
			req := same.Clone(t.Context())
			all.Go(func() { w.accepted(req) })
		}
		all.Wait()
		w.accepted(report("delivered", "", 0))
		got := staff.until(id, "delivery", "NOT_DELIVERED")
		if got.str("node.deliveryProblem") != "NUMBER_INVALID" || got.at("node.creditsSpent") != float64(0) {
			t.Errorf("the reset: %s", got)
		}
		ledger := staff.do(`{smsAccount{balance held ledger{edges{node{amount reason summary guardian{name}}}}}}`, nil)
		if ledger.at("smsAccount.balance") != float64(42) || ledger.at("smsAccount.held") != float64(0) || ledger.at("smsAccount.ledger.edges.3") != nil {
			t.Errorf("the credits: %s", ledger)
		}
		if ledger.str("smsAccount.ledger.edges.0.node.summary") != "Returned: the text to Maria Lopez was not delivered" ||
			ledger.str("smsAccount.ledger.edges.1.node.summary") != "Text with a password reset link to Maria Lopez, sent by Dana Price" ||
			ledger.str("smsAccount.ledger.edges.0.node.guardian.name") != "Maria Lopez" {
			t.Errorf("the ledger: %s", ledger)
		}
		steps := staff.steps(id)
		for _, want := range []string{"REQUESTED", "SENT", "ACCEPTED", "DELIVERED", "NOT_DELIVERED"} {
			if !strings.Contains(" "+steps+" ", " "+want+" ") {
				t.Errorf("the timeline is %q, without %s", steps, want)
			}
		}
		// nobody learns what exists here
		w.accepted(providertest.MessageBirdReport(w.app.URL(), w.app.URL(), providertest.MessageBirdStatus("nobody's", "nobody's", "delivered", "", 0, w.clock.now())))
		if status, _ := w.deliver(plain(http.NewRequest(http.MethodGet, w.app.URL()+"/hooks/sms", nil))); status != http.StatusUnauthorized {
			t.Errorf("without anything: %d", status)
		}
		if strings.Contains(w.log.String(), "3125550123") {
			t.Error("the log holds the number")
		}
	})
}

func plain(r *http.Request, err error) *http.Request {
	if err != nil {
		panic(err)
	}
	return r
}

func TestAnAddressThatBouncesIsMarkedUntilSomebodyTakesItBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		id := staff.send("EMAIL").str("requestPasswordReset.request.id")
		mails, err := w.resend.WaitEmails(w.patience(), 1)
		w.must(err)
		staff.until(id, "delivery", "SENT")
		hook := w.app.URL() + "/hooks/email"
		message := strings.TrimPrefix(mails[0].IdempotencyKey, "password-reset/")
		send := func(kind string, more map[string]any) *http.Request {
			now := w.clock.now()
			return providertest.Standard(hook, "svix-", providertest.ResendSecret, providertest.EventID(), now, providertest.ResendEvent(kind, mails[0].ID, message, now, more))
		}
		if status, _ := w.deliver(plain(http.NewRequest(http.MethodGet, hook, nil))); status != http.StatusMethodNotAllowed {
			t.Errorf("GET: %d", status)
		}
		wrong := send("email.bounced", providertest.Bounce("Permanent", "General"))
		wrong.Header.Set("svix-id", "msg_other")
		if status, body := w.deliver(wrong); status != http.StatusUnauthorized || body != "" {
			t.Errorf("forged: %d %q", status, body)
		}
		if status, _ := w.deliver(providertest.StandardRaw(hook, "svix-", providertest.ResendSecret, "m", w.clock.now(), strings.Repeat("x", 1<<17))); status != http.StatusRequestEntityTooLarge {
			t.Errorf("too large: %d", status)
		}
		w.accepted(send("email.opened", nil))
		w.accepted(send("email.delivered", nil))
		staff.until(id, "delivery", "DELIVERED")
		w.clock.add(27 * time.Hour)
		staff = w.staff() // the session has ended meanwhile
		w.accepted(send("email.bounced", providertest.Bounce("Permanent", "Suppressed")))
		staff.until(id, "deliveryProblem", "SUPPRESSED")
		marked := staff.do(marksOf, vars{"id": w.guardian})
		if marked.str("node.contactMarks.0.reason") != "SUPPRESSED" || marked.str("node.passwordResetOptions.0.unavailable") != "EMAIL_BOUNCED" ||
			marked.str("node.passwordResetOptions.0.message") != "The email service blocks this address after an earlier bounce or complaint." {
			t.Errorf("marked: %s", marked)
		}
		cleared := staff.do(`mutation($g:ID!){clearContactMark(input:{guardianId:$g,channel:EMAIL}){guardian{contactMarks{reason}} errors{code}}}`, vars{"g": w.guardian})
		if cleared.at("clearContactMark.guardian.contactMarks.0") != nil {
			t.Errorf("cleared: %s", cleared)
		}
		told := staff.do(`{auditEntries(first:3,filter:{actions:[CONTACT_MARKED,CONTACT_MARK_CLEARED]}){edges{node{summary}}}}`, nil)
		if told.str("auditEntries.edges.0.node.summary") != "Dana Price took back that the email service blocks the address of Maria Lopez." ||
			told.str("auditEntries.edges.1.node.summary") != "The email service does not send to the address of Maria Lopez any more, after an earlier bounce or complaint." {
			t.Errorf("told: %s", told)
		}
		if again := staff.send("EMAIL"); again.str("requestPasswordReset.request.id") == "" {
			t.Errorf("sending again: %s", again)
		}
	})
}

func TestSTOPEndsTextsAndSTARTBringsThemBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		reply := func(said string) *http.Request {
			return providertest.MessageBirdReply(w.app.URL(), w.app.URL(), "+13125550123", said, w.clock.now())
		}
		w.accepted(reply("Stop"))
		if got := staff.do(marksOf, vars{"id": w.guardian}); got.str("node.passwordResetOptions.1.unavailable") != "PHONE_OPTED_OUT" || got.str("node.contactMarks.0.reason") != "OPTED_OUT" {
			t.Errorf("after STOP: %s", got)
		}
		w.accepted(reply("what is this?"))
		w.clock.add(time.Second)
		w.accepted(reply("START"))
		if got := staff.do(marksOf, vars{"id": w.guardian}); got.at("node.passwordResetOptions.1.unavailable") != nil || got.at("node.contactMarks.0") != nil {
			t.Errorf("after START: %s", got)
		}
	})
}

func TestBirdIsASettingAndAsksAgainWithoutASecondText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, target store.Target) {
		w := &world{t: t, clock: &clock{}, log: &product.Log{}, target: target, resend: providertest.NewResend(t), sms: providertest.NewMessageBird(t)}
		bird := providertest.NewBird(t)
		if target.Dialect == "mysql" {
			d := dbtest.Open(t, target)
			_, err := migrate.Up(t.Context(), d.DB(), d.Dialect())
			w.must(err)
		}
		s := settings(t, w)
		s.SMS, s.BirdAccessKey, s.BirdURL, s.BirdWebhookSecret = "bird", providertest.BirdKey, bird.URL(), providertest.BirdSecret
		var err error
		w.app, err = app.New(t.Context(), s, app.Options{Clock: w.clock.now, Log: app.NewLog(w.log, "json")})
		w.must(err)
		w.run(w.app)
		w.furnish()
		staff := w.staff()
		bird.Next(providertest.TakeAndCut())
		id := staff.send("SMS").str("requestPasswordReset.request.id")
		staff.until(id, "delivery", "SENT") // tried again under its key
		texts := bird.Texts()
		if len(texts) != 1 || texts[0].Category != "authentication" || len(bird.Requests()) < 2 {
			t.Fatalf("%d texts in %d requests", len(texts), len(bird.Requests()))
		}
		now := w.clock.now()
		report := providertest.Standard(w.app.URL()+"/hooks/sms", "webhook-", providertest.BirdSecret, providertest.EventID(), now,
			providertest.BirdEvent("sms.undelivered", texts[0].ID, texts[0].Metadata["message"], now, "unreachable", ""))
		w.accepted(report)
		got := staff.until(id, "delivery", "NOT_DELIVERED")
		if got.str("node.deliveryProblem") != "PHONE_UNREACHABLE" || got.at("node.creditsSpent") != float64(0) {
			t.Errorf("%s", got)
		}
		// MessageBird's signing key is still set: what it took before is still reported
		w.accepted(providertest.MessageBirdReport(w.app.URL(), w.app.URL(), providertest.MessageBirdStatus("old", "old", "delivered", "", 0, now)))
		if n := len(w.sms.Requests()); n != 0 {
			t.Errorf("%d requests to the service that was left", n)
		}
	})
}
