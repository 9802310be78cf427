package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/app"
	"officeportal/internal/audit"
	"officeportal/internal/audit/export"
	"officeportal/internal/text"
)

func (c *command) audit() *cobra.Command {
	parent := &cobra.Command{Use: "audit", Short: "Prove, export and erase from the Audit Log", Args: none, RunE: help}
	parent.AddCommand(c.auditVerify(), c.auditExport(), c.auditErase())
	return parent
}

func (c *command) auditVerify() *cobra.Command {
	var checkpoints, keys []string
	var file string
	cmd := &cobra.Command{Use: "verify", Short: "Prove that the Audit Log is the one that was written", Args: none,
		Long: `Derives everything anew from the rows: every entry's MAC, the whole tree, every checkpoint's root and signature, and
compares entries with the links, credits, acceptances and passwords they tell of, both ways. It changes nothing, and
the server may go on meanwhile. Exit code 0 when everything fits; 1 with the first row that does not.

With --checkpoint, a checkpoint that was kept elsewhere is compared too: only that shows that an older database was
put back, or that the newest entries were removed. With --export, a file that was exported as JSON Lines is proven
instead, without any database.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file != "" {
				if len(checkpoints) > 0 {
					return errUse{errors.New("--export proves a file with the checkpoint that is in it; give either it or --checkpoint")}
				}
				return app.CheckExport(file, keys, c.out)
			}
			if len(keys) > 0 {
				return errUse{errors.New("--verifier-key goes with --export: a database is verified with OFFICEPORTAL_SECRET_KEY")}
			}
			s, err := c.settings()
			if err != nil {
				return err
			}
			t, err := app.OpenForReading(cmd.Context(), s)
			if err != nil {
				return err
			}
			return errors.Join(t.VerifyAudit(cmd.Context(), checkpoints, c.out, c.errOut), t.Close())
		}}
	f := cmd.Flags()
	f.StringArrayVar(&checkpoints, "checkpoint", nil, "file with a checkpoint that was kept elsewhere; may be given several times")
	f.StringVar(&file, "export", "", "file of JSON Lines to prove, without a database")
	f.StringArrayVar(&keys, "verifier-key", nil, "with --export: a key to trust instead of the one in the file")
	return cmd
}

func (c *command) auditExport() *cobra.Command {
	var business, format, file, locale, from, to, actor, guardian, family, channel, outcome string
	var actions []string
	cmd := &cobra.Command{Use: "export", Short: "Write entries of the Audit Log to a file that proves itself", Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := export.Options{Format: export.Format(format), Locale: locale}
			if !slices.Contains(export.Formats(), o.Format) {
				return errUse{fmt.Errorf("--format is csv or jsonl, not %q", format)}
			}
			wrong := export.Read(&o.Filter, map[string][]string{"actions": actions, "actorId": {actor}, "guardianId": {guardian}, "familyId": {family},
				"channel": {strings.ToUpper(channel)}, "outcome": {strings.ToUpper(outcome)}, "from": {instant(from)}, "to": {instant(to)}})
			if wrong != "" {
				return errUse{fmt.Errorf("--%s can't be read", strings.TrimSuffix(wrong, "Id"))}
			}
			return c.tools(cmd.Context(), func(t *app.Tools) error {
				return t.ExportAudit(cmd.Context(), business, o, file, c.out, c.errOut)
			})
		}}
	f := cmd.Flags()
	f.StringVar(&business, "business", "", "slug of the business; all of them, and what concerns none, when it is not given")
	f.StringVar(&format, "format", "jsonl", "jsonl or csv")
	f.StringVar(&file, "out", "", "file to write; standard output when it is not given")
	f.StringVar(&locale, "language", text.Default, "language of the sentences")
	f.StringVar(&from, "from", "", "first instant, such as 2026-01-31 or 2026-01-31T08:00:00Z")
	f.StringVar(&to, "to", "", "first instant that is too late")
	f.StringSliceVar(&actions, "actions", nil, "such as SIGN_IN,"+string(audit.PasswordResetRequested))
	f.StringVar(&actor, "actor", "", "id of the staff member or guardian who did it")
	f.StringVar(&guardian, "guardian", "", "id of the guardian it is about")
	f.StringVar(&family, "family", "", "id of the family it is about")
	f.StringVar(&channel, "channel", "", string(schematype.Email)+" or "+string(schematype.SMS))
	f.StringVar(&outcome, "outcome", "", "SUCCEEDED, REFUSED or FAILED")
	return cmd
}

// instant lets a date stand for the beginning of its day, UTC.
func instant(given string) string {
	if _, err := time.Parse(time.DateOnly, given); err == nil {
		return given + "T00:00:00Z"
	}
	return given
}

func (c *command) auditErase() *cobra.Command {
	var guardian, reason string
	cmd := &cobra.Command{Use: "erase", Short: "Erase the personal data of an archived guardian, also from the Audit Log", Args: none,
		Long: `Erases the personal data of one archived guardian: name, contacts and password, addresses in links and messages, and
what the entries of the Audit Log tell about the person. It can't be taken back. The Audit Log tells that it was done and
why, and verifies as before. Acceptances of policies stay, under the guardian's id.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.tools(cmd.Context(), func(t *app.Tools) error {
				n, err := t.EraseGuardian(cmd.Context(), guardian, reason)
				if err != nil {
					return err
				}
				fmt.Fprintf(c.out, "erased the guardian, and the personal data in %d entries of the Audit Log\n", n)
				return nil
			})
		}}
	f := cmd.Flags()
	f.StringVar(&guardian, "guardian", "", "id of the guardian, such as gdn_01k…")
	f.StringVar(&reason, "reason", "", "why; it stays, so don't name the person")
	required(cmd, "guardian", "reason")
	return cmd
}
