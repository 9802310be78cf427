package graph_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/viewer"
	"officeportal/internal/wait"
)

// session signs Dana in and returns the session.
func (w *world) session() ident.ID { return w.sessions(1)[0] }

func (w *world) sessions(n int) []ident.ID {
	w.t.Helper()
	ids := make([]ident.ID, n)
	var rows []*ent.SessionCreate
	for i := range n {
		ids[i] = ident.New()
		rows = append(rows, w.store.Client.Session.Create().SetID(ids[i]).SetBusinessID(w.business.ID).SetPersonKind(schematype.ActorStaff).
			SetPersonID(w.staff.ID).SetTokenHash(w.ring.Lookup("test", ids[i][:])).SetCredEpoch(w.staff.CredEpoch).
			SetExpiresAt(w.store.Now().Add(time.Hour)).SetCreatedAt(w.store.Now()))
	}
	for some := range slices.Chunk(rows, 500) {
		w.must(w.store.Client.Session.CreateBulk(some...).Exec(w.system()))
	}
	return ids
}

func TestAStreamEndsWithTheSessionTheAPITokenOrThePermission(t *testing.T) {
	session := func(w *world) viewer.Viewer { v := w.viewers["staff"]; v.SessionID = w.session(); return v }
	token := func(w *world) viewer.Viewer { return w.apiToken(viewer.FamiliesRead, viewer.AuditRead) }
	later := func(w *world, _ viewer.Viewer) error { w.clock.add(2 * time.Hour); return nil }
	password := func(w *world, _ viewer.Viewer) error {
		return w.store.Client.StaffMember.UpdateOneID(w.staff.ID).AddCredEpoch(1).Exec(w.system())
	}
	deactivated := func(w *world, _ viewer.Viewer) error {
		return w.store.Client.StaffMember.UpdateOneID(w.staff.ID).SetActive(false).Exec(w.system())
	}
	fewer := func(w *world, _ viewer.Viewer) error {
		return w.store.Client.StaffMember.UpdateOneID(w.staff.ID).SetPermissions([]viewer.Permission{viewer.SMSSpend}).Exec(w.system())
	}
	for name, c := range map[string]struct {
		who  func(w *world) viewer.Viewer
		end  func(w *world, v viewer.Viewer) error
		code string
	}{
		"signing out": {session, func(w *world, v viewer.Viewer) error {
			return w.store.Client.Session.UpdateOneID(v.SessionID).SetEndedAt(w.store.Now()).Exec(w.system())
		}, "UNAUTHENTICATED"},
		"the session's time": {session, later, "UNAUTHENTICATED"},
		"a changed password": {session, password, "UNAUTHENTICATED"},
		"deactivation":       {session, deactivated, "UNAUTHENTICATED"},
		"fewer permissions":  {session, fewer, ""},
		"an API token that is revoked": {token, func(w *world, v viewer.Viewer) error {
			return w.store.Client.APIToken.UpdateOneID(v.APITokenID).SetRevokedAt(w.store.Now()).Exec(w.system())
		}, "UNAUTHENTICATED"},
		"an API token's time":                  {token, later, "UNAUTHENTICATED"},
		"an API token, the password changed":   {token, password, "UNAUTHENTICATED"},
		"an API token, its person deactivated": {token, deactivated, "UNAUTHENTICATED"},
		"an API token, its person may do less": {token, fewer, ""},
		"an API token, its person loses one of its two": {token, func(w *world, _ viewer.Viewer) error {
			return w.store.Client.StaffMember.UpdateOneID(w.staff.ID).SetPermissions([]viewer.Permission{viewer.AuditRead}).Exec(w.system())
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				v := c.who(w)
				w.viewers["signed in"] = v
				w.lookAlways()
				token := w.queued()
				s := w.follow("signed in", resetID(token))
				s.is(`"state":"ACTIVE"`)
				w.must(c.end(w, v))
				got := s.event()
				for c.code != "" && strings.Contains(got, `"data":{`) { // an expired link may be told first
					got = s.event()
				}
				if c.code != "" {
					if !strings.Contains(got, c.code) {
						t.Fatalf("it ends with %s", got)
					}
					got = s.event()
				}
				if got != "complete" {
					t.Errorf("it ends with %s", got)
				}
			})
		})
	}
}

// What its person may do besides is nothing to an API token.
func TestTheStreamOfAnAPITokenOutlivesWhatDoesNotConcernIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.viewers["program"] = w.apiToken(viewer.FamiliesRead)
		token := w.queued()
		s := w.follow("program", resetID(token))
		s.is(`"state":"ACTIVE"`)
		w.must(w.store.Client.StaffMember.UpdateOneID(w.staff.ID).SetPermissions([]viewer.Permission{viewer.FamiliesRead, viewer.SMSSpend}).Exec(w.system()))
		w.must(w.store.Client.APIToken.UpdateOneID(w.apiToken(viewer.FamiliesRead).APITokenID).SetRevokedAt(w.store.Now()).Exec(w.system()))
		w.must(w.live.Once(t.Context()))
		w.delivery(token, schematype.Accepted, schematype.DeliveryDelivered)
		w.must(w.live.Once(t.Context()))
		s.is(`"delivery":"DELIVERED"`)
	})
}

func TestAThirdStreamOfASessionIsRefusedUntilOneEnds(t *testing.T) {
	w := onSQLite(t)
	v := w.viewers["staff"]
	v.SessionID = w.session()
	w.viewers["signed in"] = v
	id := resetID(w.queued())
	first, second := w.follow("signed in", id), w.follow("signed in", id)
	first.is("ACTIVE")
	second.is("ACTIVE")
	third := w.follow("signed in", id)
	raw, err := io.ReadAll(third.body)
	w.must(err)
	if third.res.StatusCode != http.StatusTooManyRequests || third.res.Header.Get("Retry-After") == "" || !strings.Contains(string(raw), "RATE_LIMITED") {
		t.Errorf("the third: %d %s", third.res.StatusCode, raw)
	}
	other := w.follow("staff", id) // another session
	other.is("ACTIVE")
	first.stop()
	wait.For(t, 10*time.Second, "a place", func() bool {
		s := w.follow("signed in", id)
		defer s.stop()
		return s.res.StatusCode == http.StatusOK
	})
}

func TestAStreamIsForStaffWhoMayReadFamiliesAndShowsNothingOfOthers(t *testing.T) {
	w := onSQLite(t)
	token := w.queued()
	other := w.newBusiness("other", "Other School")
	w.viewers["stranger"] = w.staffViewer(other, w.newStaff(other, "Olga Other", "olga@other.example"), viewer.Permissions()...)
	for who, want := range map[string]string{"": "UNAUTHENTICATED", "guardian": "FORBIDDEN", "reader": "FORBIDDEN", "stranger": ""} {
		s := w.follow(who, resetID(token))
		if want != "" {
			got := s.event()
			if !strings.Contains(got, want) || strings.Contains(got, "Lopez") {
				t.Errorf("%q sees %s", who, got)
			}
		}
		if got := s.event(); got != "complete" {
			t.Errorf("%q: then %s", who, got)
		}
	}
	for _, id := range []string{"rst_01k00000000000000000000000", "fam_" + token.ID.String(), "x", ""} {
		if got := w.follow("staff", id).event(); got != "complete" {
			t.Errorf("%q: %s", id, got)
		}
	}
}

// A look between the request and its refusal must not tell a guardian to sign in.
func TestTheSessionOfAGuardianIsNotCalledOver(t *testing.T) {
	w := onSQLite(t)
	v := w.viewers["guardian"]
	v.SessionID = ident.New()
	standing := w.live.Standing(v)
	defer standing.Close()
	w.must(w.live.Once(t.Context()))
	select {
	case <-standing.Changed():
		t.Error("the session is called over")
	default:
	}
}
