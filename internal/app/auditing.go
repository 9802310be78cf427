package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"officeportal/internal/audit"
	"officeportal/internal/audit/export"
	"officeportal/internal/audit/seal"
	"officeportal/internal/audit/verify"
	"officeportal/internal/config"
	"officeportal/internal/family"
	"officeportal/internal/ident"
)

// OpenForReading is OpenTools for commands that look at the database and change nothing: one that is behind is not
// brought up to date but refused.
func OpenForReading(ctx context.Context, s config.Settings) (*Tools, error) {
	c, err := openCore(ctx, s, Options{readOnly: true})
	if err != nil {
		return nil, err
	}
	return &Tools{c}, nil
}

// VerifyAudit proves that the Audit Log is the one that was written, against the checkpoints in the files and in the
// one of OFFICEPORTAL_AUDIT_CHECKPOINT_FILE if it is set, and writes what was verified to out. The error is a
// *verify.Problem when something does not fit.
func (t *Tools) VerifyAudit(ctx context.Context, files []string, out, progress io.Writer) error {
	if f := t.Settings.AuditCheckpointFile; f != "" {
		if info, err := os.Stat(f); err == nil && info.Size() > 0 {
			files = append(files, f)
		} else if err != nil && !errors.Is(err, os.ErrNotExist) {
			return useError{err}
		}
	}
	o := verify.Options{Progress: ticker(progress)}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return useError{err}
		}
		o.Kept = append(o.Kept, verify.Kept{Name: f, Text: seal.Find(string(text))})
	}
	began := time.Now()
	r, err := verify.Run(ctx, t.Store, t.Ring, t.AuditLog, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "the Audit Log fits: %d entries, %d of them sealed, %d waiting to be, %d with erased personal data\n", r.Entries, r.Size, r.Unsealed, r.Erased)
	fmt.Fprintf(out, "tree      %d entries, root %s\n", r.Size, r.Root)
	if r.Retired > 0 {
		fmt.Fprintf(out, "of these  %d were signed with root keys that are gone: the tree proves them\n", r.Retired)
	}
	if !r.SignedAt.IsZero() {
		fmt.Fprintf(out, "signed    %s, %d checkpoints\n", r.SignedAt.Format(time.RFC3339), r.Checkpoints)
	}
	for _, k := range o.Kept {
		fmt.Fprintf(out, "continues %s\n", k.Name)
	}
	fmt.Fprintf(out, "compared  %d reset tokens, %d credit entries, %d SMS balances, %d policy versions, %d acceptances, %d passwords\n",
		r.Tokens, r.Credits, r.Accounts, r.Versions, r.Acceptances, r.Passwords)
	fmt.Fprintf(out, "took      %v\n", time.Since(began).Round(10*time.Millisecond))
	return nil
}

// ErrCutOff says that a file could not be written as a whole.
var ErrCutOff = errors.New("the export was cut off")

// ExportAudit writes entries of the Audit Log to a file, or to out when file is empty. Without a business it writes
// those of all, and those that concern none. The Audit Log tells of it. A file appears when it is complete.
func (t *Tools) ExportAudit(ctx context.Context, slug string, o export.Options, file string, out, progress io.Writer) error {
	ctx = system(ctx)
	if slug != "" {
		b, err := t.businessBySlug(ctx, slug)
		if err != nil {
			return err
		}
		o.Business, o.BusinessName = b.ID, b.Name
	}
	tell := ticker(progress)
	o.Progress = func(done, of int) { tell("entries", int64(done), int64(of)) }
	e, err := (&export.Service{Store: t.Store, Log: t.AuditLog}).Begin(ctx, o)
	if err != nil {
		return err
	}
	to := out
	var f *os.File
	if file != "" {
		if f, err = os.CreateTemp(filepath.Dir(file), ".export-*"); err != nil {
			return useError{err}
		}
		defer os.Remove(f.Name())
		to = f
	}
	r, err := e.Write(ctx, to)
	if f != nil {
		err = errors.Join(err, f.Sync(), f.Close())
		if err == nil {
			err = os.Rename(f.Name(), file)
		}
	}
	if err != nil {
		return errors.Join(ErrCutOff, err)
	}
	fmt.Fprintf(progress, "%d entries written, %d of them not sealed yet, %d with erased personal data\n", r.Entries, r.Unproven, r.Erased)
	return nil
}

// CheckExport proves a file of JSON Lines with nothing but the file and, if there are any, verifier keys that are
// trusted. It needs no database.
func CheckExport(file string, keys []string, out io.Writer) error {
	f, err := os.Open(file)
	if err != nil {
		return useError{err}
	}
	defer f.Close()
	r, err := export.Check(f, keys)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	fmt.Fprintf(out, "the export fits: %d entries, %d of them proven, %d not sealed when it was made, %d with erased personal data\n",
		r.Entries, r.Entries-r.Unproven, r.Unproven, r.Erased)
	if r.Size > 0 {
		fmt.Fprintf(out, "tree      %d entries, root %s\n", r.Size, r.Root)
	}
	for _, k := range r.Keys {
		fmt.Fprintf(out, "signed by %s\n", k)
	}
	if len(keys) == 0 {
		fmt.Fprintln(out, "The key is the one in the file: compare it with the one of the installation, or pass that with --verifier-key.")
	}
	return nil
}

// EraseGuardian erases the personal data of an archived guardian, whose id may be written as the API does.
func (t *Tools) EraseGuardian(ctx context.Context, guardian, reason string) (int, error) {
	id, err := ident.Parse(strings.TrimPrefix(guardian, audit.SubjectGuardian+"_"))
	if err != nil {
		return 0, useError{fmt.Errorf("%q is not the id of a guardian, such as gdn_01k…", guardian)}
	}
	if _, err := t.AuditLog.Once(ctx); err != nil { // what is not sealed can't be erased
		return 0, err
	}
	n, err := t.Family.Erase(ctx, id, reason)
	switch {
	case errors.Is(err, family.ErrNoGuardian), errors.Is(err, family.ErrNotArchived), errors.Is(err, family.ErrNoReason), errors.Is(err, family.ErrErasedAlready):
		return 0, useError{err}
	case err != nil:
		return 0, err
	}
	_, err = t.AuditLog.Once(ctx)
	return n, err
}

// ticker tells of progress every two seconds.
func ticker(w io.Writer) func(what string, done, of int64) {
	last := time.Now()
	return func(what string, done, of int64) {
		if time.Since(last) < 2*time.Second {
			return
		}
		last = time.Now()
		if of > 0 {
			fmt.Fprintf(w, "%d of %d %s\n", done, of, what)
			return
		}
		fmt.Fprintf(w, "%d %s\n", done, what)
	}
}
