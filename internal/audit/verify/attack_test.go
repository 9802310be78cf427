package verify_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"officeportal/ent"
	"officeportal/ent/auditleaf"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/audit/seal"
	"officeportal/internal/audit/verify"
	"officeportal/internal/ident"
)

const allColumns = "business_id, action, outcome, actor_kind, actor_id, actor_name, family_id, guardian_id, subject_type, subject_id, channel, facts, details, ip_address, agent, request_id, occurred_at, salt, kid, mac"

// cutBack takes the newest entry out of the database together with its place in the tree and the checkpoint.
func (w *world) cutBack() ident.ID {
	w.t.Helper()
	last, err := w.store.Client.AuditLeaf.Query().Order(ent.Desc(auditleaf.FieldID)).First(w.system)
	w.must(err)
	before, err := w.store.Client.AuditCheckpoint.Query().Count(w.system)
	w.must(err)
	if before < 2 {
		w.t.Fatal("the tree was never smaller")
	}
	w.exec("DELETE FROM audit_entries WHERE id = ?", last.EntryID)
	w.exec("DELETE FROM audit_leaves WHERE id = ?", last.ID)
	w.exec("DELETE FROM audit_checkpoints WHERE id = ?", last.ID+1)
	// the nodes that the last leaf completed are those above it
	w.exec("DELETE FROM audit_nodes WHERE id > ?", storedIndex(last.ID))
	return last.EntryID
}

func storedIndex(leaf int64) int64 {
	index := leaf
	for n := leaf >> 1; n > 0; n >>= 1 {
		index += n
	}
	return index
}

func aud(id ident.ID) string { return "entry aud_" + id.String() }

// attacks are what somebody with a client of the database may try after dropping the triggers. Each returns what
// verify has to say.
var attacks = map[string]func(w *world) []string{
	"an entry is edited": func(w *world) []string {
		e := w.entry(audit.PasswordResetCompleted)
		w.exec("UPDATE audit_entries SET actor_name = 'Somebody Else' WHERE id = ?", e.ID)
		return []string{aud(e.ID), "does not fit its MAC"}
	},
	"an entry that waits to be sealed is edited": func(w *world) []string {
		w.armed()
		id := w.record()
		w.exec("INSERT INTO audit_unsealed (id) VALUES (?)", id) // what the trigger would have done
		w.exec("UPDATE audit_entries SET outcome = 'REFUSED' WHERE id = ?", id)
		return []string{aud(id), "does not fit its MAC"}
	},
	"an entry is deleted": func(w *world) []string {
		e := w.entry(audit.GuardianAdded)
		w.exec("DELETE FROM audit_entries WHERE id = ?", e.ID)
		return []string{aud(e.ID), "is gone"}
	},
	"the newest entry is deleted": func(w *world) []string {
		e := w.entry("POLICY_ACCEPTED")
		w.exec("DELETE FROM audit_entries WHERE id = ?", e.ID)
		return []string{aud(e.ID), "is gone"}
	},
	"the newest entry is deleted before it is sealed": func(w *world) []string {
		w.armed()
		id := w.record()
		w.exec("INSERT INTO audit_unsealed (id) VALUES (?)", id)
		w.exec("DELETE FROM audit_entries WHERE id = ?", id)
		return []string{aud(id), "waited to be sealed"}
	},
	"the newest entry is deleted with its place in the tree": func(w *world) []string {
		e := w.entry("POLICY_ACCEPTED")
		leaf, err := w.store.Client.AuditLeaf.Query().Where(auditleaf.EntryID(e.ID)).Only(w.system)
		w.must(err)
		w.exec("DELETE FROM audit_entries WHERE id = ?", e.ID)
		w.exec("DELETE FROM audit_leaves WHERE id = ?", leaf.ID)
		w.exec("DELETE FROM audit_nodes WHERE id > ?", storedIndex(leaf.ID))
		return []string{"the newest were removed"}
	},
	"an entry is inserted with another's MAC": func(w *world) []string {
		e, id := w.entry(audit.SMSCreditsChanged), ident.New()
		w.exec("INSERT INTO audit_entries (id, "+allColumns+") SELECT ?, "+allColumns+" FROM audit_entries WHERE id = ?", id, e.ID)
		return []string{aud(id), "neither sealed nor waits"}
	},
	"an entry is inserted with another's MAC and put in line": func(w *world) []string {
		e, id := w.entry(audit.SMSCreditsChanged), ident.New()
		w.exec("INSERT INTO audit_entries (id, "+allColumns+") SELECT ?, "+allColumns+" FROM audit_entries WHERE id = ?", id, e.ID)
		w.exec("INSERT INTO audit_unsealed (id) VALUES (?)", id)
		return []string{aud(id), "does not fit its MAC"}
	},
	"an entry without a MAC is inserted": func(w *world) []string {
		id := ident.New()
		w.exec("INSERT INTO audit_entries (id, business_id, action, outcome, actor_kind, facts, details, occurred_at) VALUES (?, ?, 'SIGN_IN', 'SUCCEEDED', 'SYSTEM', '{}', '[]', '2026-01-01 00:00:00')", id, w.business)
		w.exec("INSERT INTO audit_unsealed (id) VALUES (?)", id)
		return []string{aud(id), "was not written by Office Portal"}
	},
	"two entries are swapped": func(w *world) []string {
		a, b, third := w.entry(audit.FamilyCreated), w.entry(audit.GuardianAdded), ident.New()
		for _, step := range [][2]ident.ID{{third, a.ID}, {a.ID, b.ID}, {b.ID, third}} {
			w.exec("UPDATE audit_entries SET id = ? WHERE id = ?", step[0], step[1])
		}
		return []string{aud(a.ID), "does not fit its MAC"}
	},
	"two entries swap their places": func(w *world) []string {
		a, b := w.entry(audit.FamilyCreated), w.entry(audit.GuardianAdded)
		leaves, err := w.store.Client.AuditLeaf.Query().Where(auditleaf.EntryIDIn(a.ID, b.ID)).Order(ent.Asc(auditleaf.FieldID)).All(w.system)
		w.must(err)
		w.exec("DELETE FROM audit_leaves WHERE id = ?", leaves[1].ID)
		w.exec("UPDATE audit_leaves SET entry_id = ? WHERE id = ?", leaves[1].EntryID, leaves[0].ID)
		w.exec("INSERT INTO audit_leaves (id, entry_id, hash) VALUES (?, ?, ?)", leaves[1].ID, leaves[0].EntryID, leaves[1].Hash)
		return []string{aud(leaves[1].EntryID), fmt.Sprintf("place %d", leaves[0].ID), "two were swapped"}
	},
	"two entries swap their places, hashes and all": func(w *world) []string {
		a, b := w.entry(audit.FamilyCreated), w.entry(audit.GuardianAdded)
		leaves, err := w.store.Client.AuditLeaf.Query().Where(auditleaf.EntryIDIn(a.ID, b.ID)).Order(ent.Asc(auditleaf.FieldID)).All(w.system)
		w.must(err)
		w.exec("DELETE FROM audit_leaves WHERE id = ?", leaves[1].ID)
		w.exec("UPDATE audit_leaves SET entry_id = ?, hash = ? WHERE id = ?", leaves[1].EntryID, leaves[1].Hash, leaves[0].ID)
		w.exec("INSERT INTO audit_leaves (id, entry_id, hash) VALUES (?, ?, ?)", leaves[1].ID, leaves[0].EntryID, leaves[0].Hash)
		return []string{"of the tree, over the entries at places"}
	},
	"a place of the tree is emptied": func(w *world) []string {
		w.exec("DELETE FROM audit_leaves WHERE id = 3")
		return []string{"place 3 of the tree is empty"}
	},
	"a hash of the tree is changed": func(w *world) []string {
		w.exec("UPDATE audit_nodes SET hash = ? WHERE id = ?", make([]byte, 32), storedIndex(1)+1)
		return []string{"hash 2 of the tree, over the entries at places 0 to 1"}
	},
	"a checkpoint is replaced by a stranger's": func(w *world) []string {
		c, err := w.log.Checkpoint(w.t.Context())
		w.must(err)
		secret, _, err := note.GenerateKey(nil, seal.Origin)
		w.must(err)
		signer, err := note.NewSigner(secret)
		w.must(err)
		forged, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", seal.Origin, c.Size, c.Root)}, signer)
		w.must(err)
		w.exec("UPDATE audit_checkpoints SET note = ? WHERE id = ?", string(forged), c.Size)
		return []string{fmt.Sprintf("the checkpoint of %d entries", c.Size), "not signed with a key of this installation"}
	},
	"a checkpoint is replaced by an older one": func(w *world) []string {
		older := w.checkpoint()
		w.armed()
		id := w.record()
		w.exec("INSERT INTO audit_unsealed (id) VALUES (?)", id)
		w.seal()
		w.exec("UPDATE audit_checkpoints SET note = ? WHERE note <> ? AND id > 1", older, older)
		return []string{"the checkpoint of", "was changed"}
	},
	"the newest checkpoint is deleted": func(w *world) []string {
		w.armed()
		id := w.record()
		w.exec("INSERT INTO audit_unsealed (id) VALUES (?)", id)
		w.seal()
		c, err := w.log.Checkpoint(w.t.Context())
		w.must(err)
		w.exec("DELETE FROM audit_checkpoints WHERE id = ?", c.Size)
		return []string{fmt.Sprintf("places %d to %d are covered by no checkpoint", c.Size-1, c.Size-1)}
	},
	"an entry is emptied as if it had been erased": func(w *world) []string {
		e, other := w.entry(audit.PasswordResetCompleted), w.entry(audit.SMSCreditsChanged)
		w.exec("INSERT INTO audit_erasures (id, audit_id, created_at) VALUES (?, ?, '2026-01-01 00:00:00')", e.ID, other.ID)
		w.exec("UPDATE audit_entries SET salt = NULL, facts = '{}', details = '[]', actor_name = '', ip_address = '', agent = '' WHERE id = ?", e.ID)
		return []string{aud(e.ID), "somebody emptied it"}
	},
	"the entry of a link is deleted without a trace": func(w *world) []string {
		// all of it happens before the sealer looks: the entry and its place in line are gone
		id := ident.New()
		token := w.tokens[schematype.Email]
		w.exec("INSERT INTO reset_tokens (id, business_id, guardian_id, purpose, channel, nonce, kid, cred_epoch, lookup, destination, reason, contact_changed_by_staff, created_at) "+
			"SELECT ?, business_id, guardian_id, purpose, channel, nonce, kid, cred_epoch, ?, destination, reason, contact_changed_by_staff, created_at FROM reset_tokens WHERE id = ?",
			id, make([]byte, 32), token)
		return []string{"reset token rst_" + id.String(), "no entry tells of it"}
	},
	"a link is deleted": func(w *world) []string {
		w.exec("DELETE FROM messages WHERE reset_token_id = ?", w.tokens[schematype.Email])
		w.exec("DELETE FROM reset_tokens WHERE id = ?", w.tokens[schematype.Email])
		return []string{"reset token rst_" + w.tokens[schematype.Email].String() + " is gone"}
	},
	"a used link is made unused": func(w *world) []string {
		w.exec("UPDATE reset_tokens SET redeemed_at = NULL WHERE id = ?", w.tokens[schematype.Email])
		return []string{"rst_" + w.tokens[schematype.Email].String(), "counts as unused"}
	},
	"an unused link counts as used": func(w *world) []string {
		w.exec("UPDATE reset_tokens SET redeemed_at = created_at WHERE id = ?", w.tokens[schematype.SMS])
		return []string{"rst_" + w.tokens[schematype.SMS].String(), "counts as used"}
	},
	"credits are added with a line and without an entry": func(w *world) []string {
		id := ident.New()
		w.exec("INSERT INTO credit_entries (id, business_id, kind, amount, shown, balance_after, op_key, audit_id, actor_kind, note, created_at) VALUES (?, ?, 'GRANT', 500, 1, 541, 'grant:x', ?, 'STAFF', '', '2026-01-01 00:00:00')",
			id, w.business, ident.New())
		w.exec("UPDATE sms_accounts SET balance = balance + 500")
		return []string{"credit entry crd_" + id.String(), "does not exist"}
	},
	"credits are added under somebody else's entry": func(w *world) []string {
		id := ident.New()
		w.exec("INSERT INTO credit_entries (id, business_id, kind, amount, shown, balance_after, op_key, audit_id, actor_kind, note, created_at) VALUES (?, ?, 'GRANT', 500, 1, 541, 'grant:x', ?, 'STAFF', '', '2026-01-01 00:00:00')",
			id, w.business, w.grant.AuditID)
		w.exec("UPDATE sms_accounts SET balance = balance + 500")
		return []string{"credit entry crd_" + id.String(), "tells of something else"}
	},
	"a line of the credits is raised with the balance": func(w *world) []string {
		w.exec("UPDATE credit_entries SET amount = 4200 WHERE id = ?", w.grant.ID)
		w.exec("UPDATE sms_accounts SET balance = balance + 4158")
		return []string{"credit entry crd_" + w.grant.ID.String(), "says 42"}
	},
	"a line of the credits is deleted with the balance": func(w *world) []string {
		w.exec("DELETE FROM credit_entries WHERE id = ?", w.grant.ID)
		w.exec("UPDATE sms_accounts SET balance = 0")
		return []string{"credit entry crd_" + w.grant.ID.String(), "gone"}
	},
	"what a text cost is deleted": func(w *world) []string {
		w.exec("DELETE FROM credit_entries WHERE kind <> 'GRANT'")
		w.exec("UPDATE sms_accounts SET balance = 42")
		return []string{"a line of the SMS credits is gone", "rst_" + w.tokens[schematype.SMS].String()}
	},
	"a balance is changed": func(w *world) []string {
		w.exec("UPDATE sms_accounts SET balance = balance + 1")
		return []string{"the SMS balance of business " + w.business.String() + " is 42", "add up to 41"}
	},
	"held credits are changed": func(w *world) []string {
		w.exec("UPDATE sms_accounts SET held = 3")
		return []string{"holds 3 SMS credits"}
	},
	"an acceptance is inserted": func(w *world) []string {
		id, a := ident.New(), w.acceptance
		w.exec("INSERT INTO policy_acceptances (id, business_id, policy_id, policy_version_id, version_number, family_id, method, accepted_by, recorded_at, text_hash, audit_id, created_at, "+acceptanceDefaults+") "+
			"SELECT ?, business_id, policy_id, policy_version_id, version_number, family_id, method, accepted_by, recorded_at, text_hash, audit_id, created_at, "+acceptanceDefaults+" FROM policy_acceptances WHERE id = ?", id, a.ID)
		return []string{"acceptance", id.String(), "tells of something else"}
	},
	"an acceptance is deleted": func(w *world) []string {
		w.exec("DELETE FROM policy_acceptances WHERE id = ?", w.acceptance.ID)
		return []string{"acceptance", w.acceptance.ID.String(), "is gone"}
	},
	"a manual acceptance is passed off as the guardian's own": func(w *world) []string {
		w.exec("UPDATE policy_acceptances SET accepted_by = ? WHERE id = ?", ident.New(), w.acceptance.ID)
		return []string{"acceptance", w.acceptance.ID.String(), "somebody else did it"}
	},
	"an acceptance is dated back": func(w *world) []string {
		w.exec("UPDATE policy_acceptances SET recorded_at = '2025-01-01 00:00:00' WHERE id = ?", w.acceptance.ID)
		return []string{"acceptance", w.acceptance.ID.String(), "says that it was at"}
	},
	"the text of a policy is changed": func(w *world) []string {
		w.exec("UPDATE policy_versions SET body_markdown = 'Pay more.' WHERE id = ?", w.version.ID)
		return []string{"policy version", w.version.ID.String(), "was changed"}
	},
	"a policy version is taken out of effect": func(w *world) []string {
		w.exec("UPDATE policy_versions SET activated_at = NULL WHERE id = ?", w.version.ID)
		return []string{"policy version", w.version.ID.String(), "not in effect since", aud(w.entry(audit.PolicyEffective).ID)}
	},
	"a policy version is inserted": func(w *world) []string {
		w.exec("UPDATE policy_versions SET audit_id = ? WHERE id = ?", w.grant.AuditID, w.version.ID)
		return []string{"policy version", w.version.ID.String()}
	},
	"a password is put there": func(w *world) []string {
		w.exec("UPDATE guardians SET password_hash = 'mine', password_set_at = '2036-01-01 00:00:00' WHERE id = ?", w.guardian.ID)
		return []string{"guardian gdn_" + w.guardian.ID.String(), "past Office Portal"}
	},
	"an earlier password is put back": func(w *world) []string {
		w.exec("UPDATE guardians SET password_set_at = '2020-01-01 00:00:00' WHERE id = ?", w.guardian.ID)
		return []string{"guardian gdn_" + w.guardian.ID.String(), "an earlier one was put back"}
	},
}

const acceptanceDefaults = "signed_on, note, ip_address, agent, password_origin, password_channel, contact_changed_by_staff"

func TestWhateverSomebodyDoesToTheDatabaseIsFoundAndNamed(t *testing.T) {
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				if r, err := w.verify(w.checkpoint()); err != nil || r.Entries < 10 {
					t.Fatalf("before: %+v, %v", r, err)
				}
				w.disarm()
				want := attack(w)
				w.armed()
				_, err := w.verify()
				var found *verify.Problem
				if !errors.As(err, &found) {
					t.Fatalf("found: %v", err)
				}
				for _, part := range want {
					if !strings.Contains(found.What, part) {
						t.Errorf("%q is not in: %s", part, found.What)
					}
				}
			})
		})
	}
}

func TestAnOlderDatabaseIsFoundWithACheckpoint(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		restore := w.backup()
		w.record()
		w.seal()
		today := w.checkpoint()
		restore()
		_, err := w.verify(today)
		var found *verify.Problem
		if !errors.As(err, &found) || !strings.Contains(found.What, "yesterday.txt says") || !strings.Contains(found.What, "an older database was put back") {
			t.Errorf("with the checkpoint: %v", err)
		}
		// The limit that the documentation states: without anything from outside it looks like yesterday.
		if _, err := w.verify(); err != nil {
			t.Errorf("without one: %v", err)
		}
		for range 2 {
			id := w.record()
			if w.mysql() { // the rows were put back, the triggers were not
				w.exec("INSERT INTO audit_unsealed (id) VALUES (?)", id)
			}
		}
		w.seal() // a longer tree than the kept one, with another past
		if _, err := w.verify(today); !errors.As(err, &found) || !strings.Contains(found.What, "is not the one of the checkpoint") {
			t.Errorf("after it has grown: %v", err)
		}
	})
}

func TestTheNewestEntryIsMissedWithACheckpointEvenWhereTheTreeWasCutBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.record()
		w.seal()
		today := w.checkpoint()
		w.disarm()
		if gone := w.cutBack(); gone != id {
			t.Fatalf("cut %s, want %s", gone, id)
		}
		w.armed()
		var found *verify.Problem
		if _, err := w.verify(today); !errors.As(err, &found) || !strings.Contains(found.What, "the newest entries were removed") {
			t.Errorf("%v", err)
		}
	})
}

func TestWithTheTriggersNothingIsChangedOrDeleted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.record() // waits to be sealed
		for table, column := range map[string]string{"audit_entries": "actor_name", "audit_leaves": "hash", "audit_nodes": "hash", "audit_checkpoints": "note", "audit_unsealed": "id"} {
			for _, query := range []string{"UPDATE " + table + " SET " + column + " = 'x'", "DELETE FROM " + table} {
				if err := w.try(query); err == nil || !strings.Contains(err.Error(), "only ever added to") {
					t.Errorf("%s: %v", query, err)
				}
			}
		}
		if r, err := w.verify(); err != nil || r.Unsealed != 1 {
			t.Errorf("afterwards: %+v, %v", r, err)
		}
	})
}

func TestACheckpointOfAnotherInstallationIsNotTakenForOurs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		secret, _, err := note.GenerateKey(nil, seal.Origin)
		w.must(err)
		signer, err := note.NewSigner(secret)
		w.must(err)
		foreign, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", seal.Origin, 1, seal.EmptyRoot())}, signer)
		w.must(err)
		for text, want := range map[string]string{string(foreign): "not signed with a key of this installation", "hello": "not a checkpoint"} {
			if _, err := w.verify(text); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v", err)
			}
		}
	})
}
