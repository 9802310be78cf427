package secondfactor

import (
	"context"
	"encoding/json"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"officeportal/ent/schema/schematype"
	"officeportal/ent/session"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
)

// ceremonyLife is how long something that was begun may take: scanning a QR code, finding a security key.
const ceremonyLife = 10 * time.Minute

// The kinds of ceremonies. One of another kind is none.
const (
	addTOTP    = "add-totp"
	addPasskey = "add-passkey"
	assertion  = "assertion"
)

// ceremony is what waits in a session, sealed, for its second half. A session has one at a time.
type ceremony struct {
	Kind     string                `json:"kind"`
	Expires  time.Time             `json:"expires"`
	Secret   string                `json:"secret,omitempty"`   // of an authenticator app
	WebAuthn *webauthn.SessionData `json:"webauthn,omitempty"` // challenge of a passkey
}

// CeremonyPurpose names the key that seals what waits in a session. It is the session's own: a challenge copied into
// another one can't be opened.
func CeremonyPurpose(session ident.ID) string { return "ceremony/v1/" + session.String() }

// begin keeps a ceremony in the session, instead of any earlier one.
func (s *Service) begin(ctx context.Context, m *self, c ceremony) error {
	change := map[string]string{assertion: "PASSKEY_ASKED"}[c.Kind]
	if change == "" {
		change = "SETUP_BEGUN"
	}
	c.Expires = s.Store.Now().Add(ceremonyLife)
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	sealed := s.Ring.Seal(CeremonyPurpose(m.session.ID), raw)
	return s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Session.Update().
			Where(session.BusinessID(m.session.BusinessID), session.ID(m.session.ID), session.EndedAtIsNil()).
			SetChallenge(sealed).Exec(ctx); err != nil {
			return err
		}
		return m.record(ctx, tx, audit.SecondFactorChanged, schematype.Succeeded, map[string]string{"change": change})
	})
}

// ceremony opens the one that waits, and refuses with Invalid when there is none of the kind.
func (s *Service) ceremony(m *self, kind string) (ceremony, error) {
	var c ceremony
	if m.session.Challenge == nil {
		return c, startAgain()
	}
	raw, err := s.Ring.Open(CeremonyPurpose(m.session.ID), *m.session.Challenge)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.Kind != kind || !s.Store.Now().Before(c.Expires) {
		return c, startAgain()
	}
	return c, nil
}

func startAgain() error { return fault.New(fault.Invalid, "secondFactor.startAgain") }

// spend uses the ceremony up in the caller's transaction: a challenge is answered once.
func (m *self) spend(ctx context.Context, tx *store.Tx) error {
	n, err := tx.Session.Update().
		Where(session.BusinessID(m.session.BusinessID), session.ID(m.session.ID), session.EndedAtIsNil(), session.Challenge(*m.session.Challenge)).
		ClearChallenge().Save(ctx)
	if err == nil && n != 1 {
		err = startAgain()
	}
	return err
}
