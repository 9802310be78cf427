package template

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestSeptets(t *testing.T) {
	for _, c := range []struct {
		name, text string
		count      int
		gsm        bool
	}{
		{"nothing takes nothing", "", 0, true},
		{"plain letters take one each", "Hello", 5, true},
		{"ñ, é and ü are in the alphabet", "ñéü¿", 4, true},
		{"braces and the euro sign count double", "{}€", 6, true},
		{"á is outside", "aá", 1, false},
		{"ç is outside, though Ç is inside", "ç", 0, false},
		{"a curly quote is outside", "’", 0, false},
		{"an emoji is outside", "🤸", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			count, gsm := Septets(c.text)
			if count != c.count || gsm != c.gsm {
				t.Errorf("got %d, %v; want %d, %v", count, gsm, c.count, c.gsm)
			}
		})
	}
}

func TestNoSentenceOfATextMessageLeavesTheAlphabet(t *testing.T) {
	for _, locale := range Locales() {
		for key, sentence := range catalogs[locale] {
			if !strings.HasPrefix(key, "sms.") && !strings.HasPrefix(key, "format.short") && key != "format.months" {
				continue
			}
			for _, r := range placeholder.ReplaceAllString(sentence, "") {
				if gsmWidth[r] != 1 {
					t.Errorf("%s %q: %q takes more than one septet", locale, key, r)
				}
			}
		}
	}
}

func TestTheCatalogTestWouldFindAnAccent(t *testing.T) {
	for _, r := range "áíóúÁÍÓÚ" {
		if _, ok := gsmWidth[r]; ok {
			t.Errorf("%q passes for GSM", r)
		}
	}
}

func TestSMSBusinessName(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a short name stays", "Sunrise Gymnastics", "Sunrise Gymnastics"},
		{"a long one is cut at a word", "Sunrise Gymnastics Center", "Sunrise Gymnastics"},
		{"a name cut exactly behind a word keeps it", "Sunrise Gymnasticsxx Center", "Sunrise Gymnasticsxx"},
		{"one long word is cut anywhere", "Schwimmschulegesellschaft", "Schwimmschulegesells"},
		{"no dangling sign is left", "Swim & Dance Academy & Co", "Swim & Dance Academy"},
		{"é and ñ stay", "Élite Niños", "Élite Niños"},
		{"á, í, ó lose the accent", "Natación Ágil de Íñigo", "Natacion Agil de"},
		{"decomposed letters are composed first", "Nin\u0303os", "Niños"},
		{"curly quotes become straight", "Kim’s “Swim”", `Kim's "Swim"`},
		{"characters that count double are replaced", "Gym [A] {B} ~ |", "Gym (A) (B) - /"},
		{"Polish loses its strokes", "Łódź Pływanie", "Lodz Plywanie"},
		{"Cyrillic is transliterated", "Школа танцев", "Shkola tantsev"},
		{"Greek is transliterated", "Γυμναστήριο", "Gymnastirio"},
		{"capital Greek is not half kept", "ΣΧΟΛΗ", "SChOLI"},
		{"a mixed name keeps its Latin part", "舞蹈 Dance Studio", "Dance Studio"},
		{"Chinese becomes Your school", "舞蹈学校", "Your school"},
		{"Arabic becomes Your school", "مدرسة السباحة", "Your school"},
		{"scraps become Your school", "第3体操", "Your school"},
		{"only signs become Your school", "!!!", "Your school"},
		{"emoji go", "🤸 Tumble Time 🤸", "Tumble Time"},
		{"line breaks are blanks", "Sun\r\nrise", "Sun rise"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := SMSBusinessName(c.in, "en")
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if septets, gsm := Septets(got); !gsm || septets > MaxSMSBusiness {
				t.Errorf("%q takes %d septets, GSM %v", got, septets, gsm)
			}
		})
	}
	if got := SMSBusinessName("舞蹈学校", "es-MX"); got != "Su escuela" {
		t.Errorf("in Spanish: %q", got)
	}
}

func TestTheLongestTextMessagesStillFit(t *testing.T) {
	zone := chicago(t)
	link := "https://" + strings.Repeat("p", MaxSMSLink-len("https://.example")-len(LinkPath)-SecretLength) + ".example" + LinkPath + secret
	for _, locale := range Locales() {
		for _, kind := range []Kind{PasswordReset, ContactChanged} {
			for _, field := range []Field{FieldEmail, FieldPhone} {
				for _, phone := range []string{"", "+1 (312) 555-0100 ext 99", strings.Repeat("9", 60)} {
					body, err := RenderSMS(kind, Data{
						Locale: locale, BusinessName: strings.Repeat("W", 90), BusinessPhone: phone, Zone: zone,
						Link: link, SentAt: time.Date(2026, 12, 23, 12, 14, 0, 0, zone),
						ExpiresAt: time.Date(2026, 12, 23, 12, 44, 0, 0, zone), ChangedField: field,
						OccurredAt: time.Date(2026, 12, 23, 12, 44, 0, 0, zone),
					})
					if err != nil {
						t.Errorf("%s %s %s: %v", locale, kind, field, err)
						continue
					}
					if septets, gsm := Septets(body); !gsm || septets > SegmentSeptets {
						t.Errorf("%s %s %s: %d septets, GSM %v", locale, kind, field, septets, gsm)
					}
				}
			}
		}
	}
}

func TestCheckSMSFits(t *testing.T) {
	longest := "https://" + strings.Repeat("a", MaxSMSLink-len("https://")-len(LinkPath)-SecretLength)
	var fit *FitError
	for _, c := range []struct {
		name, business, origin string
		ok                     func(error) bool
	}{
		{"an ordinary address fits", "Sunrise Gymnastics", "https://portal.example.com", func(err error) bool { return err == nil }},
		{"the address of a laptop fits", "Sunrise", "http://localhost:8080", func(err error) bool { return err == nil }},
		{"a slash at the end is not counted", "Sunrise", longest + "/", func(err error) bool { return err == nil }},
		{"the longest address fits with the longest name", strings.Repeat("W", 200), longest, func(err error) bool { return err == nil }},
		{"one character more does not", "Sunrise", longest + "a", func(err error) bool {
			return errors.As(err, &fit) && fit.Septets == MaxSMSLink+1 && fit.Max == MaxSMSLink
		}},
		{"a tilde counts double", "Sunrise", longest[:len(longest)-1] + "~", func(err error) bool { return errors.As(err, &fit) }},
		{"a back-tick is outside the alphabet", "Sunrise", "https://a.example/`", func(err error) bool { return errors.As(err, &fit) && fit.NotGSM }},
		{"what is no address is refused", "Sunrise", "portal.example.com", func(err error) bool { return errors.Is(err, ErrBadLink) }},
		{"a name in another script fits", "舞蹈学校", "https://portal.example.com", func(err error) bool { return err == nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := CheckSMSFits(c.business, c.origin); !c.ok(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestALinkThatIsTooLongIsNotSent(t *testing.T) {
	d := sample(t, "en")
	d.Link = "https://portal.example.com/" + strings.Repeat("x", 40)
	if _, err := RenderSMS(PasswordReset, d); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
	d.Link = "https://portal.example.com/`"
	if _, err := RenderSMS(PasswordReset, d); !errors.Is(err, ErrNotGSM) {
		t.Errorf("got %v", err)
	}
}

func FuzzEveryBusinessNameFitsATextMessage(f *testing.F) {
	for _, seed := range []string{"Sunrise", "舞蹈", "{}[]~|^€\\", "a\u0301\u0327", "\xff", "ﷺ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := SMSBusinessName(name, "es")
		if septets, gsm := Septets(got); !gsm || septets > MaxSMSBusiness || septets == 0 || strings.ContainsAny(got, "\r\n") {
			t.Errorf("%q became %q", name, got)
		}
	})
}
