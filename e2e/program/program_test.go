// Package program_test starts the built program, as whoever installs it does.
package program_test

import (
	"os"
	"testing"

	"officeportal/e2e/internal/product"
)

func TestMain(m *testing.M) { os.Exit(product.Main(m)) }

func base(t *testing.T) []string { return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()} }

// server is a running program.
type server struct {
	*product.Process
	out *product.Log
	url string
}

// serve starts the program and waits until it is ready. It dies with the test.
func serve(t *testing.T, env ...string) *server {
	t.Helper()
	listen, ops := product.FreePort(t), product.FreePort(t)
	s := &server{out: &product.Log{}, url: "http://" + listen}
	s.Process = product.Serve(t, append(append(base(t), "OFFICEPORTAL_LISTEN="+listen, "OFFICEPORTAL_OPS_LISTEN="+ops, "OFFICEPORTAL_PUBLIC_URL="+s.url), env...), s.out)
	s.Ready(t, "http://"+ops)
	return s
}

// end sends a signal and waits until the process is gone.
func (s *server) end(signal os.Signal) {
	_ = s.Signal(signal)
	<-s.Ended()
}
