package graph

import (
	"context"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"officeportal/ent"
	"officeportal/internal/passwordreset"
	"officeportal/internal/text"
	"officeportal/internal/viewer"
)

// optional returns null for an empty text.
func optional[T ~string](s T) *T {
	if s == "" {
		return nil
	}
	return &s
}

// optionalNumber returns null for none.
func optionalNumber(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// value returns the zero value for null.
func value[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}

// cleared tells a field that was left out, nil, from one that is null, empty.
func cleared(s graphql.Omittable[*string]) *string {
	given, there := s.ValueOK()
	if !there {
		return nil
	}
	text := value(given)
	return &text
}

// moment returns null for no time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// listed returns an empty list for none.
func listed[T any](rows []T, ok bool, err error) ([]T, error) {
	if !ok {
		rows = []T{}
	}
	return rows, err
}

// localesOf are the languages messages can be sent in, the business's own first.
func localesOf(b *viewer.Business) []string {
	own := text.Match(b.Locale)
	return append([]string{own}, slices.DeleteFunc(text.Locales(), func(l string) bool { return l == own })...)
}

// guardianOf returns the guardian of a reset, whom most queries have read with it.
func (r *Resolver) guardianOf(ctx context.Context, reset *passwordreset.Request) (*ent.Guardian, error) {
	if g := reset.Token.Edges.Guardian; g != nil {
		return g, nil
	}
	g, _, err := loadersFrom(ctx).guardians.load(ctx, reset.Token.GuardianID)
	return g, err
}
