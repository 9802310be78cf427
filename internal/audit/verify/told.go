package verify

import (
	"strconv"

	"officeportal/ent"
	"officeportal/ent/creditentry"
	"officeportal/ent/guardian"
	entmessage "officeportal/ent/message"
	"officeportal/ent/policyacceptance"
	"officeportal/ent/policyversion"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
)

// The actions of policies, by name: the domain above declares them.
const (
	policyAccepted   = "POLICY_ACCEPTED"
	policyManually   = "POLICY_MANUALLY_ACCEPTED"
	policyPublished  = "POLICY_PUBLISHED"
	policyEffective  = string(audit.PolicyEffective)
	passwordChanged  = string(audit.PasswordChanged)
	resetCompleted   = string(audit.PasswordResetCompleted)
	resetRequested   = string(audit.PasswordResetRequested)
	creditsChanged   = string(audit.SMSCreditsChanged)
	creditPrefixHold = "hold:"
)

// told checks that what entries tell of is there. The entries themselves are known to be genuine.
func (v *verifier) told(entries []*ent.AuditEntry) error {
	tokens, completed := map[ident.ID][]*ent.AuditEntry{}, map[ident.ID][]*ent.AuditEntry{}
	credits, acceptances := map[ident.ID]*ent.AuditEntry{}, map[ident.ID]*ent.AuditEntry{}
	versions, effective := map[ident.ID]*ent.AuditEntry{}, map[ident.ID]*ent.AuditEntry{}
	for _, e := range entries {
		if e.Outcome != schematype.Succeeded && e.SubjectType != audit.SubjectReset || e.SubjectID == nil {
			continue
		}
		subject := *e.SubjectID
		switch {
		case e.SubjectType == audit.SubjectReset:
			tokens[subject] = append(tokens[subject], e)
		case e.Action == creditsChanged && e.SubjectType == audit.SubjectCredit:
			credits[subject] = e
		case e.Action == policyAccepted, e.Action == policyManually:
			acceptances[subject] = e
		case e.Action == policyPublished:
			versions[subject] = e
		case e.Action == policyEffective:
			effective[subject] = e
		}
		if e.Outcome == schematype.Succeeded && e.GuardianID != nil &&
			(e.Action == passwordChanged || e.Action == resetCompleted && e.SubjectType == audit.SubjectReset) {
			completed[*e.GuardianID] = append(completed[*e.GuardianID], e)
		}
	}
	for _, e := range entries {
		if e.Action == string(audit.PersonErased) && e.Outcome == schematype.Succeeded {
			if err := v.erasing(e); err != nil {
				return err
			}
		}
	}
	for _, check := range []func() error{
		func() error { return v.toldTokens(tokens) },
		func() error { return v.toldHolds(tokens) },
		func() error { return v.toldCredits(credits) },
		func() error { return v.toldAcceptances(acceptances) },
		func() error { return v.toldVersions(versions, effective) },
		func() error { return v.toldPasswords(completed) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func keys[T any](m map[ident.ID]T) []ident.ID {
	out := make([]ident.ID, 0, len(m))
	for id := range m {
		out = append(out, id)
	}
	return out
}

// toldTokens: every link that an entry tells of is there, belongs to that guardian, and was used if it says so.
func (v *verifier) toldTokens(told map[ident.ID][]*ent.AuditEntry) error {
	if len(told) == 0 {
		return nil
	}
	rows, err := v.snap.Client.ResetToken.Query().Where(resettoken.IDIn(keys(told)...)).All(v.ctx)
	if err != nil {
		return err
	}
	found := map[ident.ID]*ent.ResetToken{}
	for _, t := range rows {
		found[t.ID] = t
	}
	for id, entries := range told {
		t := found[id]
		for _, e := range entries {
			switch {
			case t == nil:
				return problem("reset token %s is gone: %s tells of it", tokenID(id), describe(e))
			case t.BusinessID != e.BusinessID || e.GuardianID != nil && t.GuardianID != *e.GuardianID:
				return problem("reset token %s is not the guardian's that %s tells of: it was changed", tokenID(id), describe(e))
			case e.Channel != "" && t.Channel != e.Channel:
				return problem("reset token %s was sent by %s, and %s says %s: it was changed", tokenID(id), t.Channel, describe(e), e.Channel)
			case e.Action == resetCompleted && e.Outcome == schematype.Succeeded && t.RedeemedAt == nil:
				return problem("reset token %s counts as unused, and %s tells of its use: it was changed", tokenID(id), describe(e))
			}
		}
	}
	return nil
}

// toldHolds: where an entry says that a text took a credit, or what became of it, there is the line of the ledger.
func (v *verifier) toldHolds(told map[ident.ID][]*ent.AuditEntry) error {
	want := map[ident.ID][]*ent.AuditEntry{}
	for id, entries := range told {
		for _, e := range entries {
			if e.Facts["credit"] != "" || e.Action == resetRequested && e.Outcome == schematype.Succeeded && e.Facts["credits"] != "" {
				want[id] = append(want[id], e)
			}
		}
	}
	if len(want) == 0 {
		return nil
	}
	messages, err := v.snap.Client.Message.Query().Where(entmessage.ResetTokenIDIn(keys(want)...)).All(v.ctx)
	if err != nil {
		return err
	}
	var ops []string
	for _, m := range messages {
		for _, kind := range []string{creditPrefixHold, "capture:", "release:", "refund:"} {
			ops = append(ops, kind+m.ID.String())
		}
	}
	lines, err := v.snap.Client.CreditEntry.Query().Where(creditentry.OpKeyIn(ops...)).All(v.ctx)
	if err != nil {
		return err
	}
	named := map[ident.ID]bool{}
	for _, l := range lines {
		named[l.AuditID] = true
	}
	for id, entries := range want {
		for _, e := range entries {
			if !named[e.ID] {
				return problem("a line of the SMS credits is gone: %s tells of one for the text with reset token %s", describe(e), tokenID(id))
			}
		}
	}
	return nil
}

func (v *verifier) toldCredits(told map[ident.ID]*ent.AuditEntry) error {
	if len(told) == 0 {
		return nil
	}
	rows, err := v.snap.Client.CreditEntry.Query().Where(creditentry.IDIn(keys(told)...)).All(v.ctx)
	if err != nil {
		return err
	}
	found := map[ident.ID]*ent.CreditEntry{}
	for _, c := range rows {
		found[c.ID] = c
	}
	for id, e := range told {
		if c := found[id]; c == nil || c.AuditID != e.ID {
			return problem("credit entry %s is gone or was changed: %s tells of it", creditID(id), describe(e))
		}
	}
	return nil
}

func (v *verifier) toldAcceptances(told map[ident.ID]*ent.AuditEntry) error {
	if len(told) == 0 {
		return nil
	}
	rows, err := v.snap.Client.PolicyAcceptance.Query().Where(policyacceptance.IDIn(keys(told)...)).All(v.ctx)
	if err != nil {
		return err
	}
	found := map[ident.ID]*ent.PolicyAcceptance{}
	for _, a := range rows {
		found[a.ID] = a
	}
	for id, e := range told {
		if a := found[id]; a == nil || a.AuditID != e.ID {
			return problem("acceptance %s is gone or was changed: %s tells of it", acceptanceID(id), describe(e))
		}
	}
	return nil
}

// toldVersions: a version that an entry tells of is there, and in effect since the moment that one says.
func (v *verifier) toldVersions(published, effective map[ident.ID]*ent.AuditEntry) error {
	if len(published)+len(effective) == 0 {
		return nil
	}
	rows, err := v.snap.Client.PolicyVersion.Query().Where(policyversion.IDIn(append(keys(published), keys(effective)...)...)).
		Select(policyversion.FieldID, policyversion.FieldAuditID, policyversion.FieldActivatedAt).All(v.ctx)
	if err != nil {
		return err
	}
	found := map[ident.ID]*ent.PolicyVersion{}
	for _, p := range rows {
		found[p.ID] = p
	}
	for id, e := range published {
		if p := found[id]; p == nil || p.AuditID != e.ID {
			return problem("policy version %s is gone or was changed: %s tells of it", versionID(id), describe(e))
		}
	}
	for id, e := range effective {
		if p := found[id]; p == nil || p.ActivatedAt == nil || !p.ActivatedAt.Equal(e.OccurredAt) {
			return problem("policy version %s is gone or not in effect since %s says: it was changed", versionID(id), describe(e))
		}
	}
	return nil
}

// toldPasswords: nobody has an older password than the one an entry tells of.
func (v *verifier) toldPasswords(told map[ident.ID][]*ent.AuditEntry) error {
	if len(told) == 0 {
		return nil
	}
	rows, err := v.snap.Client.Guardian.Query().Where(guardian.IDIn(keys(told)...)).
		Select(guardian.FieldID, guardian.FieldPasswordSetAt).All(v.ctx)
	if err != nil {
		return err
	}
	found := map[ident.ID]*ent.Guardian{}
	for _, g := range rows {
		found[g.ID] = g
	}
	for id, entries := range told {
		for _, e := range entries {
			switch g := found[id]; {
			case g == nil:
				return problem("guardian %s is gone: %s tells of a new password", guardianID(id), describe(e))
			case g.PasswordSetAt == nil || g.PasswordSetAt.Before(e.OccurredAt):
				return problem("the password of guardian %s is older than %s says: an earlier one was put back", guardianID(id), describe(e))
			}
		}
	}
	return nil
}

func itoa(n int) string { return strconv.Itoa(n) }
