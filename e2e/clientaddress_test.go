package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"officeportal/internal/app"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
)

// within uses links that do not exist until the limit of the network address they come from is spent, and returns how
// many were looked at: 20 when none was held back.
func (w *world) within(from func(n int) string) int {
	w.t.Helper()
	b := w.browser("customer")
	first := ""
	for n := range 20 {
		input := vars{"token": strings.Repeat("a", 26), "newPassword": guardianPassword}
		res, body := b.ask(b.body(`mutation($i:ResetPasswordInput!){resetPassword(input:$i){errors{code}}}`, vars{"i": input}),
			map[string]string{"X-Forwarded-For": from(n)})
		got := likeness(res, body)
		if first == "" {
			first = got
		}
		if got != first {
			return n
		}
	}
	return 20
}

func TestTheNetworkAddressIsBelievedFromTheProxyOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, target store.Target) {
		w := newWorld(t, target) // without a proxy
		if n := w.within(func(n int) string { return fmt.Sprintf("198.51.100.%d", n) }); n == 20 {
			t.Error("whoever is connected directly chooses the address to be limited by")
		}
		s := settings(t, w)
		s.TrustedProxies = []string{"127.0.0.0/8"}
		behind, err := app.New(t.Context(), s, app.Options{Clock: w.clock.now, Log: app.NewLog(w.log, "json")})
		w.must(err)
		w.run(behind)
		w.app = behind
		for name, c := range map[string]struct {
			from func(n int) string
			held bool
		}{
			"everybody has an own limit":                       {func(n int) string { return fmt.Sprintf("198.51.100.%d", n) }, false},
			"what a client adds in front is nothing":           {func(n int) string { return fmt.Sprintf("192.0.2.%d, 203.0.113.7", n) }, true},
			"a proxy in between is passed over":                {func(n int) string { return fmt.Sprintf("192.0.2.%d, 203.0.113.8, 127.0.0.9", n) }, true},
			"a household is one /64":                           {func(n int) string { return fmt.Sprintf("2001:db8:1:1::%x", n+1) }, true},
			"the next household is another":                    {func(n int) string { return fmt.Sprintf("2001:db8:2:%x::1", n+1) }, false},
			"an IPv4 address in the clothes of IPv6 is itself": {func(n int) string { return []string{"203.0.113.9", "::ffff:203.0.113.9"}[n%2] }, true},
		} {
			if n := w.within(c.from); (n < 20) != c.held {
				t.Errorf("%s: %d were let through", name, n)
			}
		}
	})
}
