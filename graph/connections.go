package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"officeportal/ent"
	"officeportal/ent/creditentry"
	entfamily "officeportal/ent/family"
	"officeportal/graph/model"
	"officeportal/internal/audit"
	"officeportal/internal/family"
	"officeportal/internal/ident"
	"officeportal/internal/page"
	"officeportal/internal/viewer"
)

// load reads what the document asks of a connection: the page unless only the count is wanted, the count
// only when it is.
func load[T any, K page.Key](ctx context.Context, args page.Args, order page.Order[T, K], scope string,
	fetch page.Fetch[T], count func(context.Context) (int, error),
) (p page.Page[T], total int, err error) {
	if selects(ctx, "edges", "pageInfo") || !selects(ctx, "totalCount") {
		if p, err = page.Load(ctx, args, order, scope, fetch); err != nil {
			return p, 0, err
		}
	}
	if selects(ctx, "totalCount") {
		if whole := len(p.Rows) > 0 && !p.HasNext && !p.HasPrev; whole {
			return p, len(p.Rows), nil
		}
		total, err = count(ctx)
	}
	return p, total, err
}

// scopeOf names a list for its cursors: another business, filter or order is another list.
func scopeOf(ctx context.Context, name string, parts ...any) (string, error) {
	raw, err := json.Marshal(parts)
	return fmt.Sprintf("%s %s %s", name, viewer.From(ctx).BusinessID, raw), err
}

// equal compares a column with a flag. What ent writes instead, the bare column or NOT, is an expression
// for which SQLite uses no index.
func equal(column string, flag bool) func(*sql.Selector) {
	return func(s *sql.Selector) {
		s.Where(sql.P(func(b *sql.Builder) { b.Ident(s.C(column)).WriteOp(sql.OpEQ).Arg(flag) }))
	}
}

func pageInfo[T any](p page.Page[T]) model.PageInfo {
	info := model.PageInfo{HasNextPage: p.HasNext, HasPreviousPage: p.HasPrev}
	if n := len(p.Cursors); n > 0 {
		info.StartCursor, info.EndCursor = &p.Cursors[0], &p.Cursors[n-1]
	}
	return info
}

func (r *Resolver) families(ctx context.Context, args page.Args, filter *model.FamilyFilter, orderBy model.FamilyOrder) (*model.FamilyConnection, error) {
	if filter == nil {
		filter = &model.FamilyFilter{}
	}
	scope, err := scopeOf(ctx, "families", filter, orderBy)
	if err != nil {
		return nil, err
	}
	list, err := r.Families.Listing(ctx, family.Filter{
		Search: value(filter.Search), AnyCanLogIn: filter.AnyCanLogIn, MissingAcceptance: filter.MissingAcceptance, Archived: value(filter.Archived),
		ByChange: orderBy == model.FamilyOrderUpdatedDesc, Total: selects(ctx, "totalCount"),
	})
	if err != nil {
		return nil, err
	}
	fetch := func(ctx context.Context, cut func(*sql.Selector)) ([]*ent.Family, error) {
		return r.Store.Client.Family.Query().Where(list.Page(cut)).All(ctx)
	}

	var p page.Page[*ent.Family]
	var total int
	id := func(f *ent.Family) ident.ID { return f.ID }
	if orderBy == model.FamilyOrderUpdatedDesc {
		order := page.Order[*ent.Family, time.Time]{Column: entfamily.FieldUpdatedAt, Desc: true, ID: id,
			Key: func(f *ent.Family) time.Time { return f.UpdatedAt }}
		p, total, err = load(ctx, args, order, scope, fetch, list.Total)
	} else {
		order := page.Order[*ent.Family, string]{Column: entfamily.FieldNameKey, Desc: orderBy == model.FamilyOrderNameDesc, ID: id,
			Key: func(f *ent.Family) string { return f.NameKey }}
		p, total, err = load(ctx, args, order, scope, fetch, list.Total)
	}
	if err != nil {
		return nil, err
	}
	loadersFrom(ctx).expectMembers(p.Rows)
	out := &model.FamilyConnection{Edges: []*model.FamilyEdge{}, PageInfo: pageInfo(p), TotalCount: total}
	for i, f := range p.Rows {
		out.Edges = append(out.Edges, &model.FamilyEdge{Cursor: p.Cursors[i], Node: *f})
	}
	return out, nil
}

// auditEntries lists entries newest first.
func (r *Resolver) auditEntries(ctx context.Context, args page.Args, name string, filter *model.AuditFilter) (*model.AuditEntryConnection, error) {
	scope, err := scopeOf(ctx, name, filter)
	if err != nil {
		return nil, err
	}
	f := auditFilter(filter)
	p, total, err := load(ctx, args,
		page.Order[*ent.AuditEntry, ident.ID]{Desc: true, ID: func(e *ent.AuditEntry) ident.ID { return e.ID }}, scope,
		func(ctx context.Context, cut func(*sql.Selector)) ([]*ent.AuditEntry, error) {
			return r.Store.Client.AuditEntry.Query().Where(f.Page(viewer.From(ctx).BusinessID, cut)).All(ctx)
		},
		func(ctx context.Context) (int, error) {
			return r.Store.Client.AuditEntry.Query().Where(f.Where).Count(ctx)
		})
	if err != nil {
		return nil, err
	}
	loadersFrom(ctx).expectOfAudit(p.Rows)
	out := &model.AuditEntryConnection{Edges: []*model.AuditEntryEdge{}, PageInfo: pageInfo(p), TotalCount: total}
	for i, e := range p.Rows {
		out.Edges = append(out.Edges, &model.AuditEntryEdge{Cursor: p.Cursors[i], Node: *e})
	}
	return out, nil
}

func auditFilter(f *model.AuditFilter) audit.Filter {
	if f == nil {
		return audit.Filter{}
	}
	out := audit.Filter{
		Actions: mapped(f.Actions, func(a model.AuditAction) audit.Action { return audit.Action(a) }),
		Channel: value(f.Channel), Outcome: value(f.Outcome), From: value(f.From), To: value(f.To),
	}
	if f.ActorID != nil {
		_, id, _ := splitID(*f.ActorID) // staff member or guardian: ids differ anyway
		out.Actor = &id
	}
	if f.GuardianID != nil {
		id := decodeID(prefixGuardian, *f.GuardianID)
		out.Guardian = &id
	}
	if f.FamilyID != nil {
		id := decodeID(prefixFamily, *f.FamilyID)
		out.Family = &id
	}
	return out
}

// activity is what happened to a family. Guardians see none of it, nor does staff that may not see families.
func (r *Resolver) activity(ctx context.Context, f *ent.Family, args page.Args) (*model.AuditEntryConnection, error) {
	v := viewer.From(ctx)
	if !v.Can(viewer.FamiliesRead) && !v.Can(viewer.AuditRead) {
		return &model.AuditEntryConnection{Edges: []*model.AuditEntryEdge{}}, nil
	}
	id := encodeID(prefixFamily, f.ID)
	return r.auditEntries(ctx, args, "activity", &model.AuditFilter{FamilyID: &id})
}

func (r *Resolver) ledger(ctx context.Context, account *ent.SmsAccount, args page.Args) (*model.SmsCreditEntryConnection, error) {
	scope, err := scopeOf(ctx, "ledger")
	if err != nil {
		return nil, err
	}
	query := func() *ent.CreditEntryQuery {
		return r.Store.Client.CreditEntry.Query().Where(creditentry.BusinessID(account.BusinessID), equal(creditentry.FieldShown, true))
	}
	p, total, err := load(ctx, args,
		page.Order[*ent.CreditEntry, ident.ID]{Desc: true, ID: func(e *ent.CreditEntry) ident.ID { return e.ID }}, scope,
		func(ctx context.Context, cut func(*sql.Selector)) ([]*ent.CreditEntry, error) {
			return query().Where(cut).All(ctx)
		},
		func(ctx context.Context) (int, error) { return query().Count(ctx) })
	if err != nil {
		return nil, err
	}
	loadersFrom(ctx).expectOfCredits(p.Rows)
	out := &model.SmsCreditEntryConnection{Edges: []*model.SmsCreditEntryEdge{}, PageInfo: pageInfo(p), TotalCount: total}
	for i, e := range p.Rows {
		out.Edges = append(out.Edges, &model.SmsCreditEntryEdge{Cursor: p.Cursors[i], Node: *e})
	}
	return out, nil
}
