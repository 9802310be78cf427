// Package search turns names, e-mail addresses and phone numbers into the keys of an index, and what
// people type into the prefixes to look up there. Both databases compare the keys byte by byte, so
// that a search means the same on each. It is pure: no database, no network.
package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxKey is the longest key in bytes. Longer ones are cut at a character, on both sides, so a cut
// key still finds its cut twin.
const MaxKey = 64

// MaxSortKey is the longest result of SortKey in bytes.
const MaxSortKey = 120

// Letters that no decomposition leads back to the plain letters people type for them.
var plain = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'þ': "th",
	'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'ħ': "h", 'ı': "i", 'ŋ': "n", 'ŧ': "t", 'ə': "e",
	'ς': "σ",
	'ـ': "", // Arabic tatweel only stretches a word
}

// Fold returns s without the differences a person searching does not type: case, accents, width,
// ligatures. "Żaneta Łoś-Müller" becomes "zaneta los-muller". Folding twice changes nothing.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	bare := false // whether marks on the last base letter are dropped
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "\ufffd")) {
		if unicode.Is(unicode.M, r) {
			// In Indic scripts, Thai and kana the marks are vowels or change the consonant: there
			// they are letters like any other.
			if !bare {
				b.WriteRune(r)
			}
			continue
		}
		if unicode.Is(unicode.Cf, r) {
			continue
		}
		bare = unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew)
		r = unicode.ToLower(r)
		if p, ok := plain[r]; ok {
			b.WriteString(p)
			continue
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// SortKey returns the form by which a list of names is ordered: folded, the punctuation gone, words
// one space apart, at most MaxSortKey bytes.
func SortKey(name string) string {
	return cut(strings.Join(words(dropApostrophes(Fold(name))), " "), MaxSortKey)
}

// PrefixEnd returns the exclusive upper end of the range of keys that start with prefix:
// key >= prefix AND key < PrefixEnd(prefix). No key contains the last code point.
func PrefixEnd(prefix string) string { return prefix + "\U0010FFFF" }

func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return strings.TrimRightFunc(s[:limit], unicode.IsSpace)
}

// words splits folded text at everything that is neither letter, digit nor mark, and between a
// script written without spaces and any other: "花子smith" is two words, a whole run of such a
// script is one.
func words(folded string) []string {
	var out []string
	var word []rune
	wordKind := spaced
	flush := func() {
		if len(word) > 0 {
			out = append(out, string(word))
		}
		word, wordKind = word[:0], spaced
	}
	for _, r := range folded {
		kind := wordKind // marks and digits go with what they follow
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar), r == 'ー':
			kind = unspaced
		case unicode.IsLetter(r):
			kind = spaced
		case unicode.Is(unicode.M, r), unicode.IsNumber(r):
		default:
			flush()
			continue
		}
		if len(word) > 0 && kind != wordKind {
			flush()
		}
		wordKind = kind
		word = append(word, r)
	}
	flush()
	return out
}

const (
	spaced = iota
	unspaced
)

const apostrophes = "'’‘ʼʻ`´′"

// dropApostrophes joins O'Brien to obrien, as most people type it.
func dropApostrophes(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(apostrophes, r) {
			return -1
		}
		return r
	}, s)
}
