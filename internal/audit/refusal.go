package audit

import (
	"context"
	"maps"
	"sync/atomic"

	"officeportal/ent"
	"officeportal/ent/family"
	"officeportal/ent/guardian"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/student"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Watch counts the entries that are recorded under a context and committed.
type Watch struct{ n atomic.Int32 }

type watchKey struct{}

// WithWatch returns a context that counts what is recorded under it.
func WithWatch(ctx context.Context) (context.Context, *Watch) {
	w := &Watch{}
	return context.WithValue(ctx, watchKey{}, w), w
}

// Any reports whether an entry was committed.
func (w *Watch) Any() bool { return w.n.Load() > 0 }

// watched counts the entry when the transaction is committed, and not when it runs again.
func watched(ctx context.Context, tx *store.Tx) {
	w, ok := ctx.Value(watchKey{}).(*Watch)
	if !ok {
		return
	}
	tx.OnCommit(func(next ent.Committer) ent.Committer {
		return ent.CommitFunc(func(ctx context.Context, t *ent.Tx) error {
			err := next.Commit(ctx, t)
			if err == nil {
				w.n.Add(1)
			}
			return err
		})
	})
}

// Refusal is something that was asked for and not done.
type Refusal struct {
	// Action is what it would have been; RequestRefused when there is none.
	Action Action
	// Request is the name of what was asked for, Reason the code of the answer.
	Request, Reason string
	// Guardian, Family and Student say what it is about; zero for none. Those that the business has none of are left
	// out: what a stranger names is not looked up elsewhere.
	Guardian, Family, Student ident.ID
}

// RecordRefusal records what the viewer, who is signed in, was refused. Domains record what they refuse; this is for
// what never reached one, such as for want of a permission, and for those that don't.
func RecordRefusal(ctx context.Context, s *store.Store, r Refusal) error {
	v := viewer.From(ctx)
	e := Entry{Action: r.Action, Outcome: schematype.WasRefused, Facts: map[string]string{"request": r.Request, "reason": r.Reason}}
	if v.BusinessID.IsZero() {
		return nil
	}
	if err := about(viewer.AsSystem(ctx, v.BusinessID, "the Audit Log names what was asked for, also where the viewer may not see it"), s, v.BusinessID, r, &e); err != nil {
		return err
	}
	return s.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		again := e
		again.Facts = maps.Clone(e.Facts)
		_, err := Record(ctx, tx, again)
		return err
	})
}

func about(ctx context.Context, s *store.Store, business ident.ID, r Refusal, e *Entry) error {
	if !r.Student.IsZero() {
		st, err := s.Client.Student.Query().Where(student.BusinessID(business), student.ID(r.Student)).Only(ctx)
		switch {
		case err == nil:
			e.SubjectType, e.Subject, e.Facts["student"], r.Family = SubjectStudent, st.ID, st.Name, st.FamilyID
		case !ent.IsNotFound(err):
			return err
		}
	}
	if !r.Guardian.IsZero() {
		g, err := s.Client.Guardian.Query().Where(guardian.BusinessID(business), guardian.ID(r.Guardian)).Only(ctx)
		switch {
		case err == nil:
			e.Guardian, e.SubjectType, e.Subject, e.Facts["guardian"], r.Family = g.ID, SubjectGuardian, g.ID, g.Name, g.FamilyID
		case !ent.IsNotFound(err):
			return err
		}
	}
	if !r.Family.IsZero() {
		f, err := s.Client.Family.Query().Where(family.BusinessID(business), family.ID(r.Family)).Only(ctx)
		switch {
		case err == nil:
			e.Family, e.Facts["family"] = f.ID, f.Name
			if e.SubjectType == "" {
				e.SubjectType, e.Subject = SubjectFamily, f.ID
			}
		case !ent.IsNotFound(err):
			return err
		}
	}
	return nil
}
