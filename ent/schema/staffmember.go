package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"officeportal/ent/privacy"
	"officeportal/ent/schema/rule"
	"officeportal/internal/viewer"
)

// StaffMember works at the business and signs in to the Office Portal.
type StaffMember struct{ ent.Schema }

// Mixin of StaffMember.
func (StaffMember) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of StaffMember.
func (StaffMember) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().MaxRuneLen(120),
		field.String("email").NotEmpty().MaxLen(254),
		field.Bytes("email_key").SchemaType(keyColumn()).Unique().Sensitive().
			Comment("keyed hash of the canonical address: unique over all businesses, compared the same way by every database"),
		field.String("password_hash").MaxLen(255).Default("").Sensitive(),
		optionalInstant("password_set_at"),
		field.Int("failures").Default(0).Comment("wrong passwords in a row"),
		optionalInstant("password_disabled_at", "too many of them: only a link helps"),
		field.Bytes("totp_secret").MaxLen(256).Optional().Nillable().Sensitive().Comment("sealed"),
		optionalInstant("totp_confirmed_at"),
		field.Int64("totp_step").Default(0).Comment("the newest time step that was used: a code works once"),
		field.Int("second_failures").Default(0).Comment("wrong codes in a row"),
		optionalInstant("invited_at"),
		field.Int("version").Default(1),
		field.Int("cred_epoch").Default(1).Comment("rises whenever sessions have to end"),
		field.JSON("permissions", []viewer.Permission{}),
		field.Bool("owner").Default(false),
		field.Bool("active").Default(true),
		field.String("locale").MaxLen(16).Default("en"),
		createdAt(),
		optionalInstant("updated_at"),
	}
}

// Indexes of StaffMember.
func (StaffMember) Indexes() []ent.Index {
	return []ent.Index{index.Fields("business_id", "name", "id")}
}

// Policy of StaffMember: guardians see who sent them a link, by name; the API hides the rest.
func (StaffMember) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.DenyLinkHolders(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
	}
}
