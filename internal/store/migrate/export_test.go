package migrate

import (
	"context"
	"database/sql"
)

// Base applies the first migration alone: the schema of the first release.
func Base(ctx context.Context, db *sql.DB, dialectName string) error {
	p, err := provider(db, dialectName)
	if err != nil {
		return err
	}
	_, err = p.UpTo(ctx, p.ListSources()[0].Version)
	return err
}
