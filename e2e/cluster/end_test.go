//go:build cluster

package cluster

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"officeportal/e2e/internal/product"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/message"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
	"officeportal/internal/wait"
)

func testOutbox(w *world) {
	began := time.Now()
	wait.For(w.t, 90*time.Second, "the outbox to be empty", func() bool {
		return w.number(0, "SELECT COUNT(*) FROM messages WHERE state IN ('QUEUED', 'LEASED')") == 0
	})
	waited := time.Since(began)
	ctx := store.WithFresh(viewer.AsSystem(w.t.Context(), ident.ID{}, "a test looks through all messages"))
	rows, err := w.tools.Store.Client.Message.Query().All(ctx)
	w.must(err)
	sent := map[string]int{}
	for _, m := range w.sms.Texts() {
		sent[m.Reference]++
	}
	for _, m := range w.resend.Emails() {
		sent[m.IdempotencyKey]++
	}
	states := map[string]int{}
	for _, m := range rows {
		name := m.ID.String()
		if m.Channel == schematype.Email {
			name = message.Key(m)
		}
		n := sent[name]
		delete(sent, name)
		states[fmt.Sprintf("%s %s", m.Channel, m.State)]++
		switch {
		case m.State == schematype.Accepted && n == 1, m.State == schematype.Void && n == 0:
		case m.State == schematype.Unknown && n <= 1: // its node died while it was being sent
		default:
			w.t.Errorf("a message of kind %s by %s is %s and was sent %d times", m.Kind, m.Channel, m.State, n)
		}
	}
	for name, n := range sent {
		if !strings.Contains(w.elsewhere(), name) {
			w.t.Errorf("%d messages under %s that nobody queued", n, name)
		}
	}
	if unknown := states["SMS UNKNOWN"] + states["EMAIL UNKNOWN"]; unknown > len(rows)/20 {
		w.t.Errorf("of %d messages the fate of %d is unknown", len(rows), unknown)
	}
	w.t.Logf("%d messages: %v, none twice; waited %v for the last", len(rows), states, waited.Round(100*time.Millisecond))
}

// elsewhere are the messages of the other database on the cluster.
func (w *world) elsewhere() string {
	w.t.Helper()
	rows, err := w.nodes[0].QueryContext(w.t.Context(), "SELECT id, LOWER(REPLACE(kind, '_', '-')) FROM moving.messages")
	w.must(err)
	defer rows.Close()
	var out strings.Builder
	for rows.Next() {
		var id ident.ID
		var kind string
		w.must(rows.Scan(&id, &kind))
		fmt.Fprintf(&out, "%s/%s %s\n", kind, id, id)
	}
	w.must(rows.Err())
	return out.String()
}

var sealed = regexp.MustCompile(`(?m)^officeportal_audit_seal_seconds_count (\d+)`)

func testAudit(w *world) {
	wait.For(w.t, 30*time.Second, "everything to be sealed", func() bool { return w.number(0, "SELECT COUNT(*) FROM audit_unsealed") == 0 })
	for i := range nodes {
		entries := w.number(i, "SELECT COUNT(*) FROM audit_entries")
		leaves := w.number(i, "SELECT COUNT(*) FROM audit_leaves")
		places := w.number(i, "SELECT MAX(id) + 1 FROM audit_leaves")
		different := w.number(i, "SELECT COUNT(DISTINCT entry_id) FROM audit_leaves")
		if entries != leaves || leaves != places || places != different {
			w.t.Errorf("node %d: %d entries, %d leaves at %d places of %d entries", i+1, entries, leaves, places, different)
		}
		if i == 0 {
			w.t.Logf("%d entries sealed", entries)
		}
	}
	shares := make([]string, nodes)
	for i, p := range w.procs {
		_, metrics := product.Get(w.t, p.ops+"/metrics")
		found := sealed.FindStringSubmatch(metrics)
		if found == nil || found[1] == "0" {
			w.t.Errorf("process %d sealed nothing", i+1)
			continue
		}
		shares[i] = found[1]
	}
	code, out := product.Run(w.t, "", w.settings(0), "audit", "verify")
	if code != 0 {
		w.t.Errorf("audit verify: exit code %d\n%s", code, out)
	}
	w.t.Logf("since their last start the processes sealed %s; audit verify: %s", strings.Join(shares, ", "), strings.TrimSpace(out))
}
