package graph_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/live"
	"officeportal/internal/passwordreset"
	"officeportal/internal/store"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/viewer"
)

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
			defer few.Standing(viewer.Viewer{Kind: viewer.StaffMember, SessionID: sessions[i]}).Close()
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
