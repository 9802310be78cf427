package store

import (
	"fmt"
	"time"
)

// Instant reads a time also from a column of a UNION or an aggregate, of which SQLite does not say that it holds times.
type Instant struct{ time.Time }

// Scan implements sql.Scanner; NULL is the zero time.
func (i *Instant) Scan(v any) (err error) {
	switch v := v.(type) {
	case nil:
		i.Time = time.Time{}
	case time.Time:
		i.Time = v
	case string:
		i.Time, err = time.Parse("2006-01-02 15:04:05.999999999-07:00", v)
	case []byte:
		return i.Scan(string(v))
	default:
		err = fmt.Errorf("store: no time: %T", v)
	}
	return err
}
