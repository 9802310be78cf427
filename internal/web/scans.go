package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"officeportal/ent"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/text"
	"officeportal/internal/viewer"
)

// Scans keeps scanned forms.
type Scans interface {
	// SaveScan takes a file of staff; it reads at most what a scan may have.
	SaveScan(ctx context.Context, fileName string, r io.Reader) (*ent.PolicyScan, error)
	// Scan returns a scan with its content to staff that may see it, and records that it was looked at.
	Scan(ctx context.Context, id ident.ID) (*ent.PolicyScan, []byte, error)
}

const (
	scanPrefix = "psc_"
	scanPath   = "/office/scans"
	// scanBody is how many bytes of an upload are read: more than a scan may have, so that whoever sends a larger one
	// still gets the answer that says so.
	scanBody = 32 << 20
	// scanTime is what an upload or a download over a slow line is given.
	scanTime = 2 * time.Minute
	// scansAtOnce is how many uploads one process takes at a time: each is held in memory until it is checked.
	scansAtOnce = 4
)

// scanAnswer is what an upload is answered with.
type scanAnswer struct {
	ID        string `json:"id"`
	FileName  string `json:"fileName"`
	MediaType string `json:"mediaType"`
	Size      int    `json:"size"`
	Path      string `json:"downloadPath"`
}

// uploadScan takes a file as multipart/form-data or as the body itself, whose name is then in Content-Disposition. It
// stands behind the same protection as the API: a session needs the X-Portal header, which no other site can send.
func (s *server) uploadScan(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if viewer.From(ctx).Kind == viewer.Nobody {
		s.scanRefused(ctx, w, http.StatusUnauthorized, "UNAUTHENTICATED", "graph.unauthenticated", nil)
		return
	}
	select {
	case s.uploads <- struct{}{}:
		defer func() { <-s.uploads }()
	default:
		w.Header().Set("Retry-After", "2")
		s.scanRefused(ctx, w, http.StatusServiceUnavailable, "BUSY", "policy.scanBusy", nil)
		return
	}
	moreTime(w)
	body := http.MaxBytesReader(w, r.Body, scanBody)
	name, file, err := fileOf(r, body)
	if err != nil {
		s.scanRefused(ctx, w, http.StatusBadRequest, "BAD_USER_INPUT", "policy.scanUnreadable", nil)
		return
	}
	scan, err := s.Scans.SaveScan(ctx, name, file)
	if err != nil {
		_, _ = io.Copy(io.Discard, body) // else the connection would break before the answer arrives
		s.scanFailed(ctx, w, err)
		return
	}
	id := scanPrefix + scan.ID.String()
	s.scanJSON(w, http.StatusCreated, scanAnswer{id, scan.FileName, scan.MediaType, scan.Size, scanPath + "/" + id})
}

// fileOf finds the file of an upload, and what it is called.
func fileOf(r *http.Request, body io.ReadCloser) (name string, file io.Reader, err error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
		return params["filename"], body, nil
	}
	r.Body = body
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, err
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return "", nil, err // io.EOF too: there is no file in it
		}
		if part.FileName() != "" {
			return part.FileName(), part, nil
		}
	}
}

// downloadScan hands a scan out as a file, never as a page: a browser that shows it would show it as ours. A link has
// no header of ours, so the cookie alone says who asks; requests from other sites are refused.
func (s *server) downloadScan(w http.ResponseWriter, r *http.Request) {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		s.scanRefused(r.Context(), w, http.StatusForbidden, "FORBIDDEN", "graph.forbidden", nil)
		return
	}
	v, ok := s.who(w, r, "office")
	if !ok {
		return
	}
	if v.Locale == "" || r.Header.Get("Accept-Language") != "" {
		v.Locale = s.Locale(r.Header.Get("Accept-Language"))
	}
	ctx := viewer.With(r.Context(), v)
	if v.Kind == viewer.Nobody {
		s.scanRefused(ctx, w, http.StatusUnauthorized, "UNAUTHENTICATED", "graph.unauthenticated", nil)
		return
	}
	tail, prefixed := strings.CutPrefix(r.PathValue("id"), scanPrefix)
	id, err := ident.Parse(tail)
	if !prefixed || err != nil {
		id = ident.ID{} // which nothing has
	}
	scan, content, err := s.Scans.Scan(ctx, id)
	if err != nil {
		s.scanFailed(ctx, w, err)
		return
	}
	moreTime(w)
	h := w.Header()
	h.Set("Content-Type", scan.MediaType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": scan.FileName}))
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	if r.Method != http.MethodHead {
		_, _ = w.Write(content)
	}
}

// moreTime lets a large body take longer than a request to the API may.
func moreTime(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Now().Add(scanTime)) // where it can't be set, the shorter time holds
	_ = c.SetWriteDeadline(time.Now().Add(scanTime))
}

// scanFailed answers what the domain refused; what it did not expect goes to the log.
func (s *server) scanFailed(ctx context.Context, w http.ResponseWriter, err error) {
	var large *http.MaxBytesError
	refusal := fault.As(err)
	switch {
	case refusal != nil && len(refusal.Fields) > 0:
		f := refusal.Fields[0]
		status, known := map[fault.Code]int{fault.Forbidden: http.StatusForbidden, fault.NotFound: http.StatusNotFound, fault.Required: http.StatusBadRequest,
			"TOO_LARGE": http.StatusRequestEntityTooLarge, "UNKNOWN_TYPE": http.StatusUnsupportedMediaType}[f.Code]
		if !known {
			status = http.StatusBadRequest
		}
		s.scanRefused(ctx, w, status, string(f.Code), f.Text, f.Args)
	case errors.As(err, &large):
		s.scanRefused(ctx, w, http.StatusRequestEntityTooLarge, "TOO_LARGE", "policy.scanTooLarge", map[string]any{"max": 10})
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.Canceled):
		s.scanRefused(ctx, w, http.StatusBadRequest, "BAD_USER_INPUT", "policy.scanUnreadable", nil)
	default:
		s.Log.ErrorContext(ctx, "a scan could not be kept or read", slog.String("request_id", viewer.RequestFrom(ctx).ID), slog.String("error", store.Cause(err)))
		s.scanRefused(ctx, w, http.StatusInternalServerError, "INTERNAL", "graph.internal", nil)
	}
}

func (s *server) scanRefused(ctx context.Context, w http.ResponseWriter, status int, code, key string, args map[string]any) {
	s.scanJSON(w, status, map[string]any{"error": map[string]any{
		"code": code, "message": text.Say(viewer.From(ctx).Locale, key, args), "requestId": viewer.RequestFrom(ctx).ID}})
}

func (s *server) scanJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}
