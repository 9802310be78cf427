package family

import (
	"errors"
	"slices"
	"time"

	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/text"
)

// Longest texts, in characters.
const (
	maxName     = 120
	maxRelation = 60
)

// checker reads the fields of an input and remembers everything that is wrong with them.
type checker struct {
	country  string // for national phone numbers
	problems []fault.Field
}

func (c *checker) refuse(f fault.Field) { c.problems = append(c.problems, f) }

func (c *checker) name(field, raw string) string {
	s, err := contact.ParseName(raw, maxName)
	if errors.Is(err, contact.ErrNameEmpty) {
		c.refuse(fault.At(fault.Required, field, "error.required"))
		return ""
	}
	c.text(field, maxName, err)
	return s
}

func (c *checker) relation(field, raw string) string {
	s, err := contact.ParseName(raw, maxRelation)
	if errors.Is(err, contact.ErrNameEmpty) {
		return ""
	}
	c.text(field, maxRelation, err)
	return s
}

func (c *checker) text(field string, limit int, err error) {
	var long contact.TooLongError
	switch {
	case err == nil:
	case errors.As(err, &long):
		c.refuse(fault.At(fault.Invalid, field, "error.tooLong", "max", limit))
	default:
		c.refuse(fault.At(fault.Invalid, field, "family.characters"))
	}
}

// email reads an address; empty is none.
func (c *checker) email(field, raw string) contact.Email {
	e, err := contact.ParseEmail(raw)
	switch {
	case err == nil || errors.Is(err, contact.ErrEmailEmpty):
	case errors.Is(err, contact.ErrEmailLong):
		c.refuse(fault.At(fault.Invalid, field, "error.tooLong", "max", contact.MaxEmail))
	case errors.Is(err, contact.ErrEmailMany):
		c.refuse(fault.At(fault.Invalid, field, "family.oneEmail"))
	default:
		c.refuse(fault.At(fault.Invalid, field, "error.emailInvalid"))
	}
	return e
}

// phone reads a number in any form usual in the business's country; empty is none.
func (c *checker) phone(field, raw string) contact.Phone {
	p, err := contact.ParsePhone(raw, c.country)
	switch {
	case err == nil || errors.Is(err, contact.ErrPhoneEmpty):
	case errors.Is(err, contact.ErrPhoneExtension):
		c.refuse(fault.At(fault.Invalid, field, "family.phoneExtension"))
	case errors.Is(err, contact.ErrPhoneLength):
		c.refuse(fault.At(fault.Invalid, field, "family.phoneLength"))
	case errors.Is(err, contact.ErrPhoneUnknown):
		c.refuse(fault.At(fault.Invalid, field, "family.phoneUnknown"))
	default:
		c.refuse(fault.At(fault.Invalid, field, "error.phoneInvalid"))
	}
	return p
}

func (c *checker) locale(field, raw string) string {
	if !slices.Contains(text.Locales(), raw) {
		c.refuse(fault.At(fault.Invalid, field, "family.locale"))
	}
	return raw
}

// birthDate reads YYYY-MM-DD; empty is unknown. Nobody is born after today, in the time zone that is
// furthest ahead.
func (c *checker) birthDate(field, raw string, now time.Time) string {
	if raw == "" {
		return ""
	}
	day, err := time.Parse(time.DateOnly, raw)
	switch {
	case err != nil:
		c.refuse(fault.At(fault.Invalid, field, "family.birthDate"))
	case day.Year() < 1900 || day.After(now.Add(14*time.Hour)):
		c.refuse(fault.At(fault.Invalid, field, "family.birthDateRange"))
	}
	return raw
}
