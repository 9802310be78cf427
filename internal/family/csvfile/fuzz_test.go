package csvfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func FuzzCSV(f *testing.F) {
	f.Add([]byte(header + "F1,López,guardian,María López,Mother,Maria@Example.com,(312) 555-0123,yes,es,\nF1,López,student,Ana López,,,,,,2019-03-31\n"))
	f.Add([]byte("\ufeffname,role,family,family_id,email,can_log_in\r\n\"Jo\r\nLee\",guardian,Lee,1,jo@bücher.example,yes\r\nJo Lee,guardian,Lee,1,jo@bücher.example,no\r\n"))
	f.Add([]byte("family_id,family,role,name,x\n1,a,student,b\n"))
	f.Add([]byte("family_id,family,role,name\n1,\"a,student,b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(bytes.NewReader(data), options)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 || !utf8.ValidString(syntax.Message) {
				t.Fatalf("%v", err)
			}
			return
		}
		lines := bytes.Count(data, []byte("\n")) + 1
		people, logins, keys := 0, map[string]bool{}, map[string]bool{}
		check := func(key, name string, line int) {
			people++
			if keys[key] || len(key) != 32 || line < 2 || line > lines {
				t.Fatalf("key %q on line %d of %d", key, line, lines)
			}
			keys[key] = true
			plain(t, name, MaxName)
		}
		families := map[string]bool{}
		for _, family := range file.Families {
			if families[family.Key] || len(family.Key) > MaxFamilyID || len(family.Guardians)+len(family.Students) == 0 {
				t.Fatalf("%+v", family)
			}
			families[family.Key] = true
			plain(t, family.Key, MaxFamilyID)
			plain(t, family.Name, MaxName)
			for _, g := range family.Guardians {
				check(g.Key, g.Name, g.Line)
				if g.CanLogIn && (g.Email.IsZero() || logins[g.Email.Canonical]) {
					t.Fatalf("%+v must not log in", g)
				}
				logins[g.Email.Canonical] = logins[g.Email.Canonical] || g.CanLogIn
				if g.Language != "en" && g.Language != "es" {
					t.Fatalf("%+v", g)
				}
			}
			for _, s := range family.Students {
				check(s.Key, s.Name, s.Line)
			}
		}
		if people != file.Rows-file.BadRows {
			t.Fatalf("%d rows, %d bad, %d people", file.Rows, file.BadRows, people)
		}
		for _, issue := range file.Issues {
			if issue.Line < 1 || issue.Line > lines || issue.Column == "" || strings.ContainsFunc(issue.String(), unicode.IsControl) {
				t.Fatalf("%+v", issue)
			}
		}
		// What was taken, written out and read again, is the same without a word.
		again, err := Read(bytes.NewReader(written(t, file)), options)
		if err != nil || again.Issues != nil {
			t.Fatalf("%v, %v", err, again.Issues)
		}
		if diff := cmp.Diff(withoutLines(file), withoutLines(again)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func plain(t *testing.T, s string, limit int) {
	t.Helper()
	if s == "" || s != strings.TrimSpace(s) || utf8.RuneCountInString(s) > limit || strings.ContainsFunc(s, unicode.IsControl) {
		t.Fatalf("%q was taken", s)
	}
}

func written(t *testing.T, file File) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	rows := [][]string{columns}
	for _, f := range file.Families {
		for _, g := range f.Guardians {
			login := map[bool]string{true: "yes", false: "no"}[g.CanLogIn]
			rows = append(rows, []string{f.Key, f.Name, "guardian", g.Name, g.Relation, g.Email.Address, g.Phone.E164, login, g.Language, ""})
		}
		for _, s := range f.Students {
			rows = append(rows, []string{f.Key, f.Name, "student", s.Name, "", "", "", "", "", s.BirthDate})
		}
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func withoutLines(file File) []Family {
	for i := range file.Families {
		f := &file.Families[i]
		f.Line = 0
		for j := range f.Guardians {
			f.Guardians[j].Line = 0
		}
		for j := range f.Students {
			f.Students[j].Line = 0
		}
	}
	return file.Families
}
