// Command officeportal is the Office Portal: both portals, the API, the outbox worker and the tools
// that go with them, in one binary. Without a command it serves.
package main

import (
	"os"

	"officeportal/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)) }
