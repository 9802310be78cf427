package web

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

// pages serves the build of the single-page apps: hashed assets may be kept for ever, pages never.
type pages struct {
	files fs.FS
	mu    sync.Mutex
	kept  map[string]*asset
}

type asset struct {
	kind        string
	plain, gzip []byte
}

func newPages(files fs.FS) *pages { return &pages{files: files, kept: map[string]*asset{}} }

// load reads and compresses a file once; the binary holds it, so it can't change.
func (p *pages) load(name string) (*asset, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a, ok := p.kept[name]; ok {
		return a, nil
	}
	plain, err := fs.ReadFile(p.files, name)
	if err != nil {
		return nil, err
	}
	a := &asset{kind: mime.TypeByExtension(path.Ext(name)), plain: plain}
	switch path.Ext(name) {
	case ".js", ".css", ".html", ".svg", ".json":
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(plain); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		if b.Len() < len(plain) {
			a.gzip = b.Bytes()
		}
	}
	p.kept[name] = a
	return a, nil
}

func (a *asset) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Add("Vary", "Accept-Encoding")
	body := a.plain
	if a.gzip != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.gzip
	}
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func (p *pages) assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := p.load(strings.TrimPrefix(path.Clean(r.URL.Path), "/"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		a.write(w, r)
	})
}

func (p *pages) page(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := p.load(name)
		if err != nil {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(notBuilt))
			return
		}
		a.write(w, r)
	})
}

func (p *pages) icon(w http.ResponseWriter, r *http.Request) {
	a, err := p.load("favicon.svg")
	if err != nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	a.write(w, r)
}

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Office Portal</title>
<h1>The screens are not built</h1><p>This binary was compiled without its front end. Run <code>make build</code>.</p></html>`
