// Package schematype holds the value types of columns. All of them are texts that read the same in
// the database, in the API and in the Audit Log; databases' own enum types would sort by declaration
// and break keyset pages.
package schematype

// Channel is how a message travels.
type Channel string

// The channels.
const (
	Email Channel = "EMAIL"
	SMS   Channel = "SMS"
)

// Values implements ent's EnumValues for the column validator.
func (Channel) Values() []string { return []string{string(Email), string(SMS)} }

// MessageKind says which text a message carries.
type MessageKind string

// The kinds of messages.
const (
	PasswordReset   MessageKind = "PASSWORD_RESET"
	PasswordChanged MessageKind = "PASSWORD_CHANGED"
	ContactChanged  MessageKind = "CONTACT_CHANGED"
	// GuardianInvited brings a guardian the first link.
	GuardianInvited MessageKind = "GUARDIAN_INVITED"
	// StaffInvited, StaffReset and StaffPasswordChanged go to staff members.
	StaffInvited         MessageKind = "STAFF_INVITED"
	StaffReset           MessageKind = "STAFF_RESET"
	StaffPasswordChanged MessageKind = "STAFF_PASSWORD_CHANGED"
	// StaffSecondFactor tells a staff member that the second factor was changed.
	StaffSecondFactor MessageKind = "STAFF_SECOND_FACTOR"
	// CreditsLow and AuditCheckpoint go to owners.
	CreditsLow      MessageKind = "CREDITS_LOW"
	AuditCheckpoint MessageKind = "AUDIT_CHECKPOINT"
)

// MessageState is where a message is in the outbox.
type MessageState string

// The states of a message: queued → leased → accepted, refused, unknown or void.
const (
	Queued   MessageState = "QUEUED"
	Leased   MessageState = "LEASED"
	Accepted MessageState = "ACCEPTED"
	Refused  MessageState = "REFUSED"
	Unknown  MessageState = "UNKNOWN"
	Void     MessageState = "VOID"
)

// Delivery is how far a message got, as screens show it.
type Delivery string

// The delivery states, as the API spells them.
const (
	DeliveryQueued       Delivery = "QUEUED"
	DeliverySending      Delivery = "SENDING"
	DeliverySent         Delivery = "SENT"
	DeliveryDelivered    Delivery = "DELIVERED"
	DeliveryDelayed      Delivery = "DELAYED"
	DeliveryNotDelivered Delivery = "NOT_DELIVERED"
	DeliveryFailed       Delivery = "FAILED"
)

// CreditState is what became of the credit a message holds.
type CreditState string

// The states of a hold. It is resolved at most once before it is captured, and a captured one is
// refunded at most once.
const (
	NoCredit       CreditState = "NONE"
	CreditHeld     CreditState = "HELD"
	CreditCaptured CreditState = "CAPTURED"
	CreditReturned CreditState = "RETURNED"
)

// CreditKind is the kind of a line of the ledger.
type CreditKind string

// The kinds of ledger lines. The balance is the sum of their amounts: a capture is 0.
const (
	CreditGrant   CreditKind = "GRANT"
	CreditHold    CreditKind = "HOLD"
	CreditCapture CreditKind = "CAPTURE"
	CreditRelease CreditKind = "RELEASE"
	CreditRefund  CreditKind = "REFUND"
	CreditAdjust  CreditKind = "ADJUST"
)

// TokenPurpose is what a link is for. It is part of what the link's secret is derived from.
type TokenPurpose string

// The purposes. The first two are guardians', the others staff members'.
const (
	ForReset       TokenPurpose = "RESET"
	ForInvitation  TokenPurpose = "INVITATION"
	ForStaffInvite TokenPurpose = "STAFF_INVITATION"
	ForStaffReset  TokenPurpose = "STAFF_RESET"
)

// PasswordOrigin is how a guardian's password was set.
type PasswordOrigin string

// The origins. A password that was changed while signed in keeps the link before it as its provenance.
const (
	ByReset      PasswordOrigin = "RESET"
	ByInvitation PasswordOrigin = "INVITATION"
	ByChange     PasswordOrigin = "CHANGED"
)

// PolicyScope is who accepts a policy.
type PolicyScope string

// The scopes: once for the family, or once for each student.
const (
	FamilyScope  PolicyScope = "FAMILY"
	StudentScope PolicyScope = "STUDENT"
)

// AcceptanceMethod is how a policy was accepted.
type AcceptanceMethod string

// The methods. Only a signed-in guardian makes an electronic acceptance, only staff a manual one.
const (
	Electronic AcceptanceMethod = "ELECTRONIC"
	Manual     AcceptanceMethod = "MANUAL"
)

// ActorKind is the kind of whoever did something.
type ActorKind string

// The kinds of actors. Anonymous is somebody who has not signed in.
const (
	ActorStaff     ActorKind = "STAFF"
	ActorGuardian  ActorKind = "GUARDIAN"
	ActorSystem    ActorKind = "SYSTEM"
	ActorAnonymous ActorKind = "ANONYMOUS"
)

// Outcome is how something in the Audit Log ended.
type Outcome string

// The outcomes.
const (
	Succeeded    Outcome = "SUCCEEDED"
	WasRefused   Outcome = "REFUSED"
	FailedToWork Outcome = "FAILED"
)

// Detail is one fact of an audit entry: values before and after, or the fact in After.
type Detail struct {
	Key    string `json:"key"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}
