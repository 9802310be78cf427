package audit

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"officeportal/ent"
	"officeportal/ent/hook"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
)

// macPurpose is the purpose of the key that makes the MAC of a row.
const macPurpose = "audit/row"

// ErrForged says that a row was not written by the product, or was changed since.
var ErrForged = errors.New("audit: the row does not fit its MAC")

// Payload returns the entry as the bytes that are hashed and signed: canonical JSON (RFC 8785) of the whole row
// but its MAC, with the salt. They are the same on both databases and must stay the same for ever: a later column
// goes in only where it is not empty.
func Payload(e *ent.AuditEntry) []byte {
	b := make([]byte, 0, 768)
	b = append(b, '{')
	// in the order of the names
	b = member(b, "action", e.Action)
	b = optionalID(b, "actorId", e.ActorID)
	b = member(b, "actorKind", string(e.ActorKind))
	b = member(b, "actorName", e.ActorName)
	b = member(b, "agent", e.Agent)
	b = member(b, "businessId", e.BusinessID.String())
	b = member(b, "channel", string(e.Channel))
	b = append(name(b, "details"), '[')
	for i, d := range e.Details {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		b = member(b, "after", d.After)
		b = member(b, "before", d.Before)
		b = append(member(b, "key", d.Key), '}')
	}
	b = append(b, ']')
	b = append(name(b, "facts"), '{')
	for _, k := range sortedKeys(e.Facts) {
		b = member(b, k, e.Facts[k])
	}
	b = append(b, '}')
	b = optionalID(b, "familyId", e.FamilyID)
	b = optionalID(b, "guardianId", e.GuardianID)
	b = member(b, "id", e.ID.String())
	b = member(b, "ipAddress", e.IPAddress)
	b = member(b, "kid", e.Kid)
	b = member(b, "occurredAt", e.OccurredAt.UTC().Format("2006-01-02T15:04:05.000000Z"))
	b = member(b, "outcome", string(e.Outcome))
	b = member(b, "requestId", e.RequestID)
	b = member(b, "salt", hex.EncodeToString(e.Salt))
	b = optionalID(b, "subjectId", e.SubjectID)
	b = member(b, "subjectType", e.SubjectType)
	return append(b, '}')
}

// name begins a member of an object.
func name(b []byte, key string) []byte {
	if last := b[len(b)-1]; last != '{' {
		b = append(b, ',')
	}
	return append(quote(b, key), ':')
}

func member(b []byte, key, value string) []byte { return quote(name(b, key), value) }

func optionalID(b []byte, key string, id *ident.ID) []byte {
	if id == nil {
		return member(b, key, "")
	}
	return member(b, key, id.String())
}

// quote writes a string as RFC 8785 wants it; encoding/json escapes more.
func quote(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range strings.ToValidUTF8(s, "�") {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\b':
			b = append(b, '\\', 'b')
		case r == '\t':
			b = append(b, '\\', 't')
		case r == '\n':
			b = append(b, '\\', 'n')
		case r == '\f':
			b = append(b, '\\', 'f')
		case r == '\r':
			b = append(b, '\\', 'r')
		case r < 0x20:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}

// sortedKeys sorts by bytes, which for the ASCII names of facts is RFC 8785's order by UTF-16 units.
func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Sign gives an entry that is about to be written its salt and its MAC by the newest key, and its time the
// microseconds that databases keep.
func Sign(ring *keyring.Ring, e *ent.AuditEntry) {
	e.OccurredAt = e.OccurredAt.UTC().Truncate(time.Microsecond)
	e.Salt = make([]byte, 16)
	_, _ = rand.Read(e.Salt)
	e.Kid = ring.Newest()
	e.MAC, _ = ring.MAC(e.Kid, macPurpose, Payload(e)) // the ring's own key
}

// Authentic returns nil when the product wrote the entry as it is. It returns ErrForged when not, also for an entry
// without a MAC, and keyring.ErrUnknownKey when the key is not on the ring. An erased entry is not authentic.
func Authentic(ring *keyring.Ring, e *ent.AuditEntry) error {
	if e.Kid == "" {
		return ErrForged
	}
	mac, err := ring.MAC(e.Kid, macPurpose, Payload(e))
	if err == nil && !hmac.Equal(mac, e.MAC) {
		err = ErrForged
	}
	return err
}

// SignWith makes every entry that is written through the client, and through its transactions, one that Authentic
// accepts. The app calls it once when it opens the database.
func SignWith(client *ent.Client, ring *keyring.Ring) {
	client.AuditEntry.Use(func(next ent.Mutator) ent.Mutator {
		return hook.AuditEntryFunc(func(ctx context.Context, m *ent.AuditEntryMutation) (ent.Value, error) {
			if m.Op().Is(ent.OpCreate) {
				e := written(m)
				Sign(ring, e)
				m.SetOccurredAt(e.OccurredAt)
				m.SetSalt(e.Salt)
				m.SetKid(e.Kid)
				m.SetMAC(e.MAC)
			}
			return next.Mutate(ctx, m)
		})
	})
}

// written is the row as the mutation is about to write it.
func written(m *ent.AuditEntryMutation) *ent.AuditEntry {
	e := &ent.AuditEntry{}
	e.ID, _ = m.ID()
	e.BusinessID, _ = m.BusinessID()
	e.Action, _ = m.Action()
	e.Outcome, _ = m.Outcome()
	e.ActorKind, _ = m.ActorKind()
	e.ActorName, _ = m.ActorName()
	e.SubjectType, _ = m.SubjectType()
	e.Channel, _ = m.Channel()
	e.Facts, _ = m.Facts()
	e.Details, _ = m.Details()
	e.IPAddress, _ = m.IPAddress()
	e.Agent, _ = m.Agent()
	e.RequestID, _ = m.RequestID()
	e.OccurredAt, _ = m.OccurredAt()
	for _, id := range []struct {
		to    **ident.ID
		value func() (ident.ID, bool)
	}{{&e.ActorID, m.ActorID}, {&e.FamilyID, m.FamilyID}, {&e.GuardianID, m.GuardianID}, {&e.SubjectID, m.SubjectID}} {
		if v, ok := id.value(); ok {
			*id.to = &v
		}
	}
	return e
}

// Erased returns the entry as erasing a person's data leaves it. Who of the office or the product acted stays, as
// do the identifiers, which tell nothing once the person's own row is gone.
func Erased(e *ent.AuditEntry) *ent.AuditEntry {
	out := *e
	out.Salt, out.Facts, out.Details = nil, map[string]string{}, []schematype.Detail{}
	if e.ActorKind != schematype.ActorStaff && e.ActorKind != schematype.ActorSystem {
		out.ActorName, out.IPAddress, out.Agent = "", "", ""
	}
	return &out
}
