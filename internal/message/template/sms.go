package template

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of a text message, in septets.
const (
	// MaxSMSBusiness is what the name of the business may take; longer ones are cut.
	MaxSMSBusiness = 20
	// MaxSMSLink is what the link may take; it can't be cut, so a longer one is an error.
	MaxSMSLink = 60
	// maxSMSPhone is what the office's phone number may take; a longer one is left out.
	maxSMSPhone = 24
)

// SecretLength is the number of characters of a reset link's secret, and LinkPath what stands before
// it: a link is origin + LinkPath + secret.
const (
	SecretLength = 26
	LinkPath     = "/r#"
)

// ErrTooLong means that the text does not fit one segment, because of the link.
var ErrTooLong = errors.New("template: the text message does not fit one segment")

// ErrNotGSM means that the link has a character that text messages can't carry in one segment.
var ErrNotGSM = errors.New("template: the link has a character outside the GSM 7-bit alphabet")

// RenderSMS writes the text message of that kind: always one segment of GSM-7. The error is one of
// this package's; it wraps nothing that names the guardian or holds the link.
func RenderSMS(kind Kind, d Data) (string, error) {
	if err := d.check(kind); err != nil {
		return "", err
	}
	s := speaker{locale: localeOf(d.Locale), facts: facts{}}
	s.facts["business"] = SMSBusinessName(d.BusinessName, d.Locale)
	s.facts["phone"], _ = plain(clean(d.BusinessPhone))
	if len(s.facts["phone"]) > maxSMSPhone {
		s.facts["phone"] = ""
	}
	var body string
	switch kind {
	case PasswordReset, GuardianInvited:
		septets, gsm := Septets(d.Link)
		if !gsm {
			return "", ErrNotGSM
		}
		if septets > MaxSMSLink {
			return "", ErrTooLong
		}
		s.facts["link"] = d.Link
		s.facts["time"] = shortClock(s.locale, d.in(d.ExpiresAt))
		s.facts["date"] = shortDate(s.locale, d.in(d.ExpiresAt))
		if kind == GuardianInvited {
			body = s.say("sms.invited")
		} else {
			body = s.say("sms.reset")
		}
	case ContactChanged:
		s.facts["date"] = shortDate(s.locale, d.in(d.OccurredAt))
		body = s.orNoPhone("sms.contact." + string(d.ChangedField))
	default:
		return "", ErrNoSuchMessage
	}
	if septets, gsm := Septets(body); !gsm || septets > SegmentSeptets {
		return "", ErrTooLong // the catalog test keeps this from happening
	}
	return body, nil
}

// SMSBusinessName returns the name as it stands in text messages: at most MaxSMSBusiness septets,
// transliterated, cut at a word where that leaves most of it. A name in a script that can't be
// rendered becomes "Your school" in the language given.
func SMSBusinessName(name, locale string) string {
	out, lost := plain(clean(name))
	letters := 0
	for _, r := range out {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters++
		}
	}
	// Scraps such as the "3" of a Japanese name with a number would be worse than nothing.
	if letters == 0 || lost > 0 && letters < 4 {
		return fill(localeOf(locale), "sms.business", nil)
	}
	if utf8.RuneCountInString(out) <= MaxSMSBusiness {
		return out
	}
	cut := string([]rune(out)[:MaxSMSBusiness])
	whole := []rune(out)[MaxSMSBusiness] == ' '
	if i := strings.LastIndexByte(cut, ' '); !whole && i >= MaxSMSBusiness/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " -,&/(.:;'\"")
}

// FitError says why text messages of a business can't be sent from this address.
type FitError struct {
	// Septets is what the link would take, Max what it may; both zero when NotGSM.
	Septets, Max int
	// NotGSM means that the address has a character outside the GSM 7-bit alphabet.
	NotGSM bool
}

// Error explains it in terms of the address of the portal.
func (e *FitError) Error() string {
	if e.NotGSM {
		return "the address of the portal has a character that text messages can't carry"
	}
	return fmt.Sprintf("the address of the portal is too long for a text message: the link would have %d characters, %d is the most", e.Septets, e.Max)
}

// CheckSMSFits says whether every text message of a business fits one segment in every language, at
// the longest time of day. portalOrigin is the configured public address, e.g.
// "https://portal.example.com". The error is a *FitError or one of this package's.
func CheckSMSFits(businessName, portalOrigin string) error {
	link := sampleLink(portalOrigin)
	if err := checkLink(link); err != nil {
		return err
	}
	septets, gsm := Septets(link)
	if !gsm {
		return &FitError{NotGSM: true}
	}
	if septets > MaxSMSLink {
		return &FitError{Septets: septets, Max: MaxSMSLink}
	}
	for _, locale := range Locales() {
		if _, err := PreviewSMS(businessName, portalOrigin, locale); err != nil {
			return err
		}
	}
	return nil
}

// PreviewSMS returns the text message with a reset link as a guardian would get it, for the settings
// screen; its link leads nowhere.
func PreviewSMS(businessName, portalOrigin, locale string) (string, error) {
	longest := time.Date(2026, time.December, 23, 12, 44, 0, 0, time.UTC)
	return RenderSMS(PasswordReset, Data{
		Locale: locale, BusinessName: businessName, Link: sampleLink(portalOrigin),
		SentAt: longest.Add(-30 * time.Minute), ExpiresAt: longest,
	})
}

func sampleLink(origin string) string {
	return strings.TrimRight(origin, "/") + LinkPath + strings.Repeat("x", SecretLength)
}
