package seal_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"officeportal/ent/auditentry"
	"officeportal/internal/audit"
	"officeportal/internal/audit/seal"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/wait"
)

func TestWritersWhoRollBackAndTwoSealersLeaveNothingUnsealedAndNoGap(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		const writers, each = 12, 25
		ctx, stop := context.WithCancel(e.system)
		var sealing, writing sync.WaitGroup
		for range 2 {
			sealing.Go(func() { e.process(seal.Batch(7)).Run(ctx) })
		}
		var mu sync.Mutex
		kept := 0
		for w := range writers {
			writing.Go(func() {
				r := rand.New(rand.NewPCG(1, uint64(w)))
				for range each {
					drop := r.IntN(4) == 0
					err := e.store.WithTx(e.system, func(ctx context.Context, tx *store.Tx) error {
						// identifiers of the past: what commits last is not what has the highest
						if _, err := audit.Record(ctx, tx, audit.Entry{ID: madeBefore(r), Action: audit.SignIn, Business: e.business}); err != nil {
							return err
						}
						if drop {
							return errDropped
						}
						return nil
					})
					switch {
					case err == nil:
						mu.Lock()
						kept++
						mu.Unlock()
					case !errors.Is(err, errDropped):
						t.Error(err)
					}
				}
			})
		}
		writing.Wait()
		wait.For(t, patience, "all to be sealed", func() bool { n, err := e.log.Unsealed(e.system); return n == 0 && err == nil })
		stop()
		sealing.Wait()
		e.leaves(kept)
		if said := e.said.String(); strings.Contains(said, "ERROR") {
			t.Error(said)
		}
	})
}

var errDropped = errors.New("dropped")

func madeBefore(r *rand.Rand) ident.ID {
	id := ident.New()
	id[2] -= byte(r.IntN(3))
	return id
}

func TestProofsConvinceAnIndependentVerifier(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		if _, err := e.log.Proofs(e.system, e.record(1), 0); !errors.Is(err, seal.ErrNoCheckpoint) {
			t.Errorf("without a checkpoint: %v", err)
		}
		ids := e.record(12)
		e.seal()
		first, err := e.log.Checkpoint(e.system)
		e.must(err)
		late := e.record(6)
		e.seal()
		last, err := e.log.Checkpoint(e.system)
		e.must(err)
		if first.Size != 13 || last.Size != 19 {
			t.Fatalf("sizes %d and %d", first.Size, last.Size)
		}
		for _, c := range []seal.Checkpoint{first, last} {
			verifier, err := note.NewVerifier(e.log.VerifierKeys()[0])
			e.must(err)
			opened, err := note.Open([]byte(c.Note), note.VerifierList(verifier))
			if err != nil || !strings.HasPrefix(opened.Text, "officeportal/audit\n") {
				t.Errorf("the note: %v", err)
			}
			proofs, err := e.log.Proofs(e.system, append(ids, late...), c.Size)
			e.must(err)
			if want := int(c.Size) - 1; len(proofs) != want {
				t.Errorf("%d proofs at %d, want %d", len(proofs), c.Size, want)
			}
			for id, p := range proofs {
				entry := e.store.Client.AuditEntry.Query().Where(auditentry.ID(id)).OnlyX(e.system)
				leaf := rfc6962.DefaultHasher.HashLeaf(audit.Payload(entry))
				path := make([][]byte, len(p.Path))
				for i, h := range p.Path {
					path[i] = h[:]
				}
				if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(p.Index), uint64(p.Size), leaf, path, c.Root[:]); err != nil {
					t.Errorf("entry %d of %d: %v", p.Index, p.Size, err)
				}
				if tlog.Hash(leaf) != p.LeafHash {
					t.Errorf("entry %d: the leaf hash is another", p.Index)
				}
			}
		}
	})
}

func TestARowThatTheProductDidNotWriteIsNotSealedAndDoesNotHoldUpOthers(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		e.record(2)
		e.seal()
		before := e.record(3)
		forged := ident.New()
		e.mustExec(insertForged, forged, e.business)
		e.record(3)
		one := e.process(seal.Batch(1))
		for range 2 {
			if _, err := one.Once(e.system); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := e.log.Unsealed(e.system); n != 1 || err != nil {
			t.Errorf("%d wait, %v", n, err)
		}
		if seals, err := e.log.Seals(e.system, append(before, forged)); len(seals) != 3 || err != nil {
			t.Errorf("%v, %v", seals, err)
		}
		if said := e.said.String(); strings.Count(said, "not written by Office Portal") != 1 || !strings.Contains(said, forged.String()) {
			t.Error(said)
		}
	})
}

const insertForged = "INSERT INTO audit_entries (id, business_id, action, outcome, actor_kind, facts, details, occurred_at) VALUES (?, ?, 'SIGN_IN', 'SUCCEEDED', 'SYSTEM', '{}', '[]', '2026-01-01 00:00:00')"

func TestRowsOlderThanSealingAreSealedFirst(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		for range 5 {
			e.mustExec(insertForged, ident.New(), e.business)
		}
		e.record(1)
		for range 5 {
			e.mustExec(insertForged, ident.New(), e.business)
		}
		e.log = e.process(seal.Batch(3))
		e.seal()
		for i, l := range e.leaves(11) {
			row := e.store.Client.AuditEntry.Query().Where(auditentry.ID(l.EntryID)).OnlyX(e.system)
			if (row.Kid == "") != (i < 10) {
				t.Errorf("place %d has key %q", i, row.Kid)
			}
		}
	})
}

func TestTheCheckpointIsKeptInAFileThatIsNeverTurnedBack(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		file := filepath.Join(t.TempDir(), "checkpoint")
		run := func() {
			ctx, stop := context.WithCancel(e.system)
			stop()
			e.process(seal.KeepIn(file)).Run(ctx)
		}
		e.record(3)
		run()
		first, err := os.ReadFile(file)
		e.must(err)
		contains(t, string(first), "officeportal/audit\n3\n")
		e.record(1)
		run()
		second, err := os.ReadFile(file)
		e.must(err)
		contains(t, string(second), "officeportal/audit\n4\n")
		contains(t, e.said.String(), "audit: checkpoint", "size=4")

		// a longer tree of which this database knows nothing
		other := strings.Replace(string(second), "\n4\n", "\n9\n", 1)
		e.must(os.WriteFile(file, []byte(other), 0o600))
		e.record(1)
		run()
		if now, _ := os.ReadFile(file); string(now) != other {
			t.Errorf("the file was overwritten: %s", now)
		}
		contains(t, e.said.String(), "the checkpoint is not kept")
	})
}

func TestAPlaceThatSomebodyTookIsNotTakenForAnotherProcess(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		e.record(3)
		e.seal()
		ids := e.record(1)
		e.mustExec("INSERT INTO audit_leaves (id, entry_id, hash) VALUES (3, ?, ?)", ident.New(), make([]byte, 32))
		if _, err := e.log.Once(e.system); !errors.Is(err, seal.ErrTampered) {
			t.Errorf("with a place in the way: %v", err)
		}
		if seals, err := e.log.Seals(e.system, ids); len(seals) != 0 || err != nil {
			t.Errorf("%v, %v", seals, err)
		}
	})
}

func TestTakingOffTheListNeverReadsAllThatWaits(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		for _, n := range []int{1, 4, 60, 700} {
			rec, stop := sqlcount.Attach(e.store.Driver)
			e.record(n)
			e.seal()
			stop()
			e.record(n) // a list of the same length, so that the plan is the one of the moment
			found := false
			for _, s := range rec.Statements() {
				if !strings.HasPrefix(s.Text, "DELETE") {
					continue
				}
				found = true
				plan, err := sqlcount.Explain(e.system, e.store.Driver, s)
				e.must(err)
				if len(plan.Scans) > 0 {
					t.Errorf("of %d: %v\n%s\n%s", n, plan.Scans, s.Text, plan.Text)
				}
			}
			if !found {
				t.Error("nothing was taken off the list")
			}
			e.seal()
		}
	})
}
