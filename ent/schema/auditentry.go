package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"officeportal/ent/privacy"
	"officeportal/ent/schema/rule"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
)

var idZero ident.ID

// AuditEntry says who did what to whom, when and from where. Names are kept as they were then. It
// refers to no row by foreign key: it must outlive what it tells about.
type AuditEntry struct{ ent.Schema }

// Mixin of AuditEntry.
func (AuditEntry) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Fields of AuditEntry.
func (AuditEntry) Fields() []ent.Field {
	past := func(name string) ent.Field {
		return field.UUID(name, idZero).SchemaType(idColumn()).Optional().Nillable().Immutable()
	}
	return []ent.Field{
		field.UUID("business_id", idZero).SchemaType(idColumn()).Immutable().Comment("zero for events that concern no business"),
		field.String("action").NotEmpty().MaxLen(40).Immutable().Annotations(binaryText()),
		field.String("outcome").GoType(schematype.Outcome("")).MaxLen(12).Immutable().Annotations(binaryText()),
		field.String("actor_kind").GoType(schematype.ActorKind("")).MaxLen(12).Immutable(),
		past("actor_id"),
		field.String("actor_name").MaxRuneLen(120).Default("").Immutable(),
		past("family_id"),
		past("guardian_id"),
		field.String("subject_type").MaxLen(8).Default("").Immutable().Comment("the id prefix of the API"),
		past("subject_id"),
		field.String("channel").GoType(schematype.Channel("")).MaxLen(8).Default("").Immutable().Annotations(binaryText()),
		field.JSON("facts", map[string]string{}).Immutable().Comment("what the sentence needs besides the names"),
		field.JSON("details", []schematype.Detail{}).Immutable(),
		field.String("ip_address").MaxLen(45).Default("").Immutable(),
		field.String("agent").MaxRuneLen(300).Default("").Immutable(),
		field.String("request_id").MaxLen(64).Default("").Immutable(),
		field.Time("occurred_at").SchemaType(timeColumn()).Immutable(),
		field.Bytes("salt").SchemaType(idColumn()).MaxLen(16).Optional().Immutable().
			Comment("random; part of what is hashed, so that a hash says nothing of its entry; none in rows older than sealing, and in erased ones"),
		field.String("kid").MaxLen(16).Optional().Immutable().Annotations(binaryText()).
			Comment("which secret key made the mac; none in rows older than sealing"),
		field.Bytes("mac").SchemaType(keyColumn()).MaxLen(32).Optional().Immutable().
			Comment("HMAC of the row, which whoever writes past the product can't make"),
	}
}

// Indexes of AuditEntry: one for each filter, newest first by the id, and two for several filters at once
// (see audit.Filter).
func (AuditEntry) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("business_id", "id"),
		index.Fields("business_id", "action", "id"),
		index.Fields("business_id", "actor_id", "id"),
		index.Fields("business_id", "guardian_id", "id"),
		index.Fields("business_id", "family_id", "id"),
		index.Fields("business_id", "channel", "id"),
		index.Fields("business_id", "outcome", "id"),
		index.Fields("business_id", "action", "outcome", "channel", "id").StorageKey("auditentry_by_action"),
		index.Fields("business_id", "actor_id", "action", "outcome", "channel", "id").StorageKey("auditentry_by_actor"),
	}
}

// Policy of AuditEntry: entries are only ever added.
func (AuditEntry) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.ReadAudit(), rule.FilterColumn("business_id", rule.OwnBusiness), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.CreateOnly(), rule.AllowAll()},
	}
}
