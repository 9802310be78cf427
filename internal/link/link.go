// Package link derives, recognizes and judges the secrets of the links that are sent, whoever they are for and
// whatever they are good for. A domain keeps its own rows; the mechanism is the same for all of them.
package link

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/keyring"
)

// SecretLength is the length of the secret in a link: 26 characters of 5 bits, 130 bits, above the 112
// that NIST SP 800-131A asks for and the 128 of OWASP ASVS 5.0 (11.5.1).
const SecretLength = 26

// Lower-case letters and digits only: no character that a mail program drops from the end of a link, and
// all of them in the GSM-7 alphabet of text messages.
var secretText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Secret derives the secret of a link from the facts of its row. Whoever reads the database lacks the key,
// whoever has the key lacks the nonce among the facts, and whoever writes a row of their own lacks the key to
// make its hash fit. It is derived again for every try, so that a retried message is the same to the byte.
//
// The purpose chooses the key and is part of what is hashed: a row that is passed off as one of another purpose
// has another secret.
func Secret(ring *keyring.Ring, kid, purpose string, facts ...[]byte) (string, error) {
	mac, err := ring.MAC(kid, purpose, facts...)
	if err != nil {
		return "", err
	}
	return secretText.EncodeToString(mac)[:SecretLength], nil
}

// Number returns a number as a fact of a link.
func Number(n int) []byte {
	var out [8]byte
	binary.BigEndian.PutUint64(out[:], uint64(n))
	return out[:]
}

// Lookup returns the hash under which a link is found: SHA-256 suffices for a secret of 130 random bits.
func Lookup(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Tidy undoes what mail programs and people do to a link: spaces, capitals, a full stop at the end. It
// returns false for what can't be a secret.
func Tidy(presented string) (string, bool) {
	s := strings.ToLower(strings.TrimRight(strings.TrimSpace(presented), ".,;:!?)>]\"'_"))
	if len(s) != SecretLength {
		return "", false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '2' || r > '7') {
			return "", false
		}
	}
	return s, true
}

// Same compares the secret of a row with one that was presented, in constant time.
func Same(want, presented string) bool {
	return subtle.ConstantTimeCompare([]byte(want), []byte(presented)) == 1
}

// State is what a link is worth.
type State string

// The states of a link.
const (
	Active     State = "ACTIVE"
	Used       State = "USED"
	Expired    State = "EXPIRED"
	Superseded State = "SUPERSEDED"
	Revoked    State = "REVOKED"
	Unknown    State = "UNKNOWN"
)

// Link is a link as its holder sees it.
type Link struct {
	State State
	// Purpose is what the link is for; empty when UNKNOWN.
	Purpose     schematype.TokenPurpose
	SentAt      time.Time
	ExpiresAt   time.Time
	Username    string    // while Active only
	NewerSentAt time.Time // when Superseded only
	Business    *ent.Business
	// MinLength is the fewest characters of the password that the link can set; 0 when UNKNOWN.
	MinLength int
}
