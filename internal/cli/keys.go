package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"officeportal/internal/app"
)

func (c *command) keys() *cobra.Command {
	parent := &cobra.Command{Use: "keys", Short: "Replace the root key", Args: none, RunE: help}
	parent.AddCommand(
		&cobra.Command{Use: "status", Short: "Tell how many rows depend on which root key, and which can go", Args: none,
			RunE: func(cmd *cobra.Command, _ []string) error {
				s, err := c.settings()
				if err != nil {
					return err
				}
				t, err := app.OpenForReading(cmd.Context(), s)
				if err != nil {
					return err
				}
				return errors.Join(t.KeysStatus(cmd.Context(), c.out), t.Close())
			}},
		&cobra.Command{Use: "rotate", Short: "Make everything that can be moved depend on the newest root key", Args: none,
			Long: `Moves keyed hashes of addresses and everything sealed from older root keys to the first one of OFFICEPORTAL_SECRET_KEY,
a few hundred rows at a time, beside running processes, each of which must have all the keys already. It may be
stopped and run again. The Audit Log tells that it was done.`,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return c.tools(cmd.Context(), func(t *app.Tools) error { return t.KeysRotate(cmd.Context(), c.out, c.errOut) })
			}})
	return parent
}
