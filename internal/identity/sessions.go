package identity

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"officeportal/ent"
	"officeportal/ent/guardian"
	"officeportal/ent/predicate"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/session"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

const (
	// seenEvery is how exactly the last use of a session is kept: one write in this time, not one per request.
	seenEvery = time.Minute
	// mostSessions is how many sessions are listed.
	mostSessions = 100
)

// Session is one signed-in browser of the viewer.
type Session struct {
	ID                            ident.ID
	Device                        Device
	Address                       string
	SignedInAt, SeenAt, ExpiresAt time.Time
	// Current says that it is the one that asks.
	Current bool
}

// mine matches the sessions of the viewer that are good: not ended, not expired, of the epoch of today, and past the
// second factor.
func mine(v viewer.Viewer, epoch int, now time.Time) []predicate.Session {
	return []predicate.Session{
		session.BusinessID(v.BusinessID), session.PersonID(v.PersonID), session.CredEpoch(epoch), session.Pending(false),
		session.EndedAtIsNil(), session.ExpiresAtGT(now),
	}
}

func epochOf(ctx context.Context, c *ent.Client, v viewer.Viewer) (int, error) {
	if v.Kind == viewer.Guardian {
		g, err := c.Guardian.Query().Where(guardian.BusinessID(v.BusinessID), guardian.ID(v.PersonID)).Only(ctx)
		if err != nil {
			return 0, err
		}
		return g.CredEpoch, nil
	}
	m, err := c.StaffMember.Query().Where(staffmember.BusinessID(v.BusinessID), staffmember.ID(v.PersonID)).Only(ctx)
	if err != nil {
		return 0, err
	}
	return m.CredEpoch, nil
}

// signedIn returns the viewer when it is a person, or the refusal for everybody else.
func signedIn(ctx context.Context) (viewer.Viewer, error) {
	v := viewer.From(ctx)
	if v.Kind != viewer.StaffMember && v.Kind != viewer.Guardian || v.PersonID.IsZero() {
		return v, fault.New(fault.Unauthenticated, "error.notFound")
	}
	return v, nil
}

// Sessions returns where the viewer is signed in: the session that asks first, then by last use; the newest 100.
// Staff members and guardians may call it, each for themselves.
func (s *Service) Sessions(ctx context.Context) ([]Session, error) {
	v, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	ctx = store.WithFresh(viewer.AsSystem(ctx, v.BusinessID, "people see their own sessions, which are kept by Office Portal itself"))
	epoch, err := epochOf(ctx, s.store.Client, v)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Client.Session.Query().Where(mine(v, epoch, s.store.Now())...).
		Order(ent.Desc(session.FieldID)).Limit(mostSessions).All(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Session, len(rows))
	for i, r := range rows {
		out[i] = Session{ID: r.ID, Device: DeviceOf(r.Agent), Address: r.IPAddress, SignedInAt: r.CreatedAt, SeenAt: r.CreatedAt,
			ExpiresAt: r.ExpiresAt, Current: r.ID == v.SessionID}
		if r.SeenAt != nil {
			out[i].SeenAt = *r.SeenAt
		}
	}
	slices.SortStableFunc(out, func(a, b Session) int {
		if a.Current != b.Current {
			if a.Current {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.SeenAt.UnixMicro(), a.SeenAt.UnixMicro())
	})
	return out, nil
}

// EndSession ends one of the viewer's own sessions. Staff members and guardians may call it. Somebody else's session
// and one that does not exist get the same NotFound; one that was the viewer's and is over is none.
func (s *Service) EndSession(ctx context.Context, id ident.ID) error {
	v, err := signedIn(ctx)
	if err != nil {
		return err
	}
	// Safe to run again in doubt: a second run finds the session ended, and says so.
	ended := false
	err = s.store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		system := viewer.AsSystem(ctx, v.BusinessID, "people end their own sessions, which are kept by Office Portal itself")
		was, err := tx.Session.Query().Where(session.BusinessID(v.BusinessID), session.PersonID(v.PersonID), session.ID(id)).Only(system)
		if ent.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		n, err := tx.Session.Update().
			Where(session.BusinessID(v.BusinessID), session.PersonID(v.PersonID), session.ID(id), session.EndedAtIsNil()).
			SetEndedAt(tx.Now).Save(system)
		ended = err == nil
		if err != nil || n == 0 {
			return err
		}
		return recordOwn(ctx, tx, audit.SessionEnded, v, nil, schematype.Detail{Key: "device", After: was.Agent}, schematype.Detail{Key: "address", After: was.IPAddress})
	})
	if err != nil {
		return err
	}
	if !ended {
		return fault.Refuse(fault.At(fault.NotFound, "sessionId", "error.notFound"))
	}
	return nil
}

// SignOutEverywhere ends all of the viewer's sessions, the one that asks too, and returns how many. Links that were
// sent and API tokens stay: they are not sessions. Staff members and guardians may call it, each for themselves.
func (s *Service) SignOutEverywhere(ctx context.Context) (ended int, err error) {
	v, err := signedIn(ctx)
	if err != nil {
		return 0, err
	}
	err = s.store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		system := viewer.AsSystem(ctx, v.BusinessID, "people end their own sessions, which are kept by Office Portal itself")
		n, err := tx.Session.Update().
			Where(session.BusinessID(v.BusinessID), session.PersonID(v.PersonID), session.EndedAtIsNil(), session.ExpiresAtGT(tx.Now)).
			SetEndedAt(tx.Now).Save(system)
		if err != nil {
			return err
		}
		ended = n
		return recordOwn(ctx, tx, audit.SignedOutEverywhere, v, map[string]string{"count": strconv.Itoa(n)})
	})
	return ended, err
}

// seen keeps when a session was used last. It is a courtesy to whoever reads the list: a failure stops nothing.
func (s *Service) seen(ctx context.Context, id ident.ID, last time.Time) {
	now := s.store.Now()
	if now.Sub(last) < seenEvery {
		return
	}
	_, err := s.store.Driver.ExecContext(ctx, "UPDATE sessions SET seen_at = ? WHERE id = ? AND (seen_at IS NULL OR seen_at <= ?)",
		now, id, now.Add(-seenEvery))
	if err != nil {
		slog.WarnContext(ctx, "identity: the last use of a session could not be kept", slog.String("error", store.Cause(err)))
	}
}

// recordOwn tells what somebody did with the own login.
func recordOwn(ctx context.Context, tx *store.Tx, action audit.Action, v viewer.Viewer, facts map[string]string, details ...schematype.Detail) error {
	e := about(action, v)
	for k, f := range facts {
		e.Facts[k] = f
	}
	e.Details = details
	_, err := audit.Record(ctx, tx, e)
	return err
}
