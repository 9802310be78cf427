package contact

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestParseEmail(t *testing.T) {
	long := strings.Repeat("a", 64)
	label := strings.Repeat("b", 63)
	for _, c := range []struct {
		name, raw, address, canonical string
		err                           error
	}{
		{name: "a plain address stays as it is", raw: "maria@example.com", address: "maria@example.com", canonical: "maria@example.com"},
		{name: "space and invisible marks around it are dropped", raw: " \u200bmaria@example.com\u00a0\r\n", address: "maria@example.com", canonical: "maria@example.com"},
		{name: "case is kept for sending and dropped for comparing", raw: "Maria.Lopez@EXAMPLE.Com", address: "Maria.Lopez@example.com", canonical: "maria.lopez@example.com"},
		{name: "a domain in another script becomes A-labels", raw: "jörg@Bücher.example", address: "jörg@xn--bcher-kva.example", canonical: "jörg@xn--bcher-kva.example"},
		{name: "a full-width domain is the same domain", raw: "a@ＥＸＡＭＰＬＥ.com", address: "a@example.com", canonical: "a@example.com"},
		{name: "a decomposed local part is composed", raw: "jo\u0308rg@example.com", address: "jörg@example.com", canonical: "jörg@example.com"},
		{name: "the dotless ı is not i", raw: "mıke@example.com", address: "mıke@example.com", canonical: "mıke@example.com"},
		{name: "a Kelvin sign is not k", raw: "mi\u212ae@example.com", err: nil, address: "miKe@example.com", canonical: "mike@example.com"},
		{name: "plus and other atom characters are fine", raw: "o'brien+gym_1@mail.example.com", address: "o'brien+gym_1@mail.example.com", canonical: "o'brien+gym_1@mail.example.com"},
		{name: "the longest local part fits", raw: long + "@example.com", address: long + "@example.com", canonical: long + "@example.com"},
		{name: "nothing is no address", raw: " \t", err: ErrEmailEmpty},
		{name: "a name is no address", raw: "Maria Lopez", err: ErrEmailShape},
		{name: "a display name is refused", raw: "Maria <maria@example.com>", err: ErrEmailMany},
		{name: "two addresses are refused", raw: "a@example.com, b@example.com", err: ErrEmailMany},
		{name: "two at signs are refused", raw: "a@b@example.com", err: ErrEmailMany},
		{name: "a line break inside is refused", raw: "a@example.com\nBcc: b@example.com", err: ErrEmailMany},
		{name: "a header line in the local part is refused", raw: "a\r\nx@example.com", err: ErrEmailLocal},
		{name: "a zero byte is refused", raw: "a\x00b@example.com", err: ErrEmailLocal},
		{name: "a space in the local part is refused", raw: "a b@example.com", err: ErrEmailLocal},
		{name: "a quoted local part is refused", raw: `"a b"@example.com`, err: ErrEmailLocal},
		{name: "two dots in a row are refused", raw: "a..b@example.com", err: ErrEmailLocal},
		{name: "a dot at the end of the local part is refused", raw: "a.@example.com", err: ErrEmailLocal},
		{name: "text direction marks inside are refused", raw: "a\u202eb@example.com", err: ErrEmailLocal},
		{name: "a full-width at sign is refused", raw: "a＠b@example.com", err: ErrEmailLocal},
		{name: "a local part of 65 bytes is refused", raw: long + "a@example.com", err: ErrEmailLocal},
		{name: "a missing domain is refused", raw: "a@", err: ErrEmailDomain},
		{name: "a bare host name is refused", raw: "root@localhost", err: ErrEmailDomain},
		{name: "an IP address is refused", raw: "a@127.0.0.1", err: ErrEmailDomain},
		{name: "an address literal is refused", raw: "a@[127.0.0.1]", err: ErrEmailDomain},
		{name: "an underscore in the domain is refused", raw: "a@b_c.example", err: ErrEmailDomain},
		{name: "a trailing dot is refused", raw: "a@example.com.", err: ErrEmailDomain},
		{name: "an empty label is refused", raw: "a@example..com", err: ErrEmailDomain},
		{name: "a label of 64 bytes is refused", raw: "a@" + label + "b.example", err: ErrEmailDomain},
		{name: "255 bytes are refused", raw: long + "@" + label + "." + label + "." + strings.Repeat("c", 62), err: ErrEmailLong},
		{name: "a very long text is refused before it is looked at", raw: strings.Repeat("x@", 1<<20), err: ErrEmailLong},
		{name: "bytes that are no text are refused", raw: "a\xff@example.com", err: ErrEmailShape},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseEmail(c.raw)
			if !errors.Is(err, c.err) || got != (Email{c.address, c.canonical}) {
				t.Fatalf("ParseEmail = %+v, %v; want %q, %q, %v", got, err, c.address, c.canonical, c.err)
			}
		})
	}
}

func TestEmailLocalPart(t *testing.T) {
	e, err := ParseEmail("Maria.Lopez@example.com")
	if err != nil || e.LocalPart() != "maria.lopez" || e.IsZero() || (Email{}).LocalPart() != "" {
		t.Fatal(e, err)
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, s := range []string{"maria@example.com", " Jörg@Bücher.example ", "a@b@c.de", "a\u0308\u0323@x.yz", "ﬁ@example.com", "K\u0345@example.com", "a@faß.de"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		e, err := ParseEmail(raw)
		if err != nil {
			if !e.IsZero() {
				t.Fatalf("%q refused, yet gave %+v", raw, e)
			}
			return
		}
		for _, s := range []string{e.Address, e.Canonical} {
			if len(s) > MaxEmail || strings.Count(s, "@") != 1 || !utf8.ValidString(s) || !norm.NFC.IsNormalString(s) {
				t.Fatalf("%q gave %q", raw, s)
			}
			if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
				t.Fatalf("%q gave %q with characters that must not pass", raw, s)
			}
		}
		if again, err := ParseEmail(e.Address); err != nil || again != e {
			t.Fatalf("%q: parsing %q again gave %+v, %v", raw, e.Address, again, err)
		}
		if again, err := ParseEmail(e.Canonical); err != nil || again.Canonical != e.Canonical {
			t.Fatalf("%q: canonical %q is not stable: %+v, %v", raw, e.Canonical, again, err)
		}
	})
}
