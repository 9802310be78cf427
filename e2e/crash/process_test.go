package crash_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"officeportal/internal/wait"
)

// built is the program, built once for all tests of the package; E2E_BINARY names one that is there already.
var built struct {
	sync.Once
	path, dir string
	err       error
}

func program(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		if built.path = os.Getenv("E2E_BINARY"); built.path != "" {
			return
		}
		if built.dir, built.err = os.MkdirTemp("", "officeportal-crash-"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "officeportal")
		build := exec.Command("go", "build", "-o", built.path, ".")
		build.Dir = filepath.Join("..", "..")
		if said, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("building the program: %w\n%s", err, said)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// journal is what all processes of a test said.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) { j.mu.Lock(); defer j.mu.Unlock(); return j.b.Write(p) }
func (j *journal) String() string              { j.mu.Lock(); defer j.mu.Unlock(); return j.b.String() }

// process is one life of the program.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // once ended is closed
}

// start starts the program. It dies with the test, however that ends.
func (w *world) start() *process {
	w.t.Helper()
	p := &process{cmd: exec.Command(program(w.t), "serve"), ended: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = w.env, w.log, w.log
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
	w.must(<-started)
	w.t.Cleanup(p.kill)
	return p
}

// kill ends the process as a power cut does. Killing it again does nothing.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// stop asks the process to end and waits until it has.
func (w *world) stop(p *process) {
	w.t.Helper()
	w.must(p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.ended:
	case <-time.After(40 * time.Second):
		w.t.Fatal("the program does not end when it is told to")
	}
	if p.err != nil {
		w.t.Errorf("told to stop: %v", p.err)
	}
}

// ready waits until the process can serve.
func (w *world) ready(p *process) {
	w.t.Helper()
	wait.For(w.t, 30*time.Second, "the program to be ready", func() bool {
		select {
		case <-p.ended:
			w.t.Fatalf("the program ended by itself: %v", p.err)
		default:
		}
		return w.answers(w.ops+"/readyz") == nil
	})
}

var errNotOK = errors.New("not 200")

func (w *world) answers(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errNotOK
	}
	return nil
}

// command runs another command of the program and returns what it prints.
func (w *world) command(args ...string) string {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), program(w.t), args...)
	cmd.Env = w.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Errorf("officeportal %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// freePort returns an address on which nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
