// Package fault gives an error two faces: a stable code and a text that is safe to show, and a
// cause that only the log sees. Anything that is not a fault is internal and shown to nobody.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Code names a failure for programs. Codes never change their meaning.
type Code string

// The codes of expected failures, as the GraphQL API spells them.
const (
	Required             Code = "REQUIRED"
	Invalid              Code = "INVALID"
	TooShort             Code = "TOO_SHORT"
	TooCommon            Code = "TOO_COMMON"
	NotFound             Code = "NOT_FOUND"
	StaleVersion         Code = "STALE_VERSION"
	BadCredentials       Code = "BAD_CREDENTIALS"
	ChannelUnavailable   Code = "CHANNEL_UNAVAILABLE"
	Cooldown             Code = "COOLDOWN"
	LimitReached         Code = "LIMIT_REACHED"
	NoCredits            Code = "NO_CREDITS"
	LinkUnusable         Code = "LINK_UNUSABLE"
	AlreadyTaken         Code = "ALREADY_TAKEN"
	AlreadyAccepted      Code = "ALREADY_ACCEPTED"
	NotCurrentVersion    Code = "NOT_CURRENT_VERSION"
	IdempotencyKeyReused Code = "IDEMPOTENCY_KEY_REUSED"
	Unauthenticated      Code = "UNAUTHENTICATED"
	Forbidden            Code = "FORBIDDEN"
	BadInput             Code = "BAD_USER_INPUT"
	Unavailable          Code = "UNAVAILABLE"

	// ReauthenticationRequired asks the person in front of the browser to prove again to be there.
	ReauthenticationRequired Code = "REAUTHENTICATION_REQUIRED"
	SecondFactorLocked       Code = "SECOND_FACTOR_LOCKED"
	LastOwner                Code = "LAST_OWNER"
	NotYoursToGrant          Code = "NOT_YOURS_TO_GRANT"
)

// Field is one expected failure. Text is a key of the message catalog, Args fill its placeholders;
// a text that is no key of the catalog is shown as it is.
type Field struct {
	Code Code
	Path []string
	Text string
	Args map[string]any
	// Facts that clients render; at most one of the following is set.
	Option  any // passwordreset.Option, for ChannelUnavailable, Cooldown and LimitReached
	Link    any // link.Link, for LinkUnusable
	Current any // *ent.PolicyVersion, for NotCurrentVersion; nil when the policy was retired
	// Balance and Needed go with NoCredits, in credits.
	Balance, Needed int
	// Version, ChangedBy and ChangedAt go with StaleVersion.
	Version   int
	ChangedBy any
	ChangedAt time.Time
}

// Error is a refusal: one or several expected failures, all of them found before giving up.
type Error struct{ Fields []Field }

// Error implements error, for logs and the command line.
func (e *Error) Error() string {
	text := ""
	for i, f := range e.Fields {
		if i > 0 {
			text += "; "
		}
		text += string(f.Code)
		if len(f.Path) > 0 {
			text += fmt.Sprintf(" at %v", f.Path)
		}
	}
	return text
}

// New returns a refusal with one failure that is not about a field.
func New(code Code, text string, args ...any) *Error {
	return &Error{Fields: []Field{{Code: code, Text: text, Args: pairs(args)}}}
}

// At returns a failure of the input field with the given path below "input".
func At(code Code, field, text string, args ...any) Field {
	return Field{Code: code, Path: []string{"input", field}, Text: text, Args: pairs(args)}
}

// Refuse returns nil when there are no failures, else an Error that holds them all.
func Refuse(fields ...Field) error {
	if len(fields) == 0 {
		return nil
	}
	return &Error{Fields: fields}
}

// As returns the refusal in err's chain, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Is reports whether err is a refusal whose first failure has the given code.
func Is(err error, code Code) bool {
	e := As(err)
	return e != nil && len(e.Fields) > 0 && e.Fields[0].Code == code
}

func pairs(args []any) map[string]any {
	if len(args) == 0 {
		return nil
	}
	out := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		out[args[i].(string)] = args[i+1]
	}
	return out
}
