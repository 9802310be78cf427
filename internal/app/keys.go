package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"officeportal/internal/ident"
	"officeportal/internal/identity/secondfactor"
	"officeportal/internal/keys"
	"officeportal/internal/passwordreset"
)

func (t *Tools) keys() *keys.Service {
	return &keys.Service{Store: t.Store, Ring: t.Ring, Log: t.AuditLog, Sealed: []keys.Sealed{
		{What: "authenticator apps", Table: "staff_members", Column: "totp_secret", Purpose: secondfactor.TOTPPurpose},
		{What: "second factors under way", Table: "sessions", Column: "challenge", Purpose: secondfactor.CeremonyPurpose},
		{What: "Forgot Password requests that wait", Table: "reset_intakes", Column: "sealed", Purpose: func(ident.ID) string { return passwordreset.IntakePurpose }},
	}}
}

// KeysStatus writes how many rows depend on which root key, and which keys can go.
func (t *Tools) KeysStatus(ctx context.Context, out io.Writer) error {
	s, err := t.keys().Status(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, id := range s.Keys {
		fmt.Fprint(w, id, "\t")
	}
	fmt.Fprintln(w, "no key\t")
	for _, l := range s.Lines {
		for _, id := range s.Keys {
			fmt.Fprint(w, strconv.Itoa(l.By[id]), "\t")
		}
		fmt.Fprint(w, strconv.Itoa(l.By[keys.NoKey]), "\t", l.What)
		if !l.Until.IsZero() {
			fmt.Fprint(w, " (until ", l.Until.Format(time.RFC3339), ")")
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s makes everything new\n", s.Keys[0])
	for _, id := range s.Keys[1:] {
		if n := s.Depend(id); n > 0 {
			fmt.Fprintf(out, "%s is needed: %d rows depend on it; \"officeportal keys rotate\" moves all but links\n", id, n)
		} else {
			fmt.Fprintf(out, "%s can go: nothing depends on it\n", id)
		}
	}
	return nil
}

// KeysRotate moves everything that can be moved to the newest root key.
func (t *Tools) KeysRotate(ctx context.Context, out, progress io.Writer) error {
	tell := ticker(progress)
	moved, err := t.keys().Rotate(ctx, func(rows int) { tell("rows", int64(rows), 0) })
	for _, row := range moved.Shared {
		fmt.Fprintf(out, "left under its older key: %s\n", row)
	}
	if moved.Lost > 0 {
		fmt.Fprintf(out, "%d rows can't be moved: no configured key made them\n", moved.Lost)
	}
	if err != nil {
		if errors.Is(err, keys.ErrShared) {
			return err
		}
		return fmt.Errorf("stopped after %d rows; run it again: %w", moved.Rows, err)
	}
	fmt.Fprintf(out, "moved %d rows to the key %s\n", moved.Rows, t.Ring.Newest())
	return nil
}
