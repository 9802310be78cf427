package password

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"

	"officeportal/internal/search"
)

//go:embed blocklist/common.txt.gz
var packed []byte

// frequent is how many passwords of the list count as frequent.
const frequent = 10_000

// listed holds the blocklist and whether each entry is among the most frequent ones. It takes about
// 3 MB and some milliseconds, so it is unpacked when the first password is checked.
var listed = sync.OnceValue(func() map[string]bool {
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic("password: the embedded blocklist cannot be read: " + err.Error())
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		panic("password: the embedded blocklist cannot be read: " + err.Error())
	}
	out := make(map[string]bool, 50_000)
	for line := range strings.Lines(string(text)) {
		if entry := strings.TrimSuffix(line, "\n"); entry != "" {
			out[entry] = len(out) < frequent
		}
	}
	return out
})

// common reports whether s is a password that others would guess early.
//
// Lists of leaked passwords hold few entries of 15 characters and more, because few sites asked for
// them. A list alone would be no check at all for the default policy. People who must reach a length
// glue together or pad what they know ("password12345678", "iloveyouprincess!"), and programs that
// guess do the same. So a password also counts as common when it consists, without a rest, of
//   - one entry of the list, or two frequent ones, with any digits and punctuation;
//   - words of the context, however many, likewise;
//   - straight runs of the alphabet, digits or keyboard, and repeated characters;
//   - a block repeated over and over that is itself one of these, or shorter than any permitted password.
//
// Three unrelated words never are: that is what we recommend.
func common(s string, context []string) bool {
	if s == "" {
		return false
	}
	if _, ok := listed()[strings.ToLower(s)]; ok {
		return true
	}
	text := []rune(search.Fold(s))
	if len(text) == 0 {
		return true // nothing but invisible marks
	}
	if block := period(text); block < len(text) {
		if block < LowestMinLength {
			return true
		}
		text = text[:block]
	}
	words := contextWords(context)
	return coveredBy(text, words) || coveredBy(unmasked(text), words)
}

// period returns the length of the block that text repeats at least twice (the last time perhaps in
// part), or len(text).
func period(text []rune) int {
next:
	for p := 1; 2*p <= len(text); p++ {
		for i := p; i < len(text); i++ {
			if text[i] != text[i-p] {
				continue next
			}
		}
		return p
	}
	return len(text)
}

// The costs of the pieces a password is made of. Runs cost nothing.
const (
	contextCost  = 1
	frequentCost = 1000 // more than all context words of the longest password
	listedCost   = 2 * frequentCost
	bound        = listedCost + frequentCost
	unreachable  = 1 << 30
)

// The lengths of pieces, in characters.
const (
	shortestEntry   = 4
	longestEntry    = 24
	shortestContext = 3
	shortestRun     = 4
	shortestRepeat  = 3
)

// coveredBy reports whether text splits into pieces that are all known or filler, at a cost that
// makes it common. It finds the cheapest split from left to right; among equally cheap ones the one
// with the least filler.
func coveredBy(text []rune, words map[string]bool) bool {
	type state struct{ cost, filler int }
	best := make([]state, len(text)+1)
	for i := range best[1:] {
		best[i+1].cost = unreachable
	}
	list, longest := listed(), longestEntry
	for word := range words {
		longest = max(longest, len([]rune(word)))
	}
	for i := range text {
		if best[i].cost >= bound {
			continue
		}
		reach := func(end, cost, filler int) {
			next := state{best[i].cost + cost, best[i].filler + filler}
			old := best[end]
			if next.cost < old.cost || next.cost == old.cost && next.filler < old.filler {
				best[end] = next
			}
		}
		if !unicode.IsLetter(text[i]) && !unicode.Is(unicode.M, text[i]) {
			reach(i+1, 0, 1)
		}
		run := runLength(text[i:])
		for n := min(run, shortestRepeat); n > 0 && n <= run; n++ { // a word may begin inside the run: aaaangel
			reach(i+n, 0, 0)
		}
		for n := shortestContext; n <= min(len(text)-i, longest); n++ {
			piece := string(text[i : i+n])
			if words[piece] {
				reach(i+n, contextCost, 0)
			}
			if n < shortestEntry || n > longestEntry {
				continue
			}
			if isFrequent, ok := list[piece]; ok && isFrequent {
				reach(i+n, frequentCost, 0)
			} else if ok {
				reach(i+n, listedCost, 0)
			}
		}
	}
	end := best[len(text)]
	switch {
	case end.cost >= bound:
		return false
	case end.cost > 0:
		return true
	}
	// Runs and filler alone. Digits thrown by dice are a fair password; runs with a few signs between are not.
	return 4*end.filler <= len(text)
}

// Rows that fingers walk along, in the layouts our guardians use; each counts in both directions.
var rows = func() []string {
	out := []string{
		"01234567890", "`1234567890-=", "~!@#$%^&*()_+",
		"qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn",
		"qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./",
		"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p",
		"йцукенгшщзхъфывапролджэячсмитьбю",
	}
	for i, row := range out {
		out[i] = search.Fold(row) // as the text it is compared with
		runes := []rune(out[i])
		slices.Reverse(runes)
		out = append(out, string(runes))
	}
	return out
}()

// runLength returns the length of the longest run at the start of text: one character repeated,
// neighbours in the alphabet or on the keyboard. 0 means none.
func runLength(text []rune) int {
	longest := 0
	for _, step := range []rune{0, 1, -1} {
		n := 1
		for n < len(text) && text[n] == text[n-1]+step {
			n++
		}
		if n >= shortestRun || step == 0 && n >= shortestRepeat {
			longest = max(longest, n)
		}
	}
	for _, row := range rows {
		for n := max(longest+1, shortestRun); n <= len(text) && n <= len(row); n++ {
			if !strings.Contains(row, string(text[:n])) {
				break
			}
			longest = n
		}
	}
	return longest
}

// unmasked undoes the substitutions that every guessing program knows.
func unmasked(text []rune) []rune {
	out := make([]rune, len(text))
	for i, r := range text {
		switch r {
		case '@', '4':
			r = 'a'
		case '3', '€':
			r = 'e'
		case '1', '!':
			r = 'i'
		case '0':
			r = 'o'
		case '$', '5':
			r = 's'
		case '7', '+':
			r = 't'
		}
		out[i] = r
	}
	return out
}

// contextWords returns the words of the context, and each text in one piece.
func contextWords(context []string) map[string]bool {
	out := map[string]bool{}
	add := func(word string) {
		if len([]rune(word)) >= shortestContext {
			out[word] = true
		}
	}
	for _, text := range context {
		folded := search.Fold(text)
		// An apostrophe or a dot parts words or does not, depending on who types.
		fields := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.M, r) })
		for _, field := range fields {
			add(field)
			add(strings.TrimRightFunc(field, unicode.IsNumber))
		}
		add(strings.Join(fields, ""))
	}
	return out
}
