package e2e_test

import (
	"strings"
	"sync"
	"testing"

	"officeportal/internal/app"
)

// second starts a second process on the same database; both are behind the same name.
func (w *world) second() *world {
	w.t.Helper()
	a, err := app.New(w.t.Context(), settings(w.t, w), app.Options{Clock: w.clock.now, Log: app.NewLog(w.log, "json")})
	w.must(err)
	other := *w
	other.app = a
	w.run(a)
	return &other
}

func TestLimitsHoldOverTwoProcessesOnOneDatabase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		two := []*world{w, w.second()}
		count := func(n int, ask func(b *browser) string, let string) int {
			var wg sync.WaitGroup
			var mu sync.Mutex
			passed := 0
			for i := range n {
				wg.Go(func() {
					if strings.Contains(ask(two[i%2].browser("customer")), let) {
						mu.Lock()
						passed++
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			return passed
		}
		wrong := func(b *browser) string {
			_, got := b.ask(b.body(signIn, vars{"i": vars{"business": "sunrise", "email": "maria@example.com", "password": "wrong"}}), nil)
			return got
		}
		if n := count(16, wrong, "BAD_CREDENTIALS"); n != 5 {
			t.Errorf("%d of 16 tries on one address were let through, want 5", n)
		}
		links := func(b *browser) string {
			_, got := b.ask(b.body(`mutation{resetPassword(input:{token:"aaaaaaaaaaaaaaaaaaaaaaaaaa",newPassword:"indigo walrus teapot"}){errors{code}}}`, nil), nil)
			return got
		}
		if n := count(16, links, "LINK_UNUSABLE"); n < 10 || n > 11 { // one comes back every 6 seconds
			t.Errorf("%d of 16 links were looked at, want 10", n)
		}
	})
}

func TestASessionEndedInOneProcessIsOverInTheOther(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := w.second()
		here, there := w.knows("maria@example.com"), other.browser("customer")
		there.do(signIn, vars{"i": vars{"business": "sunrise", "email": "maria@example.com", "password": guardianPassword}})
		const who = `{viewer{actor{__typename}}}`
		if got := here.do(`{sessions{current device}}`, nil); strings.Count(got.raw, "device") != 2 {
			t.Errorf("sessions: %s", got)
		}
		got := here.do(`mutation{changePassword(input:{currentPassword:"`+guardianPassword+`",newPassword:"marble otter harvest"}){viewer{actor{__typename}} errors{code}}}`, nil)
		if got.str("changePassword.viewer.actor.__typename") != "Guardian" || here.do(who, nil).str("viewer.actor.__typename") != "Guardian" {
			t.Errorf("whoever changes the password stays signed in: %s", got)
		}
		if got := there.do(who, nil); got.at("viewer.actor") != nil {
			t.Errorf("the other session goes on: %s", got)
		}
		if got := here.do(`mutation{signOutEverywhere{ended errors{code}}}`, nil); got.at("signOutEverywhere.ended") != float64(1) {
			t.Errorf("signing out everywhere: %s", got)
		}
		if got := here.do(who, nil); got.at("viewer.actor") != nil {
			t.Errorf("this session goes on: %s", got)
		}
	})
}
