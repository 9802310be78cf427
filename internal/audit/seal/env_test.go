package seal_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditleaf"
	"officeportal/internal/audit"
	"officeportal/internal/audit/seal"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

const (
	oldRoot = "0123456789abcdef0123456789abcdef"
	newRoot = "fedcba9876543210fedcba9876543210"
)

func ring(t testing.TB, roots string) *keyring.Ring {
	t.Helper()
	r, err := keyring.Parse(roots)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// env is a database whose entries are signed, and one process that seals them.
type env struct {
	t        *testing.T
	store    *store.Store
	ring     *keyring.Ring
	log      *seal.Log
	said     *logged
	system   context.Context
	business ident.ID
}

type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func each(t *testing.T, f func(t *testing.T, e *env)) {
	t.Helper()
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		s := store.New(d, nil)
		e := &env{t: t, store: s, ring: ring(t, oldRoot), said: &logged{}, business: ident.New(),
			system: viewer.AsSystem(t.Context(), ident.ID{}, "a test of what is beneath all businesses")}
		audit.SignWith(s.Client, e.ring)
		e.log = e.process()
		f(t, e)
	})
}

// process is another process on the same database.
func (e *env) process(opts ...seal.Option) *seal.Log {
	return seal.New(e.store, e.ring, slog.New(slog.NewTextHandler(e.said, nil)), opts...)
}

func (e *env) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// record writes n entries, one transaction each.
func (e *env) record(n int) []ident.ID {
	e.t.Helper()
	var out []ident.ID
	for i := range n {
		e.must(e.store.WithTx(e.system, func(ctx context.Context, tx *store.Tx) error {
			id, err := audit.Record(ctx, tx, audit.Entry{Action: audit.SignIn, Business: e.business, Facts: map[string]string{"staff": fmt.Sprint("Zoë \"Z\" ", i)}})
			out = append(out, id)
			return err
		}))
	}
	return out
}

func (e *env) seal() {
	e.t.Helper()
	_, err := e.log.Once(e.system)
	e.must(err)
}

// exec is somebody with a client of the database.
func (e *env) exec(query string, args ...any) error {
	_, err := e.store.Driver.DB().ExecContext(e.t.Context(), query, args...)
	return err
}

func (e *env) mustExec(query string, args ...any) {
	e.t.Helper()
	if err := e.exec(query, args...); err != nil {
		e.t.Fatalf("%s: %v", query, err)
	}
}

// leaves checks that the places are 0, 1, 2 … and that nothing waits, and returns them.
func (e *env) leaves(want int) []*ent.AuditLeaf {
	e.t.Helper()
	leaves := e.store.Client.AuditLeaf.Query().Order(ent.Asc(auditleaf.FieldID)).AllX(e.system)
	for i, l := range leaves {
		if l.ID != int64(i) {
			e.t.Fatalf("place %d is taken where %d should be", l.ID, i)
		}
	}
	if entries := e.store.Client.AuditEntry.Query().CountX(e.system); len(leaves) != want || entries != want {
		e.t.Errorf("%d places for %d entries, want %d", len(leaves), entries, want)
	}
	if n, err := e.log.Unsealed(e.system); n != 0 || err != nil {
		e.t.Errorf("%d wait, %v", n, err)
	}
	return leaves
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in:\n%s", p, text)
		}
	}
}

const patience = 30 * time.Second
