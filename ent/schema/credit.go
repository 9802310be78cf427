package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"officeportal/ent/privacy"
	"officeportal/ent/schema/rule"
	"officeportal/ent/schema/schematype"
)

// SmsAccount holds the SMS credits of a business. Its balance is the sum of the ledger, kept in a
// row of its own so that one conditional statement can spend it.
type SmsAccount struct{ ent.Schema }

// Mixin of SmsAccount.
func (SmsAccount) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of SmsAccount.
func (SmsAccount) Fields() []ent.Field {
	return []ent.Field{
		field.Bool("enabled").Default(false),
		field.Int("balance").Default(0).Comment("credits that can be spent"),
		field.Int("held").Default(0).Comment("credits of texts whose outcome is not known yet"),
		field.Int("reserve").Default(0).Comment("credits that only security texts may use"),
		field.Int("low_at").Default(20).Comment("owners are told when the balance falls to this"),
		optionalInstant("low_told_at", "when they were; none since credits were added"),
	}
}

// Annotations of SmsAccount: the database refuses what the statements already avoid.
func (SmsAccount) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Checks: map[string]string{
		"balance_not_negative": "balance >= 0",
		"held_not_negative":    "held >= 0",
	}}}
}

// Indexes of SmsAccount.
func (SmsAccount) Indexes() []ent.Index { return []ent.Index{index.Fields("business_id").Unique()} }

// Policy of SmsAccount.
func (SmsAccount) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
	}
}

// CreditEntry is one immutable line of the SMS credit ledger.
type CreditEntry struct{ ent.Schema }

// Mixin of CreditEntry.
func (CreditEntry) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of CreditEntry.
func (CreditEntry) Fields() []ent.Field {
	return []ent.Field{
		field.String("kind").GoType(schematype.CreditKind("")).MaxLen(12).Immutable(),
		field.Int("amount").Immutable(),
		field.Bool("shown").Immutable().Comment("false for captures, which change nothing a person would look for"),
		field.Int("balance_after").Immutable(),
		field.String("op_key").MaxLen(96).NotEmpty().Unique().Immutable().Annotations(binaryText()).
			Comment("what the line is for; a second line for the same is refused"),
		field.UUID("message_id", idZero).SchemaType(idColumn()).Optional().Nillable().Immutable(),
		field.UUID("reset_token_id", idZero).SchemaType(idColumn()).Optional().Nillable().Immutable(),
		field.UUID("audit_id", idZero).SchemaType(idColumn()).Immutable(),
		field.String("actor_kind").GoType(schematype.ActorKind("")).MaxLen(12).Immutable(),
		field.UUID("actor_id", idZero).SchemaType(idColumn()).Optional().Nillable().Immutable(),
		field.String("note").MaxRuneLen(200).Default("").Immutable(),
		createdAt(),
	}
}

// Indexes of CreditEntry.
func (CreditEntry) Indexes() []ent.Index {
	return []ent.Index{index.Fields("business_id", "shown", "id")}
}

// Policy of CreditEntry: lines are only ever added.
func (CreditEntry) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.CreateOnly(), rule.AllowAll()},
	}
}
