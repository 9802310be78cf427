package audit_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

// Whatever way a page is read, it holds what reading every entry and comparing it would find.
func TestEveryCombinationOfFiltersFindsWhatReadingEverythingWould(t *testing.T) {
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		s := store.New(d, nil)
		r := rand.New(rand.NewPCG(7, 7))
		business, other := ident.New(), ident.New()
		ctx := viewer.AsSystem(t.Context(), ident.ID{}, "a test of the log of two businesses")
		people := []ident.ID{ident.New(), ident.New(), ident.New()}
		actions := []audit.Action{audit.SignIn, audit.SignInFailed, audit.PasswordResetRequested, audit.ContactChanged}
		outcomes := []schematype.Outcome{schematype.Succeeded, schematype.WasRefused, schematype.FailedToWork}
		channels := []schematype.Channel{"", schematype.Email, schematype.SMS}
		if err := s.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for range 400 {
				of := business
				if r.IntN(5) == 0 {
					of = other
				}
				if _, err := audit.Record(ctx, tx, audit.Entry{
					Business: of, Action: pick(r, actions), Outcome: pick(r, outcomes), Channel: pick(r, channels),
					Actor: &audit.Actor{Kind: schematype.ActorStaff, ID: pick(r, people), Name: "Dana"}, Guardian: pick(r, people), Family: pick(r, people),
				}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		all := s.Client.AuditEntry.Query().Where(auditentry.BusinessID(business)).Order(ent.Desc(auditentry.FieldID)).AllX(ctx)
		from, to := all[300].OccurredAt.Add(-time.Hour), all[0].OccurredAt.Add(time.Hour)
		seen := 0
		for range 150 {
			f := audit.Filter{}
			for _, a := range actions {
				if r.IntN(3) == 0 {
					f.Actions = append(f.Actions, a)
				}
			}
			for _, id := range []**ident.ID{&f.Actor, &f.Guardian, &f.Family} {
				if r.IntN(4) == 0 {
					who := pick(r, people)
					*id = &who
				}
			}
			if r.IntN(2) == 0 {
				f.Outcome = pick(r, outcomes)
			}
			if r.IntN(2) == 0 {
				f.Channel = pick(r, channels)
			}
			if r.IntN(3) == 0 {
				f.From, f.To = from, to
			}
			want := matching(all, f)
			seen += len(want)
			// forwards, five at a time
			var got []ident.ID
			for after := (ident.ID{}); len(got) <= len(want); {
				rows, err := s.Client.AuditEntry.Query().Where(auditentry.BusinessID(business), f.Page(business, func(s *sql.Selector) {
					if !after.IsZero() {
						s.Where(sql.LT(s.C("id"), after))
					}
					s.OrderBy(sql.Desc(s.C("id"))).Limit(5)
				})).IDs(ctx)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, rows...)
				if len(rows) < 5 {
					break
				}
				after = rows[4]
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: %d entries in pages, %d in all", f, len(got), len(want))
			}
			if n := s.Client.AuditEntry.Query().Where(auditentry.BusinessID(business), f.Where).CountX(ctx); n != len(want) {
				t.Errorf("%+v: counted %d, want %d", f, n, len(want))
			}
		}
		if seen < 500 {
			t.Errorf("the filters let only %d entries through", seen)
		}
	})
}

func matching(all []*ent.AuditEntry, f audit.Filter) []ident.ID {
	var out []ident.ID
	is := func(want, got *ident.ID) bool { return want == nil || got != nil && *got == *want }
	for _, e := range all {
		if (len(f.Actions) == 0 || slices.Contains(f.Actions, audit.Action(e.Action))) &&
			is(f.Actor, e.ActorID) && is(f.Guardian, e.GuardianID) && is(f.Family, e.FamilyID) &&
			(f.Outcome == "" || f.Outcome == e.Outcome) && (f.Channel == "" || f.Channel == e.Channel) &&
			(f.From.IsZero() || !e.OccurredAt.Before(f.From)) && (f.To.IsZero() || e.OccurredAt.Before(f.To)) {
			out = append(out, e.ID)
		}
	}
	return out
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }
