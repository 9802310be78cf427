package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"officeportal/ent/privacy"
	"officeportal/ent/schema/rule"
	"officeportal/internal/ident"
)

// What is here makes the Audit Log tamper-evident: entries are the leaves of one Merkle tree (RFC 9162) over all
// businesses, whose root is signed whenever it grows. Triggers refuse to change or delete any of it.

// sealing lets nobody but the system touch the rows: they are of all businesses at once.
func sealing() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.DenyNobody(), rule.SystemOnly(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.DenyNobody(), rule.SystemOnly(), rule.CreateOnly(), rule.AllowAll()},
	}
}

// number is a primary key that the product counts itself, from zero.
func number() ent.Field {
	counts := false
	return field.Int64("id").NonNegative().Immutable().Annotations(entsql.Annotation{Incremental: &counts})
}

// AuditUnsealed names an entry that is not in the tree yet. A trigger writes it with the entry, however that was
// written, and lets it go only when the entry is in the tree: identifiers and times are not the order of commits.
type AuditUnsealed struct{ ent.Schema }

// Fields of AuditUnsealed.
func (AuditUnsealed) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", ident.ID{}).SchemaType(idColumn()).Immutable().Comment("the entry"),
	}
}

// Annotations of AuditUnsealed.
func (AuditUnsealed) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "audit_unsealed"}}
}

// Policy of AuditUnsealed.
func (AuditUnsealed) Policy() ent.Policy { return sealing() }

// AuditLeaf gives an entry its place in the tree. The primary key is the fence: of two processes that seal at the
// same moment only one gets a place.
type AuditLeaf struct{ ent.Schema }

// Fields of AuditLeaf.
func (AuditLeaf) Fields() []ent.Field {
	return []ent.Field{
		number(),
		ref("entry_id"),
		field.Bytes("hash").SchemaType(keyColumn()).MinLen(32).MaxLen(32).Immutable().Comment("SHA-256 of 0x00 and the entry's payload"),
	}
}

// Annotations of AuditLeaf.
func (AuditLeaf) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "audit_leaves"}}
}

// Indexes of AuditLeaf: an entry is in the tree once.
func (AuditLeaf) Indexes() []ent.Index { return []ent.Index{index.Fields("entry_id").Unique()} }

// Policy of AuditLeaf.
func (AuditLeaf) Policy() ent.Policy { return sealing() }

// AuditNode is the hash of a complete subtree of two leaves or more, by the number that
// golang.org/x/mod/sumdb/tlog gives it.
type AuditNode struct{ ent.Schema }

// Fields of AuditNode.
func (AuditNode) Fields() []ent.Field {
	return []ent.Field{
		number(),
		field.Bytes("hash").SchemaType(keyColumn()).MinLen(32).MaxLen(32).Immutable(),
	}
}

// Policy of AuditNode.
func (AuditNode) Policy() ent.Policy { return sealing() }

// AuditCheckpoint is the signed root of the tree at one size, which is its id.
type AuditCheckpoint struct{ ent.Schema }

// Fields of AuditCheckpoint.
func (AuditCheckpoint) Fields() []ent.Field {
	return []ent.Field{
		number(),
		field.Bytes("root").SchemaType(keyColumn()).MinLen(32).MaxLen(32).Immutable(),
		field.Text("note").NotEmpty().MaxLen(4096).Immutable().Comment("C2SP tlog-checkpoint"),
		createdAt(),
	}
}

// Policy of AuditCheckpoint.
func (AuditCheckpoint) Policy() ent.Policy { return sealing() }

// AuditErasure says that the personal data of an entry, its id, were erased, and by which entry of the Audit Log.
// Only with it the triggers let an entry lose what they name, and nothing else.
type AuditErasure struct{ ent.Schema }

// Fields of AuditErasure.
func (AuditErasure) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", ident.ID{}).SchemaType(idColumn()).Immutable().Comment("the entry"),
		ref("audit_id"),
		createdAt(),
	}
}

// Indexes of AuditErasure: all of one command, in order.
func (AuditErasure) Indexes() []ent.Index { return []ent.Index{index.Fields("audit_id", "id")} }

// Policy of AuditErasure.
func (AuditErasure) Policy() ent.Policy { return sealing() }
