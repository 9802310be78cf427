package app

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"officeportal/internal/idempotency"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/store/migrate"
	"officeportal/internal/viewer"
)

// readiness says whether requests should be sent here.
type readiness struct{ draining atomic.Bool }

func (r *readiness) drain() { r.draining.Store(true) }

// operations answers on the internal address: /healthz (the process is up), /readyz (it can serve) and /metrics.
func (a *App) operations() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if why := a.notReady(ctx); why != "" {
			http.Error(w, why, http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ready\n"))
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}

func (a *App) notReady(ctx context.Context) string {
	if a.ready.draining.Load() {
		return "draining"
	}
	if err := a.Store.Driver.Ping(ctx); err != nil {
		return "the database does not answer"
	}
	if err := migrate.Check(ctx, a.Store.Driver.DB(), a.Store.Driver.Dialect()); err != nil {
		return err.Error()
	}
	return ""
}

// sweep removes what has served its time, once a minute, in small steps.
func (a *App) sweep(ctx context.Context) {
	ctx = viewer.AsSystem(ctx, ident.ID{}, "the janitor removes what has expired in all businesses")
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := idempotency.Sweep(ctx, a.Store, 1000); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "sweeping idempotency keys failed", slog.String("error", store.Cause(err)))
		}
		if err := a.Limiter.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "sweeping limits failed", slog.String("error", store.Cause(err)))
		}
		if err := a.Identity.Sweep(ctx, 1000); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "sweeping sessions failed", slog.String("error", store.Cause(err)))
		}
	}
}
