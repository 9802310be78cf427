// Package password has the rules for new passwords and the hashing of them, nothing else: no
// database, no knowledge of whose password it is.
//
// Every function normalises to NFKC first (NIST SP 800-63B-4 §3.1.1.2), so that the same characters
// typed on two keyboards are the same password. Nothing else is altered: no trimming, no truncation.
package password

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of a policy, in characters, and of any password, in bytes.
const (
	// DefaultMinLength is what NIST SP 800-63B-4 §3.1.1.2 asks of a password that is the only factor.
	DefaultMinLength = 15
	// LowestMinLength is the least a business may ask for.
	LowestMinLength = 8
	// HighestMinLength is the most a business may ask for; every password of this length is taken.
	HighestMinLength = 64
	// MaxBytes bounds the work of one request. It holds 128 characters of any script.
	MaxBytes = 512
)

// Kind names what is wrong with a password.
type Kind string

// What can be wrong. There are no rules about kinds of characters: they make passwords weaker.
const (
	TooShort   Kind = "TOO_SHORT"
	TooLong    Kind = "TOO_LONG"
	TooCommon  Kind = "TOO_COMMON"
	Unreadable Kind = "UNREADABLE" // not UTF-8
)

// Problem is one reason to refuse a password. It never holds any of the password.
type Problem struct {
	Kind Kind
	// Need and Has go with TooShort: characters (code points after NFKC).
	Need, Has int
}

// Policy is what a business asks of new passwords.
type Policy struct {
	// MinLength in characters; 0 means DefaultMinLength, anything else is brought into 8 to 64.
	MinLength int
	// Context are texts that a stranger would try first: business name, the person's name and
	// e-mail address. A password that consists of their words and fillers is common.
	Context []string
}

// Min returns the least number of characters the policy takes.
func (p Policy) Min() int {
	if p.MinLength == 0 {
		return DefaultMinLength
	}
	return min(max(p.MinLength, LowestMinLength), HighestMinLength)
}

// Check returns all reasons to refuse pw as a new password, none when it is good.
func Check(p Policy, pw string) []Problem {
	switch {
	case len(pw) > MaxBytes:
		return []Problem{{Kind: TooLong}}
	case !utf8.ValidString(pw):
		return []Problem{{Kind: Unreadable}}
	}
	s := norm.NFKC.String(pw)
	var problems []Problem
	if has, need := utf8.RuneCountInString(s), p.Min(); has < need {
		problems = append(problems, Problem{Kind: TooShort, Need: need, Has: has})
	}
	if common(s, p.Context) {
		problems = append(problems, Problem{Kind: TooCommon})
	}
	return problems
}
