// Package seal makes the Audit Log tamper-evident. Behind the writers, within a second, it appends every entry to
// one Merkle tree (RFC 9162, with the numbering of golang.org/x/mod/sumdb/tlog) over all businesses and signs the
// root, as C2SP tlog-checkpoint. Who keeps a checkpoint elsewhere can prove later that nothing of before it was
// changed, removed, added or reordered; verifying needs the rows and the key, no trust in the database.
//
// Entries stay what they are for readers: sealing only adds rows to tables of its own.
package seal

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"officeportal/ent"
	"officeportal/ent/auditcheckpoint"
	"officeportal/ent/auditunsealed"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Origin is the first line of every checkpoint and the name of the keys that sign it.
const Origin = "officeportal/audit"

const signPurpose = "audit/checkpoint"

var (
	// ErrNoCheckpoint says that nothing was sealed yet.
	ErrNoCheckpoint = errors.New("seal: the Audit Log has no checkpoint yet")
	// ErrNotCheckpoint says that a text is not a checkpoint of an Audit Log.
	ErrNotCheckpoint = errors.New("seal: not a checkpoint of an Audit Log")
	// ErrForeignKey says that a checkpoint is signed by no key of this installation.
	ErrForeignKey = errors.New("seal: the checkpoint is not signed with a configured key")
)

// Checkpoint is the signed state of the tree at one size.
type Checkpoint struct {
	// Size is how many entries the tree holds.
	Size int64
	Root tlog.Hash
	// Note is the C2SP tlog-checkpoint: origin, size, root, and a signature for each configured key.
	Note string
	At   time.Time
}

// Log reads and extends the tree. It is safe for concurrent use, and any number of processes may use one each.
type Log struct {
	store   *store.Store
	ring    *keyring.Ring
	log     *slog.Logger
	batch   int
	signers []note.Signer
	keys    []string // verifier keys, newest first
	// verifiers check what the keys sign; known are the same.
	verifiers []note.Verifier
	known     note.Verifiers
	notes     *witness

	sealed func([]*ent.AuditEntry)
	beat   func()

	mu     sync.Mutex
	seen   tlog.Tree // the newest state this process saw
	passed map[ident.ID]bool
}

// Option changes how New makes a Log.
type Option func(*Log)

// Batch sets how many entries one transaction seals: 500 unless told. More is faster and holds up writers of
// SQLite longer.
func Batch(n int) Option { return func(l *Log) { l.batch = n } }

// New returns a Log. Nothing happens until Run, Once or a read is called.
func New(s *store.Store, ring *keyring.Ring, log *slog.Logger, opts ...Option) *Log {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	l := &Log{store: s, ring: ring, log: log, batch: 500, notes: &witness{}, passed: map[ident.ID]bool{},
		sealed: func([]*ent.AuditEntry) {}, beat: func() {}}
	for _, key := range ring.SigningKeys(signPurpose) {
		text, err := note.NewEd25519VerifierKey(Origin, key.Public().(ed25519.PublicKey))
		if err != nil {
			panic(err) // the length of the key is a constant
		}
		v, err := note.NewVerifier(text)
		if err != nil {
			panic(err) // it was made a line above
		}
		l.signers, l.keys, l.verifiers = append(l.signers, signer{v, key}), append(l.keys, text), append(l.verifiers, v)
	}
	l.known = note.VerifierList(l.verifiers...)
	for _, opt := range opts {
		opt(l)
	}
	return l
}

// Tell sets who is told of every entry that this process seals, after the commit, and of every round of Run. Each
// entry is sealed once, by one process. Call it before Run.
func (l *Log) Tell(sealed func([]*ent.AuditEntry), beat func()) { l.sealed, l.beat = sealed, beat }

// signer is a key of the ring as the note package wants it.
type signer struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// VerifierKeys returns the public keys that checkpoints are signed with, in the form of C2SP signed notes, newest
// first: for whoever checks a checkpoint without this program.
func (l *Log) VerifierKeys() []string { return l.keys }

// sign makes the note of a tree.
func (l *Log) sign(tree tlog.Tree) (string, error) {
	out, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", Origin, tree.N, tree.Hash)}, l.signers...)
	return string(out), err
}

// SignedBy reports for each configured key, newest first, whether the newest checkpoint carries its signature; nil
// when there is no checkpoint.
func (l *Log) SignedBy(ctx context.Context) ([]bool, error) {
	c, err := l.Checkpoint(ctx)
	if errors.Is(err, ErrNoCheckpoint) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(l.verifiers))
	for i, v := range l.verifiers {
		_, err := note.Open([]byte(c.Note), note.VerifierList(v))
		out[i] = err == nil
	}
	return out, nil
}

// Ours returns ErrForeignKey when the newest checkpoint is signed with no configured key: the root key is not the one
// of this database.
func (l *Log) Ours(ctx context.Context) error {
	c, err := l.Checkpoint(ctx)
	if err == nil {
		_, err = l.Open(c.Note)
	}
	if errors.Is(err, ErrForeignKey) {
		return ErrForeignKey
	}
	if err != nil && !errors.Is(err, ErrNoCheckpoint) && !errors.Is(err, ErrNotCheckpoint) {
		return err
	}
	return nil // what is no checkpoint is for the sealer, and for verify, to tell
}

// OpenOld is Open for a checkpoint that may be signed with one of the given keys instead, which have been in use.
func (l *Log) OpenOld(text string, keys []string) (tlog.Tree, error) {
	verifiers := append([]note.Verifier{}, l.verifiers...)
	for _, key := range keys {
		v, err := note.NewVerifier(key)
		if err != nil || v.Name() != Origin || slices.Contains(l.keys, key) {
			continue
		}
		verifiers = append(verifiers, v)
	}
	return open(text, note.VerifierList(verifiers...))
}

// Open reads a checkpoint and checks its signature. The error is ErrNotCheckpoint or ErrForeignKey; with the
// latter the tree is what the unproven text says.
func (l *Log) Open(text string) (tlog.Tree, error) { return open(text, l.known) }

func open(text string, known note.Verifiers) (tlog.Tree, error) {
	n, err := note.Open([]byte(text), known)
	var unverified *note.UnverifiedNoteError
	switch {
	case errors.As(err, &unverified):
		tree, parseErr := Parse(unverified.Note.Text)
		if parseErr != nil {
			return tlog.Tree{}, parseErr
		}
		return tree, ErrForeignKey
	case err != nil:
		var invalid *note.InvalidSignatureError
		if errors.As(err, &invalid) {
			return tlog.Tree{}, ErrForeignKey
		}
		return tlog.Tree{}, ErrNotCheckpoint
	}
	return Parse(n.Text)
}

// Parse reads the text of a checkpoint without its signatures. The error is ErrNotCheckpoint.
func Parse(text string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] != Origin {
		return tlog.Tree{}, ErrNotCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, ErrNotCheckpoint
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, ErrNotCheckpoint
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

// Checkpoint returns the newest checkpoint, or ErrNoCheckpoint.
func (l *Log) Checkpoint(ctx context.Context) (Checkpoint, error) {
	return newest(system(ctx), l.store.Client)
}

func newest(ctx context.Context, c *ent.Client) (Checkpoint, error) {
	row, err := c.AuditCheckpoint.Query().Where(auditcheckpoint.IDGT(0)).Order(ent.Desc(auditcheckpoint.FieldID)).First(ctx)
	if ent.IsNotFound(err) {
		return Checkpoint{}, ErrNoCheckpoint
	}
	if err != nil {
		return Checkpoint{}, err
	}
	return checkpoint(row), nil
}

func checkpoint(row *ent.AuditCheckpoint) Checkpoint {
	c := Checkpoint{Size: row.ID, Note: row.Note, At: row.CreatedAt}
	copy(c.Root[:], row.Root)
	return c
}

// Unsealed returns how many entries wait to be sealed.
func (l *Log) Unsealed(ctx context.Context) (int, error) {
	return l.store.Client.AuditUnsealed.Query().Where(auditunsealed.IDGT(ident.ID{})).Count(system(ctx))
}

// EmptyRoot returns the root of a tree without leaves (RFC 9162, 2.1.1).
func EmptyRoot() tlog.Hash { return sha256.Sum256(nil) }

func system(ctx context.Context) context.Context {
	return viewer.AsSystem(ctx, ident.ID{}, "the tree holds the entries of all businesses")
}
