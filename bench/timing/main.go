// Command timing looks for what a stranger with a stopwatch could find out: whether signIn and forgotPassword take
// longer for an address that somebody signs in with than for one that nobody has (SECURITY R14).
//
// The method: one running product, one stopwatch beside it, which is the best an attacker can have. Samples of the two
// classes are taken in pairs whose order is thrown by a coin, so that whatever else the machine does weighs on both
// alike. Two figures per request: Welch's t of the times, of which the slowest tenth of each class is left out because
// pauses of the machine would drown everything else, and how often a random exchange within the pairs makes a
// difference of the means at least as large (permutation test, p). Timings of cryptography are held to |t| below 4.5 in
// test vector leakage assessment; here too. A difference looks like this: without the dummy hash for nobody t is in the
// hundreds. A |t| above 4.5 that comes again in a second run is a leak, and the difference in microseconds says how
// many samples an attacker needs, who gets five per address and half minute.
//
// It is kept apart from the tests, which must not depend on time.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"officeportal/internal/app"
	"officeportal/internal/config"
	"officeportal/internal/family"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/identity/password"
	"officeportal/internal/viewer"
)

// people is how many guardians the samples of the known class are spread over: a hundred wrong passwords in a row
// would disable one.
const people = 50

func main() {
	pairs := flag.Int("pairs", 1000, "pairs of samples for each request; at most 4000")
	flag.Parse()
	if err := run(context.Background(), min(*pairs, 80*people)); err != nil {
		fmt.Fprintln(os.Stderr, "timing:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, pairs int) error {
	dir, err := os.MkdirTemp("", "timing")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := config.Load([]string{"OFFICEPORTAL_LISTEN=127.0.0.1:0", "OFFICEPORTAL_OPS_LISTEN=127.0.0.1:0", "OFFICEPORTAL_PUBLIC_URL=http://localhost:0",
		"OFFICEPORTAL_DATABASE_URL=sqlite:" + filepath.Join(dir, "timing.db"), "OFFICEPORTAL_DEMO=off"}, nil)
	if err != nil {
		return err
	}
	var ahead atomic.Int64
	a, err := app.New(ctx, s, app.Options{Clock: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	if err != nil {
		return err
	}
	defer a.Close()
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- a.Run(serving) }()
	defer func() { stop(); <-done }()
	if err := furnish(ctx, a); err != nil {
		return err
	}
	for _, r := range []struct{ name, query string }{
		{"signIn", `mutation($e:String!){signIn(input:{business:"sunrise",email:$e,password:"not the password"}){errors{code message}}}`},
		{"forgotPassword", `mutation($e:String!){forgotPassword(input:{business:"sunrise",email:$e}){accepted errors{code}}}`},
	} {
		known, unknown := make([]float64, pairs), make([]float64, pairs)
		for i := range pairs {
			classes := []struct {
				email string
				to    []float64
			}{{fmt.Sprintf("known%02d@example.com", i%people), known}, {fmt.Sprintf("other%02d@example.com", i%people), unknown}}
			if rand.IntN(2) == 0 {
				slices.Reverse(classes)
			}
			ahead.Add(int64(20 * time.Minute)) // no limit is reached
			for _, c := range classes {
				if c.to[i], err = sample(ctx, a.URL(), r.query, c.email); err != nil {
					return err
				}
			}
		}
		t := welch(trimmed(known), trimmed(unknown))
		fmt.Printf("%-15s known %8.1f us, unknown %8.1f us, difference %+7.1f us, t %+6.2f, p %.3f\n",
			r.name, mean(trimmed(known)), mean(trimmed(unknown)), mean(trimmed(known))-mean(trimmed(unknown)), t, permutation(known, unknown))
	}
	return nil
}

func furnish(ctx context.Context, a *app.App) error {
	b, err := a.Identity.CreateBusiness(ctx, a.Credit, identity.BusinessInput{Slug: "sunrise", Name: "Sunrise Gymnastics", TimeZone: "America/Chicago", Country: "US"})
	if err != nil {
		return err
	}
	staff := viewer.With(ctx, viewer.Viewer{Kind: viewer.StaffMember, BusinessID: b.ID, PersonID: ident.New(), Name: "Bench", Owner: true, Business: identity.Facts(b)})
	f, err := a.Family.CreateFamily(staff, family.CreateFamilyInput{Name: "Lopez"})
	if err != nil {
		return err
	}
	hash, err := password.Hash(ctx, "violet tractor lagoon")
	if err != nil {
		return err
	}
	system := viewer.AsSystem(ctx, b.ID, "the benchmark prepares its rows")
	for i := range people {
		g, err := a.Family.AddGuardian(staff, family.AddGuardianInput{FamilyID: f.ID, Name: "Maria Lopez", Email: fmt.Sprintf("known%02d@example.com", i), CanLogIn: true})
		if err != nil {
			return err
		}
		if err := a.Store.Client.Guardian.UpdateOneID(g.ID).SetPasswordHash(hash).Exec(system); err != nil {
			return err
		}
	}
	return nil
}

// sample returns how long one answer takes, in microseconds.
func sample(ctx context.Context, origin, query, email string) (float64, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]string{"e": email}})
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, origin+"/graphql", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Portal", "customer")
	began := time.Now()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	took := float64(time.Since(began).Nanoseconds()) / 1000
	if err == nil && strings.Contains(string(raw), "LIMIT_REACHED") {
		err = fmt.Errorf("a limit was reached: %s", raw)
	}
	return took, err
}

// trimmed leaves out the slowest tenth.
func trimmed(x []float64) []float64 {
	sorted := slices.Sorted(slices.Values(x))
	return sorted[:len(sorted)-len(sorted)/10]
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func variance(x []float64) float64 {
	m, sum := mean(x), 0.0
	for _, v := range x {
		sum += (v - m) * (v - m)
	}
	return sum / float64(len(x)-1)
}

func welch(x, y []float64) float64 {
	return (mean(x) - mean(y)) / math.Sqrt(variance(x)/float64(len(x))+variance(y)/float64(len(y)))
}

// permutation returns how often exchanging the two samples of each pair at random makes a difference of the trimmed
// means at least as large.
func permutation(x, y []float64) float64 {
	const rounds = 1000
	seen := math.Abs(mean(trimmed(x)) - mean(trimmed(y)))
	larger := 0
	for range rounds {
		u, v := slices.Clone(x), slices.Clone(y)
		for i := range u {
			if rand.IntN(2) == 0 {
				u[i], v[i] = v[i], u[i]
			}
		}
		if math.Abs(mean(trimmed(u))-mean(trimmed(v))) >= seen {
			larger++
		}
	}
	return float64(larger+1) / (rounds + 1)
}
