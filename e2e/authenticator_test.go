package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"github.com/fxamacker/cbor/v2"
)

// authenticator is a security key in software: it speaks what browsers hand on (WebAuthn Level 3, §6).
type authenticator struct {
	w       *world
	key     *ecdsa.PrivateKey
	id      []byte
	counter uint32
}

func (w *world) authenticator() *authenticator {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return &authenticator{w: w, key: key, id: id}
}

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func (a *authenticator) clientData(kind, options string) []byte {
	a.w.t.Helper()
	var o struct{ Challenge string }
	a.w.must(json.Unmarshal([]byte(options), &o))
	raw, err := json.Marshal(map[string]any{"type": kind, "challenge": o.Challenge, "origin": a.w.app.URL(), "crossOrigin": false})
	a.w.must(err)
	return raw
}

// data is the authenticator data: whom it is for, that somebody was there, and the counter.
func (a *authenticator) data(attested []byte) []byte {
	site := sha256.Sum256([]byte("localhost"))
	flags := byte(0x05) // user present and verified
	if attested != nil {
		flags |= 0x40
	}
	out := append(site[:], flags)
	out = binary.BigEndian.AppendUint32(out, a.counter)
	return append(out, attested...)
}

// register answers the options for making a passkey.
func (a *authenticator) register(options string) string {
	a.w.t.Helper()
	point, err := a.key.PublicKey.ECDH()
	a.w.must(err)
	xy := point.Bytes()[1:]
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: xy[:32], -3: xy[32:]})
	a.w.must(err)
	attested := make([]byte, 16, 200)
	attested = binary.BigEndian.AppendUint16(attested, uint16(len(a.id)))
	attested = append(append(attested, a.id...), cose...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": a.data(attested)})
	a.w.must(err)
	return a.credential(map[string]any{"clientDataJSON": b64(a.clientData("webauthn.create", options)), "attestationObject": b64(object)})
}

// assert answers the options for using the passkey, and counts.
func (a *authenticator) assert(options string) string {
	a.w.t.Helper()
	a.counter++
	client, data := a.clientData("webauthn.get", options), a.data(nil)
	sum := sha256.Sum256(client)
	digest := sha256.Sum256(append(data[:len(data):len(data)], sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	a.w.must(err)
	return a.credential(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)})
}

func (a *authenticator) credential(response map[string]any) string {
	raw, err := json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	a.w.must(err)
	return string(raw)
}

const (
	startPasskey   = `mutation{startPasskeyRegistration{options errors{code message}}}`
	addPasskey     = `mutation($i:AddPasskeyInput!){addPasskey(input:$i){security{totp passkeys{id name}} recoveryCodes errors{code message}}}`
	startAssertion = `mutation{startPasskeyAssertion{options errors{code message}}}`
)

// withPasskey adds a passkey for whoever is signed in and returns its key and its id.
func (b *browser) withPasskey() (*authenticator, string) {
	b.w.t.Helper()
	a := b.w.authenticator()
	options := b.do(startPasskey, nil).str("startPasskeyRegistration.options")
	added := b.do(addPasskey, vars{"i": vars{"name": "Front desk", "credential": a.register(options)}})
	id := added.str("addPasskey.security.passkeys.0.id")
	if id == "" {
		b.w.t.Fatalf("adding a passkey: %s", added)
	}
	return a, id
}
