// Package archtest keeps the import rules of the project: which package may know which, in Go and in the
// front end. Its tests read the source; nothing imports it.
package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// Module is the name of the Go module.
const Module = "officeportal"

// A Layer is a set of packages that may import every layer before it.
type Layer struct {
	Name string
	// Packages are paths below the module, or patterns that end in "/..." and include the path itself.
	// The longest that fits a package decides.
	Packages []string
	// Together lets packages of the layer import each other. Packages below one pattern always may.
	Together bool
	// Apart keeps the layer out of everybody's imports but its own: tools and what only tests need.
	Apart bool
}

// Layers are all layers, from the ground up.
var Layers = []Layer{
	{Name: "ground", Packages: []string{"internal/fault", "internal/config", "frontend"}},
	{Name: "leaf", Together: true, Packages: []string{
		"internal/ident", "internal/viewer", "internal/keyring", "internal/contact", "internal/search",
		"internal/text", "internal/clientip", "internal/page", "internal/pubsub", "internal/tracing",
		"internal/identity/password", "internal/family/csvfile", "internal/ratelimit/gcra",
		"internal/message/provider", "internal/message/template", "ent/schema/schematype",
	}},
	{Name: "ent", Packages: []string{"ent/..."}},
	{Name: "store", Packages: []string{"internal/store/..."}},
	// What every domain writes or spends inside its own transaction.
	{Name: "service", Together: true, Packages: []string{
		"internal/audit/...", "internal/message/...", "internal/link", "internal/idempotency", "internal/ratelimit", "internal/mailbox",
	}},
	{Name: "domain", Packages: []string{
		"internal/family/...", "internal/passwordreset/...", "internal/identity/...", "internal/credit/...",
		"internal/policy/...", "internal/live", "internal/keys",
	}},
	{Name: "demo", Packages: []string{"internal/demo"}}, // plays staff: it goes through the domains
	{Name: "edge", Packages: []string{"graph/...", "internal/web/..."}},
	{Name: "app", Packages: []string{"internal/app/..."}},
	{Name: "cli", Packages: []string{"internal/cli"}},
	{Name: "server", Packages: []string{"."}},
	{Name: "tool or test", Together: true, Apart: true, Packages: []string{
		"internal/archtest", "internal/wait", "internal/store/dbtest/...", "internal/store/sqlcount",
		"internal/store/migrate/gen", "internal/message/providertest", "scripts/...", "bench/...", "e2e/...", "examples/...",
	}},
}

// Only names the few packages that may import something narrower than their layer allows. Everything
// that is not of the standard library counts.
var Only = map[string][]string{
	"internal/fault":  {},
	"internal/config": {},
	"internal/viewer": {Module + "/internal/ident"},
}

// Reserved names packages from outside, with all below them, that only some packages may import.
var Reserved = map[string][]string{
	"github.com/99designs/gqlgen":           {"graph/..."},
	"github.com/vektah/gqlparser/v2":        {"graph/..."},
	"github.com/spf13/cobra":                {"internal/cli"},
	"github.com/resend/resend-go/v2":        {"internal/message/email"},
	"github.com/messagebird/go-rest-api/v9": {"internal/message/sms"},
	"github.com/pressly/goose/v3":           {"internal/store/migrate"},
	"modernc.org/sqlite":                    {"internal/store/..."},
	"github.com/go-sql-driver/mysql":        {"internal/store/..."},
	"github.com/yuin/goldmark":              {"internal/policy/markdown"},
	"github.com/microcosm-cc/bluemonday":    {"internal/policy/markdown"},
	"github.com/nyaruka/phonenumbers":       {"internal/contact"},
	"github.com/go-webauthn/webauthn":       {"internal/identity/..."},
	"github.com/pquerna/otp":                {"internal/identity/..."},
	"github.com/mileusna/useragent":         {"internal/identity"},
	"go.opentelemetry.io":                   {"internal/tracing", "internal/app/..."},
	"github.com/prometheus/client_golang":   {"internal/web/...", "internal/app/..."},
	"net/http":                              {"graph/...", "internal/web/...", "internal/app/...", "internal/cli", "internal/clientip", "internal/message/...", "examples/..."},
	"testing":                               {"ent/..."}, // ent/enttest
}

// A Package is what the rules need to know of one: its import path and those it imports outside tests.
type Package struct {
	ImportPath string
	Imports    []string
}

// Check returns every violation, as a sentence each.
func Check(packages []Package) []string {
	var wrong []string
	for _, p := range packages {
		from, ok := place(p.ImportPath)
		if !ok {
			wrong = append(wrong, p.ImportPath+" has no place yet: add it to a layer in internal/archtest, or move it")
			continue
		}
		for _, imported := range p.Imports {
			if why := refuse(from, imported); why != "" {
				wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", p.ImportPath, imported, why))
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// spot is where a package of ours stands.
type spot struct {
	path    string // below the module
	pattern string // that put it there
	rank    int    // index into Layers
}

func (s spot) layer() Layer { return Layers[s.rank] }

func place(importPath string) (spot, bool) {
	path, ours := below(importPath)
	if !ours {
		return spot{}, false
	}
	best := spot{path: path}
	for rank, l := range Layers {
		for _, pattern := range l.Packages {
			if fits(pattern, path) && len(pattern) > len(best.pattern) {
				best.pattern, best.rank = pattern, rank
			}
		}
	}
	return best, best.pattern != ""
}

func refuse(from spot, imported string) string {
	if only, narrow := Only[from.path]; narrow && !standard(imported) && !slices.Contains(only, imported) {
		if len(only) == 0 {
			return "it may import the standard library only"
		}
		return "beside the standard library it may import " + strings.Join(only, ", ") + " only"
	}
	if _, ours := below(imported); !ours {
		return refuseOutside(from, imported)
	}
	to, ok := place(imported)
	switch {
	case !ok:
		return "" // told once, where it is listed itself
	case to.layer().Apart && !from.layer().Apart:
		return "that is for tools and tests"
	case to.rank < from.rank || to.pattern == from.pattern || to.layer().Together && to.rank == from.rank:
		return ""
	case to.rank == from.rank:
		return fmt.Sprintf("packages of the layer %q do not know each other; declare a small interface and let internal/app pass the real one", to.layer().Name)
	}
	return fmt.Sprintf("the layer %q may not know the layer %q above it", from.layer().Name, to.layer().Name)
}

func refuseOutside(from spot, imported string) string {
	if from.layer().Apart {
		return ""
	}
	longest := ""
	for reserved := range Reserved {
		if fits(reserved+"/...", imported) && len(reserved) > len(longest) {
			longest = reserved
		}
	}
	if longest == "" || slices.ContainsFunc(Reserved[longest], func(pattern string) bool { return fits(pattern, from.path) }) {
		return ""
	}
	return "that is reserved for " + strings.Join(Reserved[longest], ", ")
}

// below returns the path below the module, "." for the module's root, and whether it is there at all.
func below(importPath string) (string, bool) {
	if importPath == Module {
		return ".", true
	}
	return strings.CutPrefix(importPath, Module+"/")
}

// fits reports whether the path is the pattern or, where that ends in "/...", below it.
func fits(pattern, path string) bool {
	base, tree := strings.CutSuffix(pattern, "/...")
	return path == base || tree && strings.HasPrefix(path, base+"/")
}

// standard reports whether a path belongs to the standard library: its first element has no dot.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return first != Module && !strings.Contains(first, ".")
}
