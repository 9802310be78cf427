package family

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/guardian"
	"officeportal/ent/message"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/session"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// ErasedName is what an erased guardian is called.
const ErasedName = "(erased)"

// maxReason is how long the reason of an erasing may be, in characters.
const maxReason = 300

// The refusals of Erase.
var (
	ErrNoGuardian    = errors.New("there is no such guardian")
	ErrNotArchived   = errors.New("the guardian is not archived: archive the guardian, or the family, first")
	ErrUnderWay      = errors.New("a message to the guardian is still on its way; try again when it has left")
	ErrNoReason      = fmt.Errorf("say why, in at most %d characters and without naming the person: the reason stays", maxReason)
	ErrErasedAlready = errors.New("there is nothing left to erase")
)

// Erase takes the personal data of an archived guardian out of the database: name, contacts and password from the
// guardian's row, addresses from links and messages, sessions, and what the entries of the Audit Log tell about the
// person. Proofs stay: the Audit Log verifies as before, entries keep who of the office did what and when, and
// acceptances of policies stay as they are, under the guardian's id. It returns how many entries were erased.
//
// It is for whoever runs the machine, from a shell, and is one transaction that the Audit Log tells of. The errors are
// ErrNoGuardian, ErrNotArchived, ErrUnderWay, ErrNoReason, ErrErasedAlready, and audit.ErrUnsealed.
func (s *Service) Erase(ctx context.Context, id ident.ID, reason string) (int, error) {
	reason = strings.TrimSpace(audit.Clean(reason, 4*maxReason))
	if reason == "" || utf8.RuneCountInString(reason) > maxReason {
		return 0, ErrNoReason
	}
	all := viewer.AsSystem(store.WithFresh(ctx), ident.ID{}, "whoever runs the machine names a guardian of any business")
	g, err := s.Store.Client.Guardian.Query().Where(guardian.ID(id)).Only(all)
	if ent.IsNotFound(err) {
		return 0, ErrNoGuardian
	}
	if err != nil {
		return 0, err
	}
	ctx = viewer.AsSystem(store.WithFresh(ctx), g.BusinessID, "a guardian's personal data are erased from the command line")
	erased := 0
	err = s.inFamily(ctx, viewer.From(ctx), g.FamilyID, "", func(ctx context.Context, h *household) (err error) {
		i, g := h.guardian(id)
		if g == nil {
			return ErrNoGuardian
		}
		if reason == g.Name || strings.Contains(reason, g.Name) {
			return ErrNoReason
		}
		if err := h.erasable(ctx, g); err != nil {
			return err
		}
		ids, err := h.tx.AuditEntry.Query().Where(auditentry.BusinessID(g.BusinessID), auditentry.SaltNotNil(),
			auditentry.Or(auditentry.GuardianID(g.ID), auditentry.ActorID(g.ID)), auditentry.ActionNEQ(string(audit.PersonErased))).IDs(ctx)
		if err != nil {
			return err
		}
		if len(ids) == 0 && g.Name == ErasedName {
			return ErrErasedAlready
		}
		if err := h.eraseRows(ctx, i, g); err != nil {
			return err
		}
		erased, err = audit.Erase(ctx, h.tx, ids, audit.Entry{Business: g.BusinessID, Family: g.FamilyID, Guardian: g.ID,
			SubjectType: audit.SubjectGuardian, Subject: g.ID, Details: []schematype.Detail{{Key: "reason", After: reason}}})
		return err
	})
	return erased, err
}

func (h *household) erasable(ctx context.Context, g *ent.Guardian) error {
	if !g.Archived && !h.family.Archived {
		return ErrNotArchived
	}
	waiting, err := h.tx.Message.Query().Where(message.BusinessID(g.BusinessID), message.GuardianID(g.ID), message.DueAtNotNil()).Exist(ctx)
	if err == nil && waiting {
		err = ErrUnderWay
	}
	return err
}

// eraseRows empties what is not the Audit Log. The texts of links and messages are never changed otherwise, so that the
// data layer has no way to do it.
func (h *household) eraseRows(ctx context.Context, i int, g *ent.Guardian) error {
	if err := h.endLinks(ctx, g.ID); err != nil {
		return err
	}
	err := h.tx.Guardian.Update().Where(guardian.BusinessID(g.BusinessID), guardian.ID(g.ID)).
		SetName(ErasedName).SetRelation("").SetEmail("").ClearEmailKey().ClearLoginKey().SetPhone("").SetPhoneMobile(false).
		SetCanLogIn(false).SetArchived(true).SetPasswordHash("").ClearExternalKey().AddCredEpoch(1).AddVersion(1).
		ClearEmailBouncedAt().SetEmailProblem("").ClearPhoneOptedOutAt().SetUpdatedAt(h.tx.Now).ClearUpdatedBy().Exec(ctx)
	if err != nil {
		return err
	}
	if h.guardians[i], err = h.tx.Guardian.Get(ctx, g.ID); err != nil {
		return err
	}
	if _, err := h.tx.Session.Delete().Where(session.BusinessID(g.BusinessID), session.PersonID(g.ID)).Exec(ctx); err != nil {
		return err
	}
	for _, statement := range []string{
		"UPDATE reset_tokens SET destination = 'erased', reason = '' WHERE business_id = ? AND guardian_id = ?",
		"UPDATE messages SET destination = 'erased', params = '{}' WHERE business_id = ? AND guardian_id = ?",
	} {
		if _, err := h.tx.Client().ExecContext(ctx, statement, g.BusinessID, g.ID); err != nil {
			return err
		}
	}
	return nil
}
