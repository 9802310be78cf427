// Package ident holds the identifier every row has.
//
// An [ID] is a UUID of version 7 (RFC 9562): its first 48 bits are the time it was made, so that
// rows made one after the other lie side by side in an index. It is made by the application, never
// by the database: auto-increment steps by the number of nodes on a cluster and is not commit order.
package ident

import (
	"database/sql/driver"
	"encoding/base32"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// ID identifies one row. The zero value identifies nothing.
type ID [16]byte

// Crockford's alphabet in lower case: no i, l, o or u to misread over the phone, and it sorts as the bytes do.
var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// ErrInvalid says that a text is not an ID.
var ErrInvalid = errors.New("ident: not an identifier")

// New returns a fresh ID. IDs made by one process ascend.
func New() ID { return ID(uuid.Must(uuid.NewV7())) }

// At returns the lowest ID a row made at t (or later) can have, for ranges over time.
func At(t time.Time) ID {
	var out ID
	ms := uint64(max(t.UnixMilli(), 0))
	for i := range 6 {
		out[i] = byte(ms >> (40 - 8*i))
	}
	return out
}

// Parse reads the 26 characters that [ID.String] writes. It returns ErrInvalid for anything else.
func Parse(s string) (ID, error) {
	var out ID
	raw, err := encoding.DecodeString(s)
	if err != nil || len(raw) != len(out) {
		return ID{}, ErrInvalid
	}
	copy(out[:], raw)
	if out.String() != s { // the last character carries two unused bits
		return ID{}, ErrInvalid
	}
	return out, nil
}

// String returns 26 lower-case characters that sort as the ID does.
func (i ID) String() string { return encoding.EncodeToString(i[:]) }

// IsZero reports whether i identifies nothing.
func (i ID) IsZero() bool { return i == ID{} }

// Time returns the millisecond in which i was made.
func (i ID) Time() time.Time {
	var ms int64
	for _, b := range i[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms).UTC()
}

// Value stores an ID as its 16 bytes.
func (i ID) Value() (driver.Value, error) { return i[:], nil }

// Scan reads the 16 bytes back.
func (i *ID) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = ID{}
		return nil
	case []byte:
		if len(v) == len(i) {
			copy(i[:], v)
			return nil
		}
	case string:
		if len(v) == len(i) {
			copy(i[:], v)
			return nil
		}
	}
	return fmt.Errorf("ident: cannot read a %T as an identifier", src)
}

// MarshalText implements encoding.TextMarshaler, so that an ID reads well in JSON.
func (i ID) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (i *ID) UnmarshalText(text []byte) error {
	v, err := Parse(string(text))
	if err == nil {
		*i = v
	}
	return err
}
