// Package keyring derives every key the product uses from one root secret, with HKDF (RFC 5869), so
// that no two purposes ever share a key. Several roots allow rotation: the first of them, called the newest,
// makes everything, and what was made with any of them is understood.
package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
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

// Parse reads root secrets separated by commas, newest first; none of them twice. Its errors never contain a
// secret.
func Parse(text string) (*Ring, error) {
	r := &Ring{}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if len(part) < MinSecret {
			return nil, fmt.Errorf("a secret key needs at least %d characters; make one with: openssl rand -hex 32", MinSecret)
		}
		id := derive([]byte(part), "key-id", 4)
		k := &key{id: hex.EncodeToString(id), root: []byte(part)}
		for _, other := range r.keys {
			if other.id == k.id {
				return nil, errors.New("the same secret key stands there twice")
			}
		}
		r.keys = append(r.keys, k)
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

// IDs returns the ids of all keys, newest first.
func (r *Ring) IDs() []string {
	out := make([]string, len(r.keys))
	for i, k := range r.keys {
		out[i] = k.id
	}
	return out
}

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

// Lookup returns the keyed hash by which a value that is written now is found again without being stored in
// clear: the newest key's.
func (r *Ring) Lookup(purpose string, parts ...[]byte) []byte { return r.keys[0].mac(purpose, parts) }

// Lookups returns every keyed hash under which a value may stand, one of each key, newest first.
func (r *Ring) Lookups(purpose string, parts ...[]byte) [][]byte {
	out := make([][]byte, len(r.keys))
	for i, k := range r.keys {
		out[i] = k.mac(purpose, parts)
	}
	return out
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

// SigningKeys returns the Ed25519 keys of a purpose, one of each root, newest first.
func (r *Ring) SigningKeys(purpose string) []ed25519.PrivateKey {
	out := make([]ed25519.PrivateKey, len(r.keys))
	for i, k := range r.keys {
		out[i] = ed25519.NewKeyFromSeed(derive(k.root, "sign/"+purpose, ed25519.SeedSize))
	}
	return out
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

// idLength is the length of a key's id, with which everything sealed begins.
const idLength = 8

// SealedWith returns the id of the key that something was sealed with; empty for what Seal did not make.
func SealedWith(sealed []byte) string {
	if len(sealed) <= idLength {
		return ""
	}
	return string(sealed[:idLength])
}

// Open reverses Seal with whichever key it was made with.
func (r *Ring) Open(purpose string, sealed []byte) ([]byte, error) {
	for _, k := range r.keys {
		if SealedWith(sealed) == k.id {
			aead := k.aead(purpose)
			rest := sealed[idLength:]
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
