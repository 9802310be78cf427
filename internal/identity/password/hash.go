package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// ErrUnusable says that a password cannot be hashed at all: longer than MaxBytes or not UTF-8.
var ErrUnusable = errors.New("password: too long or not text")

// ErrBadHash says that a stored hash is damaged, of another kind, or asks for more work than we do.
var ErrBadHash = errors.New("password: the stored hash cannot be used")

// params are the costs of Argon2id.
type params struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// The OWASP password storage cheat sheet's first choice for Argon2id; about 30 ms on one core.
var current = params{memory: 19456, passes: 2, threads: 1}

// Whoever can write a row must not be able to make us allocate gigabytes. The caps leave room to
// raise the costs and still read hashes of a newer release during a rolling update.
const (
	capMemory  = 128 * 1024 // KiB
	capPasses  = 8
	capThreads = 4
	saltBytes  = 16
	keyBytes   = 32
)

// Each computation takes a core and 19 MiB, so no more run at once than there are cores; the others
// wait for as long as their context allows.
var slots = make(chan struct{}, runtime.GOMAXPROCS(0))

// Hash returns the Argon2id hash of pw with a new salt, as a PHC string that names its parameters
// (97 characters). It does not check any policy. It returns ErrUnusable for what no policy takes,
// and the context's error when that ends while waiting for a core.
func Hash(ctx context.Context, pw string) (string, error) {
	if !usable(pw) {
		return "", ErrUnusable
	}
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	key, err := derive(ctx, pw, salt, current, keyBytes)
	if err != nil {
		return "", err
	}
	return encode(current, salt, key), nil
}

// Verify reports whether pw is the password behind hash, and whether the hash should be made anew
// because it was made with other parameters than today's. An empty hash (no password set) and an
// unusable pw are simply wrong, at the cost of a right one. It returns ErrBadHash for a hash it
// cannot use, and the context's error when that ends while waiting for a core.
func Verify(ctx context.Context, hash, pw string) (ok, needsRehash bool, err error) {
	if hash == "" {
		return false, false, VerifyDummy(ctx, pw)
	}
	p, salt, want, err := decode(hash)
	if err != nil {
		return false, false, err
	}
	right := usable(pw)
	if !right {
		pw = ""
	}
	got, err := derive(ctx, pw, salt, p, uint32(len(want)))
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(got, want) == 1 && right
	return ok, ok && (p != current || len(salt) != saltBytes || len(want) != keyBytes), nil
}

// VerifyDummy does the work of Verify for somebody who does not exist, so that the time of an answer
// tells nothing. It returns the context's error when that ends while waiting for a core.
func VerifyDummy(ctx context.Context, pw string) error {
	if !usable(pw) {
		pw = ""
	}
	_, err := derive(ctx, pw, dummySalt[:], current, keyBytes)
	return err
}

// Stretch returns 32 bytes that are as hard to go back from as a password's hash, the same for the same text and
// salt: for random secrets that a person keeps on paper, and that are found by what it returns. salt names whose they
// are, in 8 bytes or more. It returns the context's error when that ends while waiting for a core.
func Stretch(ctx context.Context, text string, salt []byte) ([]byte, error) {
	return derive(ctx, text, salt, current, keyBytes)
}

var dummySalt [saltBytes]byte

func usable(pw string) bool { return len(pw) <= MaxBytes && utf8.ValidString(pw) }

func derive(ctx context.Context, pw string, salt []byte, p params, size uint32) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(norm.NFKC.String(pw)), salt, p.passes, p.memory, p.threads, size), nil
}

var b64 = base64.RawStdEncoding.Strict()

func encode(p params, salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, p.memory, p.passes, p.threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// decode reads exactly what encode writes, within the caps.
func decode(hash string) (p params, salt, key []byte, err error) {
	fields := strings.Split(hash, "$")
	if len(hash) > 255 || len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" || fields[2] != "v="+strconv.Itoa(argon2.Version) {
		return params{}, nil, nil, ErrBadHash
	}
	costs := strings.Split(fields[3], ",")
	if len(costs) != 3 {
		return params{}, nil, nil, ErrBadHash
	}
	var numbers [3]uint32
	for i, c := range []struct {
		name        string
		lowest, cap uint64
	}{{"m=", 8, capMemory}, {"t=", 1, capPasses}, {"p=", 1, capThreads}} {
		digits, found := strings.CutPrefix(costs[i], c.name)
		n, convErr := strconv.ParseUint(digits, 10, 32)
		if !found || convErr != nil || n < c.lowest || n > c.cap {
			return params{}, nil, nil, ErrBadHash
		}
		numbers[i] = uint32(n)
	}
	p = params{numbers[0], numbers[1], uint8(numbers[2])}
	salt, saltErr := b64.DecodeString(fields[4])
	key, keyErr := b64.DecodeString(fields[5])
	if saltErr != nil || keyErr != nil || len(salt) < 8 || len(salt) > 64 || len(key) < 16 || len(key) > 64 || encode(p, salt, key) != hash {
		return params{}, nil, nil, ErrBadHash
	}
	return p, salt, key, nil
}
