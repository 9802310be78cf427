//go:build cluster

package cluster

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"officeportal/internal/wait"
)

// logBook keeps what is written to it.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }
func (l *logBook) String() string              { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// program returns the path of the built product.
func program(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("E2E_BINARY"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "officeportal")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "officeportal").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return path
}

// process is one running "officeportal serve", of several lives.
type process struct {
	program string
	env     []string
	log     *logBook // of all lives
	addr    atomic.Pointer[string]
	ops     string
	cmd     *exec.Cmd
	ended   chan error
}

// start returns when it serves and is ready.
func (p *process) start(t *testing.T) {
	t.Helper()
	life := &logBook{}
	p.cmd = exec.Command(p.program, "serve")
	p.cmd.Env = p.env
	p.cmd.Stderr = both{p.log, life}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // never outlives the test
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan<- error) { ended <- cmd.Wait() }(p.cmd, p.ended)
	var serving struct{ Msg, Address, Operations string }
	wait.For(t, 30*time.Second, "a process to serve", func() bool {
		for line := range strings.SplitSeq(life.String(), "\n") {
			if json.Unmarshal([]byte(line), &serving) == nil && serving.Msg == "serving" {
				return true
			}
		}
		select {
		case err := <-p.ended:
			t.Fatalf("the process ended: %v\n%s", err, life)
		default:
		}
		return false
	})
	wait.For(t, 30*time.Second, "a process to be ready", func() bool { return get("http://"+serving.Operations+"/readyz") == 200 })
	p.ops = serving.Operations
	p.addr.Store(&serving.Address)
}

// stop ends it properly and returns when it has ended.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-p.ended; err != nil {
		t.Errorf("a process ended with %v:\n%.3000s", err, p.log)
	}
}

func (p *process) url() string { return "http://" + *p.addr.Load() }

type both struct{ a, b *logBook }

func (w both) Write(p []byte) (int, error) {
	_, _ = w.a.Write(p)
	return w.b.Write(p)
}
