// Package ratelimit counts in the database, so that a limit holds over any number of processes.
//
// It is the generic cell rate algorithm (ITU-T I.371): a bucket is one number, the theoretical arrival
// time of the next request, and one conditional statement spends from several buckets at once or from
// none. Counting rows and then inserting one grants several times what is due under concurrency.
package ratelimit

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect"

	"officeportal/internal/keyring"
	"officeportal/internal/ratelimit/gcra"
	"officeportal/internal/store"
)

// Limit is one bucket: Burst at once, then one per Every.
type Limit struct {
	// Name says what is limited; with Subject it names the bucket.
	Name    string
	Subject []string
	Burst   int
	Every   time.Duration
}

func (l Limit) rate() gcra.Limit { return gcra.Limit{Burst: l.Burst, Every: l.Every} }

// InOrder is a bucket that refuses nobody. Transactions that spend from it happen one after the other, on whichever
// nodes of a cluster: one server makes who changes the same rows wait, but nodes only notice that both changed the same
// one. Who makes a link that supersedes the earlier ones needs it, for two at once see no link of each other's.
func InOrder(what, subject string) Limit {
	return Limit{Name: "in-order", Subject: []string{what, subject}, Burst: 3600, Every: time.Second}
}

// ErrLimited says that at least one bucket is empty; nothing was spent. The transaction must roll back.
var ErrLimited = errors.New("ratelimit: a limit is reached")

// Limiter spends from buckets.
type Limiter struct {
	store   *store.Store
	ring    *keyring.Ring
	refused func(limit string)
}

// New returns a limiter.
func New(s *store.Store, ring *keyring.Ring) *Limiter {
	return &Limiter{store: s, ring: ring, refused: func(string) {}}
}

// OnRefused sets who is told, by the name of the first limit asked for, of every request that was refused. Call it
// before the limiter is used.
func (l *Limiter) OnRefused(f func(limit string)) { l.refused = f }

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// SpendTx spends one from every bucket in the caller's transaction, with one statement, or returns ErrLimited.
func (l *Limiter) SpendTx(ctx context.Context, tx *store.Tx, limits ...Limit) error {
	return l.spend(ctx, tx, tx.Now, 1, limits)
}

// Allow spends one from every bucket, or from none. It returns the bucket that was empty for longest
// and when it has one again.
func (l *Limiter) Allow(ctx context.Context, limits ...Limit) (ok bool, retryAt time.Time, err error) {
	err = store.Do(ctx, func() error { return l.spend(ctx, l.store.Driver, l.store.Now(), 1, limits) })
	if errors.Is(err, ErrLimited) {
		states, err := l.Peek(ctx, limits...)
		for _, s := range states {
			if s.RetryAt.After(retryAt) {
				retryAt = s.RetryAt
			}
		}
		return false, retryAt, err
	}
	return err == nil, time.Time{}, err
}

// spend takes n from every bucket, or nothing from any.
func (l *Limiter) spend(ctx context.Context, db execer, now time.Time, n int, limits []Limit) error {
	type bucket struct {
		id          string
		bound, next int64
	}
	at := now.UnixMicro()
	buckets := make([]bucket, 0, len(limits))
	for _, limit := range limits {
		rate := limit.rate()
		for _, id := range l.ids(limit) {
			buckets = append(buckets, bucket{id, rate.LatestFor(n, now), at + int64(n)*rate.Step()})
		}
	}
	// one order for everybody, so that two requests do not wait for each other
	slices.SortFunc(buckets, func(a, b bucket) int { return strings.Compare(a.id, b.id) })

	var q strings.Builder
	args := make([]any, 0, 4*len(buckets)+2)
	q.WriteString("INSERT INTO rate_limits (id, tat) VALUES (?, ?)" + strings.Repeat(", (?, ?)", len(buckets)-1))
	for _, b := range buckets {
		args = append(args, b.id, b.next)
	}
	bound := "CASE rate_limits.id" + strings.Repeat(" WHEN ? THEN ?", len(buckets)) + " END"
	// A bucket that has none left becomes -1, which the table's check refuses together with all the others.
	if l.store.Driver.Dialect() == dialect.SQLite {
		q.WriteString(" ON CONFLICT (id) DO UPDATE SET tat = CASE WHEN rate_limits.tat <= " + bound +
			" THEN MAX(rate_limits.tat, ?) + (excluded.tat - ?) ELSE -1 END")
	} else {
		q.WriteString(" ON DUPLICATE KEY UPDATE tat = IF(rate_limits.tat <= " + bound +
			", GREATEST(rate_limits.tat, ?) + (VALUES(tat) - ?), -1)")
	}
	for _, b := range buckets {
		args = append(args, b.id, b.bound)
	}
	args = append(args, at, at)
	_, err := db.ExecContext(ctx, q.String(), args...)
	if store.IsCheckViolation(err) {
		l.refused(limits[0].Name)
		return ErrLimited
	}
	if err != nil {
		return fmt.Errorf("ratelimit: %w", err)
	}
	return nil
}

// State is a bucket at a moment.
type State struct {
	Limit Limit
	// RetryAt is when one can be spent again; zero when it can be now.
	RetryAt time.Time
}

// Peek reads buckets without spending, in the order given.
func (l *Limiter) Peek(ctx context.Context, limits ...Limit) ([]State, error) {
	if len(limits) == 0 {
		return nil, nil
	}
	tats, err := l.tats(ctx, limits...)
	if err != nil {
		return nil, err
	}
	now := l.store.Now()
	out := make([]State, len(limits))
	for i, limit := range limits {
		out[i].Limit = limit
		for _, id := range l.ids(limit) {
			wait := limit.rate().RetryAfter(tats[id], now)
			if at := now.Add(wait); wait > 0 && at.After(out[i].RetryAt) {
				out[i].RetryAt = at
			}
		}
	}
	return out, nil
}

// tats reads buckets by their ids; one that is missing is full.
func (l *Limiter) tats(ctx context.Context, limits ...Limit) (map[string]int64, error) {
	var ids []any
	for _, limit := range limits {
		for _, id := range l.ids(limit) {
			ids = append(ids, id)
		}
	}
	rows, err := l.store.Driver.QueryContext(store.WithFresh(ctx),
		"SELECT id, tat FROM rate_limits WHERE id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", ids...)
	if err != nil {
		return nil, fmt.Errorf("ratelimit: %w", err)
	}
	defer rows.Close()
	tats := map[string]int64{}
	for rows.Next() {
		var id string
		var tat int64
		if err := rows.Scan(&id, &tat); err != nil {
			return nil, fmt.Errorf("ratelimit: %w", err)
		}
		tats[id] = tat
	}
	return tats, rows.Err()
}

// Sweep deletes buckets that have been full for an hour: a missing one means the same.
func (l *Limiter) Sweep(ctx context.Context) error {
	query := "DELETE FROM rate_limits WHERE tat < ?"
	if l.store.Driver.Dialect() == dialect.MySQL {
		// Where most buckets are old it would go through all, and lock those that are in use.
		query = "DELETE r FROM rate_limits r FORCE INDEX (ratelimit_tat) WHERE r.tat < ?"
	}
	_, err := l.store.Driver.ExecContext(ctx, query, l.store.Now().Add(-time.Hour).UnixMicro())
	return err
}

// ids names the bucket once by every key on the ring: all are spent from together, so that nobody finds a full
// one when the older key goes, unless it goes sooner than the bucket fills.
func (l *Limiter) ids(limit Limit) []string {
	parts := [][]byte{[]byte(limit.Name)}
	for _, s := range limit.Subject {
		parts = append(parts, []byte(s))
	}
	hashes := l.ring.Lookups("rate-limit", parts...)
	out := make([]string, len(hashes))
	for i, h := range hashes {
		out[i] = base64.RawURLEncoding.EncodeToString(h)
	}
	return out
}
