package audit_test

import (
	"strings"
	"testing"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/message/provider"
	"officeportal/internal/passwordreset"
	"officeportal/internal/text"
)

var outcomes = []schematype.Outcome{schematype.Succeeded, schematype.WasRefused, schematype.FailedToWork}

func TestEveryActionHasASentenceForEveryOutcomeInEveryLanguage(t *testing.T) {
	for _, action := range audit.Actions() {
		for _, outcome := range outcomes {
			for _, channel := range []schematype.Channel{"", schematype.Email, schematype.SMS} {
				for _, facts := range []map[string]string{nil, {
					"guardian": "Maria Lopez", "family": "Lopez", "student": "Ana", "staff": "Dana Price", "credits": "42", "channel": string(channel),
					"reason": "NO_CREDITS", "problem": "ADDRESS_NOT_FOUND", "state": "NOT_DELIVERED", "archived": "yes", "canLogIn": "no", "enabled": "true",
					"fields": "email,phone", "business": "Sunrise", "file": "families.csv", "families": "1", "guardians": "2", "students": "3",
				}} {
					e := &ent.AuditEntry{Action: string(action), Outcome: outcome, Channel: channel, ActorKind: schematype.ActorStaff, ActorName: "Dana Price", Facts: facts}
					told := map[string]string{}
					for _, locale := range text.Locales() {
						s := audit.Sentence(locale, e)
						if strings.ContainsAny(s, "{}") || strings.Contains(s, "audit.") || !strings.HasSuffix(s, ".") {
							t.Errorf("%s %s %s %v in %s: %q", action, outcome, channel, facts != nil, locale, s)
						}
						told[s] = locale
					}
					if len(told) != len(text.Locales()) {
						t.Errorf("%s %s: the same in two languages: %v", action, outcome, told)
					}
				}
			}
		}
	}
}

func TestSentencesReadAsPeopleWouldSayThem(t *testing.T) {
	staff := ent.AuditEntry{ActorKind: schematype.ActorStaff, ActorName: "Dana Price", Outcome: schematype.Succeeded}
	with := func(action audit.Action, change func(*ent.AuditEntry)) *ent.AuditEntry {
		e := staff
		e.Action, e.Facts = string(action), map[string]string{"guardian": "Maria Lopez", "family": "Lopez", "student": "Ana"}
		change(&e)
		return &e
	}
	for _, c := range []struct {
		entry  *ent.AuditEntry
		en, es string
	}{
		{with(audit.PasswordResetRequested, func(e *ent.AuditEntry) { e.Channel = schematype.SMS }),
			"Dana Price sent Maria Lopez a password reset via SMS (1 credit).", "Dana Price envió a Maria Lopez un restablecimiento de contraseña por SMS (1 crédito)."},
		{with(audit.PasswordResetRequested, func(e *ent.AuditEntry) { e.Channel = schematype.Email }),
			"Dana Price sent Maria Lopez a password reset via email.", "Dana Price envió a Maria Lopez un restablecimiento de contraseña por correo."},
		{with(audit.PasswordResetRequested, func(e *ent.AuditEntry) {
			e.Channel, e.ActorKind, e.ActorName = schematype.Email, schematype.ActorGuardian, "Maria Lopez"
		}), "Maria Lopez asked for a password reset via email.", "Maria Lopez pidió un restablecimiento de contraseña por correo."},
		{with(audit.PasswordResetRequested, func(e *ent.AuditEntry) {
			e.Channel, e.Outcome, e.ActorKind, e.ActorName = schematype.Email, schematype.WasRefused, schematype.ActorAnonymous, ""
			e.Facts["reason"] = "no guardian who can log in has this address"
		}), "Somebody used Forgot Password. Nothing was sent: no guardian who can log in has this address.",
			"Alguien usó «¿Olvidó su contraseña?». No se envió nada: ningún tutor con acceso tiene esta dirección."},
		{with(audit.PasswordResetDelivery, func(e *ent.AuditEntry) {
			e.Channel, e.Outcome = schematype.Email, schematype.FailedToWork
			e.Facts["state"], e.Facts["problem"] = "NOT_DELIVERED", "ADDRESS_NOT_FOUND"
		}), "The password reset email to Maria Lopez was not delivered: the email address does not exist.",
			"El restablecimiento por correo para Maria Lopez no se entregó: la dirección de correo no existe."},
		{with(audit.LoginAccessChanged, func(e *ent.AuditEntry) { e.Facts["canLogIn"] = "no" }),
			"Dana Price switched Can Log In off for Maria Lopez.", "Dana Price desactivó el acceso de Maria Lopez."},
		{with(audit.ContactChanged, func(e *ent.AuditEntry) { e.Facts["fields"] = "email,phone" }),
			"Dana Price changed the email address and the phone number of Maria Lopez.", "Dana Price cambió el correo y el teléfono de Maria Lopez."},
		{with(audit.FamilyArchived, func(e *ent.AuditEntry) { e.Facts["archived"] = "no" }), "Dana Price restored the family Lopez.", "Dana Price restauró la familia Lopez."},
		{with(audit.SMSCreditsChanged, func(e *ent.AuditEntry) { e.Facts["credits"] = "1" }), "Dana Price added 1 SMS credit.", "Dana Price agregó 1 crédito de SMS."},
		{with(audit.SignInFailed, func(e *ent.AuditEntry) {
			e.Outcome, e.ActorKind, e.ActorName = schematype.WasRefused, schematype.ActorAnonymous, ""
			e.Facts["reason"] = "wrong password"
		}), "Somebody failed to sign in as Maria Lopez: wrong password.", "Alguien no pudo iniciar sesión como Maria Lopez: contraseña incorrecta."},
		{with(audit.SMSCreditsChanged, func(e *ent.AuditEntry) { e.Outcome = schematype.FailedToWork }),
			"Dana Price tried to add some SMS credits, but it did not work.", "Dana Price intentó agregar algunos créditos de SMS, pero no funcionó."},
	} {
		if got := audit.Sentence("en", c.entry); got != c.en {
			t.Errorf("en: %s", got)
		}
		if got := audit.Sentence("es", c.entry); got != c.es {
			t.Errorf("es: %s", got)
		}
	}
}

func TestEveryReasonAndProblemHasWords(t *testing.T) {
	for _, p := range provider.Problems() {
		if !text.Has("audit.problem." + string(p)) {
			t.Errorf("no words for the problem %s", p)
		}
	}
	for _, b := range []passwordreset.Block{
		passwordreset.NoPermission, passwordreset.CannotLogIn, passwordreset.SMSDisabled, passwordreset.NoEmail, passwordreset.NoPhone,
		passwordreset.EmailBounced, passwordreset.PhoneNotMobile, passwordreset.PhoneOptedOut, passwordreset.NoCredits,
		passwordreset.SecondStaffRequired, passwordreset.InCooldown, passwordreset.LimitReached,
	} {
		if !text.Has("audit.reason." + string(b)) {
			t.Errorf("no words for the reason %s", b)
		}
	}
	for _, s := range []passwordreset.LinkState{passwordreset.Active, passwordreset.Used, passwordreset.Expired, passwordreset.Superseded, passwordreset.Revoked, passwordreset.UnknownLink} {
		if !text.Has("audit.reason." + string(s)) {
			t.Errorf("no words for the link state %s", s)
		}
	}
}
