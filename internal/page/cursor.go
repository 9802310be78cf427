package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
	"unicode/utf8"

	"officeportal/internal/fault"
	"officeportal/internal/ident"
)

// maxKey bounds a cursor: the longest text a list is ordered by has 120 characters of up to 4 bytes.
const maxKey = 512

// cursor is the place of one row in one order. Outside it is opaque text: the fingerprint of the list,
// the id, then the key.
type cursor[K Key] struct {
	Key K
	ID  ident.ID
}

type mark [8]byte

func fingerprint(scope string) mark {
	sum := sha256.Sum256([]byte(scope))
	return mark(sum[:8])
}

func (c cursor[K]) encode(m mark) string {
	raw := append(m[:], c.ID[:]...)
	switch key := any(c.Key).(type) {
	case string:
		raw = append(raw, key...)
	case time.Time:
		raw = binary.BigEndian.AppendUint64(raw, uint64(key.UnixMicro()))
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// position reads a cursor that a viewer sent; nil when none was.
func position[K Key](text *string, m mark, argument string) (*cursor[K], error) {
	if text == nil {
		return nil, nil
	}
	refused := fault.New(fault.BadInput, "page.cursor", "argument", argument)
	raw, err := base64.RawURLEncoding.DecodeString(*text)
	if err != nil || len(raw) < len(m)+len(ident.ID{}) || len(raw) > len(m)+len(ident.ID{})+maxKey || !bytes.Equal(raw[:len(m)], m[:]) {
		return nil, refused
	}
	raw = raw[len(m):]
	c := cursor[K]{ID: ident.ID(raw[:16])}
	raw = raw[16:]
	switch key := any(&c.Key).(type) {
	case *string:
		if !utf8.Valid(raw) {
			return nil, refused
		}
		*key = string(raw)
	case *time.Time:
		if len(raw) != 8 {
			return nil, refused
		}
		*key = time.UnixMicro(int64(binary.BigEndian.Uint64(raw))).UTC()
		if key.Year() < 1 || key.Year() > 9999 { // what neither database can compare
			return nil, refused
		}
	default:
		if len(raw) != 0 {
			return nil, refused
		}
	}
	return &c, nil
}
