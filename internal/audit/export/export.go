package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/audit/seal"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Format is the format of a file.
type Format string

// The formats.
const (
	CSV       Format = "csv"
	JSONLines Format = "jsonl"
)

// Formats are all formats.
func Formats() []Format { return []Format{CSV, JSONLines} }

// MediaType is what HTTP calls the format.
func (f Format) MediaType() string {
	if f == CSV {
		return "text/csv; charset=utf-8"
	}
	return "application/jsonl; charset=utf-8"
}

// Options say what to export and how.
type Options struct {
	Filter
	Format Format
	// Locale is the language of the sentences.
	Locale string
	// BusinessName is for the head of the file.
	BusinessName string
	// Progress, if set, is called with how many entries are written, of how many.
	Progress func(done, of int)
}

// Result says what was written.
type Result struct {
	// Entries are all; Unproven of them were not sealed yet, Erased lost their personal data.
	Entries, Unproven, Erased int
}

// Service exports.
type Service struct {
	Store *store.Store
	Log   *seal.Log
	// Proof refuses unless whoever asks has proved lately to be there; nil asks nobody. The system is never asked.
	Proof func(ctx context.Context, now time.Time) error
}

// batch is how many entries are read, proven and written at once.
const batch = 1000

// Begin counts the entries, records in the Audit Log that they are exported, as an entry of its own with the filter,
// and returns the export, which is not written yet. Staff members with AUDIT_READ may call it who have proved lately to
// be there, for their own business, and the system. What happens later is not in the file. A refusal is recorded too.
// Its faults are Forbidden and ReauthenticationRequired.
func (s *Service) Begin(ctx context.Context, o Options) (*Export, error) {
	if err := s.allow(ctx, &o); err != nil {
		return nil, s.refused(ctx, err)
	}
	c, err := s.Log.Checkpoint(ctx)
	if err != nil && !errors.Is(err, seal.ErrNoCheckpoint) {
		return nil, err
	}
	e := &Export{Options: o, service: s, checkpoint: c, at: s.Store.Now()}
	if e.Total, err = s.count(ctx, o); err != nil {
		return nil, err
	}
	told := o.Told()
	details := []schematype.Detail{{Key: "format", After: string(o.Format)}}
	for _, name := range slices.Sorted(maps.Keys(told)) {
		details = append(details, schematype.Detail{Key: name, After: told[name]})
	}
	return e, s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := audit.Record(ctx, tx, audit.Entry{Action: audit.Exported, Business: o.Business,
			Facts: map[string]string{"entries": strconv.Itoa(e.Total), "format": string(o.Format)}, Details: details})
		return err
	})
}

// Count returns how many entries Begin would export now, and refuses what Begin would refuse. It exports nothing, so
// that only a refusal of somebody without the permission is recorded: who lacks a proof is about to give it.
func (s *Service) Count(ctx context.Context, o Options) (int, error) {
	switch err := s.allow(ctx, &o); {
	case fault.Is(err, fault.Forbidden):
		return 0, s.refused(ctx, err)
	case err != nil:
		return 0, err
	}
	return s.count(ctx, o)
}

func (s *Service) count(ctx context.Context, o Options) (int, error) {
	return s.Store.Client.AuditEntry.Query().Where(o.predicates()...).Count(store.WithFresh(ctx))
}

// allow refuses, or narrows the options down to what the viewer may export.
func (s *Service) allow(ctx context.Context, o *Options) error {
	now := s.Store.Now()
	if o.To.IsZero() || o.To.After(now) {
		o.To = now
	}
	v := viewer.From(ctx)
	if v.Kind == viewer.System {
		return nil
	}
	o.Business, o.BusinessName = v.BusinessID, v.Business.Name
	if !v.Can(viewer.AuditRead) {
		return fault.New(fault.Forbidden, "graph.permission", "permission", viewer.AuditRead)
	}
	if s.Proof != nil {
		return s.Proof(ctx, now)
	}
	return nil
}

// refused records the refusal and returns it.
func (s *Service) refused(ctx context.Context, refusal error) error {
	f := fault.As(refusal)
	if v := viewer.From(ctx); f == nil || v.Kind != viewer.StaffMember && v.Kind != viewer.Guardian {
		return refusal
	}
	err := s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := audit.Record(ctx, tx, audit.Entry{Action: audit.Exported, Outcome: schematype.WasRefused, Facts: map[string]string{"reason": string(f.Fields[0].Code)}})
		return err
	})
	if err != nil {
		return err
	}
	return refusal
}

// Export is one that was begun.
type Export struct {
	Options
	// Total is how many entries it will have.
	Total int

	service    *Service
	checkpoint seal.Checkpoint
	at         time.Time
}

// writer writes one format.
type writer interface {
	head(e *Export) error
	entry(e *ent.AuditEntry, p *seal.Proof, sentence string) error
	// end says that the file is complete, which one that was cut off does not.
	end(r Result) error
	flush() error
}

// Write writes all entries, oldest first. When it fails the file lacks its end, which says that it is complete.
func (e *Export) Write(ctx context.Context, to io.Writer) (Result, error) {
	var out Result
	var w writer = newLines(to)
	if e.Format == CSV {
		w = newTable(to, e)
	}
	if err := w.head(e); err != nil {
		return out, err
	}
	var after ident.ID
	for {
		rows, err := e.service.Store.Client.AuditEntry.Query().Where(append(e.predicates(), auditentry.IDGT(after))...).
			Order(ent.Asc(auditentry.FieldID)).Limit(batch).All(ctx)
		if err != nil {
			return out, err
		}
		if len(rows) == 0 {
			break
		}
		after = rows[len(rows)-1].ID
		if err := e.batch(ctx, w, rows, &out); err != nil {
			return out, err
		}
		if e.Progress != nil {
			e.Progress(out.Entries, e.Total)
		}
	}
	return out, errors.Join(w.end(out), w.flush())
}

func (e *Export) batch(ctx context.Context, w writer, rows []*ent.AuditEntry, out *Result) error {
	proofs := map[ident.ID]seal.Proof{}
	if e.checkpoint.Size > 0 {
		ids := make([]ident.ID, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
		}
		var err error
		if proofs, err = e.service.Log.Proofs(ctx, ids, e.checkpoint.Size); err != nil {
			return err
		}
	}
	for _, r := range rows {
		out.Entries++
		var p *seal.Proof
		if found, ok := proofs[r.ID]; ok {
			p = &found
		} else {
			out.Unproven++
		}
		if isErased(r) {
			out.Erased++
		}
		if err := w.entry(r, p, audit.Sentence(e.Locale, r)); err != nil {
			return err
		}
	}
	return w.flush()
}

// isErased reports whether the entry's own bytes can't be proven any more: those of an erased person.
func isErased(e *ent.AuditEntry) bool { return e.Kid != "" && e.Salt == nil }

// FileName is a name for the file, such as audit-sunrise-2026-03-03.jsonl.
func (e *Export) FileName(slug string) string {
	return fmt.Sprintf("audit-%s-%s.%s", slug, e.at.Format(time.DateOnly), e.Format)
}
