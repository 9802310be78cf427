// Package model holds the API's own types: inputs, payloads, connections and errors. Everything else
// is bound to the types of the data layer and the domains.
package model

// Node is any object with an id.
type Node any

// Actor is a staff member, a guardian or the system.
type Actor any

// UserError is an expected failure.
type UserError any
