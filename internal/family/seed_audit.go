package family

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/store"
)

// seedEvent is one kind of entry and how often it comes, in a hundred.
type seedEvent struct {
	action     audit.Action
	outcome    schematype.Outcome
	channel    schematype.Channel
	byGuardian bool
	often      int
}

var seedEvents = []seedEvent{
	{audit.SignIn, schematype.Succeeded, "", true, 34},
	{audit.SignInFailed, schematype.FailedToWork, "", true, 8},
	{audit.PasswordResetRequested, schematype.Succeeded, schematype.Email, false, 16},
	{audit.PasswordResetRequested, schematype.Succeeded, schematype.SMS, false, 7},
	{audit.PasswordResetRequested, schematype.WasRefused, schematype.SMS, false, 2},
	{audit.PasswordResetCompleted, schematype.Succeeded, schematype.Email, true, 14},
	{audit.PasswordResetRejected, schematype.WasRefused, schematype.Email, true, 3},
	{audit.LoginAccessChanged, schematype.Succeeded, "", false, 4},
	{audit.ContactChanged, schematype.Succeeded, "", false, 5},
	{audit.GuardianChanged, schematype.Succeeded, "", false, 7},
}

var seedAgents = []string{
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15",
	"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
}

func pickEvent(r *rand.Rand) seedEvent {
	n := r.IntN(100)
	for _, e := range seedEvents {
		if n -= e.often; n < 0 {
			return e
		}
	}
	return seedEvents[0]
}

func (g *seeder) entries(ctx context.Context, tx *store.Tx, first, last int) error {
	entries := newRows(tx, "audit_entries", "id", "business_id", "action", "outcome", "actor_kind", "actor_id", "actor_name",
		"family_id", "guardian_id", "subject_type", "subject_id", "channel", "facts", "details", "ip_address", "agent", "request_id", "occurred_at",
		"salt", "kid", "mac")
	for row := first; row < last; row++ {
		at := when(row, g.o.AuditEntries)
		id := g.id(at, seedEntry, row, 0)
		r := g.random(seedEntry, row)
		event := pickEvent(r)
		if g.o.Families == 0 {
			// Without families only the office itself is left to tell about.
			event = seedEvent{action: audit.SignIn, outcome: schematype.Succeeded}
		}
		e := &ent.AuditEntry{
			ID: id, BusinessID: g.business, Action: string(event.action), Outcome: event.outcome, Channel: event.channel,
			ActorKind: schematype.ActorSystem, ActorName: "Office Portal", Details: []schematype.Detail{}, OccurredAt: at,
		}
		if len(g.staff) > 0 {
			m := g.staff[r.IntN(len(g.staff))]
			e.ActorKind, e.ActorID, e.ActorName = schematype.ActorStaff, &m.ID, m.Name
		}
		e.Facts = map[string]string{"staff": e.ActorName}
		if g.o.Families > 0 {
			h := g.household(r.IntN(g.o.Families))
			p := pick(r, h.guardians)
			e.FamilyID, e.GuardianID, e.SubjectID, e.SubjectType = &h.id, &p.id, &p.id, audit.SubjectGuardian
			e.Facts = map[string]string{"family": h.name, "guardian": p.name}
			if event.byGuardian {
				e.ActorKind, e.ActorID, e.ActorName = schematype.ActorGuardian, &p.id, p.name
			}
			e.Details = event.tell(p, e.Facts)
		}
		facts, err := json.Marshal(e.Facts)
		if err != nil {
			return err
		}
		details, err := json.Marshal(e.Details)
		if err != nil {
			return err
		}
		e.IPAddress, e.Agent, e.RequestID = fmt.Sprintf("203.0.113.%d", 1+r.IntN(254)), pick(r, seedAgents), requestID(id)
		audit.Sign(g.service.Ring, e)
		entries.add(e.ID, e.BusinessID, e.Action, string(e.Outcome), string(e.ActorKind), e.ActorID, e.ActorName,
			e.FamilyID, e.GuardianID, e.SubjectType, e.SubjectID, string(e.Channel), string(facts), string(details),
			e.IPAddress, e.Agent, e.RequestID, e.OccurredAt, e.Salt, e.Kid, e.MAC)
	}
	return entries.insert(ctx)
}

// tell completes the facts of an entry about a guardian and returns its details.
func (e seedEvent) tell(p seedPerson, facts map[string]string) []schematype.Detail {
	switch e.action {
	case audit.PasswordResetRequested, audit.PasswordResetCompleted, audit.PasswordResetRejected:
		facts["channel"] = string(e.channel)
		destination := p.email.Address
		if e.channel == schematype.SMS {
			destination = p.phone
		}
		switch {
		case e.outcome == schematype.WasRefused && e.channel == schematype.SMS:
			facts["reason"] = "NO_CREDITS"
		case e.outcome == schematype.WasRefused:
			facts["reason"] = "EXPIRED"
		}
		if e.action == audit.PasswordResetRequested && destination != "" {
			return []schematype.Detail{{Key: "destination", After: destination}}
		}
	case audit.SignInFailed:
		facts["reason"] = "BAD_CREDENTIALS"
	case audit.LoginAccessChanged:
		facts["canLogIn"] = yesNo(p.canLogIn)
		return []schematype.Detail{{Key: "canLogIn", Before: yesNo(!p.canLogIn), After: yesNo(p.canLogIn)}}
	case audit.ContactChanged:
		facts["fields"] = "phone"
		return []schematype.Detail{{Key: "phone", Before: "+13125550199", After: p.phone}}
	case audit.GuardianChanged:
		return []schematype.Detail{{Key: "relation", Before: "Guardian", After: p.relation}}
	}
	return []schematype.Detail{}
}

// requestID looks like the reference number of a request.
func requestID(id ident.ID) string { return "req_" + id.String()[10:] }
