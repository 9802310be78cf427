package schema

import (
	"encoding/json"

	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"officeportal/ent/privacy"
	"officeportal/ent/schema/rule"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/viewer"
)

// systemOnly keeps rows to the product itself: domains show of them what a person may see.
func systemOnly() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{rule.SystemOnly(), rule.AllowAll()},
		Mutation: privacy.MutationPolicy{rule.SystemOnly(), rule.AllowAll()},
	}
}

// StaffToken is one link, sent once by e-mail, by which a staff member chooses a password: after an invitation, or
// because the old one is forgotten. Like a guardian's it holds no secret, and its purpose is part of what the secret
// is derived from: a link of one purpose never works for another.
type StaffToken struct{ ent.Schema }

// Mixin of StaffToken.
func (StaffToken) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of StaffToken.
func (StaffToken) Fields() []ent.Field {
	return []ent.Field{
		ref("staff_id"),
		field.String("purpose").GoType(schematype.TokenPurpose("")).MaxLen(16).Immutable(),
		field.Bytes("nonce").SchemaType(idColumn()).MinLen(16).MaxLen(16).Immutable().Sensitive(),
		field.String("kid").MaxLen(16).Immutable().Comment("which secret key derives the secret"),
		field.Int("cred_epoch").Immutable().Comment("the staff member's when asked for; a link of another epoch is dead"),
		field.Bytes("lookup").SchemaType(keyColumn()).Unique().Immutable().Sensitive().Comment("SHA-256 of the secret"),
		field.UUID("requested_by", idZero).SchemaType(idColumn()).Optional().Nillable().Immutable(),
		field.String("destination").NotEmpty().MaxLen(254).Immutable(),
		optionalInstant("first_sent_at"),
		optionalInstant("expires_at"),
		optionalInstant("redeemed_at"),
		optionalInstant("superseded_at"),
		optionalInstant("revoked_at"),
		createdAt(),
	}
}

// Edges of StaffToken.
func (StaffToken) Edges() []ent.Edge {
	return []ent.Edge{below("staff_member", StaffMember.Type, "staff_id")}
}

// Indexes of StaffToken.
func (StaffToken) Indexes() []ent.Index {
	return []ent.Index{index.Fields("business_id", "staff_id", "id")}
}

// Policy of StaffToken.
func (StaffToken) Policy() ent.Policy { return systemOnly() }

// Passkey is a WebAuthn credential of a staff member, a second factor.
type Passkey struct{ ent.Schema }

// Mixin of Passkey.
func (Passkey) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of Passkey.
func (Passkey) Fields() []ent.Field {
	return []ent.Field{
		ref("staff_id"),
		field.String("name").NotEmpty().MaxRuneLen(60),
		field.Bytes("credential_hash").SchemaType(keyColumn()).MinLen(32).MaxLen(32).Unique().Immutable().Comment("SHA-256 of the credential's id"),
		field.JSON("credential", json.RawMessage{}).Sensitive().Comment("public key, counter and flags, as the WebAuthn library keeps them"),
		optionalInstant("last_used_at"),
		createdAt(),
	}
}

// Edges of Passkey.
func (Passkey) Edges() []ent.Edge {
	return []ent.Edge{below("staff_member", StaffMember.Type, "staff_id")}
}

// Indexes of Passkey.
func (Passkey) Indexes() []ent.Index {
	return []ent.Index{index.Fields("business_id", "staff_id", "id")}
}

// Policy of Passkey.
func (Passkey) Policy() ent.Policy { return systemOnly() }

// RecoveryCode lets a staff member in once who has lost the second factor.
type RecoveryCode struct{ ent.Schema }

// Mixin of RecoveryCode.
func (RecoveryCode) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of RecoveryCode.
func (RecoveryCode) Fields() []ent.Field {
	return []ent.Field{
		ref("staff_id"),
		field.Bytes("code_hash").SchemaType(keyColumn()).MinLen(32).MaxLen(32).Immutable().Sensitive().Comment("Argon2id"),
		optionalInstant("used_at"),
		createdAt(),
	}
}

// Edges of RecoveryCode.
func (RecoveryCode) Edges() []ent.Edge {
	return []ent.Edge{below("staff_member", StaffMember.Type, "staff_id")}
}

// Indexes of RecoveryCode.
func (RecoveryCode) Indexes() []ent.Index {
	return []ent.Index{index.Fields("business_id", "staff_id", "code_hash").Unique()}
}

// Policy of RecoveryCode.
func (RecoveryCode) Policy() ent.Policy { return systemOnly() }

// APIToken lets a program act for a staff member, with some of the member's permissions, until it expires.
type APIToken struct{ ent.Schema }

// Mixin of APIToken.
func (APIToken) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, Owned{}} }

// Fields of APIToken.
func (APIToken) Fields() []ent.Field {
	return []ent.Field{
		ref("staff_id"),
		field.String("name").NotEmpty().MaxRuneLen(80).Immutable(),
		field.Bytes("token_hash").SchemaType(keyColumn()).MinLen(32).MaxLen(32).Unique().Immutable().Sensitive(),
		field.String("hint").MaxLen(8).Immutable().Comment("the last characters, to tell tokens apart"),
		field.JSON("permissions", []viewer.Permission{}).Immutable(),
		field.Int("cred_epoch").Immutable().Comment("the staff member's; a new password ends tokens too"),
		field.Time("expires_at").SchemaType(timeColumn()).Immutable(),
		optionalInstant("last_used_at"),
		field.String("last_used_address").MaxLen(45).Default(""),
		optionalInstant("revoked_at"),
		createdAt(),
	}
}

// Edges of APIToken.
func (APIToken) Edges() []ent.Edge {
	return []ent.Edge{below("staff_member", StaffMember.Type, "staff_id")}
}

// Indexes of APIToken.
func (APIToken) Indexes() []ent.Index {
	return []ent.Index{index.Fields("business_id", "staff_id", "id")}
}

// Policy of APIToken.
func (APIToken) Policy() ent.Policy { return systemOnly() }

// ProviderEvent remembers a report of a message service, so that one that is repeated is taken once.
type ProviderEvent struct{ ent.Schema }

// Mixin of ProviderEvent.
func (ProviderEvent) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Fields of ProviderEvent.
func (ProviderEvent) Fields() []ent.Field {
	return []ent.Field{
		field.String("provider").MaxLen(16).Immutable().Annotations(binaryText()),
		field.String("event_id").NotEmpty().MaxLen(128).Immutable().Annotations(binaryText()),
		field.String("kind").MaxLen(40).Default("").Immutable(),
		field.UUID("message_id", idZero).SchemaType(idColumn()).Optional().Nillable().Immutable(),
		field.Time("received_at").SchemaType(timeColumn()).Immutable(),
	}
}

// Indexes of ProviderEvent: an event counts once; old ones are swept.
func (ProviderEvent) Indexes() []ent.Index {
	return []ent.Index{index.Fields("provider", "event_id").Unique(), index.Fields("received_at")}
}

// Policy of ProviderEvent.
func (ProviderEvent) Policy() ent.Policy { return systemOnly() }
