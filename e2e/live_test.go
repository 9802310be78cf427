package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"officeportal/ent/staffmember"
	"officeportal/internal/app"
	"officeportal/internal/config"
	"officeportal/internal/ident"
	"officeportal/internal/viewer"
)

const followReset = `subscription Follow($id:ID!){passwordResetUpdated(id:$id){id state delivery deliveryProblem creditsSpent guardian{name}}}`

// stream is an answer that goes on.
type stream struct {
	w    *world
	res  *http.Response
	body *bufio.Reader
	stop context.CancelFunc
}

// follow opens a stream of events at the origin, the browser's own app when empty.
func (b *browser) follow(origin, query string, variables vars) *stream {
	b.w.t.Helper()
	return b.stream(origin, query, variables, nil)
}

// follow opens a stream with the API token, as browsers do without one.
func (p *program) follow(origin, query string, variables vars) *stream {
	p.w.t.Helper()
	return p.stream(origin, query, variables, map[string]string{"Authorization": "Bearer " + p.secret})
}

func (b *browser) stream(origin, query string, variables vars, header map[string]string) *stream {
	b.w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	b.w.must(err)
	ctx, stop := context.WithCancel(b.w.patience())
	b.w.t.Cleanup(stop)
	if origin == "" {
		origin = b.w.app.URL()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, origin+"/graphql", bytes.NewReader(body))
	b.w.must(err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("X-Portal", b.portal)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	res, err := (&http.Client{Jar: b.http.Jar, Transport: b.http.Transport}).Do(r) // without the limit of other requests
	b.w.must(err)
	b.w.t.Cleanup(func() { res.Body.Close() })
	return &stream{b.w, res, bufio.NewReader(res.Body), stop}
}

// event returns the next event: "complete", what "next" carries, or "end" when the connection has ended.
func (s *stream) event() string {
	kind := ""
	for {
		line, err := s.body.ReadString('\n')
		line = strings.TrimSuffix(line, "\n")
		switch {
		case err != nil:
			return "end"
		case strings.HasPrefix(line, "event: "):
			kind = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data:") && kind == "complete":
			return kind
		case strings.HasPrefix(line, "data: ") && kind == "next":
			return strings.TrimPrefix(line, "data: ")
		}
	}
}

// until reads events until one holds the text, and returns those before it.
func (s *stream) until(text string) (before []string) {
	s.w.t.Helper()
	for {
		got := s.event()
		if strings.Contains(got, text) {
			return before
		}
		if got == "complete" || got == "end" {
			s.w.t.Fatalf("%s, waiting for %s after %q", got, text, before)
		}
		before = append(before, got)
	}
}

// first asks for a stream and returns its first event as an answer would be: null when there is none.
func (b *browser) first(query string, variables vars, field string) answer {
	b.w.t.Helper()
	s := b.follow("", query, variables)
	defer s.stop()
	got := s.event()
	if got == "complete" {
		got = `{"data":{"` + field + `":null}}`
	}
	return answer{b.w.t, got, nil}
}

// twin starts another process on the world's database and settings, and returns its origin.
func (w *world) twin(changes ...func(*config.Settings)) string {
	w.t.Helper()
	s := settings(w.t, w)
	s.PublicURL = w.app.URL()
	for _, change := range changes {
		change(&s)
	}
	a, err := app.New(w.t.Context(), s, app.Options{Clock: w.clock.now, Log: app.NewLog(w.log, "json")})
	w.must(err)
	w.run(a)
	_, port, err := net.SplitHostPort(a.Addr())
	w.must(err)
	return "http://localhost:" + port
}

func TestAStreamTellsWhatHappenedInWhicheverProcess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		origin := ""
		if w.target.Dialect == "mysql" { // one process alone has an SQLite file
			origin = w.twin()
		}
		staff := w.staff()
		sent := staff.send("EMAIL")
		s := staff.follow(origin, followReset, vars{"id": sent.str("requestPasswordReset.request.id")})
		s.until(`"delivery":"SENT"`)
		mails, err := w.resend.WaitEmails(w.patience(), 1)
		w.must(err)
		link := w.linkIn(mails[0].Text)
		if got := w.browser("customer").do(redeem, vars{"i": vars{"token": link, "newPassword": guardianPassword}}); got.str("resetPassword.signInHint") == "" {
			t.Fatal(got)
		}
		s.until(`"state":"USED"`)
		again := staff.send("SMS")
		next := staff.follow(origin, followReset, vars{"id": again.str("requestPasswordReset.request.id")})
		next.until(`"state":"ACTIVE"`)
		w.clock.add(2 * time.Minute)
		staff.send("EMAIL")
		next.until(`"state":"SUPERSEDED"`)
	})
}

// Whoever may no longer look is told so at once, in whichever process it looks.
func TestStreamsEndWithWhatTheyWereOpenedWithInEveryProcess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		two := w.twin()
		owner := w.staff()
		id := vars{"id": owner.send("EMAIL").str("requestPasswordReset.request.id")}
		leaver := w.member("sunrise", "leaver@sunrise.example", viewer.FamiliesRead, viewer.APIExplore)
		mover := w.member("sunrise", "mover@sunrise.example", viewer.FamiliesRead, viewer.APIExplore)
		revoked, short := owner.program(viewer.FamiliesRead), owner.programFor(1, viewer.FamiliesRead)
		leaves, moves := leaver.program(viewer.FamiliesRead), mover.program(viewer.FamiliesRead)
		update := func(email string, changes vars) {
			m, err := w.app.Store.Client.StaffMember.Query().Where(staffmember.Email(email)).Only(viewer.AsSystem(t.Context(), ident.ID{}, "a test looks for a row"))
			w.must(err)
			changes["staffId"], changes["version"] = "stf_"+m.ID.String(), m.Version
			if got := owner.do(updateStaff, vars{"i": changes}); got.str("updateStaff.staff.id") == "" {
				t.Fatal(got)
			}
		}
		for _, c := range []struct {
			name    string
			streams []*stream
			end     func()
			over    bool // rather than that it may be opened anew, if it may at all
		}{
			{"an API token is revoked", []*stream{revoked.follow("", followReset, id), revoked.follow(two, followReset, id)}, func() {
				owner.do(`mutation($id:ID!){revokeApiToken(input:{apiTokenId:$id}){apiToken{state} errors{code}}}`, vars{"id": revoked.id})
			}, true},
			{"a staff member is deactivated", []*stream{leaver.follow("", followReset, id), leaves.follow(two, followReset, id)}, func() {
				update("leaver@sunrise.example", vars{"active": false})
			}, true},
			{"a permission is taken away", []*stream{mover.follow(two, followReset, id), moves.follow("", followReset, id)}, func() {
				update("mover@sunrise.example", vars{"permissions": []string{"API_EXPLORE"}})
			}, false},
			{"sessions end", []*stream{owner.follow("", followReset, id), owner.follow(two, followReset, id)}, func() {
				owner.do(`mutation{signOutEverywhere{ended errors{code}}}`, nil)
			}, true},
		} {
			for _, s := range c.streams {
				s.until(`"state":"ACTIVE"`)
			}
			c.end()
			for n, s := range c.streams {
				if c.over {
					s.until("UNAUTHENTICATED")
				}
				if got := s.event() + s.event(); got != "completeend" {
					t.Errorf("%s: stream %d ends with %s", c.name, n, got)
				}
			}
		}
		expires := short.follow(two, followReset, id)
		expires.until(`"state":"ACTIVE"`)
		w.clock.add(24 * time.Hour)
		expires.until("UNAUTHENTICATED")
	})
}

func TestSigningOutEndsTheStreamsOfTheSessionInEveryProcess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		origin := ""
		if w.target.Dialect == "mysql" {
			origin = w.twin()
		}
		staff, other := w.staff(), w.staff()
		id := vars{"id": staff.send("EMAIL").str("requestPasswordReset.request.id")}
		mine, theirs := staff.follow(origin, followReset, id), other.follow("", followReset, id)
		mine.until(`"state":"ACTIVE"`)
		staff.do(`mutation{signOut{signedOut}}`, nil)
		mine.until("UNAUTHENTICATED")
		if got := mine.event() + mine.event(); got != "completeend" {
			t.Errorf("then: %s", got)
		}
		theirs.until(`"state":"ACTIVE"`)
	})
}
