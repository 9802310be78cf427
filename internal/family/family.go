package family

import (
	"context"

	"officeportal/ent"
	"officeportal/ent/family"
	"officeportal/ent/guardian"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/search"
	"officeportal/internal/store"
)

// CreateFamily makes a family without members. Two families may have the same name.
func (s *Service) CreateFamily(ctx context.Context, in CreateFamilyInput) (*ent.Family, error) {
	ctx, v, err := writer(ctx)
	if err != nil {
		return nil, err
	}
	var c checker
	name := c.name("name", in.Name)
	if err := fault.Refuse(c.problems...); err != nil {
		return nil, err
	}
	defer s.totals.forget(v.BusinessID)
	var made *ent.Family
	err = s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = tx.Family.Create().SetBusinessID(v.BusinessID).SetName(name).SetNameKey(search.SortKey(name)).
			SetUpdatedBy(v.PersonID).SetCreatedAt(tx.Now).SetUpdatedAt(tx.Now).Save(ctx)
		if err != nil {
			return err
		}
		h := &household{s: s, tx: tx, viewer: v, family: made}
		if err := tx.FamilySearchKey.CreateBulk(searchKeys(tx, made.BusinessID, made.ID, listedOf(made), h.keys())...).Exec(ctx); err != nil {
			return err
		}
		if err := s.policies().FamilyChanged(ctx, tx, v.BusinessID, made.ID); err != nil {
			return err
		}
		return h.record(ctx, audit.Entry{Action: audit.FamilyCreated, SubjectType: audit.SubjectFamily, Subject: made.ID,
			Details: []schematype.Detail{{Key: "name", After: name}}})
	})
	if err != nil {
		return nil, err
	}
	return made.Unwrap(), nil
}

// UpdateFamily gives a family another name.
func (s *Service) UpdateFamily(ctx context.Context, in UpdateFamilyInput) (*ent.Family, error) {
	var c checker
	name := c.name("name", in.Name)
	return s.changeFamily(ctx, VersionedID{in.FamilyID, in.Version}, func(ctx context.Context, h *household) error {
		if err := h.present(); err != nil {
			return err
		}
		if err := fault.Refuse(c.problems...); err != nil {
			return err
		}
		before := h.family.Name
		if before == name {
			return errUnchanged
		}
		err := h.updateFamily(ctx, in.Version, func(u *ent.FamilyUpdate) { u.SetName(name).SetNameKey(search.SortKey(name)) })
		if err != nil {
			return err
		}
		return h.record(ctx, audit.Entry{Action: audit.FamilyChanged, SubjectType: audit.SubjectFamily, Subject: h.family.ID,
			Details: []schematype.Detail{{Key: "name", Before: before, After: name}}})
	})
}

// ArchiveFamily takes a family out of the lists. Its guardians are signed out, their links die, and they
// can't log in; nothing is deleted, and whether they could is remembered.
func (s *Service) ArchiveFamily(ctx context.Context, in VersionedID) (*ent.Family, error) {
	return s.changeFamily(ctx, in, func(ctx context.Context, h *household) error {
		if h.family.Archived {
			return errUnchanged
		}
		if err := h.updateFamily(ctx, in.Version, func(u *ent.FamilyUpdate) { u.SetArchived(true) }); err != nil {
			return err
		}
		err := h.tx.Guardian.Update().
			Where(guardian.BusinessID(h.family.BusinessID), guardian.FamilyID(h.family.ID)).
			SetFamilyArchived(true).ClearLoginKey().AddCredEpoch(1).AddVersion(1).
			SetUpdatedAt(h.tx.Now).SetUpdatedBy(h.viewer.PersonID).Exec(ctx)
		if err != nil {
			return err
		}
		ids := make([]ident.ID, len(h.guardians))
		for i, g := range h.guardians {
			ids[i] = g.ID
		}
		if err := h.endLinks(ctx, ids...); err != nil {
			return err
		}
		return h.recordArchived(ctx, audit.FamilyArchived, audit.SubjectFamily, h.family.ID, true, nil)
	})
}

// RestoreFamily brings an archived family back. Its guardians can log in again as before, except those
// whose address somebody else signs in with by now: they come back without login, and the Audit Log says so.
func (s *Service) RestoreFamily(ctx context.Context, in VersionedID) (*ent.Family, error) {
	return s.changeFamily(ctx, in, func(ctx context.Context, h *household) error {
		if !h.family.Archived {
			return errUnchanged
		}
		if err := h.updateFamily(ctx, in.Version, func(u *ent.FamilyUpdate) { u.SetArchived(false) }); err != nil {
			return err
		}
		for i, g := range h.guardians {
			g.FamilyArchived = false
			if err := h.restoreLogin(ctx, i, g); err != nil {
				return err
			}
		}
		return h.recordArchived(ctx, audit.FamilyArchived, audit.SubjectFamily, h.family.ID, false, nil)
	})
}

func (h *household) restoreLogin(ctx context.Context, i int, g *ent.Guardian) error {
	var holder *ent.Guardian
	if logsIn(g) {
		var err error
		if holder, err = h.loginHolder(ctx, storedEmail(g), g.ID); err != nil {
			return err
		}
	}
	err := h.updateGuardian(ctx, i, func(u *ent.GuardianUpdate) {
		u.SetFamilyArchived(false)
		switch {
		case holder != nil:
			u.SetCanLogIn(false).AddCredEpoch(1)
		case logsIn(g):
			h.giveLogin(u, g)
		}
	})
	if err != nil || holder == nil {
		return err
	}
	return h.recordGuardian(ctx, audit.LoginAccessChanged, g,
		map[string]string{"canLogIn": "no", "reason": "ADDRESS_TAKEN"},
		schematype.Detail{Key: "canLogIn", Before: "yes", After: "no"})
}

// changeFamily runs change on the family when it still has the version that was shown.
func (s *Service) changeFamily(ctx context.Context, in VersionedID, change func(ctx context.Context, h *household) error) (*ent.Family, error) {
	ctx, v, err := writer(ctx)
	if err != nil {
		return nil, err
	}
	var out *ent.Family
	err = s.inFamily(ctx, v, in.ID, "familyId", func(ctx context.Context, h *household) error {
		out = h.family
		if h.family.Version != in.Version {
			return h.stale(ctx, h.family.Version, h.family.UpdatedBy, h.family.UpdatedAt)
		}
		err := change(ctx, h)
		out = h.family
		return err
	})
	if err != nil {
		return nil, err
	}
	return out.Unwrap(), nil
}

// updateFamily changes the family's row on condition that it still has the version, and reads it back.
func (h *household) updateFamily(ctx context.Context, version int, set func(*ent.FamilyUpdate)) error {
	u := h.tx.Family.Update().
		Where(family.BusinessID(h.family.BusinessID), family.ID(h.family.ID), family.Version(version)).
		AddVersion(1).SetUpdatedBy(h.viewer.PersonID).SetUpdatedAt(h.tx.Now)
	set(u)
	n, err := u.Save(ctx)
	if err != nil {
		return err
	}
	now, err := h.tx.Family.Get(ctx, h.family.ID)
	if err != nil {
		return err
	}
	if n != 1 {
		return h.stale(ctx, now.Version, now.UpdatedBy, now.UpdatedAt)
	}
	h.family = now
	return nil
}

func (h *household) recordArchived(ctx context.Context, action audit.Action, kind string, subject ident.ID, archived bool, e *audit.Entry) error {
	if e == nil {
		e = &audit.Entry{}
	}
	e.Action, e.SubjectType, e.Subject = action, kind, subject
	if e.Facts == nil {
		e.Facts = map[string]string{}
	}
	e.Facts["archived"] = yesNo(archived)
	e.Details = append([]schematype.Detail{{Key: "archived", Before: yesNo(!archived), After: yesNo(archived)}}, e.Details...)
	return h.record(ctx, *e)
}
