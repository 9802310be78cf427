package app

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"

	"officeportal/internal/tracing"
)

// startTraces sends traces to the configured collector until stop is called.
func startTraces(ctx context.Context, to, version string, log *slog.Logger) (stop func(), err error) {
	if to == "off" || to == "" {
		return func() {}, nil
	}
	out, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimSuffix(to, "/")+"/v1/traces"), otlptracehttp.WithTimeout(5*time.Second))
	if err != nil {
		return nil, useError{err}
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.Warn("traces: the collector does not take them", slog.String("error", err.Error()))
	}))
	provider := trace.NewTracerProvider(trace.WithBatcher(out),
		trace.WithResource(resource.NewSchemaless(attribute.String("service.name", "officeportal"), attribute.String("service.version", version))))
	tracing.Use(provider)
	return func() {
		tracing.Use(nil)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = provider.Shutdown(last) // the error handler has told it
	}, nil
}
