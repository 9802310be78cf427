package policy_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"officeportal/ent"
	"officeportal/ent/policyacceptance"
	"officeportal/ent/privacy"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/family"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/policy"
	"officeportal/internal/viewer"
)

func TestAGuardianAcceptsForTheFamilyAndForAStudentAndLeavesEvidence(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		waiver, pw := e.publish("Waiver", schematype.FamilyScope)
		photo, pp := e.publish("Photos", schematype.StudentScope)
		if !e.getFamily(e.lopez.ID).PoliciesMissing {
			t.Error("nothing is missing before anything is accepted")
		}
		link, err := e.store.Client.ResetToken.Create().SetBusinessID(e.business.ID).SetGuardianID(e.maria.ID).SetChannel(schematype.Email).
			SetNonce(make([]byte, 16)).SetKid("k").SetCredEpoch(1).SetLookup(make([]byte, 32)).SetDestination("new@example.com").
			SetContactChangedByStaff(true).SetContactChangedBy(e.danaID).SetContactChangedAt(e.store.Now()).Save(e.system)
		e.must(err)
		e.must(e.store.Client.Guardian.UpdateOneID(e.maria.ID).SetPasswordOrigin(schematype.ByReset).SetPasswordResetID(link.ID).Exec(e.system))

		made := e.accept(e.maria, policy.Item{VersionID: waiver.ID}, policy.Item{VersionID: photo.ID, StudentID: e.ana.ID})
		if len(made) != 2 {
			t.Fatal(made)
		}
		for i, a := range made {
			a, err := e.store.Client.PolicyAcceptance.Get(e.system, a.ID)
			e.must(err)
			version := []*ent.PolicyVersion{waiver, photo}[i]
			if a.Method != schematype.Electronic || a.AcceptedBy != e.maria.ID || a.RecordedBy != nil || a.PolicyVersionID != version.ID || !slices.Equal(a.TextHash, version.BodyHash) ||
				a.IPAddress != "198.51.100.7" || a.Agent != "Phone" || a.SessionID == nil || a.FamilyID != e.lopez.ID || a.SignedOn != "" || a.SupersededAt != nil {
				t.Errorf("%+v", a)
			}
			if a.PasswordOrigin != schematype.ByReset || *a.PasswordResetID != link.ID || a.PasswordChannel != schematype.Email ||
				!a.ContactChangedByStaff || *a.ContactChangedBy != e.danaID || a.ContactChangedAt == nil {
				t.Errorf("how the password was set: %+v", a)
			}
			entry, err := e.store.Client.AuditEntry.Get(e.system, a.AuditID)
			e.must(err)
			if entry.Action != "POLICY_ACCEPTED" || *entry.SubjectID != a.ID || *entry.GuardianID != e.maria.ID || entry.ActorKind != schematype.ActorGuardian || *entry.FamilyID != e.lopez.ID {
				t.Errorf("%+v", entry)
			}
		}
		if made[0].StudentID != nil || *made[1].StudentID != e.ana.ID {
			t.Errorf("for whom: %v", made)
		}
		for _, p := range []*ent.BusinessPolicy{pw, pp} {
			if s := e.status(p, e.lopez.ID, e.ana.ID); s.Acceptance == nil || s.CarriedOver || len(s.History) != 1 {
				t.Errorf("%s: %+v", p.Title, s)
			}
		}
		if e.getFamily(e.lopez.ID).PoliciesMissing {
			t.Error("something is missing though all is accepted")
		}
		e.truth()
	})
}

func TestAllIsAcceptedOrNothing(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		waiver, _ := e.publish("Waiver", schematype.FamilyScope)
		photo, _ := e.publish("Photos", schematype.StudentScope)
		other := e.family("Novak")
		theirs := e.student(other, "Petr Novak")
		gone := e.student(e.lopez, "Luis Lopez")
		_, err := e.families.ArchiveStudent(e.dana, family.VersionedID{ID: gone.ID, Version: gone.Version})
		e.must(err)
		good := policy.Item{VersionID: waiver.ID}
		for name, c := range map[string]struct {
			items []policy.Item
			want  []string
		}{
			"nothing":                  {nil, []string{"INVALID items"}},
			"too much":                 {make([]policy.Item, policy.MaxItems+1), []string{"INVALID items"}},
			"the same twice":           {[]policy.Item{good, good}, []string{"INVALID items 1 policyVersionId"}},
			"what does not exist":      {[]policy.Item{good, {VersionID: ident.New()}}, []string{"NOT_FOUND items 1 policyVersionId"}},
			"no student":               {[]policy.Item{good, {VersionID: photo.ID}}, []string{"REQUIRED items 1 studentId"}},
			"another family's student": {[]policy.Item{good, {VersionID: photo.ID, StudentID: theirs.ID}}, []string{"NOT_FOUND items 1 studentId"}},
			"an archived student":      {[]policy.Item{{VersionID: photo.ID, StudentID: gone.ID}, good}, []string{"NOT_FOUND items 0 studentId"}},
			"a student too many":       {[]policy.Item{{VersionID: waiver.ID, StudentID: e.ana.ID}}, []string{"INVALID items 0 studentId"}},
			"two mistakes":             {[]policy.Item{{VersionID: ident.New()}, {VersionID: photo.ID}}, []string{"NOT_FOUND items 0 policyVersionId", "REQUIRED items 1 studentId"}},
		} {
			before := len(e.entries("POLICY_ACCEPTED"))
			_, err := e.policies.Accept(e.as(e.maria), c.items)
			if diff := cmp.Diff(c.want, refused(t, err)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			entries := e.entries("POLICY_ACCEPTED")
			if len(entries) != before+1 || entries[before].Outcome != schematype.WasRefused {
				t.Errorf("%s: the refusal is not in the Audit Log", name)
			}
		}
		if n, _ := e.store.Client.PolicyAcceptance.Query().Count(e.system); n != 0 {
			t.Errorf("%d acceptances", n)
		}
		e.truth()
	})
}

func TestOnlyTheVersionThatWasShownAndIsCurrentIsAccepted(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		one, p := e.publish("Waiver", schematype.FamilyScope)
		two, _ := e.again(p, true, "")
		_, err := e.policies.Accept(e.as(e.maria), []policy.Item{{VersionID: one.ID}})
		f := fault.As(err)
		if f == nil || f.Fields[0].Code != fault.NotCurrentVersion || f.Fields[0].Current.(*ent.PolicyVersion).ID != two.ID {
			t.Fatalf("%v", err)
		}
		three, _ := e.again(p, true, "2026-03-10")
		if _, err := e.policies.Accept(e.as(e.maria), []policy.Item{{VersionID: three.ID}}); !fault.Is(err, fault.NotCurrentVersion) {
			t.Errorf("a version that is not in effect yet: %v", err)
		}
		p = e.policy(p.ID)
		_, err = e.policies.Retire(e.dana, policy.RetireInput{PolicyID: p.ID, Version: p.Version})
		e.must(err)
		_, err = e.policies.Accept(e.as(e.maria), []policy.Item{{VersionID: two.ID}})
		if f := fault.As(err); f == nil || f.Fields[0].Code != fault.NotCurrentVersion || f.Fields[0].Current != nil {
			t.Errorf("a retired policy: %v", err)
		}
	})
}

func TestAFormIsRecordedAndTheGuardiansOwnAcceptanceTakesItsPlace(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		v, p := e.publish("Photos", schematype.StudentScope)
		form := e.record(e.form(v, e.ana.ID)).Acceptance
		if form.Method != schematype.Manual || *form.RecordedBy != e.danaID || form.AcceptedBy != e.maria.ID || form.SignedOn != "2026-02-28" || form.Note != "Folder 3" || form.PasswordOrigin != "" {
			t.Errorf("%+v", form)
		}
		if e.getFamily(e.lopez.ID).PoliciesMissing {
			t.Error("a form does not count")
		}
		if _, err := e.policies.RecordManual(e.dana, e.form(v, e.ana.ID)); !fault.Is(err, fault.AlreadyAccepted) {
			t.Errorf("recorded twice: %v", err)
		}
		e.clock.add(time.Hour)
		own := e.accept(e.maria, policy.Item{VersionID: v.ID, StudentID: e.ana.ID})[0]
		form, err := e.store.Client.PolicyAcceptance.Get(e.system, form.ID)
		e.must(err)
		if form.SupersededAt == nil || *form.SupersededBy != own.ID || form.Slot != nil && *form.Slot != nil {
			t.Errorf("the form stands beside it: %+v", form)
		}
		s := e.status(p, e.lopez.ID, e.ana.ID)
		if s.Acceptance.ID != own.ID || len(s.History) != 2 || s.History[1].ID != form.ID {
			t.Errorf("%+v", s)
		}
		if _, err := e.policies.RecordManual(e.dana, e.form(v, e.ana.ID)); !fault.Is(err, fault.AlreadyAccepted) {
			t.Errorf("a form took the place of the guardian's own: %v", err)
		}
		if _, err := e.policies.Accept(e.as(e.maria), []policy.Item{{VersionID: v.ID, StudentID: e.ana.ID}}); !fault.Is(err, fault.AlreadyAccepted) {
			t.Errorf("accepted twice: %v", err)
		}
		e.truth()
	})
}

func TestAFormNeedsEverythingThatMakesItAProof(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		waiver, pw := e.publish("Waiver", schematype.FamilyScope)
		photo, _ := e.publish("Photos", schematype.StudentScope)
		old, po := e.publish("Rules", schematype.FamilyScope)
		e.again(po, true, "")
		later, _ := e.again(pw, false, "2026-03-09")
		other := e.family("Novak")
		theirs := e.student(other, "Petr Novak")
		for name, c := range map[string]struct {
			change func(in *policy.ManualInput)
			want   []string
		}{
			"not on file":              {func(in *policy.ManualInput) { in.FormOnFile = false }, []string{"REQUIRED formOnFile"}},
			"signed tomorrow":          {func(in *policy.ManualInput) { in.SignedOn = "2026-03-04" }, []string{"INVALID signedOn"}},
			"signed on no day":         {func(in *policy.ManualInput) { in.SignedOn = "2026-02-30" }, []string{"INVALID signedOn"}},
			"signed long ago":          {func(in *policy.ManualInput) { in.SignedOn = "1899-12-31" }, []string{"INVALID signedOn"}},
			"a long note":              {func(in *policy.ManualInput) { in.Note = string(make([]byte, 501)) }, []string{"INVALID note"}},
			"nobody signed":            {func(in *policy.ManualInput) { in.GuardianID = ident.New() }, []string{"NOT_FOUND guardianId"}},
			"no such version":          {func(in *policy.ManualInput) { in.VersionID = ident.New() }, []string{"NOT_FOUND policyVersionId"}},
			"an older version":         {func(in *policy.ManualInput) { in.VersionID = old.ID }, []string{"NOT_CURRENT_VERSION policyVersionId"}},
			"a later version":          {func(in *policy.ManualInput) { in.VersionID = later.ID }, []string{"NOT_CURRENT_VERSION policyVersionId"}},
			"for no student":           {func(in *policy.ManualInput) { in.VersionID = photo.ID }, []string{"REQUIRED studentId"}},
			"for a student too many":   {func(in *policy.ManualInput) { in.StudentID = e.ana.ID }, []string{"INVALID studentId"}},
			"another family's student": {func(in *policy.ManualInput) { in.VersionID, in.StudentID = photo.ID, theirs.ID }, []string{"NOT_FOUND studentId"}},
			"no such scan":             {func(in *policy.ManualInput) { in.ScanID = ident.New() }, []string{"NOT_FOUND scanId"}},
			"several mistakes":         {func(in *policy.ManualInput) { in.FormOnFile, in.SignedOn, in.VersionID = false, "", ident.New() }, []string{"INVALID signedOn", "NOT_FOUND policyVersionId", "REQUIRED formOnFile"}},
		} {
			in := e.form(waiver, ident.ID{})
			c.change(&in)
			before := len(e.entries("POLICY_MANUALLY_ACCEPTED"))
			_, err := e.policies.RecordManual(e.dana, in)
			if diff := cmp.Diff(c.want, refused(t, err)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if entries := e.entries("POLICY_MANUALLY_ACCEPTED"); len(entries) != before+1 || entries[before].Outcome != schematype.WasRefused {
				t.Errorf("%s: the refusal is not in the Audit Log", name)
			}
		}
		in := e.form(waiver, ident.ID{})
		in.SignedOn = "2026-03-03" // today in Chicago
		e.record(in)
		if n, _ := e.store.Client.PolicyAcceptance.Query().Count(e.system); n != 1 {
			t.Errorf("%d acceptances", n)
		}
		e.truth()
	})
}

func TestNobodyButTheSignedInGuardianAcceptsElectronically(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		v, p := e.publish("Waiver", schematype.FamilyScope)
		for name, ctx := range map[string]context.Context{
			"staff": e.dana, "the product": e.system, "nobody": t.Context(),
			"the holder of a link": viewer.With(t.Context(), viewer.Viewer{Kind: viewer.LinkHolder, BusinessID: e.business.ID, PersonID: e.maria.ID, FamilyID: e.lopez.ID}),
		} {
			if _, err := e.policies.Accept(ctx, []policy.Item{{VersionID: v.ID}}); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		row := func(ctx context.Context, method schematype.AcceptanceMethod, by, family ident.ID, recorder *ident.ID) error {
			return e.store.Client.PolicyAcceptance.Create().SetBusinessID(e.business.ID).SetPolicyID(p.ID).SetPolicyVersionID(v.ID).SetVersionNumber(1).
				SetFamilyID(family).SetMethod(method).SetAcceptedBy(by).SetNillableRecordedBy(recorder).SetRecordedAt(e.store.Now()).
				SetTextHash(v.BodyHash).SetAuditID(ident.New()).Exec(ctx)
		}
		other := e.guardian(e.family("Novak"), "Petr Novak")
		for name, err := range map[string]error{
			"staff writes an electronic one":              row(e.dana, schematype.Electronic, e.maria.ID, e.lopez.ID, nil),
			"staff writes one and names itself":           row(e.dana, schematype.Electronic, e.maria.ID, e.lopez.ID, &e.danaID),
			"the product writes one":                      row(e.system, schematype.Electronic, e.maria.ID, e.lopez.ID, nil),
			"the product writes a manual one":             row(e.system, schematype.Manual, e.maria.ID, e.lopez.ID, &e.danaID),
			"a guardian for another family":               row(e.as(other), schematype.Electronic, other.ID, e.lopez.ID, nil),
			"a guardian in another's name":                row(e.as(other), schematype.Electronic, e.maria.ID, other.FamilyID, nil),
			"a guardian records a form":                   row(e.as(e.maria), schematype.Manual, e.maria.ID, e.lopez.ID, &e.danaID),
			"staff without the permission records a form": row(e.sam, schematype.Manual, e.maria.ID, e.lopez.ID, nil),
			"staff in another's name":                     row(e.dana, schematype.Manual, e.maria.ID, e.lopez.ID, &e.maria.ID),
			"the product deletes":                         e.store.Client.PolicyAcceptance.DeleteOneID(ident.New()).Exec(e.system),
		} {
			if !errors.Is(err, privacy.Deny) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, call := range map[string]func() error{
			"publish": func() error { _, _, err := e.policies.Publish(e.sam, policy.PublishInput{}); return err },
			"retire": func() error {
				_, err := e.policies.Retire(e.sam, policy.RetireInput{PolicyID: p.ID, Version: 1})
				return err
			},
			"record": func() error { _, err := e.policies.RecordManual(e.sam, e.form(v, ident.ID{})); return err },
			"publish as a guardian": func() error {
				_, _, err := e.policies.Publish(e.as(e.maria), policy.PublishInput{})
				return err
			},
		} {
			if err := call(); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestOfManyWhoAcceptAtOnceOneDoes(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		v, _ := e.publish("Waiver", schematype.FamilyScope)
		luis := e.guardian(e.lopez, "Luis Lopez")
		for name, try := range map[string]func(i int) error{
			"guardians": func(i int) error {
				_, err := e.policies.Accept(e.as([]*ent.Guardian{e.maria, luis}[i%2]), []policy.Item{{VersionID: v.ID}})
				return err
			},
		} {
			won, errs := race(8, try)
			if won != 1 {
				t.Errorf("%s: %d won: %v", name, won, errs)
			}
			for _, err := range errs {
				if !fault.Is(err, fault.AlreadyAccepted) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if n, _ := e.store.Client.PolicyAcceptance.Query().Where(policyacceptance.SlotNotNil()).Count(e.system); n != 1 {
			t.Errorf("%d stand", n)
		}
		w, _ := e.publish("Rules", schematype.FamilyScope)
		won, errs := race(8, func(int) error { _, err := e.policies.RecordManual(e.dana, e.form(w, ident.ID{})); return err })
		if won != 1 {
			t.Errorf("forms: %d won: %v", won, errs)
		}
		// staff and the guardian at the same moment: whoever is first, the guardian's stands in the end
		x, p := e.publish("Photos", schematype.FamilyScope)
		race(8, func(i int) error {
			if i%2 == 0 {
				_, err := e.policies.RecordManual(e.dana, e.form(x, ident.ID{}))
				return err
			}
			_, err := e.policies.Accept(e.as(e.maria), []policy.Item{{VersionID: x.ID}})
			return err
		})
		s := e.status(p, e.lopez.ID, ident.ID{})
		if s.Acceptance == nil || s.Acceptance.Method != schematype.Electronic || len(s.History) > 2 {
			t.Errorf("%+v", s)
		}
		e.truth()
	})
}

// race runs try in n goroutines at once, and returns how many succeeded and how the others failed.
func race(n int, try func(i int) error) (won int, errs []error) {
	var wait sync.WaitGroup
	var mu sync.Mutex
	begin := make(chan struct{})
	for i := range n {
		wait.Go(func() {
			<-begin
			err := try(i)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else {
				errs = append(errs, err)
			}
		})
	}
	close(begin)
	wait.Wait()
	return won, errs
}
