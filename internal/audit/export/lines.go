package export

import (
	"bufio"
	"encoding/json"
	"io"
	"time"

	"officeportal/ent"
	"officeportal/internal/audit"
	"officeportal/internal/audit/seal"
)

// Kind names the format of the lines and its version.
const Kind = "officeportal-audit-export/1"

// headLine is the first line.
type headLine struct {
	Type         string            `json:"type"` // "head"
	Kind         string            `json:"kind"`
	Business     string            `json:"business"`
	BusinessID   string            `json:"businessId,omitempty"`
	Filter       map[string]string `json:"filter"`
	ExportedAt   time.Time         `json:"exportedAt"`
	Total        int               `json:"total"`
	Size         int64             `json:"size"`
	Checkpoint   string            `json:"checkpoint"`
	VerifierKeys []string          `json:"verifierKeys"`
}

// entryLine is one entry. Entry is exactly what is hashed: canonical JSON (RFC 8785).
type entryLine struct {
	Type    string          `json:"type"` // "entry"
	Entry   json.RawMessage `json:"entry"`
	Summary string          `json:"summary"`
	Erased  bool            `json:"erased,omitempty"`
	Seal    *sealLine       `json:"seal"`
}

type sealLine struct {
	Index    int64    `json:"index"`
	LeafHash string   `json:"leafHash"`
	Proof    []string `json:"proof"`
}

// endLine is the last line; a file without it was cut off.
type endLine struct {
	Type     string `json:"type"` // "end"
	Complete bool   `json:"complete"`
	Entries  int    `json:"entries"`
	Unproven int    `json:"unproven"`
	Erased   int    `json:"erased"`
}

type lines struct {
	to   *bufio.Writer
	json *json.Encoder
}

func newLines(to io.Writer) *lines {
	b := bufio.NewWriterSize(to, 64<<10)
	l := &lines{b, json.NewEncoder(b)}
	l.json.SetEscapeHTML(false)
	return l
}

func (l *lines) head(e *Export) error {
	h := headLine{Type: "head", Kind: Kind, Business: e.BusinessName, Filter: e.Told(), ExportedAt: e.at, Total: e.Total,
		Size: e.checkpoint.Size, Checkpoint: e.checkpoint.Note, VerifierKeys: e.service.Log.VerifierKeys()}
	if !e.Business.IsZero() {
		h.BusinessID = e.Business.String()
	}
	return l.json.Encode(h)
}

func (l *lines) entry(e *ent.AuditEntry, p *seal.Proof, sentence string) error {
	out := entryLine{Type: "entry", Entry: audit.Payload(e), Summary: sentence, Erased: isErased(e)}
	if p != nil {
		out.Seal = &sealLine{p.Index, p.LeafHash.String(), []string{}}
		for _, h := range p.Path {
			out.Seal.Proof = append(out.Seal.Proof, h.String())
		}
	}
	return l.json.Encode(out)
}

func (l *lines) end(r Result) error {
	return l.json.Encode(endLine{"end", true, r.Entries, r.Unproven, r.Erased})
}

func (l *lines) flush() error { return l.to.Flush() }
