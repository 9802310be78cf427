package policy

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"

	"officeportal/ent"
	"officeportal/ent/businesspolicy"
	"officeportal/ent/guardian"
	"officeportal/ent/policyacceptance"
	"officeportal/ent/policyversion"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/student"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Item is one policy that a guardian accepts: the version that was shown, and the student where there is one.
type Item struct{ VersionID, StudentID ident.ID }

// errTaken ends a transaction in which another one's acceptance turned out to stand already.
var errTaken = errors.New("policy: accepted by somebody else at the same moment")

// Accept records that the signed-in guardian accepts exactly the versions that were shown, all of them or none, with
// the evidence: the text's hash, address, device, session, and how the password that signed in had been set. Nobody
// else may call it. It takes the place of a form that the office recorded. It refuses with Forbidden, Invalid,
// Required and NotFound for the input, NotCurrentVersion (with the version to read instead) and AlreadyAccepted.
func (s *Service) Accept(ctx context.Context, items []Item) ([]*ent.PolicyAcceptance, error) {
	v := viewer.From(ctx)
	if v.Kind != viewer.Guardian {
		return nil, fault.New(fault.Forbidden, "policy.guardianOnly")
	}
	ctx = store.WithFresh(ctx)
	entry := audit.Entry{Action: audit.PolicyAccepted, Family: v.FamilyID, Guardian: v.PersonID, Facts: map[string]string{"guardian": v.Name}}
	if wrong := checkItems(items); wrong != nil {
		return nil, s.refusedEntry(ctx, entry, wrong)
	}
	var made []*ent.PolicyAcceptance
	var read map[ident.ID]*ent.PolicyVersion
	var err error
	for range 3 { // whoever loses a race looks again, and finds what stands
		err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			made, read, err = s.accept(ctx, tx, v, items, entry.Facts)
			return err
		})
		if !errors.Is(err, errTaken) && !store.IsUniqueViolation(err) {
			break
		}
	}
	if err != nil {
		return nil, s.refusedEntry(ctx, entry, err)
	}
	return unwrapped(made), s.settle(ctx, v.BusinessID, v.FamilyID, read)
}

func checkItems(items []Item) error {
	if len(items) == 0 || len(items) > MaxItems {
		return fault.Refuse(fault.At(fault.Invalid, "items", "policy.items", "max", MaxItems))
	}
	var wrong []fault.Field
	seen := map[Item]bool{}
	for i, item := range items {
		if seen[item] {
			wrong = append(wrong, atItem(i, "policyVersionId", fault.Invalid, "policy.twice"))
		}
		seen[item] = true
	}
	return fault.Refuse(wrong...)
}

func atItem(i int, field string, code fault.Code, text string, args ...any) fault.Field {
	f := fault.At(code, "items", text, args...)
	f.Path = append(f.Path, strconv.Itoa(i), field)
	return f
}

// line is an item with everything that belongs to it.
type line struct {
	version *ent.PolicyVersion // with its policy
	student *ent.Student
	slot    []byte
	form    *ent.PolicyAcceptance // the manual acceptance whose place is taken
}

func (s *Service) accept(ctx context.Context, tx *store.Tx, v viewer.Viewer, items []Item, facts map[string]string) ([]*ent.PolicyAcceptance, map[ident.ID]*ent.PolicyVersion, error) {
	there, err := lockFamily(ctx, tx, v.BusinessID, v.FamilyID)
	if err != nil {
		return nil, nil, err
	}
	if !there {
		return nil, nil, fault.New(fault.Forbidden, "policy.guardianOnly")
	}
	evidence, err := evidenceOf(ctx, tx, v)
	if err != nil {
		return nil, nil, err
	}
	lines, read, err := linesOf(ctx, tx, v, items)
	if len(lines) > 0 {
		facts["policy"] = lines[0].version.Title
	}
	if err != nil {
		return nil, nil, err
	}
	made := make([]*ent.PolicyAcceptance, len(lines))
	for i, l := range lines {
		if made[i], err = electronic(ctx, tx, v, l, evidence); err != nil {
			return nil, nil, err
		}
	}
	return made, read, s.FamilyChanged(ctx, tx, v.BusinessID, v.FamilyID)
}

// linesOf looks up what the items name, and says of every one that can't be accepted why. What was read is returned
// with a refusal too.
func linesOf(ctx context.Context, tx *store.Tx, v viewer.Viewer, items []Item) ([]line, map[ident.ID]*ent.PolicyVersion, error) {
	versionIDs, studentIDs := make([]ident.ID, len(items)), make([]ident.ID, len(items))
	for i, item := range items {
		versionIDs[i], studentIDs[i] = item.VersionID, item.StudentID
	}
	versions, err := tx.PolicyVersion.Query().Where(policyversion.BusinessID(v.BusinessID), policyversion.IDIn(versionIDs...)).WithPolicy().All(ctx)
	if err != nil {
		return nil, nil, err
	}
	students, err := tx.Student.Query().
		Where(student.BusinessID(v.BusinessID), student.FamilyID(v.FamilyID), student.IDIn(studentIDs...), student.Archived(false)).All(ctx)
	if err != nil {
		return nil, nil, err
	}
	had, err := tx.PolicyAcceptance.Query().
		Where(policyacceptance.BusinessID(v.BusinessID), policyacceptance.FamilyID(v.FamilyID), policyacceptance.SlotNotNil()).All(ctx)
	if err != nil {
		return nil, nil, err
	}
	read := map[ident.ID]*ent.PolicyVersion{}
	for _, version := range versions {
		read[version.ID] = version
	}
	pupils := map[ident.ID]*ent.Student{}
	for _, st := range students {
		pupils[st.ID] = st
	}
	var lines []line
	var wrong []fault.Field
	for i, item := range items {
		l := line{version: read[item.VersionID], student: pupils[item.StudentID]}
		if l.version == nil {
			wrong = append(wrong, atItem(i, "policyVersionId", fault.NotFound, "error.notFound"))
			continue
		}
		lines = append(lines, l)
		policy := l.version.Edges.Policy
		if f, err := currentOnly(ctx, tx, i, l.version); err != nil || f != nil {
			if err != nil {
				return nil, nil, err
			}
			wrong = append(wrong, *f)
			continue
		}
		switch {
		case policy.Scope == schematype.FamilyScope && !item.StudentID.IsZero():
			wrong = append(wrong, atItem(i, "studentId", fault.Invalid, "policy.studentUnneeded"))
			continue
		case policy.Scope == schematype.StudentScope && item.StudentID.IsZero():
			wrong = append(wrong, atItem(i, "studentId", fault.Required, "policy.studentNeeded"))
			continue
		case policy.Scope == schematype.StudentScope && l.student == nil:
			wrong = append(wrong, atItem(i, "studentId", fault.NotFound, "error.notFound"))
			continue
		}
		l.slot = slotOf(l.version, v.FamilyID, item.StudentID)
		for _, a := range had {
			switch {
			case !stands(a, l.slot):
			case a.Method == schematype.Electronic:
				wrong = append(wrong, atItem(i, "policyVersionId", fault.AlreadyAccepted, "policy.accepted", "policy", l.version.Title))
			default:
				l.form = a
			}
		}
		lines[len(lines)-1] = l
	}
	return lines, read, fault.Refuse(wrong...)
}

// currentOnly refuses a version that is not the current one, and says which is.
func currentOnly(ctx context.Context, tx *store.Tx, i int, version *ent.PolicyVersion) (*fault.Field, error) {
	policy := version.Edges.Policy
	if policy.RetiredAt == nil && policy.CurrentVersionID != nil && *policy.CurrentVersionID == version.ID {
		return nil, nil
	}
	f := atItem(i, "policyVersionId", fault.NotCurrentVersion, "policy.noLonger", "policy", policy.Title)
	if policy.RetiredAt == nil && policy.CurrentVersionID != nil {
		current, err := versionByID(ctx, tx, version.BusinessID, *policy.CurrentVersionID)
		if err != nil {
			return nil, err
		}
		f.Text, f.Current = "policy.notCurrent", current.Unwrap()
	}
	return &f, nil
}

// evidence is how the password had been set that signed in.
type evidence struct {
	origin schematype.PasswordOrigin
	link   *ent.ResetToken // nil when no link set it
}

func evidenceOf(ctx context.Context, tx *store.Tx, v viewer.Viewer) (evidence, error) {
	g, err := tx.Guardian.Query().Where(guardian.BusinessID(v.BusinessID), guardian.ID(v.PersonID)).Only(ctx)
	if err != nil || g.PasswordResetID == nil {
		if err != nil {
			return evidence{}, err
		}
		return evidence{origin: g.PasswordOrigin}, nil
	}
	link, err := tx.ResetToken.Query().
		Where(resettoken.BusinessID(v.BusinessID), resettoken.ID(*g.PasswordResetID)).Only(inside(ctx, v.BusinessID))
	if err != nil && !ent.IsNotFound(err) {
		return evidence{}, err
	}
	return evidence{g.PasswordOrigin, link}, nil
}

// electronic writes one acceptance by the guardian who asks, and takes the place of a form.
func electronic(ctx context.Context, tx *store.Tx, v viewer.Viewer, l line, how evidence) (*ent.PolicyAcceptance, error) {
	id, auditID, request := madeAt(tx.Now), madeAt(tx.Now), viewer.RequestFrom(ctx)
	if l.form != nil {
		n, err := tx.PolicyAcceptance.Update().
			Where(policyacceptance.BusinessID(v.BusinessID), policyacceptance.ID(l.form.ID), policyacceptance.Slot(l.slot), policyacceptance.MethodEQ(schematype.Manual)).
			ClearSlot().SetSupersededAt(tx.Now).SetSupersededBy(id).Save(ctx)
		if err != nil {
			return nil, err
		}
		if n != 1 {
			return nil, errTaken
		}
	}
	create := tx.PolicyAcceptance.Create().SetID(id).SetBusinessID(v.BusinessID).SetPolicyID(l.version.PolicyID).
		SetPolicyVersionID(l.version.ID).SetVersionNumber(l.version.Number).SetFamilyID(v.FamilyID).
		SetMethod(schematype.Electronic).SetAcceptedBy(v.PersonID).SetRecordedAt(tx.Now).SetTextHash(l.version.BodyHash).
		SetIPAddress(request.Address).SetAgent(audit.Clean(request.Agent, 300)).SetPasswordOrigin(how.origin).
		SetSlot(l.slot).SetAuditID(auditID).SetCreatedAt(tx.Now)
	if !v.SessionID.IsZero() {
		create.SetSessionID(v.SessionID)
	}
	facts := map[string]string{"guardian": v.Name, "policy": l.version.Title}
	if l.student != nil {
		create.SetStudentID(l.student.ID)
		facts["student"] = l.student.Name
	}
	details := []schematype.Detail{{Key: "version", After: strconv.Itoa(l.version.Number)}, {Key: "textHash", After: hex.EncodeToString(l.version.BodyHash)}}
	if how.origin != "" {
		details = append(details, schematype.Detail{Key: "passwordOrigin", After: string(how.origin)})
	}
	if how.link != nil {
		create.SetPasswordResetID(how.link.ID).SetPasswordChannel(how.link.Channel).SetContactChangedByStaff(how.link.ContactChangedByStaff).
			SetNillableContactChangedBy(how.link.ContactChangedBy).SetNillableContactChangedAt(how.link.ContactChangedAt)
		details = append(details, schematype.Detail{Key: "passwordChannel", After: string(how.link.Channel)},
			schematype.Detail{Key: "contactChangedByStaff", After: yesNo(how.link.ContactChangedByStaff)})
	}
	made, err := create.Save(ctx)
	if err != nil {
		return nil, err
	}
	_, err = audit.Record(ctx, tx, audit.Entry{ID: auditID, Action: audit.PolicyAccepted, Family: v.FamilyID, Guardian: v.PersonID,
		SubjectType: audit.SubjectAccepted, Subject: id, Facts: facts, Details: details})
	return made, err
}

// settle looks once more whether what was accepted is still what is asked: where several nodes take writes, a new
// version may have been put into effect on another one at the same moment, and have looked through the family before
// this acceptance was there.
func (s *Service) settle(ctx context.Context, business, family ident.ID, read map[ident.ID]*ent.PolicyVersion) error {
	ids := make([]ident.ID, 0, len(read))
	for id := range read {
		ids = append(ids, id)
	}
	n, err := s.Store.Client.BusinessPolicy.Query().
		Where(businesspolicy.BusinessID(business), businesspolicy.CurrentVersionIDIn(ids...), businesspolicy.RetiredAtIsNil()).Count(ctx)
	if err != nil || n == len(ids) {
		return err
	}
	return s.Store.WithTx(inside(ctx, business), func(ctx context.Context, tx *store.Tx) error {
		if there, err := lockFamily(ctx, tx, business, family); err != nil || !there {
			return err
		}
		return s.FamilyChanged(ctx, tx, business, family)
	})
}

func unwrapped(rows []*ent.PolicyAcceptance) []*ent.PolicyAcceptance {
	out := make([]*ent.PolicyAcceptance, len(rows))
	for i, r := range rows {
		out[i] = r.Unwrap()
	}
	return out
}
