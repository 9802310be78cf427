package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"entgo.io/ent/dialect"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/internal/audit"
	"officeportal/internal/audit/seal"
	"officeportal/internal/config"
	"officeportal/internal/credit"
	"officeportal/internal/family"
	"officeportal/internal/ident"
	"officeportal/internal/identity"
	"officeportal/internal/keyring"
	"officeportal/internal/policy"
	"officeportal/internal/ratelimit"
	"officeportal/internal/store"
	"officeportal/internal/store/migrate"
	"officeportal/internal/viewer"
)

// useError marks what whoever starts the program can mend: settings, addresses, files. Exit code 2.
type useError struct{ error }

func (e useError) Unwrap() error { return e.error }

// IsUse reports whether err is something that whoever starts the program can mend.
func IsUse(err error) bool {
	var use useError
	return errors.As(err, &use)
}

// core is what both serving and the command-line tools stand on.
type core struct {
	Settings config.Settings
	Store    *store.Store
	Ring     *keyring.Ring
	Limiter  *ratelimit.Limiter
	Identity *identity.Service
	Credit   *credit.Service
	Family   *family.Service
	Policy   *policy.Service
	AuditLog *seal.Log
	// Fresh reports whether the database was made just now.
	Fresh bool
}

// Tools are the domains without the serving around them, for the command line.
type Tools struct{ *core }

// OpenTools opens the configured database for a command. The schema must be up to date; a SQLite one is
// brought up to date.
func OpenTools(ctx context.Context, s config.Settings, log *slog.Logger) (*Tools, error) {
	c, err := openCore(ctx, s, Options{Log: log}, store.Patient())
	if err != nil {
		return nil, err
	}
	return &Tools{c}, nil
}

func target(s config.Settings) (store.Target, error) {
	t, err := store.ParseURL(s.DatabaseURL)
	if err != nil {
		return t, useError{fmt.Errorf("%sDATABASE_URL: %w", config.Prefix, err)}
	}
	return t, nil
}

func openDriver(ctx context.Context, s config.Settings, opts ...store.Option) (*store.Driver, error) {
	t, err := target(s)
	if err != nil {
		return nil, err
	}
	d, err := store.Open(ctx, t, opts...)
	if err != nil {
		return nil, useError{fmt.Errorf("the database can't be opened: %w", err)}
	}
	return d, nil
}

func openCore(ctx context.Context, s config.Settings, o Options, opts ...store.Option) (*core, error) {
	if s.SecretKey != "" { // before anything is opened or made
		if _, err := keyring.Parse(s.SecretKey); err != nil {
			return nil, useError{fmt.Errorf("%sSECRET_KEY: %w", config.Prefix, err)}
		}
	}
	d, err := openDriver(ctx, s, opts...)
	if err != nil {
		return nil, err
	}
	c := &core{Settings: s}
	if err := c.open(ctx, d, o); err != nil {
		_ = d.Close()
		return nil, err
	}
	return c, nil
}

func (c *core) open(ctx context.Context, d *store.Driver, o Options) error {
	// SQLite belongs to one process, which may bring it up to date; a database that several processes
	// share is migrated from one place, before any of them starts.
	if d.Dialect() == dialect.SQLite && !o.readOnly {
		behind := migrate.Check(ctx, d.DB(), d.Dialect())
		switch {
		case errors.Is(behind, migrate.ErrBehind):
			applied, err := migrate.Up(ctx, d.DB(), d.Dialect())
			if err != nil {
				return err
			}
			// a later version's migrations on a database in use don't make it new
			if c.Fresh, err = isEmpty(ctx, d); err != nil {
				return err
			}
			c.Fresh = c.Fresh && len(applied) > 0
		case behind != nil:
			return useError{behind}
		}
	} else if err := migrate.Check(ctx, d.FreshDB(), d.Dialect()); err != nil { // perhaps migrated a moment ago, by way of another node
		return useError{err}
	}
	secret, err := c.secret(ctx, d)
	if err != nil {
		return err
	}
	if c.Ring, err = keyring.Parse(secret); err != nil {
		return useError{fmt.Errorf("%sSECRET_KEY: %w", config.Prefix, err)}
	}
	c.Store = store.New(d, o.Clock)
	audit.SignWith(c.Store.Client, c.Ring)
	c.AuditLog = seal.New(c.Store, c.Ring, o.Log, seal.KeepIn(c.Settings.AuditCheckpointFile))
	if !o.readOnly {
		if err := c.AuditLog.Ours(ctx); errors.Is(err, seal.ErrForeignKey) {
			return useError{fmt.Errorf("%sSECRET_KEY: this is not the key of this database, whose newest checkpoint it did not sign; put the right one back behind it, after a comma (if it is the right one, run \"officeportal audit verify\")", config.Prefix)}
		} else if err != nil {
			return err
		}
	}
	c.Limiter = ratelimit.New(c.Store, c.Ring)
	c.Identity = identity.New(c.Store, c.Ring, c.Limiter)
	c.Credit = credit.New(c.Store)
	c.Policy = policy.New(policy.Config{Store: c.Store, ScansIn: c.Settings.ScansIn(), Log: o.Log})
	c.Family = &family.Service{Store: c.Store, Ring: c.Ring, Outbox: outbox{}, Policies: c.Policy}
	return nil
}

// secret returns the configured root secret. With SQLite and none configured it is made once and kept
// beside the database: the two belong together in a backup, and apart on a shared machine.
func (c *core) secret(ctx context.Context, d *store.Driver) (string, error) {
	if c.Settings.SecretKey != "" || d.Dialect() != dialect.SQLite {
		return c.Settings.SecretKey, nil
	}
	t, err := target(c.Settings)
	if err != nil {
		return "", err
	}
	file := t.Path + ".key"
	raw, err := os.ReadFile(file)
	if err == nil {
		return strings.TrimSpace(string(raw)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", useError{err}
	}
	// what was made with a lost key can't be read by a new one; before the first business there is nothing
	empty, err := isEmpty(ctx, d)
	if err != nil {
		return "", err
	}
	if !empty {
		return "", useError{fmt.Errorf("%s is missing: links, addresses and sessions can't be read without it; put it back or set %sSECRET_KEY", filepath.Base(file), config.Prefix)}
	}
	secret := keyring.Generate()
	return secret, writeNew(file, secret+"\n")
}

// writeNew writes a file for its owner's eyes alone and to the disk, where there is none: neither what another
// process made meanwhile is overwritten, nor is a link followed to somewhere else.
func writeNew(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return useError{err}
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func isEmpty(ctx context.Context, d *store.Driver) (bool, error) {
	rows, err := d.QueryContext(ctx, "SELECT 1 FROM businesses LIMIT 1")
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return !rows.Next(), rows.Err()
}

// Close closes the database.
func (c *core) Close() error { return c.Store.Close() }

func (c *core) businessBySlug(ctx context.Context, slug string) (*ent.Business, error) {
	b, err := c.Store.Client.Business.Query().Where(business.Slug(slug)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, useError{fmt.Errorf("there is no business %q", slug)}
	}
	return b, err
}

func system(ctx context.Context) context.Context {
	return viewer.AsSystem(ctx, ident.ID{}, "a command of whoever runs the machine")
}

// CreateBusiness makes a business with its SMS credits.
func (t *Tools) CreateBusiness(ctx context.Context, in identity.BusinessInput) (*ent.Business, error) {
	return t.Identity.CreateBusiness(ctx, t.Credit, in)
}

// AddCredits adds SMS credits and returns the balance.
func (t *Tools) AddCredits(ctx context.Context, slug string, credits int, note string) (int, error) {
	ctx = system(ctx)
	b, err := t.businessBySlug(ctx, slug)
	if err != nil {
		return 0, err
	}
	entry, err := t.Credit.AddFromShell(ctx, b.ID, credits, note)
	if err != nil {
		return 0, err
	}
	return entry.BalanceAfter, nil
}

// Migrate brings the schema of the configured database up to date and returns what it applied.
func Migrate(ctx context.Context, s config.Settings) ([]string, error) {
	d, err := openDriver(ctx, s, store.Patient())
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return migrate.Up(ctx, d.DB(), d.Dialect())
}

// MigrationStatus lists the migrations and whether they are applied.
func MigrationStatus(ctx context.Context, s config.Settings) ([]migrate.Status, error) {
	d, err := openDriver(ctx, s)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return migrate.List(ctx, d.DB(), d.Dialect())
}

// NewLog returns the log: structured, to standard error.
func NewLog(w io.Writer, format string) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// BuildInfo names the version and what it was built with.
func BuildInfo(version string) string {
	out := "officeportal " + version
	if info, ok := debug.ReadBuildInfo(); ok {
		out += " " + info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				out += " " + s.Value
			}
		}
	}
	return out
}
