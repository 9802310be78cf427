package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/creditentry"
	"officeportal/ent/guardian"
	"officeportal/ent/policyacceptance"
	"officeportal/ent/policyversion"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
)

// rows goes through all rows of a table, a batch at a time.
func rows[T any](v *verifier, what string, done *int64, id func(T) ident.ID, read func(after ident.ID) ([]T, error), check func([]T) error) error {
	var after ident.ID
	for {
		list, err := read(after)
		if err != nil || len(list) == 0 {
			return err
		}
		after = id(list[len(list)-1])
		if err := check(list); err != nil {
			return err
		}
		*done += int64(len(list))
		v.Progress(what, *done, 0)
	}
}

// erased reports whether the personal data of the entry are gone, and its facts with them.
func erased(e *ent.AuditEntry) bool { return e.Salt == nil && len(e.Facts) == 0 }

func detail(e *ent.AuditEntry, key string) (string, bool) {
	i := slices.IndexFunc(e.Details, func(d schematype.Detail) bool { return d.Key == key })
	if i < 0 {
		return "", false
	}
	return e.Details[i].After, true
}

// tokens: every link was asked for, and every used one was used by its guardian.
func (v *verifier) tokens() error {
	return rows(v, "reset tokens", &v.report.Tokens, func(t *ent.ResetToken) ident.ID { return t.ID },
		func(after ident.ID) ([]*ent.ResetToken, error) {
			return v.snap.Client.ResetToken.Query().Where(resettoken.IDGT(after)).Order(ent.Asc(resettoken.FieldID)).Limit(batch).All(v.ctx)
		},
		func(list []*ent.ResetToken) error {
			guardians, businesses := map[ident.ID]bool{}, map[ident.ID]bool{}
			for _, t := range list {
				guardians[t.GuardianID], businesses[t.BusinessID] = true, true
			}
			// by the index of a guardian's entries, of which there are few; there is none of subjects
			entries, err := v.snap.Client.AuditEntry.Query().Where(auditentry.BusinessIDIn(keys(businesses)...), auditentry.GuardianIDIn(keys(guardians)...),
				auditentry.OutcomeEQ(schematype.Succeeded), auditentry.ActionNotIn(string(audit.SignIn), string(audit.SignOut))).All(v.ctx)
			if err != nil {
				return err
			}
			asked, used := map[ident.ID]*ent.AuditEntry{}, map[ident.ID]bool{}
			at := map[ident.ID][]time.Time{}
			for _, e := range entries {
				at[*e.GuardianID] = append(at[*e.GuardianID], e.OccurredAt)
				if e.SubjectType != audit.SubjectReset || e.SubjectID == nil {
					continue
				}
				switch e.Action {
				case resetCompleted:
					used[*e.SubjectID] = true
				case string(audit.PasswordResetDelivery), string(audit.LinkOpened), string(audit.PasswordResetRejected):
				default:
					asked[*e.SubjectID] = e
				}
			}
			for _, t := range list {
				if err := askedFor(t, asked[t.ID], at[t.GuardianID]); err != nil {
					return err
				}
				if t.RedeemedAt != nil && !used[t.ID] {
					return problem("reset token %s of guardian %s counts as used, and no entry tells of it", tokenID(t.ID), guardianID(t.GuardianID))
				}
			}
			return nil
		})
}

func askedFor(t *ent.ResetToken, e *ent.AuditEntry, at []time.Time) error {
	if t.Purpose != schematype.ForReset { // a first link is told of under the guardian
		if e == nil && !slices.ContainsFunc(at, t.CreatedAt.Equal) {
			return problem("reset token %s of guardian %s (%s) was made past Office Portal: no entry tells of it", tokenID(t.ID), guardianID(t.GuardianID), clock(t.CreatedAt))
		}
		return nil
	}
	if e == nil || e.Action != resetRequested {
		return problem("reset token %s of guardian %s (%s) was made past Office Portal, or its entry was deleted: no entry tells of it", tokenID(t.ID), guardianID(t.GuardianID), clock(t.CreatedAt))
	}
	if t.RequestedBy != nil && (e.ActorID == nil || *e.ActorID != *t.RequestedBy) {
		return problem("reset token %s was asked for by somebody else than %s says: it was changed", tokenID(t.ID), describe(e))
	}
	return nil
}

// credits: every line of the ledger has its entry, and says the same.
func (v *verifier) credits() error {
	return rows(v, "credit entries", &v.report.Credits, func(c *ent.CreditEntry) ident.ID { return c.ID },
		func(after ident.ID) ([]*ent.CreditEntry, error) {
			return v.snap.Client.CreditEntry.Query().Where(creditentry.IDGT(after)).Order(ent.Asc(creditentry.FieldID)).Limit(batch).All(v.ctx)
		},
		func(list []*ent.CreditEntry) error {
			ids := make([]ident.ID, len(list))
			for i, c := range list {
				ids[i] = c.AuditID
			}
			entries, err := v.entriesByID(ids)
			if err != nil {
				return err
			}
			for _, c := range list {
				if why := creditFits(c, entries[c.AuditID]); why != "" {
					return problem("credit entry %s (%s, %+d) does not fit the Audit Log: %s", creditID(c.ID), c.Kind, c.Amount, why)
				}
			}
			return nil
		})
}

// amounts are what the kinds of lines that come with texts add to the balance.
var amounts = map[schematype.CreditKind]int{schematype.CreditHold: -1, schematype.CreditCapture: 0, schematype.CreditRelease: 1, schematype.CreditRefund: 1}

func creditFits(c *ent.CreditEntry, e *ent.AuditEntry) string {
	switch {
	case e == nil:
		return "its entry " + entryID(c.AuditID) + " does not exist"
	case e.BusinessID != c.BusinessID:
		return "its entry " + entryID(c.AuditID) + " is of another business"
	}
	if want, fixed := amounts[c.Kind]; fixed {
		switch {
		case c.Amount != want:
			return "such a line is " + itoa(want)
		case c.ResetTokenID != nil && (e.SubjectType != audit.SubjectReset || e.SubjectID == nil || *e.SubjectID != *c.ResetTokenID):
			return entryID(e.ID) + " tells of something else"
		}
		return ""
	}
	if e.SubjectType != audit.SubjectCredit || e.SubjectID == nil || *e.SubjectID != c.ID {
		return entryID(e.ID) + " tells of something else"
	}
	if erased(e) {
		return ""
	}
	if said, ok := e.Facts["credits"]; ok && said != itoa(c.Amount) && said != itoa(-c.Amount) {
		return entryID(e.ID) + " says " + said
	}
	if said, ok := e.Facts["balance"]; ok && said != itoa(c.BalanceAfter) {
		return entryID(e.ID) + " says that the balance was " + said + " then, the line says " + itoa(c.BalanceAfter)
	}
	return ""
}

// accounts: every balance is the sum of its lines, and what is held is the holds that are open.
func (v *verifier) accounts() error {
	return v.each(`SELECT a.business_id, a.balance, a.held,
  (SELECT COALESCE(SUM(e.amount), 0) FROM credit_entries e WHERE e.business_id = a.business_id),
  (SELECT COALESCE(SUM(CASE e.kind WHEN 'HOLD' THEN 1 WHEN 'CAPTURE' THEN -1 WHEN 'RELEASE' THEN -1 ELSE 0 END), 0) FROM credit_entries e WHERE e.business_id = a.business_id)
FROM sms_accounts a ORDER BY a.business_id`, nil, func(scan func(...any) error) error {
		var business ident.ID
		var balance, held, sum, open int
		if err := scan(&business, &balance, &held, &sum, &open); err != nil {
			return err
		}
		v.report.Accounts++
		switch {
		case balance != sum:
			return problem("the SMS balance of business %s is %d, and its credit entries add up to %d: it was changed", business, balance, sum)
		case held != open:
			return problem("business %s holds %d SMS credits, and %d holds of its credit entries are open: it was changed", business, held, open)
		}
		return nil
	})
}

// versions: every version was published, and its text is the one that was.
func (v *verifier) versions() error {
	return rows(v, "policy versions", &v.report.Versions, func(p *ent.PolicyVersion) ident.ID { return p.ID },
		func(after ident.ID) ([]*ent.PolicyVersion, error) { // texts are large: few at once
			return v.snap.Client.PolicyVersion.Query().Where(policyversion.IDGT(after)).Order(ent.Asc(policyversion.FieldID)).Limit(20).All(v.ctx)
		},
		func(list []*ent.PolicyVersion) error {
			ids := make([]ident.ID, len(list))
			for i, p := range list {
				ids[i] = p.AuditID
			}
			entries, err := v.entriesByID(ids)
			if err != nil {
				return err
			}
			for _, p := range list {
				e := entries[p.AuditID]
				if e == nil || e.Action != policyPublished || e.BusinessID != p.BusinessID || e.SubjectID == nil || *e.SubjectID != p.ID {
					return problem("policy version %s was not published by Office Portal: no entry tells of it", versionID(p.ID))
				}
				if sum := sha256.Sum256([]byte(p.BodyMarkdown)); !bytes.Equal(sum[:], p.BodyHash) {
					return problem("the text of policy version %s was changed: its hash is another", versionID(p.ID))
				}
				if said, ok := detail(e, "textHash"); ok && said != hex.EncodeToString(p.BodyHash) {
					return problem("the text of policy version %s was changed: %s tells of another", versionID(p.ID), describe(e))
				}
			}
			return nil
		})
}

// acceptances: every acceptance was made by whom it says, of the text it says.
func (v *verifier) acceptances() error {
	return rows(v, "acceptances", &v.report.Acceptances, func(a *ent.PolicyAcceptance) ident.ID { return a.ID },
		func(after ident.ID) ([]*ent.PolicyAcceptance, error) {
			return v.snap.Client.PolicyAcceptance.Query().Where(policyacceptance.IDGT(after)).Order(ent.Asc(policyacceptance.FieldID)).Limit(batch).All(v.ctx)
		},
		func(list []*ent.PolicyAcceptance) error {
			ids, versions := make([]ident.ID, len(list)), map[ident.ID]bool{}
			for i, a := range list {
				ids[i], versions[a.PolicyVersionID] = a.AuditID, true
			}
			entries, err := v.entriesByID(ids)
			if err != nil {
				return err
			}
			published, err := v.snap.Client.PolicyVersion.Query().Where(policyversion.IDIn(keys(versions)...)).
				Select(policyversion.FieldID, policyversion.FieldBodyHash, policyversion.FieldNumber, policyversion.FieldPolicyID).All(v.ctx)
			if err != nil {
				return err
			}
			byID := map[ident.ID]*ent.PolicyVersion{}
			for _, p := range published {
				byID[p.ID] = p
			}
			for _, a := range list {
				if why := acceptanceFits(a, entries[a.AuditID], byID[a.PolicyVersionID]); why != "" {
					return problem("acceptance %s (%s, guardian %s) does not fit: %s", acceptanceID(a.ID), a.Method, guardianID(a.AcceptedBy), why)
				}
			}
			return nil
		})
}

func acceptanceFits(a *ent.PolicyAcceptance, e *ent.AuditEntry, p *ent.PolicyVersion) string {
	action, actor, kind := policyAccepted, &a.AcceptedBy, schematype.ActorGuardian
	if a.Method != schematype.Electronic {
		action, actor, kind = policyManually, a.RecordedBy, schematype.ActorStaff
	}
	switch {
	case e == nil:
		return "its entry " + entryID(a.AuditID) + " does not exist"
	case e.Action != action || e.Outcome != schematype.Succeeded || e.BusinessID != a.BusinessID || e.SubjectID == nil || *e.SubjectID != a.ID:
		return entryID(e.ID) + " tells of something else"
	case e.ActorKind != kind || e.ActorID == nil || actor == nil || *e.ActorID != *actor:
		return entryID(e.ID) + " says that somebody else did it"
	case e.FamilyID == nil || *e.FamilyID != a.FamilyID:
		return entryID(e.ID) + " tells of another family"
	case !e.OccurredAt.Equal(a.RecordedAt):
		return entryID(e.ID) + " says that it was at " + clock(e.OccurredAt)
	case p == nil || p.PolicyID != a.PolicyID || p.Number != a.VersionNumber:
		return "there is no such policy version " + versionID(a.PolicyVersionID)
	case !bytes.Equal(p.BodyHash, a.TextHash):
		return "it is of another text than the version has"
	}
	if said, ok := detail(e, "textHash"); ok && said != hex.EncodeToString(a.TextHash) {
		return entryID(e.ID) + " tells of another text"
	}
	return ""
}

// passwords: every password of a guardian was chosen when an entry says so.
func (v *verifier) passwords() error {
	return rows(v, "passwords", &v.report.Passwords, func(g *ent.Guardian) ident.ID { return g.ID },
		func(after ident.ID) ([]*ent.Guardian, error) {
			return v.snap.Client.Guardian.Query().
				Where(guardian.IDGT(after), guardian.Or(guardian.PasswordSetAtNotNil(), guardian.PasswordHashNEQ(""))).
				Order(ent.Asc(guardian.FieldID)).Limit(batch).All(v.ctx)
		},
		func(list []*ent.Guardian) error {
			guardians, businesses := map[ident.ID]bool{}, map[ident.ID]bool{}
			for _, g := range list {
				guardians[g.ID], businesses[g.BusinessID] = true, true
			}
			entries, err := v.snap.Client.AuditEntry.Query().Where(auditentry.BusinessIDIn(keys(businesses)...), auditentry.GuardianIDIn(keys(guardians)...),
				auditentry.ActionIn(resetCompleted, passwordChanged), auditentry.OutcomeEQ(schematype.Succeeded)).
				Select(auditentry.FieldGuardianID, auditentry.FieldOccurredAt).All(v.ctx)
			if err != nil {
				return err
			}
			at := map[ident.ID][]time.Time{}
			for _, e := range entries {
				at[*e.GuardianID] = append(at[*e.GuardianID], e.OccurredAt)
			}
			for _, g := range list {
				if g.PasswordSetAt == nil {
					return problem("guardian %s has a password that nobody chose: it was put there past Office Portal", guardianID(g.ID))
				}
				if !slices.ContainsFunc(at[g.ID], g.PasswordSetAt.Equal) {
					return problem("the password of guardian %s was set at %s past Office Portal: no entry tells of it", guardianID(g.ID), clock(*g.PasswordSetAt))
				}
			}
			return nil
		})
}
