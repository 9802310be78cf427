package verify

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"officeportal/ent"
	"officeportal/ent/auditcheckpoint"
	"officeportal/ent/auditentry"
	"officeportal/ent/auditleaf"
	"officeportal/ent/auditnode"
	"officeportal/internal/audit"
	"officeportal/internal/audit/seal"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
)

// frontier is the right edge of a tree: the roots of its complete subtrees, largest first. It grows by one leaf at a
// time and never holds more than 64 hashes.
type frontier struct {
	size   int64
	levels []int
	hashes []tlog.Hash
}

// stored is a hash that the tree keeps.
type stored struct {
	level int
	n     int64 // its place among those of its level
	hash  tlog.Hash
}

// add appends a leaf and returns the hashes of the subtrees of two leaves or more that it completes.
func (f *frontier) add(leaf tlog.Hash) (complete []stored) {
	level, n, h := 0, f.size, leaf
	for len(f.levels) > 0 && f.levels[len(f.levels)-1] == level {
		last := len(f.hashes) - 1
		h = tlog.NodeHash(f.hashes[last], h)
		f.levels, f.hashes = f.levels[:last], f.hashes[:last]
		level, n = level+1, n>>1
		complete = append(complete, stored{level, n, h})
	}
	f.levels, f.hashes = append(f.levels, level), append(f.hashes, h)
	f.size++
	return complete
}

func (f *frontier) root() tlog.Hash {
	if f.size == 0 {
		return seal.EmptyRoot()
	}
	last := len(f.hashes) - 1
	h := f.hashes[last]
	for i := last - 1; i >= 0; i-- {
		h = tlog.NodeHash(f.hashes[i], h)
	}
	return h
}

// known is a kept checkpoint after its signature was checked.
type known struct {
	Kept
	tree tlog.Tree
}

// grower follows the tree as it grows.
type grower struct {
	v           *verifier
	edge        frontier
	nodes       []*ent.AuditNode // read and not compared yet
	lastNode    int64
	checkpoints []*ent.AuditCheckpoint
	lastCheck   int64
	fits        int64 // the size of the last checkpoint that fits
	kept        []known
	signed      bool // an entry with a MAC was met: from here on all have one
}

// tree derives the tree from the entries, in the order of their places, and compares everything that is stored of it.
func (v *verifier) tree() error {
	g := &grower{v: v, lastNode: -1, lastCheck: 0}
	if err := g.openKept(); err != nil {
		return err
	}
	total, err := v.count("SELECT COUNT(*) FROM audit_leaves")
	if err != nil {
		return err
	}
	if err := g.keptFit(); err != nil { // of an empty tree
		return err
	}
	if err := g.strayCheckpoint(); err != nil {
		return err
	}
	after := int64(-1)
	for {
		leaves, err := v.snap.Client.AuditLeaf.Query().Where(auditleaf.IDGT(after)).Order(ent.Asc(auditleaf.FieldID)).Limit(batch).All(v.ctx)
		if err != nil {
			return err
		}
		if len(leaves) == 0 {
			break
		}
		after = leaves[len(leaves)-1].ID
		if err := g.grow(leaves); err != nil {
			return err
		}
		v.Progress("entries", g.edge.size, total)
	}
	return g.end()
}

func (g *grower) openKept() error {
	for _, k := range g.v.Kept {
		tree, err := g.v.log.OpenOld(k.Text, g.v.gone.Verifiers)
		switch {
		case errors.Is(err, seal.ErrForeignKey):
			return problem("%s: the checkpoint is not signed with a key of this installation: it is another installation's, it was forged, or a retired key is missing from OFFICEPORTAL_SECRET_KEY", k.Name)
		case err != nil:
			return problem("%s: this is not a checkpoint of an Audit Log", k.Name)
		}
		g.kept = append(g.kept, known{k, tree})
	}
	return nil
}

// strayCheckpoint finds one for no entries at all, which the product never writes.
func (g *grower) strayCheckpoint() error {
	n, err := g.v.count("SELECT COUNT(*) FROM audit_checkpoints WHERE id <= 0")
	if err == nil && n > 0 {
		return problem("there is a checkpoint for a tree of no entries, which Office Portal never writes")
	}
	return err
}

func (g *grower) grow(leaves []*ent.AuditLeaf) error {
	entries, err := g.v.entries(leaves)
	if err != nil {
		return err
	}
	erased, err := g.v.erasuresOf(leaves)
	if err != nil {
		return err
	}
	var met []*ent.AuditEntry
	for _, l := range leaves {
		if l.ID != g.edge.size {
			return problem("place %d of the tree is empty: the row that gave it to an entry is gone (the next one taken is %d)", g.edge.size, l.ID)
		}
		e := entries[l.EntryID]
		if e == nil {
			return problem("entry %s is gone: it was sealed at place %d of the tree and somebody deleted it", entryID(l.EntryID), l.ID)
		}
		if err := g.leaf(l, e, erased[e.ID]); err != nil {
			return err
		}
		if err := g.append(l); err != nil {
			return err
		}
		met = append(met, e)
	}
	return g.v.told(met)
}

// leaf compares an entry with its MAC and with the hash that was sealed.
func (g *grower) leaf(l *ent.AuditLeaf, e *ent.AuditEntry, erased *ent.AuditErasure) error {
	if erased != nil {
		g.v.report.Erased++
		g.v.erased++
		return looksErased(e)
	}
	switch {
	case e.Kid == "" && g.signed:
		return problem("entry %s at place %d was not written by Office Portal: it has no MAC, and those before it have one", entryID(e.ID), l.ID)
	case e.Kid != "":
		g.signed = true
		if l.ID < g.v.vouched && g.v.isGone(e.Kid) {
			// Its MAC can't be made again. That it is the entry that was sealed is proven below, and a key that is
			// here has signed the tree since.
			g.v.report.Retired++
		} else if err := g.v.authentic(e); err != nil {
			return err
		}
	}
	if h := tlog.RecordHash(audit.Payload(e)); !slices.Equal(h[:], l.Hash) {
		return problem("%s at place %d of the tree is not the one that was sealed there: it was changed, or two were swapped", describe(e), l.ID)
	}
	return nil
}

// authentic checks the MAC.
func (v *verifier) authentic(e *ent.AuditEntry) error {
	err := audit.Authentic(v.ring, e)
	switch {
	case errors.Is(err, keyring.ErrUnknownKey):
		return problem("%s was signed with the key %q, which is not in OFFICEPORTAL_SECRET_KEY: the row was forged, or a retired key is missing there", describe(e), e.Kid)
	case err != nil:
		return problem("%s does not fit its MAC: it was changed after it was written, or Office Portal never wrote it", describe(e))
	}
	return nil
}

func describe(e *ent.AuditEntry) string {
	return "entry " + entryID(e.ID) + " (" + audit.Clean(e.Action, 40) + ", " + clock(e.OccurredAt) + ")"
}

// append grows the tree by a leaf and compares the nodes it completes, and the checkpoints of the new size.
func (g *grower) append(l *ent.AuditLeaf) error {
	var leaf tlog.Hash
	copy(leaf[:], l.Hash)
	for _, s := range g.edge.add(leaf) {
		first, last := s.n<<s.level, (s.n+1)<<s.level-1
		index := tlog.StoredHashIndex(s.level, s.n)
		node, err := g.nextNode()
		switch {
		case err != nil:
			return err
		case node == nil || node.ID > index:
			return problem("hash %d of the tree, over the entries at places %d to %d, is gone", index, first, last)
		case node.ID < index:
			return problem("hash %d of the tree belongs to nothing: somebody inserted it", node.ID)
		case !slices.Equal(node.Hash, s.hash[:]):
			return problem("hash %d of the tree, over the entries at places %d to %d, is not theirs: it, or one of those places, was changed", index, first, last)
		}
		g.nodes = g.nodes[1:]
	}
	if err := g.checkpointsFit(); err != nil {
		return err
	}
	return g.keptFit()
}

func (g *grower) nextNode() (*ent.AuditNode, error) {
	if len(g.nodes) == 0 {
		nodes, err := g.v.snap.Client.AuditNode.Query().Where(auditnode.IDGT(g.lastNode)).Order(ent.Asc(auditnode.FieldID)).Limit(batch).All(g.v.ctx)
		if err != nil || len(nodes) == 0 {
			return nil, err
		}
		g.nodes, g.lastNode = nodes, nodes[len(nodes)-1].ID
	}
	return g.nodes[0], nil
}

func (g *grower) nextCheckpoint() (*ent.AuditCheckpoint, error) {
	if len(g.checkpoints) == 0 {
		rows, err := g.v.snap.Client.AuditCheckpoint.Query().Where(auditcheckpoint.IDGT(g.lastCheck)).Order(ent.Asc(auditcheckpoint.FieldID)).Limit(batch).All(g.v.ctx)
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		g.checkpoints, g.lastCheck = rows, rows[len(rows)-1].ID
	}
	return g.checkpoints[0], nil
}

// checkpointsFit compares the checkpoint of the size the tree has now, if there is one.
func (g *grower) checkpointsFit() error {
	c, err := g.nextCheckpoint()
	if err != nil || c == nil || c.ID != g.edge.size {
		return err
	}
	g.checkpoints = g.checkpoints[1:]
	tree, err := g.v.log.Open(c.Note)
	if errors.Is(err, seal.ErrForeignKey) && c.ID < g.v.vouched { // a key that is gone signed it
		tree, err = g.v.log.OpenOld(c.Note, g.v.gone.Verifiers)
	}
	switch {
	case errors.Is(err, seal.ErrForeignKey):
		return problem("the checkpoint of %d entries (%s) is not signed with a key of this installation: it was replaced, or a retired key is missing from OFFICEPORTAL_SECRET_KEY", c.ID, clock(c.CreatedAt))
	case err != nil || tree.N != c.ID || !slices.Equal(tree.Hash[:], c.Root):
		return problem("the checkpoint of %d entries (%s) was changed: its signed note does not say what the row says", c.ID, clock(c.CreatedAt))
	}
	if root := g.edge.root(); root != tree.Hash {
		return problem("the checkpoint of %d entries (%s) was signed over other entries: among the places %d to %d of the tree one was changed, inserted, removed or moved (up to %d everything fits)",
			c.ID, clock(c.CreatedAt), g.fits, c.ID-1, g.fits)
	}
	g.fits = c.ID
	g.v.report.Checkpoints++
	g.v.report.SignedAt = c.CreatedAt.UTC()
	return nil
}

// keptFit compares the kept checkpoints of the size the tree has now.
func (g *grower) keptFit() error {
	for _, k := range g.kept {
		if k.tree.N != g.edge.size {
			continue
		}
		if root := g.edge.root(); root != k.tree.Hash {
			return problem("the database is not the one of the checkpoint in %s: among the first %d entries one was changed, inserted, removed or moved, and everything after it was made anew", k.Name, k.tree.N)
		}
	}
	return nil
}

// end compares what is left when the last leaf was met.
func (g *grower) end() error {
	size := g.edge.size
	node, err := g.nextNode()
	if err != nil {
		return err
	}
	if node != nil {
		return problem("hash %d of the tree belongs to no entry: somebody inserted it, or the newest places were removed", node.ID)
	}
	c, err := g.nextCheckpoint()
	switch {
	case err != nil:
		return err
	case c != nil && c.ID > size:
		return problem("the checkpoint of %s was signed over %d entries, and there are places for %d only: the newest were removed", clock(c.CreatedAt), c.ID, size)
	case c != nil:
		return problem("the checkpoint of %d entries was met out of turn: somebody inserted it", c.ID)
	case g.fits != size:
		return problem("the entries at places %d to %d are covered by no checkpoint: somebody inserted them, or removed the newest checkpoint", g.fits, size-1)
	}
	for _, k := range g.kept {
		if k.tree.N > size {
			return problem("%s says that there were %d entries, and the tree has %d: an older database was put back, or the newest entries were removed", k.Name, k.tree.N, size)
		}
	}
	g.v.report.Size, g.v.report.Root = size, g.edge.root()
	return nil
}

// entries returns the entries of leaves by their ids; those that are gone are missing.
func (v *verifier) entries(leaves []*ent.AuditLeaf) (map[ident.ID]*ent.AuditEntry, error) {
	ids := make([]ident.ID, len(leaves))
	for i, l := range leaves {
		ids[i] = l.EntryID
	}
	return v.entriesByID(ids)
}

func (v *verifier) entriesByID(ids []ident.ID) (map[ident.ID]*ent.AuditEntry, error) {
	out := make(map[ident.ID]*ent.AuditEntry, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	rows, err := v.snap.Client.AuditEntry.Query().Where(auditentry.IDIn(ids...)).All(v.ctx)
	for _, e := range rows {
		out[e.ID] = e
	}
	return out, err
}

// waiting looks at the entries that are not sealed yet.
func (v *verifier) waiting() error {
	var after ident.ID
	for {
		var ids []ident.ID
		sealed := map[ident.ID]bool{}
		err := v.each("SELECT u.id, l.id IS NOT NULL FROM audit_unsealed u LEFT JOIN audit_leaves l ON l.entry_id = u.id WHERE u.id > ? ORDER BY u.id LIMIT ?",
			[]any{after, batch}, func(scan func(...any) error) error {
				var id ident.ID
				var has bool
				err := scan(&id, &has)
				ids, sealed[id] = append(ids, id), has
				return err
			})
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		found, err := v.entriesByID(ids)
		if err != nil {
			return err
		}
		var met []*ent.AuditEntry
		for _, id := range ids {
			e := found[id]
			switch {
			case e == nil:
				return problem("entry %s is gone: it waited to be sealed and somebody deleted it", entryID(id))
			case sealed[id]:
				return problem("entry %s is sealed and waits to be sealed: somebody put it there", entryID(id))
			case e.Kid == "" && v.report.Size > 0:
				return problem("entry %s was not written by Office Portal: it has no MAC", entryID(id))
			case e.Kid != "":
				if err := v.authentic(e); err != nil {
					return err
				}
			}
			met = append(met, e)
			v.report.Unsealed++
		}
		if err := v.told(met); err != nil {
			return err
		}
	}
}

// strangers finds entries that are neither sealed nor wait for it: rows that were inserted past the triggers.
func (v *verifier) strangers() error {
	if v.report.Entries == v.report.Size+v.report.Unsealed {
		return nil
	}
	var after ident.ID
	for {
		n, stranger := 0, ident.ID{}
		err := v.each(strings.ReplaceAll(`SELECT e.id, l.id IS NULL AND u.id IS NULL FROM (SELECT id FROM audit_entries WHERE id > ? ORDER BY id LIMIT ?) e
			LEFT JOIN audit_leaves l ON l.entry_id = e.id LEFT JOIN audit_unsealed u ON u.id = e.id ORDER BY e.id`, "\n\t\t\t", " "),
			[]any{after, batch}, func(scan func(...any) error) error {
				var alone bool
				err := scan(&after, &alone)
				if alone && stranger.IsZero() {
					stranger = after
				}
				n++
				return err
			})
		switch {
		case err != nil:
			return err
		case !stranger.IsZero():
			return problem("entry %s is neither sealed nor waits to be: somebody inserted it past the triggers, or copied it from elsewhere", entryID(stranger))
		case n == 0:
			return problem("there are %d entries, %d of them sealed and %d waiting: somebody inserted some", v.report.Entries, v.report.Size, v.report.Unsealed)
		}
	}
}
