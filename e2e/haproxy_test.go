package e2e_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"officeportal/e2e/internal/product"
	"officeportal/internal/app"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/wait"
)

// member is a process behind the proxy.
type member struct {
	*app.App
	stop func()
}

// join starts a process behind the proxy: it goes on for a while when it is told to stop.
func (w *world) join() *member {
	w.t.Helper()
	s := settings(w.t, w)
	s.PublicURL, s.DrainTime = w.app.URL(), 4*time.Second
	a, err := app.New(w.t.Context(), s, app.Options{Clock: w.clock.now, Log: app.NewLog(w.log, "json")})
	w.must(err)
	return &member{a, w.run(a)}
}

// proxy runs examples/haproxy.cfg with other addresses, and returns a transport through it and its log.
func (w *world) proxy(members ...*member) (*http.Transport, *product.Log) {
	w.t.Helper()
	raw, err := os.ReadFile("../examples/haproxy.cfg")
	w.must(err)
	dir := w.t.TempDir()
	socket := filepath.Join(dir, "s")
	text := string(raw)
	replace := func(pattern, by string) {
		re := regexp.MustCompile(pattern)
		if len(re.FindAllString(text, -1)) != 1 {
			w.t.Fatalf("examples/haproxy.cfg has not one %s", pattern)
		}
		text = re.ReplaceAllLiteralString(text, by)
	}
	replace(`bind :443 ssl .*`, "bind unix@"+socket)
	for i, name := range []string{"one", "two", "three"} {
		line := "# not here"
		if i < len(members) {
			_, port, err := net.SplitHostPort(members[i].OpsAddr())
			w.must(err)
			line = "server " + name + " " + members[i].Addr() + " port " + port
		}
		replace(`server `+name+` .*`, line)
	}
	config := filepath.Join(dir, "haproxy.cfg")
	w.must(os.WriteFile(config, []byte(text), 0o600))
	ctx, cancel := context.WithCancel(context.Background())
	log := &product.Log{}
	program := "/usr/sbin/haproxy"
	cmd := exec.CommandContext(ctx, program, "-f", config, "-db")
	cmd.Stdout, cmd.Stderr = log, log
	w.must(cmd.Start())
	w.t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		if w.t.Failed() {
			w.t.Logf("haproxy:\n%.4000s", log)
		}
	})
	through := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	w.t.Cleanup(through.CloseIdleConnections)
	wait.For(w.t, 30*time.Second, "haproxy", func() bool {
		r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.app.URL()+"/schema.graphql", nil)
		w.must(err)
		res, err := through.RoundTrip(r)
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return through, log
}

// through makes a browser go through the proxy.
func (b *browser) through(t *http.Transport) *browser {
	b.http.Transport = t
	return b
}

func TestBehindAProxyAProcessLeavesWithoutAFailedRequest(t *testing.T) {
	w := newWorld(t, dbtest.MySQL(t))
	one, two := w.join(), w.join()
	through, log := w.proxy(one, two)

	staff := w.staff().through(through)
	for range 20 {
		staff.do(me, nil)
	}
	for _, server := range []string{"officeportal/one ", "officeportal/two "} {
		wait.For(t, 20*time.Second, server, func() bool { staff.do(me, nil); return strings.Contains(log.String(), server) })
	}
	if strings.Contains(log.String(), "/graphql") || strings.Contains(log.String(), "/office") {
		t.Error("the proxy logs paths")
	}

	id := staff.send("EMAIL").str("requestPasswordReset.request.id")
	live := staff.follow("", followReset, vars{"id": id})
	live.until(`"delivery":"SENT"`)

	ctx, done := context.WithCancel(t.Context())
	defer done()
	var asked, failed atomic.Int64
	var why atomic.Value
	var desks sync.WaitGroup
	for range 4 {
		desk := w.staff().through(through)
		desks.Go(func() {
			for ctx.Err() == nil {
				asked.Add(1)
				status, got := desk.try(`mutation{createFamily(input:{name:"Desk"}){family{id} errors{code}}}`, nil)
				if status != http.StatusOK || got.str("createFamily.family.id") == "" {
					failed.Add(1)
					why.Store(got.raw)
				}
			}
		})
	}
	before := asked.Load()
	wait.For(t, 20*time.Second, "work", func() bool { return asked.Load() > before+20 })
	two.stop() // returns when it has ended
	ended := asked.Load()
	wait.For(t, 20*time.Second, "work without it", func() bool { return asked.Load() > ended+20 })
	done()
	desks.Wait()
	if failed.Load() > 0 {
		t.Errorf("%d of %d requests failed: %v", failed.Load(), asked.Load(), why.Load())
	}
	// whichever process the stream came from: it is still there, or ended properly and can be opened again
	token := w.linkIn(must(w.resend.WaitEmails(w.patience(), 1))[0].Text)
	again := staff.follow("", followReset, vars{"id": id})
	again.until(`"state":"ACTIVE"`)
	w.browser("customer").through(through).do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}})
	again.until(`"state":"USED"`)
	for got := live.event(); got != "complete" && !strings.Contains(got, `"state":"USED"`); got = live.event() {
		if got == "end" {
			t.Fatal("the first stream was cut off")
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
