package graph

import (
	"context"
	"errors"

	"officeportal/ent"
	"officeportal/graph/model"
	"officeportal/internal/audit/seal"
	"officeportal/internal/viewer"
)

// checkpoint is the signed head of the Audit Log; before anything is sealed, that of the empty tree without a note.
func (r *Resolver) checkpoint(ctx context.Context) (*model.AuditCheckpoint, error) {
	waiting, err := r.AuditLog.Unsealed(ctx)
	if err != nil {
		return nil, err
	}
	out := &model.AuditCheckpoint{RootHash: seal.EmptyRoot().String(), VerifierKeys: r.AuditLog.VerifierKeys(), Unsealed: waiting}
	c, err := r.AuditLog.Checkpoint(ctx)
	if errors.Is(err, seal.ErrNoCheckpoint) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	out.Size, out.RootHash, out.Note, out.SignedAt = int(c.Size), c.Root.String(), c.Note, &c.At
	return out, nil
}

// seal is an entry's place in the tree. All entries that were listed together are looked up at once.
func (r *Resolver) seal(ctx context.Context, e *ent.AuditEntry) (*model.AuditSeal, error) {
	if !viewer.From(ctx).Can(viewer.AuditRead) {
		return nil, nil
	}
	p, ok, err := loadersFrom(ctx).proofs.load(ctx, e.ID)
	if err != nil || !ok {
		return nil, err
	}
	out := &model.AuditSeal{Index: int(p.Index), LeafHash: p.LeafHash.String(), Proof: []string{}, CheckpointSize: int(p.Size)}
	for _, h := range p.Path {
		out.Proof = append(out.Proof, h.String())
	}
	return out, nil
}
