package graph

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// readParams reads the body of a request: its document, or the id of one that the portals send. What is wrong with it is told without repeating any of it.
func readParams(body []byte) (params *graphql.RawParams, documentID string, refusal *refused) {
	body = bytes.TrimSpace(body)
	if !utf8.Valid(body) || !json.Valid(body) || body[0] != '{' {
		return nil, "", refuse(codeBadInput, "graph.unreadable")
	}
	var raw struct {
		Query         json.RawMessage `json:"query"`
		DocumentID    json.RawMessage `json:"documentId"`
		OperationName json.RawMessage `json:"operationName"`
		Variables     json.RawMessage `json:"variables"`
		Extensions    json.RawMessage `json:"extensions"`
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return nil, "", refuse(codeBadInput, "graph.unreadable")
	}
	out := &graphql.RawParams{}
	for _, p := range []struct {
		name string
		raw  json.RawMessage
		into any
		open byte
	}{
		{"query", raw.Query, &out.Query, '"'},
		{"documentId", raw.DocumentID, &documentID, '"'},
		{"operationName", raw.OperationName, &out.OperationName, '"'},
		{"variables", raw.Variables, &out.Variables, '{'},
		{"extensions", raw.Extensions, &out.Extensions, '{'},
	} {
		if len(p.raw) == 0 || string(p.raw) == "null" {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(p.raw))
		d.UseNumber()
		if p.raw[0] != p.open || d.Decode(p.into) != nil {
			return nil, "", refuse(codeBadInput, "graph.parameter", "name", p.name)
		}
	}
	if out.Query == "" && documentID == "" {
		return nil, "", refuse(codeBadInput, "graph.noQuery")
	}
	return out, documentID, nil
}
