package archtest

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"officeportal/internal/config"
)

var update = flag.Bool("update", false, "write the README's table of settings anew")

const (
	tableBegins = "<!-- settings: written by go test ./internal/archtest -update -->\n"
	tableEnds   = "<!-- end of settings -->\n"
)

func TestTheREADMEListsEverySetting(t *testing.T) {
	file := filepath.Join(root, "README.md")
	readme := read(t, file)
	before, rest, ok := strings.Cut(readme, tableBegins)
	got, after, ended := strings.Cut(rest, tableEnds)
	if !ok || !ended {
		t.Fatalf("the README has no place for the settings, between %q and %q", tableBegins, tableEnds)
	}
	want := settingsTable()
	if *update {
		if err := os.WriteFile(file, []byte(before+tableBegins+want+tableEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("the README's settings are not those of internal/config; run go test ./internal/archtest -update\ngot:\n%s\nwant:\n%s", got, want)
	}
}

func settingsTable() string {
	var b strings.Builder
	b.WriteString("| setting | default | meaning |\n|---|---|---|\n")
	for _, s := range config.All() {
		value := ""
		if s.Default != "" {
			value = "`" + s.Default + "`"
		}
		help := s.Help
		if s.Secret {
			help += " (secret)"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Variable(), value, help)
	}
	return b.String()
}

func documents(t *testing.T) map[string]string {
	t.Helper()
	docs, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, file := range append(docs, filepath.Join(root, "README.md"), filepath.Join(root, "CONTEXT.md")) {
		out[file] = read(t, file)
	}
	return out
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

var (
	target   = regexp.MustCompile(`(?m)^([a-z0-9-]+):.*## `)
	command  = regexp.MustCompile("(?m)(?:`|^    |^)make ([a-z0-9-]+)")
	link     = regexp.MustCompile(`\[[^\]]*\]\(([^)#][^)]*)\)`)
	variable = regexp.MustCompile(`\bOFFICEPORTAL_[A-Z_]+\b`)
)

func TestDocumentsNameOnlyMakeTargetsThatExist(t *testing.T) {
	targets := map[string]bool{}
	for _, m := range target.FindAllStringSubmatch(read(t, filepath.Join(root, "Makefile")), -1) {
		targets[m[1]] = true
	}
	named := 0
	for file, text := range documents(t) {
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			named++
			if !targets[m[1]] {
				t.Errorf("%s: there is no make %s", file, m[1])
			}
		}
	}
	if named == 0 {
		t.Error("no document names a target: the pattern finds nothing")
	}
}

func TestLinksBetweenDocumentsLeadSomewhere(t *testing.T) {
	for file, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %q: %v", file, m[1], err)
				continue
			}
			if to.Scheme != "" {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), filepath.FromSlash(to.Path))); err != nil {
				t.Errorf("%s: %q leads nowhere", file, m[1])
			}
		}
	}
}

func TestDocumentsNameOnlySettingsThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, s := range config.All() {
		known[s.Variable()] = true
		if s.Secret {
			known[s.Variable()+"_FILE"] = true
		}
	}
	for file, text := range documents(t) {
		for _, name := range variable.FindAllString(text, -1) {
			if !known[name] {
				t.Errorf("%s: there is no setting %s", file, name)
			}
		}
	}
}
