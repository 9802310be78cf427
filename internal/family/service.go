// Package family keeps families, their guardians and students: who is in which household, how they are
// reached, and which guardians can log in. It also reads them from files and makes demo data of any size.
package family

import (
	"context"
	"errors"
	"slices"
	"time"

	"officeportal/ent"
	"officeportal/ent/family"
	"officeportal/ent/familysearchkey"
	"officeportal/ent/guardian"
	"officeportal/ent/resettoken"
	"officeportal/ent/student"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/mailbox"
	"officeportal/internal/search"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Service changes families. Its methods are for staff members with FAMILIES_WRITE, and refuse everybody
// else with the fault Forbidden. All of them find rows of the viewer's own business only; anything else is
// the fault NotFound. A version that is not the current one is the fault StaleVersion, which says who
// changed the row and when, and nothing is overwritten. A change that changes nothing is no change: no new
// version, no audit entry.
type Service struct {
	Store *store.Store
	// Ring makes the keyed hashes by which e-mail addresses are found.
	Ring *keyring.Ring
	// Outbox takes the notices of changed contacts.
	Outbox Outbox
	// Policies is told whose members changed; nil where nobody has to accept anything.
	Policies Policies

	totals totals
}

// errUnchanged ends a transaction that has nothing to write.
var errUnchanged = errors.New("family: nothing changes")

// writer returns the viewer who may change families, with a context whose reads see the last commit.
func writer(ctx context.Context) (context.Context, viewer.Viewer, error) {
	v := viewer.From(ctx)
	if !v.Can(viewer.FamiliesWrite) {
		return ctx, v, fault.New(fault.Forbidden, "family.forbidden")
	}
	return store.WithFresh(ctx), v, nil
}

// household is one family inside a transaction that holds it alone: whoever changes a family, a guardian
// or a student of it first writes the family's row, so that what is derived from all members (the search
// keys, whether any of them can log in) is derived from what is true.
type household struct {
	s         *Service
	tx        *store.Tx
	viewer    viewer.Viewer
	family    *ent.Family
	listed    listed
	guardians []*ent.Guardian // all of them, in the order they were added
	students  []*ent.Student
	asked     []ident.ID // who a policy was asked of before the change
}

// listed is what the search keys of a family repeat of it, so that they lie in the order of the list.
type listed struct {
	nameKey  string
	archived bool
}

func listedOf(f *ent.Family) listed { return listed{f.NameKey, f.Archived} }

// inFamily runs change on the family and then brings along what is derived from its members. It runs
// again when another family's guardian took a login address at the same moment: the second run sees it.
func (s *Service) inFamily(ctx context.Context, v viewer.Viewer, id ident.ID, field string, change func(ctx context.Context, h *household) error) error {
	defer s.totals.forget(v.BusinessID)
	var err error
	for range 3 {
		err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			h := &household{s: s, tx: tx, viewer: v}
			if err := mailbox.Claim(ctx, s.Store, tx, s.Ring, v.BusinessID); err != nil {
				return err
			}
			if err := h.load(ctx, id, field); err != nil {
				return err
			}
			before := h.keys()
			if err := change(ctx, h); err != nil {
				return err
			}
			return h.finish(ctx, before)
		})
		if !store.IsUniqueViolation(err) {
			break
		}
	}
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// load takes the row lock before the first read: on MySQL the first read fixes what later reads see.
func (h *household) load(ctx context.Context, id ident.ID, field string) error {
	business := h.viewer.BusinessID
	n, err := h.tx.Family.Update().Where(family.BusinessID(business), family.ID(id)).AddVersion(0).Save(ctx)
	if err != nil {
		return err
	}
	if n != 1 {
		return notFound(field)
	}
	if h.family, err = h.tx.Family.Query().Where(family.BusinessID(business), family.ID(id)).Only(ctx); err != nil {
		return err
	}
	h.listed = listedOf(h.family)
	if h.guardians, err = h.tx.Guardian.Query().Where(guardian.BusinessID(business), guardian.FamilyID(id)).
		Order(ent.Asc(guardian.FieldID)).All(ctx); err != nil {
		return err
	}
	h.students, err = h.tx.Student.Query().Where(student.BusinessID(business), student.FamilyID(id)).
		Order(ent.Asc(student.FieldID)).All(ctx)
	h.asked = h.presentStudents()
	return err
}

// presentStudents are those of whom, besides the family, policies are asked.
func (h *household) presentStudents() []ident.ID {
	var out []ident.ID
	for _, st := range h.students {
		if !st.Archived {
			out = append(out, st.ID)
		}
	}
	return out
}

func (h *household) finish(ctx context.Context, before []string) error {
	anyLogin := slices.ContainsFunc(h.guardians, func(g *ent.Guardian) bool { return g.CanLogIn && !g.Archived })
	u := h.tx.Family.Update().Where(family.BusinessID(h.family.BusinessID), family.ID(h.family.ID)).
		SetUpdatedAt(h.tx.Now).SetAnyCanLogIn(anyLogin)
	if h.viewer.Kind == viewer.StaffMember {
		u.SetUpdatedBy(h.viewer.PersonID)
	} else {
		u.ClearUpdatedBy()
	}
	if err := u.Exec(ctx); err != nil {
		return err
	}
	h.family.UpdatedAt, h.family.AnyCanLogIn = h.tx.Now, anyLogin
	after := h.keys()
	if now, marks := listedOf(h.family), marksOf(after); now != h.listed || marks != marksOf(before) {
		if err := h.tx.FamilySearchKey.Update().
			Where(familysearchkey.BusinessID(h.family.BusinessID), familysearchkey.FamilyID(h.family.ID)).
			SetNameKey(now.nameKey).SetArchived(now.archived).SetMarks(marks).Exec(ctx); err != nil {
			return err
		}
	}
	if !slices.Equal(before, after) {
		if err := h.writeKeys(ctx, after); err != nil {
			return err
		}
	}
	if listedOf(h.family) == h.listed && slices.Equal(h.asked, h.presentStudents()) {
		return nil
	}
	return h.s.policies().FamilyChanged(ctx, h.tx, h.family.BusinessID, h.family.ID)
}

// writeKeys makes the search keys of the family what they should be, touching only those that differ.
func (h *household) writeKeys(ctx context.Context, want []string) error {
	business, id := h.family.BusinessID, h.family.ID
	have, err := h.tx.FamilySearchKey.Query().
		Where(familysearchkey.BusinessID(business), familysearchkey.FamilyID(id)).
		Select(familysearchkey.FieldKey).Strings(ctx)
	if err != nil {
		return err
	}
	var gone []string
	for _, k := range have {
		if !slices.Contains(want, k) {
			gone = append(gone, k)
		}
	}
	if len(gone) > 0 {
		if _, err := h.tx.FamilySearchKey.Delete().
			Where(familysearchkey.BusinessID(business), familysearchkey.FamilyID(id), familysearchkey.KeyIn(gone...)).
			Exec(ctx); err != nil {
			return err
		}
	}
	rows := searchKeys(h.tx, business, id, listedOf(h.family), want)
	return h.tx.FamilySearchKey.CreateBulk(slices.DeleteFunc(rows, func(row *ent.FamilySearchKeyCreate) bool {
		key, _ := row.Mutation().Key()
		return slices.Contains(have, key)
	})...).Exec(ctx)
}

// searchKeys are the rows of all keys of a family.
func searchKeys(tx *store.Tx, business, family ident.ID, l listed, keys []string) []*ent.FamilySearchKeyCreate {
	rows, marks := make([]*ent.FamilySearchKeyCreate, len(keys)), marksOf(keys)
	for i, key := range keys {
		rows[i] = tx.FamilySearchKey.Create().SetID(ident.New()).SetBusinessID(business).SetFamilyID(family).
			SetKey(key).SetStem(stem(key)).SetNameKey(l.nameKey).SetArchived(l.archived).SetMarks(marks)
	}
	return rows
}

// keys are the search keys the family should have: its own name and what its present members are called
// and reached by. Archived members are not found, archived families are.
func (h *household) keys() []string {
	names, emails, phones := []string{h.family.Name}, []string{}, []string{}
	for _, g := range h.guardians {
		if !g.Archived {
			names, emails, phones = append(names, g.Name), append(emails, g.Email), append(phones, g.Phone)
		}
	}
	for _, st := range h.students {
		if !st.Archived {
			names = append(names, st.Name)
		}
	}
	return search.Keys(names, emails, phones)
}

// present refuses to change anything in an archived family.
func (h *household) present() error {
	if h.family.Archived {
		return fault.New(fault.Invalid, "family.familyArchived")
	}
	return nil
}

func (h *household) guardian(id ident.ID) (int, *ent.Guardian) {
	i := slices.IndexFunc(h.guardians, func(g *ent.Guardian) bool { return g.ID == id })
	if i < 0 {
		return i, nil
	}
	return i, h.guardians[i]
}

func (h *household) student(id ident.ID) (int, *ent.Student) {
	i := slices.IndexFunc(h.students, func(s *ent.Student) bool { return s.ID == id })
	if i < 0 {
		return i, nil
	}
	return i, h.students[i]
}

func (h *household) record(ctx context.Context, e audit.Entry) error {
	e.Business, e.Family = h.family.BusinessID, h.family.ID
	if e.Facts == nil {
		e.Facts = map[string]string{}
	}
	e.Facts["family"] = h.family.Name
	_, err := audit.Record(ctx, h.tx, e)
	return err
}

// stale says who changed the row meanwhile.
func (h *household) stale(ctx context.Context, version int, by *ident.ID, at time.Time) error {
	f := fault.Field{Code: fault.StaleVersion, Text: "error.stale", Version: version, ChangedAt: at}
	who := "Office Portal"
	if by != nil {
		member, err := h.tx.StaffMember.Get(ctx, *by)
		switch {
		case err == nil:
			member = member.Unwrap()
			who, f.ChangedBy = member.Name, member
		case !ent.IsNotFound(err):
			return err
		}
	}
	f.Args = map[string]any{"who": who}
	return fault.Refuse(f)
}

// endLinks makes every link of the guardians dead that could still be used. Sessions need nothing: they
// carry the credential epoch, which the caller has raised.
func (h *household) endLinks(ctx context.Context, guardians ...ident.ID) error {
	if len(guardians) == 0 {
		return nil
	}
	return h.tx.ResetToken.Update().
		Where(resettoken.BusinessID(h.family.BusinessID), resettoken.GuardianIDIn(guardians...),
			resettoken.RedeemedAtIsNil(), resettoken.SupersededAtIsNil(), resettoken.RevokedAtIsNil()).
		SetRevokedAt(h.tx.Now).Exec(ctx)
}

// loginHolder returns who signs in with the address, other than the guardian itself; nil when nobody does.
func (h *household) loginHolder(ctx context.Context, email contact.Email, self ident.ID) (*ent.Guardian, error) {
	g, err := h.tx.Guardian.Query().
		Where(guardian.BusinessID(h.family.BusinessID), guardian.LoginKeyIn(email.Keys(h.s.Ring)...), guardian.IDNEQ(self)).First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	return g, err
}

// storedEmail is the guardian's address as it was read when it was written; none for a guardian without one.
func storedEmail(g *ent.Guardian) contact.Email {
	email, _ := contact.ParseEmail(g.Email)
	return email
}

// logsIn reports whether the guardian holds the right to log in with its address.
func logsIn(g *ent.Guardian) bool {
	return g.CanLogIn && !g.Archived && !g.FamilyArchived && g.EmailKey != nil
}

func notFound(field string) error {
	return fault.Refuse(fault.At(fault.NotFound, field, "error.notFound"))
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
