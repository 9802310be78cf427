package cutproxy

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// SeedVariable names the environment variable that repeats a run at random.
const SeedVariable = "TEST_SEED"

// Seed returns the seed of a test at random and tells it to the test's log, so that a run that failed can be repeated:
// the one in the environment, or a new one.
func Seed(tb testing.TB) uint64 {
	tb.Helper()
	seed := rand.Uint64()
	if text := os.Getenv(SeedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			tb.Fatalf("%s: %v", SeedVariable, err)
		}
	}
	tb.Logf("%s=%d repeats this run", SeedVariable, seed)
	return seed
}
