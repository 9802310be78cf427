package contact

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

const maxPhoneInput = 64 // bytes; the longest printed forms have about 30

// What can be wrong with a phone number. The texts never repeat the input.
var (
	ErrPhoneEmpty     = errors.New("a phone number is missing")
	ErrPhoneShape     = errors.New("this is not a phone number")
	ErrPhoneExtension = errors.New("leave the extension out of the phone number")
	ErrPhoneLength    = errors.New("the phone number has too few or too many digits")
	ErrPhoneUnknown   = errors.New("no such phone number exists")
)

// Phone is one checked number. The zero value is no number.
type Phone struct {
	// E164 is the number as stored, sent to and compared: + and at most 15 digits.
	E164 string
	// CallingCode is the country calling code, such as 1 or 44.
	CallingCode int
	// Mobile says that a text message may reach the number: its plan calls it mobile, or does not
	// tell mobile from fixed, as in North America.
	Mobile bool
}

// IsZero reports whether p is no number.
func (p Phone) IsZero() bool { return p == Phone{} }

// ParsePhone reads a number in any national form of country (ISO 3166-1 alpha-2, such as "US") or
// in international form. Letters and extensions are refused: neither can be dialled from E.164. The
// error is one of the ErrPhone values and can be shown as it is.
//
// The bundled numbering plans age, and a parent's number in a new range must not be refused for
// that. So a number is taken when its length is possible; only in North America, whose shape has
// been fixed since 1947, area code and exchange must look right too. A number outside all known
// ranges counts as mobile in North America alone, so nothing is spent on texts to made-up numbers
// abroad. The numbers kept for fiction (555-01xx) are ordinary numbers here.
//
// Parsing an E164 again, with any country, gives the same Phone.
func ParsePhone(raw, country string) (Phone, error) {
	s := withoutInvisible(raw)
	switch {
	case s == "":
		return Phone{}, ErrPhoneEmpty
	case len(s) > maxPhoneInput, !utf8.ValidString(s):
		return Phone{}, ErrPhoneShape
	}
	number, err := phonenumbers.Parse(s, strings.ToUpper(country))
	if err != nil {
		switch {
		case errors.Is(err, phonenumbers.ErrNumTooLong), errors.Is(err, phonenumbers.ErrTooShortNSN), errors.Is(err, phonenumbers.ErrTooShortAfterIDD):
			return Phone{}, ErrPhoneLength
		}
		return Phone{}, ErrPhoneShape
	}
	if number.GetExtension() != "" {
		return Phone{}, ErrPhoneExtension
	}
	if strings.ContainsFunc(strings.TrimPrefix(s, "tel:"), unicode.IsLetter) {
		return Phone{}, ErrPhoneShape
	}
	phone, err := judge(number)
	if err != nil {
		return Phone{}, err
	}
	// Some plans would drop a leading digit once more on the second reading; such a number has no
	// stable form to compare by.
	again, err := phonenumbers.Parse(phone.E164, "")
	if err != nil || phonenumbers.Format(again, phonenumbers.E164) != phone.E164 {
		return Phone{}, ErrPhoneShape
	}
	return phone, nil
}

func judge(number *phonenumbers.PhoneNumber) (Phone, error) {
	if phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE {
		return Phone{}, ErrPhoneLength
	}
	phone := Phone{
		E164:        phonenumbers.Format(number, phonenumbers.E164),
		CallingCode: int(number.GetCountryCode()),
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		phone.Mobile = true
	case phonenumbers.UNKNOWN:
		if phone.CallingCode == 1 {
			if !northAmericanShape(phonenumbers.GetNationalSignificantNumber(number)) {
				return Phone{}, ErrPhoneUnknown
			}
			phone.Mobile = true
		}
	}
	return phone, nil
}

// NXX NXX XXXX with N from 2 to 9, and no area code or exchange such as 911.
func northAmericanShape(national string) bool {
	return len(national) == 10 &&
		national[0] >= '2' && national[1:3] != "11" &&
		national[3] >= '2' && national[4:6] != "11"
}

// FormatNational writes a stored number for people in country: "(312) 555-0123" when it can be
// dialled without a country calling code there, else "+44 7700 900123". What is not E.164 comes
// back as it is.
func FormatNational(e164, country string) string {
	number, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return e164
	}
	if int(number.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(strings.ToUpper(country)) {
		return phonenumbers.Format(number, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}

// KnownCountry reports whether numbers can be read with the ISO 3166-1 alpha-2 code country.
func KnownCountry(country string) bool {
	return phonenumbers.GetCountryCodeForRegion(country) != 0
}

// withoutInvisible trims s and drops format characters inside it: phones wrap a copied number in
// bidirectional marks.
func withoutInvisible(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s))
}
