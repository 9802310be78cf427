package live

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

const (
	// mostAtOnce is how many things one statement asks about; SQLite takes 32,766 arguments.
	mostAtOnce = 10_000
	// mostInList is how many identifiers stand in one list: from 1,000 on MariaDB makes a table of them first.
	mostInList = 500
)

// A row of each kind has the same columns. The state of a session or an API token is what is checked on every request,
// with the permissions; the state of a reset is compared with what a reader has seen, so times are read as times.
const resetRows = `SELECT 'R' AS kind, t.id AS id, t.first_sent_at IS NOT NULL AS sent, t.redeemed_at IS NOT NULL AS used,
 t.superseded_at IS NOT NULL AS superseded, t.revoked_at IS NOT NULL AS revoked, t.cred_epoch = g.cred_epoch AS curr,
 t.expires_at AS expires, m.state AS state, m.delivery AS delivery, m.problem AS problem, m.credit AS credit, m.updated_at AS updated,
 NULL AS permissions, NULL AS narrowed
FROM reset_tokens t
JOIN guardians g ON g.business_id = t.business_id AND g.id = t.guardian_id
LEFT JOIN messages m ON m.business_id = t.business_id AND m.reset_token_id = t.id
WHERE t.id IN (`

const sessionRows = `SELECT 'S', s.id, p.owner, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, p.permissions, NULL
FROM sessions s
JOIN staff_members p ON p.business_id = s.business_id AND p.id = s.person_id
WHERE s.person_kind = 'STAFF' AND s.ended_at IS NULL AND NOT s.pending AND p.active AND p.cred_epoch = s.cred_epoch AND s.expires_at > ? AND s.id IN (`

const apiTokenRows = `SELECT 'A', a.id, p.owner, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, p.permissions, a.permissions
FROM api_tokens a
JOIN staff_members p ON p.business_id = a.business_id AND p.id = a.staff_id
WHERE a.revoked_at IS NULL AND p.active AND p.cred_epoch = a.cred_epoch AND a.expires_at > ? AND a.id IN (`

// look asks about everything that is watched, in all businesses: what it finds is compared and never shown.
func (s *Service) look(ctx context.Context, keys []key) (map[key]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out := make(map[key]string, len(keys))
	for some := range slices.Chunk(keys, mostAtOnce) {
		if err := s.lookAt(ctx, some, out); err != nil {
			return nil, fmt.Errorf("live: %w", err)
		}
	}
	return out, nil
}

func (s *Service) lookAt(ctx context.Context, keys []key, into map[key]string) error {
	now := s.store.Now()
	var resets, sessions, apiTokens []any
	for _, k := range keys {
		switch {
		case k.id.IsZero(): // somebody without a session or an API token
		case k.kind == ofReset:
			resets = append(resets, k.id)
		case k.kind == ofAPIToken:
			apiTokens = append(apiTokens, k.id)
		default:
			sessions = append(sessions, k.id)
		}
	}
	var parts []string
	var args []any
	for some := range slices.Chunk(resets, mostInList) {
		parts, args = append(parts, resetRows+places(len(some))), append(args, some...)
	}
	for _, of := range []struct {
		rows string
		ids  []any
	}{{sessionRows, sessions}, {apiTokenRows, apiTokens}} {
		for some := range slices.Chunk(of.ids, mostInList) {
			parts, args = append(parts, of.rows+places(len(some))), append(append(args, now), some...)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	rows, err := s.store.Driver.QueryContext(ctx, strings.Join(parts, " UNION ALL "), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		k, state, err := scan(rows, now)
		if err != nil {
			return err
		}
		into[k] = state
	}
	return rows.Err()
}

func places(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") + ")" }

func scan(rows *sql.Rows, now time.Time) (key, string, error) {
	var what string
	var id ident.ID
	var r reset
	var expires, updated store.Instant
	var state, delivery, problem, credit sql.NullString
	var permissions, narrowed []byte
	if err := rows.Scan(&what, &id, &r.sent, &r.used, &r.superseded, &r.revoked, &r.current, &expires, &state, &delivery, &problem, &credit, &updated, &permissions, &narrowed); err != nil {
		return key{}, "", err
	}
	if what != "R" {
		owner := r.sent // where a reset says sent the others say owner
		var granted, of []viewer.Permission
		if err := json.Unmarshal(permissions, &granted); err != nil {
			return key{}, "", err
		}
		if what == "S" {
			return key{ofSession, id}, rights(owner, granted), nil
		}
		if err := json.Unmarshal(narrowed, &of); err != nil {
			return key{}, "", err
		}
		person := viewer.Viewer{Kind: viewer.StaffMember, Owner: owner, Granted: granted}
		return key{ofAPIToken, id}, rights(false, person.Among(of)), nil
	}
	r.expired = !expires.IsZero() && !now.Before(expires.Time)
	if state.Valid {
		r.message = message(state.String, delivery.String, problem.String, credit.String, updated.Time)
	}
	return key{ofReset, id}, r.String(), nil
}
