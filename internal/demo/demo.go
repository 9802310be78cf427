// Package demo fills a new database with one small business, so that whoever starts the product for the
// first time has somebody to sign in as, families to look at, and a little history.
package demo

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"officeportal/ent"
	"officeportal/ent/guardian"
	"officeportal/internal/audit"
	"officeportal/internal/family"
	"officeportal/internal/family/csvfile"
	"officeportal/internal/ident"
	"officeportal/internal/identity/password"
	"officeportal/internal/keyring"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Slug is the demo business's part of the portal's address.
const Slug = "sunrise"

// credits is how many SMS credits the demo business starts with.
const credits = 100

// ErrThere says that the database has the demo business already.
var ErrThere = errors.New("there is a business " + Slug + " already")

// Credits keeps the SMS credits.
type Credits interface {
	// CreateFor makes the row that holds the credits of a new business.
	CreateFor(ctx context.Context, tx *store.Tx, business ident.ID, enabled bool) error
	// AddFromShell adds credits with a ledger line.
	AddFromShell(ctx context.Context, business ident.ID, credits int, note string) (*ent.CreditEntry, error)
}

// Deps is what Demo needs.
type Deps struct {
	Store   *store.Store
	Ring    *keyring.Ring
	Credits Credits
}

// SignIn is somebody the visitor can sign in as.
type SignIn struct {
	Name string
	// Role says in a few words what the person may do.
	Role string
	// Path is the page to sign in on, such as /office/.
	Path            string
	Email, Password string
}

//go:embed families.csv
var families []byte

// Demo makes the business Sunrise Gymnastics with its staff, some forty families, 100 SMS credits and the
// history of a month, and returns whom one can sign in as. It is for new databases; the passwords are public.
func Demo(ctx context.Context, d Deps) ([]SignIn, error) {
	ctx = viewer.AsSystem(ctx, ident.ID{}, "a new database gets a demo business")
	w := &world{Deps: d, now: d.Store.Now()}
	if err := w.open(ctx); err != nil {
		return nil, err
	}
	ctx = viewer.AsSystem(ctx, w.business.ID, "a new database gets a demo business")
	if err := w.importFamilies(ctx); err != nil {
		return nil, err
	}
	if err := w.history(ctx); err != nil {
		return nil, err
	}
	if err := w.policies(ctx); err != nil {
		return nil, err
	}
	if _, err := d.Credits.AddFromShell(ctx, w.business.ID, credits, "Demo credits"); err != nil {
		return nil, err
	}
	return w.signIns(), nil
}

// world is the demo business while it is made.
type world struct {
	Deps
	now      time.Time
	business *ent.Business
	staff    map[string]*ent.StaffMember // by first name
	people   map[string]*ent.Guardian    // by address
	usedLink *ident.ID                   // by which Ben chose his password
}

func (w *world) ago(d time.Duration) time.Time { return w.now.Add(-d).Truncate(time.Microsecond) }

const day = 24 * time.Hour

// at returns an identifier made at t: lists are ordered by them.
func at(t time.Time) ident.ID {
	id, now := ident.At(t), ident.New()
	copy(id[6:], now[6:])
	return id
}

// importFamilies reads the families as they would come from an old system, a month ago.
func (w *world) importFamilies(ctx context.Context) error {
	past := w.ago(29 * day)
	file, err := csvfile.Read(bytes.NewReader(families), csvfile.Options{Country: w.business.Country, DefaultLanguage: w.business.Locale, Now: past})
	if err != nil {
		return err
	}
	then := store.New(w.Store.Driver, func() time.Time { return past })
	audit.SignWith(then.Client, w.Ring)
	service := &family.Service{Store: then, Ring: w.Ring}
	if _, err := service.Import(ctx, w.business, "old-system.csv", file, false); err != nil {
		return fmt.Errorf("demo families: %w", err)
	}
	all, err := w.Store.Client.Guardian.Query().Where(guardian.BusinessID(w.business.ID)).WithFamily().All(ctx)
	if err != nil {
		return err
	}
	w.people = map[string]*ent.Guardian{}
	for _, g := range all {
		w.people[g.Email] = g
	}
	return nil
}

func (w *world) signIns() []SignIn {
	var out []SignIn
	for _, s := range members {
		out = append(out, SignIn{Name: s.name, Role: s.role, Path: "/office/", Email: s.email, Password: s.password})
	}
	ben := w.people[benEmail]
	return append(out, SignIn{Name: ben.Name, Role: "guardian", Path: "/portal/" + Slug + "/", Email: ben.Email, Password: benPassword})
}

// hash returns what is stored of a demo password. It is made outside of any transaction: it takes a while.
func hash(ctx context.Context, pw string) (string, error) { return password.Hash(ctx, pw) }
