package passwordreset

// What attacks in tests need: deriving and hashing secrets as the service does.
var (
	LookupOf = lookupOf
	SecretOf = secretOf
)
