package schema

import (
	"strings"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"officeportal/ent/privacy"
	"officeportal/ent/schema/rule"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/viewer"
)

// BusinessPolicy is a text of the business that families accept. What it says is in its versions. (Ent keeps the
// name Policy to itself.)
type BusinessPolicy struct{ ent.Schema }

// Mixin of BusinessPolicy.
func (BusinessPolicy) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of BusinessPolicy.
func (BusinessPolicy) Fields() []ent.Field {
	return []ent.Field{
		field.String("title").NotEmpty().MaxRuneLen(120),
		field.String("scope").GoType(schematype.PolicyScope("")).MaxLen(8).Immutable(),
		field.Bool("required").Default(true),
		field.Int("versions").Default(0).Comment("how many were published; the next one's number is one more"),
		optionalRef("current_version_id", "the newest version in effect; none before the first is"),
		optionalInstant("retired_at"),
		field.Int("version").Default(1).Comment("counts edits"),
		optionalInstant("recount_due_at", "set while families have to be looked through for who has not accepted"),
		optionalRef("recount_after", "the last family that was looked through"),
		createdAt(),
		instant("updated_at"),
	}
}

// Annotations of BusinessPolicy.
func (BusinessPolicy) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "policies"}}
}

// Indexes of BusinessPolicy. The worker's serves no screen: it asks for what is due in all businesses.
func (BusinessPolicy) Indexes() []ent.Index { return []ent.Index{index.Fields("recount_due_at")} }

// Policy of BusinessPolicy: everybody of the business may read what is to be accepted.
func (BusinessPolicy) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.DenyLinkHolders(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
	}
}

// PolicyVersion is one text of a policy. It never changes once published.
type PolicyVersion struct{ ent.Schema }

// Mixin of PolicyVersion.
func (PolicyVersion) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of PolicyVersion.
func (PolicyVersion) Fields() []ent.Field {
	return []ent.Field{
		ref("policy_id"),
		field.Int("number").Positive().Immutable(),
		field.String("title").NotEmpty().MaxRuneLen(120).Immutable().Comment("the policy's when it was published"),
		field.Text("body_markdown").NotEmpty().MaxLen(200_000).Immutable().
			SchemaType(map[string]string{dialect.MySQL: "mediumtext"}),
		field.Bytes("body_hash").SchemaType(keyColumn()).MinLen(32).MaxLen(32).Immutable().Comment("SHA-256 of the text, byte for byte"),
		field.String("effective_from").MinLen(10).MaxLen(10).Immutable().Comment("YYYY-MM-DD in the time zone of the business"),
		field.Time("effective_at").SchemaType(timeColumn()).Immutable().Comment("the instant that day begins"),
		field.Bool("material").Immutable().Comment("everybody accepts again; else acceptances of the version before count"),
		field.Int("accepted_from").Positive().Immutable().Comment("the lowest number whose acceptances count for this version"),
		field.String("change_note").MaxRuneLen(300).Default("").Immutable().Comment("what changed, for those who accepted before"),
		field.UUID("published_by", idZero).SchemaType(idColumn()).Optional().Nillable().Immutable(),
		field.UUID("audit_id", idZero).SchemaType(idColumn()).Immutable(),
		optionalInstant("activated_at", "when it became the current version"),
		createdAt(),
	}
}

// Edges of PolicyVersion.
func (PolicyVersion) Edges() []ent.Edge {
	return []ent.Edge{below("policy", BusinessPolicy.Type, "policy_id")}
}

// Indexes of PolicyVersion: one numbering for each policy; the second is for the worker that puts versions into effect.
func (PolicyVersion) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("business_id", "policy_id", "number").Unique(),
		index.Fields("activated_at", "effective_at"),
	}
}

// Policy of PolicyVersion.
func (PolicyVersion) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.DenyLinkHolders(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
	}
}

// PolicyAcceptance says that a family, or one student of it, accepted a version: electronically by a signed-in
// guardian, or on paper as recorded by the office. Both stay for ever; at most one of each line stands.
type PolicyAcceptance struct{ ent.Schema }

// Mixin of PolicyAcceptance.
func (PolicyAcceptance) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of PolicyAcceptance.
func (PolicyAcceptance) Fields() []ent.Field {
	past := func(name string, comment ...string) ent.Field {
		return field.UUID(name, idZero).SchemaType(idColumn()).Optional().Nillable().Immutable().Comment(strings.Join(comment, " "))
	}
	return []ent.Field{
		ref("policy_id"),
		ref("policy_version_id"),
		field.Int("version_number").Positive().Immutable(),
		ref("family_id"),
		past("student_id"),
		field.String("method").GoType(schematype.AcceptanceMethod("")).MaxLen(12).Immutable(),
		field.UUID("accepted_by", idZero).SchemaType(idColumn()).Immutable().Comment("the guardian who accepted or signed"),
		past("recorded_by", "the staff member who recorded a form; nobody for electronic ones"),
		field.Time("recorded_at").SchemaType(timeColumn()).Immutable(),
		field.String("signed_on").MaxLen(10).Default("").Immutable().Comment("YYYY-MM-DD on the paper"),
		field.String("note").MaxRuneLen(500).Default("").Immutable(),
		field.Bytes("text_hash").SchemaType(keyColumn()).MinLen(32).MaxLen(32).Immutable().Comment("the version's"),
		field.String("ip_address").MaxLen(45).Default("").Immutable(),
		field.String("agent").MaxRuneLen(300).Default("").Immutable(),
		past("session_id"),
		field.String("password_origin").GoType(schematype.PasswordOrigin("")).MaxLen(12).Default("").Immutable().
			Comment("how the password that signed in had been set"),
		past("password_reset_id", "by which link"),
		field.String("password_channel").GoType(schematype.Channel("")).MaxLen(8).Default("").Immutable(),
		field.Bool("contact_changed_by_staff").Default(false).Immutable().Comment("whether that link went to a contact changed by staff"),
		past("contact_changed_by"),
		field.Time("contact_changed_at").SchemaType(timeColumn()).Optional().Nillable().Immutable(),
		field.Bytes("slot").SchemaType(keyColumn()).Optional().Nillable().
			Comment("hash of version, family and student while the acceptance stands: there is one at most"),
		optionalInstant("superseded_at"),
		optionalRef("superseded_by"),
		field.UUID("audit_id", idZero).SchemaType(idColumn()).Immutable(),
		createdAt(),
	}
}

// Edges of PolicyAcceptance.
func (PolicyAcceptance) Edges() []ent.Edge {
	return []ent.Edge{
		below("policy_version", PolicyVersion.Type, "policy_version_id"),
		below("family", Family.Type, "family_id"),
		edge.To("student", Student.Type).Unique().Immutable().Field("student_id").Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of PolicyAcceptance: what a family accepted, who accepted a version, what a student has, and a slot once.
func (PolicyAcceptance) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("business_id", "family_id", "id"),
		index.Fields("business_id", "policy_id", "version_number", "method", "id").StorageKey("policyacceptance_of_version"),
		index.Fields("business_id", "policy_version_id", "id"),
		index.Fields("business_id", "student_id", "id"),
		index.Fields("business_id", "slot").Unique(),
	}
}

// Policy of PolicyAcceptance: guardians see their own family's.
func (PolicyAcceptance) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.SeeFamilies(viewer.PoliciesManage), rule.FilterColumn("family_id", rule.OwnFamily), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.AcceptanceByWhoMay(), rule.AllowAll()},
	}
}

// PolicyGap says that a family, or one student of it, has not accepted the current version of a required policy. It
// is what the list of who is missing and the filter of Families read; it follows from the acceptances.
type PolicyGap struct{ ent.Schema }

// Mixin of PolicyGap.
func (PolicyGap) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of PolicyGap.
func (PolicyGap) Fields() []ent.Field {
	return []ent.Field{
		ref("policy_id"),
		ref("family_id"),
		field.UUID("student_id", idZero).SchemaType(idColumn()).Immutable().Comment("zero for a policy of the family"),
		field.String("name_key").MaxRuneLen(120).Annotations(binaryText()).Comment("the family's"),
	}
}

// Edges of PolicyGap.
func (PolicyGap) Edges() []ent.Edge {
	return []ent.Edge{
		below("policy", BusinessPolicy.Type, "policy_id"),
		below("family", Family.Type, "family_id"),
	}
}

// Indexes of PolicyGap: the list in the order of names, and the gaps of one family.
func (PolicyGap) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("business_id", "policy_id", "name_key", "id"),
		index.Fields("business_id", "family_id", "policy_id", "student_id").Unique(),
	}
}

// Policy of PolicyGap.
func (PolicyGap) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.SeeFamilies(viewer.PoliciesManage), rule.FilterColumn("family_id", rule.OwnFamily), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.SystemOnly(), rule.AllowAll()},
	}
}

// PolicyScan is a picture of the signed form that a manual acceptance is about.
type PolicyScan struct{ ent.Schema }

// Mixin of PolicyScan.
func (PolicyScan) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of PolicyScan.
func (PolicyScan) Fields() []ent.Field {
	return []ent.Field{
		optionalRef("acceptance_id", "none until the form is recorded; what stays without is swept"),
		field.String("file_name").MaxRuneLen(120).Immutable(),
		field.String("media_type").MaxLen(40).Immutable().Comment("by its content, whatever was claimed"),
		field.Int("size").Positive().Immutable().Comment("bytes"),
		field.Bytes("sha256").SchemaType(keyColumn()).MinLen(32).MaxLen(32).Immutable(),
		field.Bytes("content").SchemaType(map[string]string{dialect.MySQL: "longblob"}).Optional().Nillable().Immutable().
			Comment("none when files are kept in a directory"),
		ref("uploaded_by"),
		createdAt(),
	}
}

// Edges of PolicyScan.
func (PolicyScan) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("acceptance", PolicyAcceptance.Type).Unique().Field("acceptance_id").Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of PolicyScan; the second is for the sweep of what was never recorded.
func (PolicyScan) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("business_id", "acceptance_id"),
		index.Fields("acceptance_id", "created_at"),
	}
}

// Policy of PolicyScan: for staff only.
func (PolicyScan) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
	}
}
