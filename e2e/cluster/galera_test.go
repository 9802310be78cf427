//go:build cluster

package cluster

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"officeportal/e2e/internal/product"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
)

// nodes is how many there are, and processes too.
const nodes = 3

// galera is a running cluster.
type galera struct {
	t    *testing.T
	dir  string
	urls []string // of a process: its own node first
}

func startGalera(t *testing.T) *galera {
	t.Helper()
	// Not the test's own directory: the servers run as another user, who can't enter that.
	dir, err := os.MkdirTemp("", "officeportal-galera-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // for that other user
		t.Fatal(err)
	}
	g := &galera{t: t, dir: dir}
	t.Cleanup(func() {
		if t.Failed() {
			for i := range nodes {
				t.Logf("node %d: %s", i+1, tail(g.file(i, "log.err"), 1500))
			}
		}
		g.script("destroy")
	})
	g.urls = strings.Fields(g.script("start", strconv.Itoa(os.Getpid())))
	if len(g.urls) != nodes {
		t.Fatalf("the cluster has %d nodes", len(g.urls))
	}
	return g
}

// script runs scripts/galera and returns what it prints.
func (g *galera) script(verb string, arg ...string) string {
	g.t.Helper()
	// without the test's context, which has ended when the cluster is destroyed
	cmd := exec.CommandContext(context.Background(), "../../scripts/galera", append([]string{verb, g.dir}, arg...)...)
	cmd.Stderr = &product.Log{}
	out, err := cmd.Output()
	if err != nil {
		g.t.Fatalf("galera %s: %v\n%s", verb, err, cmd.Stderr)
	}
	return string(out)
}

// Nodes count from 0 here and from 1 in the script.
func (g *galera) kill(i int)   { g.script("kill", strconv.Itoa(i+1)) }
func (g *galera) up(i int)     { g.script("up", strconv.Itoa(i+1)) }
func (g *galera) pause(i int)  { g.script("pause", strconv.Itoa(i+1)) }
func (g *galera) resume(i int) { g.script("resume", strconv.Itoa(i+1)) }
func (g *galera) cut(i int)    { g.script("cut", strconv.Itoa(i+1)) }
func (g *galera) heal(i int)   { g.script("heal", strconv.Itoa(i+1)) }

func (g *galera) file(i int, name string) string { return g.dir + "/" + strconv.Itoa(i+1) + "/" + name }

// only returns the database on one node and no other.
func (g *galera) only(i int) store.Target {
	target := dbtest.Parse(g.t, g.urls[i])
	target.Hosts = target.Hosts[:1]
	return target
}

func tail(file string, n int) string {
	raw, _ := os.ReadFile(file)
	return string(raw[max(0, len(raw)-n):])
}
