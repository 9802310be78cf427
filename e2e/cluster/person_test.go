//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"officeportal/e2e/internal/api"
)

type (
	vars   = api.Vars
	answer = api.Answer
)

var client = &http.Client{
	Timeout:   30 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 64},
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
	r, err := api.Request(ctx, at.url(), p.portal, query, v)
	if err != nil {
		panic(err)
	}
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
	a, err := api.Send(client, p.request(ctx, at, query, v))
	for _, c := range a.Cookies {
		p.mu.Lock()
		p.cookie = c.Name + "=" + c.Value
		p.mu.Unlock()
	}
	return a, err
}

// insist asks one process after the other, first the one given, until one says what became of the request: what a
// proxy and a screen do together. The document must be safe to repeat. It returns how often it had to ask again.
func (p *person) insist(ctx context.Context, w *world, first int, query string, v vars) (a answer, again int, err error) {
	for {
		a, err = p.ask(ctx, w.procs[(first+again)%nodes], query, v)
		if err == nil && a.Definite() {
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
