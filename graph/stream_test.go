package graph_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/passwordreset"
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
