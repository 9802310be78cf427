package template

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed locales/*.json
var localeFiles embed.FS

// DefaultLocale is the language of guardians whose own is not among Locales.
const DefaultLocale = "en"

// Locales returns the languages messages are written in.
func Locales() []string { return []string{"en", "es"} }

var catalogs = func() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, locale := range Locales() {
		raw, err := localeFiles.ReadFile("locales/" + locale + ".json")
		if err != nil {
			panic(err) // embedded: a broken build, found by the first test
		}
		sentences := map[string]string{}
		if err := json.Unmarshal(raw, &sentences); err != nil {
			panic(fmt.Sprintf("locales/%s.json: %v", locale, err))
		}
		out[locale] = sentences
	}
	return out
}()

// localeOf returns the catalog for a language tag: "es-MX" is "es", an unknown one the default.
func localeOf(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	base = strings.ToLower(base)
	if _, known := catalogs[base]; known {
		return base
	}
	return DefaultLocale
}

// facts are the values of a sentence's placeholders.
type facts map[string]string

// speaker says sentences of one language about one message.
type speaker struct {
	locale string
	facts  facts
}

// say returns the sentence with its placeholders filled. A missing key or fact is a mistake of this
// package, so it panics; the tests render every message in every language.
func (s speaker) say(key string) string { return fill(s.locale, key, s.facts) }

// fill replaces each {name} once, from left to right: a fact that happens to hold braces is data and
// is never looked at again.
func fill(locale, key string, f facts) string {
	sentence, ok := catalogs[locale][key]
	if !ok {
		panic(fmt.Sprintf("template: no sentence %q in %q", key, locale))
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(sentence, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := f[name]
		if !closed || !known {
			panic(fmt.Sprintf("template: %q in %q needs {%s}", key, locale, name))
		}
		b.WriteString(value)
		sentence = after
	}
}
