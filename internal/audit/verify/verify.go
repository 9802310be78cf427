// Package verify proves that the Audit Log is the one that was written. It derives everything anew from the rows,
// which it trusts in nothing: the MAC of every entry, every leaf and node of the tree, every checkpoint's root and
// signature; and it compares entries with what they tell of, both ways: every reset token, credit entry, acceptance,
// policy version and password has its entry, and what an entry tells of is there.
//
// What is kept outside of the database (the secret key, and a checkpoint of an earlier day) is what makes the answer
// worth something: with the key alone nobody can have changed or added an entry, and with the checkpoint nobody can
// have taken the end away.
package verify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"officeportal/ent"
	"officeportal/ent/auditcheckpoint"
	"officeportal/internal/audit"
	"officeportal/internal/audit/seal"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Problem is the first thing that does not fit, in a sentence that names the row.
type Problem struct{ What string }

// Error implements error.
func (p *Problem) Error() string { return p.What }

func problem(format string, args ...any) error { return &Problem{fmt.Sprintf(format, args...)} }

// Kept is a checkpoint that was kept outside of the database.
type Kept struct {
	// Name says where it comes from, such as a file's name.
	Name string
	Text string
}

// Options are what to verify against.
type Options struct {
	Kept []Kept
	// Progress, if set, is called about once in a thousand rows with what is looked through and how much is done;
	// of is zero where nobody knows.
	Progress func(what string, done, of int64)
}

// Report says what was verified.
type Report struct {
	// Entries are all, Unsealed of them wait for the sealer, Erased lost their personal data to a command that says so.
	Entries, Unsealed, Erased int64
	// Retired carry MACs of root keys that are gone: what proves them is the tree, which a present key has signed since.
	Retired     int64
	Size        int64
	Root        tlog.Hash
	Checkpoints int64
	// SignedAt is the time of the newest checkpoint; zero when nothing was sealed yet.
	SignedAt                                                    time.Time
	Tokens, Credits, Acceptances, Versions, Passwords, Accounts int64
}

// Run verifies the whole Audit Log, of all businesses, as it is at this moment; writers go on meanwhile. It needs the
// same memory for any number of entries. The error is a *Problem when something does not fit.
func Run(ctx context.Context, s *store.Store, ring *keyring.Ring, log *seal.Log, o Options) (Report, error) {
	ctx = viewer.AsSystem(store.WithFresh(ctx), ident.ID{}, "the tree holds the entries of all businesses")
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	var out Report
	err := s.Snapshot(ctx, func(ctx context.Context, snap *store.Snapshot) error {
		v := &verifier{Options: o, ctx: ctx, snap: snap, ring: ring, log: log}
		err := v.run()
		out = v.report
		return err
	})
	return out, err
}

// verifier is one run.
type verifier struct {
	Options
	ctx    context.Context
	snap   *store.Snapshot
	ring   *keyring.Ring
	log    *seal.Log
	report Report
	// erasures is how many there are; erased how many were met with their entries.
	erasures, erased int64
	// gone are root keys that the Audit Log tells of; vouched is how many entries the newest checkpoint covers, when a
	// configured key signed it.
	gone    audit.ToldKeys
	vouched int64
}

// batch is how many rows one statement reads.
const batch = 1000

func (v *verifier) run() error {
	for _, step := range []func() error{
		v.begin, v.tree, v.waiting, v.strangers, v.erasuresMet,
		v.tokens, v.credits, v.accounts, v.versions, v.acceptances, v.passwords,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) begin() (err error) {
	if v.report.Entries, err = v.count("SELECT COUNT(*) FROM audit_entries"); err != nil {
		return err
	}
	if v.erasures, err = v.count("SELECT COUNT(*) FROM audit_erasures"); err != nil {
		return err
	}
	if v.gone, err = audit.KeysToldOf(v.ctx, v.snap.Client); err != nil {
		return err
	}
	c, err := v.snap.Client.AuditCheckpoint.Query().Where(auditcheckpoint.IDGT(0)).Order(ent.Desc(auditcheckpoint.FieldID)).First(v.ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err == nil {
		if tree, openErr := v.log.Open(c.Note); openErr == nil && tree.N == c.ID {
			v.vouched = c.ID
		}
	}
	return err
}

// isGone reports whether a root key was in use and is not configured any more.
func (v *verifier) isGone(kid string) bool {
	return v.gone.IDs[kid] && !slices.Contains(v.ring.IDs(), kid)
}

func (v *verifier) count(query string, args ...any) (n int64, err error) {
	rows, err := v.snap.QueryContext(v.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

// each reads rows with two or more columns; scan is called for every row.
func (v *verifier) each(query string, args []any, scan func(scan func(...any) error) error) error {
	rows, err := v.snap.QueryContext(v.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// The names of rows as the API spells them, so that they can be looked up there.
func entryID(id ident.ID) string      { return "aud_" + id.String() }
func tokenID(id ident.ID) string      { return "rst_" + id.String() }
func creditID(id ident.ID) string     { return "crd_" + id.String() }
func guardianID(id ident.ID) string   { return "gdn_" + id.String() }
func acceptanceID(id ident.ID) string { return "pac_" + id.String() }
func versionID(id ident.ID) string    { return "pov_" + id.String() }

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000000 UTC") }
