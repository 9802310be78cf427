// Package contact reads e-mail addresses, phone numbers and names as people type them, and gives
// each the one form by which it is stored, sent to and looked up. It is pure: no database, no network.
package contact

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"officeportal/internal/keyring"
)

// MaxEmail is the longest address in bytes that a mail server must carry: the 256 of a path in
// RFC 5321 §4.5.3.1.3 less its two angle brackets.
const MaxEmail = 254

const maxLocalPart = 64 // RFC 5321 §4.5.3.1.1

// What can be wrong with an e-mail address. The texts never repeat the input.
var (
	ErrEmailEmpty  = errors.New("an email address is missing")
	ErrEmailLong   = errors.New("an email address has at most 254 characters")
	ErrEmailMany   = errors.New("only one email address is allowed")
	ErrEmailLocal  = errors.New("the part before the @ is not valid")
	ErrEmailDomain = errors.New("the part after the @ is not a domain name")
	ErrEmailShape  = errors.New("an email address looks like name@example.com")
)

// Email is one checked address. The zero value is no address.
type Email struct {
	// Address is shown and sent to: the local part as typed in NFC, the domain as lower-case A-labels.
	Address string
	// Canonical finds and compares addresses: Address with the letters A to Z in lower case.
	//
	// Only those letters: full Unicode case mapping makes different mailboxes equal (the dotless ı
	// and i share their capital I), which has let strangers receive other people's reset links.
	Canonical string
}

// IsZero reports whether e is no address.
func (e Email) IsZero() bool { return e == Email{} }

// LocalPart returns what stands before the @ in Canonical, or "".
func (e Email) LocalPart() string {
	local, _, _ := strings.Cut(e.Canonical, "@")
	return local
}

// ParseEmail reads exactly one bare address: no display name, no comments, no quoted local part, no
// address literal. Space around it is dropped; a domain in any script becomes A-labels by IDNA2008
// look-up rules. The error is one of the ErrEmail values and can be shown as it is.
//
// Parsing an Address again gives the same Email.
func ParseEmail(raw string) (Email, error) {
	s := trim(raw)
	switch {
	case s == "":
		return Email{}, ErrEmailEmpty
	case len(s) > 4*MaxEmail: // before any Unicode work; A-labels may be shorter than what was typed
		return Email{}, ErrEmailLong
	case !utf8.ValidString(s):
		return Email{}, ErrEmailShape
	}
	local, domain, found := strings.Cut(s, "@")
	switch {
	case !found:
		return Email{}, ErrEmailShape
	case strings.ContainsAny(s, ",;<>") || strings.Contains(domain, "@"):
		return Email{}, ErrEmailMany
	}
	local = norm.NFC.String(local)
	if !validLocalPart(local) {
		return Email{}, ErrEmailLocal
	}
	domain, ok := canonicalDomain(domain)
	if !ok {
		return Email{}, ErrEmailDomain
	}
	address := local + "@" + domain
	if len(address) > MaxEmail {
		return Email{}, ErrEmailLong
	}
	return Email{Address: address, Canonical: lowerASCII(address)}, nil
}

// A dot-atom of RFC 5322 §3.2.3, with the letters of other scripts as RFC 6531 allows.
func validLocalPart(local string) bool {
	if local == "" || len(local) > maxLocalPart {
		return false
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" {
			return false
		}
	}
	for _, r := range local {
		if r >= utf8.RuneSelf && !unicode.In(r, unicode.L, unicode.M, unicode.N) {
			return false
		}
	}
	// The compatibility form is checked as well: a full-width ＠ or a ligature must not become
	// something else in a mail server that normalises harder than we do.
	return onlyAtext(local) && onlyAtext(norm.NFKC.String(local))
}

func onlyAtext(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf, c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		case strings.IndexByte(".!#$%&'*+-/=?^_`{|}~", c) >= 0:
		default:
			return false
		}
	}
	return true
}

func canonicalDomain(domain string) (string, bool) {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || len(ascii) > 253 {
		return "", false
	}
	ascii = lowerASCII(ascii)
	labels := strings.Split(ascii, ".")
	if len(labels) < 2 { // no mail leaves for a bare host name
		return "", false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 {
			return "", false
		}
	}
	// An all-digit top label is an IPv4 address, not a domain.
	if top := labels[len(labels)-1]; strings.Trim(top, "0123456789") == "" {
		return "", false
	}
	return ascii, true
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// trim drops white space and invisible characters around what was typed; both come along when
// something is copied from a web page or a contacts program.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
}

// Key returns the keyed hash under which the address is written into a row, by the ring's newest key; nil for no
// address. Databases compare texts by collations that take different mailboxes for the same one; a hash of the
// canonical form does not.
func (e Email) Key(ring *keyring.Ring) []byte {
	if e.IsZero() {
		return nil
	}
	return ring.Lookup(emailPurpose, []byte(e.Canonical))
}

// Keys returns every keyed hash under which the address may stand in a row, one of each key on the ring, newest
// first; nil for no address.
func (e Email) Keys(ring *keyring.Ring) [][]byte {
	if e.IsZero() {
		return nil
	}
	return ring.Lookups(emailPurpose, []byte(e.Canonical))
}

const emailPurpose = "email"
