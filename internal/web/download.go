package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"officeportal/internal/audit/export"
	"officeportal/internal/fault"
	"officeportal/internal/store"
	"officeportal/internal/text"
	"officeportal/internal/viewer"
)

// AuditExports exports entries of the Audit Log.
type AuditExports interface {
	Begin(ctx context.Context, o export.Options) (*export.Export, error)
	Count(ctx context.Context, o export.Options) (int, error)
}

// errorCode is the header with the code of a refusal, for programs; the body has the sentence.
const errorCode = "X-Error-Code"

// stall is how long one batch of a download may take to leave; the whole may take as long as it needs.
const stall = time.Minute

// download finds out who asks for a file that a page of ours links to, by the office's cookie. A link can't send the
// custom header, so that here the browser's word counts that the page was ours; without it, the header is needed.
func (s *server) download(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		portal := r.Header.Get("X-Portal")
		if site := r.Header.Get("Sec-Fetch-Site"); portal == "" && (site == "same-origin" || site == "none") {
			portal = "office"
		}
		v, ok := s.who(w, r, portal)
		if !ok {
			return
		}
		if v.Locale == "" || r.Header.Get("Accept-Language") != "" {
			v.Locale = s.Locale(r.Header.Get("Accept-Language"))
		}
		next.ServeHTTP(w, r.WithContext(viewer.With(r.Context(), v)))
	})
}

// auditExport answers GET /office/audit/export: entries as a file, with the same filters as the API's auditEntries.
// It changes nothing but that the Audit Log tells of it. HEAD says whether GET would be refused, and how many entries
// there are; it is no export.
func (s *server) auditExport(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	v := viewer.From(ctx)
	if v.Kind == viewer.Nobody {
		http.Error(w, "Sign in first.", http.StatusUnauthorized)
		return
	}
	o, wrong := exportOptions(r.URL.Query())
	if wrong != "" {
		http.Error(w, "There is something wrong with the parameter "+wrong+".", http.StatusBadRequest)
		return
	}
	if o.Locale == "" {
		o.Locale = v.Locale
	}
	h := w.Header()
	if r.Method == http.MethodHead {
		n, err := s.AuditExports.Count(ctx, o)
		if err != nil {
			s.notExported(ctx, w, err)
			return
		}
		h.Set("X-Total-Count", strconv.Itoa(n))
		h.Set("Content-Type", o.Format.MediaType())
		return
	}
	control := http.NewResponseController(w)
	more := func() { _ = control.SetWriteDeadline(time.Now().Add(stall)) } // best effort: without it the server's own holds
	o.Progress = func(int, int) { more() }
	file, err := s.AuditExports.Begin(ctx, o)
	if err != nil {
		s.notExported(ctx, w, err)
		return
	}
	h.Set("Content-Type", o.Format.MediaType())
	h.Set("Content-Disposition", `attachment; filename="`+file.FileName(v.Business.Slug)+`"`)
	h.Set("X-Total-Count", strconv.Itoa(file.Total))
	more()
	if _, err := file.Write(ctx, w); err != nil {
		if ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "an export of the Audit Log was cut off", slog.String("request_id", viewer.RequestFrom(ctx).ID), slog.String("error", store.Cause(err)))
		}
		panic(http.ErrAbortHandler) // so that whoever saves it knows that it is not whole
	}
}

func (s *server) notExported(ctx context.Context, w http.ResponseWriter, err error) {
	if refusal := fault.As(err); refusal != nil && len(refusal.Fields) > 0 {
		why := refusal.Fields[0]
		w.Header().Set(errorCode, string(why.Code))
		http.Error(w, text.Say(viewer.From(ctx).Locale, why.Text, why.Args), http.StatusForbidden)
		return
	}
	if !errors.Is(err, context.Canceled) {
		s.Log.ErrorContext(ctx, "the Audit Log can't be exported", slog.String("request_id", viewer.RequestFrom(ctx).ID), slog.String("error", store.Cause(err)))
	}
	http.Error(w, "The service is not available right now.", http.StatusServiceUnavailable)
}

// exportOptions reads the query; wrong names the parameter that can't be read. A link can't set Accept-Language, so
// that the language may be a parameter.
func exportOptions(q url.Values) (o export.Options, wrong string) {
	o.Format = export.Format(q.Get("format"))
	if !slices.Contains(export.Formats(), o.Format) {
		return o, "format"
	}
	if given := q.Get("locale"); given != "" {
		if o.Locale = given; !slices.Contains(text.Locales(), given) {
			return o, "locale"
		}
	}
	q.Del("format")
	q.Del("locale")
	return o, export.Read(&o.Filter, q)
}
