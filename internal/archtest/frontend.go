package archtest

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Sides are the parts of frontend/src and what each may import of the others.
var Sides = map[string][]string{
	"shared":   {},
	"explorer": {"shared"},
	"office":   {"shared"},
	"portal":   {"shared"},
}

// imports finds what a TypeScript file or a style sheet imports: static, dynamic and re-exported.
var imports = regexp.MustCompile(`(?m)(?:\bfrom|\bimport|@import|@reference|@source)\s*\(?\s*["']([^"'\n]+)["']`)

// CheckFrontend returns the violations of one file, as a sentence each. The name is the file's path below
// frontend/src, with slashes.
func CheckFrontend(name, source string) []string {
	side, _, nested := strings.Cut(name, "/")
	allowed, known := Sides[side]
	if !nested || !known {
		return nil // entries and types beside the sides
	}
	var wrong []string
	for _, match := range imports.FindAllStringSubmatch(source, -1) {
		to := sideOf(name, match[1])
		if _, other := Sides[to]; other && to != side && !slices.Contains(allowed, to) {
			wrong = append(wrong, fmt.Sprintf("frontend/src/%s imports %q: %s may not know %s", name, match[1], side, to))
		}
	}
	return wrong
}

// sideOf returns the first folder below frontend/src that an import leads to: of a relative path, or of
// an alias such as "@/shared/ui", "@shared/ui" or "src/shared/ui".
func sideOf(name, imported string) string {
	if strings.HasPrefix(imported, ".") {
		imported = path.Join(path.Dir(name), imported)
	} else {
		for _, alias := range []string{"/", "frontend/", "src/", "@/", "~/", "#/", "@", "~", "#"} {
			imported = strings.TrimPrefix(imported, alias)
		}
	}
	first, _, _ := strings.Cut(imported, "/")
	return first
}
