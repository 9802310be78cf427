package passwordreset

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"strings"

	"officeportal/ent"
	"officeportal/internal/keyring"
)

// SecretLength is the length of the secret in a link: 26 characters of 5 bits, 130 bits, above the 112
// that NIST SP 800-131A asks for and the 128 of OWASP ASVS 5.0 (11.5.1).
const SecretLength = 26

// Lower-case letters and digits only: no character that a mail program drops from the end of a link, and
// all of them in the GSM-7 alphabet of text messages.
var secretText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

const purpose = "guardian-reset/v1"

// secretOf derives the secret of a link from its row. Whoever reads the database lacks the key, whoever
// has the key lacks the nonce, and whoever writes a row of their own lacks the key to make its hash fit.
// It is derived again for every try, so that a retried message is the same to the byte.
func secretOf(ring *keyring.Ring, t *ent.ResetToken) (string, error) {
	var epoch [8]byte
	binary.BigEndian.PutUint64(epoch[:], uint64(t.CredEpoch))
	mac, err := ring.MAC(t.Kid, purpose,
		t.ID[:], t.Nonce, t.BusinessID[:], t.GuardianID[:], []byte(t.Channel), epoch[:])
	if err != nil {
		return "", err
	}
	return secretText.EncodeToString(mac)[:SecretLength], nil
}

// lookupOf returns the hash under which a link is found: SHA-256 suffices for a secret of 130 random bits.
func lookupOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// tidy undoes what mail programs and people do to a link: spaces, capitals, a full stop at the end. It
// returns false for what can't be a secret.
func tidy(presented string) (string, bool) {
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

// genuine reports whether the presented secret is the one of the row, in constant time.
func genuine(ring *keyring.Ring, t *ent.ResetToken, presented string) bool {
	want, err := secretOf(ring, t)
	return err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(presented)) == 1
}
