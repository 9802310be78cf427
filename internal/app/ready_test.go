package app

import (
	"errors"
	"testing"
	"time"

	"officeportal/internal/store/migrate"
)

// well is a process that is ready.
func well() *readiness {
	r := &readiness{answered: time.Now()}
	r.outbox.beat()
	r.sealer.beat()
	return r
}

func TestReadyTellsTheTruthOfEveryPart(t *testing.T) {
	silent := errors.New("no route to host")
	long := time.Now().Add(-hiccup - time.Second)
	for name, c := range map[string]struct {
		change func(r *readiness)
		ready  bool
		part   string // that is not well
	}{
		"all is well":                       {func(*readiness) {}, true, ""},
		"the database was never asked":      {func(r *readiness) { r.answered = time.Time{} }, false, "database"},
		"the database hiccups":              {func(r *readiness) { r.database = silent }, true, ""},
		"the database is gone":              {func(r *readiness) { r.database, r.answered = silent, long }, false, "database"},
		"the schema is behind":              {func(r *readiness) { r.schema = migrate.ErrBehind }, false, "schema"},
		"a newer version has migrated":      {func(r *readiness) { r.schema = migrate.ErrAhead }, true, ""},
		"the outbox does not run":           {func(r *readiness) { r.outbox.at.Store(0) }, false, "outbox"},
		"the outbox is stuck":               {func(r *readiness) { r.outbox.at.Store(time.Now().Add(-stuck - time.Second).UnixNano()) }, false, "outbox"},
		"the sealer is stuck":               {func(r *readiness) { r.sealer.at.Store(time.Now().Add(-stuck - time.Second).UnixNano()) }, false, "sealer"},
		"the sealer has a great deal to do": {func(r *readiness) { r.sealer.at.Store(time.Now().Add(-stuck / 2).UnixNano()) }, true, ""},
		"it is about to stop":               {func(r *readiness) { r.drain() }, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := well()
			c.change(r)
			got := r.report()
			if got.Ready != c.ready {
				t.Errorf("ready is %v: %+v", got.Ready, got)
			}
			for part, is := range got.Parts {
				if is.OK == (part == c.part) || !is.OK && is.Note == "" {
					t.Errorf("%s: %+v", part, is)
				}
			}
			if got.Draining != (name == "it is about to stop") {
				t.Errorf("draining is %v", got.Draining)
			}
		})
	}
}
