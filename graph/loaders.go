package graph

import (
	"context"
	"time"

	"officeportal/ent"
	"officeportal/ent/creditentry"
	"officeportal/ent/family"
	"officeportal/ent/guardian"
	"officeportal/ent/staffmember"
	"officeportal/ent/student"
	"officeportal/internal/ident"
	"officeportal/internal/passwordreset"
)

// loaders are the batches of one query, or of one root field of a mutation: a mutation must not see what
// was read before the one that ran just before it.
type loaders struct {
	now         func() time.Time
	families    *batch[ident.ID, *ent.Family]
	guardians   *batch[ident.ID, *ent.Guardian]
	students    *batch[ident.ID, *ent.Student]
	staff       *batch[ident.ID, *ent.StaffMember]
	resets      *batch[ident.ID, *passwordreset.Request]
	credits     *batch[ident.ID, *ent.CreditEntry]
	guardiansOf *batch[ident.ID, []*ent.Guardian] // by family
	studentsOf  *batch[ident.ID, []*ent.Student]  // by family
	options     *batch[*ent.Guardian, []passwordreset.Option]
	latest      *batch[ident.ID, *passwordreset.Request] // by guardian
}

type loadersKey struct{}

func withLoaders(ctx context.Context, c Config) context.Context {
	return context.WithValue(ctx, loadersKey{}, newLoaders(c))
}

func loadersFrom(ctx context.Context) *loaders { return ctx.Value(loadersKey{}).(*loaders) }

// nowOf is the time by the clock of the data layer.
func nowOf(ctx context.Context) time.Time { return loadersFrom(ctx).now() }

func newLoaders(c Config) *loaders {
	db := c.Store.Client
	l := &loaders{now: c.Store.Now}
	l.families = byID(func(ctx context.Context, ids []ident.ID) (map[ident.ID]*ent.Family, error) {
		rows, err := db.Family.Query().Where(family.IDIn(ids...)).All(ctx)
		l.expectMembers(rows)
		return keyed(rows, func(f *ent.Family) ident.ID { return f.ID }), err
	})
	l.guardians = byID(func(ctx context.Context, ids []ident.ID) (map[ident.ID]*ent.Guardian, error) {
		rows, err := db.Guardian.Query().Where(guardian.IDIn(ids...)).All(ctx)
		l.expectOfGuardians(rows, c.Store.Now())
		return keyed(rows, func(g *ent.Guardian) ident.ID { return g.ID }), err
	})
	l.students = byID(func(ctx context.Context, ids []ident.ID) (map[ident.ID]*ent.Student, error) {
		rows, err := db.Student.Query().Where(student.IDIn(ids...)).All(ctx)
		return keyed(rows, func(s *ent.Student) ident.ID { return s.ID }), err
	})
	l.staff = byID(func(ctx context.Context, ids []ident.ID) (map[ident.ID]*ent.StaffMember, error) {
		rows, err := db.StaffMember.Query().Where(staffmember.IDIn(ids...)).All(ctx)
		return keyed(rows, func(m *ent.StaffMember) ident.ID { return m.ID }), err
	})
	l.credits = byID(func(ctx context.Context, ids []ident.ID) (map[ident.ID]*ent.CreditEntry, error) {
		rows, err := db.CreditEntry.Query().Where(creditentry.IDIn(ids...)).All(ctx)
		l.expectOfCredits(rows)
		return keyed(rows, func(e *ent.CreditEntry) ident.ID { return e.ID }), err
	})
	l.guardiansOf = byID(func(ctx context.Context, families []ident.ID) (map[ident.ID][]*ent.Guardian, error) {
		rows, err := db.Guardian.Query().Where(guardian.FamilyIDIn(families...), guardian.Archived(false)).
			Order(ent.Asc(guardian.FieldID)).All(ctx)
		l.expectOfGuardians(rows, c.Store.Now())
		return grouped(rows, func(g *ent.Guardian) ident.ID { return g.FamilyID }), err
	})
	l.studentsOf = byID(func(ctx context.Context, families []ident.ID) (map[ident.ID][]*ent.Student, error) {
		rows, err := db.Student.Query().Where(student.FamilyIDIn(families...), student.Archived(false)).
			Order(ent.Asc(student.FieldID)).All(ctx)
		return grouped(rows, func(s *ent.Student) ident.ID { return s.FamilyID }), err
	})
	l.options = newBatch(func(g *ent.Guardian) ident.ID { return g.ID },
		func(ctx context.Context, guardians []*ent.Guardian) (map[ident.ID][]passwordreset.Option, error) {
			found, err := c.Resets.Options(ctx, guardians)
			for _, options := range found {
				for _, o := range options {
					l.expectOfResets(o.Recent)
				}
			}
			return found, err
		})
	l.latest = byID(func(ctx context.Context, guardians []ident.ID) (map[ident.ID]*passwordreset.Request, error) {
		found, err := c.Resets.Latest(ctx, guardians)
		l.expectOfResets(values(found)...)
		return found, err
	})
	l.resets = byID(func(ctx context.Context, ids []ident.ID) (map[ident.ID]*passwordreset.Request, error) {
		found, err := c.Resets.Find(ctx, ids)
		l.expectOfResets(values(found)...)
		return found, err
	})
	return l
}

// expectMembers says that families were listed together.
func (l *loaders) expectMembers(families []*ent.Family) {
	ids := mapped(families, func(f *ent.Family) ident.ID { return f.ID })
	l.guardiansOf.expect(ids...)
	l.studentsOf.expect(ids...)
}

// expectOfGuardians says that guardians were listed together.
func (l *loaders) expectOfGuardians(guardians []*ent.Guardian, now time.Time) {
	l.options.expect(guardians...)
	l.latest.expect(mapped(guardians, func(g *ent.Guardian) ident.ID { return g.ID })...)
	l.families.expect(mapped(guardians, func(g *ent.Guardian) ident.ID { return g.FamilyID })...)
	var changers []ident.ID
	for _, g := range guardians {
		for _, change := range contactChanges(g, now) {
			changers = append(changers, change.by)
		}
	}
	l.staff.expect(changers...)
}

// expectOfResets says that resets were listed together; nil ones are skipped.
func (l *loaders) expectOfResets(resets ...*passwordreset.Request) {
	var staff, guardians []ident.ID
	for _, r := range resets {
		if r == nil {
			continue
		}
		guardians = append(guardians, r.Token.GuardianID)
		if r.Token.RequestedBy != nil {
			staff = append(staff, *r.Token.RequestedBy)
		}
	}
	l.staff.expect(staff...)
	l.guardians.expect(guardians...)
}

// expectOfCredits says that lines of the ledger were listed together.
func (l *loaders) expectOfCredits(entries []*ent.CreditEntry) {
	var actors, resets []ident.ID
	for _, e := range entries {
		actors = append(actors, some(e.ActorID))
		resets = append(resets, some(e.ResetTokenID))
	}
	l.staff.expect(actors...)
	l.resets.expect(resets...)
}

// expectOfAudit says that audit entries were listed together.
func (l *loaders) expectOfAudit(entries []*ent.AuditEntry) {
	about := map[string][]ident.ID{}
	for _, e := range entries {
		about[prefixFamily] = append(about[prefixFamily], some(e.FamilyID))
		about[prefixGuardian] = append(about[prefixGuardian], some(e.GuardianID))
		about[e.SubjectType] = append(about[e.SubjectType], some(e.SubjectID))
		about[actorPrefix(e.ActorKind)] = append(about[actorPrefix(e.ActorKind)], some(e.ActorID))
	}
	l.families.expect(about[prefixFamily]...)
	l.guardians.expect(about[prefixGuardian]...)
	l.students.expect(about[prefixStudent]...)
	l.staff.expect(about[prefixStaff]...)
	l.resets.expect(about[prefixReset]...)
	l.credits.expect(about[prefixCredit]...)
}

func keyed[T any](rows []T, key func(T) ident.ID) map[ident.ID]T {
	out := make(map[ident.ID]T, len(rows))
	for _, r := range rows {
		out[key(r)] = r
	}
	return out
}

func grouped[T any](rows []T, key func(T) ident.ID) map[ident.ID][]T {
	out := map[ident.ID][]T{}
	for _, r := range rows {
		out[key(r)] = append(out[key(r)], r)
	}
	return out
}

func mapped[T, U any](rows []T, f func(T) U) []U {
	out := make([]U, len(rows))
	for i, r := range rows {
		out[i] = f(r)
	}
	return out
}

func values[T any](m map[ident.ID]T) []T {
	out := make([]T, 0, len(m))
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// some returns the id, the zero id for none.
func some(id *ident.ID) ident.ID {
	if id == nil {
		return ident.ID{}
	}
	return *id
}
