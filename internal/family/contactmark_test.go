package family_test

import (
	"testing"

	"officeportal/ent/auditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/family"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/message/provider"
)

func TestAWrongMarkIsTakenBackOnceAndTold(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f := e.family("Lopez")
		g := e.guardian(f.ID, "Maria Lopez", "maria@example.com", "(312) 555-0123", true)
		now := e.store.Now()
		if err := e.store.Client.Guardian.UpdateOneID(g.ID).SetEmailBouncedAt(now).SetEmailProblem(string(provider.SuppressedThere)).
			SetPhoneOptedOutAt(now).Exec(e.system); err != nil {
			t.Fatal(err)
		}
		in := family.ClearContactMarkInput{GuardianID: g.ID, Channel: schematype.Email}
		if _, err := e.svc.ClearContactMark(e.sam, in); !fault.Is(err, fault.Forbidden) {
			t.Errorf("without permission: %v", err)
		}
		if _, err := e.svc.ClearContactMark(e.dana, family.ClearContactMarkInput{GuardianID: ident.New(), Channel: schematype.Email}); !fault.Is(err, fault.NotFound) {
			t.Errorf("nobody: %v", err)
		}
		for range 2 {
			got, err := e.svc.ClearContactMark(e.dana, in)
			if err != nil {
				t.Fatal(err)
			}
			marks := family.ContactMarks(got)
			if len(marks) != 1 || marks[0].Reason != provider.StoppedTexts || got.Version != g.Version {
				t.Errorf("the marks are %v, version %d", marks, got.Version)
			}
		}
		in.Channel = schematype.SMS
		if got, err := e.svc.ClearContactMark(e.dana, in); err != nil || len(family.ContactMarks(got)) != 0 {
			t.Errorf("%v %v", got, err)
		}
		told, err := e.store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.ContactMarkCleared))).Order(auditentry.ByID()).All(e.system)
		if err != nil || len(told) != 2 {
			t.Fatalf("told %v, %v", told, err)
		}
		if got := audit.Sentence("en", told[0]); got != "Dana Price took back that the email service blocks the address of Maria Lopez." {
			t.Error(got)
		}
		if *told[0].GuardianID != g.ID || *told[0].FamilyID != f.ID || told[1].Channel != schematype.SMS {
			t.Errorf("told %v", told)
		}
	})
}

func TestANewContactHasNoMark(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f := e.family("Lopez")
		g := e.guardian(f.ID, "Maria Lopez", "maria@example.com", "(312) 555-0123", true)
		now := e.store.Now()
		if err := e.store.Client.Guardian.UpdateOneID(g.ID).SetEmailBouncedAt(now).SetEmailProblem(string(provider.Complained)).
			SetPhoneOptedOutAt(now).Exec(e.system); err != nil {
			t.Fatal(err)
		}
		email, phone := "new@example.com", "(312) 555-0124"
		changed, err := e.svc.UpdateGuardian(e.dana, family.UpdateGuardianInput{GuardianID: g.ID, Version: g.Version, Email: &email, Phone: &phone})
		if err != nil || len(family.ContactMarks(changed)) != 0 || changed.EmailProblem != "" {
			t.Errorf("%v %v", changed, err)
		}
	})
}
