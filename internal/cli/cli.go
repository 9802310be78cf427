// Package cli is the command line of the one binary.
//
// Exit codes: 0 done, 1 failed, 2 wrong use, which includes settings, files and addresses that can't be used.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"officeportal/internal/app"
	"officeportal/internal/config"
)

// Version is set when a release is built.
var Version = "development"

// command carries what every command needs.
type command struct {
	environ []string
	in      io.Reader
	out     io.Writer
	errOut  io.Writer
	flags   *pflag.FlagSet
}

// errUse marks wrong use: exit code 2.
type errUse struct{ error }

func (e errUse) Unwrap() error { return e.error }

// Main runs the command line and returns the exit code.
func Main(args, environ []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	c := &command{environ: environ, in: in, out: out, errOut: errOut}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintln(errOut, "officeportal: "+line)
	}
	var use errUse
	// cobra's own error for a missing flag has no type
	if errors.As(err, &use) || app.IsUse(err) || strings.HasPrefix(err.Error(), "required flag(s)") || strings.HasPrefix(err.Error(), "unknown command") {
		return 2
	}
	return 1
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use: "officeportal", Short: "Helps guardians back into the Customer Portal",
		SilenceUsage: true, SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return errUse{fmt.Errorf("there is no command %q; try --help", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return c.serve(cmd.Context()) },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return errUse{err} })
	c.flags = root.PersistentFlags()
	for _, s := range config.All() {
		c.flags.String(s.Flag(), "", s.Help+" ("+s.Variable()+")")
	}
	serve := &cobra.Command{Use: "serve", Short: "Run everything: portals, API, worker (the default)", Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.serve(cmd.Context()) }}
	root.AddCommand(serve, c.migrate(), c.business(), c.staff(), c.credits(), c.importFile(), c.seed(), c.audit(), c.keys(), c.config(), c.version())
	return root
}

// none refuses arguments as wrong use.
func none(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return errUse{fmt.Errorf("%s takes no %q", cmd.CommandPath(), args[0])}
	}
	return nil
}

func (c *command) settings() (config.Settings, error) {
	given := map[string]string{}
	// VisitAll: the flags were parsed by the flag set of the subcommand, which shares them with this one
	c.flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			given[f.Name] = f.Value.String()
		}
	})
	s, err := config.Load(c.environ, given)
	if err != nil {
		return s, errUse{err}
	}
	return s, nil
}

func (c *command) serve(ctx context.Context) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	a, err := app.New(ctx, s, app.Options{Out: c.out, Log: app.NewLog(c.errOut, s.LogFormat), Version: Version})
	if err != nil {
		return err
	}
	defer a.Close()
	a.Greet(c.out)
	return a.Run(ctx)
}

// tools opens the domains without serving.
func (c *command) tools(ctx context.Context, fn func(*app.Tools) error) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	t, err := app.OpenTools(ctx, s, app.NewLog(c.errOut, s.LogFormat))
	if err != nil {
		return err
	}
	defer t.Close()
	return fn(t)
}

func (c *command) config() *cobra.Command {
	parent := &cobra.Command{Use: "config", Short: "Look at the settings", Args: none, RunE: help}
	parent.AddCommand(&cobra.Command{Use: "print", Short: "Print the settings, secrets hidden", Args: none,
		RunE: func(*cobra.Command, []string) error {
			s, err := c.settings()
			if err != nil {
				return err
			}
			_, err = io.WriteString(c.out, s.Print())
			return err
		}})
	return parent
}

func (c *command) version() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: none,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(c.out, app.BuildInfo(Version))
			return err
		}}
}

func help(cmd *cobra.Command, _ []string) error {
	return errUse{fmt.Errorf("%s needs a command; try %s --help", cmd.CommandPath(), cmd.CommandPath())}
}
