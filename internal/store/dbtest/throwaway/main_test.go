package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"officeportal/internal/store"
	"officeportal/internal/wait"
)

// The test binary plays the command when this variable is set.
const playCommand = "THROWAWAY_TEST_PLAYS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(playCommand) != "" {
		os.Unsetenv(playCommand)
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), playCommand+"=1")
	cmd.Stderr = os.Stderr
	return cmd
}

func TestTheServerDisappearsWithACommandThatIsKilled(t *testing.T) {
	cmd := command(t, "--", "sh", "-c", `echo "$TEST_MYSQL_URL"; read -r _`)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	target, err := store.ParseURL(strings.TrimSpace(url))
	if err != nil {
		t.Fatal(err)
	}
	d, err := store.Open(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(strings.TrimSuffix(strings.TrimPrefix(target.Hosts[0], "unix("), ")"))
	wait.For(t, 20*time.Second, dir+" to be gone", func() bool {
		_, err := os.Stat(dir)
		return errors.Is(err, os.ErrNotExist)
	})
}

func TestTheExitCodeIsTheCommands(t *testing.T) {
	err := command(t, "--tcp", "sh", "-c", `case $TEST_MYSQL_URL in *@127.0.0.1:*) exit 7;; esac`).Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("got %v, want exit code 7", err)
	}
	if err := command(t).Run(); !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Errorf("without a command: %v, want exit code 2", err)
	}
}
