package graph

import (
	"bytes"
	"sync"

	"github.com/vektah/gqlparser/v2/formatter"

	"officeportal/graph/generated"
)

// SDL returns the whole schema as one text.
func SDL() string { return printed() }

var printed = sync.OnceValue(func() string {
	var b bytes.Buffer
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).
		FormatSchema(generated.NewExecutableSchema(generated.Config{}).Schema())
	return b.String()
})
