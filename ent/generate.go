// Package ent is the generated client of the data layer. Change ent/schema and run make generate.
package ent

//go:generate go run entgo.io/ent/cmd/ent generate --feature privacy,intercept,sql/lock,sql/upsert,sql/modifier,sql/execquery,sql/versioned-migration ./schema
