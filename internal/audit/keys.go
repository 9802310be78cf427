package audit

import (
	"context"
	"strings"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
)

const keyDetail = "key"

// KeyDetail is a detail of a KeysRotated entry: that a root key was in use, and the public key by which what it signed
// is checked.
func KeyDetail(id, verifier string) schematype.Detail {
	return schematype.Detail{Key: keyDetail, After: id + " " + verifier}
}

// ToldKeys are root keys that the Audit Log tells of, those that are gone among them.
type ToldKeys struct {
	IDs map[string]bool
	// Verifiers are their public keys, in the form of C2SP signed notes.
	Verifiers []string
}

// KeysToldOf reads what the Audit Log tells of root keys. It trusts the rows: whoever draws conclusions proves the
// Audit Log too. The viewer must be the system.
func KeysToldOf(ctx context.Context, client *ent.Client) (ToldKeys, error) {
	out := ToldKeys{IDs: map[string]bool{}}
	rows, err := client.AuditEntry.Query().Where(auditentry.BusinessID(ident.ID{}), auditentry.Action(string(KeysRotated))).All(ctx)
	for _, e := range rows {
		for _, d := range e.Details {
			id, verifier, ok := strings.Cut(d.After, " ")
			if d.Key == keyDetail && ok && !out.IDs[id] {
				out.IDs[id] = true
				out.Verifiers = append(out.Verifiers, verifier)
			}
		}
	}
	return out, err
}
