package audit_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

func full() *ent.AuditEntry {
	id := ident.ID{15: 1}
	return &ent.AuditEntry{
		ID: ident.ID{15: 2}, BusinessID: ident.ID{15: 3}, Action: "CONTACT_CHANGED", Outcome: schematype.Succeeded,
		ActorKind: schematype.ActorStaff, ActorID: &id, ActorName: "Zoë \"Z\" \\ 花子", FamilyID: &id, GuardianID: &id,
		SubjectType: "gdn", SubjectID: &id, Channel: schematype.SMS,
		Facts:   map[string]string{"guardian": "Bo <b>", "family": "L\x01\t"},
		Details: []schematype.Detail{{Key: "phone", Before: "1", After: "2"}, {Key: "note"}}, IPAddress: "203.0.113.7", Agent: "a/1",
		RequestID: "req_1", OccurredAt: time.Date(2026, 3, 4, 5, 6, 7, 8000, time.UTC), Salt: []byte{0xab}, Kid: "k1",
	}
}

// The bytes are for ever: entries sealed years ago are hashed anew by every verification.
func TestThePayloadNeverChanges(t *testing.T) {
	const want = `{"action":"CONTACT_CHANGED","actorId":"00000000000000000000000004","actorKind":"STAFF","actorName":"Zoë \"Z\" \\ 花子","agent":"a/1","businessId":"0000000000000000000000000c","channel":"SMS","details":[{"after":"2","before":"1","key":"phone"},{"after":"","before":"","key":"note"}],"facts":{"family":"L\u0001\t","guardian":"Bo <b>"},"familyId":"00000000000000000000000004","guardianId":"00000000000000000000000004","id":"00000000000000000000000008","ipAddress":"203.0.113.7","kid":"k1","occurredAt":"2026-03-04T05:06:07.000008Z","outcome":"SUCCEEDED","requestId":"req_1","salt":"ab","subjectId":"00000000000000000000000004","subjectType":"gdn"}`
	got := string(audit.Payload(full()))
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !json.Valid([]byte(got)) {
		t.Error("it is not JSON")
	}
}

// A column that is not hashed could be changed without anybody noticing.
func TestThePayloadHoldsEveryColumn(t *testing.T) {
	payload := string(audit.Payload(full()))
	var member map[string]any
	if err := json.Unmarshal([]byte(payload), &member); err != nil {
		t.Fatal(err)
	}
	for _, column := range auditentry.Columns {
		parts := strings.Split(column, "_")
		for i := 1; i < len(parts); i++ {
			parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
		}
		if name := strings.Join(parts, ""); member[name] == nil && column != auditentry.FieldMAC {
			t.Errorf("%s is not in the payload as %s", column, name)
		}
	}
}

func TestARowFitsItsMACUntilAnythingInItChanges(t *testing.T) {
	ring := must(keyring.Parse("0123456789abcdef0123456789abcdef"))
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		s := store.New(d, nil)
		audit.SignWith(s.Client, ring)
		ctx := viewer.AsSystem(t.Context(), ident.ID{}, "a test")
		f := full()
		if err := s.WithTx(ctx, func(_ context.Context, tx *store.Tx) error {
			tx.Now = tx.Now.Add(123 * time.Nanosecond) // more than databases keep
			_, err := audit.Record(ctx, tx, audit.Entry{ID: f.ID, Action: audit.ContactChanged, Business: f.BusinessID,
				Actor:  &audit.Actor{Kind: f.ActorKind, ID: *f.ActorID, Name: f.ActorName},
				Family: *f.FamilyID, Guardian: *f.GuardianID, SubjectType: f.SubjectType, Subject: *f.SubjectID, Channel: f.Channel,
				Facts: f.Facts, Details: f.Details})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		e := s.Client.AuditEntry.Query().OnlyX(ctx)
		if err := audit.Authentic(ring, e); err != nil {
			t.Fatal(err)
		}
		other := must(keyring.Parse("another root secret which is long enough"))
		if err := audit.Authentic(other, e); err == nil {
			t.Error("another key accepts it")
		}
		row := reflect.ValueOf(e).Elem()
		for i := range row.NumField() {
			name := row.Type().Field(i).Name
			if !row.Type().Field(i).IsExported() || name == "Edges" {
				continue
			}
			changed := *e
			v := reflect.ValueOf(&changed).Elem().Field(i)
			switch v.Interface().(type) {
			case time.Time:
				v.Set(reflect.ValueOf(e.OccurredAt.Add(time.Microsecond)))
			case map[string]string:
				v.Set(reflect.ValueOf(map[string]string{"guardian": "Bo"}))
			default:
				v.Set(different(v))
			}
			if audit.Authentic(ring, &changed) == nil {
				t.Errorf("a change of %s goes unnoticed", name)
			}
		}
	})
}

// different is a value of the same type that is another.
func different(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.String:
		return reflect.ValueOf(v.String() + "x").Convert(v.Type())
	case reflect.Slice:
		return reflect.Zero(v.Type())
	case reflect.Pointer:
		return reflect.Zero(v.Type())
	default:
		return reflect.ValueOf(ident.New())
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
