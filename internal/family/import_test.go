package family_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"officeportal/ent"
	entfamily "officeportal/ent/family"
	"officeportal/ent/guardian"
	"officeportal/ent/student"
	"officeportal/internal/family"
	"officeportal/internal/family/csvfile"
)

const header = "family_id,family,role,name,relation,email,phone,can_log_in,language,birth_date\n"

func read(t *testing.T, rows ...string) csvfile.File {
	t.Helper()
	return must[csvfile.File](t)(csvfile.Read(strings.NewReader(header+strings.Join(rows, "\n")),
		csvfile.Options{Country: "US", DefaultLanguage: "en", Now: time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)}))
}

func (e *env) importFile(file csvfile.File, skip bool) (family.ImportReport, error) {
	return e.svc.Import(e.t.Context(), e.business, "old/families.csv", file, skip)
}

// rowsOf counts families, guardians, students, search keys and audit entries.
func (e *env) rowsOf() []int {
	e.t.Helper()
	n := must[int](e.t)
	return []int{
		n(e.store.Client.Family.Query().Count(e.system)), n(e.store.Client.Guardian.Query().Count(e.system)),
		n(e.store.Client.Student.Query().Count(e.system)), n(e.store.Client.FamilySearchKey.Query().Count(e.system)),
		n(e.store.Client.AuditEntry.Query().Count(e.system)),
	}
}

var lopezRows = []string{
	"F1,López,guardian,Maria Lopez,Mother,maria@example.com,(312) 555-0123,yes,,",
	"F1,López,guardian,Ben Lopez,Father,,312.555.0124,no,es,",
	"F1,López,student,Ana Lopez,,,,,,2015-05-01",
	"F2,山田,guardian,山田花子,Mother,hanako@example.com,,yes,,",
}

func TestImportAddsFamiliesOnce(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		file := read(t, lopezRows...)
		report := must[family.ImportReport](t)(e.importFile(file, false))
		want := family.ImportReport{Rows: 4, Families: family.ImportCount{Added: 2}, Guardians: family.ImportCount{Added: 3}, Students: family.ImportCount{Added: 1}}
		if diff := cmp.Diff(want, report); diff != "" {
			t.Fatal(diff)
		}
		f := must[*ent.Family](t)(e.store.Client.Family.Query().Where(entfamily.ExternalKey("F1")).WithGuardians().WithStudents().Only(e.system))
		if f.NameKey != "lopez" || !f.AnyCanLogIn || len(f.Edges.Guardians) != 2 || f.Edges.Students[0].BirthDate != "2015-05-01" {
			t.Errorf("%v", f)
		}
		maria := must[*ent.Guardian](t)(e.store.Client.Guardian.Query().Where(guardian.Name("Maria Lopez")).Only(e.system))
		if maria.Phone != "+13125550123" || !maria.PhoneMobile || !held(maria.LoginKey) || maria.Locale != "en" || maria.EmailChangedAt != nil {
			t.Errorf("%v", maria)
		}
		if diff := cmp.Diff([]string{"2015-05-01", "32105552131", "42105552131", "ana", "ben", "lopez", "maria", "maria@example.com"},
			append([]string{"2015-05-01"}, e.keys(f.ID)...)); diff != "" {
			t.Error(diff)
		}
		entries := e.entries()
		if len(entries) != 1 || entries[0].Action != "FAMILIES_IMPORTED" || entries[0].Facts["file"] != "families.csv" || entries[0].Facts["guardians"] != "3" {
			t.Errorf("%v", entries)
		}

		before := e.rowsOf()
		report = must[family.ImportReport](t)(e.importFile(file, false))
		if report.Families.Unchanged != 2 || report.Guardians.Unchanged != 3 || report.Students.Unchanged != 1 || report.Guardians.Added != 0 {
			t.Errorf("%+v", report)
		}
		if diff := cmp.Diff(before, e.rowsOf()); diff != "" {
			t.Errorf("importing twice changed something: %s", diff)
		}
	})
}

func TestImportLeavesWhatTheOfficeChangedAndAddsWhatIsNew(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		must[family.ImportReport](t)(e.importFile(read(t, lopezRows...), false))
		maria := must[*ent.Guardian](t)(e.store.Client.Guardian.Query().Where(guardian.Name("Maria Lopez")).Only(e.system))
		must[*ent.Guardian](t)(e.svc.UpdateGuardian(e.dana, family.UpdateGuardianInput{GuardianID: maria.ID, Version: 1, Name: ptr("María López-Cruz"), Phone: ptr("312 555 0199")}))
		report := must[family.ImportReport](t)(e.importFile(read(t, append(lopezRows, "F1,López,student,Leo Lopez,,,,,,2018-01-02")...), false))
		if report.Guardians.Differing != 1 || report.Guardians.Unchanged != 2 || report.Students.Added != 1 || report.Families.Added != 0 {
			t.Errorf("%+v", report)
		}
		if len(report.Issues) != 1 || !report.Issues[0].Warning || report.Issues[0].Line != 2 || report.Issues[0].Column != "name" {
			t.Errorf("%v", report.Issues)
		}
		if now := e.getGuardian(maria.ID); now.Name != "María López-Cruz" || now.Phone != "+13125550199" {
			t.Errorf("the import overwrote what the office knows: %v", now)
		}
		leo := must[*ent.Student](t)(e.store.Client.Student.Query().Where(student.Name("Leo Lopez")).Only(e.system))
		if keys := strings.Join(e.keys(leo.FamilyID), " "); !strings.Contains(keys, "leo") || !strings.Contains(keys, "cruz") {
			t.Errorf("search keys %s", keys)
		}
	})
}

func TestImportWithBadRowsDoesNothingUnlessTheyAreSkipped(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		e.guardian(e.family("Carter").ID, "Ben Carter", "ben@example.com", "", true)
		before := e.rowsOf()
		file := read(t,
			"F1,Lopez,guardian,Maria Lopez,Mother,maria@example.com,12,yes,,",
			"F1,Lopez,student,Ana Lopez,,,,,,2015-05-01",
			"F2,Carter,guardian,Ben Carter,Father,BEN@example.com,,yes,,",
			"F3,Brooks,guardian,Eve Brooks,Mother,ben@example.com,,no,,",
		)
		report, err := e.importFile(file, false)
		if !errors.Is(err, family.ErrBadRows) || report.BadRows != 2 || report.Families.Added != 0 {
			t.Fatalf("%v %+v", err, report)
		}
		var told []string
		for _, i := range report.Issues {
			told = append(told, i.String())
		}
		if diff := cmp.Diff([]string{
			"line 2, phone: the phone number has too few or too many digits",
			"line 4, email: Ben Carter of the family Carter signs in with this address already",
			"line 5, email: Ben Carter of the family Carter has this address too",
		}, told); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(before, e.rowsOf()); diff != "" {
			t.Errorf("something was imported: %s", diff)
		}
		report = must[family.ImportReport](t)(e.importFile(file, true))
		if report.Families.Added != 2 || report.Guardians.Added != 1 || report.Students.Added != 1 || report.BadRows != 2 {
			t.Errorf("%+v", report)
		}
		if again := must[family.ImportReport](t)(e.importFile(file, true)); again.Families.Added+again.Guardians.Added+again.Students.Added != 0 {
			t.Errorf("%+v", again)
		}
	})
}

func TestImportOfAnArchivedFamilyAddsNobody(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		must[family.ImportReport](t)(e.importFile(read(t, lopezRows[:3]...), false))
		f := must[*ent.Family](t)(e.store.Client.Family.Query().Only(e.system))
		must[*ent.Family](t)(e.svc.ArchiveFamily(e.dana, family.VersionedID{ID: f.ID, Version: 1}))
		report, err := e.importFile(read(t, append(lopezRows[:3:3], "F1,López,student,Leo Lopez,,,,,,")...), false)
		if !errors.Is(err, family.ErrBadRows) || len(report.Issues) != 1 || report.Issues[0].Line != 5 {
			t.Errorf("%v %+v", err, report)
		}
	})
}

func TestImportOfManyFamiliesTakesBatches(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		var rows []string
		for i := range 1200 {
			n := string(rune('a'+i%26)) + strings.Repeat("x", i/26)
			rows = append(rows, "F"+n+",Fam "+n+",guardian,Guardian "+n+",Mother,"+n[:min(len(n), 60)]+"@example.com,,yes,,", "F"+n+",Fam "+n+",student,Student "+n+",,,,,,")
		}
		report := must[family.ImportReport](t)(e.importFile(read(t, rows...), false))
		if report.Families.Added != 1200 || report.Guardians.Added != 1200 || report.Students.Added != 1200 {
			t.Errorf("%+v", report)
		}
	})
}

func TestImportOfTheExampleFile(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		f, err := os.Open("../../examples/families.csv")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		file := must[csvfile.File](t)(csvfile.Read(f, csvfile.Options{Country: "US", DefaultLanguage: "en"}))
		report, err := e.importFile(file, false)
		if err != nil || report.Families.Added == 0 || report.BadRows != 0 {
			t.Fatalf("%v %+v", err, report)
		}
		before := e.rowsOf()
		must[family.ImportReport](t)(e.importFile(file, false))
		if diff := cmp.Diff(before, e.rowsOf()); diff != "" {
			t.Errorf("importing twice changed something: %s", diff)
		}
	})
}
