// Package api asks the GraphQL API over HTTP, for the tests that use the product as browsers and programs do.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Vars are the variables of a document.
type Vars = map[string]any

// Answer is what came back.
type Answer struct {
	// Status is HTTP's, and Raw what was said, whatever it is.
	Status int
	Raw    string
	// Data is that member of it, decoded.
	Data any
	// Cookies are those that it sets.
	Cookies []*http.Cookie
}

func (a Answer) String() string { return fmt.Sprintf("%d %s", a.Status, a.Raw) }

// Definite reports whether the answer tells what became of the request. An error of the server leaves that open.
func (a Answer) Definite() bool { return a.Status == http.StatusOK && a.Data != nil }

// At returns what stands at a path such as families.edges.0.node; nil when there is nothing.
func (a Answer) At(path string) any { return At(a.Data, path) }

// Str is [Answer.At] for texts, empty when there is none.
func (a Answer) Str(path string) string { s, _ := a.At(path).(string); return s }

// At returns what stands at a path of decoded JSON, such as families.edges.0.node.name; nil when there is nothing.
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

// Request is a document on its way to the server at url, through one of the portals.
func Request(ctx context.Context, url, portal, document string, v Vars) (*http.Request, error) {
	body, err := json.Marshal(map[string]any{"query": document, "variables": v})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	r.Header.Set("X-Portal", portal)
	return r, nil
}

// Send sends a request and reads the whole answer. The error says that none came.
func Send(client *http.Client, r *http.Request) (Answer, error) {
	res, err := client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return Answer{}, err
	}
	var decoded struct{ Data any }
	_ = json.Unmarshal(raw, &decoded)
	return Answer{res.StatusCode, string(raw), decoded.Data, res.Cookies()}, nil
}
