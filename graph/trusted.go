package graph

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"officeportal/graph/generated"
)

// DocumentID names a document as clients send it: "sha256:" and the hash of its text in hexadecimal digits.
func DocumentID(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// ReadTrusted reads the manifest that the build of the portals wrote: the documents they send, by id. Without a
// build there is none. A document that is not what its id says, or not valid any more, is an error: the program was
// put together from parts that don't fit.
func ReadTrusted(files fs.FS, name string) (map[string]string, error) {
	raw, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("graph: %s: %w", name, err)
	}
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for id, text := range out {
		if DocumentID(text) != id {
			return nil, fmt.Errorf("graph: %s: the document %s is another one", name, id)
		}
		if _, errs := gqlparser.LoadQueryWithRules(schema, text, nil); errs != nil {
			return nil, fmt.Errorf("graph: %s: the document %s does not fit the schema: %w", name, id, errs)
		}
	}
	return out, nil
}

// trust fills in the document of a request that names one, and refuses documents that are not the portals' own from
// everybody who may not send others. It reports whether the document is one of those.
func (h *handler) trust(ctx context.Context, id string, params *graphql.RawParams) (own bool, refusal *refused) {
	if id != "" {
		text, ok := h.Trusted[id]
		if !ok || params.Query != "" && params.Query != text {
			return false, refuse(codeNotTrusted, "graph.unknownDocument")
		}
		params.Query = text
		return false, nil
	}
	if h.Trusted[DocumentID(params.Query)] != "" {
		return false, nil
	}
	if h.AdHoc(ctx) || onlySignsIn(params.Query) {
		return true, nil
	}
	return false, refuse(codeNotTrusted, "graph.notTrusted")
}

// onlySignsIn lets a program that keeps cookies become somebody who may send documents: it could not ask for anything
// else first.
func onlySignsIn(query string) bool {
	if len(query) > 2_000 {
		return false
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, 200)
	if err != nil || len(doc.Operations) != 1 || len(doc.Fragments) > 0 || doc.Operations[0].Operation != ast.Mutation {
		return false
	}
	set := doc.Operations[0].SelectionSet
	if len(set) != 1 {
		return false
	}
	f, ok := set[0].(*ast.Field)
	return ok && f.Name == "signIn"
}
