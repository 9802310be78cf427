package passwordreset

import "officeportal/internal/link"

// What attacks in tests need: deriving and hashing secrets as the service does.
var (
	LookupOf = link.Lookup
	SecretOf = secretOf
)
