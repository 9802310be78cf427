package graph_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/graph"
	"officeportal/internal/ident"
	"officeportal/internal/live"
	"officeportal/internal/passwordreset"
	"officeportal/internal/store"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/viewer"
	"officeportal/internal/wait"
)

const follow = `subscription Follow($id: ID!) { passwordResetUpdated(id: $id) {
	id delivery deliveryProblem state sentAt usedAt requestedBy { ... on Staff { name } } guardian { name } } }`

// stream is an answer that goes on.
type stream struct {
	t    *testing.T
	res  *http.Response
	body *bufio.Reader
	stop context.CancelFunc
}

// follow opens a stream as one of the viewers.
func (w *world) follow(who string, id any) *stream {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": follow, "variables": map[string]any{"id": id}})
	w.must(err)
	return w.stream(who, string(body))
}

func (w *world) stream(who, body string) *stream {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	w.t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.server.URL, strings.NewReader(body))
	w.must(err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("X-Test-Viewer", who)
	res, err := w.server.Client().Do(r)
	w.must(err)
	w.t.Cleanup(func() { res.Body.Close() })
	return &stream{w.t, res, bufio.NewReader(res.Body), stop}
}

// event returns the next event, "complete" or what "next" carries; "end" when the connection has ended.
func (s *stream) event() string {
	s.t.Helper()
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

// is fails the test unless the next event holds all of the texts.
func (s *stream) is(what ...string) {
	s.t.Helper()
	got := s.event()
	for _, w := range what {
		if !strings.Contains(got, w) {
			s.t.Fatalf("the event %s lacks %s", got, w)
		}
	}
}

// lookAlways makes changes known without a wait for the next second.
func (w *world) lookAlways() {
	ctx, stop := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := w.live.Once(ctx); err != nil && ctx.Err() == nil {
					w.t.Error(err)
				}
			}
		}
	}()
	w.t.Cleanup(func() { stop(); <-done })
}

// queued makes a reset that waits to be sent.
func (w *world) queued() *ent.ResetToken {
	w.t.Helper()
	w.resetRow(w.maria, schematype.Email, 0)
	found, err := w.resets.Latest(w.as("staff"), []ident.ID{w.maria.ID})
	w.must(err)
	t := found[w.maria.ID].Token
	w.must(w.store.Client.ResetToken.UpdateOneID(t.ID).ClearFirstSentAt().ClearExpiresAt().Exec(w.system()))
	w.delivery(t, schematype.Queued, schematype.DeliveryQueued)
	return t
}

func (w *world) delivery(t *ent.ResetToken, state schematype.MessageState, d schematype.Delivery) {
	w.t.Helper()
	m, err := t.QueryMessage().Only(w.system())
	w.must(err)
	w.clock.add(time.Millisecond)
	w.must(w.store.Client.Message.UpdateOneID(m.ID).SetState(state).SetDelivery(d).SetUpdatedAt(w.store.Now()).Exec(w.system()))
}

func resetID(t *ent.ResetToken) string { return "rst_" + t.ID.String() }

func TestAStreamSendsTheResetAtOnceAndAfterEveryChangeUntilNothingCanChange(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.lookAlways()
		token := w.queued()
		s := w.follow("staff", resetID(token))
		for name, want := range map[string]string{"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"} {
			if got := s.res.Header.Get(name); got != want || s.res.StatusCode != http.StatusOK {
				t.Errorf("%d, %s: %q", s.res.StatusCode, name, got)
			}
		}
		s.is(`"delivery":"QUEUED"`, `"state":"ACTIVE"`, `"sentAt":null`, "Dana Price", "Maria Lopez")
		w.delivery(token, schematype.Leased, schematype.DeliverySending)
		s.is(`"delivery":"SENDING"`)
		at := w.store.Now()
		w.must(w.store.Client.ResetToken.UpdateOneID(token.ID).SetFirstSentAt(at).SetExpiresAt(at.Add(passwordreset.LinkLife)).Exec(w.system()))
		s.is(`"sentAt":"2`)
		w.delivery(token, schematype.Accepted, schematype.DeliverySent)
		s.is(`"delivery":"SENT"`)
		w.delivery(token, schematype.Accepted, schematype.DeliveryDelivered)
		s.is(`"delivery":"DELIVERED"`, `"state":"ACTIVE"`)
		w.must(w.store.Client.ResetToken.UpdateOneID(token.ID).SetRedeemedAt(w.store.Now()).Exec(w.system()))
		s.is(`"state":"USED"`)
		if got := s.event() + s.event(); got != "completeend" {
			t.Errorf("after the end: %s", got)
		}
	})
}

func TestTheEndOfALinkIsToldThoughNobodyWritesIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.lookAlways()
		w.resetRow(w.maria, schematype.Email, time.Minute)
		found, err := w.resets.Latest(w.as("staff"), []ident.ID{w.maria.ID})
		w.must(err)
		s := w.follow("staff", resetID(found[w.maria.ID].Token))
		s.is(`"state":"ACTIVE"`)
		w.clock.add(passwordreset.LinkLife)
		s.is(`"state":"EXPIRED"`)
		s.is("complete")
	})
}

func TestLinksThatNoLongerWorkAreTold(t *testing.T) {
	for state, kill := range map[string]func(w *world, token ident.ID) error{
		"SUPERSEDED": func(w *world, token ident.ID) error {
			return w.store.Client.ResetToken.UpdateOneID(token).SetSupersededAt(w.store.Now()).Exec(w.system())
		},
		"REVOKED": func(w *world, token ident.ID) error {
			return w.store.Client.ResetToken.UpdateOneID(token).SetRevokedAt(w.store.Now()).Exec(w.system())
		},
		// somebody changed the guardian's e-mail address, say
		"REVOKED by the epoch": func(w *world, _ ident.ID) error {
			return w.store.Client.Guardian.UpdateOneID(w.maria.ID).AddCredEpoch(1).Exec(w.system())
		},
	} {
		t.Run(state, func(t *testing.T) {
			w := onSQLite(t)
			w.lookAlways()
			token := w.queued()
			s := w.follow("staff", resetID(token))
			s.is(`"state":"ACTIVE"`)
			w.must(kill(w, token.ID))
			want, _, _ := strings.Cut(state, " ")
			s.is(`"state":"` + want + `"`)
		})
	}
}

func TestTwoThousandIdleStreamsCostOneStatementPerLook(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var open atomic.Int64
		w.config.OnStream = func(n int) { open.Add(int64(n)) }
		w.serve()
		const streams = 2000
		tokens, sessions, apiTokens := w.manyResets(streams), w.sessions(streams), w.apiTokens(streams/4)
		lines, stop := make(chan string, streams), make(chan struct{})
		defer close(stop)
		for i, id := range tokens {
			v := w.viewers["staff"]
			if v.SessionID = sessions[i]; i%4 == 0 {
				v = apiTokens[i/4]
			}
			go func() { // one connection each, in memory: no machine lets a test open so many sockets
				out := &memory{header: http.Header{}, lines: lines, stop: stop}
				body := fmt.Sprintf(`{"query":%q,"variables":{"id":"rst_%s"}}`, follow, id)
				r, err := http.NewRequestWithContext(viewer.With(w.t.Context(), v), http.MethodPost, "/graphql", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Accept", "text/event-stream")
				w.handler.ServeHTTP(out, r)
			}()
		}
		for range streams {
			if first := <-lines; !strings.Contains(first, `"state":"ACTIVE"`) {
				t.Fatalf("a stream begins with %s", first)
			}
		}
		if open.Load() != streams {
			t.Fatalf("%d streams are open", open.Load())
		}
		rec, done := sqlcount.Attach(w.store.Driver)
		defer done()
		for range 5 {
			w.must(w.live.Once(t.Context()))
		}
		if n := rec.Count(); n != 5 {
			t.Errorf("five looks at %d streams are %d statements:\n%.2000s", streams, n, rec)
		}
		if len(lines) > 0 {
			t.Errorf("told of nothing: %s", <-lines)
		}
		rec.Reset()
		w.must(w.store.Client.ResetToken.UpdateOneID(tokens[7]).SetRedeemedAt(w.store.Now()).Exec(w.system()))
		w.must(w.live.Once(t.Context()))
		if line := <-lines; !strings.Contains(line, `"state":"USED"`) || !strings.Contains(line, tokens[7].String()) {
			t.Errorf("the one change: %s", line)
		}
		if n := rec.Count(); n > 15 { // the write, the look, and reading the one
			t.Errorf("one change costs %d statements:\n%.3000s", n, rec)
		}
		// The plan for a few: of two thousand rows of two thousand a database may well read all.
		few := live.New(w.store, slog.New(slog.DiscardHandler))
		for i := range 3 {
			defer few.Reset(tokens[i]).Close()
			defer few.Standing(viewer.Viewer{SessionID: sessions[i]}).Close()
			defer few.Standing(apiTokens[i]).Close()
		}
		rec.Reset()
		w.must(few.Once(t.Context()))
		plan, err := sqlcount.Explain(t.Context(), w.store.Driver, rec.Statements()[0])
		w.must(err)
		for _, scan := range plan.Scans {
			if !strings.Contains(scan, "table=p ") { // the two staff members
				t.Errorf("the look scans: %s", plan.Text)
			}
		}
	})
}

// manyResets makes links that were delivered and still work, each of a guardian of its own.
func (w *world) manyResets(n int) []ident.ID {
	w.t.Helper()
	at := w.store.Now()
	ids := make([]ident.ID, n)
	w.must(w.store.WithTx(w.system(), func(ctx context.Context, tx *store.Tx) error {
		var guardians []*ent.GuardianCreate
		var tokens []*ent.ResetTokenCreate
		var messages []*ent.MessageCreate
		for i := range n {
			g := ident.New()
			ids[i] = ident.New()
			guardians = append(guardians, tx.Guardian.Create().SetID(g).SetBusinessID(w.business.ID).SetFamilyID(w.family.ID).SetName(fmt.Sprintf("Guardian %d", i)).SetCredEpoch(1).SetUpdatedAt(at).SetCreatedAt(at))
			tokens = append(tokens, tx.ResetToken.Create().SetID(ids[i]).SetBusinessID(w.business.ID).SetGuardianID(g).SetChannel(schematype.Email).
				SetNonce(make([]byte, 16)).SetKid("test").SetCredEpoch(1).SetLookup(w.ring.Lookup("test", ids[i][:])).SetRequestedBy(w.staff.ID).
				SetDestination("g@example.com").SetFirstSentAt(at).SetExpiresAt(at.Add(passwordreset.LinkLife)).SetCreatedAt(at))
			messages = append(messages, tx.Message.Create().SetBusinessID(w.business.ID).SetGuardianID(g).SetResetTokenID(ids[i]).SetKind(schematype.PasswordReset).
				SetChannel(schematype.Email).SetDestination("g@example.com").SetLocale("en").SetParams(map[string]string{}).SetState(schematype.Accepted).
				SetDelivery(schematype.DeliveryDelivered).SetUpdatedAt(at).SetCreatedAt(at))
		}
		for some := range slices.Chunk(guardians, 500) {
			if err := tx.Guardian.CreateBulk(some...).Exec(ctx); err != nil {
				return err
			}
		}
		for some := range slices.Chunk(tokens, 500) {
			if err := tx.ResetToken.CreateBulk(some...).Exec(ctx); err != nil {
				return err
			}
		}
		for some := range slices.Chunk(messages, 500) {
			if err := tx.Message.CreateBulk(some...).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
	return ids
}

// session signs Dana in and returns the session.
func (w *world) session() ident.ID { return w.sessions(1)[0] }

func (w *world) sessions(n int) []ident.ID {
	w.t.Helper()
	ids := make([]ident.ID, n)
	var rows []*ent.SessionCreate
	for i := range n {
		ids[i] = ident.New()
		rows = append(rows, w.store.Client.Session.Create().SetID(ids[i]).SetBusinessID(w.business.ID).SetPersonKind(schematype.ActorStaff).
			SetPersonID(w.staff.ID).SetTokenHash(w.ring.Lookup("test", ids[i][:])).SetCredEpoch(w.staff.CredEpoch).
			SetExpiresAt(w.store.Now().Add(time.Hour)).SetCreatedAt(w.store.Now()))
	}
	for some := range slices.Chunk(rows, 500) {
		w.must(w.store.Client.Session.CreateBulk(some...).Exec(w.system()))
	}
	return ids
}

// memory is a connection in memory; it passes on what events carry.
type memory struct {
	header http.Header
	lines  chan<- string
	stop   <-chan struct{}
}

func (m *memory) Header() http.Header { return m.header }
func (m *memory) WriteHeader(int)     {}
func (m *memory) Flush()              {}
func (m *memory) Write(b []byte) (int, error) {
	if _, data, ok := bytes.Cut(b, []byte("event: next\ndata: ")); ok {
		select {
		case m.lines <- string(data):
		case <-m.stop:
		}
	}
	return len(b), nil
}

// apiToken makes an API token of Dana's and returns who comes with it.
func (w *world) apiToken(granted ...viewer.Permission) viewer.Viewer {
	return w.apiTokens(1, granted...)[0]
}

func (w *world) apiTokens(n int, granted ...viewer.Permission) []viewer.Viewer {
	w.t.Helper()
	if granted == nil {
		granted = []viewer.Permission{viewer.FamiliesRead}
	}
	out := make([]viewer.Viewer, n)
	var rows []*ent.APITokenCreate
	for i := range n {
		out[i] = w.staffViewer(w.business, w.staff, granted...)
		id := ident.New()
		out[i].APITokenID, out[i].APITokenName = id, "Nightly sync"
		rows = append(rows, w.store.Client.APIToken.Create().SetID(id).SetBusinessID(w.business.ID).SetStaffID(w.staff.ID).SetName("Nightly sync").
			SetHint("abcd").SetTokenHash(w.ring.Lookup("test", id[:])).SetPermissions(granted).SetCredEpoch(w.staff.CredEpoch).
			SetExpiresAt(w.store.Now().Add(time.Hour)).SetCreatedAt(w.store.Now()))
	}
	w.must(w.store.Client.APIToken.CreateBulk(rows...).Exec(w.system()))
	return out
}

func TestAStreamEndsWithTheSessionTheAPITokenOrThePermission(t *testing.T) {
	session := func(w *world) viewer.Viewer { v := w.viewers["staff"]; v.SessionID = w.session(); return v }
	token := func(w *world) viewer.Viewer { return w.apiToken(viewer.FamiliesRead, viewer.AuditRead) }
	later := func(w *world, _ viewer.Viewer) error { w.clock.add(2 * time.Hour); return nil }
	password := func(w *world, _ viewer.Viewer) error {
		return w.store.Client.StaffMember.UpdateOneID(w.staff.ID).AddCredEpoch(1).Exec(w.system())
	}
	deactivated := func(w *world, _ viewer.Viewer) error {
		return w.store.Client.StaffMember.UpdateOneID(w.staff.ID).SetActive(false).Exec(w.system())
	}
	fewer := func(w *world, _ viewer.Viewer) error {
		return w.store.Client.StaffMember.UpdateOneID(w.staff.ID).SetPermissions([]viewer.Permission{viewer.SMSSpend}).Exec(w.system())
	}
	for name, c := range map[string]struct {
		who  func(w *world) viewer.Viewer
		end  func(w *world, v viewer.Viewer) error
		code string
	}{
		"signing out": {session, func(w *world, v viewer.Viewer) error {
			return w.store.Client.Session.UpdateOneID(v.SessionID).SetEndedAt(w.store.Now()).Exec(w.system())
		}, "UNAUTHENTICATED"},
		"the session's time": {session, later, "UNAUTHENTICATED"},
		"a changed password": {session, password, "UNAUTHENTICATED"},
		"deactivation":       {session, deactivated, "UNAUTHENTICATED"},
		"fewer permissions":  {session, fewer, ""},
		"an API token that is revoked": {token, func(w *world, v viewer.Viewer) error {
			return w.store.Client.APIToken.UpdateOneID(v.APITokenID).SetRevokedAt(w.store.Now()).Exec(w.system())
		}, "UNAUTHENTICATED"},
		"an API token's time":                  {token, later, "UNAUTHENTICATED"},
		"an API token, the password changed":   {token, password, "UNAUTHENTICATED"},
		"an API token, its person deactivated": {token, deactivated, "UNAUTHENTICATED"},
		"an API token, its person may do less": {token, fewer, ""},
		"an API token, its person loses one of its two": {token, func(w *world, _ viewer.Viewer) error {
			return w.store.Client.StaffMember.UpdateOneID(w.staff.ID).SetPermissions([]viewer.Permission{viewer.AuditRead}).Exec(w.system())
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				v := c.who(w)
				w.viewers["signed in"] = v
				w.lookAlways()
				token := w.queued()
				s := w.follow("signed in", resetID(token))
				s.is(`"state":"ACTIVE"`)
				w.must(c.end(w, v))
				got := s.event()
				for c.code != "" && strings.Contains(got, `"data":{`) { // an expired link may be told first
					got = s.event()
				}
				if c.code != "" {
					if !strings.Contains(got, c.code) {
						t.Fatalf("it ends with %s", got)
					}
					got = s.event()
				}
				if got != "complete" {
					t.Errorf("it ends with %s", got)
				}
			})
		})
	}
}

// What its person may do besides is nothing to an API token.
func TestTheStreamOfAnAPITokenOutlivesWhatDoesNotConcernIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.viewers["program"] = w.apiToken(viewer.FamiliesRead)
		token := w.queued()
		s := w.follow("program", resetID(token))
		s.is(`"state":"ACTIVE"`)
		w.must(w.store.Client.StaffMember.UpdateOneID(w.staff.ID).SetPermissions([]viewer.Permission{viewer.FamiliesRead, viewer.SMSSpend}).Exec(w.system()))
		w.must(w.store.Client.APIToken.UpdateOneID(w.apiToken(viewer.FamiliesRead).APITokenID).SetRevokedAt(w.store.Now()).Exec(w.system()))
		w.must(w.live.Once(t.Context()))
		w.delivery(token, schematype.Accepted, schematype.DeliveryDelivered)
		w.must(w.live.Once(t.Context()))
		s.is(`"delivery":"DELIVERED"`)
	})
}

func TestAThirdStreamOfASessionIsRefusedUntilOneEnds(t *testing.T) {
	w := onSQLite(t)
	v := w.viewers["staff"]
	v.SessionID = w.session()
	w.viewers["signed in"] = v
	id := resetID(w.queued())
	first, second := w.follow("signed in", id), w.follow("signed in", id)
	first.is("ACTIVE")
	second.is("ACTIVE")
	third := w.follow("signed in", id)
	raw, err := io.ReadAll(third.body)
	w.must(err)
	if third.res.StatusCode != http.StatusTooManyRequests || third.res.Header.Get("Retry-After") == "" || !strings.Contains(string(raw), "RATE_LIMITED") {
		t.Errorf("the third: %d %s", third.res.StatusCode, raw)
	}
	other := w.follow("staff", id) // another session
	other.is("ACTIVE")
	first.stop()
	wait.For(t, 10*time.Second, "a place", func() bool {
		s := w.follow("signed in", id)
		defer s.stop()
		return s.res.StatusCode == http.StatusOK
	})
}

func TestAStreamIsForStaffWhoMayReadFamiliesAndShowsNothingOfOthers(t *testing.T) {
	w := onSQLite(t)
	token := w.queued()
	other := w.newBusiness("other", "Other School")
	w.viewers["stranger"] = w.staffViewer(other, w.newStaff(other, "Olga Other", "olga@other.example"), viewer.Permissions()...)
	for who, want := range map[string]string{"": "UNAUTHENTICATED", "guardian": "FORBIDDEN", "reader": "FORBIDDEN", "stranger": ""} {
		s := w.follow(who, resetID(token))
		if want != "" {
			got := s.event()
			if !strings.Contains(got, want) || strings.Contains(got, "Lopez") {
				t.Errorf("%q sees %s", who, got)
			}
		}
		if got := s.event(); got != "complete" {
			t.Errorf("%q: then %s", who, got)
		}
	}
	for _, id := range []string{"rst_01k00000000000000000000000", "fam_" + token.ID.String(), "x", ""} {
		if got := w.follow("staff", id).event(); got != "complete" {
			t.Errorf("%q: %s", id, got)
		}
	}
}

func TestSubscriptionsAreStreamsAndEverythingElseIsNot(t *testing.T) {
	w := onSQLite(t)
	if r := w.ask("staff", follow, map[string]any{"id": "x"}); r.Status != http.StatusBadRequest || r.code() != "BAD_USER_INPUT" {
		t.Errorf("a subscription that asks for JSON: %d %s", r.Status, r.Body)
	}
	r := w.post("staff", `{"query":"{viewer{__typename}}"}`, "text/event-stream", nil)
	if r.ok().at("viewer", "__typename") != "Viewer" {
		t.Errorf("a query that asks for a stream: %s", r.Body)
	}
	if r := w.post("staff", `{"query":"subscription { nothing }"}`, "text/event-stream", nil); r.code() != "BAD_USER_INPUT" {
		t.Errorf("a document that is not valid: %d %s", r.Status, r.Body)
	}
}

func TestAStreamLivesForItsTimeAndSaysThatItDoes(t *testing.T) {
	w := onSQLite(t)
	w.config.StreamLife, w.config.Heartbeat = 300*time.Millisecond, 5*time.Millisecond
	w.serve()
	s := w.follow("staff", resetID(w.queued()))
	raw, err := io.ReadAll(s.body)
	w.must(err)
	if beats := bytes.Count(raw, []byte(":\n\n")); beats < 3 || !bytes.HasSuffix(raw, []byte("event: complete\ndata:\n\n")) {
		t.Errorf("%d heartbeats: %s", beats, raw)
	}
}

func TestStreamsEndWhenTheProcessDoesAndNewOnesGoElsewhere(t *testing.T) {
	w := onSQLite(t)
	draining := make(chan struct{})
	w.config.Draining = draining
	w.serve()
	id := resetID(w.queued())
	s := w.follow("staff", id)
	s.is("ACTIVE")
	close(draining)
	s.is("complete")
	if late := w.follow("staff", id); late.res.StatusCode != http.StatusServiceUnavailable || late.res.Header.Get("Retry-After") == "" {
		t.Errorf("a new stream: %d", late.res.StatusCode)
	}
	if r := w.ask("staff", "{viewer{__typename}}", nil); r.Status != http.StatusOK {
		t.Errorf("other requests: %d", r.Status)
	}
}

// pipes accepts connections without a buffer in between, so that a reader that stops is noticed at once.
type pipes struct{ conns chan net.Conn }

func (p *pipes) Accept() (net.Conn, error) {
	if c, ok := <-p.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (p *pipes) Close() error   { return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func TestAReaderThatStopsReadingIsDropped(t *testing.T) {
	w := onSQLite(t)
	changes := make(chan int, 10)
	w.config.OnStream = func(n int) { changes <- n }
	w.config.WriteTime, w.config.Heartbeat = 50*time.Millisecond, time.Millisecond
	handler := graph.NewHandler(w.config)
	l := &pipes{make(chan net.Conn, 1)}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(rw, r.WithContext(viewer.With(r.Context(), w.viewers["staff"])))
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	defer func() { close(l.conns); _ = server.Close(); <-done }()
	mine, theirs := net.Pipe()
	defer mine.Close()
	l.conns <- theirs
	body := fmt.Sprintf(`{"query":%q,"variables":{"id":%q}}`, follow, resetID(w.queued()))
	_, err := fmt.Fprintf(mine, "POST / HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	w.must(err)
	if line, err := bufio.NewReaderSize(mine, 16).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Fatalf("%q, %v", line, err)
	}
	// and reads no more
	if begun, ended := <-changes, <-changes; begun != 1 || ended != -1 {
		t.Errorf("streams: %d, %d", begun, ended)
	}
}

func TestStreamsOutliveTheLimitsOfOrdinaryRequests(t *testing.T) {
	w := onSQLite(t)
	w.lookAlways()
	w.config.Heartbeat = 10 * time.Millisecond
	handler := graph.NewHandler(w.config)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	w.must(err)
	server := &http.Server{ReadTimeout: 100 * time.Millisecond, WriteTimeout: 100 * time.Millisecond, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(rw, r.WithContext(viewer.With(r.Context(), w.viewers["staff"])))
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	defer func() { _ = server.Close(); <-done }()
	w.server.URL = "http://" + l.Addr().String()
	token := w.queued()
	s := w.follow("staff", resetID(token))
	s.is("ACTIVE")
	for beats := 0; beats < 40; { // four times the limits
		line, err := s.body.ReadString('\n')
		w.must(err)
		if line == ":\n" {
			beats++
		}
	}
	w.delivery(token, schematype.Accepted, schematype.DeliveryDelivered)
	s.is("DELIVERED")
}
