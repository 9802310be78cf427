// Package audit writes the Audit Log: who did what to whom, when, and from where.
//
// An entry is written in the transaction of what it tells; when it can't be written, nothing happened.
package audit

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Action is what was done. The API's AuditAction has the same names.
type Action string

// The actions, as the API spells them.
const (
	PasswordResetRequested Action = "PASSWORD_RESET_REQUESTED"
	PasswordResetDelivery  Action = "PASSWORD_RESET_DELIVERY"
	PasswordResetCompleted Action = "PASSWORD_RESET_COMPLETED"
	PasswordResetRejected  Action = "PASSWORD_RESET_REJECTED"
	GuardianInvited        Action = "GUARDIAN_INVITED"
	PasswordChanged        Action = "PASSWORD_CHANGED"
	APITokenCreated        Action = "API_TOKEN_CREATED"
	APITokenRevoked        Action = "API_TOKEN_REVOKED"
	PasswordDisabled       Action = "PASSWORD_DISABLED"
	SessionEnded           Action = "SESSION_ENDED"
	SignedOutEverywhere    Action = "SIGNED_OUT_EVERYWHERE"
	SignIn                 Action = "SIGN_IN"
	SignInFailed           Action = "SIGN_IN_FAILED"
	SignOut                Action = "SIGN_OUT"
	LoginAccessChanged     Action = "LOGIN_ACCESS_CHANGED"
	ContactChanged         Action = "CONTACT_CHANGED"
	ContactMarked          Action = "CONTACT_MARKED"
	ContactMarkCleared     Action = "CONTACT_MARK_CLEARED"
	FamilyCreated          Action = "FAMILY_CREATED"
	FamilyChanged          Action = "FAMILY_CHANGED"
	FamilyArchived         Action = "FAMILY_ARCHIVED"
	GuardianAdded          Action = "GUARDIAN_ADDED"
	GuardianChanged        Action = "GUARDIAN_CHANGED"
	GuardianArchived       Action = "GUARDIAN_ARCHIVED"
	StudentAdded           Action = "STUDENT_ADDED"
	StudentChanged         Action = "STUDENT_CHANGED"
	StudentArchived        Action = "STUDENT_ARCHIVED"
	FamiliesImported       Action = "FAMILIES_IMPORTED"
	LinkOpened             Action = "PASSWORD_RESET_LINK_OPENED"
	Exported               Action = "AUDIT_EXPORTED"
	CheckpointSent         Action = "AUDIT_CHECKPOINT_SENT"
	MessageDelivery        Action = "MESSAGE_DELIVERY"
	PersonErased           Action = "PERSON_ERASED"
	KeysRotated            Action = "KEYS_ROTATED"
	RequestRefused         Action = "REQUEST_REFUSED"
	PolicyPublished        Action = "POLICY_PUBLISHED"
	PolicyEffective        Action = "POLICY_VERSION_EFFECTIVE"
	PolicyRetired          Action = "POLICY_RETIRED"
	PolicyAccepted         Action = "POLICY_ACCEPTED"
	PolicyManuallyAccepted Action = "POLICY_MANUALLY_ACCEPTED"
	PolicyScanUploaded     Action = "POLICY_SCAN_UPLOADED"
	PolicyScanViewed       Action = "POLICY_SCAN_VIEWED"
	SMSCreditsChanged      Action = "SMS_CREDITS_CHANGED"
	SMSSettingChanged      Action = "SMS_SETTING_CHANGED"
	SMSGuardsChanged       Action = "SMS_GUARDS_CHANGED"
	SMSPaused              Action = "SMS_PAUSED"
	SMSResumed             Action = "SMS_RESUMED"
	BusinessCreated        Action = "BUSINESS_CREATED"
	StaffCreated           Action = "STAFF_CREATED"
	StaffInvited           Action = "STAFF_INVITED"
	StaffChanged           Action = "STAFF_CHANGED"
	StaffDeactivated       Action = "STAFF_DEACTIVATED"
	StaffResetRequested    Action = "STAFF_RESET_REQUESTED"
	StaffPasswordSet       Action = "STAFF_PASSWORD_SET"
	SecondFactorChanged    Action = "SECOND_FACTOR_CHANGED"
	SecondFactorFailed     Action = "SECOND_FACTOR_FAILED"
	IdentityConfirmed      Action = "IDENTITY_CONFIRMED"
	BusinessChanged        Action = "BUSINESS_CHANGED"
)

// Subject types: the id prefixes of the API.
const (
	SubjectFamily   = "fam"
	SubjectGuardian = "gdn"
	SubjectStudent  = "stu"
	SubjectStaff    = "stf"
	SubjectReset    = "rst"
	SubjectCredit   = "crd"
	SubjectPolicy   = "pol"
	SubjectVersion  = "pov"
	SubjectAccepted = "pac"
	SubjectScan     = "psc"
	SubjectAccount  = "sms"
	SubjectAPIToken = "tok"
)

// Entry is one line of the log. It must hold no secret: no password, link or code.
type Entry struct {
	// ID is made when zero; give one to refer to the entry from a row written before it.
	ID      ident.ID
	Action  Action
	Outcome schematype.Outcome // Succeeded when empty
	// Business is the viewer's when zero.
	Business ident.ID
	// Actor is the viewer when nil.
	Actor *Actor
	// Family, Guardian and Subject say what it is about; zero for none.
	Family, Guardian ident.ID
	SubjectType      string
	Subject          ident.ID
	Channel          schematype.Channel
	// Facts fill the sentence: guardian, family, student, credits, reason, … as they were called then.
	Facts map[string]string
	// Details are shown one below the other: values before and after.
	Details []schematype.Detail
}

// Actor is whoever did it.
type Actor struct {
	Kind schematype.ActorKind
	ID   ident.ID
	Name string
}

// Guardian returns the actor for something a guardian did without being signed in, such as using a link.
func Guardian(id ident.ID, name string) *Actor {
	return &Actor{Kind: schematype.ActorGuardian, ID: id, Name: name}
}

// Anonymous is somebody who has not signed in.
func Anonymous() *Actor { return &Actor{Kind: schematype.ActorAnonymous} }

// Record writes the entry in the caller's transaction and returns its id. Address, device and request
// come from the context, the time from the transaction.
func Record(ctx context.Context, tx *store.Tx, e Entry) (ident.ID, error) {
	v, r := viewer.From(ctx), viewer.RequestFrom(ctx)
	if e.ID.IsZero() {
		e.ID = ident.New()
	}
	if e.Outcome == "" {
		e.Outcome = schematype.Succeeded
	}
	if e.Business.IsZero() {
		e.Business = v.BusinessID
	}
	if e.Actor == nil {
		e.Actor = actorOf(v)
	}
	facts := cleanFacts(e.Facts)
	if !v.APITokenID.IsZero() && e.Actor.Kind == schematype.ActorStaff && e.Actor.ID == v.PersonID {
		facts[tokenFact] = Clean(v.APITokenName, 80)
	}
	create := tx.AuditEntry.Create().
		SetID(e.ID).SetBusinessID(e.Business).
		SetAction(string(e.Action)).SetOutcome(e.Outcome).
		SetActorKind(e.Actor.Kind).SetActorName(Clean(e.Actor.Name, 120)).
		SetSubjectType(e.SubjectType).SetChannel(e.Channel).
		SetFacts(facts).SetDetails(cleanDetails(e.Details)).
		SetIPAddress(r.Address).SetAgent(Clean(r.Agent, 300)).SetRequestID(r.ID).
		SetOccurredAt(tx.Now)
	create.SetNillableActorID(optional(e.Actor.ID)).SetNillableFamilyID(optional(e.Family)).
		SetNillableGuardianID(optional(e.Guardian)).SetNillableSubjectID(optional(e.Subject))
	if err := create.Exec(ctx); err != nil {
		return e.ID, err
	}
	watched(ctx, tx)
	return e.ID, nil
}

// ActorKind returns the kind of actor a viewer is.
func ActorKind(v viewer.Viewer) schematype.ActorKind { return actorOf(v).Kind }

func actorOf(v viewer.Viewer) *Actor {
	switch v.Kind {
	case viewer.StaffMember:
		return &Actor{Kind: schematype.ActorStaff, ID: v.PersonID, Name: v.Name}
	case viewer.Guardian:
		return &Actor{Kind: schematype.ActorGuardian, ID: v.PersonID, Name: v.Name}
	case viewer.System:
		return &Actor{Kind: schematype.ActorSystem, Name: v.Name}
	default:
		return Anonymous()
	}
}

// tokenFact is the fact that says through which API token the staff member acted.
const tokenFact = "viaToken"

func optional(i ident.ID) *ident.ID {
	if i.IsZero() {
		return nil
	}
	return &i
}

func cleanFacts(facts map[string]string) map[string]string {
	out := make(map[string]string, len(facts))
	for k, v := range facts {
		out[k] = Clean(v, 300)
	}
	return out
}

func cleanDetails(details []schematype.Detail) []schematype.Detail {
	out := make([]schematype.Detail, 0, len(details))
	for _, d := range details {
		out = append(out, schematype.Detail{Key: d.Key, Before: Clean(d.Before, 500), After: Clean(d.After, 500)})
	}
	return out
}

// Clean returns s without control characters (they could forge lines in a terminal or a file) and at
// most limit characters long.
func Clean(s string, limit int) string {
	s = strings.ToValidUTF8(s, "�")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || (r >= '\u202a' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069') {
			return ' '
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit-1]) + "…"
	}
	return s
}
