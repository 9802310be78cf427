package demo

import (
	"context"
	"fmt"
	"time"

	"officeportal/ent"
	"officeportal/ent/guardian"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/student"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/policy"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

const waiver = `# Risks of taking part

Gymnastics is **fun and safe** when everybody follows the rules, and still it has risks: falls, sprains, and in rare
cases serious injury.

By accepting I confirm that

1. everybody of my family who takes part is **healthy enough** to do so,
2. I tell the office about injuries and allergies,
3. I understand the risks, and that coaches may call an ambulance when I can't be reached.

Questions? Ask at the front desk, or write to <office@sunrise.example>.`

const photos = `# Pictures of your children

We take pictures at meets and in class. I agree that Sunrise Gymnastics shows pictures of my child

- on the walls of the gym,
- on [our website](https://sunrise.example).

Names are never shown. I can take this back at any time.`

// Who did what with the policies: families without any of it are missing.
var (
	acceptedAll    = []string{benEmail, "hanako.yamada@example.com", "noor.alkhatib@example.com", "noa.cohen@example.com", "emma.johnson@example.com", "amara.patel@example.com", "daniel.okafor@example.com"}
	acceptedWaiver = []string{"oksana.shevchenko@example.com", "seoyeon.kim@example.com", "eleni.papadopoulou@example.com", "carlos.martinez@example.com"}
	onPaper        = []string{"tom.brooks@example.com", "siobhan.obrien@example.com", "linh.rossi@example.com"}
)

// desk is the policies as they were looked after at some time.
type desk struct {
	*policy.Service
	w *world
}

func (w *world) desk(when time.Time) desk {
	then := store.New(w.Store.Driver, func() time.Time { return when })
	audit.SignWith(then.Client, w.Ring)
	return desk{policy.New(policy.Config{Store: then}), w}
}

// policies are two texts that some families accepted, by themselves or on paper, and others not yet.
func (w *world) policies(ctx context.Context) error {
	olivia := w.member(ctx, "Olivia")
	asked := w.desk(w.ago(25 * day))
	first, liability, err := asked.Publish(olivia, policy.PublishInput{IdempotencyKey: ident.New().String(), Title: "Liability waiver", Scope: schematype.FamilyScope, Body: waiver})
	if err != nil {
		return fmt.Errorf("demo policies: %w", err)
	}
	release, _, err := asked.Publish(olivia, policy.PublishInput{IdempotencyKey: ident.New().String(), Title: "Photo and video release", Scope: schematype.StudentScope, Body: photos})
	if err != nil {
		return fmt.Errorf("demo policies: %w", err)
	}
	for i, email := range acceptedWaiver {
		if err := w.desk(w.ago(time.Duration(20-i)*day)).accept(ctx, email, first, nil); err != nil {
			return err
		}
	}
	cosmetic := false
	second, _, err := w.desk(w.ago(10*day)).Publish(olivia, policy.PublishInput{IdempotencyKey: ident.New().String(), PolicyID: liability.ID, Version: liability.Version, Title: "Liability waiver",
		Body: waiver + "\n\nThe front desk is open Monday to Saturday.", Material: &cosmetic, ChangeNote: "Opening hours added"})
	if err != nil {
		return fmt.Errorf("demo policies: %w", err)
	}
	for i, email := range onPaper {
		if err := w.desk(w.ago(8*day-time.Duration(i)*minute)).recordForms(ctx, email, second, release); err != nil {
			return err
		}
	}
	if err := w.desk(w.ago(5*day)).accept(ctx, "siobhan.obrien@example.com", second, nil); err != nil {
		return err
	}
	for i, email := range acceptedAll {
		when := w.ago(2*day - 5*minute - time.Duration(i)*time.Hour)
		if err := w.desk(when).accept(ctx, email, second, release); err != nil {
			return err
		}
	}
	return policy.New(policy.Config{Store: w.Store}).Once(ctx)
}

// member is a staff member at the desk, as the Office Portal knows who asks.
func (w *world) member(ctx context.Context, name string) context.Context {
	ctx = w.as(ctx, w.staff[name])
	v := viewer.From(ctx)
	v.Business = viewer.Business{Name: w.business.Name, TimeZone: w.business.TimeZone, Locale: w.business.Locale}
	return viewer.With(ctx, v)
}

// accept is a guardian who reads and accepts on the own phone: nobody else could.
func (d desk) accept(ctx context.Context, email string, family, each *ent.PolicyVersion) error {
	g, students, err := d.household(ctx, email)
	if err != nil {
		return err
	}
	items := []policy.Item{{VersionID: family.ID}}
	if each != nil {
		for _, st := range students {
			items = append(items, policy.Item{VersionID: each.ID, StudentID: st})
		}
	}
	home := viewer.With(fromHome(ctx), viewer.Viewer{Kind: viewer.Guardian, BusinessID: g.BusinessID, PersonID: g.ID, FamilyID: g.FamilyID, Name: g.Name,
		Business: viewer.Business{TimeZone: d.w.business.TimeZone}})
	if _, err := d.Accept(home, items); err != nil {
		return fmt.Errorf("demo policies: %s: %w", g.Name, err)
	}
	return nil
}

// recordForms is the office that was handed signed forms.
func (d desk) recordForms(ctx context.Context, email string, family, each *ent.PolicyVersion) error {
	g, students, err := d.household(ctx, email)
	if err != nil {
		return err
	}
	form := policy.ManualInput{GuardianID: g.ID, VersionID: family.ID, FormOnFile: true, Note: "Folder by the door",
		SignedOn: d.Store.Now().AddDate(0, 0, -1).Format(time.DateOnly)}
	forms := []policy.ManualInput{form}
	for _, st := range students {
		form.VersionID, form.StudentID = each.ID, st
		forms = append(forms, form)
	}
	for _, f := range forms {
		if _, err := d.RecordManual(d.w.member(ctx, "Dana"), f); err != nil {
			return fmt.Errorf("demo policies: %s: %w", g.Name, err)
		}
	}
	return nil
}

func (d desk) household(ctx context.Context, email string) (*ent.Guardian, []ident.ID, error) {
	g, err := d.w.Store.Client.Guardian.Query().Where(guardian.BusinessID(d.w.business.ID), guardian.Email(email)).Only(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("demo policies: %s: %w", email, err)
	}
	students, err := d.w.Store.Client.Student.Query().Where(student.BusinessID(g.BusinessID), student.FamilyID(g.FamilyID)).
		Order(ent.Asc(student.FieldID)).IDs(ctx)
	return g, students, err
}
