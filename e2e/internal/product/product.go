// Package product runs the built program, for the tests that start it as whoever installs it does.
package product

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"officeportal/internal/wait"
)

// Variable names the environment variable that says where the program is; without it the tests build it themselves.
const Variable = "E2E_BINARY"

var built struct {
	sync.Once
	path, dir string
	err       error
}

// Path returns the program, which is built once in a test process, when it is first asked for.
func Path(tb testing.TB) string {
	tb.Helper()
	built.Do(func() {
		if built.path = os.Getenv(Variable); built.path != "" {
			_, built.err = os.Stat(built.path) // which also tells "go test" that a new program makes what it remembers void
			return
		}
		if built.dir, built.err = os.MkdirTemp("", "officeportal-"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "officeportal")
		if said, err := exec.Command("go", "build", "-o", built.path, "officeportal").CombinedOutput(); err != nil {
			built.err = fmt.Errorf("building the program: %w\n%s", err, said)
		}
	})
	if built.err != nil {
		tb.Fatal(built.err)
	}
	return built.path
}

// Main is what TestMain of a package that uses [Path] calls: it runs the tests, removes what was built and returns the
// exit code.
func Main(m *testing.M) int {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	return code
}

// Log keeps what is written to it.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }

// String returns all that was written so far.
func (l *Log) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// Process is one life of the program.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // once ended is closed
}

// Serve starts the program. It dies with the test, however that ends.
func Serve(tb testing.TB, env []string, out io.Writer) *Process {
	tb.Helper()
	p := &Process{cmd: exec.Command(Path(tb), "serve"), ended: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = env, out, out, tb.TempDir()
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the kernel watches the thread that started it, not the process
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
		}
		close(p.ended)
	}()
	if err := <-started; err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(p.Kill)
	return p
}

// Ended is closed when the process is gone.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err is how it ended, once it has.
func (p *Process) Err() error { return p.err }

// Signal sends it a signal.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Kill ends it as a power cut does. Killing it again does nothing.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// Stop asks it to end, as a service manager does, and waits until it has.
func (p *Process) Stop(tb testing.TB) {
	tb.Helper()
	if err := p.Signal(syscall.SIGTERM); err != nil {
		tb.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(40 * time.Second):
		tb.Fatal("the program does not end when it is told to")
	}
	if p.err != nil {
		tb.Errorf("told to stop: %v", p.err)
	}
}

// Await waits until a condition holds, unless the process ends first.
func (p *Process) Await(tb testing.TB, what string, done func() bool) {
	tb.Helper()
	wait.For(tb, 30*time.Second, what, func() bool {
		select {
		case <-p.ended:
			tb.Fatalf("the program ended by itself: %v", p.err)
		default:
		}
		return done()
	})
}

// Ready waits until it says that it can serve. The URL is that of its internal address.
func (p *Process) Ready(tb testing.TB, ops string) {
	tb.Helper()
	p.Await(tb, "the program to be ready", func() bool {
		status, _ := Get(tb, ops+"/readyz")
		return status == http.StatusOK
	})
}

// Get asks for a page and returns its status and text; 0 and the error's text when no answer comes.
func Get(tb testing.TB, url string) (int, string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(raw)
}

// Run runs another command of the program to its end and returns its exit code and what it wrote.
func Run(tb testing.TB, stdin string, env []string, args ...string) (int, string) {
	tb.Helper()
	out := &Log{}
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute) // one that serves instead would go on for ever
	defer cancel()
	cmd := exec.CommandContext(ctx, Path(tb), args...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.Stdin, cmd.Dir = env, out, out, strings.NewReader(stdin), tb.TempDir()
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		tb.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// FreePort returns an address on which nobody listens.
func FreePort(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
