package contact

import (
	"errors"
	"fmt"
	"regexp"
	"testing"
)

func TestParsePhone(t *testing.T) {
	us := Phone{"+13125550123", 1, true}
	for _, c := range []struct {
		name, raw, country string
		want               Phone
		err                error
	}{
		{name: "a printed national number", raw: "(312) 555-0123", country: "US", want: us},
		{name: "dots", raw: "312.555.0123", country: "US", want: us},
		{name: "digits only, with the country code", raw: "13125550123", country: "US", want: us},
		{name: "international, whatever the country", raw: "+1 312 555 0123", country: "DE", want: us},
		{name: "a country in small letters", raw: "312 555 0123", country: "us", want: us},
		{name: "full-width digits", raw: "３１２ ５５５ ０１２３", country: "US", want: us},
		{name: "marks that a phone wraps around a copied number", raw: "\u202a+1\u00a0312\u2011555\u20110123\u202c", country: "US", want: us},
		{name: "a tel: link", raw: "tel:+1-312-555-0123", country: "US", want: us},
		{name: "numbers for fiction are ordinary", raw: "847-555-0199", country: "US", want: Phone{"+18475550199", 1, true}},
		{name: "an area code the plan does not know yet, of the right shape", raw: "(555) 555-0123", country: "US", want: Phone{"+15555550123", 1, true}},
		{name: "a toll-free number gets no texts", raw: "800 555 0199", country: "US", want: Phone{"+18005550199", 1, false}},
		{name: "a mobile abroad", raw: "+49 1512 3456789", country: "US", want: Phone{"+4915123456789", 49, true}},
		{name: "a landline abroad gets no texts", raw: "030 901820", country: "DE", want: Phone{"+4930901820", 49, false}},
		{name: "a range abroad that the plan does not know gets no texts", raw: "07700 900123", country: "GB", want: Phone{"+447700900123", 44, false}},
		{name: "an Italian number keeps its zero", raw: "06 6982 0001", country: "IT", want: Phone{"+390669820001", 39, false}},
		{name: "nothing", raw: " ", country: "US", err: ErrPhoneEmpty},
		{name: "words", raw: "call the office", country: "US", err: ErrPhoneShape},
		{name: "letters for digits", raw: "1-800-FLOWERS", country: "US", err: ErrPhoneShape},
		{name: "an extension", raw: "(312) 555-0123 x12", country: "US", err: ErrPhoneExtension},
		{name: "an extension in words", raw: "(312) 555-0123 ext. 12", country: "US", err: ErrPhoneExtension},
		{name: "a number without its area code", raw: "555-0123", country: "US", err: ErrPhoneLength},
		{name: "a digit too many", raw: "(312) 555-01234", country: "US", err: ErrPhoneLength},
		{name: "two numbers", raw: "312 555 0123 / 312 555 0199", country: "US", err: ErrPhoneLength},
		{name: "an exchange that begins with 0", raw: "(312) 055-0123", country: "US", err: ErrPhoneUnknown},
		{name: "an emergency number", raw: "911", country: "US", err: ErrPhoneLength},
		{name: "a national number without a country", raw: "312 555 0123", country: "", err: ErrPhoneShape},
		{name: "bytes that are no text", raw: "+1312555\xff0123", country: "US", err: ErrPhoneShape},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParsePhone(c.raw, c.country)
			if !errors.Is(err, c.err) || got != c.want {
				t.Fatalf("ParsePhone = %+v, %v; want %+v, %v", got, err, c.want, c.err)
			}
		})
	}
}

func TestEveryFictitiousUSNumberIsAccepted(t *testing.T) {
	for _, area := range []string{"201", "224", "312", "630", "708", "773", "847", "915"} {
		for n := 100; n < 300; n++ {
			raw := fmt.Sprintf("(%s) 555-0%d", area, n)
			if p, err := ParsePhone(raw, "US"); err != nil || !p.Mobile {
				t.Fatalf("%s: %+v, %v", raw, p, err)
			}
		}
	}
}

func TestFormatNational(t *testing.T) {
	for _, c := range []struct{ name, e164, country, want string }{
		{"a number of the same country", "+13125550123", "US", "(312) 555-0123"},
		{"a number that shares the calling code", "+16135550123", "US", "(613) 555-0123"},
		{"a number of another country", "+447700900123", "US", "+44 7700 900123"},
		{"the same number at home", "+447700900123", "gb", "07700 900123"},
		{"no number stays as it is", "", "US", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := FormatNational(c.e164, c.country); got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestKnownCountry(t *testing.T) {
	for country, want := range map[string]bool{"US": true, "DE": true, "ZZ": false, "": false, "usa": false} {
		if KnownCountry(country) != want {
			t.Errorf("KnownCountry(%q) is not %v", country, want)
		}
	}
}

func FuzzParsePhone(f *testing.F) {
	for _, s := range []string{"(312) 555-0123", "+1 312 555 0123", "+44 7700 900123", "0011 54 9 11 2345-6789", "tel:+13125550123;ext=4", "８８"} {
		f.Add(s, "US")
		f.Add(s, "AR")
	}
	shape := regexp.MustCompile(`^\+[1-9][0-9]{1,16}$`)
	f.Fuzz(func(t *testing.T, raw, country string) {
		p, err := ParsePhone(raw, country)
		if err != nil {
			if !p.IsZero() {
				t.Fatalf("%q refused, yet gave %+v", raw, p)
			}
			return
		}
		if !shape.MatchString(p.E164) || len(p.E164) > 20 || p.CallingCode == 0 {
			t.Fatalf("%q gave %+v", raw, p)
		}
		for _, other := range []string{country, "", "US", "AR", "IT"} {
			if again, err := ParsePhone(p.E164, other); err != nil || again != p {
				t.Fatalf("%q: %q read in %q gave %+v, %v", raw, p.E164, other, again, err)
			}
		}
		if FormatNational(p.E164, country) == "" {
			t.Fatalf("%q cannot be shown", p.E164)
		}
	})
}
