// Package keyring derives every key the product uses from one root secret, with HKDF (RFC 5869), so
// that no two purposes ever share a key. Several roots, newest first, allow rotation: new things use
// the newest, old things are still understood.
package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// MinSecret is the least number of characters of a root secret.
const MinSecret = 32

// Ring is a set of root secrets.
type Ring struct{ keys []*key }

type key struct {
	id   string
	root []byte
}

// ErrUnknownKey says that something was made with a root secret that is not on the ring any more.
var ErrUnknownKey = errors.New("keyring: made with a key that is not configured")

// Parse reads root secrets separated by commas, newest first. Its errors never contain a secret.
func Parse(text string) (*Ring, error) {
	r := &Ring{}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if len(part) < MinSecret {
			return nil, fmt.Errorf("a secret key needs at least %d characters; make one with: openssl rand -hex 32", MinSecret)
		}
		id := derive([]byte(part), "key-id", 4)
		r.keys = append(r.keys, &key{id: hex.EncodeToString(id), root: []byte(part)})
	}
	return r, nil
}

// Generate returns a fresh root secret.
func Generate() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}

// Newest returns the id of the key that new things are made with.
func (r *Ring) Newest() string { return r.keys[0].id }

// MAC returns HMAC-SHA256 over the parts with the purpose's key of the given id. Every part is
// preceded by its length, so that no two lists of parts collide.
func (r *Ring) MAC(kid, purpose string, parts ...[]byte) ([]byte, error) {
	for _, k := range r.keys {
		if k.id == kid {
			return k.mac(purpose, parts), nil
		}
	}
	return nil, ErrUnknownKey
}

// Lookup returns a keyed hash by which a value is found again without being stored in clear. It uses
// the oldest key, so that rotation does not lose what is already in the database.
func (r *Ring) Lookup(purpose string, parts ...[]byte) []byte {
	return r.keys[len(r.keys)-1].mac(purpose, parts)
}

func (k *key) mac(purpose string, parts [][]byte) []byte {
	h := hmac.New(sha256.New, derive(k.root, purpose, 32))
	for _, p := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	return h.Sum(nil)
}

// Seal encrypts and authenticates text with the newest key (AES-256-GCM, random nonce).
func (r *Ring) Seal(purpose string, text []byte) []byte {
	k := r.keys[0]
	aead := k.aead(purpose)
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	out := append([]byte(k.id), nonce...)
	return aead.Seal(out, nonce, text, []byte(purpose))
}

// Open reverses Seal with whichever key it was made with.
func (r *Ring) Open(purpose string, sealed []byte) ([]byte, error) {
	const idLen = 8
	for _, k := range r.keys {
		if len(sealed) > idLen && string(sealed[:idLen]) == k.id {
			aead := k.aead(purpose)
			rest := sealed[idLen:]
			if len(rest) < aead.NonceSize() {
				break
			}
			text, err := aead.Open(nil, rest[:aead.NonceSize()], rest[aead.NonceSize():], []byte(purpose))
			if err != nil {
				return nil, errors.New("keyring: the sealed text was changed")
			}
			return text, nil
		}
	}
	return nil, ErrUnknownKey
}

func (k *key) aead(purpose string) cipher.AEAD {
	block, err := aes.NewCipher(derive(k.root, "seal/"+purpose, 32))
	if err != nil {
		panic(err) // the key length is a constant
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func derive(root []byte, purpose string, length int) []byte {
	out, err := hkdf.Key(sha256.New, root, nil, "officeportal/v1/"+purpose, length)
	if err != nil {
		panic(err) // only a length beyond 255 hashes fails
	}
	return out
}
