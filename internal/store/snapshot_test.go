package store_test

import (
	"context"
	"testing"

	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

func TestASnapshotSeesOneMomentAndChangesNothing(t *testing.T) {
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		s := store.New(d, nil)
		ctx := viewer.AsSystem(t.Context(), ident.ID{}, "a test")
		add := func(slug string) {
			t.Helper()
			if err := s.Client.Business.Create().SetSlug(slug).SetName(slug).SetTimeZone("UTC").SetCountry("US").Exec(ctx); err != nil {
				t.Fatal(err)
			}
		}
		add("first")
		err := s.Snapshot(ctx, func(ctx context.Context, snap *store.Snapshot) error {
			add("second") // the writer is not held up
			if n := snap.Client.Business.Query().CountX(ctx); n != 1 {
				t.Errorf("sees %d businesses", n)
			}
			rows, err := snap.QueryContext(ctx, "SELECT slug FROM businesses")
			if err != nil {
				return err
			}
			n := 0
			for rows.Next() {
				n++
			}
			if err := rows.Close(); err != nil || n != 1 {
				t.Errorf("%d rows, %v", n, err)
			}
			if err := snap.Client.Business.Update().SetName("other").Exec(ctx); err == nil {
				t.Error("a snapshot was written to")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := s.Client.Business.Query().CountX(ctx); n != 2 {
			t.Errorf("after it there are %d", n)
		}
	})
}
