package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"officeportal/ent"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// measureEvery is how often what is in the database is measured. A scrape itself asks the database nothing.
const measureEvery = 15 * time.Second

// accountsPage is how many accounts one statement adds up.
const accountsPage = 1000

// metrics are the numbers of the domain. What happened is counted from the Audit Log: each entry by the one process
// that seals it, so that the sum over all processes is exact. No label names a business or a person.
type metrics struct {
	registry *prometheus.Registry

	events   *prometheus.CounterVec
	delivery *prometheus.HistogramVec
	sealing  prometheus.Histogram
	refused  *prometheus.CounterVec
	streams  prometheus.Gauge

	outboxDepth, outboxAge          prometheus.Gauge
	unsealed, unsealedAge           prometheus.Gauge
	creditsBalance, creditsHeld     prometheus.Gauge
	accountsLow                     prometheus.Gauge
	measured                        prometheus.Gauge
	databaseUp, draining, readiness prometheus.GaugeFunc
}

func newMetrics(a *App) *metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "officeportal", Name: name, Help: help})
	}
	truth := func(name, help string, f func(report) bool) prometheus.GaugeFunc {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "officeportal", Name: name, Help: help}, func() float64 {
			if f(a.ready.report()) {
				return 1
			}
			return 0
		})
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "officeportal", Name: "events_total",
			Help: "Entries of the Audit Log that this process sealed, by action, outcome and channel."}, []string{"action", "outcome", "channel"}),
		delivery: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "officeportal", Name: "delivery_seconds",
			Help:    "From asking for a reset to what became of its message, by channel and state.",
			Buckets: []float64{.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800}}, []string{"channel", "state"}),
		sealing: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "officeportal", Name: "audit_seal_seconds",
			Help: "From writing an entry of the Audit Log to sealing it.", Buckets: []float64{.1, .25, .5, 1, 2, 5, 10, 60, 600}}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "officeportal", Name: "limit_refusals_total",
			Help: "Requests that a limit refused, by limit."}, []string{"limit"}),
		streams:        gauge("streams", "Live streams open in this process."),
		outboxDepth:    gauge("outbox_due", "Messages that are due and not sent yet, up to 1000."),
		outboxAge:      gauge("outbox_oldest_seconds", "How long the longest waiting of them has been due."),
		unsealed:       gauge("audit_unsealed", "Entries of the Audit Log that are not sealed yet."),
		unsealedAge:    gauge("audit_unsealed_oldest_seconds", "Age of the oldest of them."),
		creditsBalance: gauge("sms_credits", "SMS credits of all businesses together."),
		creditsHeld:    gauge("sms_credits_held", "Credits of texts whose outcome is not known."),
		accountsLow:    gauge("sms_accounts_low", "Businesses with text messaging on whose credits are low."),
		measured:       gauge("measured_timestamp_seconds", "When the numbers from the database were measured."),
		databaseUp:     truth("database_up", "Whether the database answers.", func(r report) bool { return r.Parts["database"].OK && r.Parts["database"].Note == "" }),
		draining:       truth("draining", "Whether this process is about to stop.", func(r report) bool { return r.Draining }),
		readiness:      truth("ready", "Whether requests should be sent to this process.", func(r report) bool { return r.Ready }),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "officeportal", Name: "build_info", Help: "Always 1; the build is in the label."}, []string{"version"})
	build.WithLabelValues(a.version).Set(1)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), build,
		m.events, m.delivery, m.sealing, m.refused, m.streams, m.outboxDepth, m.outboxAge, m.unsealed, m.unsealedAge,
		m.creditsBalance, m.creditsHeld, m.accountsLow, m.measured, m.databaseUp, m.draining, m.readiness)
	return m
}

// sealed counts entries that this process sealed.
func (m *metrics) sealed(now time.Time, entries []*ent.AuditEntry) {
	for _, e := range entries {
		m.events.WithLabelValues(e.Action, string(e.Outcome), string(e.Channel)).Inc()
		m.sealing.Observe(max(0, now.Sub(e.OccurredAt).Seconds()))
		// The identifier of a reset holds when it was asked for.
		if e.Action == string(audit.PasswordResetDelivery) && e.SubjectType == audit.SubjectReset && e.SubjectID != nil && e.Facts["state"] != "" {
			m.delivery.WithLabelValues(string(e.Channel), e.Facts["state"]).Observe(max(0, e.OccurredAt.Sub(e.SubjectID.Time()).Seconds()))
		}
	}
}

// measure measures what is in the database until ctx ends.
func (a *App) measure(ctx context.Context) {
	ctx = viewer.AsSystem(ctx, ident.ID{}, "the numbers for the operator are of all businesses together")
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		if err := a.measureOnce(ctx); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "metrics: the database can't be measured", slog.String("error", store.Cause(err)))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Each of these reads the beginning of an index, or a page of it.
const (
	outboxNow   = `SELECT COUNT(*), MIN(due_at) FROM (SELECT due_at FROM messages WHERE due_at <= ? ORDER BY due_at LIMIT 1000) due`
	unsealedNow = `SELECT COUNT(*), MIN(id) FROM (SELECT id FROM audit_unsealed WHERE id > ? ORDER BY id LIMIT 10000) waiting`
	creditsNow  = `SELECT COUNT(*), MAX(id), COALESCE(SUM(balance), 0), COALESCE(SUM(held), 0), COALESCE(SUM(CASE WHEN enabled AND balance <= low_at THEN 1 ELSE 0 END), 0)
FROM (SELECT id, balance, held, enabled, low_at FROM sms_accounts WHERE id > ? ORDER BY id LIMIT 1000) accounts` // accountsPage
)

func (a *App) measureOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	now := a.Store.Now()
	age := func(since time.Time) float64 {
		if since.IsZero() {
			return 0
		}
		return max(0, now.Sub(since).Seconds())
	}
	var due, waiting int64
	var oldest store.Instant
	var first ident.ID
	for _, q := range []struct {
		text string
		args []any
		into []any
	}{
		{outboxNow, []any{now}, []any{&due, &oldest}},
		{unsealedNow, []any{ident.ID{}}, []any{&waiting, &first}},
	} {
		if err := a.row(ctx, q.text, q.args, q.into); err != nil {
			return err
		}
	}
	credits, err := a.creditsOfAll(ctx)
	if err != nil {
		return err
	}
	m := a.metrics
	m.outboxDepth.Set(float64(due))
	m.outboxAge.Set(age(oldest.Time))
	m.unsealed.Set(float64(waiting))
	m.unsealedAge.Set(0)
	if !first.IsZero() {
		m.unsealedAge.Set(age(first.Time()))
	}
	m.creditsBalance.Set(float64(credits.balance))
	m.creditsHeld.Set(float64(credits.held))
	m.accountsLow.Set(float64(credits.low))
	m.measured.SetToCurrentTime()
	return nil
}

// credits are the SMS credits of several businesses together, and how many of them have few left.
type credits struct{ balance, held, low int64 }

// creditsOfAll adds up a page of businesses at a time, so that no single statement grows with their number.
func (a *App) creditsOfAll(ctx context.Context) (sum credits, err error) {
	for last := (ident.ID{}); ; {
		var n int64
		var part credits
		if err := a.row(ctx, creditsNow, []any{last}, []any{&n, &last, &part.balance, &part.held, &part.low}); err != nil {
			return credits{}, err
		}
		sum.balance, sum.held, sum.low = sum.balance+part.balance, sum.held+part.held, sum.low+part.low
		if n < accountsPage {
			return sum, nil
		}
	}
}

func (a *App) row(ctx context.Context, query string, args, into []any) error {
	rows, err := a.Store.Driver.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Err()
}
