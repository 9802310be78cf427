// Package text holds every sentence the server says, in every language, one file per area and
// language. Placeholders are written {name}. Messages that guardians get are in message/template.
package text

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"golang.org/x/text/language"
)

//go:embed locales
var files embed.FS

// Default is the language of whatever is not translated and of viewers who name none.
const Default = "en"

// Locales are the languages of the product.
func Locales() []string { return []string{"en", "es"} }

var catalogs = func() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, locale := range Locales() {
		out[locale] = map[string]string{}
		entries, err := files.ReadDir(path.Join("locales", locale))
		if err != nil {
			panic(err) // embedded: a broken build, found by the first test
		}
		for _, e := range entries {
			raw, err := files.ReadFile(path.Join("locales", locale, e.Name()))
			if err != nil {
				panic(err)
			}
			area := map[string]string{}
			if err := json.Unmarshal(raw, &area); err != nil {
				panic(fmt.Sprintf("%s/%s: %v", locale, e.Name(), err))
			}
			for k, v := range area {
				if _, twice := out[locale][k]; twice {
					panic("text: two sentences called " + k)
				}
				out[locale][k] = v
			}
		}
	}
	return out
}()

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, l := range Locales() {
		tags = append(tags, language.MustParse(l))
	}
	return language.NewMatcher(tags)
}()

// Match returns the language of the product that suits an Accept-Language header or a locale best.
func Match(wanted ...string) string {
	for _, w := range wanted {
		tags, _, err := language.ParseAcceptLanguage(w)
		if err != nil || len(tags) == 0 {
			continue
		}
		if _, i, confidence := matcher.Match(tags...); confidence > language.No {
			return Locales()[i]
		}
	}
	return Default
}

// Say returns the sentence with that key, its placeholders filled. A key that is in no catalog is
// returned as it is, so that texts that need no translation can pass through.
func Say(locale, key string, args map[string]any) string {
	sentence, ok := catalogs[Match(locale)][key]
	if !ok {
		if sentence, ok = catalogs[Default][key]; !ok {
			return key
		}
	}
	if len(args) == 0 {
		return sentence
	}
	pairs := make([]string, 0, 2*len(args))
	for k, v := range args {
		pairs = append(pairs, "{"+k+"}", fmt.Sprint(v))
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
}

// Has reports whether the key is in the catalog.
func Has(key string) bool { _, ok := catalogs[Default][key]; return ok }
