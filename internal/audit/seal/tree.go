package seal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"officeportal/ent"
	"officeportal/ent/auditleaf"
	"officeportal/ent/auditnode"
	"officeportal/internal/ident"
)

// Proof shows that an entry is in the tree. Who has the entry's payload (audit.Payload), the proof and a signed
// checkpoint of the same size needs nothing else to be convinced, such as tlog.CheckRecord or any implementation
// of RFC 9162.
type Proof struct {
	// Index is the entry's place in the tree, from zero.
	Index int64
	// Size is the size of the tree that the proof is for.
	Size     int64
	LeafHash tlog.Hash
	// Path leads from the leaf to the root.
	Path tlog.RecordProof
}

// Seal is an entry's place in the tree without the proof.
type Seal struct {
	Index    int64
	LeafHash tlog.Hash
}

// Proofs returns inclusion proofs of entries for the tree of the given size, which must be that of a checkpoint;
// zero means the newest. Entries that are not in that tree are missing from the answer. It reads with two
// statements for up to some thousand entries, fewer for entries side by side. Who may read the entries is the
// caller's to decide: proofs tell nothing of them. The error is ErrNoCheckpoint when nothing was sealed yet.
func (l *Log) Proofs(ctx context.Context, entryIDs []ident.ID, atSize int64) (map[ident.ID]Proof, error) {
	if atSize == 0 {
		c, err := l.Checkpoint(ctx)
		if err != nil {
			return nil, err
		}
		atSize = c.Size
	}
	seals, err := l.Seals(ctx, entryIDs)
	if err != nil {
		return nil, err
	}
	out := make(map[ident.ID]Proof, len(seals))
	r := &reader{ctx: system(ctx), client: l.store.Client, known: map[int64]tlog.Hash{}}
	// Twice: first to learn which hashes are needed, then with all of them read at once.
	for range 2 {
		for id, s := range seals {
			if s.Index >= atSize {
				continue
			}
			path, err := tlog.ProveRecord(atSize, s.Index, r)
			if err != nil {
				return nil, err
			}
			out[id] = Proof{Index: s.Index, Size: atSize, LeafHash: s.LeafHash, Path: path}
		}
		if err := r.fetch(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Seals returns the places of entries in the tree; those not sealed yet are missing from the answer.
func (l *Log) Seals(ctx context.Context, entryIDs []ident.ID) (map[ident.ID]Seal, error) {
	out := make(map[ident.ID]Seal, len(entryIDs))
	for chunk := range slices.Chunk(entryIDs, rowsPerRead) {
		rows, err := l.store.Client.AuditLeaf.Query().Where(auditleaf.EntryIDIn(chunk...)).All(system(ctx))
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			s := Seal{Index: row.ID}
			copy(s.LeafHash[:], row.Hash)
			out[row.EntryID] = s
		}
	}
	return out, nil
}

// rowsPerRead is how many identifiers one statement names.
const rowsPerRead = 2000

// reader gives tlog the stored hashes. It answers with zeros for what it does not know yet and remembers that, so
// that fetch can read all of it at once.
type reader struct {
	ctx    context.Context
	client *ent.Client
	known  map[int64]tlog.Hash
	wanted []int64
}

var errHole = errors.New("seal: the tree has a hole")

// ReadHashes implements tlog.HashReader.
func (r *reader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		h, ok := r.known[index]
		if !ok {
			r.wanted = append(r.wanted, index)
		}
		out[i] = h
	}
	return out, nil
}

// fetch reads what was wanted: hashes of leaves are with the leaves, all others are nodes.
func (r *reader) fetch() error {
	slices.Sort(r.wanted)
	r.wanted = slices.Compact(r.wanted)
	var leaves, nodes []int64
	for _, index := range r.wanted {
		if level, n := tlog.SplitStoredHashIndex(index); level == 0 {
			leaves = append(leaves, n)
		} else {
			nodes = append(nodes, index)
		}
	}
	for chunk := range slices.Chunk(leaves, rowsPerRead) {
		rows, err := r.client.AuditLeaf.Query().Where(auditleaf.IDIn(chunk...)).All(r.ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			r.known[tlog.StoredHashIndex(0, row.ID)] = tlog.Hash(row.Hash)
		}
	}
	for chunk := range slices.Chunk(nodes, rowsPerRead) {
		rows, err := r.client.AuditNode.Query().Where(auditnode.IDIn(chunk...)).All(r.ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			r.known[row.ID] = tlog.Hash(row.Hash)
		}
	}
	for _, index := range r.wanted {
		if _, ok := r.known[index]; !ok {
			return fmt.Errorf("%w: hash %d is missing", errHole, index)
		}
	}
	r.wanted = nil
	return nil
}

// rootOf returns the root of the tree of n leaves and leaves in r what the next leaves need.
func rootOf(r *reader, n int64) (tlog.Hash, error) {
	if n == 0 {
		return EmptyRoot(), nil
	}
	if _, err := tlog.TreeHash(n, r); err != nil {
		return tlog.Hash{}, err
	}
	if err := r.fetch(); err != nil {
		return tlog.Hash{}, err
	}
	return tlog.TreeHash(n, r)
}
