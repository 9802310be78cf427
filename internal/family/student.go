package family

import (
	"context"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/student"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
)

// AddStudent adds a student to a family.
func (s *Service) AddStudent(ctx context.Context, in AddStudentInput) (*ent.Student, error) {
	ctx, v, err := writer(ctx)
	if err != nil {
		return nil, err
	}
	var c checker
	name, born := c.name("name", in.Name), c.birthDate("birthDate", in.BirthDate, s.Store.Now())
	var made *ent.Student
	err = s.inFamily(ctx, v, in.FamilyID, "familyId", func(ctx context.Context, h *household) (err error) {
		if err := h.present(); err != nil {
			return err
		}
		if err := fault.Refuse(c.problems...); err != nil {
			return err
		}
		made, err = h.tx.Student.Create().SetBusinessID(v.BusinessID).SetFamilyID(h.family.ID).
			SetName(name).SetBirthDate(born).SetUpdatedBy(v.PersonID).SetCreatedAt(h.tx.Now).SetUpdatedAt(h.tx.Now).Save(ctx)
		if err != nil {
			return err
		}
		h.students = append(h.students, made)
		return h.recordStudent(ctx, audit.StudentAdded, made,
			filled(schematype.Detail{Key: "name", After: name}, schematype.Detail{Key: "birthDate", After: born})...)
	})
	if err != nil {
		return nil, err
	}
	return made.Unwrap(), nil
}

// UpdateStudent changes a student.
func (s *Service) UpdateStudent(ctx context.Context, in UpdateStudentInput) (*ent.Student, error) {
	var c checker
	var name, born string
	if in.Name != nil {
		name = c.name("name", *in.Name)
	}
	if in.BirthDate != nil {
		born = c.birthDate("birthDate", *in.BirthDate, s.Store.Now())
	}
	id := VersionedID{in.StudentID, in.Version}
	return s.changeStudent(ctx, id, func(ctx context.Context, h *household, i int) error {
		before := h.students[i]
		if before.Archived && !h.family.Archived {
			return fault.New(fault.Invalid, "family.studentArchived")
		}
		if err := fault.Refuse(c.problems...); err != nil {
			return err
		}
		var details []schematype.Detail
		if in.Name != nil && name != before.Name {
			details = append(details, schematype.Detail{Key: "name", Before: before.Name, After: name})
		}
		if in.BirthDate != nil && born != before.BirthDate {
			details = append(details, schematype.Detail{Key: "birthDate", Before: before.BirthDate, After: born})
		}
		if len(details) == 0 {
			return errUnchanged
		}
		err := h.updateStudent(ctx, i, func(u *ent.StudentUpdate) {
			if in.Name != nil {
				u.SetName(name)
			}
			if in.BirthDate != nil {
				u.SetBirthDate(born)
			}
		})
		if err != nil {
			return err
		}
		return h.recordStudent(ctx, audit.StudentChanged, h.students[i], details...)
	})
}

// ArchiveStudent takes a student out of the family's list; nothing is deleted.
func (s *Service) ArchiveStudent(ctx context.Context, in VersionedID) (*ent.Student, error) {
	return s.archiveStudent(ctx, in, true)
}

// RestoreStudent brings an archived student back.
func (s *Service) RestoreStudent(ctx context.Context, in VersionedID) (*ent.Student, error) {
	return s.archiveStudent(ctx, in, false)
}

func (s *Service) archiveStudent(ctx context.Context, in VersionedID, archived bool) (*ent.Student, error) {
	return s.changeStudent(ctx, in, func(ctx context.Context, h *household, i int) error {
		st := h.students[i]
		if st.Archived == archived {
			return errUnchanged
		}
		if err := h.updateStudent(ctx, i, func(u *ent.StudentUpdate) { u.SetArchived(archived) }); err != nil {
			return err
		}
		about := &audit.Entry{Facts: map[string]string{"student": st.Name}}
		return h.recordArchived(ctx, audit.StudentArchived, audit.SubjectStudent, st.ID, archived, about)
	})
}

// changeStudent runs change on the student at place i of the household when it still has the version
// that was shown. Like a guardian, a student never moves to another family.
func (s *Service) changeStudent(ctx context.Context, in VersionedID, change func(ctx context.Context, h *household, i int) error) (*ent.Student, error) {
	ctx, v, err := writer(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.Store.Client.Student.Query().Where(student.BusinessID(v.BusinessID), student.ID(in.ID)).
		Select(student.FieldFamilyID).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, notFound("studentId")
	}
	if err != nil {
		return nil, err
	}
	var out *ent.Student
	err = s.inFamily(ctx, v, found.FamilyID, "studentId", func(ctx context.Context, h *household) error {
		i, st := h.student(in.ID)
		if st == nil {
			return notFound("studentId")
		}
		out = st
		if st.Version != in.Version {
			return h.stale(ctx, st.Version, st.UpdatedBy, st.UpdatedAt)
		}
		if err := h.present(); err != nil {
			return err
		}
		err := change(ctx, h, i)
		out = h.students[i]
		return err
	})
	if err != nil {
		return nil, err
	}
	return out.Unwrap(), nil
}

func (h *household) updateStudent(ctx context.Context, i int, set func(*ent.StudentUpdate)) error {
	st := h.students[i]
	u := h.tx.Student.Update().
		Where(student.BusinessID(st.BusinessID), student.ID(st.ID), student.Version(st.Version)).
		AddVersion(1).SetUpdatedAt(h.tx.Now).SetUpdatedBy(h.viewer.PersonID)
	set(u)
	n, err := u.Save(ctx)
	if err != nil {
		return err
	}
	now, err := h.tx.Student.Get(ctx, st.ID)
	if err != nil {
		return err
	}
	if n != 1 {
		return h.stale(ctx, now.Version, now.UpdatedBy, now.UpdatedAt)
	}
	h.students[i] = now
	return nil
}

func (h *household) recordStudent(ctx context.Context, action audit.Action, st *ent.Student, details ...schematype.Detail) error {
	return h.record(ctx, audit.Entry{Action: action, SubjectType: audit.SubjectStudent, Subject: st.ID,
		Facts: map[string]string{"student": st.Name}, Details: details})
}
