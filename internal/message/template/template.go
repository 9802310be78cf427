// Package template writes the messages that guardians get, in their language: e-mails as text and
// HTML that say the same, and text messages that always fit one GSM-7 segment. It is pure: the same
// Data gives the same bytes, which a second attempt with the same idempotency key depends on.
package template

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// Kind names a message.
type Kind string

// The messages there are.
const (
	// PasswordReset brings the link by which the guardian chooses a new password; e-mail and SMS.
	PasswordReset Kind = "passwordReset"
	// GuardianInvited brings the first link, by which the guardian chooses a password; e-mail and SMS.
	GuardianInvited Kind = "guardianInvited"
	// PasswordChanged tells that it was done, without any link that acts; e-mail only.
	PasswordChanged Kind = "passwordChanged"
	// ContactChanged tells the old address or number that the office changed it; e-mail and SMS.
	ContactChanged Kind = "contactChanged"
	// CreditsLow tells an owner that SMS credits will run out; e-mail only.
	CreditsLow Kind = "creditsLow"
	// AuditCheckpoint brings an owner the signed state of the Audit Log; e-mail only.
	AuditCheckpoint Kind = "auditCheckpoint"
	// StaffInvited, StaffReset, StaffPasswordChanged and StaffSecondFactor go to staff members; e-mail only.
	StaffInvited         Kind = "staffInvited"
	StaffReset           Kind = "staffReset"
	StaffPasswordChanged Kind = "staffPasswordChanged"
	StaffSecondFactor    Kind = "staffSecondFactor"
)

// Field is what was changed, for ContactChanged.
type Field string

// The fields a guardian is told about.
const (
	FieldEmail Field = "email"
	FieldPhone Field = "phone"
)

// Data is everything a message can say. Which fields a message needs is said at each; the others
// may be zero.
type Data struct {
	// Locale is a language tag; one outside Locales means DefaultLocale. Always.
	Locale string
	// BusinessName in full, in any script. Always.
	BusinessName string
	// BusinessPhone as people read it; empty leaves out the sentence. Always.
	BusinessPhone string
	// Accent is the business's colour as #rrggbb, which carries white words; empty, and what is none, for the
	// product's own. E-mail.
	Accent string
	// Zone is the business's time zone; nil means UTC. Always.
	Zone *time.Location
	// GuardianName as on the profile, or the name of the staff member it is for. E-mail.
	GuardianName string
	// Change says what was done: one of the keys of "staff.secondFactor." in the catalog. StaffSecondFactor.
	Change string

	// Link is the absolute http or https address that only the recipient may see. PasswordReset and GuardianInvited.
	Link string
	// SentAt and ExpiresAt are when the link was first handed over and when it ends. PasswordReset and GuardianInvited.
	SentAt, ExpiresAt time.Time
	// StartedBy is the first name of the staff member who sent it; empty when the guardian asked for
	// it. PasswordReset and GuardianInvited by e-mail.
	StartedBy string

	// OccurredAt is when the change was made. PasswordChanged and ContactChanged.
	OccurredAt time.Time
	// ChangedField says which contact was changed. ContactChanged.
	ChangedField Field
	// Credits is how many SMS credits are left, as digits. CreditsLow.
	Credits string
	// Entries is how many the Audit Log holds, as digits, RootHash what stands for all of them, Note both of them signed,
	// several lines that have to stay as they are. OccurredAt is when it was signed. AuditCheckpoint.
	Entries, RootHash, Note string
	// PortalURL is the page to go to, shown as plain text; empty leaves it out. PasswordChanged, CreditsLow and AuditCheckpoint.
	PortalURL string
}

// Errors of rendering. None of them holds a name, an address or a link.
var (
	// ErrNoSuchMessage means that the kind does not exist on this channel.
	ErrNoSuchMessage = errors.New("template: no such message on this channel")
	// ErrBadLink means that the link is not an absolute http or https address of printable ASCII.
	ErrBadLink = errors.New("template: the link is not an absolute web address")
	// ErrMissing means that a field which the message needs is empty.
	ErrMissing = errors.New("template: a fact of the message is missing")
)

// maxName bounds names inside messages, in characters. Longer ones are cut with an ellipsis.
const maxName = 120

// clean prepares a name for one line of text: control and direction characters go, white space is
// one blank. A line break in a name could otherwise forge a paragraph or a mail header, and a
// right-to-left override could turn the visible link around.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == '\u200c' || r == '\u200d': // joiners shape letters in Indic scripts and Persian
			return r
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxName {
		s = strings.TrimSpace(string(runes[:maxName-1])) + "…"
	}
	return s
}

// checkLink refuses what could not stand in a message unchanged.
func checkLink(link string) error {
	for _, c := range []byte(link) {
		if c <= ' ' || c >= 0x7f {
			return ErrBadLink
		}
	}
	u, err := url.Parse(link) // its error repeats the link, so it goes no further
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ErrBadLink
	}
	return nil
}

// check says whether d has what kind needs on any channel.
func (d Data) check(kind Kind) error {
	if clean(d.BusinessName) == "" {
		return fmt.Errorf("%w: business name", ErrMissing)
	}
	switch kind {
	case PasswordReset, GuardianInvited, StaffInvited, StaffReset:
		if d.SentAt.IsZero() || d.ExpiresAt.IsZero() {
			return fmt.Errorf("%w: times of the link", ErrMissing)
		}
		return checkLink(d.Link)
	case AuditCheckpoint:
		if d.OccurredAt.IsZero() || d.Entries == "" || d.RootHash == "" || d.Note == "" {
			return fmt.Errorf("%w: checkpoint", ErrMissing)
		}
		return nil
	case PasswordChanged, ContactChanged, StaffPasswordChanged, StaffSecondFactor:
		if d.OccurredAt.IsZero() {
			return fmt.Errorf("%w: time of the change", ErrMissing)
		}
		if kind == ContactChanged && d.ChangedField != FieldEmail && d.ChangedField != FieldPhone {
			return fmt.Errorf("%w: changed field", ErrMissing)
		}
		return nil
	case CreditsLow:
		if d.Credits == "" {
			return fmt.Errorf("%w: credits", ErrMissing)
		}
		return nil
	default:
		return ErrNoSuchMessage
	}
}

func (d Data) in(t time.Time) time.Time {
	if d.Zone == nil {
		return t.UTC()
	}
	return t.In(d.Zone)
}
