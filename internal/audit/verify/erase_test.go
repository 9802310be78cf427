package verify_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/internal/audit"
	"officeportal/internal/audit/export"
	"officeportal/internal/audit/verify"
	"officeportal/internal/family"
	"officeportal/internal/ident"
)

func (w *world) families() *family.Service {
	return &family.Service{Store: w.store, Ring: w.ring, Outbox: noNotices{}}
}

// archive archives Maria and seals what tells of it.
func (w *world) archive() {
	w.t.Helper()
	g, err := w.store.Client.Guardian.Get(w.system, w.guardian.ID)
	w.must(err)
	_, err = w.families().ArchiveGuardian(w.staff, family.VersionedID{ID: g.ID, Version: g.Version})
	w.must(err)
	w.exec("UPDATE messages SET due_at = NULL") // the notice of the new password has left
	w.seal()
}

func TestErasingAPersonKeepsTheProofsAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		before := w.checkpoint()
		w.archive()
		n, err := w.families().Erase(w.t.Context(), w.guardian.ID, "asked for by letter")
		if err != nil || n < 5 {
			t.Fatalf("%d entries, %v", n, err)
		}
		r, err := w.verify(before)
		if err != nil || r.Erased != int64(n) {
			t.Errorf("verifying before sealing: %+v, %v", r, err)
		}
		w.seal()
		if r, err = w.verify(before); err != nil || r.Erased != int64(n) {
			t.Errorf("verifying: %+v, %v", r, err)
		}
		// nothing personal is left anywhere
		for _, table := range w.tables() {
			for _, row := range w.rows(table) {
				for _, personal := range []string{"Maria", "maria@", "5550123"} {
					if strings.Contains(row, personal) {
						t.Errorf("%s still has %s: %s", table, personal, row)
					}
				}
			}
		}
		told := w.entry(audit.PersonErased)
		if told.GuardianID == nil || *told.GuardianID != w.guardian.ID || told.Details[0].After != "asked for by letter" {
			t.Errorf("the entry: %+v", told)
		}
		// what is left of an erased entry can't be changed unseen
		w.disarm()
		e, err := w.store.Client.AuditEntry.Query().Where(auditentry.SaltIsNil(), auditentry.Action(string(audit.PasswordResetCompleted))).Only(w.system)
		w.must(err)
		w.exec("UPDATE audit_entries SET request_id = 'other' WHERE id = ?", e.ID)
		w.armed()
		var found *verify.Problem
		if _, err := w.verify(); !errors.As(err, &found) || !strings.Contains(found.What, "aud_"+told.ID.String()) {
			t.Errorf("a changed erased entry: %v", err)
		}
	})
}

func (w *world) tables() []string {
	if w.mysql() {
		return w.names("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")
	}
	return w.names("SELECT name FROM sqlite_schema WHERE type = 'table'")
}

// rows returns the rows of a table as texts.
func (w *world) rows(table string) []string {
	w.t.Helper()
	rows, err := w.store.Driver.DB().QueryContext(w.t.Context(), "SELECT * FROM `"+table+"`")
	w.must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	w.must(err)
	var out []string
	for rows.Next() {
		cells, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			to[i] = &cells[i]
		}
		w.must(rows.Scan(to...))
		text := ""
		for _, c := range cells {
			switch c := c.(type) {
			case []byte:
				text += string(c) + " "
			case string:
				text += c + " "
			}
		}
		out = append(out, text)
	}
	w.must(rows.Err())
	return out
}

func TestErasingIsRefusedWhereItWouldBeWrong(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		erase := func(id ident.ID, reason string) error {
			_, err := w.families().Erase(w.t.Context(), id, reason)
			return err
		}
		if err := erase(ident.New(), "why"); !errors.Is(err, family.ErrNoGuardian) {
			t.Errorf("nobody: %v", err)
		}
		if err := erase(w.guardian.ID, "why"); !errors.Is(err, family.ErrNotArchived) {
			t.Errorf("not archived: %v", err)
		}
		g, err := w.store.Client.Guardian.Get(w.system, w.guardian.ID)
		w.must(err)
		_, err = w.families().ArchiveGuardian(w.staff, family.VersionedID{ID: g.ID, Version: g.Version})
		w.must(err)
		w.exec("UPDATE messages SET due_at = NULL")
		if err := erase(w.guardian.ID, "why"); !errors.Is(err, audit.ErrUnsealed) {
			t.Errorf("not sealed: %v", err)
		}
		w.seal()
		for _, reason := range []string{"", "  ", "Maria Lopez asked"} {
			if err := erase(w.guardian.ID, reason); !errors.Is(err, family.ErrNoReason) {
				t.Errorf("reason %q: %v", reason, err)
			}
		}
		w.must(erase(w.guardian.ID, "why"))
		if err := erase(w.guardian.ID, "why"); !errors.Is(err, family.ErrErasedAlready) {
			t.Errorf("again: %v", err)
		}
		if _, err := w.verify(); err != nil {
			t.Error(err)
		}
	})
}

func (w *world) export(o export.Options) (string, export.Result) {
	w.t.Helper()
	o.Locale = "en"
	e, err := (&export.Service{Store: w.store, Log: w.log}).Begin(w.staff, o)
	w.must(err)
	var b bytes.Buffer
	r, err := e.Write(w.staff, &b)
	w.must(err)
	return b.String(), r
}

func TestAnExportProvesItselfAndEveryChangeOfItShows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.archive()
		_, err := w.families().Erase(w.t.Context(), w.guardian.ID, "why")
		w.must(err)
		w.seal()
		w.record() // not sealed
		file, r := w.export(export.Options{Format: export.JSONLines})
		checked, err := export.Check(strings.NewReader(file), w.log.VerifierKeys())
		if err != nil || checked.Result != r || r.Unproven != 1 || r.Erased < 5 || r.Entries != strings.Count(file, "\n")-2 {
			t.Fatalf("%+v, %+v, %v", checked, r, err)
		}
		if _, err := export.Check(strings.NewReader(file), nil); err != nil {
			t.Errorf("with the key in the file: %v", err)
		}
		lines := strings.SplitAfter(file, "\n")
		lines = lines[:len(lines)-1]
		whole := func(with ...string) string { return strings.Join(with, "") }
		without := func(i int) []string { return append(append([]string{}, lines[:i]...), lines[i+1:]...) }
		for name, c := range map[string]struct{ text, want string }{
			"cut off":          {whole(lines[:len(lines)-1]...), "has no end"},
			"cut in a line":    {file[:len(file)/2], "cut off"},
			"a line is gone":   {whole(without(2)...), "entries are missing"},
			"a line is edited": {strings.Replace(file, `"action":"BUSINESS_CREATED"`, `"action":"BUSINESS_CREATEX"`, 1), "was changed"},
			"another place":    {strings.Replace(file, `"index":1,`, `"index":2,`, 1), "not at place 2"},
			"no head":          {whole(lines[1:]...), "head"},
			"something after":  {file + lines[1], "follows the end"},
			"empty":            {"", "empty"},
			"another size":     {strings.Replace(file, "officeportal/audit\\n", "officeportal/audit\\n1", 1), "not signed"},
		} {
			if _, err := export.Check(strings.NewReader(c.text), nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		other := []string{"officeportal/audit+00000000+AQ=="}
		if _, err := export.Check(strings.NewReader(file), other); err == nil {
			t.Error("a foreign key was taken")
		}
		if told := w.entry(audit.Exported); told.Facts["format"] != "jsonl" {
			t.Errorf("%+v", told)
		}
	})
}

func TestATableTellsTheSameAndNoCellOfItIsAFormula(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f, err := w.families().CreateFamily(w.staff, family.CreateFamilyInput{Name: "=HYPERLINK(1)"})
		w.must(err)
		w.seal()
		file, r := w.export(export.Options{Format: export.CSV, Filter: export.Filter{FamilyID: f.ID}})
		if r.Entries != 1 {
			t.Fatalf("%+v", r)
		}
		reader := csv.NewReader(strings.NewReader(file))
		rows, err := reader.ReadAll()
		w.must(err)
		last := rows[len(rows)-1]
		if last[0] != "END OF EXPORT" || last[1] != "complete" || last[2] != "1 entries" {
			t.Errorf("the end: %v", last)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") || strings.ContainsRune(cell, '\u202e') {
					t.Errorf("a cell is a formula: %q", cell)
				}
			}
		}
		for cell, want := range map[string]string{"=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "＝1": "'＝1", "x=1": "x=1", "": ""} {
			if got := export.Harmless(cell); got != want {
				t.Errorf("%q becomes %q", cell, got)
			}
		}
		var record map[string]any
		w.must(json.Unmarshal([]byte(rows[1][len(rows[1])-1]), &record))
		if record["action"] != "FAMILY_CREATED" || rows[1][1] != "FAMILY_CREATED" {
			t.Errorf("%v", rows[1])
		}
	})
}

func TestTheFiltersOfAnExportAreThoseOfTheAPI(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		all, err := w.store.Client.AuditEntry.Query().Order(ent.Asc(auditentry.FieldID)).All(w.system)
		w.must(err)
		for name, value := range map[string]string{"actions": "SMS_CREDITS_CHANGED", "guardianId": "gdn_" + w.guardian.ID.String(), "channel": "SMS",
			"outcome": "SUCCEEDED", "actorId": "gdn_" + w.guardian.ID.String(), "from": all[3].OccurredAt.UTC().Format("2006-01-02T15:04:05.999999Z"), "to": all[3].OccurredAt.UTC().Format("2006-01-02T15:04:05.999999Z")} {
			o := export.Options{Format: export.JSONLines}
			if wrong := export.Read(&o.Filter, map[string][]string{name: {value}}); wrong != "" {
				t.Errorf("%s is not read", wrong)
			}
			want := 0
			for _, e := range all {
				fits := map[string]bool{"actions": e.Action == value, "guardianId": e.GuardianID != nil && *e.GuardianID == w.guardian.ID, "channel": string(e.Channel) == value,
					"outcome": string(e.Outcome) == value, "actorId": e.ActorID != nil && *e.ActorID == w.guardian.ID,
					"from": !e.OccurredAt.Before(all[3].OccurredAt), "to": e.OccurredAt.Before(all[3].OccurredAt)}
				if fits[name] {
					want++
				}
			}
			if o.To.IsZero() { // not what the exports of this test add
				o.To = all[len(all)-1].OccurredAt.Add(1000)
			}
			if _, r := w.export(o); r.Entries != want || want == 0 {
				t.Errorf("%s=%s: %d entries, want %d", name, value, r.Entries, want)
			}
		}
		for name, value := range map[string]string{"actions": "NOTHING", "guardianId": "x", "channel": "FAX", "from": "yesterday", "colour": "red"} {
			if wrong := export.Read(&export.Filter{}, map[string][]string{name: {value}}); wrong != name {
				t.Errorf("%s=%s is taken", name, value)
			}
		}
	})
}
