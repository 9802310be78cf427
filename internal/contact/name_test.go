package contact

import (
	"errors"
	"strings"
	"testing"
	"unicode"
)

func TestParseName(t *testing.T) {
	for _, c := range []struct {
		name, raw, want string
		err             error
	}{
		{name: "space around and between is one space", raw: "  Maria \n Lopez ", want: "Maria Lopez"},
		{name: "accents are composed", raw: "Jose\u0301", want: "José"},
		{name: "any script", raw: "نور 花子 Оксана", want: "نور 花子 Оксана"},
		{name: "joiners that Persian needs stay", raw: "علی\u200cرضا", want: "علی\u200cرضا"},
		{name: "ten characters of four bytes", raw: strings.Repeat("𠮷", 10), want: strings.Repeat("𠮷", 10)},
		{name: "nothing", raw: " \u200b ", err: ErrNameEmpty},
		{name: "control characters", raw: "Ma\x07ria", err: ErrNameCharacters},
		{name: "marks that reverse the text", raw: "Ma\u202eria", err: ErrNameCharacters},
		{name: "bytes that are no text", raw: "Ma\xffria", err: ErrNameCharacters},
		{name: "too many characters", raw: strings.Repeat("a", 26), err: TooLongError{25}},
		{name: "far too many", raw: strings.Repeat("a", 1<<20), err: TooLongError{25}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := ParseName(c.raw, 25); got != c.want || !errors.Is(err, c.err) {
				t.Fatalf("got %q, %v; want %q, %v", got, err, c.want, c.err)
			}
		})
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("Maria  Lopez")
	f.Add("\u200d Jose\u0301\n")
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := ParseName(raw, 120)
		if err != nil {
			return
		}
		if name == "" || strings.ContainsFunc(name, unicode.IsControl) {
			t.Fatalf("%q gave %q", raw, name)
		}
		if again, err := ParseName(name, 120); err != nil || again != name {
			t.Fatalf("%q gave %q, then %q, %v", raw, name, again, err)
		}
	})
}
