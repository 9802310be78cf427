package secondfactor

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
)

// period is the length of a time step in seconds, and skew how many steps a phone's clock may be off (RFC 6238 §5.2).
const (
	period = 30
	skew   = 1
)

// TOTPSetup is what an authenticator app needs. It is shown once and is not kept until a code of it came back.
type TOTPSetup struct {
	// Key is the secret for typing, URI and QRCode the same for scanning; QRCode is a PNG as a data URI.
	Key, URI, QRCode string
}

// Added is the outcome of setting a factor up.
type Added struct {
	// Codes are the recovery codes, when they were made now. Nobody can read them again.
	Codes []string
	// SignedIn is the session that goes on, when signing in waited for the set-up; else nil.
	SignedIn *identity.SignedIn
}

// StartTOTP makes a secret for an authenticator app.
func (s *Service) StartTOTP(ctx context.Context) (TOTPSetup, error) {
	m, system, err := s.settingUp(ctx)
	if err != nil {
		return TOTPSetup{}, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Office Portal", AccountName: m.staff.Email, Period: period})
	if err != nil {
		return TOTPSetup{}, err
	}
	image, err := key.Image(232, 232)
	if err != nil {
		return TOTPSetup{}, err
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image); err != nil {
		return TOTPSetup{}, err
	}
	if err := s.begin(system, m, ceremony{Kind: addTOTP, Secret: key.Secret()}); err != nil {
		return TOTPSetup{}, err
	}
	return TOTPSetup{Key: key.Secret(), URI: key.URL(), QRCode: "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture.Bytes())}, nil
}

// ConfirmTOTP takes the first code of the app, which proves that the secret arrived. It refuses with
// BadCredentials, LimitReached, and Invalid when nothing was begun.
func (s *Service) ConfirmTOTP(ctx context.Context, code string) (Added, error) {
	m, system, err := s.settingUp(ctx)
	if err != nil {
		return Added{}, err
	}
	if err := s.slowDown(ctx, m); err != nil {
		return Added{}, s.refused(system, m, audit.SecondFactorChanged, err)
	}
	c, err := s.ceremony(m, addTOTP)
	if err != nil {
		return Added{}, s.refused(system, m, audit.SecondFactorChanged, err)
	}
	step, ok := stepOf(c.Secret, code, s.Store.Now())
	if !ok {
		return Added{}, s.refused(system, m, audit.SecondFactorChanged, fault.Refuse(fault.At(fault.BadCredentials, "code", "secondFactor.wrongCode")))
	}
	sealed := s.Ring.Seal(TOTPPurpose(m.staff.ID), []byte(c.Secret))
	return s.add(system, m, "TOTP_ADDED", func(ctx context.Context, tx *store.Tx) error {
		n, err := m.still(tx).SetTotpSecret(sealed).SetTotpConfirmedAt(tx.Now).SetTotpStep(step).SetSecondFailures(0).Save(ctx)
		if err == nil && n != 1 {
			err = unauthenticated()
		}
		return err
	})
}

// add sets a factor up in one transaction: the ceremony is used up, recovery codes are made for the first factor,
// the sign-in that waited goes on.
func (s *Service) add(system context.Context, m *self, change string, set func(ctx context.Context, tx *store.Tx) error) (Added, error) {
	first := !m.any()
	codes, next := newCodes(), newSession()
	var hashes [][]byte
	if first {
		var err error
		if hashes, err = hashCodes(system, m, codes); err != nil {
			return Added{}, err
		}
	}
	var continued bool
	err := s.Store.WithTx(system, func(ctx context.Context, tx *store.Tx) (err error) {
		if err := m.spend(ctx, tx); err != nil {
			return err
		}
		if err := set(ctx, tx); err != nil {
			return err
		}
		if first {
			if err := writeCodes(ctx, tx, m, hashes); err != nil {
				return err
			}
		}
		if err := m.changed(ctx, tx, change); err != nil {
			return err
		}
		continued, err = m.finishSetup(ctx, tx, next, first)
		return err
	})
	if err != nil {
		return Added{}, s.refused(system, m, audit.SecondFactorChanged, err)
	}
	s.Nudge()
	out := Added{}
	if first {
		out.Codes = codes
	}
	if continued {
		out.SignedIn = m.signedIn(next, s.Store.Now())
	}
	return out, nil
}

// slowDown bounds how fast one staff member can try.
func (s *Service) slowDown(ctx context.Context, m *self) error {
	ok, _, err := s.Limiter.Allow(ctx, ratelimit.Limit{Name: "second-factor", Subject: []string{m.staff.ID.String()}, Burst: 20, Every: 15 * time.Second})
	if err == nil && !ok {
		err = fault.New(fault.LimitReached, "error.tooManyAttempts")
	}
	return err
}

// TOTPPurpose names the key that seals a staff member's secret of an authenticator app.
func TOTPPurpose(staff ident.ID) string { return "totp/v1/" + staff.String() }

// stepOf returns the time step that the code belongs to. The library says only whether one does; which one is
// needed so that a code works once.
func stepOf(secret, code string, now time.Time) (int64, bool) {
	code = strings.Join(strings.Fields(code), "")
	current := now.Unix() / period
	for _, step := range []int64{current, current - skew, current + skew} {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// takeTOTP decides on a code in the caller's transaction. The attempt is counted before the code is looked at, with
// one statement, so that attempts at the same moment don't share a count; a step that was used is used.
func (s *Service) takeTOTP(ctx context.Context, tx *store.Tx, m *self, code string) (verdict, error) {
	n, err := m.still(tx).Where(staffmember.SecondFailuresLT(MaxFailures), staffmember.TotpConfirmedAtNotNil()).AddSecondFailures(1).Save(ctx)
	if err != nil {
		return wrong, err
	}
	if n != 1 {
		return lockedOut, nil
	}
	now, err := tx.StaffMember.Query().Where(staffmember.BusinessID(m.staff.BusinessID), staffmember.ID(m.staff.ID)).Only(ctx)
	if err != nil {
		return wrong, err
	}
	secret, err := s.Ring.Open(TOTPPurpose(m.staff.ID), *now.TotpSecret)
	if err != nil { // sealed with a key that is gone, or not by us
		return wrong, nil
	}
	if step, ok := stepOf(string(secret), code, tx.Now); ok {
		n, err := m.still(tx).Where(staffmember.TotpStepLT(step)).SetTotpStep(step).SetSecondFailures(0).Save(ctx)
		if err != nil || n == 1 {
			return right, err
		}
	}
	if now.SecondFailures >= MaxFailures {
		return nowLocked, nil
	}
	return wrong, nil
}
