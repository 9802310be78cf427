package audit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strconv"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/auditleaf"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/store"
)

// Remains is a digest of what erasing leaves of entries, in the order of their ids. The entry that tells of the
// erasing holds it, because the erased entries' own proofs cover what is gone.
type Remains struct {
	h hash.Hash
	n int
}

// NewRemains returns the digest of no entries.
func NewRemains() *Remains { return &Remains{h: sha256.New()} }

// Add adds the next entry, erased or about to be.
func (r *Remains) Add(e *ent.AuditEntry) {
	payload := Payload(Erased(e))
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(payload)))
	r.h.Write(n[:])
	r.h.Write(payload)
	r.n++
}

// Entries returns how many there are, in digits as facts hold them.
func (r *Remains) Entries() string { return strconv.Itoa(r.n) }

// Sum returns the digest in hexadecimal.
func (r *Remains) Sum() string { return hex.EncodeToString(r.h.Sum(nil)) }

// eraseBatch is how many entries one statement erases.
const eraseBatch = 200

// ErrUnsealed says that entries are not sealed yet: what was never sealed could not be proven once it is erased.
var ErrUnsealed = fmt.Errorf("audit: entries about the person are not sealed yet; try again in a few seconds")

// Erase takes the personal data out of the entries with the given ids, which must all be of one business, and
// records about, whose action must be PersonErased, with how many those were. Entries that are erased already are
// left out. It returns the number. The viewer must be the system. The error is ErrUnsealed when one is not sealed.
func Erase(ctx context.Context, tx *store.Tx, ids []ident.ID, about Entry) (int, error) {
	about.ID = ident.New()
	slices.SortFunc(ids, func(a, b ident.ID) int { return slices.Compare(a[:], b[:]) })
	left := NewRemains()
	erased := 0
	for chunk := range slices.Chunk(ids, eraseBatch) {
		sealed, err := tx.AuditLeaf.Query().Where(auditleaf.EntryIDIn(chunk...)).Count(ctx)
		if err != nil {
			return 0, err
		}
		if sealed != len(chunk) {
			return 0, ErrUnsealed
		}
		rows, err := tx.AuditEntry.Query().Where(auditentry.IDIn(chunk...), auditentry.SaltNotNil()).Order(ent.Asc(auditentry.FieldID)).All(ctx)
		if err != nil {
			return 0, err
		}
		creates := make([]*ent.AuditErasureCreate, len(rows))
		for i, e := range rows {
			left.Add(e)
			creates[i] = tx.AuditErasure.Create().SetID(e.ID).SetAuditID(about.ID).SetCreatedAt(tx.Now)
		}
		if err := tx.AuditErasure.CreateBulk(creates...).Exec(ctx); err != nil {
			return 0, err
		}
		erased += len(rows)
	}
	facts := map[string]string{"entries": left.Entries(), "remains": left.Sum()}
	for k, v := range about.Facts {
		facts[k] = v
	}
	about.Action, about.Facts = PersonErased, facts
	about.Details = append(about.Details, schematype.Detail{Key: "entries", After: left.Entries()})
	// First the entry that tells of it: the triggers ask for it.
	if _, err := Record(ctx, tx, about); err != nil {
		return 0, err
	}
	for chunk := range slices.Chunk(ids, eraseBatch) {
		if err := empty(ctx, tx, chunk); err != nil {
			return 0, err
		}
	}
	return erased, nil
}

// empty is the one statement of the product that changes entries. The data layer knows of none.
func empty(ctx context.Context, tx *store.Tx, ids []ident.ID) error {
	const personal = "CASE WHEN actor_kind IN ('STAFF', 'SYSTEM') THEN %[1]s ELSE '' END"
	query := "UPDATE audit_entries SET salt = NULL, facts = '{}', details = '[]'"
	for _, column := range []string{"actor_name", "ip_address", "agent"} {
		query += ", " + column + " = " + fmt.Sprintf(personal, column)
	}
	query += " WHERE salt IS NOT NULL AND id IN (?"
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
		if i > 0 {
			query += ", ?"
		}
	}
	_, err := tx.Client().ExecContext(ctx, query+")", args...)
	return err
}
