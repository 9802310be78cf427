package family

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"officeportal/ent"
	"officeportal/ent/guardian"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/family/csvfile"
	"officeportal/internal/ident"
	"officeportal/internal/mailbox"
	"officeportal/internal/search"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Rows of one INSERT: a guardian has some 25 columns, and SQLite takes at most 32,766 arguments.
const importBatch = 500

// manyFamilies at once change what the database should know about its tables.
const manyFamilies = 1000

// ErrBadRows says that nothing was imported because of rows that the report's issues name.
var ErrBadRows = errors.New("nothing was imported: some rows have mistakes")

var errMeanwhile = errors.New("a family of the file was changed meanwhile; run the import again")

// ImportCount says what became of the families, guardians or students of a file.
type ImportCount struct {
	Added int
	// Unchanged were there and are what the file says; Differing were there and are left as they are.
	Unchanged, Differing int
}

// ImportReport says what an import did, or what it would not do.
type ImportReport struct {
	Families, Guardians, Students ImportCount
	// Rows counts the people in the file, BadRows those that can't be imported.
	Rows, BadRows int
	// Issues are in the order of the file: those of reading it and those of comparing it with what is there.
	Issues []csvfile.Issue
}

// Summary is one line for the terminal.
func (r ImportReport) Summary() string {
	return fmt.Sprintf("%d rows: added %d families, %d guardians, %d students; %d were there already, %d of them with other facts that were left as they are; %d rows with mistakes",
		r.Rows, r.Families.Added, r.Guardians.Added, r.Students.Added,
		r.Guardians.Unchanged+r.Guardians.Differing+r.Students.Unchanged+r.Students.Differing,
		r.Guardians.Differing+r.Students.Differing, r.BadRows)
}

// Import adds what is in the file and not yet in the business, all of it in one transaction. It is for the
// command line: there is no permission for it.
//
// What was imported before is recognised by its key and left exactly as it is, also where the file says
// something else: the office may have corrected it, and an old export must not take that back. The
// differences are reported as warnings. So importing a file twice changes nothing, not even the Audit Log.
//
// With a bad row, in the file or because another guardian signs in with its address, the error is
// ErrBadRows and nothing was imported, unless skipBadRows. name is the file's, for the Audit Log.
func (s *Service) Import(ctx context.Context, b *ent.Business, name string, file csvfile.File, skipBadRows bool) (ImportReport, error) {
	ctx = store.WithFresh(viewer.AsSystem(ctx, b.ID, "a file is imported from the command line"))
	defer s.totals.forget(b.ID)
	var err error
	for range 3 {
		var p *importPlan
		if p, err = s.planImport(ctx, b.ID, file); err != nil {
			return ImportReport{}, err
		}
		if p.report.BadRows > 0 && !skipBadRows {
			r := ImportReport{Rows: p.report.Rows, BadRows: p.report.BadRows, Issues: p.report.Issues}
			return r, ErrBadRows
		}
		if p.empty() {
			return p.report, nil
		}
		err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error { return s.apply(ctx, tx, b.ID, name, p) })
		if err == nil {
			if p.report.Families.Added >= manyFamilies {
				s.refreshStatistics(ctx)
			}
			return p.report, nil
		}
		if !store.IsUniqueViolation(err) { // a login or a key that was free when we looked
			break
		}
	}
	return ImportReport{}, err
}

// newFamily is a family to add, or one that is there and gets more members.
type newFamily struct {
	csvfile.Family
	existing *ent.Family
}

// importPlan is what an import would do.
type importPlan struct {
	add, extend []newFamily
	report      ImportReport
}

func (p *importPlan) empty() bool { return len(p.add)+len(p.extend) == 0 }

func (s *Service) apply(ctx context.Context, tx *store.Tx, business ident.ID, name string, p *importPlan) error {
	if err := mailbox.Claim(ctx, s.Store, tx, s.Ring, business); err != nil {
		return err
	}
	// First those that are there: their rows are locked before the transaction's first read.
	for _, f := range p.extend {
		if err := s.extend(ctx, tx, business, f); err != nil {
			return err
		}
	}
	if err := s.addFamilies(ctx, tx, business, p.add); err != nil {
		return err
	}
	if err := s.alone(ctx, tx, business, p); err != nil {
		return err
	}
	if err := s.policies().Recount(ctx, tx, business); err != nil {
		return err
	}
	r := p.report
	counts := map[string]int{"families": r.Families.Added, "guardians": r.Guardians.Added, "students": r.Students.Added, "rows": r.Rows, "badRows": r.BadRows}
	facts := map[string]string{"file": filepath.Base(name)}
	details := []schematype.Detail{{Key: "file", After: filepath.Base(name)}}
	for _, k := range []string{"families", "guardians", "students", "rows", "badRows"} {
		facts[k] = strconv.Itoa(counts[k])
		details = append(details, schematype.Detail{Key: k, After: facts[k]})
	}
	_, err := audit.Record(ctx, tx, audit.Entry{ID: madeAt(tx.Now), Action: audit.FamiliesImported, Business: business, Facts: facts, Details: details})
	return err
}

// alone finds whoever signs in with an address of the file that stands there under an older root key: no index does.
// What was imported stands under the newest.
func (s *Service) alone(ctx context.Context, tx *store.Tx, business ident.ID, p *importPlan) error {
	var older [][]byte
	for _, f := range slices.Concat(p.add, p.extend) {
		for _, g := range f.Guardians {
			if keys := g.Email.Keys(s.Ring); g.CanLogIn && len(keys) > 1 {
				older = append(older, keys[1:]...)
			}
		}
	}
	return inLookups(older, func(keys [][]byte) error {
		taken, err := tx.Guardian.Query().Where(guardian.BusinessID(business), guardian.LoginKeyIn(keys...)).Exist(ctx)
		if err == nil && taken {
			err = errMeanwhile
		}
		return err
	})
}

// extend adds members to a family that is there.
func (s *Service) extend(ctx context.Context, tx *store.Tx, business ident.ID, f newFamily) error {
	h := &household{s: s, tx: tx, viewer: viewer.Viewer{Kind: viewer.System, BusinessID: business}}
	if err := h.load(ctx, f.existing.ID, "family_id"); err != nil {
		return err
	}
	if h.family.Archived {
		return errMeanwhile
	}
	before := h.keys()
	for _, g := range f.Guardians {
		made, err := s.importedGuardian(tx, business, h.family.ID, g).Save(ctx)
		if err != nil {
			return err
		}
		h.guardians = append(h.guardians, made)
	}
	for _, st := range f.Students {
		made, err := importedStudent(tx, business, h.family.ID, st).Save(ctx)
		if err != nil {
			return err
		}
		h.students = append(h.students, made)
	}
	return h.finish(ctx, before)
}

func (s *Service) addFamilies(ctx context.Context, tx *store.Tx, business ident.ID, add []newFamily) error {
	var families []*ent.FamilyCreate
	var guardians []*ent.GuardianCreate
	var students []*ent.StudentCreate
	var keys []*ent.FamilySearchKeyCreate
	for _, f := range add {
		id := ident.New()
		names, emails, phones := []string{f.Name}, []string{}, []string{}
		anyLogin := false
		for _, g := range f.Guardians {
			names, emails, phones = append(names, g.Name), append(emails, g.Email.Address), append(phones, g.Phone.E164)
			anyLogin = anyLogin || g.CanLogIn
			guardians = append(guardians, s.importedGuardian(tx, business, id, g))
		}
		for _, st := range f.Students {
			names = append(names, st.Name)
			students = append(students, importedStudent(tx, business, id, st))
		}
		l := listed{nameKey: search.SortKey(f.Name)}
		families = append(families, tx.Family.Create().SetID(id).SetBusinessID(business).SetName(f.Name).
			SetNameKey(l.nameKey).SetExternalKey(f.Key).SetAnyCanLogIn(anyLogin).
			SetCreatedAt(tx.Now).SetUpdatedAt(tx.Now))
		keys = append(keys, searchKeys(tx, business, id, l, search.Keys(names, emails, phones))...)
	}
	// Parents before children; a statement that failed ends the transaction, so nothing may follow it.
	if err := inBatches(families, func(batch []*ent.FamilyCreate) error { return tx.Family.CreateBulk(batch...).Exec(ctx) }); err != nil {
		return err
	}
	if err := inBatches(guardians, func(batch []*ent.GuardianCreate) error { return tx.Guardian.CreateBulk(batch...).Exec(ctx) }); err != nil {
		return err
	}
	if err := inBatches(students, func(batch []*ent.StudentCreate) error { return tx.Student.CreateBulk(batch...).Exec(ctx) }); err != nil {
		return err
	}
	return inBatches(keys, func(batch []*ent.FamilySearchKeyCreate) error {
		return tx.FamilySearchKey.CreateBulk(batch...).Exec(ctx)
	})
}

// madeAt returns a fresh identifier of that moment: history is ordered by identifiers, also when a demo
// writes it with the clock of a month ago.
func madeAt(t time.Time) ident.ID {
	id, fresh := ident.At(t), ident.New()
	copy(id[6:], fresh[6:])
	return id
}

func inBatches[T any](all []T, insert func([]T) error) error {
	for batch := range slices.Chunk(all, importBatch) {
		if err := insert(batch); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) importedGuardian(tx *store.Tx, business, family ident.ID, g csvfile.Guardian) *ent.GuardianCreate {
	create := tx.Guardian.Create().SetID(ident.New()).SetBusinessID(business).SetFamilyID(family).SetExternalKey(g.Key).
		SetName(g.Name).SetRelation(g.Relation).SetLocale(g.Language).
		SetEmail(g.Email.Address).SetPhone(g.Phone.E164).SetPhoneMobile(g.Phone.Mobile).
		SetCanLogIn(g.CanLogIn).SetCreatedAt(tx.Now).SetUpdatedAt(tx.Now)
	if key := g.Email.Key(s.Ring); key != nil {
		create.SetEmailKey(key)
		if g.CanLogIn {
			create.SetLoginKey(slices.Clone(key))
		}
	}
	return create
}

func importedStudent(tx *store.Tx, business, family ident.ID, st csvfile.Student) *ent.StudentCreate {
	return tx.Student.Create().SetID(ident.New()).SetBusinessID(business).SetFamilyID(family).SetExternalKey(st.Key).
		SetName(st.Name).SetBirthDate(st.BirthDate).SetCreatedAt(tx.Now).SetUpdatedAt(tx.Now)
}
