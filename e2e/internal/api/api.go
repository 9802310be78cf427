// Package api finds its way through decoded JSON, for the tests that ask the API over HTTP.
package api

import (
	"strconv"
	"strings"
)

// At returns what stands at a path such as families.edges.0.node.name; nil when there is nothing.
func At(v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}
