package dbtest_test

import (
	"strconv"
	"testing"

	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/migrate"
)

func TestEveryTestHasADatabaseOfItsOwn(t *testing.T) {
	for i := range 8 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			dbtest.EachOpen(t, func(t *testing.T, d *store.Driver) {
				t.Parallel()
				for _, statement := range []string{"CREATE TABLE mine (id INT PRIMARY KEY)", "INSERT INTO mine VALUES (1)"} {
					if _, err := d.ExecContext(t.Context(), statement); err != nil {
						t.Fatal(err)
					}
				}
			})
		})
	}
}

func TestAMigratedDatabaseIsUpToDate(t *testing.T) {
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		if err := migrate.Check(t.Context(), d.DB(), d.Dialect()); err != nil {
			t.Error(err)
		}
	})
}
