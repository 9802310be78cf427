package main

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
	"time"
)

// idle is what the built program needs before anybody asks it for anything.
type idle struct {
	ready  time.Duration
	memory int64 // bytes of resident memory, ten seconds after the start; 0 where the system does not tell
}

// start builds the program and starts it twice on one SQLite file: the first start makes the database.
func start(ctx context.Context) (out idle, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "officeportal")
	if said, err := exec.CommandContext(ctx, "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return out, fmt.Errorf("%w: %s", err, said)
	}
	if _, err := serve(ctx, program, dir, 0); err != nil {
		return out, err
	}
	return serve(ctx, program, dir, 10*time.Second)
}

// serve starts the program, waits until it is ready and for a while, and stops it.
func serve(ctx context.Context, program, dir string, wait time.Duration) (out idle, err error) {
	public, ops := freePort(), freePort()
	p := exec.CommandContext(ctx, program, "serve", "--demo", "off")
	p.Dir = dir
	p.Env = append(os.Environ(), "OFFICEPORTAL_LISTEN="+public, "OFFICEPORTAL_OPS_LISTEN="+ops, "OFFICEPORTAL_PUBLIC_URL=http://localhost:"+public[strings.LastIndexByte(public, ':')+1:],
		"OFFICEPORTAL_DATABASE_URL=sqlite:"+filepath.Join(dir, "idle.db"))
	var said bytes.Buffer
	p.Stderr = &said
	began := time.Now()
	if err := p.Start(); err != nil {
		return out, err
	}
	defer func() {
		_ = p.Process.Signal(os.Interrupt)
		if ended := p.Wait(); ended != nil && err != nil {
			err = fmt.Errorf("%w: %w: %s", err, ended, said.String())
		}
	}()
	for {
		res, err := http.Get("http://" + ops + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Since(began) > 30*time.Second {
			return out, errors.Join(errors.New("the program does not get ready"), err)
		}
		time.Sleep(time.Millisecond)
	}
	out.ready = time.Since(began)
	time.Sleep(wait)
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if _, rest, ok := strings.Cut(string(status), "VmRSS:"); ok {
		_, _ = fmt.Sscan(rest, &out.memory)
		out.memory *= 1024
	}
	return out, nil
}

// freePort returns an address on which nobody listens.
func freePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "127.0.0.1:0"
	}
	defer l.Close()
	return l.Addr().String()
}
