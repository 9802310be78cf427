package family_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/family"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/text"
	"officeportal/internal/viewer"
)

func TestOnlyStaffWithThePermissionChangeFamilies(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f := e.family("Lopez")
		g := e.guardian(f.ID, "Maria Lopez", "maria@example.com", "", true)
		guardianCtx := viewer.With(t.Context(), viewer.Viewer{Kind: viewer.Guardian, BusinessID: e.business.ID, PersonID: g.ID, FamilyID: f.ID})
		for who, ctx := range map[string]context.Context{"nobody": t.Context(), "a guardian": guardianCtx, "staff who only read": e.sam, "the system": e.system} {
			for what, do := range map[string]func() error{
				"CreateFamily": func() error { _, err := e.svc.CreateFamily(ctx, family.CreateFamilyInput{Name: "X"}); return err },
				"UpdateFamily": func() error {
					_, err := e.svc.UpdateFamily(ctx, family.UpdateFamilyInput{FamilyID: f.ID, Version: 1, Name: "X"})
					return err
				},
				"ArchiveFamily": func() error { _, err := e.svc.ArchiveFamily(ctx, family.VersionedID{ID: f.ID, Version: 1}); return err },
				"RestoreFamily": func() error { _, err := e.svc.RestoreFamily(ctx, family.VersionedID{ID: f.ID, Version: 1}); return err },
				"AddGuardian": func() error {
					_, err := e.svc.AddGuardian(ctx, family.AddGuardianInput{FamilyID: f.ID, Name: "X"})
					return err
				},
				"UpdateGuardian": func() error {
					_, err := e.svc.UpdateGuardian(ctx, family.UpdateGuardianInput{GuardianID: g.ID, Version: 1, Name: ptr("X")})
					return err
				},
				"SetGuardianLoginAccess": func() error {
					_, err := e.svc.SetGuardianLoginAccess(ctx, family.SetGuardianLoginAccessInput{GuardianID: g.ID, Version: 1})
					return err
				},
				"ArchiveGuardian": func() error {
					_, err := e.svc.ArchiveGuardian(ctx, family.VersionedID{ID: g.ID, Version: 1})
					return err
				},
				"RestoreGuardian": func() error {
					_, err := e.svc.RestoreGuardian(ctx, family.VersionedID{ID: g.ID, Version: 1})
					return err
				},
				"AddStudent": func() error {
					_, err := e.svc.AddStudent(ctx, family.AddStudentInput{FamilyID: f.ID, Name: "X"})
					return err
				},
				"UpdateStudent": func() error {
					_, err := e.svc.UpdateStudent(ctx, family.UpdateStudentInput{StudentID: ident.New(), Version: 1})
					return err
				},
				"ArchiveStudent": func() error {
					_, err := e.svc.ArchiveStudent(ctx, family.VersionedID{ID: ident.New(), Version: 1})
					return err
				},
				"RestoreStudent": func() error {
					_, err := e.svc.RestoreStudent(ctx, family.VersionedID{ID: ident.New(), Version: 1})
					return err
				},
			} {
				if err := do(); !fault.Is(err, fault.Forbidden) {
					t.Errorf("%s by %s: %v", what, who, err)
				}
			}
		}
	})
}

func TestAnotherBusinessDoesNotExist(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f := e.family("Lopez")
		g := e.guardian(f.ID, "Maria Lopez", "maria@example.com", "", true)
		st := e.student(f.ID, "Ana Lopez")
		other := newEnv(t, e.store, e.clock, "harbor")
		for what, err := range map[string]error{
			"familyId":   second(other.svc.UpdateFamily(other.dana, family.UpdateFamilyInput{FamilyID: f.ID, Version: 1, Name: "Mine"})),
			"familyId ":  second(other.svc.AddGuardian(other.dana, family.AddGuardianInput{FamilyID: f.ID, Name: "Eve"})),
			"guardianId": second(other.svc.ArchiveGuardian(other.dana, family.VersionedID{ID: g.ID, Version: 1})),
			"studentId":  second(other.svc.ArchiveStudent(other.dana, family.VersionedID{ID: st.ID, Version: 1})),
		} {
			if diff := cmp.Diff([]string{"NOT_FOUND " + strings.TrimSpace(what)}, refused(t, err)); diff != "" {
				t.Error(diff)
			}
		}
		// The same address may log in at both schools.
		other.guardian(other.family("Lopez").ID, "Maria Lopez", "maria@example.com", "", true)
	})
}

// held reports whether a column of bytes is not null: ent gives a pointer to nothing for one that is.
func held(b *[]byte) bool { return b != nil && *b != nil }

func second[T any](_ T, err error) error { return err }

func TestEveryWrongFieldIsNamedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f := e.family("Lopez")
		taken := e.guardian(f.ID, "Maria Lopez", "maria@example.com", "", true)
		g := e.guardian(f.ID, "Ben Lopez", "ben@example.com", "", true)
		none := e.guardian(f.ID, "Tom Lopez", "", "", false)
		st := e.student(f.ID, "Ana Lopez")
		for _, c := range []struct {
			name string
			err  error
			want []string
		}{
			{"a family needs a name", second(e.svc.CreateFamily(e.dana, family.CreateFamilyInput{Name: " "})), []string{"REQUIRED name"}},
			{"a name has at most 120 characters", second(e.svc.UpdateFamily(e.dana, family.UpdateFamilyInput{FamilyID: f.ID, Version: f.Version, Name: strings.Repeat("é", 121)})), []string{"INVALID name"}},
			{"all fields of a new guardian", second(e.svc.AddGuardian(e.dana, family.AddGuardianInput{FamilyID: f.ID, Relation: strings.Repeat("x", 61), Email: "maria", Phone: "12", Locale: "xx", CanLogIn: true})),
				[]string{"INVALID email", "INVALID locale", "INVALID phone", "INVALID relation", "REQUIRED name"}},
			{"login needs an email", second(e.svc.AddGuardian(e.dana, family.AddGuardianInput{FamilyID: f.ID, Name: "Eve", CanLogIn: true})), []string{"REQUIRED email"}},
			{"an address signs in one guardian, whatever its case", second(e.svc.AddGuardian(e.dana, family.AddGuardianInput{FamilyID: f.ID, Email: "MARIA@Example.com", CanLogIn: true})),
				[]string{"ALREADY_TAKEN email", "REQUIRED name"}},
			{"a changed address must be free", second(e.svc.UpdateGuardian(e.dana, family.UpdateGuardianInput{GuardianID: g.ID, Version: 1, Email: ptr("maria@example.com"), Phone: ptr("555")})),
				[]string{"ALREADY_TAKEN email", "INVALID phone"}},
			{"who logs in keeps an address", second(e.svc.UpdateGuardian(e.dana, family.UpdateGuardianInput{GuardianID: g.ID, Version: 1, Email: ptr(""), Name: ptr("")})),
				[]string{"REQUIRED email", "REQUIRED name"}},
			{"an email of bad form is only that", second(e.svc.UpdateGuardian(e.dana, family.UpdateGuardianInput{GuardianID: g.ID, Version: 1, Email: ptr("a,b@example.com")})),
				[]string{"INVALID email"}},
			{"login can't be switched on without an email", second(e.svc.SetGuardianLoginAccess(e.dana, family.SetGuardianLoginAccessInput{GuardianID: none.ID, Version: 1, CanLogIn: true})),
				[]string{"REQUIRED canLogIn"}},
			{"a student has a name and was born", second(e.svc.UpdateStudent(e.dana, family.UpdateStudentInput{StudentID: st.ID, Version: 1, Name: ptr(""), BirthDate: ptr("31.3.2019")})),
				[]string{"INVALID birthDate", "REQUIRED name"}},
			{"nobody is born tomorrow", second(e.svc.AddStudent(e.dana, family.AddStudentInput{FamilyID: f.ID, Name: "Ana", BirthDate: "2026-03-05"})), []string{"INVALID birthDate"}},
		} {
			t.Run(c.name, func(t *testing.T) {
				if diff := cmp.Diff(c.want, refused(t, c.err)); diff != "" {
					t.Fatal(diff)
				}
				for _, p := range fault.As(c.err).Fields {
					if !text.Has(p.Text) {
						t.Errorf("no sentence %q", p.Text)
					}
				}
			})
		}
		if got := e.getGuardian(g.ID); got.Version != 1 || got.Email != "ben@example.com" {
			t.Errorf("a refused change was written: %v", got)
		}
		if err := second(e.svc.AddGuardian(e.dana, family.AddGuardianInput{FamilyID: f.ID, Name: "Eve", Email: "maria@example.com", CanLogIn: true})); fault.As(err).Fields[0].Args["guardian"] != taken.Name {
			t.Error("the refusal does not say whose address it is")
		}
	})
}

func TestAFamilyFromCreationToArchive(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		var f *ent.Family
		got := e.since(func() { f = e.family("  López-García ") })
		if f.Name != "López-García" || f.NameKey != "lopez garcia" || f.Version != 1 || f.AnyCanLogIn {
			t.Errorf("%v", f)
		}
		if len(got) != 1 || got[0].Action != "FAMILY_CREATED" || *got[0].FamilyID != f.ID || got[0].Facts["family"] != "López-García" {
			t.Errorf("%v", got)
		}
		got = e.since(func() {
			f = must[*ent.Family](t)(e.svc.UpdateFamily(e.dana, family.UpdateFamilyInput{FamilyID: f.ID, Version: 1, Name: "Garcia"}))
		})
		if f.Version != 2 || f.NameKey != "garcia" || *f.UpdatedBy != e.danaID {
			t.Errorf("%v", f)
		}
		if diff := cmp.Diff([]schematype.Detail{{Key: "name", Before: "López-García", After: "Garcia"}}, got[0].Details); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"garcia"}, e.keys(f.ID)); diff != "" {
			t.Error(diff)
		}
		if got = e.since(func() {
			f = must[*ent.Family](t)(e.svc.UpdateFamily(e.dana, family.UpdateFamilyInput{FamilyID: f.ID, Version: 2, Name: "Garcia"}))
		}); len(got) != 0 || f.Version != 2 {
			t.Error("a change that changes nothing was written")
		}

		g := e.guardian(f.ID, "Maria Garcia", "maria@example.com", "(312) 555-0123", true)
		link := e.token(g)
		if !e.getFamily(f.ID).AnyCanLogIn {
			t.Error("any_can_log_in is not kept")
		}
		if got = e.since(func() {
			f = must[*ent.Family](t)(e.svc.ArchiveFamily(e.dana, family.VersionedID{ID: f.ID, Version: 2}))
		}); !f.Archived || f.Version != 3 || len(got) != 1 || got[0].Facts["archived"] != "yes" {
			t.Errorf("%v %v", f, got)
		}
		now := e.getGuardian(g.ID)
		if !now.FamilyArchived || held(now.LoginKey) || now.CredEpoch != g.CredEpoch+1 || !now.CanLogIn || !e.revoked(link) {
			t.Errorf("the guardian of an archived family can still do something: %v", now)
		}
		if err := second(e.svc.UpdateGuardian(e.dana, family.UpdateGuardianInput{GuardianID: g.ID, Version: now.Version, Name: ptr("M")})); !fault.Is(err, fault.Invalid) {
			t.Errorf("an archived family was changed: %v", err)
		}
		f = must[*ent.Family](t)(e.svc.RestoreFamily(e.dana, family.VersionedID{ID: f.ID, Version: 3}))
		if now = e.getGuardian(g.ID); f.Archived || now.FamilyArchived || !held(now.LoginKey) {
			t.Errorf("%v %v", f, now)
		}
	})
}

func TestARestoredGuardianWhoseAddressIsTakenCannotLogIn(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f := e.family("Lopez")
		g := e.guardian(f.ID, "Maria Lopez", "maria@example.com", "", true)
		must[*ent.Family](t)(e.svc.ArchiveFamily(e.dana, family.VersionedID{ID: f.ID, Version: 1}))
		e.guardian(e.family("Lopez again").ID, "Maria Lopez", "maria@example.com", "", true)
		got := e.since(func() { must[*ent.Family](t)(e.svc.RestoreFamily(e.dana, family.VersionedID{ID: f.ID, Version: 2})) })
		if now := e.getGuardian(g.ID); now.CanLogIn || held(now.LoginKey) {
			t.Errorf("%v", now)
		}
		if e.getFamily(f.ID).AnyCanLogIn {
			t.Error("any_can_log_in is wrong")
		}
		if diff := cmp.Diff([]string{"FAMILY_ARCHIVED", "LOGIN_ACCESS_CHANGED"}, actions(got)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAStaleChangeSaysWhoWasFasterAndOverwritesNothing(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f := e.family("Lopez")
		g := e.guardian(f.ID, "Maria Lopez", "", "", false)
		now := must[*ent.Guardian](t)(e.svc.UpdateGuardian(e.dana, family.UpdateGuardianInput{GuardianID: g.ID, Version: 1, Name: ptr("Marie Lopez")}))
		err := second(e.svc.UpdateGuardian(e.dana, family.UpdateGuardianInput{GuardianID: g.ID, Version: 1, Name: ptr("M. Lopez")}))
		if !fault.Is(err, fault.StaleVersion) {
			t.Fatal(err)
		}
		p := fault.As(err).Fields[0]
		by, _ := p.ChangedBy.(*ent.StaffMember)
		if p.Version != 2 || by == nil || by.Name != "Dana Price" || !p.ChangedAt.Equal(now.UpdatedAt) || p.Args["who"] != "Dana Price" {
			t.Errorf("%+v", p)
		}
		if e.getGuardian(g.ID).Name != "Marie Lopez" {
			t.Error("something was overwritten")
		}
		if err := second(e.svc.UpdateFamily(e.dana, family.UpdateFamilyInput{FamilyID: f.ID, Version: 7, Name: "X"})); !fault.Is(err, fault.StaleVersion) {
			t.Error(err)
		}
	})
}

func TestOfEightChangesOfOneVersionOneWins(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f := e.family("Lopez")
		g := e.guardian(f.ID, "Maria Lopez", "", "", false)
		entries := e.since(func() {
			race(t, 8, 1, fault.StaleVersion, func(i int) error {
				return second(e.svc.UpdateGuardian(e.dana, family.UpdateGuardianInput{GuardianID: g.ID, Version: 1, Name: ptr("Maria " + string(rune('A'+i)))}))
			})
		})
		if now := e.getGuardian(g.ID); now.Version != 2 || len(entries) != 1 {
			t.Errorf("version %d, %d entries", now.Version, len(entries))
		}
	})
}

func TestOfEightGuardiansWhoWantOneAddressOneLogsIn(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		families := make([]ident.ID, 8)
		for i := range families {
			families[i] = e.family("Lopez").ID
		}
		race(t, 8, 1, fault.AlreadyTaken, func(i int) error {
			return second(e.svc.AddGuardian(e.dana, family.AddGuardianInput{FamilyID: families[i], Name: "Maria", Email: "maria@example.com", CanLogIn: true}))
		})
	})
}

func TestWhetherAnybodyLogsInSurvivesARace(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f := e.family("Lopez")
		var gs []*ent.Guardian
		for i := range 8 {
			gs = append(gs, e.guardian(f.ID, "G", string(rune('a'+i))+"@example.com", "", true))
		}
		race(t, 8, 8, "", func(i int) error {
			return second(e.svc.SetGuardianLoginAccess(e.dana, family.SetGuardianLoginAccessInput{GuardianID: gs[i].ID, Version: 1}))
		})
		if e.getFamily(f.ID).AnyCanLogIn {
			t.Error("nobody can log in, but the family says so")
		}
	})
}

// race runs do n times at once; winners of them must succeed, the others be refused with lost.
func race(t *testing.T, n, winners int, lost fault.Code, do func(i int) error) {
	t.Helper()
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() { errs[i] = do(i) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !fault.Is(err, lost):
			t.Errorf("%v", err)
		}
	}
	if won != winners {
		t.Errorf("%d won, want %d", won, winners)
	}
}

func TestStudents(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f := e.family("Lopez")
		st := e.student(f.ID, "Ana  Lopez")
		if st.Name != "Ana Lopez" || st.BirthDate != "2015-05-01" {
			t.Errorf("%v", st)
		}
		got := e.since(func() {
			st = must[*ent.Student](t)(e.svc.UpdateStudent(e.dana, family.UpdateStudentInput{StudentID: st.ID, Version: 1, Name: ptr("Anna Lopez"), BirthDate: ptr("")}))
		})
		if st.Name != "Anna Lopez" || st.BirthDate != "" || st.Version != 2 || len(got[0].Details) != 2 || got[0].Facts["student"] != "Anna Lopez" {
			t.Errorf("%v %v", st, got)
		}
		if diff := cmp.Diff([]string{"anna", "lopez"}, e.keys(f.ID)); diff != "" {
			t.Error(diff)
		}
		st = must[*ent.Student](t)(e.svc.ArchiveStudent(e.dana, family.VersionedID{ID: st.ID, Version: 2}))
		if diff := cmp.Diff([]string{"lopez"}, e.keys(f.ID)); !st.Archived || diff != "" {
			t.Error(diff)
		}
		st = must[*ent.Student](t)(e.svc.RestoreStudent(e.dana, family.VersionedID{ID: st.ID, Version: 3}))
		if err := second(e.svc.ArchiveStudent(e.dana, family.VersionedID{ID: st.ID, Version: 3})); !fault.Is(err, fault.StaleVersion) || st.Archived {
			t.Error(err)
		}
	})
}

func TestSentencesAreInEveryLanguage(t *testing.T) {
	for _, key := range []string{"family.forbidden", "family.loginTaken", "family.birthDate", "family.familyArchived"} {
		if text.Say("es", key, nil) == text.Say("en", key, nil) || !text.Has(key) {
			t.Errorf("%s is not translated", key)
		}
	}
}
