package e2e_test

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"officeportal/internal/wait"
)

// ops returns what the internal address answers.
func (w *world) ops(path string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "http://"+w.app.OpsAddr()+path, nil)
	w.must(err)
	res, err := http.DefaultClient.Do(r)
	w.must(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	w.must(err)
	return res.StatusCode, string(body)
}

func TestTheMetricsCountWhatHappenedAndNameNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		id := staff.send("EMAIL").str("requestPasswordReset.request.id")
		staff.until(id, "delivery", "SENT")
		staff.send("SMS")
		w.browser("office").do(signIn, vars{"i": vars{"email": "dana@sunrise.example", "password": "not her password"}})
		staff.send("EMAIL") // too soon
		live := staff.follow("", followReset, vars{"id": id})
		live.stop()
		var body string
		for _, want := range []string{
			`officeportal_events_total{action="PASSWORD_RESET_REQUESTED",channel="EMAIL",outcome="SUCCEEDED"} 1`,
			`officeportal_events_total{action="PASSWORD_RESET_REQUESTED",channel="EMAIL",outcome="REFUSED"} 1`,
			`officeportal_events_total{action="PASSWORD_RESET_REQUESTED",channel="SMS",outcome="SUCCEEDED"} 1`,
			`officeportal_events_total{action="PASSWORD_RESET_DELIVERY",channel="EMAIL",outcome="SUCCEEDED"} 1`,
			`officeportal_events_total{action="SIGN_IN_FAILED",channel="",outcome="REFUSED"} 1`,
			`officeportal_delivery_seconds_count{channel="EMAIL",state="SENT"} 1`,
			`officeportal_build_info{version=`, `officeportal_streams 0`, `officeportal_ready 1`, `officeportal_database_up 1`, `officeportal_draining 0`,
			"officeportal_outbox_due ", "officeportal_outbox_oldest_seconds ", "officeportal_audit_unsealed ", "officeportal_sms_credits ",
			"officeportal_sms_credits_held ", "officeportal_sms_accounts_low ", "officeportal_audit_seal_seconds_count ",
		} {
			wait.For(t, 20*time.Second, want, func() bool {
				_, body = w.ops("/metrics")
				return strings.Contains(body, want)
			})
		}
		for range 4 { // one more than the limit
			w.browser("customer").do(`mutation($i:ForgotPasswordInput!){forgotPassword(input:$i){accepted}}`, vars{"i": vars{"business": "sunrise", "email": "maria@example.com"}})
		}
		wait.For(t, 20*time.Second, "a refusal of a limit", func() bool {
			_, body = w.ops("/metrics")
			return strings.Contains(body, "officeportal_limit_refusals_total{")
		})
		alerts, err := os.ReadFile("../examples/alerts.yml")
		w.must(err)
		for _, name := range regexp.MustCompile(`officeportal_[a-z_]+`).FindAllString(string(alerts), -1) {
			if !strings.Contains(body, "\n"+name+"{") && !strings.Contains(body, "\n"+name+" ") {
				t.Errorf("examples/alerts.yml watches %s, which is not measured", name)
			}
		}
		for _, name := range []string{"lopez", "maria", "sunrise", "dana", "gdn_", "fam_", "rst_"} {
			if strings.Contains(strings.ToLower(body), name) {
				t.Errorf("the metrics say %q", name)
			}
		}
	})
}

func TestReadySaysWhatIsWell(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var body string
		wait.For(t, 20*time.Second, "readiness", func() bool {
			var status int
			status, body = w.ops("/readyz")
			return status == http.StatusOK
		})
		for _, want := range []string{`"ready": true`, `"draining": false`, `"database": {`, `"schema": {`, `"outbox": {`, `"sealer": {`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s is missing in %s", want, body)
			}
		}
	})
}
