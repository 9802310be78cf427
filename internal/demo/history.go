package demo

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

const (
	minute      = time.Minute
	linkLife    = 30 * time.Minute
	benEmail    = "ben.carter@example.com"
	benPassword = "juniper ferry window 74"
	mariaEmail  = "maria.lopez@example.com"
	katheEmail  = "kaethe.weiss@example.com"
	lucyEmail   = "lucia.garcia@example.com"
)

// past writes what happened before the database existed, with identifiers of then: whatever is ordered
// by them is in the right order.
type past struct {
	w  *world
	tx *store.Tx
}

// record writes an audit entry of that time. Whoever acts is in ctx; the system else.
func (p past) record(ctx context.Context, when time.Time, e audit.Entry) error {
	e.ID, e.Business = at(when), p.w.business.ID
	_, err := audit.Record(ctx, &store.Tx{Tx: p.tx.Tx, Now: when}, e)
	return err
}

// as returns a context in which a staff member acts from the office.
func (w *world) as(ctx context.Context, s *ent.StaffMember) context.Context {
	ctx = viewer.WithRequest(ctx, viewer.Request{ID: "demo", Address: "203.0.113.20", Agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0"})
	return viewer.With(ctx, viewer.Viewer{Kind: viewer.StaffMember, BusinessID: w.business.ID, PersonID: s.ID, Name: s.Name, Granted: s.Permissions, Owner: s.Owner})
}

// fromHome returns a context in which a guardian's own device asks.
func fromHome(ctx context.Context) context.Context {
	return viewer.WithRequest(ctx, viewer.Request{ID: "demo", Address: "198.51.100.7", Agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Mobile Safari/604.1"})
}

// history is the month before today.
func (w *world) history(ctx context.Context) error {
	hashed, err := hash(ctx, benPassword)
	if err != nil {
		return err
	}
	dana, olivia, sam := w.staff["Dana"], w.staff["Olivia"], w.staff["Sam"]
	ben, maria, kathe, lucy := w.people[benEmail], w.people[mariaEmail], w.people[katheEmail], w.people[lucyEmail]
	return w.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		p := past{w, tx}
		for _, step := range []func() error{
			func() error { return p.staffSignIn(ctx, w.ago(28*day), olivia) },
			func() error { return p.staffSignIn(ctx, w.ago(27*day), dana) },
			func() error { return p.reset(ctx, ben, dana, w.ago(26*day), used) },
			func() error { return p.choose(ctx, ben, hashed, w.ago(26*day-12*minute)) },
			func() error { return p.guardianSignIn(ctx, w.ago(26*day-13*minute), ben) },
			func() error { return p.staffSignIn(ctx, w.ago(9*day), sam) },
			func() error { return p.reset(ctx, kathe, sam, w.ago(9*day-5*minute), bounced) },
			func() error { return p.reset(ctx, maria, dana, w.ago(3*day), expired) },
			func() error { return p.guardianSignIn(ctx, w.ago(2*day), ben) },
			func() error { return p.correctedPhone(ctx, lucy, dana, w.ago(20*time.Hour), "+17735550118") },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p past) staffSignIn(ctx context.Context, when time.Time, s *ent.StaffMember) error {
	return p.record(p.w.as(ctx, s), when, audit.Entry{Action: audit.SignIn, SubjectType: audit.SubjectStaff, Subject: s.ID,
		Facts: map[string]string{"staff": s.Name}})
}

func (p past) guardianSignIn(ctx context.Context, when time.Time, g *ent.Guardian) error {
	e := about(audit.SignIn, g)
	e.Actor = audit.Guardian(g.ID, g.Name)
	return p.record(fromHome(ctx), when, e)
}

func about(action audit.Action, g *ent.Guardian) audit.Entry {
	return audit.Entry{Action: action, Family: g.FamilyID, Guardian: g.ID, SubjectType: audit.SubjectGuardian, Subject: g.ID,
		Facts: map[string]string{"guardian": g.Name, "family": g.Edges.Family.Name}}
}

// What became of a link.
const (
	used = iota
	expired
	bounced
)

// reset is a link that was emailed back then. Nobody can use it: what it is found by belongs to no secret.
func (p past) reset(ctx context.Context, g *ent.Guardian, by *ent.StaffMember, when time.Time, fate int) error {
	nonce, lookup := make([]byte, 16), make([]byte, 32)
	_, _ = rand.Read(nonce)
	_, _ = rand.Read(lookup)
	token, message := at(when), at(when)
	sent := when.Add(2 * time.Second)
	create := p.tx.ResetToken.Create().SetID(token).SetBusinessID(g.BusinessID).SetGuardianID(g.ID).SetChannel(schematype.Email).
		SetNonce(nonce).SetKid(p.w.Ring.Newest()).SetCredEpoch(g.CredEpoch).SetLookup(lookup).SetRequestedBy(by.ID).
		SetDestination(g.Email).SetFirstSentAt(sent).SetExpiresAt(sent.Add(linkLife)).SetCreatedAt(when)
	if fate == used {
		p.w.usedLink = &token
		create.SetRedeemedAt(when.Add(12 * minute))
	}
	if err := create.Exec(ctx); err != nil {
		return err
	}
	delivery, problem, outcome := schematype.DeliveryDelivered, "", schematype.Succeeded
	if fate == bounced {
		delivery, problem, outcome = schematype.DeliveryNotDelivered, "ADDRESS_NOT_FOUND", schematype.FailedToWork
		if err := p.tx.Guardian.UpdateOneID(g.ID).SetEmailBouncedAt(sent.Add(time.Second)).Exec(ctx); err != nil {
			return err
		}
	}
	err := p.tx.Message.Create().SetID(message).SetBusinessID(g.BusinessID).SetGuardianID(g.ID).SetResetTokenID(token).
		SetKind(schematype.PasswordReset).SetChannel(schematype.Email).SetDestination(g.Email).SetLocale(g.Locale).
		SetParams(map[string]string{"startedBy": first(by.Name)}).SetState(schematype.Accepted).SetDelivery(delivery).SetProblem(problem).
		SetCredit(schematype.NoCredit).SetAttempt(1).SetFirstSentAt(sent).SetProviderID("demo-" + message.String()).
		SetCreatedAt(when).SetUpdatedAt(sent.Add(time.Second)).Exec(ctx)
	if err != nil {
		return err
	}
	asked := p.aboutReset(audit.PasswordResetRequested, g, token)
	asked.Details = []schematype.Detail{{Key: "destination", After: g.Email}}
	if err := p.record(p.w.as(ctx, by), when, asked); err != nil {
		return err
	}
	told := p.aboutReset(audit.PasswordResetDelivery, g, token)
	told.Outcome, told.Facts["state"] = outcome, string(delivery)
	if problem != "" {
		told.Facts["problem"] = problem
	}
	if err := p.record(ctx, sent.Add(time.Second), told); err != nil {
		return err
	}
	if fate != used {
		return nil
	}
	done := p.aboutReset(audit.PasswordResetCompleted, g, token)
	done.Actor = audit.Guardian(g.ID, g.Name)
	return p.record(fromHome(ctx), when.Add(12*minute), done)
}

func (p past) aboutReset(action audit.Action, g *ent.Guardian, token ident.ID) audit.Entry {
	e := about(action, g)
	e.SubjectType, e.Subject, e.Channel = audit.SubjectReset, token, schematype.Email
	e.Facts["channel"] = string(schematype.Email)
	return e
}

// choose is the password that the guardian chose with the link.
func (p past) choose(ctx context.Context, g *ent.Guardian, hashed string, when time.Time) error {
	return p.tx.Guardian.UpdateOneID(g.ID).SetPasswordHash(hashed).SetPasswordSetAt(when).SetPasswordOrigin(schematype.ByReset).
		SetNillablePasswordResetID(p.w.usedLink).AddCredEpoch(1).Exec(ctx)
}

// correctedPhone says that the office corrected the number, lately enough for the card to show it.
func (p past) correctedPhone(ctx context.Context, g *ent.Guardian, by *ent.StaffMember, when time.Time, before string) error {
	err := p.tx.Guardian.UpdateOneID(g.ID).SetPhoneChangedAt(when).SetPhoneChangedBy(by.ID).
		SetUpdatedAt(when).SetUpdatedBy(by.ID).AddVersion(1).AddCredEpoch(1).Exec(ctx)
	if err != nil {
		return err
	}
	e := about(audit.ContactChanged, g)
	e.Facts["fields"] = "phone"
	e.Details = []schematype.Detail{{Key: "phone", Before: before, After: g.Phone}}
	return p.record(p.w.as(ctx, by), when, e)
}

func first(name string) string {
	word, _, _ := strings.Cut(name, " ")
	return word
}
