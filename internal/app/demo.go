package app

import (
	"context"
	"fmt"
	"runtime/debug"

	"entgo.io/ent/dialect"

	"officeportal/internal/demo"
)

// demo fills a new SQLite database with a business to try things out in, on a laptop: its passwords are public,
// so that where other machines use the portals it has to be asked for. With the setting on, so does any database
// that has none yet.
func (a *App) demo(ctx context.Context) error {
	auto := a.Fresh && a.Store.Driver.Dialect() == dialect.SQLite && a.Settings.PublicIsLocal()
	want := a.Settings.Demo == "on" || a.Settings.Demo == "auto" && auto
	if a.Settings.Demo == "off" {
		return nil
	}
	deps := demo.Deps{Store: a.Store, Ring: a.Ring, Credits: a.Credit}
	signIns, err := demo.SignIns(ctx, deps)
	if err == nil && signIns == nil && want {
		signIns, err = demo.Demo(ctx, deps)
		debug.FreeOSMemory() // hashing passwords took a lot, once
	}
	if err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	for _, s := range signIns {
		a.signIns = append(a.signIns, fmt.Sprintf("  %-38s %-23s %-24s %s (%s)", a.URL()+s.Path, s.Email, s.Password, s.Name, s.Role))
	}
	return nil
}
