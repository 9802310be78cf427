package graph

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// readParams reads the body of a request. What is wrong with it is told without repeating any of it.
func readParams(body []byte) (*graphql.RawParams, *refused) {
	body = bytes.TrimSpace(body)
	if !utf8.Valid(body) || !json.Valid(body) || body[0] != '{' {
		return nil, refuse(codeBadInput, "graph.unreadable")
	}
	var raw struct {
		Query         json.RawMessage `json:"query"`
		OperationName json.RawMessage `json:"operationName"`
		Variables     json.RawMessage `json:"variables"`
		Extensions    json.RawMessage `json:"extensions"`
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return nil, refuse(codeBadInput, "graph.unreadable")
	}
	out := &graphql.RawParams{}
	for _, p := range []struct {
		name string
		raw  json.RawMessage
		into any
		open byte
	}{
		{"query", raw.Query, &out.Query, '"'},
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
			return nil, refuse(codeBadInput, "graph.parameter", "name", p.name)
		}
	}
	if out.Query == "" {
		return nil, refuse(codeBadInput, "graph.noQuery")
	}
	return out, nil
}
