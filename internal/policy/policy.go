// Package policy keeps the texts of a business that families accept: their versions, who accepted which and how, and
// who is still missing.
//
// An electronic acceptance is made by the signed-in guardian and by nobody else: no method of this package, for staff
// or for the product itself, can make one, and the privacy rule of the rows refuses it once more.
package policy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"time"

	"officeportal/ent"
	"officeportal/ent/businesspolicy"
	"officeportal/ent/family"
	"officeportal/ent/policyversion"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Longest texts, in characters.
const (
	maxTitle = 120
	maxBody  = 50_000
	maxNote  = 300 // of a change
	maxPaper = 500 // note on a form
)

// MaxItems is how many policies can be accepted at once.
const MaxItems = 100

// Config is what a Service needs.
type Config struct {
	Store *store.Store
	// ScansIn is the directory in which scanned forms are kept; empty for the database.
	ScansIn string
	// Log gets what the worker could not do; nil drops it.
	Log *slog.Logger
}

// Service publishes policies, takes acceptances and knows who is missing.
type Service struct {
	Config
	wake   chan struct{}
	counts remembered
}

// New returns a service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{Config: c, wake: make(chan struct{}, 1)}
}

// Status is one line of what a family has accepted: a policy in effect, and the student where it is signed for each.
type Status struct {
	Version *ent.PolicyVersion
	// Student is nil for a policy of the family.
	Student *ent.Student
	// Acceptance is the one that counts, nil when there is none.
	Acceptance *ent.PolicyAcceptance
	// CarriedOver says that it is of an earlier version, which the change since did not end.
	CarriedOver bool
	// History is every acceptance of the policy, newest first.
	History []*ent.PolicyAcceptance
}

// Counts says how many families, or students, accepted the current version of a policy, and how. Archived ones are
// not counted.
type Counts struct {
	Accepted, ManuallyAccepted, Missing int
	// Counting says that families are still being looked through after a change.
	Counting bool
}

// manager returns the viewer who may publish policies and record forms.
func manager(ctx context.Context) (viewer.Viewer, error) {
	v := viewer.From(ctx)
	if !v.Can(viewer.PoliciesManage) {
		return v, fault.New(fault.Forbidden, "policy.forbidden", "permission", viewer.PoliciesManage)
	}
	return v, nil
}

// inside returns a context in which the product itself reads and writes rows of one business that the person may not:
// families, gaps and links. What the person may do was decided before.
func inside(ctx context.Context, business ident.ID) context.Context {
	return viewer.AsSystem(ctx, business, "what follows from an acceptance is written for whoever made it")
}

// slotOf names what one acceptance at most stands for: a policy as far back as acceptances count, a family and a
// student, zero for none.
func slotOf(v *ent.PolicyVersion, family, student ident.ID) []byte {
	b := append(v.PolicyID[:], family[:]...)
	b = append(b, student[:]...)
	b = append(b, byte(v.AcceptedFrom>>24), byte(v.AcceptedFrom>>16), byte(v.AcceptedFrom>>8), byte(v.AcceptedFrom))
	sum := sha256.Sum256(b)
	return sum[:]
}

func hashOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// countsFor reports whether an acceptance counts for the version.
func countsFor(v *ent.PolicyVersion, a *ent.PolicyAcceptance) bool {
	return a.PolicyID == v.PolicyID && slot(a) != nil && a.VersionNumber >= v.AcceptedFrom && a.VersionNumber <= v.Number
}

// slot is nil for an acceptance whose place was taken.
func slot(a *ent.PolicyAcceptance) []byte {
	if a.Slot == nil {
		return nil
	}
	return *a.Slot
}

func stands(a *ent.PolicyAcceptance, place []byte) bool { return bytes.Equal(slot(a), place) }

// refusedEntry records what was tried and returns the refusal, unless the Audit Log could not be told of it.
func (s *Service) refusedEntry(ctx context.Context, e audit.Entry, refusal error) error {
	f := fault.As(refusal)
	if f == nil || len(f.Fields) == 0 {
		return refusal
	}
	e.Outcome = schematype.WasRefused
	if e.Facts == nil {
		e.Facts = map[string]string{}
	}
	e.Facts["reason"] = string(f.Fields[0].Code)
	if err := s.record(ctx, e); err != nil {
		return err
	}
	return refusal
}

func (s *Service) record(ctx context.Context, e audit.Entry) error {
	return s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := audit.Record(ctx, tx, e)
		return err
	})
}

// lockFamily makes the caller the only one who changes the family and its acceptances, before the first read: on MySQL
// the first read fixes what later reads see. It reports whether there is such a family.
func lockFamily(ctx context.Context, tx *store.Tx, business, id ident.ID) (bool, error) {
	n, err := tx.Family.Update().Where(family.BusinessID(business), family.ID(id)).AddVersion(0).Save(inside(ctx, business))
	return n == 1, err
}

// madeAt returns a fresh identifier of that moment: history is ordered by identifiers, also when a demo writes it with
// the clock of a month ago.
func madeAt(t time.Time) ident.ID {
	id, fresh := ident.At(t), ident.New()
	copy(id[6:], fresh[6:])
	return id
}

// dayOf returns the instant at which a day begins where the business is.
func dayOf(day string, zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	return t.UTC(), err
}

func policyByID(ctx context.Context, tx *store.Tx, business, id ident.ID) (*ent.BusinessPolicy, error) {
	return tx.BusinessPolicy.Query().Where(businesspolicy.BusinessID(business), businesspolicy.ID(id)).Only(ctx)
}

func versionByID(ctx context.Context, tx *store.Tx, business, id ident.ID) (*ent.PolicyVersion, error) {
	return tx.PolicyVersion.Query().Where(policyversion.BusinessID(business), policyversion.ID(id)).WithPolicy().Only(ctx)
}
