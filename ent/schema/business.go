package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"officeportal/ent/privacy"
	"officeportal/ent/schema/rule"
)

// Business is a school: the unit that sees nothing of the others.
type Business struct{ ent.Schema }

// Mixin of Business.
func (Business) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Fields of Business.
func (Business) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().MaxRuneLen(120),
		field.String("slug").NotEmpty().MaxLen(64).Unique().Annotations(binaryText()),
		field.String("time_zone").NotEmpty().MaxLen(64).Comment("IANA name"),
		field.String("country").MinLen(2).MaxLen(2).Comment("ISO 3166-1 alpha-2; national phone numbers are read with it"),
		field.String("phone").MaxLen(20).Default("").Comment("E.164"),
		field.String("locale").MaxLen(16).Default("en"),
		field.String("office_email").MaxLen(254).Default("").Comment("where answers to messages go"),
		field.Int("password_min_length").Min(8).Max(64).Default(15),
		field.Int("sms_link_minutes").Min(10).Max(30).Default(30),
		field.Bool("second_staff_for_changed_contact").Default(false),
		field.Bool("second_factor_required").Default(false).Comment("of staff"),
		field.String("sms_dial_codes").MaxLen(200).Default("").Comment("country calling codes that texts go to, separated by commas; empty: the one of the country"),
		field.Int("sms_day_cap").Min(0).Max(1_000_000).Default(500).Comment("texts of one day; 0: none"),
		optionalInstant("sms_paused_at", "when the breaker stopped texts: many were sent and hardly a link was used"),
		field.Bool("checkpoint_mail").Default(true).Comment("owners get the checkpoint of the Audit Log every day"),
		optionalInstant("checkpoint_due_at", "when the next one is sent; nothing: not planned yet"),
		field.String("accent").MaxLen(7).Default("").Comment("colour as #rrggbb; empty: the product's own"),
		field.Int("version").Default(1),
		createdAt(),
	}
}

// Indexes of Business. It serves no screen: it is for what is due in all businesses.
func (Business) Indexes() []ent.Index { return []ent.Index{index.Fields("checkpoint_due_at")} }

// Policy of Business: the id is the business.
func (Business) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.FilterColumn("id", rule.OwnBusiness), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.MadeBySystem(), rule.MutateOwnBusiness("id"), rule.AllowAll()},
	}
}
