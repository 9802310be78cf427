package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"officeportal/internal/store/migrate"
)

const (
	// checkEvery is how often the database is asked whether it answers.
	checkEvery = 2 * time.Second
	// hiccup is how long it may not answer before this process says that it is not ready: a node that died stalls
	// a cluster for some seconds, and a proxy that all processes left at once for that would have nobody to ask.
	hiccup = 30 * time.Second
	// stuck is how long a loop may take for a round; one round of the sealer may have a great deal to seal.
	stuck = 2 * time.Minute
)

// A pulse says when a loop went round for the last time.
type pulse struct{ at atomic.Int64 }

func (p *pulse) beat() { p.at.Store(time.Now().UnixNano()) }

// age is how long ago that was; zero before the first round.
func (p *pulse) age() time.Duration {
	if at := p.at.Load(); at != 0 {
		return time.Duration(time.Now().UnixNano() - at)
	}
	return 0
}

// readiness says whether requests should be sent here, and why not.
type readiness struct {
	draining       atomic.Bool
	outbox, sealer pulse

	mu sync.Mutex
	// answered is when the database did for the last time.
	answered time.Time
	database error
	schema   error
}

func (r *readiness) drain() { r.draining.Store(true) }

// part is what /readyz tells of one thing.
type part struct {
	OK   bool   `json:"ok"`
	Note string `json:"note,omitempty"`
}

// report is the answer of /readyz.
type report struct {
	Ready    bool            `json:"ready"`
	Draining bool            `json:"draining"`
	Parts    map[string]part `json:"parts"`
}

func (r *readiness) report() report {
	out := report{Draining: r.draining.Load(), Parts: map[string]part{
		"database": r.databasePart(), "schema": r.schemaPart(), "outbox": loop(&r.outbox), "sealer": loop(&r.sealer),
	}}
	out.Ready = !out.Draining
	for _, p := range out.Parts {
		out.Ready = out.Ready && p.OK
	}
	return out
}

func (r *readiness) databasePart() part {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.database == nil && !r.answered.IsZero():
		return part{OK: true}
	case r.answered.IsZero():
		return part{Note: "not asked yet"}
	case time.Since(r.answered) < hiccup:
		return part{OK: true, Note: "does not answer since " + time.Since(r.answered).Round(time.Second).String()}
	}
	return part{Note: "does not answer since " + time.Since(r.answered).Round(time.Second).String()}
}

func (r *readiness) schemaPart() part {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case errors.Is(r.schema, migrate.ErrAhead): // a rolling upgrade: what is old goes on until it is replaced
		return part{OK: true, Note: r.schema.Error()}
	case r.schema != nil:
		return part{Note: r.schema.Error()}
	}
	return part{OK: true}
}

func loop(p *pulse) part {
	switch age := p.age(); {
	case p.at.Load() == 0:
		return part{Note: "not running"}
	case age > stuck:
		return part{Note: "has not gone round for " + age.Round(time.Second).String()}
	}
	return part{OK: true}
}

// check asks the database again and again until ctx ends.
func (a *App) check(ctx context.Context) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		a.checkOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *App) checkOnce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := a.Store.Driver.Ping(ctx)
	var schema error
	if err == nil {
		if schema = migrate.Check(ctx, a.Store.Driver.DB(), a.Store.Driver.Dialect()); schema != nil && !errors.Is(schema, migrate.ErrAhead) && !errors.Is(schema, migrate.ErrBehind) {
			err, schema = schema, nil
		}
	}
	a.ready.mu.Lock()
	defer a.ready.mu.Unlock()
	a.ready.database = err
	if err == nil {
		a.ready.answered, a.ready.schema = time.Now(), schema
	}
}

// readyz answers whether requests should be sent here, 200 or 503, and tells of every part why.
func (a *App) readyz(w http.ResponseWriter, _ *http.Request) {
	out := a.ready.report()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if !out.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(out)
}

// leaving makes connections of a process that is about to stop end with the answer to their next request, so that
// a proxy does not find one closed under a request that it has just sent.
func (a *App) leaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.ready.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
