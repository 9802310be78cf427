// Package hooks answers the message services, which report what became of messages. Whoever asks without a
// valid signature learns nothing, and whoever has one learns only whether to ask again.
package hooks

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"officeportal/internal/message/provider"
	"officeportal/internal/store"
)

// Reader reads the requests of one service. Its errors are provider's.
type Reader interface {
	Service() string
	Read(r *http.Request) (provider.Incoming, error)
}

// SMSReader also says whether a request claims to come from its service: several may be configured, since a
// service that was left still reports of what it took.
type SMSReader interface {
	Reader
	Reads(r *http.Request) bool
}

// Config is what the handler needs.
type Config struct {
	// Email is nil and SMS empty while no signing secret is set: then nothing is taken.
	Email Reader
	SMS   []SMSReader
	// Report and Reply record what was read; an error means that it is to be sent again.
	Report func(context.Context, provider.Report) error
	Reply  func(context.Context, provider.Reply) error
	Log    *slog.Logger
}

// quiet is how often the log is told of the same trouble: anybody can cause it.
const quiet = time.Minute

type handler struct {
	Config
	mu   sync.Mutex
	told map[string]time.Time
}

// New returns the handler of /hooks/email and /hooks/sms.
func New(c Config) http.Handler {
	h := &handler{Config: c, told: map[string]time.Time{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hooks/email", h.email)
	mux.HandleFunc("GET /hooks/sms", h.sms)
	mux.HandleFunc("POST /hooks/sms", h.sms)
	return mux
}

func (h *handler) email(w http.ResponseWriter, r *http.Request) {
	if h.Email == nil {
		h.closed(w, r, "an email report came, and OFFICEPORTAL_RESEND_WEBHOOK_SECRET is not set: nothing is taken")
		return
	}
	h.take(w, r, h.Email)
}

func (h *handler) sms(w http.ResponseWriter, r *http.Request) {
	if len(h.SMS) == 0 {
		h.closed(w, r, "an SMS report came, and neither OFFICEPORTAL_MESSAGEBIRD_SIGNING_KEY nor OFFICEPORTAL_BIRD_WEBHOOK_SECRET is set: nothing is taken")
		return
	}
	for _, reader := range h.SMS {
		if reader.Reads(r) {
			h.take(w, r, reader)
			return
		}
	}
	answer(w, http.StatusUnauthorized)
}

func (h *handler) take(w http.ResponseWriter, r *http.Request, reader Reader) {
	r.Body = http.MaxBytesReader(w, r.Body, provider.MaxReport+1)
	in, err := reader.Read(r)
	if err == nil {
		err = h.record(r.Context(), in)
	}
	switch {
	case err == nil, errors.Is(err, provider.ErrIrrelevant):
		answer(w, http.StatusOK)
	case errors.Is(err, provider.ErrForged):
		h.tell(r, slog.LevelWarn, "a report without a valid signature was refused", reader.Service())
		answer(w, http.StatusUnauthorized)
	case errors.Is(err, provider.ErrTooLarge):
		answer(w, http.StatusRequestEntityTooLarge)
	case errors.Is(err, provider.ErrUnreadable):
		h.tell(r, slog.LevelError, "a report can't be read", reader.Service())
		answer(w, http.StatusBadRequest)
	default: // it is sent again
		h.Log.ErrorContext(r.Context(), "a report can't be recorded", slog.String("service", reader.Service()), slog.String("error", store.Cause(err)))
		answer(w, http.StatusServiceUnavailable)
	}
}

func (h *handler) record(ctx context.Context, in provider.Incoming) error {
	switch {
	case in.Report != nil:
		return h.Report(ctx, *in.Report)
	case in.Reply != nil:
		return h.Reply(ctx, *in.Reply)
	}
	return nil
}

// closed answers as an address that does not exist.
func (h *handler) closed(w http.ResponseWriter, r *http.Request, why string) {
	h.tell(r, slog.LevelWarn, why, "")
	answer(w, http.StatusNotFound)
}

// tell writes to the log, once in a while.
func (h *handler) tell(r *http.Request, level slog.Level, what, service string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.told[what+service]) < quiet {
		return
	}
	h.told[what+service] = time.Now()
	h.Log.Log(r.Context(), level, what, slog.String("service", service))
}

// answer says no more than the status does. MessageBird wants to read OK.
func answer(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	if status == http.StatusOK {
		_, _ = io.WriteString(w, "OK")
	}
}
