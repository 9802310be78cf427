package family

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"officeportal/ent"
	"officeportal/ent/family"
	"officeportal/ent/guardian"
	"officeportal/ent/student"
	"officeportal/internal/family/csvfile"
	"officeportal/internal/ident"
)

// Keys of one SELECT … IN.
const lookupBatch = 500

// present is what the business has of a file already.
type present struct {
	families  map[string]*ent.Family     // by the key of the other system
	guardians map[string]*ent.Guardian   // the same
	students  map[string]*ent.Student    // the same
	addresses map[string][]*ent.Guardian // by canonical address
	names     map[ident.ID]string        // of the families of addresses
}

// planImport compares the file with what is there. It only reads.
func (s *Service) planImport(ctx context.Context, business ident.ID, file csvfile.File) (*importPlan, error) {
	have, err := s.present(ctx, business, file)
	if err != nil {
		return nil, err
	}
	p := &importPlan{report: ImportReport{Rows: file.Rows, BadRows: file.BadRows, Issues: slices.Clone(file.Issues)}}
	for _, f := range file.Families {
		there := have.families[f.Key]
		todo := newFamily{existing: there, Family: csvfile.Family{Key: f.Key, Name: f.Name, Line: f.Line}}
		for _, g := range f.Guardians {
			if s.planGuardian(p, have, there, g) {
				todo.Guardians = append(todo.Guardians, g)
			}
		}
		for _, st := range f.Students {
			if planStudent(p, have, there, st) {
				todo.Students = append(todo.Students, st)
			}
		}
		p.place(todo)
	}
	slices.SortStableFunc(p.report.Issues, func(a, b csvfile.Issue) int { return cmp.Compare(a.Line, b.Line) })
	return p, nil
}

// place counts the family and puts it where it belongs.
func (p *importPlan) place(f newFamily) {
	members := len(f.Guardians) + len(f.Students)
	switch {
	case f.existing == nil && members > 0:
		p.add = append(p.add, f)
		p.report.Families.Added++
	case f.existing == nil: // all of its rows were bad
	default:
		if f.existing.Name == f.Name {
			p.report.Families.Unchanged++
		} else {
			p.report.Families.Differing++
			p.warn(f.Line, "family", left)
		}
		if members > 0 {
			p.extend = append(p.extend, f)
		}
	}
}

const left = "differs from what the office has now, which is left as it is"

func (p *importPlan) warn(line int, column, message string) {
	p.report.Issues = append(p.report.Issues, csvfile.Issue{Line: line, Column: column, Message: message, Warning: true})
}

func (p *importPlan) refuse(line int, column, message string) {
	p.report.Issues = append(p.report.Issues, csvfile.Issue{Line: line, Column: column, Message: message})
	p.report.BadRows++
}

// planGuardian reports whether the guardian is to be added.
func (s *Service) planGuardian(p *importPlan, have *present, there *ent.Family, g csvfile.Guardian) bool {
	if old := have.guardians[g.Key]; old != nil {
		if column := differing(
			"name", old.Name, g.Name, "relation", old.Relation, g.Relation, "email", old.Email, g.Email.Address,
			"phone", old.Phone, g.Phone.E164, "can_log_in", yesNo(old.CanLogIn), yesNo(g.CanLogIn), "language", old.Locale, g.Language,
		); column != "" {
			p.report.Guardians.Differing++
			p.warn(g.Line, column, left)
		} else {
			p.report.Guardians.Unchanged++
		}
		return false
	}
	if there != nil && there.Archived {
		p.refuse(g.Line, "family_id", "the family is archived")
		return false
	}
	others := have.addresses[g.Email.Canonical]
	for _, o := range others {
		if g.CanLogIn && logsIn(o) {
			p.refuse(g.Line, "email", fmt.Sprintf("%s of the family %s signs in with this address already", o.Name, have.names[o.FamilyID]))
			return false
		}
	}
	for _, o := range others {
		if there == nil || o.FamilyID != there.ID {
			p.warn(g.Line, "email", fmt.Sprintf("%s of the family %s has this address too", o.Name, have.names[o.FamilyID]))
			break
		}
	}
	p.report.Guardians.Added++
	return true
}

// planStudent reports whether the student is to be added.
func planStudent(p *importPlan, have *present, there *ent.Family, st csvfile.Student) bool {
	if old := have.students[st.Key]; old != nil {
		if column := differing("name", old.Name, st.Name, "birth_date", old.BirthDate, st.BirthDate); column != "" {
			p.report.Students.Differing++
			p.warn(st.Line, column, left)
		} else {
			p.report.Students.Unchanged++
		}
		return false
	}
	if there != nil && there.Archived {
		p.refuse(st.Line, "family_id", "the family is archived")
		return false
	}
	p.report.Students.Added++
	return true
}

// differing returns the first column of the triples column, before, after whose values differ.
func differing(triples ...string) string {
	for t := range slices.Chunk(triples, 3) {
		if t[1] != t[2] {
			return t[0]
		}
	}
	return ""
}

func (s *Service) present(ctx context.Context, business ident.ID, file csvfile.File) (*present, error) {
	var families, guardians, students []string
	var addresses [][]byte
	for _, f := range file.Families {
		families = append(families, f.Key)
		for _, g := range f.Guardians {
			guardians = append(guardians, g.Key)
			addresses = append(addresses, g.Email.Keys(s.Ring)...)
		}
		for _, st := range f.Students {
			students = append(students, st.Key)
		}
	}
	have := &present{families: map[string]*ent.Family{}, guardians: map[string]*ent.Guardian{}, students: map[string]*ent.Student{},
		addresses: map[string][]*ent.Guardian{}, names: map[ident.ID]string{}}
	c := s.Store.Client
	err := inLookups(families, func(keys []string) error {
		found, err := c.Family.Query().Where(family.BusinessID(business), family.ExternalKeyIn(keys...)).All(ctx)
		for _, f := range found {
			have.families[*f.ExternalKey] = f
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = inLookups(guardians, func(keys []string) error {
		found, err := c.Guardian.Query().Where(guardian.BusinessID(business), guardian.ExternalKeyIn(keys...)).All(ctx)
		for _, g := range found {
			have.guardians[*g.ExternalKey] = g
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = inLookups(students, func(keys []string) error {
		found, err := c.Student.Query().Where(student.BusinessID(business), student.ExternalKeyIn(keys...)).All(ctx)
		for _, st := range found {
			have.students[*st.ExternalKey] = st
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return have, inLookups(addresses, func(keys [][]byte) error {
		found, err := c.Guardian.Query().Where(guardian.BusinessID(business), guardian.EmailKeyIn(keys...)).WithFamily().All(ctx)
		for _, g := range found {
			key := storedEmail(g).Canonical
			have.addresses[key] = append(have.addresses[key], g)
			have.names[g.FamilyID] = g.Edges.Family.Name
		}
		return err
	})
}

func inLookups[K any](keys []K, find func([]K) error) error {
	for chunk := range slices.Chunk(keys, lookupBatch) {
		if err := find(chunk); err != nil {
			return err
		}
	}
	return nil
}
