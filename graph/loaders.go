package graph

import (
	"context"
	"errors"
	"time"

	"officeportal/ent"
	"officeportal/ent/creditentry"
	"officeportal/ent/family"
	"officeportal/ent/guardian"
	"officeportal/ent/message"
	"officeportal/ent/staffmember"
	"officeportal/ent/student"
	"officeportal/internal/audit/seal"
	"officeportal/internal/ident"
	"officeportal/internal/identity/staff"
	"officeportal/internal/passwordreset"
	"officeportal/internal/policy"
	"officeportal/internal/viewer"
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
	tokens      *batch[ident.ID, *ent.APIToken]
	messages    *batch[ident.ID, *ent.Message]
	guardiansOf *batch[ident.ID, []*ent.Guardian] // by family
	studentsOf  *batch[ident.ID, []*ent.Student]  // by family
	policies    *batch[ident.ID, *ent.BusinessPolicy]
	versions    *batch[ident.ID, *ent.PolicyVersion]   // without their texts
	versionsOf  *batch[ident.ID, []*ent.PolicyVersion] // by policy, newest first, without their texts
	texts       *batch[ident.ID, string]               // by version
	accepted    *batch[ident.ID, *ent.PolicyAcceptance]
	scansOf     *batch[ident.ID, *ent.PolicyScan] // by acceptance
	countsOf    *batch[*ent.BusinessPolicy, policy.Counts]
	statusesOf  *batch[ident.ID, []policy.Status] // by family
	missingOf   *batch[*ent.Family, int]
	options     *batch[*ent.Guardian, []passwordreset.Option]
	invitations *batch[*ent.Guardian, []passwordreset.Option]
	latest      *batch[ident.ID, *passwordreset.Request] // by guardian
	proofs      *batch[ident.ID, seal.Proof]             // by audit entry
	// staffDetails is what a list of staff members shows beside each
	staffDetails *batch[*ent.StaffMember, staff.Detail]
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
	l.tokens = byID(func(ctx context.Context, ids []ident.ID) (map[ident.ID]*ent.APIToken, error) {
		ctx, query, err := c.Identity.APITokens(ctx, viewer.From(ctx).Owner, ids...)
		if err != nil {
			return nil, err
		}
		rows, err := query.All(ctx)
		return keyed(rows, func(t *ent.APIToken) ident.ID { return t.ID }), err
	})
	l.messages = byID(func(ctx context.Context, ids []ident.ID) (map[ident.ID]*ent.Message, error) {
		rows, err := db.Message.Query().Where(message.IDIn(ids...)).All(ctx)
		l.guardians.expect(mapped(rows, func(m *ent.Message) ident.ID { return some(m.GuardianID) })...)
		return keyed(rows, func(m *ent.Message) ident.ID { return m.ID }), err
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
	l.options = l.optionsBy(c.Resets.Options)
	l.invitations = l.optionsBy(c.Resets.Invitations)
	l.staffDetails = newBatch(func(m *ent.StaffMember) ident.ID { return m.ID }, c.Members.Details)
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
	l.proofs = byID(func(ctx context.Context, entries []ident.ID) (map[ident.ID]seal.Proof, error) {
		found, err := c.AuditLog.Proofs(ctx, entries, 0)
		if errors.Is(err, seal.ErrNoCheckpoint) {
			return nil, nil
		}
		return found, err
	})
	l.loadPolicies(c)
	return l
}

func (l *loaders) optionsBy(find func(context.Context, []*ent.Guardian) (map[ident.ID][]passwordreset.Option, error)) *batch[*ent.Guardian, []passwordreset.Option] {
	return newBatch(func(g *ent.Guardian) ident.ID { return g.ID },
		func(ctx context.Context, guardians []*ent.Guardian) (map[ident.ID][]passwordreset.Option, error) {
			found, err := find(ctx, guardians)
			for _, options := range found {
				for _, o := range options {
					l.expectOfResets(o.Recent)
				}
			}
			return found, err
		})
}

// expectMembers says that families were listed together.
func (l *loaders) expectMembers(families []*ent.Family) {
	ids := mapped(families, func(f *ent.Family) ident.ID { return f.ID })
	l.guardiansOf.expect(ids...)
	l.studentsOf.expect(ids...)
	l.statusesOf.expect(ids...)
	l.missingOf.expect(families...)
}

// expectOfGuardians says that guardians were listed together.
func (l *loaders) expectOfGuardians(guardians []*ent.Guardian, now time.Time) {
	l.options.expect(guardians...)
	l.invitations.expect(guardians...)
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
	var actors, resets, messages []ident.ID
	for _, e := range entries {
		actors = append(actors, some(e.ActorID))
		resets = append(resets, some(e.ResetTokenID))
		messages = append(messages, some(e.MessageID))
	}
	l.messages.expect(messages...)
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
	l.tokens.expect(about[prefixToken]...)
	l.proofs.expect(mapped(entries, func(e *ent.AuditEntry) ident.ID { return e.ID })...)
	l.policies.expect(about[prefixPolicy]...)
	l.versions.expect(about[prefixVersion]...)
	l.accepted.expect(about[prefixAccepted]...)
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

// pointers returns the rows as the executor wants them.
func pointers[T any](rows []T) []*T { return mapped(rows, func(row T) *T { return &row }) }

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
