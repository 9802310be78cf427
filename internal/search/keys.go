package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxQueryKeys is how many prefixes one search looks up at most; further words are ignored. Each is
// one more look-up in the database, and nobody types more to find a family.
const MaxQueryKeys = 6

// Keys returns the sorted, unique keys under which something is found: every folded word of its
// names, its e-mail addresses whole and in words (without the domain), and the digits of its phone
// numbers (E.164) from last to first, so that "the last digits" is a prefix.
func Keys(names, emails, phonesE164 []string) []string {
	var keys []string
	add := func(key string) {
		if key = cut(key, MaxKey); key != "" {
			keys = append(keys, key)
		}
	}
	for _, name := range names {
		folded := Fold(name)
		for _, word := range words(dropApostrophes(folded)) {
			add(word)
		}
		// Brien finds O'Brien too.
		for _, word := range words(folded) {
			if utf8.RuneCountInString(word) > 1 {
				add(word)
			}
		}
	}
	for _, email := range emails {
		folded := foldEmail(email)
		add(folded)
		local, _, _ := strings.Cut(folded, "@")
		for _, word := range words(local) {
			add(word)
		}
	}
	for _, phone := range phonesE164 {
		add(reversedDigits(phone))
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// QueryKeys returns the key prefixes that something must all have to match what was typed, or none
// when nothing in it can be looked up (then nothing matches, unless it is blank). A piece with @ is
// the beginning of an e-mail address; a run of at least three digits with nothing but phone
// punctuation is the end of a phone number; the rest is beginnings of words.
func QueryKeys(search string) []string {
	var keys []string
	add := func(key string) {
		if key = cut(key, MaxKey); key != "" && !slices.Contains(keys, key) && len(keys) < MaxQueryKeys {
			keys = append(keys, key)
		}
	}
	addWords := func(piece string) {
		for _, word := range words(dropApostrophes(piece)) {
			add(word)
		}
	}
	pieces := strings.Fields(Fold(search))
	for i := 0; i < len(pieces); {
		n := 0
		for i+n < len(pieces) && phoneLike(pieces[i+n]) {
			n++
		}
		switch piece := pieces[i]; {
		case n > 0: // "312 555 0123" is one number in three pieces
			number := strings.Join(pieces[i:i+n], " ")
			if digits := queryDigits(number); len(digits) >= 3 {
				add(reversedDigits(digits))
			} else {
				addWords(number)
			}
			i += n
		case strings.IndexByte(piece, '@') > 0:
			add(foldEmail(piece))
			i++
		default:
			addWords(piece)
			i++
		}
	}
	return keys
}

func foldEmail(s string) string { return strings.TrimSpace(Fold(s)) }

func phoneLike(piece string) bool {
	return !strings.ContainsFunc(piece, func(r rune) bool {
		return (r < '0' || r > '9') && !strings.ContainsRune("+-().‐‑–/", r)
	})
}

// A whole national number may begin with a trunk or exit prefix (0, 00) that E.164 does not have;
// in a few last digits the zeros count.
func queryDigits(number string) string {
	digits := onlyDigits(number)
	if len(digits) >= 7 {
		digits = strings.TrimLeft(digits, "0")
	}
	return digits
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

func reversedDigits(s string) string {
	digits := []byte(onlyDigits(s))
	slices.Reverse(digits)
	return string(digits)
}
