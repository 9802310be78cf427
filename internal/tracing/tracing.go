// Package tracing marks what a request does for OpenTelemetry. Nothing happens until Use is called.
//
// What a span may say passes through here: names, codes and statements without their arguments. There is no way to
// put an error on a span, because its text may hold anything, such as a row.
package tracing

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// longest is how much of a fact is kept, in bytes: a statement may have thousands of placeholders.
const longest = 1000

var tracer atomic.Pointer[trace.Tracer]

// Use sends spans of the whole process to the provider from now on; nil ends that.
func Use(p trace.TracerProvider) {
	if p == nil {
		tracer.Store(nil)
		return
	}
	t := p.Tracer("officeportal")
	tracer.Store(&t)
}

// Span is a piece of work that takes time. The zero value is nobody's.
type Span struct{ of trace.Span }

// Start begins a span; facts are pairs of a name and a value, never a secret and never what names a person.
func Start(ctx context.Context, name string, facts ...string) (context.Context, Span) {
	t := tracer.Load()
	if t == nil {
		return ctx, Span{}
	}
	ctx, of := (*t).Start(ctx, name)
	s := Span{of}
	for i := 0; i+1 < len(facts); i += 2 {
		s.Fact(facts[i], facts[i+1])
	}
	return ctx, s
}

// Child is Start for what is of interest as a part of something only.
func Child(ctx context.Context, name string, facts ...string) (context.Context, Span) {
	if tracer.Load() == nil || !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, Span{}
	}
	return Start(ctx, name, facts...)
}

// Fact adds a fact.
func (s Span) Fact(name, value string) {
	if s.of != nil {
		s.of.SetAttributes(attribute.String(name, value[:min(len(value), longest)]))
	}
}

// End ends the span, as failed when the work has.
func (s Span) End(failed bool) {
	if s.of == nil {
		return
	}
	if failed {
		s.of.SetStatus(codes.Error, "")
	}
	s.of.End()
}
