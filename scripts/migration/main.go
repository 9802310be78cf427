// Command migration writes the migrations that a change of ent/schema needs, or checks that none is missing:
//
//	go run ./scripts/migration NAME
//	go run ./scripts/migration -check
//
// It gives the generator two scratch databases, of which a throwaway MariaDB server is one.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"

	"officeportal/internal/store/dbtest/mariadb"
)

var nameForm = regexp.MustCompile(`^([a-z][a-z0-9_]*|-check)$`)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) != 2 || !nameForm.MatchString(os.Args[1]) {
		fmt.Fprintln(os.Stderr, "usage: migration NAME|-check, where NAME is like add_birth_date")
		os.Exit(2)
	}
	if err := run(ctx, os.Args[1]); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) { // else the generator has told
			fmt.Fprintln(os.Stderr, "migration:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, what string) error {
	server, err := mariadb.Start(ctx, mariadb.Options{})
	if err != nil {
		return err
	}
	defer server.Stop()
	dir, err := os.MkdirTemp("", "officeportal-migration-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	dsn := fmt.Sprintf("%s:%s@unix(%s)/test?parseTime=true", server.User, server.Password, server.Socket)
	gen := exec.CommandContext(ctx, "go", "run", "./internal/store/migrate/gen", what, filepath.Join(dir, "scratch.db"), dsn)
	gen.Stdout, gen.Stderr = os.Stdout, os.Stderr
	return gen.Run()
}
