package policy

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"officeportal/ent"
	"officeportal/ent/businesspolicy"
	"officeportal/ent/policyversion"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/idempotency"
	"officeportal/internal/ident"
	"officeportal/internal/policy/markdown"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// farthest is how many years ahead a version may be published.
const farthest = 10

// PublishInput is a new policy, or a new version of one.
type PublishInput struct {
	// PolicyID is zero for a new policy; else Version is the edit count that was shown.
	PolicyID ident.ID
	Version  int
	Title    string
	// Scope is needed for a new policy; empty keeps that of an old one.
	Scope schematype.PolicyScope
	// Required nil is true for a new policy, and unchanged for an old one.
	Required *bool
	// Body is Markdown.
	Body string
	// EffectiveFrom is YYYY-MM-DD in the time zone of the business; empty is today.
	EffectiveFrom string
	// Material nil is true. A first version is always material.
	Material   *bool
	ChangeNote string
	// IdempotencyKey makes sending it twice publish once.
	IdempotencyKey string `json:"-"`
}

// draft is a publication whose input is right.
type draft struct {
	PublishInput
	id          ident.ID
	hash        []byte
	effectiveAt time.Time
}

// Publish publishes a new policy or a new version, which never changes from then on. One that is in effect today
// becomes the current version at once, one of a later day when that day begins. A later publication that is in effect
// earlier overtakes it: that is how a mistaken date is mended. Staff with POLICIES_MANAGE may call it. It refuses with
// Forbidden, Required and Invalid for the input, NotFound, StaleVersion and IdempotencyKeyReused. The same key with the
// same input within 24 hours publishes nothing more and answers with the version that was.
func (s *Service) Publish(ctx context.Context, in PublishInput) (*ent.PolicyVersion, *ent.BusinessPolicy, error) {
	v, err := manager(ctx)
	if err != nil {
		return nil, nil, err
	}
	ctx = store.WithFresh(ctx)
	entry := audit.Entry{Action: audit.PolicyPublished, Facts: map[string]string{"policy": in.Title}}
	if !in.PolicyID.IsZero() {
		entry.SubjectType, entry.Subject = audit.SubjectPolicy, in.PolicyID
	}
	d, wrong := checked(in)
	day := d.date(v.Business.Location(), s.Store.Now())
	if len(wrong) > 0 {
		return nil, nil, s.refusedEntry(ctx, entry, fault.Refuse(append(wrong, day...)...))
	}
	d.id = ident.New()
	var version *ent.PolicyVersion
	var policy *ent.BusinessPolicy
	err = s.Store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if err := idempotency.Claim(ctx, tx, in.IdempotencyKey, in, idempotency.ID{ID: d.id}); err != nil {
			return err
		}
		// After the key: what was published yesterday is answered today as well.
		if err := fault.Refuse(day...); err != nil {
			return err
		}
		version, policy, err = publish(ctx, tx, v, d)
		return err
	})
	switch {
	case errors.Is(err, idempotency.ErrClaimed):
		if version, policy, err = s.published(ctx, v, in); err != nil {
			return nil, nil, s.refusedEntry(ctx, entry, err)
		}
		return version, policy, nil
	case err != nil:
		return nil, nil, s.refusedEntry(ctx, entry, err)
	}
	s.Nudge()
	return version.Unwrap(), policy.Unwrap(), nil
}

// published answers with what was published under the key.
func (s *Service) published(ctx context.Context, v viewer.Viewer, in PublishInput) (*ent.PolicyVersion, *ent.BusinessPolicy, error) {
	var before idempotency.ID
	if err := idempotency.Answer(ctx, s.Store, in.IdempotencyKey, in, &before); err != nil {
		return nil, nil, err
	}
	version, err := s.Store.Client.PolicyVersion.Query().Where(policyversion.BusinessID(v.BusinessID), policyversion.ID(before.ID)).Only(ctx)
	if err != nil {
		return nil, nil, err
	}
	policy, err := s.Store.Client.BusinessPolicy.Query().Where(businesspolicy.BusinessID(v.BusinessID), businesspolicy.ID(version.PolicyID)).Only(ctx)
	return version, policy, err
}

// checked returns what the input says and what is wrong with it, but for the date.
func checked(in PublishInput) (draft, []fault.Field) {
	var wrong []fault.Field
	refuse := func(f fault.Field) { wrong = append(wrong, f) }
	var err error
	var long contact.TooLongError
	switch in.Title, err = contact.ParseName(in.Title, maxTitle); {
	case errors.Is(err, contact.ErrNameEmpty):
		refuse(fault.At(fault.Required, "title", "error.required"))
	case errors.As(err, &long):
		refuse(fault.At(fault.Invalid, "title", "error.tooLong", "max", maxTitle))
	case err != nil:
		refuse(fault.At(fault.Invalid, "title", "policy.characters"))
	}
	if in.PolicyID.IsZero() && in.Scope == "" {
		refuse(fault.At(fault.Required, "scope", "error.required"))
	}
	in.Body = strings.TrimRight(strings.ReplaceAll(in.Body, "\r\n", "\n"), " \t\n")
	switch {
	case strings.TrimSpace(in.Body) == "":
		refuse(fault.At(fault.Required, "bodyMarkdown", "policy.noText"))
	case utf8.RuneCountInString(in.Body) > maxBody:
		refuse(fault.At(fault.Invalid, "bodyMarkdown", "error.tooLong", "max", maxBody))
	case markdown.TooDeep(in.Body):
		refuse(fault.At(fault.Invalid, "bodyMarkdown", "policy.tooDeep"))
	case !utf8.ValidString(in.Body) || strings.ContainsFunc(in.Body, hidden):
		refuse(fault.At(fault.Invalid, "bodyMarkdown", "policy.characters"))
	}
	in.ChangeNote = strings.TrimSpace(in.ChangeNote)
	switch {
	case utf8.RuneCountInString(in.ChangeNote) > maxNote:
		refuse(fault.At(fault.Invalid, "changeNote", "error.tooLong", "max", maxNote))
	case !utf8.ValidString(in.ChangeNote) || strings.ContainsFunc(in.ChangeNote, hidden):
		refuse(fault.At(fault.Invalid, "changeNote", "policy.characters"))
	}
	return draft{PublishInput: in, hash: hashOf(in.Body)}, append(wrong, idempotency.Check(in.IdempotencyKey)...)
}

// date reads the first day in effect and returns what is wrong with it at this moment.
func (d *draft) date(zone *time.Location, now time.Time) (wrong []fault.Field) {
	today := now.In(zone).Format(time.DateOnly)
	if d.EffectiveFrom == "" {
		d.EffectiveFrom = today
	}
	var err error
	d.effectiveAt, err = dayOf(d.EffectiveFrom, zone)
	switch {
	case err != nil:
		wrong = append(wrong, fault.At(fault.Invalid, "effectiveFrom", "policy.date"))
	case d.EffectiveFrom < today:
		wrong = append(wrong, fault.At(fault.Invalid, "effectiveFrom", "policy.effectivePast"))
	case d.effectiveAt.After(now.AddDate(farthest, 0, 0)):
		wrong = append(wrong, fault.At(fault.Invalid, "effectiveFrom", "policy.effectiveFar"))
	}
	return wrong
}

// hidden finds what a reader would not see, or would see elsewhere than it stands.
func hidden(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

func publish(ctx context.Context, tx *store.Tx, v viewer.Viewer, d draft) (*ent.PolicyVersion, *ent.BusinessPolicy, error) {
	policy, changes, err := enter(ctx, tx, v, d)
	if err != nil {
		return nil, nil, err
	}
	material, acceptedFrom := true, policy.Versions
	before, err := tx.PolicyVersion.Query().
		Where(policyversion.BusinessID(v.BusinessID), policyversion.PolicyID(policy.ID), policyversion.EffectiveAtLTE(d.effectiveAt)).
		Order(ent.Desc(policyversion.FieldNumber)).First(ctx)
	switch {
	case ent.IsNotFound(err): // nothing will be in effect before: there is nothing to carry over
	case err != nil:
		return nil, nil, err
	case d.Material != nil && !*d.Material:
		material, acceptedFrom = false, before.AcceptedFrom
	}
	auditID := madeAt(tx.Now)
	version, err := tx.PolicyVersion.Create().SetID(d.id).SetBusinessID(v.BusinessID).SetPolicyID(policy.ID).SetNumber(policy.Versions).
		SetTitle(d.Title).SetBodyMarkdown(d.Body).SetBodyHash(d.hash).SetEffectiveFrom(d.EffectiveFrom).SetEffectiveAt(d.effectiveAt).
		SetMaterial(material).SetAcceptedFrom(acceptedFrom).SetChangeNote(d.ChangeNote).SetPublishedBy(v.PersonID).
		SetAuditID(auditID).SetCreatedAt(tx.Now).Save(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !d.effectiveAt.After(tx.Now) {
		if version, err = activate(ctx, tx, version); err != nil {
			return nil, nil, err
		}
	}
	details := append(changes,
		schematype.Detail{Key: "title", After: d.Title}, schematype.Detail{Key: "version", After: strconv.Itoa(version.Number)},
		schematype.Detail{Key: "effectiveFrom", After: d.EffectiveFrom}, schematype.Detail{Key: "material", After: yesNo(material)},
		schematype.Detail{Key: "textHash", After: hex.EncodeToString(d.hash)})
	if d.ChangeNote != "" {
		details = append(details, schematype.Detail{Key: "changeNote", After: d.ChangeNote})
	}
	if _, err := audit.Record(ctx, tx, audit.Entry{ID: auditID, Action: audit.PolicyPublished, SubjectType: audit.SubjectVersion, Subject: version.ID,
		Facts: map[string]string{"policy": d.Title, "number": strconv.Itoa(version.Number)}, Details: details}); err != nil {
		return nil, nil, err
	}
	policy, err = policyByID(ctx, tx, v.BusinessID, policy.ID)
	return version, policy, err
}

// enter makes the policy, or counts one more version of it, and says what else changes.
func enter(ctx context.Context, tx *store.Tx, v viewer.Viewer, d draft) (*ent.BusinessPolicy, []schematype.Detail, error) {
	if d.PolicyID.IsZero() {
		required := d.Required == nil || *d.Required
		policy, err := tx.BusinessPolicy.Create().SetBusinessID(v.BusinessID).SetTitle(d.Title).SetScope(d.Scope).SetRequired(required).
			SetVersions(1).SetCreatedAt(tx.Now).SetUpdatedAt(tx.Now).Save(ctx)
		return policy, []schematype.Detail{{Key: "scope", After: string(d.Scope)}, {Key: "required", After: yesNo(required)}}, err
	}
	n, err := tx.BusinessPolicy.Update().
		Where(businesspolicy.BusinessID(v.BusinessID), businesspolicy.ID(d.PolicyID), businesspolicy.Version(d.Version), businesspolicy.RetiredAtIsNil()).
		AddVersions(1).AddVersion(1).SetUpdatedAt(tx.Now).Save(ctx)
	if err != nil {
		return nil, nil, err
	}
	policy, err := policyByID(ctx, tx, v.BusinessID, d.PolicyID)
	switch {
	case ent.IsNotFound(err):
		return nil, nil, fault.Refuse(fault.At(fault.NotFound, "policyId", "error.notFound"))
	case err != nil:
		return nil, nil, err
	case n != 1:
		return nil, nil, whyNot(ctx, tx, policy)
	case d.Scope != "" && d.Scope != policy.Scope:
		return nil, nil, fault.Refuse(fault.At(fault.Invalid, "scope", "policy.scopeFixed"))
	case d.Required == nil || *d.Required == policy.Required:
		return policy, nil, nil
	}
	err = tx.BusinessPolicy.Update().Where(businesspolicy.BusinessID(v.BusinessID), businesspolicy.ID(policy.ID)).
		SetRequired(*d.Required).SetRecountDueAt(tx.Now).ClearRecountAfter().Exec(ctx)
	return policy, []schematype.Detail{{Key: "required", Before: yesNo(policy.Required), After: yesNo(*d.Required)}}, err
}

// whyNot says why a policy that is there could not be changed: it was retired, or somebody else was faster.
func whyNot(ctx context.Context, tx *store.Tx, policy *ent.BusinessPolicy) error {
	if policy.RetiredAt != nil {
		return fault.New(fault.Invalid, "policy.retired")
	}
	stale := fault.Field{Code: fault.StaleVersion, Text: "error.stale", Version: policy.Version, ChangedAt: policy.UpdatedAt, Args: map[string]any{"who": "Office Portal"}}
	last, err := tx.PolicyVersion.Query().Where(policyversion.BusinessID(policy.BusinessID), policyversion.PolicyID(policy.ID)).
		Order(ent.Desc(policyversion.FieldNumber)).First(ctx)
	if err == nil && last.PublishedBy != nil {
		who, err := tx.StaffMember.Get(ctx, *last.PublishedBy)
		if err != nil {
			return err
		}
		stale.ChangedBy, stale.Args["who"] = who.Unwrap(), who.Name
	}
	if err != nil && !ent.IsNotFound(err) {
		return err
	}
	return fault.Refuse(stale)
}

// activate makes the version the current one, and has families looked through for who has not accepted it. It is for
// a version that is newer than the current one.
func activate(ctx context.Context, tx *store.Tx, version *ent.PolicyVersion) (*ent.PolicyVersion, error) {
	n, err := tx.PolicyVersion.Update().
		Where(policyversion.BusinessID(version.BusinessID), policyversion.ID(version.ID), policyversion.ActivatedAtIsNil()).
		SetActivatedAt(tx.Now).Save(ctx)
	if err != nil || n != 1 {
		return version, err
	}
	err = tx.BusinessPolicy.Update().Where(businesspolicy.BusinessID(version.BusinessID), businesspolicy.ID(version.PolicyID)).
		SetCurrentVersionID(version.ID).SetTitle(version.Title).SetRecountDueAt(tx.Now).ClearRecountAfter().SetUpdatedAt(tx.Now).Exec(ctx)
	if err != nil {
		return version, err
	}
	return tx.PolicyVersion.Query().Where(policyversion.BusinessID(version.BusinessID), policyversion.ID(version.ID)).Only(ctx)
}

// RetireInput names a policy as it was shown.
type RetireInput struct {
	PolicyID ident.ID
	Version  int
}

// Retire asks a policy of nobody any more; what was accepted stays. Staff with POLICIES_MANAGE may call it. It refuses
// with Forbidden, NotFound and StaleVersion. Retiring a retired policy changes nothing.
func (s *Service) Retire(ctx context.Context, in RetireInput) (*ent.BusinessPolicy, error) {
	v, err := manager(ctx)
	if err != nil {
		return nil, err
	}
	ctx = store.WithFresh(ctx)
	entry := audit.Entry{Action: audit.PolicyRetired, SubjectType: audit.SubjectPolicy, Subject: in.PolicyID, Facts: map[string]string{}}
	var policy *ent.BusinessPolicy
	err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.BusinessPolicy.Update().
			Where(businesspolicy.BusinessID(v.BusinessID), businesspolicy.ID(in.PolicyID), businesspolicy.Version(in.Version), businesspolicy.RetiredAtIsNil()).
			SetRetiredAt(tx.Now).AddVersion(1).SetRecountDueAt(tx.Now).ClearRecountAfter().SetUpdatedAt(tx.Now).Save(ctx)
		if err != nil {
			return err
		}
		policy, err = policyByID(ctx, tx, v.BusinessID, in.PolicyID)
		switch {
		case ent.IsNotFound(err):
			return fault.Refuse(fault.At(fault.NotFound, "policyId", "error.notFound"))
		case err != nil:
			return err
		}
		entry.Facts["policy"] = policy.Title
		switch {
		case n != 1 && policy.RetiredAt != nil:
			return nil
		case n != 1:
			return whyNot(ctx, tx, policy)
		}
		_, err = audit.Record(ctx, tx, entry)
		return err
	})
	if err != nil {
		return nil, s.refusedEntry(ctx, entry, err)
	}
	s.Nudge()
	return policy.Unwrap(), nil
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
