//go:build cluster

package cluster

import (
	"encoding/json"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"officeportal/e2e/internal/product"
)

func TestMain(m *testing.M) { os.Exit(product.Main(m)) }

// process is one running "officeportal serve", of several lives.
type process struct {
	env  []string
	log  *product.Log // of all lives
	addr atomic.Pointer[string]
	ops  string
	life *product.Process
}

// start returns when it serves and is ready.
func (p *process) start(t *testing.T) {
	t.Helper()
	said := &product.Log{}
	p.life = product.Serve(t, p.env, io.MultiWriter(p.log, said))
	var serving struct{ Msg, Address, Operations string }
	p.life.Await(t, "a process to serve", func() bool {
		for line := range strings.SplitSeq(said.String(), "\n") {
			if json.Unmarshal([]byte(line), &serving) == nil && serving.Msg == "serving" {
				return true
			}
		}
		return false
	})
	p.ops = "http://" + serving.Operations
	p.life.Ready(t, p.ops)
	p.addr.Store(&serving.Address)
}

func (p *process) url() string { return "http://" + *p.addr.Load() }
