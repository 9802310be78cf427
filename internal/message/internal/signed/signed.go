// Package signed checks the signatures of the Standard Webhooks scheme, which Svix (and so Resend) and Bird
// use: HMAC-SHA256 over id, time and body, in headers of their own.
package signed

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"officeportal/internal/message/provider"
)

// Tolerance is how far the time in a signature may be from now, either way. A report that comes late is
// signed anew by its sender, so this says nothing about how late it is.
const Tolerance = 5 * time.Minute

const (
	prefix        = "whsec_"
	maxID         = 128
	maxSignatures = 16 // more are never sent; each costs a comparison
)

// ErrBadSecret means that a signing secret has no valid form. It does not repeat the secret.
var ErrBadSecret = errors.New("the signing secret of the reports must look like whsec_… as the service shows it")

// Secret is what a service signs with; during a rotation it may be several, of which any counts.
type Secret struct{ keys [][]byte }

// ParseSecret reads whsec_ and base64, or several of them separated by blanks or commas.
func ParseSecret(raw string) (Secret, error) {
	var s Secret
	for _, one := range strings.FieldsFunc(raw, func(r rune) bool { return r == ' ' || r == ',' }) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(one, prefix))
		if err != nil || len(key) < 16 {
			return Secret{}, ErrBadSecret
		}
		s.keys = append(s.keys, key)
	}
	if len(s.keys) == 0 {
		return Secret{}, ErrBadSecret
	}
	return s, nil
}

// Read returns the id and the body of a request whose headers, named with the given prefix ("svix-" or
// "webhook-"), hold a signature that is valid now. The error is one of provider's.
func (s Secret) Read(r *http.Request, headers string, now time.Time) (id string, body []byte, err error) {
	body, err = Body(r)
	if err != nil {
		return "", nil, err
	}
	id, stamp := r.Header.Get(headers+"id"), r.Header.Get(headers+"timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || id == "" || len(id) > maxID {
		return "", nil, provider.ErrForged
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > Tolerance || off < -Tolerance {
		return "", nil, provider.ErrForged
	}
	if !s.signed(id, stamp, body, r.Header.Get(headers+"signature")) {
		return "", nil, provider.ErrForged
	}
	return id, body, nil
}

// signed compares every key with every signature of version 1, in constant time: other versions are of other
// schemes, which nothing here can check.
func (s Secret) signed(id, stamp string, body []byte, signatures string) bool {
	valid := false
	for i, one := range strings.Fields(signatures) {
		version, encoded, _ := strings.Cut(one, ",")
		given, err := base64.StdEncoding.DecodeString(encoded)
		if i >= maxSignatures || version != "v1" || err != nil {
			continue
		}
		for _, key := range s.keys {
			mac := hmac.New(sha256.New, key)
			_, _ = mac.Write([]byte(id + "." + stamp + "."))
			_, _ = mac.Write(body)
			valid = hmac.Equal(mac.Sum(nil), given) || valid
		}
	}
	return valid
}

// Body reads a request's body whole, up to the size that any report has.
func Body(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, provider.MaxReport+1))
	if err != nil {
		return nil, provider.ErrUnreadable
	}
	if len(body) > provider.MaxReport {
		return nil, provider.ErrTooLarge
	}
	return body, nil
}
