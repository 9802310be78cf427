package schema

import (
	"encoding/json"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"officeportal/ent/privacy"
	"officeportal/ent/schema/rule"
	"officeportal/ent/schema/schematype"
)

// Session is one sign-in of a staff member or guardian. The cookie holds a random reference; the row
// holds its hash.
type Session struct{ ent.Schema }

// Mixin of Session.
func (Session) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of Session.
func (Session) Fields() []ent.Field {
	return []ent.Field{
		field.String("person_kind").GoType(schematype.ActorKind("")).MaxLen(12).Immutable(),
		ref("person_id"),
		field.Bytes("token_hash").SchemaType(keyColumn()).Unique().Immutable().Sensitive(),
		field.Int("cred_epoch").Immutable().Comment("the person's at sign-in; the session counts only while equal"),
		field.String("ip_address").MaxLen(45).Default("").Immutable(),
		field.String("agent").MaxRuneLen(300).Default("").Immutable(),
		instant("expires_at"),
		optionalInstant("ended_at"),
		field.Bool("pending").Default(false).Comment("the password was right, the second factor is still to come: good for nothing else"),
		optionalInstant("second_factor_at"),
		optionalInstant("proved_at", "when the person last proved to be there: sensitive changes ask for a recent proof"),
		field.Bytes("challenge").MaxLen(8192).Optional().Nillable().Sensitive().Comment("sealed; of a WebAuthn ceremony under way"),
		optionalInstant("seen_at", "last use, to the minute or so"),
		createdAt(),
	}
}

// Indexes of Session.
func (Session) Indexes() []ent.Index {
	return []ent.Index{index.Fields("business_id", "person_id", "id"), index.Fields("expires_at")}
}

// Policy of Session.
func (Session) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.SystemOnly(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.SystemOnly(), rule.AllowAll()},
	}
}

// IdempotencyKey remembers the answer to a request that sends or spends, in the transaction of its effect.
type IdempotencyKey struct{ ent.Schema }

// Mixin of IdempotencyKey.
func (IdempotencyKey) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of IdempotencyKey.
func (IdempotencyKey) Fields() []ent.Field {
	return []ent.Field{
		ref("actor_id"),
		field.String("key").MinLen(16).MaxLen(64).Immutable().Annotations(binaryText()),
		field.Bytes("input_hash").SchemaType(keyColumn()).Immutable(),
		field.JSON("answer", json.RawMessage{}).Immutable(),
		field.Time("expires_at").SchemaType(timeColumn()).Immutable(),
		createdAt(),
	}
}

// Indexes of IdempotencyKey.
func (IdempotencyKey) Indexes() []ent.Index {
	return []ent.Index{index.Fields("business_id", "actor_id", "key").Unique(), index.Fields("expires_at")}
}

// Policy of IdempotencyKey.
func (IdempotencyKey) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
	}
}

// RateLimit is one bucket of the limiter. Its id is a keyed hash of what is limited, so that the table
// names nobody.
type RateLimit struct{ ent.Schema }

// Fields of RateLimit.
func (RateLimit) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(64).Immutable().Annotations(binaryText()),
		field.Int64("tat").Default(0).
			SchemaType(map[string]string{dialect.MySQL: "bigint"}).
			Comment("theoretical arrival time of the generic cell rate algorithm, microseconds since 1970"),
	}
}

// Annotations of RateLimit: the statement that spends from several buckets at once writes -1 where one
// is empty, and the database refuses the whole of it.
func (RateLimit) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Checks: map[string]string{"tat_not_negative": "tat >= 0"}}}
}

// Indexes of RateLimit.
func (RateLimit) Indexes() []ent.Index { return []ent.Index{index.Fields("tat")} }

// Policy of RateLimit.
func (RateLimit) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.SystemOnly(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.SystemOnly(), rule.AllowAll()},
	}
}
