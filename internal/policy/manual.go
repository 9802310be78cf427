package policy

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"officeportal/ent"
	"officeportal/ent/guardian"
	"officeportal/ent/policyacceptance"
	"officeportal/ent/policyscan"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/student"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// oldestForm is the first day that can be the date on a form.
const oldestForm = "1950-01-01"

// ManualInput is a signed, printed form that is on file.
type ManualInput struct {
	GuardianID, VersionID ident.ID
	// StudentID is zero for a policy of the family.
	StudentID  ident.ID
	FormOnFile bool
	// SignedOn is YYYY-MM-DD.
	SignedOn string
	Note     string
	// ScanID is zero for none.
	ScanID ident.ID
}

// Recorded is what came of recording a form.
type Recorded struct {
	Acceptance *ent.PolicyAcceptance
	Family     *ent.Family
	AuditID    ident.ID
}

// RecordManual records that a guardian of the family signed a printed form that is on file: an acceptance of another
// type than the guardian's own, which takes its place later. Staff with POLICIES_MANAGE may call it. It refuses with
// Forbidden, Invalid and Required for the input, NotFound, NotCurrentVersion for a form of a version that does not
// count any more, and AlreadyAccepted.
func (s *Service) RecordManual(ctx context.Context, in ManualInput) (Recorded, error) {
	v, err := manager(ctx)
	if err != nil {
		return Recorded{}, err
	}
	ctx = store.WithFresh(ctx)
	in.Note = strings.TrimSpace(in.Note)
	entry := audit.Entry{Action: audit.PolicyManuallyAccepted, Facts: map[string]string{}}
	wrong := checkForm(in, s.Store.Now().In(v.Business.Location()).Format(time.DateOnly))
	// A guardian's family never changes, so that it may be read before the family is locked.
	g, err := s.Store.Client.Guardian.Query().Where(guardian.BusinessID(v.BusinessID), guardian.ID(in.GuardianID)).
		Select(guardian.FieldFamilyID).Only(inside(ctx, v.BusinessID))
	if ent.IsNotFound(err) {
		err = fault.Refuse(append(wrong, fault.At(fault.NotFound, "guardianId", "error.notFound"))...)
		return Recorded{}, s.refusedEntry(ctx, entry, err)
	}
	if err != nil {
		return Recorded{}, err
	}
	var out Recorded
	for range 3 {
		err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			out, err = s.recordManual(ctx, tx, v, g.FamilyID, in, wrong, &entry)
			return err
		})
		if !errors.Is(err, errTaken) && !store.IsUniqueViolation(err) {
			break
		}
	}
	if err != nil {
		return Recorded{}, s.refusedEntry(ctx, entry, err)
	}
	out.Acceptance, out.Family = out.Acceptance.Unwrap(), out.Family.Unwrap()
	return out, nil
}

func checkForm(in ManualInput, today string) []fault.Field {
	var wrong []fault.Field
	if !in.FormOnFile {
		wrong = append(wrong, fault.At(fault.Required, "formOnFile", "policy.formOnFile"))
	}
	_, err := time.Parse(time.DateOnly, in.SignedOn)
	switch {
	case err != nil:
		wrong = append(wrong, fault.At(fault.Invalid, "signedOn", "policy.date"))
	case in.SignedOn > today:
		wrong = append(wrong, fault.At(fault.Invalid, "signedOn", "policy.signedFuture"))
	case in.SignedOn < oldestForm:
		wrong = append(wrong, fault.At(fault.Invalid, "signedOn", "policy.signedPast"))
	}
	switch {
	case utf8.RuneCountInString(in.Note) > maxPaper:
		wrong = append(wrong, fault.At(fault.Invalid, "note", "error.tooLong", "max", maxPaper))
	case !utf8.ValidString(in.Note) || strings.ContainsFunc(in.Note, hidden):
		wrong = append(wrong, fault.At(fault.Invalid, "note", "policy.characters"))
	}
	return wrong
}

// recordManual reads for staff that may manage policies without seeing families. The entry learns on the way whom it
// is about, so that a refusal can be told as well.
func (s *Service) recordManual(ctx context.Context, tx *store.Tx, v viewer.Viewer, family ident.ID, in ManualInput, wrong []fault.Field, entry *audit.Entry) (Recorded, error) {
	product := inside(ctx, v.BusinessID)
	if _, err := lockFamily(ctx, tx, v.BusinessID, family); err != nil {
		return Recorded{}, err
	}
	g, err := tx.Guardian.Query().Where(guardian.BusinessID(v.BusinessID), guardian.ID(in.GuardianID)).WithFamily().Only(product)
	if err != nil {
		return Recorded{}, err
	}
	entry.Family, entry.Guardian = g.FamilyID, g.ID
	entry.Facts["guardian"], entry.Facts["family"] = g.Name, g.Edges.Family.Name
	l, more, err := formOf(ctx, tx, v, g, in)
	if err != nil {
		return Recorded{}, err
	}
	if l.version != nil {
		entry.Facts["policy"] = l.version.Title
	}
	if l.student != nil {
		entry.Facts["student"] = l.student.Name
	}
	if err := fault.Refuse(append(wrong, more...)...); err != nil {
		return Recorded{}, err
	}
	made, auditID, err := manual(ctx, tx, v, g, l, in, *entry)
	if err != nil {
		return Recorded{}, err
	}
	if err := s.FamilyChanged(ctx, tx, v.BusinessID, g.FamilyID); err != nil {
		return Recorded{}, err
	}
	now, err := tx.Family.Get(product, g.FamilyID)
	return Recorded{made, now, auditID}, err
}

// formOf looks up what the form is of, and says all that is wrong with it.
func formOf(ctx context.Context, tx *store.Tx, v viewer.Viewer, g *ent.Guardian, in ManualInput) (l line, wrong []fault.Field, err error) {
	refuse := func(code fault.Code, field, text string, args ...any) {
		wrong = append(wrong, fault.At(code, field, text, args...))
	}
	if g.Edges.Family.Archived {
		wrong = append(wrong, fault.Field{Code: fault.Invalid, Text: "family.familyArchived"})
	}
	l.version, err = versionByID(ctx, tx, v.BusinessID, in.VersionID)
	if ent.IsNotFound(err) {
		refuse(fault.NotFound, "policyVersionId", "error.notFound")
		return l, wrong, nil
	}
	if err != nil {
		return l, nil, err
	}
	policy := l.version.Edges.Policy
	current, err := currentOf(ctx, tx, policy)
	if err != nil {
		return l, nil, err
	}
	switch {
	case current == nil:
		refuse(fault.NotCurrentVersion, "policyVersionId", "policy.noLonger", "policy", policy.Title)
	case l.version.Number < current.AcceptedFrom || l.version.Number > current.Number || l.version.ActivatedAt == nil:
		refuse(fault.NotCurrentVersion, "policyVersionId", "policy.notCurrent", "policy", policy.Title)
		wrong[len(wrong)-1].Current = current.Unwrap()
	}
	switch {
	case policy.Scope == schematype.FamilyScope && !in.StudentID.IsZero():
		refuse(fault.Invalid, "studentId", "policy.studentUnneeded")
	case policy.Scope == schematype.StudentScope && in.StudentID.IsZero():
		refuse(fault.Required, "studentId", "policy.studentNeeded")
	case policy.Scope == schematype.StudentScope:
		l.student, err = tx.Student.Query().
			Where(student.BusinessID(v.BusinessID), student.FamilyID(g.FamilyID), student.ID(in.StudentID)).Only(inside(ctx, v.BusinessID))
		switch {
		case ent.IsNotFound(err):
			refuse(fault.NotFound, "studentId", "error.notFound")
		case err != nil:
			return l, nil, err
		case l.student.Archived:
			refuse(fault.Invalid, "studentId", "family.studentArchived")
		}
	}
	l.slot = slotOf(l.version, g.FamilyID, in.StudentID)
	taken, err := tx.PolicyAcceptance.Query().Where(policyacceptance.BusinessID(v.BusinessID), policyacceptance.Slot(l.slot)).Exist(ctx)
	if err != nil {
		return l, nil, err
	}
	if taken {
		refuse(fault.AlreadyAccepted, "policyVersionId", "policy.accepted", "policy", l.version.Title)
	}
	return l, wrong, nil
}

// currentOf returns the version in effect; nil when there is none, or the policy is retired.
func currentOf(ctx context.Context, tx *store.Tx, policy *ent.BusinessPolicy) (*ent.PolicyVersion, error) {
	if policy.RetiredAt != nil || policy.CurrentVersionID == nil {
		return nil, nil
	}
	return versionByID(ctx, tx, policy.BusinessID, *policy.CurrentVersionID)
}

func manual(ctx context.Context, tx *store.Tx, v viewer.Viewer, g *ent.Guardian, l line, in ManualInput, entry audit.Entry) (*ent.PolicyAcceptance, ident.ID, error) {
	id, auditID, request := madeAt(tx.Now), madeAt(tx.Now), viewer.RequestFrom(ctx)
	create := tx.PolicyAcceptance.Create().SetID(id).SetBusinessID(v.BusinessID).SetPolicyID(l.version.PolicyID).
		SetPolicyVersionID(l.version.ID).SetVersionNumber(l.version.Number).SetFamilyID(g.FamilyID).
		SetMethod(schematype.Manual).SetAcceptedBy(g.ID).SetRecordedBy(v.PersonID).SetRecordedAt(tx.Now).SetTextHash(l.version.BodyHash).
		SetSignedOn(in.SignedOn).SetNote(in.Note).SetIPAddress(request.Address).SetAgent(audit.Clean(request.Agent, 300)).
		SetSlot(l.slot).SetAuditID(auditID).SetCreatedAt(tx.Now)
	if !v.SessionID.IsZero() {
		create.SetSessionID(v.SessionID)
	}
	if l.student != nil {
		create.SetStudentID(l.student.ID)
	}
	made, err := create.Save(ctx)
	if err != nil {
		return nil, ident.ID{}, err
	}
	entry.ID, entry.SubjectType, entry.Subject = auditID, audit.SubjectAccepted, id
	entry.Details = []schematype.Detail{{Key: "version", After: strconv.Itoa(l.version.Number)}, {Key: "signedOn", After: in.SignedOn},
		{Key: "textHash", After: hex.EncodeToString(l.version.BodyHash)}}
	if in.Note != "" {
		entry.Details = append(entry.Details, schematype.Detail{Key: "note", After: in.Note})
	}
	if !in.ScanID.IsZero() {
		n, err := tx.PolicyScan.Update().
			Where(policyscan.BusinessID(v.BusinessID), policyscan.ID(in.ScanID), policyscan.AcceptanceIDIsNil(), policyscan.CreatedAtGT(tx.Now.Add(-unrecordedLife))).
			SetAcceptanceID(id).Save(ctx)
		if err != nil {
			return nil, ident.ID{}, err
		}
		if n != 1 {
			return nil, ident.ID{}, fault.Refuse(fault.At(fault.NotFound, "scanId", "policy.scanMissing"))
		}
		entry.Details = append(entry.Details, schematype.Detail{Key: "scan", After: audit.SubjectScan + "_" + in.ScanID.String()})
	}
	_, err = audit.Record(ctx, tx, entry)
	return made, auditID, err
}
