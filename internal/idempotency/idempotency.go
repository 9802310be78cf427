// Package idempotency remembers the answer to a request that sends or spends, so that asking again
// with the same key does nothing more.
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"officeportal/ent"
	"officeportal/ent/idempotencykey"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Life is how long a key is remembered.
const Life = 24 * time.Hour

// ErrClaimed says that the key was used before: roll back and call Answer.
var ErrClaimed = errors.New("idempotency: the key was used before")

// Check returns the failure of a key that has no valid form, or nothing.
func Check(key string) []fault.Field {
	if len(key) < 16 || len(key) > 64 {
		return []fault.Field{fault.At(fault.Invalid, "idempotencyKey", "error.idempotencyKey")}
	}
	for _, r := range key {
		if r <= ' ' || r > '~' {
			return []fault.Field{fault.At(fault.Invalid, "idempotencyKey", "error.idempotencyKey")}
		}
	}
	return nil
}

// Claim writes the key with its answer in the caller's transaction, of which it must be the first
// statement: on a cluster the unique key is what makes the second of two equal requests fail.
// It returns ErrClaimed when the key is taken.
func Claim(ctx context.Context, tx *store.Tx, key string, input, answer any) error {
	v := viewer.From(ctx)
	raw, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	hash, err := hashOf(input)
	if err != nil {
		return err
	}
	err = tx.IdempotencyKey.Create().
		SetBusinessID(v.BusinessID).SetActorID(v.PersonID).SetKey(key).
		SetInputHash(hash).SetAnswer(raw).SetExpiresAt(tx.Now.Add(Life)).
		Exec(ctx)
	if store.IsUniqueViolation(err) {
		return ErrClaimed
	}
	return err
}

// Answer reads the answer stored with the key into answer. It returns a fault with
// IdempotencyKeyReused when the key came with another input.
func Answer(ctx context.Context, s *store.Store, key string, input, answer any) error {
	v := viewer.From(ctx)
	row, err := s.Client.IdempotencyKey.Query().
		Where(idempotencykey.BusinessID(v.BusinessID), idempotencykey.ActorID(v.PersonID), idempotencykey.Key(key)).
		Only(store.WithFresh(ctx))
	if ent.IsNotFound(err) { // swept between our attempt and now
		return fault.New(fault.IdempotencyKeyReused, "error.idempotencyKeyReused")
	}
	if err != nil {
		return err
	}
	hash, err := hashOf(input)
	if err != nil {
		return err
	}
	if string(hash) != string(row.InputHash) {
		return fault.Refuse(fault.At(fault.IdempotencyKeyReused, "idempotencyKey", "error.idempotencyKeyReused"))
	}
	return json.Unmarshal(row.Answer, answer)
}

// Sweep deletes keys older than Life, at most limit of them, and returns how many. The caller is the
// janitor, as System.
func Sweep(ctx context.Context, s *store.Store, limit int) (int, error) {
	ids, err := s.Client.IdempotencyKey.Query().
		Where(idempotencykey.ExpiresAtLT(s.Now())).Limit(limit).IDs(ctx)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return s.Client.IdempotencyKey.Delete().Where(idempotencykey.IDIn(ids...)).Exec(ctx)
}

func hashOf(input any) ([]byte, error) {
	raw, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	return sum[:], nil
}

// ID is an answer that is just the id of what was made.
type ID struct {
	ID ident.ID `json:"id"`
}
