package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"case and accents go", "Żaneta ŁOŚ-Müller", "zaneta los-muller"},
		{"letters with strokes become plain", "Øystein Đặng Æsa Þór", "oystein dang aesa thor"},
		{"sharp s is ss, in capitals too", "Weiß WEIẞ", "weiss weiss"},
		{"Turkish İ and ı are i", "İrem Işık", "irem isik"},
		{"full width and ligatures", "Ｆｉﬁ", "fifi"},
		{"Greek final sigma", "ΝΊΚΟΣ Νίκος", "νικοσ νικοσ"},
		{"Cyrillic", "Ёлка Оксана", "елка оксана"},
		{"Arabic without vowel marks and hamza", "نُور أحمد", "نور احمد"},
		{"Hebrew without points", "שָׁלוֹם", "שלום"},
		{"Korean syllables stay whole", "민준", "민준"},
		{"Japanese voiced kana keep their voice", "がく ガク", "がく ガク"},
		{"Hindi keeps its vowels", "हिंदी", "हिंदी"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Fold(c.in); got != c.want {
				t.Fatalf("Fold(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestSortKey(t *testing.T) {
	for in, want := range map[string]string{
		"O’Brien":                "obrien",
		"  de la  Cruz-García ":  "de la cruz garcia",
		"花子Smith":                "花子 smith",
		"!!!":                    "",
		strings.Repeat("é", 200): strings.Repeat("e", 120),
		strings.Repeat("花", 100): strings.Repeat("花", 40),
	} {
		if got := SortKey(in); got != want {
			t.Errorf("SortKey(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestKeys(t *testing.T) {
	for _, c := range []struct {
		name                  string
		names, emails, phones []string
		want                  []string
	}{
		{name: "every word of every name once", names: []string{"López", "María López"}, want: []string{"lopez", "maria"}},
		{name: "a name with an apostrophe is found joined and by its second part", names: []string{"O’Brien"}, want: []string{"brien", "obrien"}},
		{name: "hyphens part words", names: []string{"Smith-Jones"}, want: []string{"jones", "smith"}},
		{name: "a script without spaces is one run", names: []string{"山田花子 O"}, want: []string{"o", "山田花子"}},
		{name: "a run ends where another script begins", names: []string{"花子Smith"}, want: []string{"smith", "花子"}},
		{name: "an address whole and in words", emails: []string{"Maria.Lopez1@Example.com"}, want: []string{"lopez1", "maria", "maria.lopez1@example.com"}},
		{name: "a phone from its last digit", phones: []string{"+13125550123"}, want: []string{"32105552131"}},
		{name: "nothing gives nothing", names: []string{"", "…"}, emails: []string{""}, phones: []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Keys(c.names, c.emails, c.phones)); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestWhatStaffTypeFindsTheFamily(t *testing.T) {
	keys := Keys([]string{"O’Brien", "Nguyễn Thị Ánh", "山田花子", "Łukasz Weiß"}, []string{"mail.obrien7@example.com"}, []string{"+13125550123", "+442079460018"})
	for _, c := range []struct {
		search string
		found  bool
	}{
		{"obri", true}, {"o'brien", true}, {"O’BRIEN", true}, {"brien", true},
		{"nguyen anh", true}, {"ánh  nguyễn", true}, {"Nguyễn,", true}, {"lukasz weiss", true}, {"weiß", true},
		{"山田", true}, {"山田花子", true},
		{"0123", true}, {"555-0123", true}, {"(312) 555-0123", true}, {"312 555 0123", true}, {"+1 312 555 0123", true}, {"1 (312) 555-0123", true},
		{"020 7946 0018", true}, {"0044 20 7946 0018", true}, {"0018", true}, {"obrien 0123", true}, {"0123 obrien", true},
		{"mail.obrien7@example.com", true}, {"MAIL.obrien7@ex", true}, {"mail.obrien7", true}, {"mail.obrien7@", true},
		{"obrien smith", false}, {"0124", false}, {"555-0124", false}, {"rien", false}, {"example.com", false}, {"other@example.com", false},
	} {
		t.Run(c.search, func(t *testing.T) {
			query := QueryKeys(c.search)
			found := len(query) > 0
			for _, prefix := range query {
				found = found && slices.ContainsFunc(keys, func(k string) bool { return k >= prefix && k < PrefixEnd(prefix) })
			}
			if found != c.found {
				t.Fatalf("found %v; looked up %q in %q", found, query, keys)
			}
		})
	}
}

func TestQueryKeys(t *testing.T) {
	for _, c := range []struct {
		name, search string
		want         []string
	}{
		{"blank looks nothing up", " \t ", nil},
		{"punctuation alone looks nothing up", "@ … –", nil},
		{"two digits are a word", "12", []string{"12"}},
		{"three digits are the end of a phone number", "-123", []string{"321"}},
		{"a word twice counts once", "ana Ana", []string{"ana"}},
		{"an address among words", "lopez maria@ex", []string{"lopez", "maria@ex"}},
		{"the seventh word is ignored", "a b c d e f g", []string{"a", "b", "c", "d", "e", "f"}},
		{"a long word is cut as its key was", strings.Repeat("花", 40), []string{strings.Repeat("花", 21)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, QueryKeys(c.search)); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{"María O’Brien", "花子Smith 12", "(312) 555-0123", "a@b.c d", "\u0345\u0301ǅ", "ﷺ İ\u200d", "o\xf3ӣ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := Fold(s)
		if again := Fold(folded); again != folded {
			t.Fatalf("Fold(%q) = %q, again %q", s, folded, again)
		}
		if key := SortKey(s); len(key) > MaxSortKey || !utf8.ValidString(key) {
			t.Fatalf("SortKey(%q) = %q", s, key)
		}
		keys := append(Keys([]string{s}, []string{s}, []string{s}), QueryKeys(s)...)
		for _, key := range keys {
			if key == "" || len(key) > MaxKey || !utf8.ValidString(key) || strings.TrimSpace(key) != key {
				t.Fatalf("%q gave the key %q", s, key)
			}
		}
		// A word of a name is found by typing it.
		named := Keys([]string{s}, nil, nil)
		for _, word := range named {
			query := QueryKeys(word)
			if len(onlyDigits(word)) == len(word) || len(query) == 0 {
				continue // digits are looked up as a phone number
			}
			if !slices.ContainsFunc(named, func(k string) bool { return strings.HasPrefix(k, query[0]) }) {
				t.Fatalf("%q of %q is looked up as %q, but the keys are %q", word, s, query, named)
			}
		}
	})
}
