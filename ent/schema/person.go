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
	"officeportal/internal/viewer"
)

// Guardian is an adult of one family, who may be able to log in to the Customer Portal.
type Guardian struct{ ent.Schema }

// Mixin of Guardian.
func (Guardian) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of Guardian.
func (Guardian) Fields() []ent.Field {
	return []ent.Field{
		ref("family_id"),
		field.String("name").NotEmpty().MaxRuneLen(120),
		field.String("relation").MaxRuneLen(60).Default(""),
		field.String("email").MaxLen(254).Default(""),
		field.Bytes("email_key").SchemaType(keyColumn()).Optional().Nillable().Sensitive(),
		field.String("phone").MaxLen(20).Default("").Comment("E.164"),
		field.Bool("phone_mobile").Default(false),
		field.String("locale").MaxLen(16).Default("en"),
		field.Bool("can_log_in").Default(false),
		field.Bytes("login_key").SchemaType(keyColumn()).Optional().Nillable().Sensitive().
			Comment("email_key while the guardian can log in, else null: one login per address and business"),
		field.Bool("archived").Default(false),
		field.Bool("family_archived").Default(false).Comment("kept with the family, so that one row says who can log in"),
		field.Int("version").Default(1),
		field.String("password_hash").MaxLen(255).Default("").Sensitive(),
		optionalInstant("password_set_at"),
		field.String("password_origin").GoType(schematype.PasswordOrigin("")).MaxLen(12).Default(""),
		optionalRef("password_reset_id", "the link that set the password, or the one before it"),
		field.Int("failures").Default(0).Comment("wrong passwords in a row"),
		optionalInstant("password_disabled_at", "too many of them: only a link helps (NIST SP 800-63B-4, 3.2.2)"),
		optionalInstant("invited_at"),
		field.Int("cred_epoch").Default(1).Comment("rises whenever sessions and links have to end"),
		optionalInstant("email_bounced_at"),
		field.String("email_problem").MaxLen(32).Default("").Comment("why mail does not arrive: bounced, suppressed or complained"),
		optionalInstant("phone_opted_out_at"),
		optionalInstant("email_changed_at"),
		optionalRef("email_changed_by"),
		optionalInstant("phone_changed_at"),
		optionalRef("phone_changed_by"),
		field.String("external_key").MaxLen(64).Optional().Nillable().Annotations(binaryText()),
		optionalRef("updated_by"),
		createdAt(),
		instant("updated_at"),
	}
}

// Edges of Guardian.
func (Guardian) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("family", Family.Type).Ref("guardians").Unique().Required().Immutable().Field("family_id"),
		edge.To("reset_tokens", ResetToken.Type).Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of Guardian.
func (Guardian) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("business_id", "family_id", "id"),
		index.Fields("business_id", "login_key").Unique(),
		index.Fields("business_id", "email_key"),
		index.Fields("business_id", "phone"),
		index.Fields("business_id", "external_key").Unique(),
	}
}

// Policy of Guardian: who sends links meets guardians too; the API shows them the name only.
func (Guardian) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.SeeFamilies(viewer.PasswordResetSend), rule.FilterColumn("family_id", rule.OwnFamily), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
	}
}

// Student is a child or adult who takes classes.
type Student struct{ ent.Schema }

// Mixin of Student.
func (Student) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of Student.
func (Student) Fields() []ent.Field {
	return []ent.Field{
		ref("family_id"),
		field.String("name").NotEmpty().MaxRuneLen(120),
		field.String("birth_date").MaxLen(10).Default("").Comment("YYYY-MM-DD, a date without a time zone; empty when unknown"),
		field.Bool("archived").Default(false),
		field.Int("version").Default(1),
		field.String("external_key").MaxLen(64).Optional().Nillable().Annotations(binaryText()),
		optionalRef("updated_by"),
		createdAt(),
		instant("updated_at"),
	}
}

// Edges of Student.
func (Student) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("family", Family.Type).Ref("students").Unique().Required().Immutable().Field("family_id"),
	}
}

// Indexes of Student.
func (Student) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("business_id", "family_id", "id"),
		index.Fields("business_id", "external_key").Unique(),
	}
}

// Policy of Student.
func (Student) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.SeeFamilies(), rule.FilterColumn("family_id", rule.OwnFamily), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
	}
}
