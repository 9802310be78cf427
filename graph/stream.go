package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"officeportal/internal/ident"
	"officeportal/internal/viewer"
)

const (
	// streamsPerSession leaves a browser four of its six connections to a host (HTTP/1.1).
	streamsPerSession = 2
	streamLife        = 10 * time.Minute
	heartbeat         = 12 * time.Second
	// writeTime is how long a reader may take for one event before it is dropped.
	writeTime = 10 * time.Second
)

// stream answers a subscription with server-sent events, in the distinct connections mode of the GraphQL over
// SSE protocol (github.com/enisdenjo/graphql-sse).
func (h *handler) stream(w http.ResponseWriter, r *http.Request, op *graphql.OperationContext, reply replier) {
	// The time of ordinary requests is not a stream's.
	ctx, cancel := context.WithTimeout(withLocale(r.Context(), r.Header.Get("Accept-Language")), h.StreamLife)
	defer cancel()
	ctx = graphql.StartOperationTrace(ctx)
	if h.drained() {
		w.Header().Set("Retry-After", "1")
		reply.with(http.StatusServiceUnavailable, h.refusal(ctx, refuse(codeInternal, "graph.draining")))
		return
	}
	v := viewer.From(ctx)
	if !h.open.add(v) {
		w.Header().Set("Retry-After", "15")
		reply.with(http.StatusTooManyRequests, h.refusal(ctx, refuse(codeRateLimited, "graph.streams", "max", streamsPerSession)))
		return
	}
	defer h.open.remove(v)
	h.OnStream(1)
	defer h.OnStream(-1)
	standing := h.Live.Standing(v)
	defer standing.Close()

	answers := h.answers(ctx, op)
	defer func() { // the resolver ends before the request does
		cancel()
		for range answers { //nolint:revive // nobody reads them any more
		}
	}()
	out := openEvents(w, h.WriteTime)
	beat := time.NewTicker(h.Heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case a, more := <-answers:
			if !more {
				if r.Context().Err() == nil {
					_ = out.complete()
				}
				return
			}
			err = out.next(a)
		case <-beat.C:
			err = out.write(":\n\n")
		case <-standing.Changed():
			if standing.Over() {
				_ = out.next(h.refusal(ctx, refuse(codeUnauthenticated, "graph.unauthenticated")))
			}
			_ = out.complete() // with other permissions one may ask again
			return
		case <-h.Draining: // another process goes on
			_ = out.complete()
			return
		}
		if err != nil { // it has gone, or it reads too slowly
			return
		}
	}
}

// answers runs the operation; the channel is closed at its end.
func (h *handler) answers(ctx context.Context, op *graphql.OperationContext) <-chan answer {
	out := make(chan answer)
	go func() {
		defer close(out)
		end := &ending{}
		next, ctx := h.exec.DispatchOperation(context.WithValue(ctx, endingKey{}, end), op)
		for {
			a, more := h.one(ctx, next)
			if !more {
				if end.err == nil || ctx.Err() != nil {
					return
				}
				a = h.refusal(ctx, end.err)
			}
			select {
			case <-ctx.Done():
				return
			case out <- a:
			}
			if !more {
				return
			}
		}
	}()
	return out
}

// one waits for the next answer. Each reads anew what it shows.
func (h *handler) one(ctx context.Context, next graphql.ResponseHandler) (out answer, more bool) {
	defer func() {
		if p := recover(); p != nil {
			out, more = h.refusal(ctx, recovered(ctx, p)), false
		}
	}()
	response := next(withLoaders(ctx, h.Config))
	if response == nil {
		return answer{}, false
	}
	return answer{Errors: response.Errors, Data: response.Data, Extensions: response.Extensions}, true
}

func (h *handler) drained() bool {
	select {
	case <-h.Draining:
		return true
	default:
		return false
	}
}

// ending is where the resolver of a subscription leaves the error that ended it.
type ending struct{ err error }

type endingKey struct{}

// streamed runs what sends the values of a subscription.
func streamed[T any](ctx context.Context, run func(out chan<- T) error) <-chan T {
	out := make(chan T)
	go func() {
		defer close(out)
		err := safely(ctx, func() error { return run(out) })
		if end, ok := ctx.Value(endingKey{}).(*ending); ok {
			end.err = err // read after the channel is closed
		}
	}()
	return out
}

// safely turns a panic, which would end the process in a goroutine of its own, into an error.
func safely(ctx context.Context, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = recovered(ctx, p)
		}
	}()
	return f()
}

// events writes server-sent events.
type events struct {
	w    http.ResponseWriter
	conn *http.ResponseController
	time time.Duration
}

func openEvents(w http.ResponseWriter, perWrite time.Duration) *events {
	e := &events{w, http.NewResponseController(w), perWrite}
	// The limits of ordinary requests would end a stream. Not every writer has them.
	_ = e.conn.SetReadDeadline(time.Time{})
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no") // proxies pass on what they get at once
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	_ = e.write(":\n\n")
	return e
}

func (e *events) next(a answer) error {
	raw, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return e.write("event: next\ndata: " + string(raw) + "\n\n")
}

func (e *events) complete() error { return e.write("event: complete\ndata:\n\n") }

func (e *events) write(text string) error {
	_ = e.conn.SetWriteDeadline(time.Now().Add(e.time))
	if _, err := io.WriteString(e.w, text); err != nil {
		return err
	}
	return e.conn.Flush()
}

// wantsEvents reports whether a request asks for server-sent events by name.
func wantsEvents(accept []string) bool {
	for entry := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		kind, params, err := mime.ParseMediaType(entry)
		if err == nil && kind == "text/event-stream" && params["q"] != "0" {
			return true
		}
	}
	return false
}

// openStreams counts the streams of each session and API token in this process: they cost this process, so it alone
// limits them.
type openStreams struct {
	mu sync.Mutex
	of map[ident.ID]int
}

// add returns false when the viewer has as many as one may have.
func (o *openStreams) add(v viewer.Viewer) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := streamKey(v)
	if o.of[key] >= streamsPerSession && !key.IsZero() {
		return false
	}
	o.of[key]++
	return true
}

func (o *openStreams) remove(v viewer.Viewer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := streamKey(v)
	if o.of[key]--; o.of[key] == 0 {
		delete(o.of, key)
	}
}

// streamKey is the session or the API token, or the person who has neither. Nobody's stream ends at once: it is not
// counted.
func streamKey(v viewer.Viewer) ident.ID {
	return cmp.Or(v.APITokenID, v.SessionID, v.PersonID)
}
