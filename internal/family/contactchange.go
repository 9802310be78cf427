package family

import (
	"bytes"
	"context"
	"strings"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
)

// guardianTexts are the fields of a guardian that nothing depends on; nil stays as it is.
type guardianTexts struct{ name, relation, locale *string }

// guardianChange is what an update does to a guardian, already checked. The contacts are nil unless they
// differ from what is there; a zero one takes the contact away.
type guardianChange struct {
	before *ent.Guardian
	texts  guardianTexts
	email  *contact.Email
	phone  *contact.Phone
}

// applyGuardian writes the change, and everything that follows from a changed contact.
func (h *household) applyGuardian(ctx context.Context, i int, c guardianChange) error {
	texts, contacts := c.details()
	if len(texts)+len(contacts) == 0 {
		return errUnchanged
	}
	if err := h.updateGuardian(ctx, i, func(u *ent.GuardianUpdate) { h.setGuardian(u, c) }); err != nil {
		return err
	}
	now := h.guardians[i]
	if len(texts) > 0 {
		if err := h.recordGuardian(ctx, audit.GuardianChanged, now, nil, texts...); err != nil {
			return err
		}
	}
	if len(contacts) == 0 {
		return nil
	}
	if err := h.endLinks(ctx, now.ID); err != nil {
		return err
	}
	fields := make([]string, len(contacts))
	for i, d := range contacts {
		fields[i] = d.Key
	}
	facts := map[string]string{"fields": strings.Join(fields, ",")}
	if err := h.recordGuardian(ctx, audit.ContactChanged, now, facts, contacts...); err != nil {
		return err
	}
	return h.tellOldContact(ctx, c.before, contacts)
}

func (h *household) setGuardian(u *ent.GuardianUpdate, c guardianChange) {
	if c.texts.name != nil {
		u.SetName(*c.texts.name)
	}
	if c.texts.relation != nil {
		u.SetRelation(*c.texts.relation)
	}
	if c.texts.locale != nil {
		u.SetLocale(*c.texts.locale)
	}
	if c.email != nil || c.phone != nil {
		u.AddCredEpoch(1)
	}
	if c.email != nil {
		u.SetEmail(c.email.Address).ClearEmailKey().ClearLoginKey().ClearEmailBouncedAt().SetEmailProblem("").
			SetEmailChangedAt(h.tx.Now).SetEmailChangedBy(h.viewer.PersonID)
		if key := c.email.Key(h.s.Ring); key != nil {
			u.SetEmailKey(key)
			if c.before.CanLogIn {
				u.SetLoginKey(bytes.Clone(key))
			}
		}
	}
	if c.phone != nil {
		u.SetPhone(c.phone.E164).SetPhoneMobile(c.phone.Mobile).ClearPhoneOptedOutAt().
			SetPhoneChangedAt(h.tx.Now).SetPhoneChangedBy(h.viewer.PersonID)
	}
}

// details returns what changes, the contacts apart from the rest: they are told in an entry of their own.
func (c guardianChange) details() (texts, contacts []schematype.Detail) {
	add := func(key, before string, after *string) {
		if after != nil && *after != before {
			texts = append(texts, schematype.Detail{Key: key, Before: before, After: *after})
		}
	}
	add("name", c.before.Name, c.texts.name)
	add("relation", c.before.Relation, c.texts.relation)
	add("locale", c.before.Locale, c.texts.locale)
	if c.email != nil {
		contacts = append(contacts, schematype.Detail{Key: "email", Before: c.before.Email, After: c.email.Address})
	}
	if c.phone != nil {
		contacts = append(contacts, schematype.Detail{Key: "phone", Before: c.before.Phone, After: c.phone.E164})
	}
	return texts, contacts
}

// tellOldContact queues a notice for every contact that was replaced or taken away, to the email address
// from before the change: the new one may be in the hands of whoever should not have it. A guardian who had
// no address is not told: such a guardian could not log in, and a text would cost the business a credit.
func (h *household) tellOldContact(ctx context.Context, before *ent.Guardian, contacts []schematype.Detail) error {
	if before.Email == "" {
		return nil
	}
	for _, d := range contacts {
		if d.Before == "" {
			continue // the first one: nobody is bypassed
		}
		err := h.s.Outbox.ContactChanged(ctx, h.tx, Notice{
			Business: before.BusinessID, Guardian: before.ID, Destination: before.Email, Locale: before.Locale, Field: d.Key,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
