package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"officeportal/ent/privacy"
	"officeportal/ent/schema/rule"
)

// Family is a household: guardians and students.
type Family struct{ ent.Schema }

// Mixin of Family.
func (Family) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of Family.
func (Family) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().MaxRuneLen(120),
		field.String("name_key").MaxRuneLen(120).Annotations(binaryText()).Comment("folded name; lists sort by it"),
		field.Int("version").Default(1),
		field.Bool("archived").Default(false),
		field.Bool("any_can_log_in").Default(false).Comment("kept with the guardians, so that the filter is an index look-up"),
		field.Bool("policies_missing").Default(false).Comment("whether a required policy is not accepted; kept with the gaps"),
		field.String("external_key").MaxLen(64).Optional().Nillable().Annotations(binaryText()).Comment("the key of the system it was imported from"),
		optionalRef("updated_by"),
		createdAt(),
		instant("updated_at"),
	}
}

// Edges of Family.
func (Family) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("guardians", Guardian.Type).Annotations(entsql.OnDelete(entsql.NoAction)),
		edge.To("students", Student.Type).Annotations(entsql.OnDelete(entsql.NoAction)),
		edge.To("search_keys", FamilySearchKey.Type).Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of Family: one for each order of the list, without a filter and with each.
func (Family) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("business_id", "archived", "name_key", "id"),
		index.Fields("business_id", "archived", "updated_at", "id"),
		index.Fields("business_id", "archived", "any_can_log_in", "name_key", "id"),
		index.Fields("business_id", "archived", "any_can_log_in", "updated_at", "id"),
		index.Fields("business_id", "archived", "policies_missing", "name_key", "id"),
		index.Fields("business_id", "archived", "policies_missing", "updated_at", "id"),
		index.Fields("business_id", "external_key").Unique(),
	}
}

// Policy of Family.
func (Family) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.SeeFamilies(), rule.FilterColumn("id", rule.OwnFamily), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
	}
}

// FamilySearchKey is one word by which a family is found: a folded word of a name, an email
// address, or the digits of a phone number from the last to the first.
type FamilySearchKey struct{ ent.Schema }

// Mixin of FamilySearchKey.
func (FamilySearchKey) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of FamilySearchKey.
func (FamilySearchKey) Fields() []ent.Field {
	return []ent.Field{
		ref("family_id"),
		field.String("key").NotEmpty().MaxLen(64).Immutable().Annotations(binaryText()),
		field.String("stem").NotEmpty().MaxLen(8).Immutable().Annotations(binaryText()).
			Comment("the first letters of the key: families of one stem lie in the order of their names"),
		field.String("name_key").MaxRuneLen(120).Annotations(binaryText()).Comment("the family's"),
		field.Bool("archived").Comment("whether the family is"),
		field.Int64("marks").Default(1<<53 - 1).
			Comment("a Bloom filter of the stems of all keys of the family; one that is full says nothing"),
	}
}

// Edges of FamilySearchKey.
func (FamilySearchKey) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("family", Family.Type).Ref("search_keys").Unique().Required().Immutable().Field("family_id"),
	}
}

// Indexes of FamilySearchKey: a rare word is found by the first, the first page of a common one is read
// from the second in the order of names, and the third asks one family whether it has a word. The marks
// lie in the first two, so that a second word is mostly answered there.
func (FamilySearchKey) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("business_id", "archived", "key", "family_id", "marks").StorageKey("familysearchkey_by_word"),
		index.Fields("business_id", "archived", "stem", "name_key", "family_id", "key", "marks").StorageKey("familysearchkey_by_name"),
		index.Fields("business_id", "family_id", "key").Unique(),
	}
}

// Policy of FamilySearchKey: staff search, guardians do not.
func (FamilySearchKey) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.StaffOrSystemOnly(), rule.AllowAll()},
	}
}
