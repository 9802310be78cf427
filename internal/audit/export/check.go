package export

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"officeportal/internal/audit/seal"
)

// Checked says what a file proves.
type Checked struct {
	Result
	// Size and Root are the checkpoint's; Size is zero when the file has none.
	Size int64
	Root tlog.Hash
	// Keys are the verifier keys that the checkpoint is signed with. Those are what to compare with a key that was
	// had from elsewhere: a forger signs with a key of their own.
	Keys []string
}

// Problem is what is wrong with a file.
type Problem struct {
	// Line is the line of the file, from 1.
	Line int
	What string
}

// Error implements error.
func (p *Problem) Error() string { return fmt.Sprintf("line %d: %s", p.Line, p.What) }

// Check proves a file of JSON Lines that Write wrote, with nothing but the file: every entry's bytes and place
// against the checkpoint, and the checkpoint's signature against trusted verifier keys, or against those in the
// file when there are none. The error is a *Problem when something does not fit.
func Check(from io.Reader, trusted []string) (Checked, error) {
	in := bufio.NewReaderSize(from, 64<<10)
	first, err := in.Peek(1)
	if err != nil {
		return Checked{}, &Problem{1, "the file is empty"}
	}
	c := &checker{trusted: trusted}
	if first[0] != '{' {
		return Checked{}, &Problem{1, "the file is not an export as JSON Lines"}
	}
	err = c.lines(in)
	return c.out, err
}

type checker struct {
	trusted []string
	out     Checked
	signed  bool
	line    int
}

func (c *checker) problem(format string, args ...any) error {
	return &Problem{c.line, fmt.Sprintf(format, args...)}
}

// open reads the checkpoint.
func (c *checker) open(text string, keys []string) error {
	if text == "" {
		return nil
	}
	if len(c.trusted) > 0 {
		keys = c.trusted
	}
	var known []note.Verifier
	for _, k := range keys {
		v, err := note.NewVerifier(k)
		if err != nil {
			return c.problem("%q is no verifier key", k)
		}
		known = append(known, v)
	}
	n, err := note.Open([]byte(text), note.VerifierList(known...))
	if err != nil {
		return c.problem("the checkpoint is not signed with the verifier key")
	}
	tree, err := seal.Parse(n.Text)
	if err != nil {
		return c.problem("the checkpoint can't be read")
	}
	for _, s := range n.Sigs {
		for i, v := range known {
			if v.KeyHash() == s.Hash && v.Name() == s.Name {
				c.out.Keys = append(c.out.Keys, keys[i])
			}
		}
	}
	c.out.Size, c.out.Root, c.signed = tree.N, tree.Hash, true
	return nil
}

// entry proves one entry.
func (c *checker) entry(payload []byte, erased bool, index int64, leaf tlog.Hash, path tlog.RecordProof) error {
	if !c.signed {
		return c.problem("the entry has a proof and the file has no checkpoint")
	}
	if !erased && tlog.RecordHash(payload) != leaf {
		return c.problem("the entry was changed: its hash is another")
	}
	if tlog.CheckRecord(path, c.out.Size, c.out.Root, index, leaf) != nil {
		return c.problem("the entry is not at place %d of the signed tree", index)
	}
	return nil
}

// looksErased reports whether a record holds nothing personal any more: such a one only proves its place.
func looksErased(payload []byte) bool {
	var e struct {
		Salt    string
		Kid     string
		Facts   map[string]string
		Details []json.RawMessage
	}
	return json.Unmarshal(payload, &e) == nil && e.Salt == "" && e.Kid != "" && len(e.Facts) == 0 && len(e.Details) == 0
}

func (c *checker) count(payload []byte, proven bool) (erased bool) {
	c.out.Entries++
	if !proven {
		c.out.Unproven++
	}
	if erased = looksErased(payload); erased {
		c.out.Erased++
	}
	return erased
}

func (c *checker) lines(in *bufio.Reader) error {
	ended := false
	for {
		raw, err := in.ReadBytes('\n')
		if len(raw) == 0 && errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		c.line++
		if ended {
			return c.problem("something follows the end")
		}
		var kind struct{ Type string }
		if err := json.Unmarshal(raw, &kind); err != nil {
			return c.problem("the line is cut off")
		}
		switch {
		case (c.line == 1) != (kind.Type == "head"):
			return c.problem("the head of the file is missing")
		case kind.Type == "head":
			var h headLine
			if err := json.Unmarshal(raw, &h); err != nil || h.Kind != Kind {
				return c.problem("the file is not an export that this version reads")
			}
			if err := c.open(h.Checkpoint, h.VerifierKeys); err != nil {
				return err
			}
		case kind.Type == "entry":
			if err := c.entryLine(raw); err != nil {
				return err
			}
		case kind.Type == "end":
			var e endLine
			if err := json.Unmarshal(raw, &e); err != nil || !e.Complete || e.Entries != c.out.Entries || e.Unproven != c.out.Unproven {
				return c.problem("entries are missing or were added: the end tells of %d, and there are %d", e.Entries, c.out.Entries)
			}
			ended = true
		default:
			return c.problem("there is no such line in an export")
		}
	}
	if !ended {
		return c.problem("the file is cut off: it has no end")
	}
	return nil
}

func (c *checker) entryLine(raw []byte) error {
	var l entryLine
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return c.problem("the entry can't be read")
	}
	erased := c.count(l.Entry, l.Seal != nil)
	if l.Seal == nil {
		return nil
	}
	leaf, err := tlog.ParseHash(l.Seal.LeafHash)
	if err != nil {
		return c.problem("the hash can't be read")
	}
	var path tlog.RecordProof
	for _, text := range l.Seal.Proof {
		h, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(h) != tlog.HashSize {
			return c.problem("the proof can't be read")
		}
		path = append(path, tlog.Hash(h))
	}
	return c.entry(l.Entry, erased, l.Seal.Index, leaf, path)
}
