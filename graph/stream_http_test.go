package graph_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"officeportal/ent/schema/schematype"
	"officeportal/graph"
	"officeportal/internal/viewer"
)

func TestSubscriptionsAreStreamsAndEverythingElseIsNot(t *testing.T) {
	w := onSQLite(t)
	if r := w.ask("staff", follow, map[string]any{"id": "x"}); r.Status != http.StatusBadRequest || r.code() != "BAD_USER_INPUT" {
		t.Errorf("a subscription that asks for JSON: %d %s", r.Status, r.Body)
	}
	r := w.post("staff", `{"query":"{viewer{__typename}}"}`, "text/event-stream", nil)
	if r.ok().at("viewer", "__typename") != "Viewer" {
		t.Errorf("a query that asks for a stream: %s", r.Body)
	}
	if r := w.post("staff", `{"query":"subscription { nothing }"}`, "text/event-stream", nil); r.code() != "BAD_USER_INPUT" {
		t.Errorf("a document that is not valid: %d %s", r.Status, r.Body)
	}
}

func TestAStreamLivesForItsTimeAndSaysThatItDoes(t *testing.T) {
	w := onSQLite(t)
	w.config.StreamLife, w.config.Heartbeat = 300*time.Millisecond, 5*time.Millisecond
	w.serve()
	s := w.follow("staff", resetID(w.queued()))
	raw, err := io.ReadAll(s.body)
	w.must(err)
	if beats := bytes.Count(raw, []byte(":\n\n")); beats < 3 || !bytes.HasSuffix(raw, []byte("event: complete\ndata:\n\n")) {
		t.Errorf("%d heartbeats: %s", beats, raw)
	}
}

func TestStreamsEndWhenTheProcessDoesAndNewOnesGoElsewhere(t *testing.T) {
	w := onSQLite(t)
	draining := make(chan struct{})
	w.config.Draining = draining
	w.serve()
	id := resetID(w.queued())
	s := w.follow("staff", id)
	s.is("ACTIVE")
	close(draining)
	s.is("complete")
	if late := w.follow("staff", id); late.res.StatusCode != http.StatusServiceUnavailable || late.res.Header.Get("Retry-After") == "" {
		t.Errorf("a new stream: %d", late.res.StatusCode)
	}
	if r := w.ask("staff", "{viewer{__typename}}", nil); r.Status != http.StatusOK {
		t.Errorf("other requests: %d", r.Status)
	}
}

// pipes accepts connections without a buffer in between, so that a reader that stops is noticed at once.
type pipes struct{ conns chan net.Conn }

func (p *pipes) Accept() (net.Conn, error) {
	if c, ok := <-p.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (p *pipes) Close() error   { return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func TestAReaderThatStopsReadingIsDropped(t *testing.T) {
	w := onSQLite(t)
	changes := make(chan int, 10)
	w.config.OnStream = func(n int) { changes <- n }
	w.config.WriteTime, w.config.Heartbeat = 50*time.Millisecond, time.Millisecond
	handler := graph.NewHandler(w.config)
	l := &pipes{make(chan net.Conn, 1)}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(rw, r.WithContext(viewer.With(r.Context(), w.viewers["staff"])))
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	defer func() { close(l.conns); _ = server.Close(); <-done }()
	mine, theirs := net.Pipe()
	defer mine.Close()
	l.conns <- theirs
	body := fmt.Sprintf(`{"query":%q,"variables":{"id":%q}}`, follow, resetID(w.queued()))
	_, err := fmt.Fprintf(mine, "POST / HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	w.must(err)
	if line, err := bufio.NewReaderSize(mine, 16).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Fatalf("%q, %v", line, err)
	}
	// and reads no more
	if begun, ended := <-changes, <-changes; begun != 1 || ended != -1 {
		t.Errorf("streams: %d, %d", begun, ended)
	}
}

func TestStreamsOutliveTheLimitsOfOrdinaryRequests(t *testing.T) {
	w := onSQLite(t)
	w.lookAlways()
	w.config.Heartbeat = 10 * time.Millisecond
	handler := graph.NewHandler(w.config)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	w.must(err)
	server := &http.Server{ReadTimeout: 100 * time.Millisecond, WriteTimeout: 100 * time.Millisecond, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(rw, r.WithContext(viewer.With(r.Context(), w.viewers["staff"])))
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	defer func() { _ = server.Close(); <-done }()
	w.server.URL = "http://" + l.Addr().String()
	token := w.queued()
	s := w.follow("staff", resetID(token))
	s.is("ACTIVE")
	for beats := 0; beats < 40; { // four times the limits
		line, err := s.body.ReadString('\n')
		w.must(err)
		if line == ":\n" {
			beats++
		}
	}
	w.delivery(token, schematype.Accepted, schematype.DeliveryDelivered)
	s.is("DELIVERED")
}
