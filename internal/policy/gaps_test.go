package policy_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"officeportal/ent"
	"officeportal/ent/businesspolicy"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/family"
	"officeportal/internal/family/csvfile"
	"officeportal/internal/ident"
	"officeportal/internal/policy"
)

func TestWhoIsMissingFollowsFromWhoIsInTheFamily(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		waiver, _ := e.publish("Waiver", schematype.FamilyScope)
		photo, _ := e.publish("Photos", schematype.StudentScope)
		step := func(name string, change func() error) {
			t.Helper()
			if err := change(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			e.truth()
			if t.Failed() {
				t.Fatalf("after: %s", name)
			}
		}
		step("everything accepted", func() error {
			e.accept(e.maria, policy.Item{VersionID: waiver.ID}, policy.Item{VersionID: photo.ID, StudentID: e.ana.ID})
			return nil
		})
		var luis *ent.Student
		step("a student more", func() (err error) {
			luis, err = e.families.AddStudent(e.dana, family.AddStudentInput{FamilyID: e.lopez.ID, Name: "Luis"})
			return err
		})
		if !e.getFamily(e.lopez.ID).PoliciesMissing {
			t.Error("nobody accepted for the new student")
		}
		step("another name", func() error {
			f := e.getFamily(e.lopez.ID)
			_, err := e.families.UpdateFamily(e.dana, family.UpdateFamilyInput{FamilyID: f.ID, Version: f.Version, Name: "Zapata"})
			return err
		})
		step("the student archived", func() (err error) {
			luis, err = e.families.ArchiveStudent(e.dana, family.VersionedID{ID: luis.ID, Version: luis.Version})
			return err
		})
		if e.getFamily(e.lopez.ID).PoliciesMissing {
			t.Error("an archived student is asked")
		}
		step("the student back", func() (err error) {
			luis, err = e.families.RestoreStudent(e.dana, family.VersionedID{ID: luis.ID, Version: luis.Version})
			return err
		})
		step("the family archived", func() error {
			f := e.getFamily(e.lopez.ID)
			_, err := e.families.ArchiveFamily(e.dana, family.VersionedID{ID: f.ID, Version: f.Version})
			return err
		})
		if e.getFamily(e.lopez.ID).PoliciesMissing {
			t.Error("an archived family is asked")
		}
		step("the family back", func() error {
			f := e.getFamily(e.lopez.ID)
			_, err := e.families.RestoreFamily(e.dana, family.VersionedID{ID: f.ID, Version: f.Version})
			return err
		})
		step("a family more", func() error { e.family("Novak"); return nil })
		step("an import", func() error {
			file, err := csvfile.Read(strings.NewReader("family_id,family,role,name\n1,Smith,guardian,Ann Smith\n1,Smith,student,Bo Smith\n2,Khan,guardian,Ali Khan\n"),
				csvfile.Options{Country: "US", DefaultLanguage: "en", Now: e.store.Now()})
			if err != nil {
				return err
			}
			if _, err = e.families.Import(t.Context(), e.business, "x.csv", file, false); err == nil {
				e.work()
			}
			return err
		})
		step("demo data", func() error {
			err := e.families.Seed(t.Context(), e.business, family.SeedOptions{Families: 30, Seed: 3})
			if err == nil {
				e.work()
			}
			return err
		})
	})
}

func TestFamiliesAreLookedThroughByAnyNumberOfProcessesAndWhenStopped(t *testing.T) {
	defer policy.SetChunk(7)()
	each(t, func(t *testing.T, e *env) {
		e.must(e.families.Seed(t.Context(), e.business, family.SeedOptions{Families: 60, Seed: 9}))
		v, _, err := e.policies.Publish(e.dana, policy.PublishInput{IdempotencyKey: ident.New().String(), Title: "Photos", Scope: schematype.StudentScope, Body: "x"})
		e.must(err)
		w, _, err := e.policies.Publish(e.dana, policy.PublishInput{IdempotencyKey: ident.New().String(), Title: "Waiver", Scope: schematype.FamilyScope, Body: "x"})
		e.must(err)
		counts, err := e.policies.Counts(e.dana, []*ent.BusinessPolicy{e.policy(v.PolicyID), e.policy(w.PolicyID)})
		if err != nil || !counts[v.PolicyID].Counting || !counts[w.PolicyID].Counting {
			t.Errorf("%v %v", counts, err)
		}
		// a process that dies in the middle
		ctx, stop := context.WithCancel(t.Context())
		seen := 0
		defer e.store.Driver.Observe(stopAfter(&seen, 25, stop))()
		_ = e.policies.Once(ctx)
		if n, _ := e.store.Client.BusinessPolicy.Query().Where(businesspolicy.RecountDueAtNotNil()).Count(e.system); n == 0 {
			t.Error("it was not stopped in the middle")
		}
		// those who come after it, while a family accepts and another gets a student
		won, errs := race(4, func(i int) error {
			switch i {
			case 0:
				_, err := e.policies.Accept(e.as(e.maria), []policy.Item{{VersionID: v.ID, StudentID: e.ana.ID}, {VersionID: w.ID}})
				return err
			case 1:
				_, err := e.families.AddStudent(e.dana, family.AddStudentInput{FamilyID: e.lopez.ID, Name: "Luis"})
				return err
			default:
				return e.policies.Once(t.Context())
			}
		})
		if won != 4 {
			t.Error(errs)
		}
		e.work()
		e.truth()
		counts, err = e.policies.Counts(e.dana, []*ent.BusinessPolicy{e.policy(v.PolicyID), e.policy(w.PolicyID)})
		students, _ := e.store.Client.Student.Query().Count(e.system)
		families, _ := e.store.Client.Family.Query().Count(e.system)
		want := map[ident.ID]policy.Counts{v.PolicyID: {Accepted: 1, Missing: students - 1}, w.PolicyID: {Accepted: 1, Missing: families - 1}}
		if err != nil || fmt.Sprint(counts) != fmt.Sprint(want) {
			t.Errorf("%v, want %v", counts, want)
		}
	})
}

func TestCountsTellWhoAcceptedAndHow(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		v, p := e.publish("Waiver", schematype.FamilyScope)
		novak := e.guardian(e.family("Novak"), "Petr Novak")
		smith := e.guardian(e.family("Smith"), "Ann Smith")
		e.family("Khan")
		e.record(e.form(v, ident.ID{}))
		in := e.form(v, ident.ID{})
		in.GuardianID = novak.ID
		e.record(in)
		e.accept(novak, policy.Item{VersionID: v.ID})
		e.accept(smith, policy.Item{VersionID: v.ID})
		check := func(want policy.Counts) {
			t.Helper()
			got, err := e.policies.Counts(e.dana, []*ent.BusinessPolicy{e.policy(p.ID)})
			if err != nil || got[p.ID] != want {
				t.Errorf("%+v, want %+v, %v", got[p.ID], want, err)
			}
		}
		check(policy.Counts{Accepted: 2, ManuallyAccepted: 1, Missing: 1})
		e.again(p, false, "")
		check(policy.Counts{Accepted: 2, ManuallyAccepted: 1, Missing: 1})
		f := e.getFamily(smith.FamilyID)
		_, err := e.families.ArchiveFamily(e.dana, family.VersionedID{ID: f.ID, Version: f.Version})
		e.must(err)
		check(policy.Counts{Accepted: 1, ManuallyAccepted: 1, Missing: 1})
		e.again(p, true, "")
		check(policy.Counts{Missing: 3})
		if got, err := e.policies.Counts(e.as(e.maria), []*ent.BusinessPolicy{p}); err != nil || len(got) != 0 {
			t.Errorf("a guardian gets %v, %v", got, err)
		}
	})
}
