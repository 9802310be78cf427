package graph

import (
	"regexp"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// What the library says of a document repeats parts of it. Names help whoever wrote it; values, the name of an operation
// and whatever stands in variables may be a secret in the wrong place, and are cut out.
var cuts = []struct {
	what *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`(?s)^(Unexpected|Expected .{1,40}, found) (Int|Float|String|BlockString|Comment)\b.*$`), "$1 $2"},
	{regexp.MustCompile(`(?s)^(Expected value of type "[^"]*"), found .*$`), "$1."},
	{regexp.MustCompile(`(?s)^(\S+ (?:"[^"]*" )?cannot represent [^:]*): .*$`), "$1."},
	{regexp.MustCompile(`(?s)^operation .* not found$`), "There is no operation of that name."},
	{regexp.MustCompile(`(?s)^.* is not a valid (\w+)$`), "not a valid $1"},
	{regexp.MustCompile(`(?s)\s*Did you mean.*$`), ""}, // keeps the schema from being guessed
}

// mistake is what is told of a document that does not parse, is not valid, or whose variables do not fit.
func mistake(message string) string {
	for _, c := range cuts {
		message = c.what.ReplaceAllString(message, c.to)
	}
	if short := []rune(message[:min(len(message), 4*maxMistake)]); len(short) > maxMistake {
		message = string(short[:maxMistake-1]) + "…"
	}
	return message
}

// mistakePath is where the mistake is. The last step to a field that the schema does not know is the caller's own text.
func mistakePath(err *gqlerror.Error) ast.Path {
	if n := len(err.Path); n > 0 && err.Message == "unknown field" {
		return err.Path[:n-1]
	}
	return err.Path
}
