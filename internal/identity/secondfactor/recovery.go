package secondfactor

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"

	"officeportal/ent"
	"officeportal/ent/recoverycode"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/identity/password"
	"officeportal/internal/store"
)

// How many recovery codes there are, and how many characters of five bits each has. Rows hold what Argon2id makes of
// them, as of a password: NIST SP 800-63B-4 asks for that below 112 bits (3.1.2.2). No root key goes into it, because a
// code is on paper and can't be hashed again: it would keep an old key in use for as long as anybody has one.
const (
	codeCount  = 10
	codeLength = 16
)

var codeText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newCodes returns codes as they are shown: four groups of four.
func newCodes() []string {
	out := make([]string, codeCount)
	for i := range out {
		raw := make([]byte, codeLength*5/8)
		_, _ = rand.Read(raw)
		c := codeText.EncodeToString(raw)
		out[i] = c[:4] + "-" + c[4:8] + "-" + c[8:12] + "-" + c[12:]
	}
	return out
}

// tidyCode undoes what people do to a code they type.
func tidyCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '2' && r <= '7' {
			return r
		}
		return -1
	}, strings.ToLower(typed))
}

// hashCode takes some 30 ms of a core, on purpose: never in a transaction.
func hashCode(ctx context.Context, m *self, code string) ([]byte, error) {
	return password.Stretch(ctx, tidyCode(code), append([]byte("recovery-code/v2"), m.staff.ID[:]...))
}

func hashCodes(ctx context.Context, m *self, codes []string) ([][]byte, error) {
	out := make([][]byte, len(codes))
	for i, c := range codes {
		var err error
		if out[i], err = hashCode(ctx, m, c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// writeCodes replaces all recovery codes of the staff member.
func writeCodes(ctx context.Context, tx *store.Tx, m *self, hashes [][]byte) error {
	if err := dropCodes(ctx, tx, m.staff); err != nil {
		return err
	}
	rows := make([]*ent.RecoveryCodeCreate, len(hashes))
	for i, h := range hashes {
		rows[i] = tx.RecoveryCode.Create().SetBusinessID(m.staff.BusinessID).SetStaffID(m.staff.ID).SetCodeHash(h).SetCreatedAt(tx.Now)
	}
	return tx.RecoveryCode.CreateBulk(rows...).Exec(ctx)
}

func dropCodes(ctx context.Context, tx *store.Tx, m *ent.StaffMember) error {
	_, err := tx.RecoveryCode.Delete().Where(recoverycode.BusinessID(m.BusinessID), recoverycode.StaffID(m.ID)).Exec(ctx)
	return err
}

// NewCodes makes new recovery codes; the old ones stop working. It refuses with Invalid where no second factor is
// set up, and with ReauthenticationRequired.
func (s *Service) NewCodes(ctx context.Context) ([]string, error) {
	m, system, err := s.settingUp(ctx)
	if err != nil {
		return nil, err
	}
	if !m.any() {
		return nil, s.refused(system, m, audit.SecondFactorChanged, fault.New(fault.Invalid, "secondFactor.none"))
	}
	codes := newCodes()
	hashes, err := hashCodes(ctx, m, codes)
	if err != nil {
		return nil, err
	}
	err = s.Store.WithTx(system, func(ctx context.Context, tx *store.Tx) error {
		if err := writeCodes(ctx, tx, m, hashes); err != nil {
			return err
		}
		return m.changed(ctx, tx, "CODES_RENEWED")
	})
	if err != nil {
		return nil, err
	}
	s.Nudge()
	return codes, nil
}

// takeCode uses a recovery code up, once, and unlocks the codes of the app.
func (s *Service) takeCode(ctx context.Context, tx *store.Tx, m *self, hash []byte) (verdict, error) {
	n, err := tx.RecoveryCode.Update().
		Where(recoverycode.BusinessID(m.staff.BusinessID), recoverycode.StaffID(m.staff.ID), recoverycode.CodeHash(hash), recoverycode.UsedAtIsNil()).
		SetUsedAt(tx.Now).Save(ctx)
	if err != nil || n != 1 {
		return wrong, err
	}
	n, err = m.still(tx).SetSecondFailures(0).Save(ctx)
	if err == nil && n != 1 {
		err = unauthenticated()
	}
	return right, err
}
