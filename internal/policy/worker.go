package policy

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"officeportal/ent"
	"officeportal/ent/businesspolicy"
	"officeportal/ent/family"
	"officeportal/ent/policygap"
	"officeportal/ent/policyversion"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

const (
	// pollEvery is how soon a version is put into effect whose day has begun, and how soon a recount is found that
	// another process asked for.
	pollEvery = time.Second
	// sweepEvery is how often scans are looked for that nobody recorded.
	sweepEvery = 10 * time.Minute
)

// chunk is how many families one transaction looks through.
var chunk = 500

// errMoved ends a transaction whose families somebody else has looked through.
var errMoved = errors.New("policy: another process was faster")

// Nudge makes a running worker look at once. It never waits; call it after a commit.
func (s *Service) Nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run puts versions into effect, looks families through after a change, and removes scans that nobody recorded, until
// ctx ends. Any number of processes may run it.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	var swept time.Time
	blind := false
	for {
		err := s.Once(ctx)
		if err != nil && !blind && ctx.Err() == nil { // once, not every second for as long as it lasts
			s.Log.WarnContext(ctx, "policies could not be looked after", slog.String("error", store.Cause(err)))
		}
		blind = err != nil
		if now := s.Store.Now(); now.Sub(swept) >= sweepEvery {
			swept = now
			if _, err := s.SweepScans(ctx, 100); err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "scans could not be swept", slog.String("error", store.Cause(err)))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.wake:
		}
	}
}

// Once does all that is due.
func (s *Service) Once(ctx context.Context) error {
	ctx = store.WithFresh(viewer.AsSystem(ctx, ident.ID{}, "versions come into effect and families are looked through in all businesses"))
	if err := s.activateDue(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		due, err := s.Store.Client.BusinessPolicy.Query().Where(businesspolicy.RecountDueAtLTE(s.Store.Now())).
			Order(ent.Asc(businesspolicy.FieldRecountDueAt)).First(ctx)
		if ent.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.recountChunk(ctx, due); err != nil && !errors.Is(err, errMoved) {
			return err
		}
	}
	return ctx.Err()
}

// activateDue puts versions into effect whose day has begun, the oldest first, each with its entry in the Audit Log. One
// that a newer version has overtaken never is.
func (s *Service) activateDue(ctx context.Context) error {
	now := s.Store.Now()
	due, err := s.Store.Client.PolicyVersion.Query().Where(policyversion.ActivatedAtIsNil(), policyversion.EffectiveAtLTE(now), notOvertaken).
		Order(ent.Asc(policyversion.FieldEffectiveAt, policyversion.FieldNumber)).All(ctx)
	if err != nil {
		return err
	}
	for _, v := range due {
		err := s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			// The policy's row first, as publishing does.
			n, err := tx.BusinessPolicy.Update().Where(businesspolicy.BusinessID(v.BusinessID), businesspolicy.ID(v.PolicyID), businesspolicy.RetiredAtIsNil()).
				AddVersion(0).Save(ctx)
			if err != nil || n != 1 {
				return err
			}
			still, err := tx.PolicyVersion.Query().Where(policyversion.BusinessID(v.BusinessID), policyversion.ID(v.ID), policyversion.ActivatedAtIsNil(), notOvertaken).Exist(ctx)
			if err != nil || !still {
				return err
			}
			if _, err = activate(ctx, tx, v); err != nil {
				return err
			}
			_, err = audit.Record(ctx, tx, audit.Entry{ID: madeAt(tx.Now), Action: audit.PolicyEffective, Business: v.BusinessID,
				SubjectType: audit.SubjectVersion, Subject: v.ID,
				Facts: map[string]string{"policy": v.Title, "number": strconv.Itoa(v.Number)},
				Details: []schematype.Detail{{Key: "version", After: strconv.Itoa(v.Number)}, {Key: "effectiveFrom", After: v.EffectiveFrom},
					{Key: "textHash", After: hex.EncodeToString(v.BodyHash)}}})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// notOvertaken is a version of a policy that is not retired, newer than the current one.
func notOvertaken(s *sql.Selector) {
	p, c := sql.Table(businesspolicy.Table).As("p"), sql.Table(policyversion.Table).As("c")
	s.Where(sql.Exists(sql.Dialect(s.Dialect()).Select(p.C("id")).From(p).Where(sql.And(
		sql.ColumnsEQ(p.C("id"), s.C(policyversion.FieldPolicyID)), sql.IsNull(p.C(businesspolicy.FieldRetiredAt)),
		sql.Not(sql.Exists(sql.Dialect(s.Dialect()).Select(c.C("id")).From(c).Where(sql.And(
			sql.ColumnsEQ(c.C("id"), p.C(businesspolicy.FieldCurrentVersionID)), sql.ColumnsGT(c.C(policyversion.FieldNumber), s.C(policyversion.FieldNumber))))))))))
}

// recountChunk looks the next families through for one policy, and remembers how far it came. It may be stopped at any
// point, and may run in several processes: whoever comes second finds the mark moved. The families are locked before
// the first read, and the policy's row is written last, which is the order in which whoever accepts goes.
func (s *Service) recountChunk(ctx context.Context, due *ent.BusinessPolicy) error {
	after := ident.ID{}
	if due.RecountAfter != nil {
		after = *due.RecountAfter
	}
	ids, err := s.Store.Client.Family.Query().Where(family.BusinessID(due.BusinessID), family.IDGT(after)).
		Order(ent.Asc(family.FieldID)).Limit(chunk).IDs(ctx)
	if err != nil {
		return err
	}
	return s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		done := tx.BusinessPolicy.Update().Where(businesspolicy.BusinessID(due.BusinessID), businesspolicy.ID(due.ID), businesspolicy.RecountDueAt(*due.RecountDueAt))
		if due.RecountAfter == nil {
			done.Where(businesspolicy.RecountAfterIsNil())
		} else {
			done.Where(businesspolicy.RecountAfter(after))
		}
		if len(ids) == 0 {
			done.ClearRecountDueAt().ClearRecountAfter()
		} else {
			last := ids[len(ids)-1]
			if err := s.recount(ctx, tx, due, after, last); err != nil {
				return err
			}
			done.SetRecountAfter(last)
		}
		n, err := done.Save(ctx)
		if err == nil && n != 1 {
			return errMoved
		}
		return err
	})
}

// between are the families of a chunk: those after the first id, up to the last.
func between(column string, first, last ident.ID) func(*sql.Selector) {
	return func(s *sql.Selector) { s.Where(sql.And(sql.GT(s.C(column), first), sql.LTE(s.C(column), last))) }
}

func (s *Service) recount(ctx context.Context, tx *store.Tx, due *ent.BusinessPolicy, first, last ident.ID) error {
	business := due.BusinessID
	if s.Store.Driver.Dialect() != dialect.SQLite { // where a transaction is not alone from its beginning
		if _, err := tx.Client().ExecContext(ctx, "UPDATE families SET version = version WHERE business_id = ? AND id > ? AND id <= ?", business, first, last); err != nil {
			return err
		}
	}
	policy, err := policyByID(ctx, tx, business, due.ID)
	if err != nil {
		return err
	}
	if !same(policy.RecountDueAt, due.RecountDueAt) || !sameID(policy.RecountAfter, due.RecountAfter) {
		return errMoved
	}
	current, err := currentOf(ctx, tx, policy)
	if err != nil {
		return err
	}
	want := map[unit]string{}
	if current != nil && policy.Required {
		if want, err = s.unaccepted(ctx, tx, policy, current.AcceptedFrom, first, last); err != nil {
			return err
		}
	}
	have, err := tx.PolicyGap.Query().Where(policygap.BusinessID(business), policygap.PolicyID(policy.ID), between(policygap.FieldFamilyID, first, last)).All(ctx)
	if err != nil {
		return err
	}
	var gone []ident.ID
	for _, g := range have {
		u := unit{g.FamilyID, g.StudentID}
		if name, ok := want[u]; ok && name == g.NameKey {
			delete(want, u)
			continue
		}
		gone = append(gone, g.ID)
	}
	rows := make([]*ent.PolicyGapCreate, 0, len(want))
	for u, name := range want {
		rows = append(rows, gapRow(tx, business, u.family, gap{policy.ID, u.student}, name))
	}
	if err := replaceGaps(ctx, tx, business, gone, rows); err != nil {
		return err
	}
	for _, missing := range []int{1, 0} {
		not := map[int]string{1: "", 0: "NOT "}[missing]
		if _, err := tx.Client().ExecContext(ctx, "UPDATE families SET policies_missing = ? WHERE business_id = ? AND id > ? AND id <= ? AND policies_missing = ? AND "+not+
			"EXISTS (SELECT 1 FROM policy_gaps g WHERE g.business_id = families.business_id AND g.family_id = families.id)", missing, business, first, last, 1-missing); err != nil {
			return err
		}
	}
	return nil
}

// unit is who accepts: a family, or a student of it.
type unit struct{ family, student ident.ID }

// unaccepted returns those of a chunk who have not accepted the policy since the version from which acceptances count,
// with the names of their families. Archived families and students are asked for nothing.
func (s *Service) unaccepted(ctx context.Context, tx *store.Tx, policy *ent.BusinessPolicy, from int, first, last ident.ID) (map[unit]string, error) {
	query, args := `SELECT f.id, NULL, f.name_key FROM families f
WHERE f.business_id = ? AND f.id > ? AND f.id <= ? AND f.archived = 0 AND NOT EXISTS (
  SELECT 1 FROM policy_acceptances a WHERE a.business_id = f.business_id AND a.family_id = f.id AND a.policy_id = ? AND a.version_number >= ?)`,
		[]any{policy.BusinessID, first, last, policy.ID, from}
	if policy.Scope == schematype.StudentScope {
		query = `SELECT f.id, st.id, f.name_key FROM families f JOIN students st ON st.business_id = f.business_id AND st.family_id = f.id
WHERE f.business_id = ? AND f.id > ? AND f.id <= ? AND f.archived = 0 AND st.archived = 0 AND NOT EXISTS (
  SELECT 1 FROM policy_acceptances a WHERE a.business_id = f.business_id AND a.student_id = st.id AND a.policy_id = ? AND a.version_number >= ?)`
	}
	rows, err := tx.Client().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[unit]string{}
	for rows.Next() {
		var u unit
		var name string
		if err := rows.Scan(&u.family, &u.student, &name); err != nil {
			return nil, err
		}
		out[u] = name
	}
	return out, rows.Err()
}

func same(a, b *time.Time) bool { return a != nil && b != nil && a.Equal(*b) }

func sameID(a, b *ident.ID) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
