// Package page cuts a list into pages that are found by the key of a row, never by counting rows off:
// page 400 costs what page 1 costs, and rows that come or go meanwhile neither repeat nor hide others.
//
// The arguments and answers are those of Relay connections.
package page

import (
	"context"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"officeportal/internal/fault"
	"officeportal/internal/ident"
)

// Default is the size of a page when neither First nor Last is given, Max the largest.
const (
	Default = 50
	Max     = 100
)

// Args are the arguments of a connection. At most one of First and Last may be given, 1 to Max.
type Args struct {
	First, Last   *int
	After, Before *string
}

// Key is what a column may be ordered by.
type Key interface{ string | time.Time | ident.ID }

// Order is a total order of rows of type T: by a column, then by the id, both in the same direction
// so that one index serves it forwards and backwards.
type Order[T any, K Key] struct {
	// Column holds the key; empty orders by the id alone, and then Key is not called.
	Column string
	Desc   bool
	Key    func(T) K
	ID     func(T) ident.ID
}

// Page is one page. Cursors has a cursor for each of Rows.
type Page[T any] struct {
	Rows             []T
	Cursors          []string
	HasNext, HasPrev bool
}

// Fetch runs the query of the list with a predicate of ours, which also orders and limits it. The query
// must do neither.
type Fetch[T any] func(ctx context.Context, page func(*sql.Selector)) ([]T, error)

// Load returns the page. The scope names the list with everything that decides which rows are in it and
// how they are ordered; a cursor is refused under another scope. Wrong arguments are refused with the
// fault BadInput; nothing is ever clamped silently.
func Load[T any, K Key](ctx context.Context, args Args, order Order[T, K], scope string, fetch Fetch[T]) (Page[T], error) {
	size, backwards, err := args.size()
	if err != nil {
		return Page[T]{}, err
	}
	mark := fingerprint(scope)
	after, err := position[K](args.After, mark, "after")
	if err != nil {
		return Page[T]{}, err
	}
	before, err := position[K](args.Before, mark, "before")
	if err != nil {
		return Page[T]{}, err
	}
	rows, err := fetch(ctx, func(s *sql.Selector) {
		if after != nil {
			order.beyond(s, *after, order.Desc)
		}
		if before != nil {
			order.beyond(s, *before, !order.Desc)
		}
		order.sort(s, order.Desc != backwards)
		s.Limit(size + 1)
	})
	if err != nil {
		return Page[T]{}, err
	}
	more := len(rows) > size
	rows = rows[:min(size, len(rows))]
	p := Page[T]{Rows: rows, HasNext: more || before != nil, HasPrev: after != nil}
	if backwards {
		slices.Reverse(rows)
		p.HasNext, p.HasPrev = before != nil, more || after != nil
	}
	for _, row := range rows {
		c := cursor[K]{ID: order.ID(row)}
		if order.Column != "" {
			c.Key = order.Key(row)
		}
		p.Cursors = append(p.Cursors, c.encode(mark))
	}
	return p, nil
}

func (a Args) size() (size int, backwards bool, err error) {
	switch {
	case a.First != nil && a.Last != nil:
		return 0, false, fault.New(fault.BadInput, "page.firstAndLast")
	case a.Last != nil:
		size, backwards = *a.Last, true
	case a.First != nil:
		size = *a.First
	default:
		size = Default
	}
	if size < 1 || size > Max {
		return 0, false, fault.New(fault.BadInput, "page.size", "max", Max)
	}
	return size, backwards, nil
}

// beyond limits s to rows after the position, or before it when down. The last comparison is implied by
// the first two; with it both databases seek in the index, without it SQLite scans, and written as a
// comparison of row values MariaDB scans.
func (o Order[T, K]) beyond(s *sql.Selector, at cursor[K], down bool) {
	past, reach := sql.GT, sql.GTE
	if down {
		past, reach = sql.LT, sql.LTE
	}
	id := s.C("id")
	if o.Column == "" {
		s.Where(past(id, at.ID))
		return
	}
	key := s.C(o.Column)
	s.Where(sql.And(
		sql.Or(past(key, at.Key), sql.And(sql.EQ(key, at.Key), past(id, at.ID))),
		reach(key, at.Key),
	))
}

func (o Order[T, K]) sort(s *sql.Selector, down bool) {
	direction := sql.Asc
	if down {
		direction = sql.Desc
	}
	if o.Column != "" {
		s.OrderBy(direction(s.C(o.Column)))
	}
	s.OrderBy(direction(s.C("id")))
}
