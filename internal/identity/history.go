package identity

import (
	"context"
	"maps"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// historySize is how many entries of the own history are shown.
const historySize = 20

// HistoryKind is what an entry of the own history is about.
type HistoryKind string

// The kinds, as the API spells them.
const (
	HistorySignedIn     HistoryKind = "SIGNED_IN"
	HistorySignInFailed HistoryKind = "SIGN_IN_FAILED"
	HistorySignedOut    HistoryKind = "SIGNED_OUT"
	HistoryLink         HistoryKind = "LINK"
	HistoryPassword     HistoryKind = "PASSWORD"
	HistoryContact      HistoryKind = "CONTACT"
	HistoryAccess       HistoryKind = "ACCESS"
)

// historyOf are the actions that guardians see of what concerns their login.
var historyOf = map[audit.Action]HistoryKind{
	audit.SignIn:                 HistorySignedIn,
	audit.SignInFailed:           HistorySignInFailed,
	audit.SignOut:                HistorySignedOut,
	audit.SessionEnded:           HistorySignedOut,
	audit.SignedOutEverywhere:    HistorySignedOut,
	audit.PasswordResetRequested: HistoryLink,
	audit.GuardianInvited:        HistoryLink,
	audit.PasswordResetCompleted: HistoryPassword,
	audit.PasswordChanged:        HistoryPassword,
	audit.PasswordDisabled:       HistoryPassword,
	audit.ContactChanged:         HistoryContact,
	audit.LoginAccessChanged:     HistoryAccess,
}

// HistoryEntry is something that happened to the viewer's own login. Of what others did it holds neither name nor
// address: who of the office did it, the office tells.
type HistoryEntry struct {
	ID   ident.ID
	Kind HistoryKind
	// Sentence is a key of the message catalog.
	Sentence   string
	OccurredAt time.Time
	// Device and Address are empty for what the office or Office Portal did.
	Device  *Device
	Address string
}

// OwnHistory returns the newest 20 entries about the viewer's own login. Guardians may call it, others get Forbidden.
func (s *Service) OwnHistory(ctx context.Context) ([]HistoryEntry, error) {
	v := viewer.From(ctx)
	if v.Kind != viewer.Guardian {
		return nil, fault.New(fault.Forbidden, "graph.forbidden")
	}
	mine := audit.Filter{Guardian: &v.PersonID, Actions: slices.Collect(maps.Keys(historyOf))}
	ctx = store.WithFresh(viewer.AsSystem(ctx, v.BusinessID, "guardians see what happened to their own login, not the Audit Log"))
	rows, err := s.store.Client.AuditEntry.Query().
		Where(auditentry.BusinessID(v.BusinessID), mine.Page(v.BusinessID, func(s *sql.Selector) {
			s.OrderBy(sql.Desc(s.C(auditentry.FieldID))).Limit(historySize)
		})).All(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]HistoryEntry, len(rows))
	for i, e := range rows {
		out[i] = HistoryEntry{ID: e.ID, Kind: historyOf[audit.Action(e.Action)], Sentence: sentence(e), OccurredAt: e.OccurredAt}
		if e.ActorKind == schematype.ActorGuardian || e.ActorKind == schematype.ActorAnonymous {
			d := DeviceOf(e.Agent)
			out[i].Device, out[i].Address = &d, e.IPAddress
		}
	}
	return out, nil
}

// sentence picks the sentence for an entry: what the guardian did, what the office did, what was refused.
func sentence(e *ent.AuditEntry) string {
	key := "history." + e.Action
	switch {
	case e.Outcome != schematype.Succeeded && audit.Action(e.Action) != audit.SignInFailed:
		return key + ".REFUSED"
	case audit.Action(e.Action) == audit.PasswordResetCompleted && e.Facts["purpose"] == string(schematype.ForInvitation):
		return key + ".INVITATION"
	case audit.Action(e.Action) == audit.LoginAccessChanged && e.Facts["canLogIn"] == "false":
		return key + ".OFF"
	case audit.Action(e.Action) == audit.PasswordResetRequested && e.ActorKind == schematype.ActorStaff:
		return key + ".OFFICE"
	}
	return key
}
