package csvfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	columns  = []string{"family_id", "family", "role", "name", "relation", "email", "phone", "can_log_in", "language", "birth_date"}
	required = columns[:4]
)

// Read reads a whole file: RFC 4180, UTF-8 with or without byte order mark, lines ending in LF or
// CRLF. Rows are checked one by one; a bad one is left out and told in Issues. The error is a
// *SyntaxError or ErrTooLarge when the file cannot be understood as a whole, or r's own; then the
// File is empty.
func Read(r io.Reader, options Options) (File, error) {
	return readBounded(r, options, MaxBytes)
}

func readBounded(r io.Reader, options Options, maxBytes int64) (File, error) {
	in := bufio.NewReader(&bounded{r: r, left: maxBytes})
	start, err := in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return File{}, err
	}
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		_, _ = in.Discard(3)
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return File{}, &SyntaxError{1, 1, "the file is UTF-16; save it as CSV UTF-8"}
	}
	rows := csv.NewReader(in)
	rows.FieldsPerRecord = -1 // counted here, for a better message
	rows.ReuseRecord = true

	header, err := next(rows)
	if errors.Is(err, io.EOF) {
		return File{}, &SyntaxError{1, 1, "the file is empty; its first line must name the columns"}
	}
	if err != nil {
		return File{}, err
	}
	file := File{}
	index, err := readHeader(rows, header, &file)
	if err != nil {
		return File{}, err
	}
	width := len(header)
	collect := newCollector(&file, options)
	for {
		fields, err := next(rows)
		if errors.Is(err, io.EOF) {
			collect.finish()
			return file, nil
		}
		if err != nil {
			return File{}, err
		}
		if len(fields) != width {
			line, column := rows.FieldPos(min(len(fields), width+1) - 1)
			return File{}, &SyntaxError{line, column, fmt.Sprintf("this row has %d fields, the header has %d", len(fields), width)}
		}
		if !slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != "" }) {
			continue // spreadsheets leave rows of commas behind
		}
		if file.Rows++; file.Rows > MaxRows {
			return File{}, ErrTooLarge
		}
		collect.add(row{fields: fields, index: index, reader: rows})
	}
}

// next returns the next record, whose fields are all UTF-8.
func next(rows *csv.Reader) ([]string, error) {
	fields, err := rows.Read()
	if err != nil {
		var wrong *csv.ParseError
		if !errors.As(err, &wrong) {
			return nil, err
		}
		message := "this is not CSV"
		switch {
		case errors.Is(wrong.Err, csv.ErrBareQuote):
			message = `a quote in the middle of a field; the whole field must be in quotes and the quote inside doubled`
		case errors.Is(wrong.Err, csv.ErrQuote):
			// At the end of the file the place is useless; where the row began is where to look.
			if wrong.StartLine != wrong.Line {
				return nil, &SyntaxError{wrong.StartLine, 1, "a quoted field begins in this row and is not closed properly"}
			}
			message = "a quote is missing or out of place"
		}
		return nil, &SyntaxError{wrong.Line, max(wrong.Column, 1), message}
	}
	for i, field := range fields {
		if !utf8.ValidString(field) {
			line, column := rows.FieldPos(i)
			return nil, &SyntaxError{line, column, "this is not UTF-8; save the file as CSV UTF-8"}
		}
	}
	return fields, nil
}

// readHeader returns the field number of each known column, and warns of unknown ones.
func readHeader(rows *csv.Reader, header []string, file *File) (map[string]int, error) {
	index := map[string]int{}
	for i, name := range header {
		line, column := rows.FieldPos(i)
		known := strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(columns, known) {
			file.Issues = append(file.Issues, Issue{Line: line, Column: shown(name), Message: "unknown column, ignored", Warning: true})
			continue
		}
		if _, twice := index[known]; twice {
			return nil, &SyntaxError{line, column, "the column " + known + " comes twice"}
		}
		index[known] = i
	}
	var missing []string
	for _, name := range required {
		if _, ok := index[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return index, nil
	}
	line, _ := rows.FieldPos(0)
	message := "the header lacks " + strings.Join(missing, ", ")
	if len(header) == 1 && strings.ContainsAny(header[0], ";\t|") {
		message += "; columns must be separated by commas"
	}
	return nil, &SyntaxError{line, 1, message}
}

// shown makes a foreign column name fit for one line of a report.
func shown(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	if runes := []rune(name); len(runes) > 40 {
		name = string(runes[:40]) + "…"
	}
	if name == "" {
		return "(no name)"
	}
	return strings.Trim(fmt.Sprintf("%q", name), `"`)
}

// row is one record with access by column name.
type row struct {
	fields []string
	index  map[string]int
	reader *csv.Reader
}

// get returns the trimmed field of a column, or "" when the file lacks the column.
func (r row) get(column string) string {
	i, ok := r.index[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(r.fields[i])
}

// line returns the line on which the field of the column begins.
func (r row) line(column string) int {
	line, _ := r.reader.FieldPos(r.index[column]) // the first field when the file lacks the column
	return line
}

// bounded is a reader that fails, rather than ends, when there is more than left bytes.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}
