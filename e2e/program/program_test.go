// Package program_test starts the built program, as whoever installs it does.
package program_test

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
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"officeportal/internal/wait"
)

// built is the program, built once for all tests of the package; E2E_BINARY names one that is there already.
var built = os.Getenv("E2E_BINARY")

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "officeportal-program-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		if built == "" {
			built = filepath.Join(dir, "officeportal")
			build := exec.Command("go", "build", "-o", built, ".")
			build.Dir = filepath.Join("..", "..")
			if said, err := build.CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, said)
				return 1
			}
		}
		return m.Run()
	}())
}

// said is everything a process wrote to both its outputs.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) { s.mu.Lock(); defer s.mu.Unlock(); return s.b.Write(p) }
func (s *said) String() string              { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

func base(t *testing.T) []string { return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()} }

// run runs a command to its end and returns its exit code.
func run(t *testing.T, stdin string, env []string, args ...string) (int, string) {
	t.Helper()
	out := &said{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // one that serves instead would go on for ever
	defer cancel()
	cmd := exec.CommandContext(ctx, built, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.Stdin = env, out, out, strings.NewReader(stdin)
	cmd.Dir = t.TempDir()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// freePort returns an address that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// server is a running program.
type server struct {
	cmd   *exec.Cmd
	out   *said
	url   string
	ended chan struct{}
}

// serve starts the program and waits until it is ready. It dies with the test.
func serve(t *testing.T, env ...string) *server {
	t.Helper()
	listen, ops := freePort(t), freePort(t)
	s := &server{cmd: exec.Command(built, "serve"), out: &said{}, url: "http://" + listen, ended: make(chan struct{})}
	s.cmd.Env = append(append(base(t), "OFFICEPORTAL_LISTEN="+listen, "OFFICEPORTAL_OPS_LISTEN="+ops, "OFFICEPORTAL_PUBLIC_URL="+s.url), env...)
	s.cmd.Stdout, s.cmd.Stderr, s.cmd.Dir = s.out, s.out, t.TempDir()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.cmd.Wait(); close(s.ended) }()
	t.Cleanup(func() { s.end(syscall.SIGKILL) })
	wait.For(t, 30*time.Second, "the program to be ready", func() bool {
		select {
		case <-s.ended:
			t.Fatalf("the program ended by itself: %s", s.out)
		default:
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+ops+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return s
}

// end sends a signal and waits until the process is gone.
func (s *server) end(signal os.Signal) {
	_ = s.cmd.Process.Signal(signal)
	<-s.ended
}
