package contact

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ErrNameEmpty and ErrNameCharacters say what can be wrong with a name besides its length.
var (
	ErrNameEmpty      = errors.New("a name is missing")
	ErrNameCharacters = errors.New("this contains characters that cannot be shown")
)

// TooLongError says that a text has more than Max characters.
type TooLongError struct{ Max int }

// Error is a sentence that can be shown.
func (e TooLongError) Error() string { return fmt.Sprintf("use at most %d characters", e.Max) }

var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$`)

// IsSlug reports whether s can be the name of a business in an address: 2 to 64 lower-case letters, digits
// and hyphens. Whatever else is presented is the name of no business: databases disagree on whether
// "sunrise" and "sunrise " are the same, and limits count them apart.
func IsSlug(s string) bool { return slug.MatchString(s) }

// ParseName reads a name or another one-line text of at most limit characters (code points after
// NFC). Line breaks and repeated spaces become one space. Names are whatever people say they are:
// any script, apostrophes, digits. Refused are only control characters and the invisible marks
// that reorder text; the joiners that some scripts need stay. The error is ErrNameEmpty,
// ErrNameCharacters or a TooLongError.
func ParseName(raw string, limit int) (string, error) {
	if len(raw) > 16*limit+1024 { // before any Unicode work
		return "", TooLongError{limit}
	}
	if !utf8.ValidString(raw) {
		return "", ErrNameCharacters
	}
	s := strings.Join(strings.Fields(norm.NFC.String(trim(raw))), " ")
	if s == "" {
		return "", ErrNameEmpty
	}
	for _, r := range s {
		joiner := r == '\u200c' || r == '\u200d'
		if !joiner && !unicode.IsGraphic(r) {
			return "", ErrNameCharacters
		}
	}
	if utf8.RuneCountInString(s) > limit {
		return "", TooLongError{limit}
	}
	return s, nil
}
