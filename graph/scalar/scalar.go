// Package scalar reads and writes the API's own scalars.
package scalar

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalDateTime writes an RFC 3339 instant in UTC, to the millisecond.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(t.UTC().Format("2006-01-02T15:04:05.000Z")))
	})
}

// UnmarshalDateTime reads an RFC 3339 instant.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("must be an RFC 3339 instant, such as 2026-03-03T20:14:00Z")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("must be an RFC 3339 instant, such as 2026-03-03T20:14:00Z")
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

// MarshalDate writes a calendar date.
func MarshalDate(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalDate reads a calendar date.
func UnmarshalDate(v any) (string, error) {
	s, ok := v.(string)
	if ok {
		_, err := time.Parse(time.DateOnly, s)
		ok = err == nil
	}
	if !ok {
		return "", fmt.Errorf("must be a date, such as 2019-03-31")
	}
	return s, nil
}
