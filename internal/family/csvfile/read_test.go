package csvfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"officeportal/internal/contact"
)

var options = Options{Country: "US", DefaultLanguage: "en", Now: time.Date(2026, 3, 3, 20, 14, 0, 0, time.UTC)}

const header = "family_id,family,role,name,relation,email,phone,can_log_in,language,birth_date\n"

func read(t *testing.T, text string) File {
	t.Helper()
	file, err := Read(strings.NewReader(text), options)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAFamilyInFull(t *testing.T) {
	got := read(t, header+
		"F1,López,guardian,María López,Mother,Maria@Example.com,(312) 555-0123,yes,es,\n"+
		"F2,O’Brien,student,花子 O’Brien,,,,,,\n"+
		"F1,López,student,Ana López,,,,,,2019-03-31\n"+
		"F1,López,guardian,Juan López,,,,no,,\n")
	for i := range got.Families {
		for j := range got.Families[i].Guardians {
			if g := &got.Families[i].Guardians[j]; len(g.Key) == 32 {
				g.Key = ""
			}
		}
		for j := range got.Families[i].Students {
			if s := &got.Families[i].Students[j]; len(s.Key) == 32 {
				s.Key = ""
			}
		}
	}
	want := File{Rows: 4, Families: []Family{
		{Key: "F1", Name: "López", Line: 2,
			Guardians: []Guardian{
				{Line: 2, Name: "María López", Relation: "Mother", Email: contact.Email{Address: "Maria@example.com", Canonical: "maria@example.com"},
					Phone: contact.Phone{E164: "+13125550123", CallingCode: 1, Mobile: true}, CanLogIn: true, Language: "es"},
				{Line: 5, Name: "Juan López", Language: "en"},
			},
			Students: []Student{{Line: 4, Name: "Ana López", BirthDate: "2019-03-31"}}},
		{Key: "F2", Name: "O’Brien", Line: 3, Students: []Student{{Line: 3, Name: "花子 O’Brien"}}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestFormsOfAFile(t *testing.T) {
	plain := read(t, header+"F1,Lee,guardian,Jo Lee,Father,jo@example.com,312 555 0123,yes,en,\nF1,Lee,student,Max Lee,,,,,,2015-01-02\n")
	for _, c := range []struct{ name, text string }{
		{"a byte order mark and CRLF", "\ufeff" + strings.ReplaceAll(header+"F1,Lee,guardian,Jo Lee,Father,jo@example.com,312 555 0123,yes,en,\nF1,Lee,student,Max Lee,,,,,,2015-01-02\n", "\n", "\r\n")},
		{"no line end at the end", header + "F1,Lee,guardian,Jo Lee,Father,jo@example.com,312 555 0123,yes,en,\nF1,Lee,student,Max Lee,,,,,,2015-01-02"},
		{"columns in another order and other case", "Name,ROLE, family ,family_id,birth_date,language,can_log_in,phone,email,relation\nJo Lee,guardian,Lee,F1,,en,yes,312 555 0123,jo@example.com,Father\nMax Lee,student,Lee,F1,2015-01-02,,,,,\n"},
		{"everything in quotes, with space around", header + `"F1"," Lee ","Guardian","Jo  Lee","Father"," jo@example.com ","(312) 555-0123","YES","EN",""` + "\n" + `"F1","Lee","STUDENT","Max Lee","","","","","","2015-01-02"` + "\n"},
		{"empty lines and rows of commas at the end", header + "F1,Lee,guardian,Jo Lee,Father,jo@example.com,312 555 0123,yes,en,\nF1,Lee,student,Max Lee,,,,,,2015-01-02\n\n,,,,,,,,,\n ,,,,,,,,,\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(plain, read(t, c.text)); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestLinesAreThoseOfTheFile(t *testing.T) {
	file := read(t, header+
		"F1,Lee,guardian,\"Jo\nLee\",\"Father,\r\nof two\",jo@example.com,,yes,en,\n\n"+
		"F1,Lee,student,Max Lee,,,,,,2015-13-02\n"+
		"F1,Lee,guardian,\"Al\nLee\",,\"not an address\",,no,,\n")
	g := file.Families[0].Guardians[0]
	if g.Name != "Jo Lee" || g.Relation != "Father, of two" || g.Line != 2 {
		t.Errorf("%+v", g)
	}
	want := []Issue{
		{Line: 6, Column: "birth_date", Message: "must be a date such as 2019-03-31"},
		{Line: 8, Column: "email", Message: "an email address looks like name@example.com"},
	}
	if diff := cmp.Diff(want, file.Issues); diff != "" {
		t.Error(diff)
	}
	if file.Rows != 3 || file.BadRows != 2 {
		t.Errorf("%d rows, %d bad", file.Rows, file.BadRows)
	}
}

func TestBadRows(t *testing.T) {
	const good = "F1,Lee,guardian,Jo Lee,Father,jo@example.com,312 555 0123,yes,en,\n"
	for _, c := range []struct {
		name, row string
		want      []Issue
	}{
		{"no family_id", ",Lee,student,Max Lee,,,,,,\n", []Issue{{3, "family_id", "missing", false}}},
		{"no family name", "F2,,student,Max Lee,,,,,,\n", []Issue{{3, "family", "missing", false}}},
		{"no role", "F2,Lee,,Max Lee,,,,,,\n", []Issue{{3, "role", "missing; it must be guardian or student", false}}},
		{"another role", "F2,Lee,coach,Max Lee,,,,,,\n", []Issue{{3, "role", "must be guardian or student", false}}},
		{"no name", "F2,Lee,student, ,,,,,,\n", []Issue{{3, "name", "missing", false}}},
		{"a name too long", "F2,Lee,student," + strings.Repeat("é", 121) + ",,,,,,\n", []Issue{{3, "name", "use at most 120 characters", false}}},
		{"a name with control characters", "F2,Lee,student,Max\x1b[2J,,,,,,\n", []Issue{{3, "name", "this contains characters that cannot be shown", false}}},
		{"a family_id too long", strings.Repeat("花", 22) + ",Lee,student,Max Lee,,,,,,\n", []Issue{{3, "family_id", "use at most 64 bytes", false}}},
		{"a bad phone", "F2,Lee,guardian,Al Lee,,,555-0123,no,,\n", []Issue{{3, "phone", "the phone number has too few or too many digits", false}}},
		{"neither yes nor no", "F2,Lee,guardian,Al Lee,,al@example.com,,true,,\n", []Issue{{3, "can_log_in", "must be yes or no", false}}},
		{"yes without an email", "F2,Lee,guardian,Al Lee,,,312 555 0124,yes,,\n", []Issue{{3, "email", "missing; a guardian who can log in needs one", false}}},
		{"another language", "F2,Lee,guardian,Al Lee,,,,no,fr,\n", []Issue{{3, "language", "must be en or es", false}}},
		{"a date that does not exist", "F2,Lee,student,Max Lee,,,,,,2015-02-29\n", []Issue{{3, "birth_date", "must be a date such as 2019-03-31", false}}},
		{"a date in American order", "F2,Lee,student,Max Lee,,,,,,02/28/2015\n", []Issue{{3, "birth_date", "must be a date such as 2019-03-31", false}}},
		{"a date in the future", "F2,Lee,student,Max Lee,,,,,,2026-03-05\n", []Issue{{3, "birth_date", "is in the future", false}}},
		{"a date before anybody was born", "F2,Lee,student,Max Lee,,,,,,1015-02-28\n", []Issue{{3, "birth_date", "is too long ago", false}}},
		{"everything at once", ",,guardian,,,nobody,12,maybe,xx,\n", []Issue{
			{3, "family_id", "missing", false}, {3, "family", "missing", false}, {3, "name", "missing", false},
			{3, "email", "an email address looks like name@example.com", false}, {3, "phone", "the phone number has too few or too many digits", false},
			{3, "can_log_in", "must be yes or no", false}, {3, "language", "must be en or es", false}}},
		{"a family_id with two names", "F1,Leigh,student,Max Lee,,,,,,\n", []Issue{{3, "family", "the family with this family_id has another name on line 2", false}}},
		{"an address that somebody logs in with", "F2,Lee,guardian,Al Lee,,JO@example.com,,yes,,\n", []Issue{{3, "email", "the guardian on line 2 logs in with this address; only one can", false}}},
		{"the same guardian without login", "F1,Lee,guardian,JO LEE,,Jo@example.com,(312) 555-0123,no,,\n", []Issue{{3, "name", "the same guardian as on line 2", false}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := read(t, header+good+c.row)
			if diff := cmp.Diff(c.want, file.Issues); diff != "" {
				t.Fatal(diff)
			}
			if file.Rows != 2 || file.BadRows != 1 || len(file.Families) != 1 || len(file.Families[0].Guardians) != 1 || file.Families[0].Students != nil {
				t.Fatalf("the bad row was not just left out: %+v", file)
			}
		})
	}
}

func TestWhatIsTakenThoughItLooksLikeADuplicate(t *testing.T) {
	for _, c := range []struct{ name, rows string }{
		{"two guardians share an address, one logs in", "F1,Lee,guardian,Jo Lee,,x@example.com,,yes,,\nF1,Lee,guardian,Al Lee,,x@example.com,,no,,\n"},
		{"father and son of one name", "F1,Lee,guardian,Jo Lee,,a@example.com,,yes,,\nF1,Lee,guardian,Jo Lee,,b@example.com,,yes,,\n"},
		{"two children of one name with two birthdays", "F1,Lee,student,Jo Lee,,,,,,2015-01-02\nF1,Lee,student,Jo Lee,,,,,,2019-01-02\n"},
		{"a guardian who takes classes", "F1,Lee,guardian,Jo Lee,,,,,,\nF1,Lee,student,Jo Lee,,,,,,\n"},
		{"the same child in two families", "F1,Lee,student,Jo Lee,,,,,,\nF2,Kim,student,Jo Lee,,,,,,\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := read(t, header+c.rows)
			keys := map[string]bool{}
			for _, f := range file.Families {
				for _, g := range f.Guardians {
					keys[g.Key] = true
				}
				for _, s := range f.Students {
					keys[s.Key] = true
				}
			}
			if file.Issues != nil || len(keys) != 2 {
				t.Fatalf("%v; keys %v", file.Issues, keys)
			}
		})
	}
}

func TestABadRowHoldsNoPlace(t *testing.T) {
	file := read(t, header+"F1,Lee,guardian,Jo Lee,,x@example.com,12,yes,,\nF1,Li,guardian,Jo Lee,,x@example.com,,yes,,\n")
	if file.BadRows != 1 || len(file.Families) != 1 || file.Families[0].Name != "Li" || len(file.Families[0].Guardians) != 1 {
		t.Fatalf("%+v", file)
	}
}

func TestAKeyOutlivesChanges(t *testing.T) {
	a := read(t, header+"F1,Lee,guardian,José Lee,Father,x@example.com,,yes,,\nF2,Kim,student,Mi Kim,,,,,,2015-01-02\n")
	b := read(t, header+"F2,Kim-Lee,student,MI KIM,,,,,,2015-02-02\nF1,Lee,guardian,Jose Lee,,y@example.com,312 555 0123,no,,\n")
	if a.Families[0].Guardians[0].Key != b.Families[1].Guardians[0].Key || a.Families[1].Students[0].Key != b.Families[0].Students[0].Key {
		t.Fatal("the key of a person changed")
	}
}

func TestWarnings(t *testing.T) {
	file := read(t, "family_id,family,role,name,email,Shoe size,birth_date,can_log_in,\n"+
		"F1,Lee,student,Max Lee,max@example.com,34,2015-01-02,yes,\n"+
		"F1,Lee,guardian,Jo Lee,jo@example.com,44,1980-01-02,yes,\n")
	want := []Issue{
		{1, "Shoe size", "unknown column, ignored", true},
		{1, "(no name)", "unknown column, ignored", true},
		{2, "email", "only guardians have this, ignored", true},
		{2, "can_log_in", "only guardians can log in, ignored", true},
		{3, "birth_date", "only students have a birth date here, ignored", true},
	}
	if diff := cmp.Diff(want, file.Issues); diff != "" {
		t.Fatal(diff)
	}
	if file.BadRows != 0 || len(file.Families[0].Guardians) != 1 || len(file.Families[0].Students) != 1 {
		t.Fatalf("%+v", file)
	}
	if got := want[2].String(); got != "line 2, email: only guardians have this, ignored" {
		t.Fatal(got)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "line 1, column 1: the file is empty; its first line must name the columns"},
		{"only a byte order mark", "\ufeff", "line 1, column 1: the file is empty; its first line must name the columns"},
		{"no header", "F1,Lee,student,Max Lee\n", "line 1, column 1: the header lacks family_id, family, role, name"},
		{"a required column missing", "family_id,family,name\nF1,Lee,Max Lee\n", "line 1, column 1: the header lacks role"},
		{"semicolons", "family_id;family;role;name\n", "line 1, column 1: the header lacks family_id, family, role, name; columns must be separated by commas"},
		{"a column twice", "family_id,family,role,name,Name\n", "line 1, column 28: the column name comes twice"},
		{"a field missing", header + "\nF1,Lee,student\n", "line 3, column 8: this row has 3 fields, the header has 10"},
		{"a field too many", "family_id,family,role,name\nF1,Lee,student,Lee, Max\n", "line 2, column 20: this row has 5 fields, the header has 4"},
		{"a quote inside a field", "family_id,family,role,name\nF1,Lee,student,Max \"M\" Lee\n", "line 2, column 20: a quote in the middle of a field; the whole field must be in quotes and the quote inside doubled"},
		{"text after a closing quote", "family_id,family,role,name\nF1,Lee,student,\"Max\" Lee\n", "line 2, column 20: a quote is missing or out of place"},
		{"a quote that is never closed", "family_id,family,role,name\nF1,\"Lee,student,Max Lee\nF2,Kim,student,Mi Kim\n", "line 2, column 1: a quoted field begins in this row and is not closed properly"},
		{"Latin-1", "family_id,family,role,name\nF1,L\xf3pez,student,Max\n", "line 2, column 4: this is not UTF-8; save the file as CSV UTF-8"},
		{"Latin-1 in the header", "family_id,family,role,name,tel\xe9fono\n", "line 1, column 28: this is not UTF-8; save the file as CSV UTF-8"},
		{"UTF-16", "\xff\xfef\x00a\x00", "line 1, column 1: the file is UTF-16; save it as CSV UTF-8"},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "line 1, column 1: this is not UTF-8; save the file as CSV UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, err := Read(strings.NewReader(c.text), options)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || err.Error() != c.want {
				t.Fatalf("got %v\nwant %s", err, c.want)
			}
			if diff := cmp.Diff(File{}, file); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

func TestAFileWithoutEndIsRefused(t *testing.T) {
	for _, head := range []string{"", header, header + `F1,"`} {
		_, err := readBounded(io.MultiReader(strings.NewReader(head), endless{}), options, 1<<20)
		if !errors.Is(err, ErrTooLarge) {
			t.Fatal(err)
		}
	}
}

func TestAFileOfExactlyTheBoundIsRead(t *testing.T) {
	text := header + "F1,Lee,student,Max Lee,,,,,,\n"
	if file, err := readBounded(strings.NewReader(text), options, int64(len(text))); err != nil || file.Rows != 1 {
		t.Fatal(file, err)
	}
	if _, err := readBounded(strings.NewReader(text), options, int64(len(text))-1); !errors.Is(err, ErrTooLarge) {
		t.Fatal(err)
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

func TestTheReadersOwnErrorComesBack(t *testing.T) {
	broken := errors.New("disk gone")
	for _, head := range []string{"", header, header + "F1,Lee"} {
		if _, err := Read(io.MultiReader(strings.NewReader(head), failing{broken}), options); !errors.Is(err, broken) {
			t.Fatal(err)
		}
	}
}

func TestTheExampleFile(t *testing.T) {
	text, err := os.ReadFile("../../../examples/families.csv")
	if err != nil {
		t.Fatal(err)
	}
	file, err := Read(bytes.NewReader(text), options)
	if err != nil {
		t.Fatal(err)
	}
	guardians, students, logins := 0, 0, 0
	for _, f := range file.Families {
		guardians += len(f.Guardians)
		students += len(f.Students)
		for _, g := range f.Guardians {
			if g.CanLogIn {
				logins++
			}
		}
	}
	if len(file.Families) != 60 || len(file.Issues) != 0 || guardians+students != file.Rows || guardians < 90 || students < 90 || logins < 80 || logins == guardians {
		t.Fatalf("%d families, %d guardians of whom %d log in, %d students; issues: %v", len(file.Families), guardians, logins, students, file.Issues)
	}
	again, err := Read(bytes.NewReader(text), options)
	if diff := cmp.Diff(file, again); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
}
