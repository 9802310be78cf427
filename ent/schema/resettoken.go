package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"officeportal/ent/privacy"
	"officeportal/ent/schema/rule"
	"officeportal/ent/schema/schematype"
)

// ResetToken is one link, sent once over one channel, that lets one guardian choose a new password.
// It holds no secret: the secret is derived from the row with a key that is not in the database.
type ResetToken struct{ ent.Schema }

// Mixin of ResetToken.
func (ResetToken) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of ResetToken.
func (ResetToken) Fields() []ent.Field {
	return []ent.Field{
		ref("guardian_id"),
		field.String("purpose").GoType(schematype.TokenPurpose("")).MaxLen(16).Default(string(schematype.ForReset)).Immutable(),
		field.String("channel").GoType(schematype.Channel("")).MaxLen(8).Immutable(),
		field.Bytes("nonce").SchemaType(idColumn()).MinLen(16).MaxLen(16).Immutable().Sensitive(),
		field.String("kid").MaxLen(16).Immutable().Comment("which secret key derives the secret"),
		field.Int("cred_epoch").Immutable().Comment("the guardian's when asked for; a link of another epoch is dead"),
		field.Bytes("lookup").SchemaType(keyColumn()).Unique().Immutable().Sensitive().Comment("SHA-256 of the secret"),
		optionalRef("requested_by"),
		field.String("reason").MaxRuneLen(300).Default("").Immutable(),
		field.String("destination").NotEmpty().MaxLen(254).Immutable(),
		field.Bool("contact_changed_by_staff").Default(false).Immutable().Comment("whether staff had changed the destination within 72 hours"),
		field.UUID("contact_changed_by", idZero).SchemaType(idColumn()).Optional().Nillable().Immutable(),
		field.Time("contact_changed_at").SchemaType(timeColumn()).Optional().Nillable().Immutable(),
		optionalInstant("first_sent_at"),
		optionalInstant("expires_at"),
		optionalInstant("redeemed_at"),
		optionalInstant("superseded_at"),
		optionalInstant("revoked_at"),
		createdAt(),
	}
}

// Edges of ResetToken.
func (ResetToken) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("guardian", Guardian.Type).Ref("reset_tokens").Unique().Required().Immutable().Field("guardian_id"),
		edge.To("message", Message.Type).Unique().Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of ResetToken.
func (ResetToken) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("business_id", "guardian_id", "id"),
		index.Fields("business_id", "channel", "id"),
	}
}

// Policy of ResetToken: a link holder sees the one row, staff see all of the business, guardians none.
func (ResetToken) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.DenyGuardians(), rule.FilterColumn("id", rule.HeldToken), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
	}
}

// Message is one email or text in the outbox, with its delivery state. It holds no rendered text:
// the worker renders it anew at every try, from this row.
type Message struct{ ent.Schema }

// Mixin of Message.
func (Message) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of Message.
func (Message) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("guardian_id", idZero).SchemaType(idColumn()).Optional().Nillable().Immutable().Comment("whom it is for; else a staff member"),
		field.UUID("staff_id", idZero).SchemaType(idColumn()).Optional().Nillable().Immutable(),
		optionalRef("reset_token_id"),
		field.UUID("staff_token_id", idZero).SchemaType(idColumn()).Optional().Nillable().Immutable(),
		field.String("kind").GoType(schematype.MessageKind("")).MaxLen(24).Immutable(),
		field.String("channel").GoType(schematype.Channel("")).MaxLen(8).Immutable(),
		field.String("destination").NotEmpty().MaxLen(254).Immutable(),
		field.String("locale").MaxLen(16).Immutable(),
		field.JSON("params", map[string]string{}).Immutable().Comment("facts the text needs; never a secret"),
		field.String("request_id").MaxLen(64).Default("").Immutable(),
		field.String("state").GoType(schematype.MessageState("")).MaxLen(12).Default(string(schematype.Queued)),
		field.String("delivery").GoType(schematype.Delivery("")).MaxLen(16).Default(string(schematype.DeliveryQueued)),
		field.String("problem").MaxLen(32).Default(""),
		field.String("credit").GoType(schematype.CreditState("")).MaxLen(10).Default(string(schematype.NoCredit)),
		field.Int("attempt").Default(0),
		field.String("lease_owner").MaxLen(64).Default(""),
		optionalInstant("due_at"),
		optionalInstant("first_sent_at"),
		field.String("provider").MaxLen(16).Default("").Comment("which service took it"),
		field.String("provider_id").MaxLen(128).Default(""),
		optionalInstant("accepted_at"),
		optionalInstant("delivered_at"),
		optionalInstant("failed_at"),
		field.Int("parts").Default(0).Comment("segments the service counted; 0 while unknown"),
		createdAt(),
		instant("updated_at"),
	}
}

// Edges of Message.
func (Message) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("reset_token", ResetToken.Type).Ref("message").Unique().Field("reset_token_id"),
	}
}

// Indexes of Message. The worker's serves no screen: it asks for what is due in all businesses.
func (Message) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("due_at"),
		index.Fields("business_id", "reset_token_id"),
		index.Fields("business_id", "guardian_id", "id"),
		index.Fields("provider_id"),
		index.Fields("business_id", "staff_id", "id"),
		index.Fields("credit", "first_sent_at"),
	}
}

// Policy of Message.
func (Message) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
	}
}

// ResetIntake is one Forgot Password request that nobody has looked at yet: reading guardians
// while answering would make the answer's time depend on what is found.
type ResetIntake struct{ ent.Schema }

// Mixin of ResetIntake.
func (ResetIntake) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Fields of ResetIntake.
func (ResetIntake) Fields() []ent.Field {
	return []ent.Field{
		field.Bytes("sealed").MaxLen(2048).Immutable().Sensitive().Comment("business, address and request facts, encrypted"),
		field.String("lease_owner").MaxLen(64).Default(""),
		instant("due_at"),
		createdAt(),
	}
}

// Indexes of ResetIntake.
func (ResetIntake) Indexes() []ent.Index { return []ent.Index{index.Fields("due_at")} }

// Policy of ResetIntake.
func (ResetIntake) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.SystemOnly(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.SystemOnly(), rule.AllowAll()},
	}
}
