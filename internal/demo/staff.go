package demo

import (
	"context"
	"strings"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// member is a demo staff member. Their passwords are public; the point of them is that they pass the rules.
type member struct {
	name, role, email, password string
	owner                       bool
	granted                     []viewer.Permission
}

var members = []member{
	{"Olivia Grant", "owner", "olivia@sunrise.example", "velvet otter canopy 41", true, nil},
	{"Dana Price", "front desk", "dana@sunrise.example", "copper lantern meadow 52", false,
		[]viewer.Permission{viewer.FamiliesRead, viewer.FamiliesWrite, viewer.PasswordResetSend, viewer.SMSSpend, viewer.PoliciesManage, viewer.AuditRead}},
	{"Sam Ortiz", "assistant, email resets only", "sam@sunrise.example", "granite pelican harbor 63", false,
		[]viewer.Permission{viewer.FamiliesRead, viewer.PasswordResetSend}},
}

// open makes the business and its staff, a month ago.
func (w *world) open(ctx context.Context) error {
	hashes := make([]string, len(members))
	for i, m := range members {
		var err error
		if hashes[i], err = hash(ctx, m.password); err != nil {
			return err
		}
	}
	return w.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		there, err := tx.Business.Query().Where(business.Slug(Slug)).Exist(ctx)
		if err != nil {
			return err
		}
		if there {
			return ErrThere
		}
		began := w.ago(30 * day)
		b, err := tx.Business.Create().SetID(at(began)).SetName("Sunrise Gymnastics").SetSlug(Slug).SetTimeZone("America/Chicago").
			SetCountry("US").SetPhone("+13125550100").SetLocale("en").SetOfficeEmail("office@sunrise.example").SetCreatedAt(began).Save(ctx)
		if err != nil {
			return err
		}
		w.business = b.Unwrap()
		if err := w.Credits.CreateFor(ctx, tx, b.ID, true); err != nil {
			return err
		}
		past := past{w, tx}
		if err := past.record(ctx, began, audit.Entry{Action: audit.BusinessCreated, Facts: map[string]string{"business": b.Name}}); err != nil {
			return err
		}
		for i, m := range members {
			if err := past.hire(ctx, m, hashes[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p past) hire(ctx context.Context, m member, hashed string) error {
	email, err := contact.ParseEmail(m.email)
	if err != nil {
		return err
	}
	w := p.w
	when := w.ago(30*day - 10*minute)
	granted := m.granted
	if granted == nil {
		granted = []viewer.Permission{}
	}
	s, err := p.tx.StaffMember.Create().SetID(at(when)).SetBusinessID(w.business.ID).SetName(m.name).SetEmail(email.Address).
		SetEmailKey(email.Key(w.Ring)).SetPasswordHash(hashed).
		SetPermissions(granted).SetOwner(m.owner).SetCreatedAt(when).Save(ctx)
	if err != nil {
		return err
	}
	if w.staff == nil {
		w.staff = map[string]*ent.StaffMember{}
	}
	w.staff[first(m.name)] = s.Unwrap()
	after := "everything (owner)"
	if !m.owner {
		names := make([]string, len(granted))
		for i, g := range granted {
			names[i] = string(g)
		}
		after = strings.Join(names, " ")
	}
	return p.record(ctx, when, audit.Entry{Action: audit.StaffCreated, SubjectType: audit.SubjectStaff, Subject: s.ID,
		Facts: map[string]string{"staff": m.name}, Details: []schematype.Detail{{Key: "permissions", After: after}}})
}
