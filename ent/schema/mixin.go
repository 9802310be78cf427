// Package schema describes the rows: their fields, edges and indexes, and who may see them.
package schema

import (
	"strings"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"entgo.io/ent/schema/mixin"

	"officeportal/ent/privacy"
	"officeportal/ent/schema/rule"
	"officeportal/internal/ident"
)

// idColumn stores an identifier as 16 bytes on both databases.
func idColumn() map[string]string {
	return map[string]string{dialect.MySQL: "binary(16)", dialect.SQLite: "blob"}
}

// keyColumn stores a 32-byte hash.
func keyColumn() map[string]string {
	return map[string]string{dialect.MySQL: "binary(32)", dialect.SQLite: "blob"}
}

// timeColumn keeps microseconds: ent's default for MySQL is a nullable column of whole seconds.
func timeColumn() map[string]string { return map[string]string{dialect.MySQL: "datetime(6)"} }

// binaryText makes a text compare byte by byte, as SQLite does, so that both databases sort alike.
func binaryText() entsql.Annotation { return entsql.Annotation{Collation: "utf8mb4_bin"} }

func ref(name string) ent.Field {
	return field.UUID(name, ident.ID{}).SchemaType(idColumn()).Immutable()
}

func optionalRef(name string, comment ...string) ent.Field {
	return field.UUID(name, ident.ID{}).SchemaType(idColumn()).Optional().Nillable().Comment(strings.Join(comment, " "))
}

// below is the edge to a row's parent, by a column that is never changed: the database keeps the pair with the
// business.
func below(name string, parent any, column string) ent.Edge {
	return edge.To(name, parent).Unique().Required().Immutable().Field(column).Annotations(entsql.OnDelete(entsql.NoAction))
}

func instant(name string) ent.Field {
	return field.Time(name).SchemaType(timeColumn())
}

func optionalInstant(name string, comment ...string) ent.Field {
	return field.Time(name).SchemaType(timeColumn()).Optional().Nillable().Comment(strings.Join(comment, " "))
}

func createdAt() ent.Field {
	return field.Time("created_at").SchemaType(timeColumn()).Immutable().Default(now)
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Identified gives a row its identifier and denies it to nobody-in-particular.
type Identified struct{ mixin.Schema }

// Fields of Identified.
func (Identified) Fields() []ent.Field {
	return []ent.Field{field.UUID("id", ident.ID{}).SchemaType(idColumn()).Default(ident.New).Immutable()}
}

// Policy of Identified.
func (Identified) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.DenyNobody()},
		Mutation: privacy.MutationPolicy{rule.DenyNobody()},
	}
}

// Owned gives a row the business it belongs to, and shows it to that business only.
type Owned struct{ mixin.Schema }

// Fields of Owned.
func (Owned) Fields() []ent.Field { return []ent.Field{ref("business_id")} }

// Edges of Owned.
func (Owned) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("business", Business.Type).Unique().Required().Immutable().Field("business_id").
			Annotations(entsql.OnDelete(entsql.NoAction)),
	}
}

// Indexes of Owned: the pair is what composite foreign keys of child rows refer to.
func (Owned) Indexes() []ent.Index {
	return []ent.Index{index.Fields("business_id", "id").Unique()}
}

// Policy of Owned.
func (Owned) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.FilterColumn("business_id", rule.OwnBusiness)},
		Mutation: privacy.MutationPolicy{rule.MutateOwnBusiness("business_id")},
	}
}
