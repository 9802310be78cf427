package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"officeportal/internal/app"
	"officeportal/internal/identity"
	"officeportal/internal/viewer"
)

func (c *command) migrate() *cobra.Command {
	parent := &cobra.Command{Use: "migrate", Short: "Bring the database schema up to date", Args: none, RunE: help}
	parent.AddCommand(
		&cobra.Command{Use: "up", Short: "Apply what is missing", Args: none, RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := c.settings()
			if err != nil {
				return err
			}
			applied, err := app.Migrate(cmd.Context(), s)
			if err != nil {
				return err
			}
			for _, name := range applied {
				fmt.Fprintln(c.out, "applied", name)
			}
			if len(applied) == 0 {
				fmt.Fprintln(c.out, "the schema is up to date")
			}
			return nil
		}},
		&cobra.Command{Use: "status", Short: "Tell what is applied", Args: none, RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := c.settings()
			if err != nil {
				return err
			}
			list, err := app.MigrationStatus(cmd.Context(), s)
			if err != nil {
				return err
			}
			for _, m := range list {
				state := "missing"
				if m.Applied {
					state = "applied"
				}
				fmt.Fprintf(c.out, "%s\t%s\n", state, m.Name)
			}
			return nil
		}},
	)
	return parent
}

func required(cmd *cobra.Command, names ...string) {
	for _, n := range names {
		if err := cmd.MarkFlagRequired(n); err != nil {
			panic(err) // a name that is not a flag of the command
		}
	}
}

func (c *command) business() *cobra.Command {
	parent := &cobra.Command{Use: "business", Short: "Businesses", Args: none, RunE: help}
	var in identity.BusinessInput
	create := &cobra.Command{Use: "create", Short: "Make a business", Args: none, RunE: func(cmd *cobra.Command, _ []string) error {
		return c.tools(cmd.Context(), func(t *app.Tools) error {
			b, err := t.CreateBusiness(cmd.Context(), in)
			if err != nil {
				return errUse{err}
			}
			fmt.Fprintf(c.out, "made business %s: %s/portal/%s\n", b.Slug, t.Settings.PublicURL, b.Slug)
			return nil
		})
	}}
	f := create.Flags()
	f.StringVar(&in.Slug, "slug", "", "part of the portal's address, such as sunrise")
	f.StringVar(&in.Name, "name", "", "name as parents know it")
	f.StringVar(&in.TimeZone, "time-zone", "", "such as America/Chicago")
	f.StringVar(&in.Country, "country", "", "such as US")
	f.StringVar(&in.Phone, "phone", "", "where parents call for help")
	f.BoolVar(&in.SMSEnabled, "sms", false, "switch text messaging on")
	required(create, "slug", "name", "time-zone", "country", "phone")
	parent.AddCommand(create)
	return parent
}

func (c *command) staff() *cobra.Command {
	parent := &cobra.Command{Use: "staff", Short: "Staff members", Args: none, RunE: help}
	var in identity.StaffInput
	var permissions []string
	var stdin bool
	create := &cobra.Command{Use: "create", Short: "Make the first staff member of a business", Args: none, RunE: func(cmd *cobra.Command, _ []string) error {
		if !stdin {
			return errUse{errors.New("pass the password on standard input, with --password-stdin: a flag would be seen by everybody on the machine")}
		}
		if in.Owner == (len(permissions) > 0) {
			return errUse{errors.New("give either --owner or --permissions")}
		}
		line, err := bufio.NewReader(io.LimitReader(c.in, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		in.Password = strings.TrimRight(line, "\r\n")
		for _, p := range permissions {
			in.Permissions = append(in.Permissions, viewer.Permission(strings.ToUpper(strings.TrimSpace(p))))
		}
		return c.tools(cmd.Context(), func(t *app.Tools) error {
			m, err := t.Identity.CreateStaff(cmd.Context(), in)
			if err != nil {
				return errUse{err}
			}
			fmt.Fprintf(c.out, "made staff member %s\n", m.Email)
			return nil
		})
	}}
	f := create.Flags()
	f.StringVar(&in.Business, "business", "", "slug of the business")
	f.StringVar(&in.Email, "email", "", "sign-in address")
	f.StringVar(&in.Name, "name", "", "full name")
	f.StringSliceVar(&permissions, "permissions", nil, "such as FAMILIES_READ,PASSWORD_RESET_SEND")
	f.BoolVar(&in.Owner, "owner", false, "every permission, now and later")
	f.BoolVar(&stdin, "password-stdin", false, "read the password from standard input")
	required(create, "business", "email", "name")
	parent.AddCommand(create)
	return parent
}

func (c *command) credits() *cobra.Command {
	parent := &cobra.Command{Use: "credits", Short: "SMS credits", Args: none, RunE: help}
	var business, note string
	var credits int
	add := &cobra.Command{Use: "add", Short: "Add SMS credits", Args: none, RunE: func(cmd *cobra.Command, _ []string) error {
		return c.tools(cmd.Context(), func(t *app.Tools) error {
			balance, err := t.AddCredits(cmd.Context(), business, credits, note)
			if err != nil {
				return errUse{err}
			}
			fmt.Fprintf(c.out, "%d credits\n", balance)
			return nil
		})
	}}
	f := add.Flags()
	f.StringVar(&business, "business", "", "slug of the business")
	f.IntVar(&credits, "credits", 0, "how many, 1 to 100000")
	f.StringVar(&note, "note", "", "where they come from, such as an invoice number")
	required(add, "business", "credits", "note")
	parent.AddCommand(add)
	return parent
}

func (c *command) importFile() *cobra.Command {
	var business string
	var skip bool
	cmd := &cobra.Command{Use: "import FILE.csv", Short: "Import families, guardians and students",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errUse{errors.New("import needs exactly one file")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.tools(cmd.Context(), func(t *app.Tools) error {
				err := t.Import(cmd.Context(), args[0], business, skip, c.out)
				if err != nil {
					return errUse{err}
				}
				return nil
			})
		}}
	cmd.Flags().StringVar(&business, "business", "", "slug of the business")
	cmd.Flags().BoolVar(&skip, "skip-bad-rows", false, "import what is good and report the rest")
	required(cmd, "business")
	return cmd
}

func (c *command) seed() *cobra.Command {
	var business string
	var families, entries int
	var seed uint64
	cmd := &cobra.Command{Use: "seed", Short: "Make deterministic demo data of any size", Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.tools(cmd.Context(), func(t *app.Tools) error {
				return t.Seed(cmd.Context(), business, families, entries, seed, c.errOut)
			})
		}}
	f := cmd.Flags()
	f.StringVar(&business, "business", "", "slug of the business")
	f.IntVar(&families, "families", 1000, "how many families")
	f.IntVar(&entries, "audit-entries", 0, "how many audit entries")
	f.Uint64Var(&seed, "seed", 1, "the same seed makes the same data")
	required(cmd, "business")
	return cmd
}
