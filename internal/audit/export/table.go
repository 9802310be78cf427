package export

import (
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"officeportal/ent"
	"officeportal/internal/audit"
	"officeportal/internal/audit/seal"
)

// The columns of a table. The last four prove the row: record is exactly what is hashed.
var columns = []string{"time", "action", "outcome", "summary", "actor kind", "actor", "details", "channel", "network address", "device",
	"request", "entry id", "business id", "family id", "guardian id", "tree index", "leaf hash", "proof", "record"}

// The first cells of the last rows. A file without them was cut off.
const (
	endOfTable  = "END OF EXPORT"
	tableSigned = "CHECKPOINT"
	tableKey    = "VERIFIER KEY"
)

// table writes CSV for spreadsheets (RFC 4180). Times are UTC.
type table struct {
	csv *csv.Writer
	of  *Export
}

func newTable(to io.Writer, e *Export) *table { return &table{csv.NewWriter(to), e} }

func (t *table) head(*Export) error { return t.csv.Write(columns) }

func (t *table) entry(e *ent.AuditEntry, p *seal.Proof, sentence string) error {
	index, leaf, path := "", "", ""
	if p != nil {
		index, leaf = strconv.FormatInt(p.Index, 10), hex.EncodeToString(p.LeafHash[:])
		for i, h := range p.Path {
			if i > 0 {
				path += " "
			}
			path += hex.EncodeToString(h[:])
		}
	}
	var details []string
	for _, d := range e.Details {
		if d.Before != "" {
			details = append(details, fmt.Sprintf("%s: %s → %s", d.Key, d.Before, d.After))
		} else {
			details = append(details, d.Key+": "+d.After)
		}
	}
	id := func(some fmt.Stringer, ok bool) string {
		if !ok {
			return ""
		}
		return some.String()
	}
	row := []string{e.OccurredAt.UTC().Format(time.RFC3339Nano), e.Action, string(e.Outcome), sentence, string(e.ActorKind), e.ActorName,
		strings.Join(details, "; "), string(e.Channel), e.IPAddress, e.Agent, e.RequestID, e.ID.String(), e.BusinessID.String(),
		id(e.FamilyID, e.FamilyID != nil), id(e.GuardianID, e.GuardianID != nil), index, leaf, path, string(audit.Payload(e))}
	for i, cell := range row {
		row[i] = Harmless(cell)
	}
	return t.csv.Write(row)
}

func (t *table) end(r Result) error {
	c := t.of.checkpoint
	rows := [][]string{}
	if c.Size > 0 {
		rows = append(rows, []string{tableSigned, strconv.FormatInt(c.Size, 10), c.Root.String(), c.Note})
		for _, k := range t.of.service.Log.VerifierKeys() {
			rows = append(rows, []string{tableKey, k})
		}
	}
	rows = append(rows, []string{endOfTable, "complete", strconv.Itoa(r.Entries) + " entries", strconv.Itoa(r.Unproven) + " not sealed yet", strconv.Itoa(r.Erased) + " erased"})
	for _, row := range rows {
		for i, cell := range row {
			row[i] = Harmless(cell)
		}
		for len(row) < len(columns) {
			row = append(row, "")
		}
		if err := t.csv.Write(row); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) flush() error {
	t.csv.Flush()
	return t.csv.Error()
}

// Harmless returns the text of a cell so that no spreadsheet takes it for a formula: with an apostrophe before a
// first character that begins one (OWASP, CSV Injection).
func Harmless(cell string) string {
	if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") || strings.HasPrefix(cell, "＝") || strings.HasPrefix(cell, "＋") ||
		strings.HasPrefix(cell, "－") || strings.HasPrefix(cell, "＠") {
		return "'" + cell
	}
	return cell
}
