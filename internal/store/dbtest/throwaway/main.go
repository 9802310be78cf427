// Command throwaway runs a command beside a throwaway MariaDB server:
//
//	go run ./internal/store/dbtest/throwaway [--tcp] go test ./...
//
// The command finds the server's URL in TEST_MYSQL_URL. The server ends with the command, whose exit code
// is passed on.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"officeportal/internal/store/dbtest/mariadb"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	var o mariadb.Options
	if len(args) > 0 && args[0] == "--tcp" {
		o.TCP, args = true, args[1:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: throwaway [--tcp] [--] command [argument...]")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := mariadb.Start(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "throwaway:", err)
		return 1
	}
	defer server.Stop()
	url := server.URL("mysql")
	if o.TCP {
		url = fmt.Sprintf("mysql://%s:%s@%s/mysql", server.User, server.Password, server.Addr())
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "TEST_MYSQL_URL="+url)
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode()
	}
	fmt.Fprintln(os.Stderr, "throwaway:", err)
	return 1
}
