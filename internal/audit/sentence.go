package audit

import (
	"strings"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/text"
)

// sentenceOf says, for each action, which fact picks the sentence when one action has several, as
// "audit.ACTION.OUTCOME.VARIANT" or "audit.ACTION.VARIANT"; empty when there is one sentence.
var sentenceOf = map[Action]func(*ent.AuditEntry) string{
	PasswordResetRequested: func(e *ent.AuditEntry) string {
		if e.ActorKind == schematype.ActorGuardian || e.ActorKind == schematype.ActorAnonymous {
			return "FORGOT"
		}
		return string(e.Channel)
	},
	PasswordResetDelivery:  fact("state"),
	PasswordResetCompleted: fact("purpose"),
	PasswordResetRejected:  one,
	GuardianInvited:        func(e *ent.AuditEntry) string { return string(e.Channel) },
	PasswordChanged:        one,
	APITokenCreated:        one,
	APITokenRevoked:        one,
	PasswordDisabled:       one,
	SessionEnded:           one,
	SignedOutEverywhere:    one,
	SignIn:                 fact("step"),
	SignInFailed: func(e *ent.AuditEntry) string {
		if e.Facts["guardian"] == "" && e.Facts["staff"] == "" {
			return "NOBODY"
		}
		return ""
	},
	SignOut:            one,
	LoginAccessChanged: fact("canLogIn"),
	ContactChanged:     one,
	ContactMarked:      fact("mark"),
	ContactMarkCleared: fact("mark"),
	FamilyCreated:      one,
	FamilyChanged:      one,
	FamilyArchived:     fact("archived"),
	GuardianAdded:      one,
	GuardianChanged:    one,
	GuardianArchived:   fact("archived"),
	StudentAdded:       one,
	StudentChanged:     one,
	StudentArchived:    fact("archived"),
	FamiliesImported:   one,
	LinkOpened:         fact("state"),
	Exported:           one,
	CheckpointSent:     one,
	MessageDelivery:    fact("state"),
	PersonErased:       one,
	KeysRotated:        fact("step"),
	RequestRefused:     one,
	PolicyPublished: func(e *ent.AuditEntry) string {
		if e.Facts["number"] == "1" {
			return "FIRST"
		}
		return ""
	},
	PolicyEffective:        one,
	PolicyRetired:          one,
	PolicyAccepted:         ofStudent,
	PolicyManuallyAccepted: ofStudent,
	PolicyScanUploaded:     one,
	PolicyScanViewed:       one,
	SMSCreditsChanged: func(e *ent.AuditEntry) string {
		switch {
		case e.Facts["adjusted"] != "":
			return "ADJUSTED"
		case e.Facts["credits"] == "1":
			return "ONE"
		}
		return strings.ToUpper(e.Facts["credit"])
	},
	SMSSettingChanged: func(e *ent.AuditEntry) string {
		if e.Facts["reserve"] != "" {
			return "RESERVE"
		}
		return strings.ToUpper(e.Facts["enabled"])
	},
	SMSGuardsChanged: one,
	SMSPaused:        one,
	SMSResumed:       one,
	BusinessCreated:  one,
	StaffCreated:     one,
	StaffInvited:     fact("again"),
	StaffChanged:     one,
	StaffDeactivated: one,
	StaffResetRequested: func(e *ent.AuditEntry) string {
		if e.Facts["staff"] == "" {
			return "NOBODY"
		}
		return ""
	},
	StaffPasswordSet:    fact("purpose"),
	SecondFactorChanged: fact("change"),
	SecondFactorFailed:  fact("locked"),
	IdentityConfirmed:   one,
	BusinessChanged:     one,
}

func one(*ent.AuditEntry) string { return "" }

// ofStudent picks the sentence that names the student for whom something was accepted.
func ofStudent(e *ent.AuditEntry) string {
	if e.Facts["student"] != "" {
		return "STUDENT"
	}
	return ""
}

func fact(name string) func(*ent.AuditEntry) string {
	return func(e *ent.AuditEntry) string { return strings.ToUpper(e.Facts[name]) }
}

// Actions returns every action there is.
func Actions() []Action {
	out := make([]Action, 0, len(sentenceOf))
	for a := range sentenceOf {
		out = append(out, a)
	}
	return out
}

// Sentence tells the entry in one sentence: who did what to whom, as everybody was called then.
func Sentence(locale string, e *ent.AuditEntry) string {
	variant := ""
	if pick := sentenceOf[Action(e.Action)]; pick != nil {
		variant = pick(e)
	}
	args := facts(locale, e)
	action, outcome := "audit."+e.Action, string(e.Outcome)
	for _, key := range []string{action + "." + outcome + "." + variant, action + "." + variant, action + "." + outcome} {
		if text.Has(key) {
			return text.Say(locale, key, args)
		}
	}
	args["what"] = text.Say(locale, action+".try", args)
	key := "audit." + outcome
	if e.Facts["reason"] == "" {
		key += ".plain"
	}
	return text.Say(locale, key, args)
}

// facts fills what the sentences name. What a row does not tell becomes a word that fits.
func facts(locale string, e *ent.AuditEntry) map[string]any {
	args := map[string]any{}
	for _, name := range []string{"guardian", "family", "student", "staff", "business", "file", "person", "credits", "families", "guardians", "students", "entries", "request", "token", "policy", "number", "scan", "count", "used"} {
		args[name] = text.Say(locale, "audit.some."+name, nil)
	}
	for name, v := range e.Facts {
		if v != "" {
			args[name] = v
		}
	}
	for _, name := range []string{"guardian", "staff"} {
		if v := e.Facts[name]; v != "" {
			args["person"] = v
		}
	}
	args["actor"] = actorName(locale, e)
	args["channel"] = word(locale, "channel", string(e.Channel))
	args["message"] = word(locale, "message", e.Facts["message"])
	args["problem"] = word(locale, "problem", e.Facts["problem"])
	args["reason"] = word(locale, "reason", e.Facts["reason"])
	var fields []string
	for _, f := range strings.Split(e.Facts["fields"], ",") {
		fields = append(fields, word(locale, "field", f))
	}
	args["fields"] = strings.Join(fields, text.Say(locale, "audit.and", nil))
	return args
}

func actorName(locale string, e *ent.AuditEntry) string {
	switch {
	case e.ActorName != "" && e.Facts[tokenFact] != "":
		return text.Say(locale, "audit.viaToken", map[string]any{"staff": e.ActorName, "token": e.Facts[tokenFact]})
	case e.ActorName != "":
		return e.ActorName
	case e.ActorKind == schematype.ActorSystem:
		return "Office Portal"
	default:
		return text.Say(locale, "audit.some.actor", nil)
	}
}

// word translates a code that a fact holds, such as NO_CREDITS or "wrong password"; one without a
// translation is shown as it is.
func word(locale, kind, code string) string {
	if code == "" {
		return text.Say(locale, "audit."+kind+".none", nil)
	}
	key := "audit." + kind + "." + strings.ReplaceAll(strings.ToUpper(code), " ", "_")
	if text.Has(key) {
		return text.Say(locale, key, nil)
	}
	return code
}
