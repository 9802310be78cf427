package identity

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"hash/crc32"
	"log/slog"
	"strings"
	"time"

	"officeportal/ent"
	"officeportal/ent/apitoken"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// APITokenPrefix begins every API token, so that people, and programs that look for secrets where none should be,
// know one when they see it.
const APITokenPrefix = "opt_"

const (
	tokenRandom   = 20 // bytes, 32 characters
	tokenLength   = len(APITokenPrefix) + 32 + 7
	tokenUsedEach = time.Minute
)

var tokenLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newAPISecret returns 160 random bits and a checksum: what can't be a token is told apart without asking the
// database.
func newAPISecret() string {
	raw := make([]byte, tokenRandom)
	_, _ = rand.Read(raw)
	body := APITokenPrefix + tokenLetters.EncodeToString(raw)
	return body + tokenSum(body)
}

func tokenSum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	return tokenLetters.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
}

func couldBeToken(secret string) bool {
	return len(secret) == tokenLength && strings.HasPrefix(secret, APITokenPrefix) &&
		secret[tokenLength-7:] == tokenSum(secret[:tokenLength-7])
}

// AuthenticateAPIToken returns the staff member that a token acts for, or ErrNoSession. What it may do is what both
// the token and the staff member may at this moment, and never what takes an owner. Like Authenticate it reads the
// last committed state on a cluster too. The use is noted at most once a minute.
func (s *Service) AuthenticateAPIToken(ctx context.Context, secret string) (viewer.Viewer, error) {
	if !couldBeToken(secret) {
		return viewer.Viewer{}, ErrNoSession
	}
	system := store.WithFresh(viewer.AsSystem(ctx, ident.ID{}, "whom a token acts for is known once it is found"))
	now := s.store.Now()
	t, err := s.store.Client.APIToken.Query().
		Where(apitoken.TokenHash(hashToken(secret)), apitoken.RevokedAtIsNil(), apitoken.ExpiresAtGT(now)).
		WithStaffMember().Only(system)
	if ent.IsNotFound(err) {
		return viewer.Viewer{}, ErrNoSession
	}
	if err != nil {
		return viewer.Viewer{}, fmt.Errorf("identity: %w", err)
	}
	m := t.Edges.StaffMember
	if m == nil || !m.Active || m.CredEpoch != t.CredEpoch {
		return viewer.Viewer{}, ErrNoSession
	}
	b, err := s.businessOf(system, t.BusinessID)
	if err != nil {
		return viewer.Viewer{}, fmt.Errorf("identity: %w", err)
	}
	if t.LastUsedAt == nil || now.Sub(*t.LastUsedAt) >= tokenUsedEach {
		s.noteUse(system, t, now)
	}
	own := viewer.Viewer{Kind: viewer.StaffMember, Owner: m.Owner, Granted: m.Permissions}
	return viewer.Viewer{Kind: viewer.StaffMember, BusinessID: m.BusinessID, Business: b, PersonID: m.ID, Name: m.Name, Locale: m.Locale,
		Granted: own.Among(t.Permissions), APITokenID: t.ID, APITokenName: t.Name}, nil
}

// noteUse is one conditional statement, so that many requests at once write once. Failing is harmless.
func (s *Service) noteUse(system context.Context, t *ent.APIToken, now time.Time) {
	minute := now.Truncate(tokenUsedEach)
	err := store.Do(system, func() error {
		return s.store.Client.APIToken.Update().
			Where(apitoken.BusinessID(t.BusinessID), apitoken.ID(t.ID), apitoken.Or(apitoken.LastUsedAtIsNil(), apitoken.LastUsedAtLT(minute))).
			SetLastUsedAt(minute).SetLastUsedAddress(viewer.RequestFrom(system).Address).Exec(system)
	})
	if err != nil {
		slog.WarnContext(system, "identity: the use of an API token could not be noted", slog.String("error", store.Cause(err)))
	}
}
