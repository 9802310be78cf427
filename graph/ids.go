package graph

import (
	"strings"

	"officeportal/internal/audit"
	"officeportal/internal/ident"
)

// The prefixes say what an id of the API identifies. The audit entries' is not a subject of the Audit Log.
const (
	prefixFamily   = audit.SubjectFamily
	prefixGuardian = audit.SubjectGuardian
	prefixStudent  = audit.SubjectStudent
	prefixStaff    = audit.SubjectStaff
	prefixReset    = audit.SubjectReset
	prefixCredit   = audit.SubjectCredit
	prefixAccount  = audit.SubjectAccount
	prefixToken    = audit.SubjectAPIToken
	prefixPolicy   = audit.SubjectPolicy
	prefixVersion  = audit.SubjectVersion
	prefixAccepted = audit.SubjectAccepted
	prefixScan     = audit.SubjectScan
	prefixAudit    = "aud"
	prefixSession  = "ses"
	prefixPasskey  = "pky"
)

// encodeID returns the id as clients see it.
func encodeID(prefix string, id ident.ID) string { return prefix + "_" + id.String() }

// splitID reads any id a client sent.
func splitID(s string) (prefix string, id ident.ID, ok bool) {
	prefix, tail, found := strings.Cut(s, "_")
	id, err := ident.Parse(tail)
	return prefix, id, found && err == nil && !id.IsZero()
}

// decodeID reads the id of one kind of object. Anything else becomes the zero id, which identifies
// nothing: what does not exist and what could not exist are answered alike.
func decodeID(prefix, s string) ident.ID {
	if got, id, ok := splitID(s); ok && got == prefix {
		return id
	}
	return ident.ID{}
}

// decodeOptional reads an id that may be null, which becomes the zero id. Anything that is no such id becomes one that
// nothing has, so that it is not taken for null.
func decodeOptional(prefix string, s *string) ident.ID {
	if s == nil {
		return ident.ID{}
	}
	if id := decodeID(prefix, *s); !id.IsZero() {
		return id
	}
	return ident.ID{0xff}
}
