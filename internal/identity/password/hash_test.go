package password

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/argon2"
)

const pw = "nine lives of Kwame"

func TestHashAndVerify(t *testing.T) {
	ctx := t.Context()
	hash, err := Hash(ctx, pw)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || len(hash) != 97 {
		t.Fatalf("unexpected form: %s", hash)
	}
	again, err := Hash(ctx, pw)
	if err != nil || again == hash {
		t.Fatal("two hashes of one password are the same", err)
	}
	for _, c := range []struct {
		name, pw string
		want     bool
	}{
		{"the password itself", pw, true},
		{"another one", pw + "x", false},
		{"a beginning of it", pw[:len(pw)-1], false},
		{"other case", strings.ToUpper(pw), false},
		{"a space more", pw + " ", false},
		{"nothing", "", false},
		{"a text too long to be one", strings.Repeat("x", MaxBytes+1), false},
		{"bytes that are no text", "\xff", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			ok, rehash, err := Verify(ctx, hash, c.pw)
			if ok != c.want || rehash || err != nil {
				t.Fatal(ok, rehash, err)
			}
		})
	}
}

func TestTheSamePasswordFromAnotherKeyboard(t *testing.T) {
	hash, err := Hash(t.Context(), "cafe\u0301 Kwame ﬁne №5")
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := Verify(t.Context(), hash, "café Kwame fine No5"); !ok || err != nil {
		t.Fatal(ok, err)
	}
}

func TestLongPasswordsAreNotCut(t *testing.T) {
	long := strings.Repeat("х", MaxBytes/2)
	hash, err := Hash(t.Context(), long)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, _ := Verify(t.Context(), hash, long); !ok {
		t.Fatal("the longest password does not verify")
	}
	if ok, _, _ := Verify(t.Context(), hash, long[:len(long)-2]+"у"); ok {
		t.Fatal("the last character does not count")
	}
	for _, bad := range []string{long + "x", "\xff"} {
		if _, err := Hash(t.Context(), bad); !errors.Is(err, ErrUnusable) {
			t.Fatal(err)
		}
	}
}

func TestOldParametersVerifyAndAskForANewHash(t *testing.T) {
	salt := []byte("0123456789abcdef")
	for _, p := range []params{{8 * 1024, 2, 1}, {19456, 1, 1}, {19456, 2, 2}} {
		old := encode(p, salt, argon2.IDKey([]byte(pw), salt, p.passes, p.memory, p.threads, keyBytes))
		if ok, rehash, err := Verify(t.Context(), old, pw); !ok || !rehash || err != nil {
			t.Fatal(p, ok, rehash, err)
		}
		if ok, rehash, err := Verify(t.Context(), old, "wrong"); ok || rehash || err != nil {
			t.Fatal(p, ok, rehash, err)
		}
	}
}

func TestAForeignImplementationsHashVerifies(t *testing.T) {
	// From the test vectors of the reference implementation: password "password", salt "somesalt".
	hash := "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	if ok, rehash, err := Verify(t.Context(), hash, "password"); !ok || !rehash || err != nil {
		t.Fatal(ok, rehash, err)
	}
}

func TestDamagedAndGreedyHashesAreRefused(t *testing.T) {
	good, err := Hash(t.Context(), pw)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for _, c := range []struct{ name, hash string }{
		{"4 GiB of memory", replace("m=19456", "m=4194304")},
		{"a million passes", replace("t=2", "t=1000000")},
		{"255 threads", replace("p=1", "p=255")},
		{"no memory", replace("m=19456", "m=0")},
		{"no passes, which would panic", replace("t=2", "t=0")},
		{"no threads, which would panic", replace("p=1", "p=0")},
		{"a number beyond 32 bits", replace("m=19456", "m=4294986752")},
		{"a negative number", replace("t=2", "t=-2")},
		{"a number in another spelling", replace("t=2", "t=02")},
		{"another kind", replace("argon2id", "argon2i")},
		{"another version", replace("v=19", "v=16")},
		{"a missing cost", replace(",p=1", "")},
		{"a salt that is not base64", good[:34] + "*" + good[35:]},
		{"a cut key", good[:len(good)-30]},
		{"something behind it", good + "$x"},
		{"a bcrypt hash", "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"},
		{"plain text", pw},
		{"a very long one", "$argon2id$v=19$m=19456,t=2,p=1$" + strings.Repeat("A", 1<<20) + "$AAAA"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ok, rehash, err := Verify(t.Context(), c.hash, pw)
			if ok || rehash || !errors.Is(err, ErrBadHash) {
				t.Fatal(ok, rehash, err)
			}
			if strings.Contains(err.Error(), c.hash) {
				t.Fatal("the error shows the hash")
			}
		})
	}
}

func TestNoPasswordSetIsWrongAtFullCost(t *testing.T) {
	if ok, rehash, err := Verify(t.Context(), "", ""); ok || rehash || err != nil {
		t.Fatal(ok, rehash, err)
	}
	if err := VerifyDummy(t.Context(), strings.Repeat("x", 10_000)); err != nil {
		t.Fatal(err)
	}
}

// Not parallel with the other tests: it takes all the slots.
func TestWaitingForACoreEndsWithTheContext(t *testing.T) {
	var release sync.WaitGroup
	for range cap(slots) {
		slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	hash := encode(current, make([]byte, saltBytes), make([]byte, keyBytes))
	if _, err := Hash(ctx, pw); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, _, err := Verify(ctx, hash, pw); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := VerifyDummy(ctx, pw); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// The waiting go on when cores are free again.
	done := make(chan error)
	release.Add(1)
	go func() {
		release.Done()
		done <- VerifyDummy(t.Context(), pw)
	}()
	release.Wait()
	for range cap(slots) {
		<-slots
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		if _, err := Hash(b.Context(), pw); err != nil {
			b.Fatal(err)
		}
	}
}
