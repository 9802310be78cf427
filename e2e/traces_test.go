package e2e_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"officeportal/internal/app"
	"officeportal/internal/store/dbtest"
)

func TestTracesTellWhatWasDoneAndNeverWithWhat(t *testing.T) {
	var mu sync.Mutex
	var spans bytes.Buffer // as they are sent: texts stand in them as they are
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = io.Copy(&spans, r.Body)
	}))
	defer collector.Close()
	w := newWorld(t, dbtest.MySQL(t))
	s := settings(t, w)
	s.PublicURL, s.Traces = w.app.URL(), collector.URL
	a, err := app.New(t.Context(), s, app.Options{Clock: w.clock.now})
	w.must(err)
	stop := w.run(a)
	_, port, err := net.SplitHostPort(a.Addr())
	w.must(err)
	traced := func(b *browser) *browser {
		b.http.Transport = &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+port)
		}, DisableKeepAlives: true}
		return b
	}
	office := traced(w.browser("office"))
	office.do(strings.Replace(signIn, "mutation(", "mutation SignInHere(", 1), vars{"i": vars{"email": "dana@sunrise.example", "password": staffPassword}})
	office.send("EMAIL")
	mails, err := w.resend.WaitEmails(w.patience(), 1)
	w.must(err)
	token := w.linkIn(mails[0].Text)
	phone := traced(w.browser("customer"))
	phone.do(readLink, vars{"t": token})
	phone.do(redeem, vars{"i": vars{"token": token, "newPassword": guardianPassword}})
	office.do(`mutation{createFamily(input:{name:"Secretname"}){family{id} errors{code}}}`, nil)
	office.try("query{nothing}", nil)
	cookie := office.cookie("office")
	stop() // what is left is sent

	mu.Lock()
	defer mu.Unlock()
	sent := spans.String()
	for _, want := range []string{"SignInHere", "mutation", "/graphql", "INSERT INTO", "COMMIT", "officeportal"} {
		if !strings.Contains(sent, want) {
			t.Errorf("no span says %q, in %d bytes", want, len(sent))
		}
	}
	for _, secret := range []string{staffPassword, guardianPassword, token, cookie, "maria@", "dana@", "Maria", "Lopez", "Secretname", "+1312"} {
		if secret == "" || strings.Contains(strings.ToLower(sent), strings.ToLower(secret)) {
			t.Errorf("a span holds %q", secret)
		}
	}
}
