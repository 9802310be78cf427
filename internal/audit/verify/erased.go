package verify

import (
	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/auditerasure"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
)

// erasuresOf returns the erasures of sealed entries.
func (v *verifier) erasuresOf(leaves []*ent.AuditLeaf) (map[ident.ID]*ent.AuditErasure, error) {
	if v.erasures == 0 {
		return nil, nil
	}
	ids := make([]ident.ID, len(leaves))
	for i, l := range leaves {
		ids[i] = l.EntryID
	}
	rows, err := v.snap.Client.AuditErasure.Query().Where(auditerasure.IDIn(ids...)).All(v.ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[ident.ID]*ent.AuditErasure, len(rows))
	var commands []ident.ID
	for _, r := range rows {
		out[r.ID] = r
		commands = append(commands, r.AuditID)
	}
	told, err := v.entriesByID(commands)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if e := told[r.AuditID]; e == nil || e.Action != string(audit.PersonErased) {
			return nil, problem("entry %s counts as erased by entry %s, which tells of no erasing: somebody emptied it", entryID(r.ID), entryID(r.AuditID))
		}
	}
	return out, nil
}

// looksErased checks that nothing but personal data is missing.
func looksErased(e *ent.AuditEntry) error {
	if string(audit.Payload(audit.Erased(e))) != string(audit.Payload(e)) {
		return problem("%s counts as erased and still holds data: it was changed afterwards", describe(e))
	}
	return nil
}

// erasuresMet compares the number of erasures with those that were met with their entries.
func (v *verifier) erasuresMet() error {
	if v.erasures != v.erased {
		return problem("%d entries count as erased, and %d of them are in the tree: somebody inserted the others", v.erasures, v.erased)
	}
	return nil
}

// erasing compares an entry that tells of erasing with what was erased: how many entries, and what is left of them,
// which no other proof covers any more.
func (v *verifier) erasing(e *ent.AuditEntry) error {
	digest := audit.NewRemains()
	var after ident.ID
	for {
		rows, err := v.snap.Client.AuditErasure.Query().Where(auditerasure.AuditID(e.ID), auditerasure.IDGT(after)).
			Order(ent.Asc(auditerasure.FieldID)).Limit(batch).All(v.ctx)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		ids := make([]ident.ID, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
		}
		after = ids[len(ids)-1]
		left, err := v.snap.Client.AuditEntry.Query().Where(auditentry.IDIn(ids...)).Order(ent.Asc(auditentry.FieldID)).All(v.ctx)
		if err != nil {
			return err
		}
		for _, l := range left {
			if l.BusinessID != e.BusinessID {
				return problem("%s belongs to another business than the erasing of it (%s)", describe(l), entryID(e.ID))
			}
			digest.Add(l)
		}
	}
	if digest.Entries() != e.Facts["entries"] || digest.Sum() != e.Facts["remains"] {
		return problem("%s tells of erasing %s entries, and %s are: what is left of one was changed, or somebody emptied or put back others",
			describe(e), e.Facts["entries"], digest.Entries())
	}
	return nil
}
