package seal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"golang.org/x/mod/sumdb/tlog"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/auditleaf"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/store"
)

const (
	// lookEvery is how soon an entry is sealed, at the latest, unless the database is busy.
	lookEvery = 500 * time.Millisecond
	// rowsPerInsert is how many rows one INSERT brings; more is not faster.
	rowsPerInsert = 500
)

var (
	// errTaken says that another process was faster: nothing was written, and the rest is there to be taken.
	errTaken    = errors.New("seal: another process was faster")
	errOtherKey = errors.New("seal: the newest checkpoint is signed with a key that is not in OFFICEPORTAL_SECRET_KEY, or it was forged: put the key back, or run \"officeportal audit verify\"")
	// ErrTampered says that the tree in the database is not the one that was signed, so that it can't be continued.
	ErrTampered = errors.New("seal: the Audit Log was tampered with: run \"officeportal audit verify\"")
)

// Run seals what waits until ctx ends, then what is left, and returns.
func (l *Log) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	failing := ""
	for {
		l.beat()
		_, err := l.Once(ctx)
		switch why := store.Cause(err); {
		case ctx.Err() != nil:
		case err != nil && why != failing: // once, not twice a second for as long as it lasts
			l.log.ErrorContext(ctx, "audit: cannot seal", slog.String("error", why))
			failing = why
		case err == nil && failing != "":
			l.log.InfoContext(ctx, "audit: sealing again")
			failing = ""
		}
		l.notes.tell(ctx, l)
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if _, err := l.Once(last); err != nil {
				l.log.WarnContext(last, "audit: entries are left unsealed", slog.String("error", store.Cause(err)))
			}
			l.notes.finish(last, l)
			return
		case <-tick.C:
		}
	}
}

// Once seals everything that waits and returns how many entries that were. Rows that the product did not write are
// left where they are, for verify to name, and told to the log. Any number of processes may call it at once.
func (l *Log) Once(ctx context.Context) (int, error) {
	ctx = system(ctx)
	done := 0
	old, err := l.unsigned(ctx) // rows older than sealing come first
	if err != nil {
		return 0, err
	}
	for {
		n, err := l.pass(ctx, old)
		done += n
		switch {
		case errors.Is(err, errTaken):
			// The tree has grown meanwhile: look again, but not in step with the other.
			pause := time.NewTimer(time.Millisecond + rand.N(20*time.Millisecond))
			select {
			case <-ctx.Done():
				pause.Stop()
				return done, ctx.Err()
			case <-pause.C:
			}
			if old, err = l.unsigned(ctx); err != nil {
				return done, err
			}
		case err != nil || !old:
			return done, err
		default:
			old = false
		}
	}
}

// unsigned reports whether rows without a MAC may still be sealed: those that are older than sealing itself. They
// are the beginning of the tree, so that nobody can add one later.
func (l *Log) unsigned(ctx context.Context) (bool, error) {
	last, err := l.store.Client.AuditLeaf.Query().Where(auditleaf.IDGTE(0)).Order(ent.Desc(auditleaf.FieldID)).First(ctx)
	if ent.IsNotFound(err) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	e, err := l.store.Client.AuditEntry.Query().Where(auditentry.ID(last.EntryID)).Only(ctx)
	if err != nil {
		return false, fmt.Errorf("%w: the newest sealed entry: %w", ErrTampered, err)
	}
	return e.Kid == "", nil
}

// pass goes once through what waits: through all rows without a MAC, or through all with one.
func (l *Log) pass(ctx context.Context, old bool) (int, error) {
	done := 0
	var after ident.ID
	for {
		ids, err := l.waiting(ctx, after, old)
		if err != nil || len(ids) == 0 {
			return done, err
		}
		after = ids[len(ids)-1]
		full := len(ids) == l.batch
		rows, err := l.rows(ctx, ids, old)
		if err != nil {
			return done, err
		}
		if len(rows) > 0 {
			if err := l.seal(ctx, rows, old); err != nil {
				return done, err
			}
			done += len(rows)
		}
		if !full {
			return done, nil
		}
	}
}

// waiting returns the next entries that wait, by identifier. That is the order of one batch only: what commits
// late is found by the next look, however old its identifier.
func (l *Log) waiting(ctx context.Context, after ident.ID, old bool) ([]ident.ID, error) {
	from := "audit_unsealed u"
	if l.store.Driver.Dialect() == dialect.MySQL {
		from += " FORCE INDEX (PRIMARY)"
	}
	if old {
		from += " JOIN audit_entries e ON e.id = u.id AND e.kid IS NULL"
	}
	rows, err := l.store.Driver.QueryContext(store.WithFresh(ctx), "SELECT u.id FROM "+from+" WHERE u.id > ? ORDER BY u.id LIMIT ?", after, l.batch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []ident.ID
	for rows.Next() {
		var id ident.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// leaf is an entry about to be sealed.
type leaf struct {
	entry ident.ID
	hash  tlog.Hash
	row   *ent.AuditEntry
}

// rows reads the entries and leaves out what the product did not write.
func (l *Log) rows(ctx context.Context, ids []ident.ID, old bool) ([]leaf, error) {
	entries, err := l.store.Client.AuditEntry.Query().Where(auditentry.IDIn(ids...)).Order(ent.Asc(auditentry.FieldID)).All(store.WithFresh(ctx))
	if err != nil {
		return nil, err
	}
	leaves := make([]leaf, 0, len(entries))
	for _, e := range entries {
		if !old || e.Kid != "" {
			if err := audit.Authentic(l.ring, e); err != nil {
				l.passOver(ctx, e.ID, err)
				continue
			}
		}
		leaves = append(leaves, leaf{e.ID, tlog.RecordHash(audit.Payload(e)), e})
	}
	return leaves, nil
}

// passOver tells the log once of a row that is not sealed.
func (l *Log) passOver(ctx context.Context, id ident.ID, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.passed[id] || len(l.passed) > 10_000 {
		return
	}
	l.passed[id] = true
	l.log.ErrorContext(ctx, "audit: an entry is not sealed: it was not written by Office Portal, or with a key that is not configured here",
		slog.String("entry", id.String()), slog.String("error", why.Error()))
}

// seal appends the leaves to the tree in one transaction, with the hashes that they complete and a checkpoint.
// The first statement that writes claims the places: of two that claim the same only one is kept.
func (l *Log) seal(ctx context.Context, leaves []leaf, old bool) error {
	var tree tlog.Tree
	var before int64
	err := l.store.WithTx(store.WithFresh(ctx), func(ctx context.Context, tx *store.Tx) error {
		client := tx.Client()
		head, r, err := l.head(ctx, client)
		if err != nil {
			return err
		}
		before = head.N
		if old {
			// the other process may have gone on to rows with a MAC
			if first, err := stillFirst(ctx, client, head.N); err != nil || !first {
				return errors.Join(err, errTaken)
			}
		}
		places, hashes := newInsert("audit_leaves", "id", "entry_id", "hash"), newInsert("audit_nodes", "id", "hash")
		for i, lf := range leaves {
			n := head.N + int64(i)
			complete, err := tlog.StoredHashesForRecordHash(n, lf.hash, r)
			if err != nil || len(r.wanted) > 0 {
				return errors.Join(err, errHole)
			}
			places.add(n, lf.entry, lf.hash[:])
			first := tlog.StoredHashIndex(0, n)
			for j, h := range complete {
				r.known[first+int64(j)] = h
				if j > 0 {
					hashes.add(first+int64(j), h[:])
				}
			}
		}
		tree.N = head.N + int64(len(leaves))
		if tree.Hash, err = rootOf(r, tree.N); err != nil {
			return err
		}
		text, err := l.sign(tree)
		if err != nil {
			return err
		}
		if err := places.run(ctx, tx); err != nil {
			return err
		}
		if err := hashes.run(ctx, tx); err != nil {
			return err
		}
		if err := client.AuditCheckpoint.Create().SetID(tree.N).SetRoot(tree.Hash[:]).SetNote(text).SetCreatedAt(tx.Now).Exec(ctx); err != nil {
			return err
		}
		n, err := takeOff(ctx, tx, l.store.Driver.Dialect(), head.N, tree.N)
		if err == nil && n != len(leaves) {
			err = errTaken
		}
		return err
	})
	if store.IsUniqueViolation(err) {
		return errTaken
	}
	if err == nil {
		l.saw(tree)
		l.tell(leaves)
		l.log.DebugContext(ctx, "audit: sealed", slog.Int64("from", before), slog.Int64("to", tree.N))
	}
	return err
}

func (l *Log) tell(leaves []leaf) {
	rows := make([]*ent.AuditEntry, len(leaves))
	for i, lf := range leaves {
		rows[i] = lf.row
	}
	l.sealed(rows)
}

// head returns the signed state of the tree and the hashes along its right edge. It refuses to continue a tree
// that is not the signed one, or one that is behind what this process has seen.
func (l *Log) head(ctx context.Context, client *ent.Client) (tlog.Tree, *reader, error) {
	r := &reader{ctx: ctx, client: client, known: map[int64]tlog.Hash{}}
	c, err := newest(ctx, client)
	if errors.Is(err, ErrNoCheckpoint) {
		c, err = Checkpoint{Root: EmptyRoot()}, nil
	}
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	root, err := rootOf(r, c.Size)
	if errors.Is(err, errHole) || err == nil && !bytes.Equal(root[:], c.Root[:]) {
		return tlog.Tree{}, nil, ErrTampered
	}
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	if c.Size > 0 {
		tree, err := l.Open(c.Note)
		if errors.Is(err, ErrForeignKey) {
			return tlog.Tree{}, nil, errOtherKey
		}
		if err != nil || tree.N != c.Size || tree.Hash != c.Root {
			return tlog.Tree{}, nil, ErrTampered
		}
	}
	if err := endsThere(ctx, client, c.Size); err != nil {
		return tlog.Tree{}, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.Size < l.seen.N {
		return tlog.Tree{}, nil, fmt.Errorf("%w: it had %d entries before and has %d now", ErrTampered, l.seen.N, c.Size)
	}
	return tlog.Tree{N: c.Size, Hash: c.Root}, r, nil
}

// endsThere refuses a tree with places that no checkpoint covers. The product writes both at once; a place that
// somebody else put there would look like another process that is always faster.
func endsThere(ctx context.Context, client *ent.Client, size int64) error {
	beyond, err := client.AuditLeaf.Query().Where(auditleaf.IDGTE(size)).Exist(ctx)
	if err != nil || !beyond {
		return err
	}
	c, err := newest(ctx, client) // where a transaction sees later commits, there is a later checkpoint too
	if errors.Is(err, ErrNoCheckpoint) || err == nil && c.Size == size {
		return fmt.Errorf("%w: places after the newest checkpoint are taken", ErrTampered)
	}
	return errors.Join(err, errTaken)
}

func (l *Log) saw(tree tlog.Tree) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if tree.N > l.seen.N {
		l.seen = tree
	}
}

// stillFirst reports whether the tree of n leaves holds nothing but rows without a MAC.
func stillFirst(ctx context.Context, client *ent.Client, n int64) (bool, error) {
	if n == 0 {
		return true, nil
	}
	last, err := client.AuditLeaf.Query().Where(auditleaf.ID(n - 1)).Only(ctx)
	if err != nil {
		return false, err
	}
	return client.AuditEntry.Query().Where(auditentry.ID(last.EntryID), auditentry.KidIsNil()).Exist(ctx)
}

// insert collects rows of one table for statements of many rows each.
type insert struct {
	head string
	one  string
	args [][]any
}

func newInsert(table string, columns ...string) *insert {
	return &insert{
		head: "INSERT INTO `" + table + "` (`" + strings.Join(columns, "`,`") + "`) VALUES ",
		one:  "(" + strings.TrimSuffix(strings.Repeat("?,", len(columns)), ",") + ")",
	}
}

func (i *insert) add(values ...any) { i.args = append(i.args, values) }

func (i *insert) run(ctx context.Context, tx *store.Tx) error {
	for from := 0; from < len(i.args); from += rowsPerInsert {
		rows := i.args[from:min(from+rowsPerInsert, len(i.args))]
		args := make([]any, 0, len(rows)*len(rows[0]))
		for _, r := range rows {
			args = append(args, r...)
		}
		if _, err := tx.Client().ExecContext(ctx, i.head+strings.TrimSuffix(strings.Repeat(i.one+",", len(rows)), ","), args...); err != nil {
			return err
		}
	}
	return nil
}

// takeOff removes from the list of those that wait what was just given the places from first up to, but not, end. The
// list is reached by the places, each by its key: of a list that is named MySQL reads the whole when it is short, and
// with it locks out writers.
func takeOff(ctx context.Context, tx *store.Tx, d string, first, end int64) (int, error) {
	query := "DELETE FROM audit_unsealed WHERE id IN (SELECT entry_id FROM audit_leaves WHERE id >= ? AND id < ?)"
	if d == dialect.MySQL {
		query = "DELETE u FROM audit_leaves l FORCE INDEX (PRIMARY) STRAIGHT_JOIN audit_unsealed u FORCE INDEX (PRIMARY) ON u.id = l.entry_id WHERE l.id >= ? AND l.id < ?"
	}
	res, err := tx.Client().ExecContext(ctx, query, first, end)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}
