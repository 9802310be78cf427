package template

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// SegmentSeptets is what one text message holds in the GSM 7-bit default alphabet (3GPP TS 23.038
// §6.2.1). One character outside that alphabet cuts it to 70 and triples the price of our texts.
const SegmentSeptets = 160

// The default alphabet without its control characters, and its extension table, whose characters
// take an escape and so count double.
const (
	gsmBasic = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "^{}\\[~]|€"
)

var gsmWidth = func() map[rune]int {
	widths := map[rune]int{'\n': 1, '\r': 1}
	for _, r := range gsmBasic {
		widths[r] = 1
	}
	for _, r := range gsmExtended {
		widths[r] = 2
	}
	return widths
}()

// Septets returns how much of a segment s takes, and whether every character of it is in the GSM
// 7-bit alphabet; if not, the count is of those that are.
func Septets(s string) (count int, gsm bool) {
	gsm = true
	for _, r := range s {
		w, ok := gsmWidth[r]
		if !ok {
			gsm = false
		}
		count += w
	}
	return count, gsm
}

// plainer are single-septet words for characters that have no decomposition into such.
var plainer = func() map[rune]string {
	out := map[rune]string{
		'‘': "'", '’': "'", '‚': "'", '‹': "'", '›': "'", '`': "'", '´': "'", 'ʻ': "'", 'ʼ': "'",
		'“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`,
		'–': "-", '—': "-", '‐': "-", '‑': "-", '−': "-", '•': "-", '·': "-",
		'€': "EUR", '~': "-", '^': "", '|': "/", '\\': "/", '[': "(", ']': ")", '{': "(", '}': ")",
		'©': "", '®': "", '™': "", '\n': " ", '\r': " ", '\t': " ",
		'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'þ': "th", 'Þ': "Th",
		'œ': "oe", 'Œ': "OE", 'ı': "i", 'ħ': "h", 'Ħ': "H", 'ŋ': "n", 'Ŋ': "N", 'ẞ': "SS", 'ə': "a", 'Ə': "A",
	}
	// Letter by letter, as passports do it: readable, not scholarly.
	for letters, words := range map[string]string{
		"абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўђјљњћџ": "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i yi ye g u dj j lj nj c dz",
		"αβγδεζηθικλμνξοπρσςτυφχψω":                    "a v g d e z i th i k l m n x o p r s s t y f ch ps o",
	} {
		list := strings.Fields(words)
		for i, r := range []rune(letters) {
			word := strings.ReplaceAll(list[i], "_", "")
			out[r] = word
			if word == "" {
				out[[]rune(strings.ToUpper(string(r)))[0]] = ""
				continue
			}
			out[[]rune(strings.ToUpper(string(r)))[0]] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return out
}()

// plain rewrites s in characters of one septet each. é, ñ, ü and their like stay, other accents go
// (á becomes a), Cyrillic and Greek are transliterated. Of other scripts nothing is left; lost counts
// those characters.
func plain(s string) (out string, lost int) {
	var b strings.Builder
	var write func(r rune, decomposed bool)
	write = func(r rune, decomposed bool) {
		if word, ok := plainer[r]; ok {
			b.WriteString(word)
			return
		}
		if gsmWidth[r] == 1 {
			b.WriteRune(r)
			return
		}
		if decomposed {
			if norm.NFKD.PropertiesString(string(r)).CCC() == 0 {
				lost++
			}
			return // else a combining mark: the letter under it is written already
		}
		for _, part := range norm.NFKD.String(string(r)) {
			write(part, true)
		}
	}
	for _, r := range norm.NFC.String(s) {
		write(r, false)
	}
	return strings.Join(strings.Fields(b.String()), " "), lost
}
