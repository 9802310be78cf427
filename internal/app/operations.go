package app

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"officeportal/internal/idempotency"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// operations answers on the internal address: /healthz (the process is up), /readyz (it can serve) and /metrics.
func (a *App) operations() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", a.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.metrics.registry, promhttp.HandlerOpts{}))
	return mux
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
		if _, err := a.reports.Sweep(ctx, 1000); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "sweeping reports failed", slog.String("error", store.Cause(err)))
		}
	}
}
