package passwordreset

import (
	"officeportal/ent"
	"officeportal/internal/keyring"
	"officeportal/internal/link"
)

// SecretLength is the length of the secret in a link.
const SecretLength = link.SecretLength

// secretOf derives the secret of a guardian's link from its row.
func secretOf(ring *keyring.Ring, t *ent.ResetToken) (string, error) {
	return link.Secret(ring, t.Kid, purposes[t.Purpose],
		t.ID[:], t.Nonce, t.BusinessID[:], t.GuardianID[:], []byte(t.Channel), link.Number(t.CredEpoch))
}

// genuine reports whether the presented secret is the one of the row.
func genuine(ring *keyring.Ring, t *ent.ResetToken, presented string) bool {
	want, err := secretOf(ring, t)
	return err == nil && link.Same(want, presented)
}
