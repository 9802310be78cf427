package graph_test

import (
	"encoding/base64"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"officeportal/internal/audit/seal"
	"officeportal/internal/store/sqlcount"
)

const (
	checkpoint = `{ auditCheckpoint { size rootHash note verifierKeys signedAt unsealed } }`
	seals      = `{ auditEntries(first: 50) { edges { node { id seal { index leafHash proof checkpointSize } } } } }`
)

func TestTheAPIProvesThatAnEntryIsInTheSignedTree(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		empty := w.ask("staff", checkpoint, nil).ok()
		if empty.at("auditCheckpoint", "size") != 0.0 || empty.at("auditCheckpoint", "note") != "" || empty.at("auditCheckpoint", "signedAt") != nil {
			t.Errorf("before sealing: %s", empty.Body)
		}
		for _, e := range w.ask("staff", seals, nil).ok().list("auditEntries", "edges") {
			if s := e.(map[string]any)["node"].(map[string]any)["seal"]; s != nil {
				t.Errorf("before sealing: %v", s)
			}
		}
		for range 8 {
			w.recordSome()
		}
		_, err := seal.New(w.store, w.ring, nil).Once(t.Context())
		w.must(err)
		c := w.ask("staff", checkpoint, nil).ok()
		root, err := tlog.ParseHash(c.at("auditCheckpoint", "rootHash").(string))
		w.must(err)
		rec, stop := sqlcount.Attach(w.store.Driver)
		defer stop()
		r := w.ask("staff", seals, nil).ok()
		if rec.Count() > 5 {
			t.Errorf("a page with proofs takes %d statements:\n%s", rec.Count(), rec)
		}
		edges := r.list("auditEntries", "edges")
		if size := c.at("auditCheckpoint", "size"); size != float64(len(edges)) || c.at("auditCheckpoint", "unsealed") != 0.0 {
			t.Errorf("%d entries: %s", len(edges), c.Body)
		}
		for _, e := range edges {
			s := e.(map[string]any)["node"].(map[string]any)["seal"].(map[string]any)
			leaf, err := tlog.ParseHash(s["leafHash"].(string))
			w.must(err)
			var path tlog.RecordProof
			for _, h := range s["proof"].([]any) {
				raw, err := base64.StdEncoding.DecodeString(h.(string))
				w.must(err)
				path = append(path, tlog.Hash(raw))
			}
			if err := tlog.CheckRecord(path, int64(s["checkpointSize"].(float64)), root, int64(s["index"].(float64)), leaf); err != nil {
				t.Errorf("%v: %v", s, err)
			}
		}
		if got := w.ask("reader", `{ node(id: "`+edges[0].(map[string]any)["node"].(map[string]any)["id"].(string)+`") { ... on AuditEntry { seal { index } } } }`, nil); got.at("node") != nil && got.at("node", "seal") != nil {
			t.Errorf("without AUDIT_READ: %s", got.Body)
		}
	})
}
