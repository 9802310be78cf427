package family

import (
	"bytes"
	"context"
	"strings"

	"officeportal/ent"
	"officeportal/ent/guardian"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/text"
	"officeportal/internal/viewer"
)

// AddGuardian adds a guardian to a family. One who can log in needs an email address that nobody else of
// the business signs in with, else the fault AlreadyTaken at "email".
func (s *Service) AddGuardian(ctx context.Context, in AddGuardianInput) (*ent.Guardian, error) {
	ctx, v, err := writer(ctx)
	if err != nil {
		return nil, err
	}
	c := checker{country: v.Business.Country}
	name, relation := c.name("name", in.Name), c.relation("relation", in.Relation)
	email, phone := c.email("email", in.Email), c.phone("phone", in.Phone)
	locale := text.Match(v.Business.Locale)
	if in.Locale != "" {
		locale = c.locale("locale", in.Locale)
	}
	if in.CanLogIn && strings.TrimSpace(in.Email) == "" {
		c.refuse(fault.At(fault.Required, "email", "family.loginNeedsEmail"))
	}
	key := email.Key(s.Ring)
	var made *ent.Guardian
	err = s.inFamily(ctx, v, in.FamilyID, "familyId", func(ctx context.Context, h *household) error {
		if err := h.present(); err != nil {
			return err
		}
		problems := c.problems
		if in.CanLogIn && key != nil {
			taken, err := h.taken(ctx, email, ident.ID{}, "email")
			if err != nil {
				return err
			}
			problems = append(problems[:len(problems):len(problems)], taken...)
		}
		if err := fault.Refuse(problems...); err != nil {
			return err
		}
		create := h.tx.Guardian.Create().SetBusinessID(v.BusinessID).SetFamilyID(h.family.ID).
			SetName(name).SetRelation(relation).SetLocale(locale).
			SetEmail(email.Address).SetPhone(phone.E164).SetPhoneMobile(phone.Mobile).
			SetCanLogIn(in.CanLogIn).SetUpdatedBy(v.PersonID).SetCreatedAt(h.tx.Now).SetUpdatedAt(h.tx.Now)
		if key != nil {
			create.SetEmailKey(key)
			if in.CanLogIn {
				create.SetLoginKey(bytes.Clone(key))
			}
		}
		var err error
		if made, err = create.Save(ctx); err != nil {
			return err
		}
		h.guardians = append(h.guardians, made)
		details := filled(
			schematype.Detail{Key: "name", After: name}, schematype.Detail{Key: "relation", After: relation},
			schematype.Detail{Key: "email", After: email.Address}, schematype.Detail{Key: "phone", After: phone.E164},
			schematype.Detail{Key: "locale", After: locale}, schematype.Detail{Key: "canLogIn", After: yesNo(in.CanLogIn)})
		return h.recordGuardian(ctx, audit.GuardianAdded, made, nil, details...)
	})
	if err != nil {
		return nil, err
	}
	return made.Unwrap(), nil
}

// UpdateGuardian changes a guardian. When the email or the phone changes, the guardian is signed out
// everywhere and every link dies, the change is remembered as made by the office, and the old email address
// is told: a change that its owner did not ask for must not go unseen.
func (s *Service) UpdateGuardian(ctx context.Context, in UpdateGuardianInput) (*ent.Guardian, error) {
	c := checker{country: viewer.From(ctx).Business.Country}
	var email contact.Email
	var phone contact.Phone
	set := guardianTexts{}
	if in.Name != nil {
		set.name = ptr(c.name("name", *in.Name))
	}
	if in.Relation != nil {
		set.relation = ptr(c.relation("relation", *in.Relation))
	}
	if in.Locale != nil {
		set.locale = ptr(c.locale("locale", *in.Locale))
	}
	if in.Email != nil {
		email = c.email("email", *in.Email)
	}
	if in.Phone != nil {
		phone = c.phone("phone", *in.Phone)
	}
	id := VersionedID{in.GuardianID, in.Version}
	return s.changeGuardian(ctx, id, func(ctx context.Context, h *household, i int) error {
		before := h.guardians[i]
		if err := h.presentGuardian(before); err != nil {
			return err
		}
		problems := c.problems[:len(c.problems):len(c.problems)]
		change := guardianChange{before: before, texts: set}
		if in.Email != nil && email.Address != before.Email {
			change.email = &email
		}
		if in.Phone != nil && phone.E164 != before.Phone {
			change.phone = &phone
		}
		if change.email != nil && before.CanLogIn {
			more, err := h.loginProblems(ctx, email, before.ID, strings.TrimSpace(*in.Email) == "", "email")
			if err != nil {
				return err
			}
			problems = append(problems, more...)
		}
		if err := fault.Refuse(problems...); err != nil {
			return err
		}
		return h.applyGuardian(ctx, i, change)
	})
}

// SetGuardianLoginAccess switches whether a guardian can log in. Either way the guardian is signed out
// everywhere and every link dies; the password is kept. The faults are Required and AlreadyTaken at "canLogIn".
func (s *Service) SetGuardianLoginAccess(ctx context.Context, in SetGuardianLoginAccessInput) (*ent.Guardian, error) {
	return s.changeGuardian(ctx, VersionedID{in.GuardianID, in.Version}, func(ctx context.Context, h *household, i int) error {
		g := h.guardians[i]
		if err := h.presentGuardian(g); err != nil {
			return err
		}
		if g.CanLogIn == in.CanLogIn {
			return errUnchanged
		}
		if in.CanLogIn {
			problems, err := h.loginProblems(ctx, storedEmail(g), g.ID, g.Email == "", "canLogIn")
			if err != nil {
				return err
			}
			if err := fault.Refuse(problems...); err != nil {
				return err
			}
		}
		err := h.updateGuardian(ctx, i, func(u *ent.GuardianUpdate) {
			u.SetCanLogIn(in.CanLogIn).AddCredEpoch(1).ClearLoginKey()
			if in.CanLogIn {
				h.giveLogin(u, g)
			}
		})
		if err != nil {
			return err
		}
		if err := h.endLinks(ctx, g.ID); err != nil {
			return err
		}
		return h.recordGuardian(ctx, audit.LoginAccessChanged, g, map[string]string{"canLogIn": yesNo(in.CanLogIn)},
			schematype.Detail{Key: "canLogIn", Before: yesNo(!in.CanLogIn), After: yesNo(in.CanLogIn)})
	})
}

// ArchiveGuardian takes a guardian out of the family's list. The guardian is signed out everywhere, links
// die, and login is switched off; nothing is deleted.
func (s *Service) ArchiveGuardian(ctx context.Context, in VersionedID) (*ent.Guardian, error) {
	return s.changeGuardian(ctx, in, func(ctx context.Context, h *household, i int) error {
		g := h.guardians[i]
		if err := h.present(); err != nil {
			return err
		}
		if g.Archived {
			return errUnchanged
		}
		err := h.updateGuardian(ctx, i, func(u *ent.GuardianUpdate) {
			u.SetArchived(true).SetCanLogIn(false).ClearLoginKey().AddCredEpoch(1)
		})
		if err != nil {
			return err
		}
		if err := h.endLinks(ctx, g.ID); err != nil {
			return err
		}
		return h.recordArchived(ctx, audit.GuardianArchived, audit.SubjectGuardian, g.ID, true, aboutGuardian(g, loginOff(g)...))
	})
}

// RestoreGuardian brings an archived guardian back, without login: whoever decides that the guardian
// belongs here again decides about the login too.
func (s *Service) RestoreGuardian(ctx context.Context, in VersionedID) (*ent.Guardian, error) {
	return s.changeGuardian(ctx, in, func(ctx context.Context, h *household, i int) error {
		g := h.guardians[i]
		if err := h.present(); err != nil {
			return err
		}
		if !g.Archived {
			return errUnchanged
		}
		if err := h.updateGuardian(ctx, i, func(u *ent.GuardianUpdate) { u.SetArchived(false).SetCanLogIn(false).ClearLoginKey() }); err != nil {
			return err
		}
		return h.recordArchived(ctx, audit.GuardianArchived, audit.SubjectGuardian, g.ID, false, aboutGuardian(g, loginOff(g)...))
	})
}

// changeGuardian runs change on the guardian at place i of the household when it still has the version
// that was shown.
func (s *Service) changeGuardian(ctx context.Context, in VersionedID, change func(ctx context.Context, h *household, i int) error) (*ent.Guardian, error) {
	ctx, v, err := writer(ctx)
	if err != nil {
		return nil, err
	}
	// Read before the transaction, because a guardian never moves to another family, and inside it
	// nothing may be read before the family is locked.
	found, err := s.Store.Client.Guardian.Query().Where(guardian.BusinessID(v.BusinessID), guardian.ID(in.ID)).
		Select(guardian.FieldFamilyID).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, notFound("guardianId")
	}
	if err != nil {
		return nil, err
	}
	var out *ent.Guardian
	err = s.inFamily(ctx, v, found.FamilyID, "guardianId", func(ctx context.Context, h *household) error {
		i, g := h.guardian(in.ID)
		if g == nil {
			return notFound("guardianId")
		}
		out = g
		if g.Version != in.Version {
			return h.stale(ctx, g.Version, g.UpdatedBy, g.UpdatedAt)
		}
		err := change(ctx, h, i)
		out = h.guardians[i]
		return err
	})
	if err != nil {
		return nil, err
	}
	return out.Unwrap(), nil
}

// updateGuardian changes the row at place i on condition that it still has the version that was read, and
// reads it back.
func (h *household) updateGuardian(ctx context.Context, i int, set func(*ent.GuardianUpdate)) error {
	g := h.guardians[i]
	u := h.tx.Guardian.Update().
		Where(guardian.BusinessID(g.BusinessID), guardian.ID(g.ID), guardian.Version(g.Version)).
		AddVersion(1).SetUpdatedAt(h.tx.Now).SetUpdatedBy(h.viewer.PersonID)
	set(u)
	n, err := u.Save(ctx)
	if err != nil {
		return err
	}
	now, err := h.tx.Guardian.Get(ctx, g.ID)
	if err != nil {
		return err
	}
	if n != 1 {
		return h.stale(ctx, now.Version, now.UpdatedBy, now.UpdatedAt)
	}
	h.guardians[i] = now
	return nil
}

func (h *household) presentGuardian(g *ent.Guardian) error {
	if g.Archived && !h.family.Archived {
		return fault.New(fault.Invalid, "family.guardianArchived")
	}
	return h.present()
}

// loginProblems says why a guardian could not log in with the address: there is none, or it is taken. An
// address that was refused for its form has neither.
func (h *household) loginProblems(ctx context.Context, email contact.Email, self ident.ID, none bool, field string) ([]fault.Field, error) {
	if none {
		return []fault.Field{fault.At(fault.Required, field, "family.loginNeedsEmail")}, nil
	}
	if email.IsZero() {
		return nil, nil
	}
	return h.taken(ctx, email, self, field)
}

// giveLogin lets the guardian log in with its address.
func (h *household) giveLogin(u *ent.GuardianUpdate, g *ent.Guardian) {
	if key := storedEmail(g).Key(h.s.Ring); key != nil {
		u.SetEmailKey(key).SetLoginKey(bytes.Clone(key))
	}
}

func (h *household) taken(ctx context.Context, email contact.Email, self ident.ID, field string) ([]fault.Field, error) {
	holder, err := h.loginHolder(ctx, email, self)
	if err != nil || holder == nil {
		return nil, err
	}
	return []fault.Field{fault.At(fault.AlreadyTaken, field, "family.loginTaken", "guardian", holder.Name)}, nil
}

func (h *household) recordGuardian(ctx context.Context, action audit.Action, g *ent.Guardian, facts map[string]string, details ...schematype.Detail) error {
	e := aboutGuardian(g, details...)
	e.Action, e.SubjectType, e.Subject = action, audit.SubjectGuardian, g.ID
	for k, v := range facts {
		e.Facts[k] = v
	}
	return h.record(ctx, *e)
}

func aboutGuardian(g *ent.Guardian, details ...schematype.Detail) *audit.Entry {
	return &audit.Entry{Guardian: g.ID, Facts: map[string]string{"guardian": g.Name}, Details: details}
}

func loginOff(g *ent.Guardian) []schematype.Detail {
	if !g.CanLogIn {
		return nil
	}
	return []schematype.Detail{{Key: "canLogIn", Before: "yes", After: "no"}}
}

func filled(details ...schematype.Detail) []schematype.Detail {
	out := details[:0]
	for _, d := range details {
		if d.After != "" {
			out = append(out, d)
		}
	}
	return out
}

func ptr[T any](v T) *T { return &v }
