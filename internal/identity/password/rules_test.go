package password

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestCheckLength(t *testing.T) {
	good := "nine lives of Kwame"
	for _, c := range []struct {
		name, pw string
		min      int
		want     []Problem
	}{
		{name: "nineteen characters are enough by default", pw: good},
		{name: "nine characters are not", pw: "kx7 wq zv", want: []Problem{{TooShort, 15, 9}}},
		{name: "fourteen are one too few", pw: "hv kwtr zq nbx", want: []Problem{{TooShort, 15, 14}}},
		{name: "fifteen are enough", pw: "hv kwtr zq nbxc"},
		{name: "a business may ask for more", pw: good, min: 20, want: []Problem{{TooShort, 20, 19}}},
		{name: "or for eight", pw: "hvkwtrzq", min: 8},
		{name: "but not for less than eight", pw: "hvkwtrz", min: 1, want: []Problem{{TooShort, 8, 7}}},
		{name: "nor for more than 64", pw: strings.Repeat("hvkwtrzqnbxc", 6)[:63], min: 100, want: []Problem{{TooShort, 64, 63}}},
		{name: "characters are counted, not bytes", pw: "наша кошка спит", want: nil},
		{name: "an emoji outside the basic plane is one character", pw: "🐈🐕🐎🐄🐖🐑🐐🐪", min: 8},
		{name: "a composed and a decomposed é count the same", pw: "cafe\u0301 zqx", min: 9, want: []Problem{{TooShort, 9, 8}}},
		{name: "spaces at the ends count", pw: " hvkwtrzq     x ", want: nil},
		{name: "64 characters of four bytes are taken", pw: strings.Repeat("🐈🐕🐎🐄🐖🐑🐐🐪", 8)[:60*4] + "🦊🐻🐼🐨", min: 64},
		{name: "512 bytes are taken", pw: mixed(512)},
		{name: "513 are not", pw: mixed(513), want: []Problem{{Kind: TooLong}}},
		{name: "bytes that are no text are refused", pw: "hv kwtr zq nbxc\xff", want: []Problem{{Kind: Unreadable}}},
		{name: "nothing is too short", pw: "", want: []Problem{{TooShort, 15, 0}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Check(Policy{MinLength: c.min}, c.pw)); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

// mixed returns n characters that make no known word.
func mixed(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = "bcdfghjklmnpqrstvwxz"[r.IntN(20)]
	}
	return string(b)
}

func TestCommonPasswordsAreRefused(t *testing.T) {
	context := []string{"Sunrise Gymnastics", "María López", "maria.lopez1@example.com"}
	for _, pw := range []string{
		"password", "PASSWORD", "iloveyou", "qwertyuiop", "football", // on the list
		"passwordpassword", "qwerty123456789", "1qaz2wsx3edc4rfv", // long ones of the list
		"password12345678", "Password!!!!!!!!", "***letmein***2024", "2024-charlie-2024", // one entry, padded
		"P4ssw0rd!2345678", "m0nk3y m0nk3y 99", // masked
		"iloveyouprincess", "sunshine & dragon", "Football-Baseball-1999", // two frequent ones
		"aaaaaaaaaaaaaaa", "abababababababab", "xk7xk7xk7xk7xk7xk", "kwtrzqxkwtrzqxkwtrzqx", // repeated
		"dragon77dragon77", "monkey shadow monkey shadow ", // repeated blocks of entries
		"123456789012345", "abcdefghijklmnop", "987654321987654321", "zyxwvutsrqponml", "qwertyuiopasdfg", "1q2w3e4r5t6y7u8i", "йцукенгшщзхъфыв", "1234-abcd-qwer-4321", // runs
		"Sunrise Gymnastics", "sunrisegymnastics2024", "MariaLopez2012!!", "mária.lópez1@example.com", "lopez lopez maria gymnastics", // context
		"\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b",
	} {
		t.Run(pw, func(t *testing.T) {
			problems := Check(Policy{MinLength: 8, Context: context}, pw)
			if diff := cmp.Diff([]Problem{{Kind: TooCommon}}, problems); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestGoodPasswordsAreTaken(t *testing.T) {
	context := []string{"Sunrise Gymnastics", "Al Ng", "al@example.com"}
	for _, pw := range []string{
		"correct horse battery staple", "correcthorsebatterystaple", "purple-monkey-dishwasher",
		"river candle 4 boat", "el gato come galletas", "three unrelated words",
		"x7$kq9!mz2&wp4t", "583920174659301", "4fGz-88Kq-w2Lp", "hv kwtr zq nbxc",
		"Sunrise over my old barn", "наша кошка спит", "猫は静かに眠っている今日も",
		"algae on the wall", "kwtrzqxvkwtrzqxvkwtrzqxv",
	} {
		t.Run(pw, func(t *testing.T) {
			if problems := Check(Policy{MinLength: 8, Context: context}, pw); problems != nil {
				t.Fatal(problems)
			}
		})
	}
}

func TestTheListMatchesThePolicy(t *testing.T) {
	// ASVS 6.2.4 asks for at least 3,000 entries that the policy would otherwise take.
	for _, least := range []int{LowestMinLength, DefaultMinLength} {
		n := 0
		for entry := range listed() {
			padded := entry
			for len(padded) < least {
				padded += "2024!"
			}
			for _, p := range Check(Policy{MinLength: least}, padded) {
				if p.Kind == TooCommon {
					n++
				}
			}
			if n == 3000 {
				break
			}
		}
		if n < 3000 {
			t.Errorf("only %d passwords of %d characters are refused", n, least)
		}
	}
	for entry := range listed() {
		if !utf8.ValidString(entry) || entry != strings.ToLower(entry) || len(entry) < shortestEntry || len(entry) > longestEntry {
			t.Fatalf("the list holds %q", entry)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("password1234567", "Sunrise Gymnastics")
	f.Add("ﷺﷺﷺﷺ\u0345", "ﷺ")
	f.Add("\u200b\u0301", "")
	f.Fuzz(func(t *testing.T, pw, context string) {
		policy := Policy{Context: []string{context}}
		problems := Check(policy, pw)
		for _, p := range problems {
			if p.Kind == TooShort && (p.Need != 15 || p.Has >= p.Need || p.Has > utf8.RuneCountInString(pw)*18) {
				t.Fatalf("%q: %+v", pw, p)
			}
		}
		if len(problems) == 0 && (len(pw) > MaxBytes || !utf8.ValidString(pw)) {
			t.Fatalf("%q was taken", pw)
		}
	})
}

func BenchmarkCheckLongest(b *testing.B) {
	pw := strings.Repeat("ﷺ", 169) + "abcde"
	for b.Loop() {
		Check(Policy{Context: []string{"Sunrise Gymnastics"}}, pw)
	}
}
