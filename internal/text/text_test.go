package text

import (
	"maps"
	"regexp"
	"slices"
	"testing"
)

var placeholder = regexp.MustCompile(`\{[a-zA-Z]+\}`)

func TestEveryLanguageSaysEverySentenceWithTheSameFacts(t *testing.T) {
	for _, locale := range Locales() {
		if diff := missing(catalogs[Default], catalogs[locale]); len(diff) > 0 {
			t.Errorf("%s lacks %v", locale, diff)
		}
		if diff := missing(catalogs[locale], catalogs[Default]); len(diff) > 0 {
			t.Errorf("%s has %v, which %s lacks", locale, diff, Default)
		}
		for key, sentence := range catalogs[locale] {
			want := placeholder.FindAllString(catalogs[Default][key], -1)
			got := placeholder.FindAllString(sentence, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(slices.Compact(want), slices.Compact(got)) {
				t.Errorf("%s: %s uses %v, want %v", locale, key, got, want)
			}
		}
	}
}

func missing(want, have map[string]string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if _, ok := have[k]; !ok {
			out = append(out, k)
		}
	}
	return out
}

func TestMatchPicksTheBestLanguageOrTheDefault(t *testing.T) {
	for wanted, want := range map[string]string{
		"es-MX,es;q=0.9": "es", "en-GB": "en", "fr": "en", "": "en", "es": "es", "%%%": "en", "fr, es;q=0.5": "es",
	} {
		if got := Match(wanted); got != want {
			t.Errorf("Match(%q) = %s, want %s", wanted, got, want)
		}
	}
}

func TestSayFillsPlaceholdersOnce(t *testing.T) {
	if got := Say("en", "no such key {x}", map[string]any{"x": "{y}", "y": "z"}); got != "no such key {x}" {
		t.Errorf("an unknown key was changed: %q", got)
	}
	if got := Say("es", "error.notFound", nil); got == "error.notFound" {
		t.Error("a known key was not translated")
	}
}
