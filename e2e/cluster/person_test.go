//go:build cluster

package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"officeportal/e2e/internal/api"
)

type vars = map[string]any

// answer is what the API said.
type answer struct {
	status int
	raw    string
	data   any
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.raw) }

// at walks a path such as families.edges.0.node.name.
func (a answer) at(path string) any { return api.At(a.data, path) }

func (a answer) str(path string) string { s, _ := a.at(path).(string); return s }

// definite reports whether it tells what became of the request. An error of the server leaves that open.
func (a answer) definite() bool { return a.status == http.StatusOK && a.data != nil }

var client = &http.Client{
	Timeout:   30 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 64},
}

func get(url string) int {
	res, err := client.Get(url) //nolint:noctx // a loopback address
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

func body(url string) string {
	res, err := client.Get(url) //nolint:noctx // a loopback address
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	return string(raw)
}

// visitors gives everybody an address of their own, so that limits by address stay out of the way.
var visitors atomic.Int64

// person is somebody's browser on one portal. Any process serves it.
type person struct {
	portal, address string

	mu     sync.Mutex
	cookie string
}

func visitor(portal string) *person {
	n := visitors.Add(1)
	return &person{portal: portal, address: fmt.Sprintf("198.51.%d.%d", n/250, 1+n%250)}
}

// window is another window of the same browser, with the session as it is now.
func (p *person) window() *person {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &person{portal: p.portal, address: p.address, cookie: p.cookie}
}

func (p *person) request(ctx context.Context, at *process, query string, v vars) *http.Request {
	body, err := json.Marshal(map[string]any{"query": query, "variables": v})
	if err != nil {
		panic(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at.url()+"/graphql", bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	r.Header.Set("X-Portal", p.portal)
	r.Header.Set("X-Forwarded-For", p.address)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cookie != "" {
		r.Header.Set("Cookie", p.cookie)
	}
	return r
}

// ask sends one document to one process. The error says that no answer came.
func (p *person) ask(ctx context.Context, at *process, query string, v vars) (answer, error) {
	res, err := client.Do(p.request(ctx, at, query, v))
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	for _, c := range res.Cookies() {
		p.mu.Lock()
		p.cookie = c.Name + "=" + c.Value
		p.mu.Unlock()
	}
	var decoded struct{ Data any }
	_ = json.Unmarshal(raw, &decoded)
	return answer{res.StatusCode, string(raw), decoded.Data}, nil
}

// insist asks one process after the other, first the one given, until one says what became of the request: what a
// proxy and a screen do together. The document must be safe to repeat. It returns how often it had to ask again.
func (p *person) insist(ctx context.Context, w *world, first int, query string, v vars) (a answer, again int, err error) {
	for {
		a, err = p.ask(ctx, w.procs[(first+again)%nodes], query, v)
		if err == nil && a.definite() {
			return a, again, nil
		}
		if ctx.Err() != nil {
			return a, again, fmt.Errorf("no answer, last %v %w", a, ctx.Err())
		}
		again++
		select { // so that processes that refuse at once are not asked without end
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}
