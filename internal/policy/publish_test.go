package policy_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/policy"
	"officeportal/internal/viewer"
)

func TestANewVersionAsksAgainOrCarriesOver(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		one, p := e.publish("Waiver", schematype.FamilyScope)
		e.accept(e.maria, policy.Item{VersionID: one.ID})
		two, p := e.again(p, false, "")
		s := e.status(p, e.lopez.ID, ident.ID{})
		if s.Version.ID != two.ID || s.Acceptance == nil || s.Acceptance.PolicyVersionID != one.ID || !s.CarriedOver || e.getFamily(e.lopez.ID).PoliciesMissing {
			t.Errorf("after a change of words: %+v", s)
		}
		if _, err := e.policies.Accept(e.as(e.maria), []policy.Item{{VersionID: two.ID}}); !fault.Is(err, fault.AlreadyAccepted) {
			t.Errorf("what carries over was accepted again: %v", err)
		}
		e.truth()
		three, p := e.again(p, true, "")
		s = e.status(p, e.lopez.ID, ident.ID{})
		if s.Version.ID != three.ID || s.Acceptance != nil || len(s.History) != 1 || !e.getFamily(e.lopez.ID).PoliciesMissing {
			t.Errorf("after a change of substance: %+v", s)
		}
		e.accept(e.maria, policy.Item{VersionID: three.ID})
		four, p := e.again(p, false, "")
		if s = e.status(p, e.lopez.ID, ident.ID{}); s.Version.ID != four.ID || !s.CarriedOver || len(s.History) != 2 || four.AcceptedFrom != 3 {
			t.Errorf("%+v", s)
		}
		e.truth()
	})
}

func TestAVersionComesIntoEffectWhenItsDayBeginsThere(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		one, p := e.publish("Waiver", schematype.FamilyScope)
		e.accept(e.maria, policy.Item{VersionID: one.ID})
		two, p := e.again(p, true, "2026-03-05")
		if *e.policy(p.ID).CurrentVersionID != one.ID || two.ActivatedAt != nil || !two.EffectiveAt.Equal(time.Date(2026, 3, 5, 6, 0, 0, 0, time.UTC)) {
			t.Fatalf("%+v", two)
		}
		e.clock.add(time.Date(2026, 3, 5, 5, 59, 0, 0, time.UTC).Sub(e.clock.Now()))
		e.work()
		if *e.policy(p.ID).CurrentVersionID != one.ID {
			t.Error("too early: it is still March 4 in Chicago")
		}
		e.truth()
		e.clock.add(2 * time.Minute)
		// several processes find it at once
		won, errs := race(4, func(int) error { return e.policies.Once(t.Context()) })
		if won != 4 {
			t.Error(errs)
		}
		two, err := e.store.Client.PolicyVersion.Get(e.system, two.ID)
		e.must(err)
		if *e.policy(p.ID).CurrentVersionID != two.ID || two.ActivatedAt == nil || !e.getFamily(e.lopez.ID).PoliciesMissing {
			t.Errorf("%+v", two)
		}
		told := e.entries("POLICY_VERSION_EFFECTIVE")
		if len(told) != 1 { // the first was in effect when it was published, which its own entry says
			t.Fatalf("%d entries tell that a version came into effect", len(told))
		}
		if got := told[0]; got.BusinessID != e.business.ID || got.ActorKind != schematype.ActorSystem || *got.SubjectID != two.ID || !got.OccurredAt.Equal(*two.ActivatedAt) || got.Facts["number"] != "2" {
			t.Errorf("%+v", got)
		}
		e.truth()
	})
}

func TestAnEarlierDateOvertakesAMistakenOne(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		one, p := e.publish("Waiver", schematype.FamilyScope)
		e.accept(e.maria, policy.Item{VersionID: one.ID})
		two, p := e.again(p, true, "2030-01-01")
		three, p := e.again(p, false, "2026-03-04")
		if three.AcceptedFrom != 1 {
			t.Errorf("the change of words follows on the first version, not on one that is not in effect: %+v", three)
		}
		e.clock.add(24 * time.Hour)
		e.work()
		if *e.policy(p.ID).CurrentVersionID != three.ID || e.getFamily(e.lopez.ID).PoliciesMissing {
			t.Error("the third is not in effect")
		}
		e.clock.add(5 * 365 * 24 * time.Hour)
		e.work()
		two, err := e.store.Client.PolicyVersion.Get(e.system, two.ID)
		e.must(err)
		if *e.policy(p.ID).CurrentVersionID != three.ID || two.ActivatedAt != nil {
			t.Error("an overtaken version came into effect")
		}
		e.truth()
	})
}

func TestARetiredPolicyIsAskedOfNobodyAndWhatWasAcceptedStays(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		v, p := e.publish("Waiver", schematype.FamilyScope)
		e.again(p, true, "2026-03-05")
		p = e.policy(p.ID)
		e.record(e.form(v, ident.ID{}))
		if _, err := e.policies.Retire(e.dana, policy.RetireInput{PolicyID: p.ID, Version: p.Version - 1}); !fault.Is(err, fault.StaleVersion) {
			t.Errorf("an older edit: %v", err)
		}
		gone, err := e.policies.Retire(e.dana, policy.RetireInput{PolicyID: p.ID, Version: p.Version})
		e.must(err)
		e.work()
		if gone.RetiredAt == nil || gone.Version != p.Version+1 {
			t.Errorf("%+v", gone)
		}
		again, err := e.policies.Retire(e.dana, policy.RetireInput{PolicyID: p.ID, Version: gone.Version})
		e.must(err)
		if again.Version != gone.Version || len(e.entries("POLICY_RETIRED")) != 2 { // and the one that was refused
			t.Errorf("retired twice: %+v", again)
		}
		if all, err := e.policies.Statuses(e.dana, []ident.ID{e.lopez.ID}); err != nil || len(all[e.lopez.ID]) != 0 {
			t.Errorf("%v %v", all, err)
		}
		if n, _ := e.store.Client.PolicyAcceptance.Query().Count(e.system); n != 1 {
			t.Errorf("%d acceptances", n)
		}
		e.clock.add(72 * time.Hour)
		e.work()
		if *e.policy(p.ID).CurrentVersionID != v.ID {
			t.Error("a version of a retired policy came into effect")
		}
		_, _, err = e.policies.Publish(e.dana, policy.PublishInput{IdempotencyKey: ident.New().String(), PolicyID: p.ID, Version: gone.Version, Title: "x", Body: "x"})
		if diff := cmp.Diff([]string{"INVALID"}, refused(t, err)); diff != "" {
			t.Error(diff)
		}
		if _, err := e.policies.Retire(e.dana, policy.RetireInput{PolicyID: ident.New(), Version: 1}); !fault.Is(err, fault.NotFound) {
			t.Errorf("no such policy: %v", err)
		}
		e.truth()
	})
}

func TestWhatIsNotRequiredIsMissingNowhere(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		no, yes := false, true
		_, p, err := e.policies.Publish(e.dana, policy.PublishInput{IdempotencyKey: ident.New().String(), Title: "Newsletter", Scope: schematype.FamilyScope, Body: "x", Required: &no})
		e.must(err)
		e.work()
		e.truth()
		if e.getFamily(e.lopez.ID).PoliciesMissing || e.status(p, e.lopez.ID, ident.ID{}).Acceptance != nil {
			t.Error("an optional policy is missing")
		}
		material := false
		_, p, err = e.policies.Publish(e.dana, policy.PublishInput{IdempotencyKey: ident.New().String(), PolicyID: p.ID, Version: p.Version, Title: "Newsletter", Body: "x", Required: &yes, Material: &material, EffectiveFrom: "2026-04-01"})
		e.must(err)
		e.work()
		if !p.Required || !e.getFamily(e.lopez.ID).PoliciesMissing {
			t.Error("it is required at once, though the new text waits")
		}
		e.truth()
	})
}

func TestWhatIsPublishedHasToBeRight(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		_, p := e.publish("Waiver", schematype.FamilyScope)
		right := policy.PublishInput{IdempotencyKey: ident.New().String(), Title: "Rules", Scope: schematype.FamilyScope, Body: "Text"}
		for name, c := range map[string]struct {
			change func(in *policy.PublishInput)
			want   []string
		}{
			"no title":          {func(in *policy.PublishInput) { in.Title = " " }, []string{"REQUIRED title"}},
			"a long title":      {func(in *policy.PublishInput) { in.Title = strings.Repeat("x", 121) }, []string{"INVALID title"}},
			"no scope":          {func(in *policy.PublishInput) { in.Scope = "" }, []string{"REQUIRED scope"}},
			"no text":           {func(in *policy.PublishInput) { in.Body = " \n" }, []string{"REQUIRED bodyMarkdown"}},
			"a long text":       {func(in *policy.PublishInput) { in.Body = strings.Repeat("ñ", 50_001) }, []string{"INVALID bodyMarkdown"}},
			"nested too deeply": {func(in *policy.PublishInput) { in.Body = strings.Repeat("> ", 100) + "x" }, []string{"INVALID bodyMarkdown"}},
			"a hidden turn":     {func(in *policy.PublishInput) { in.Body = "pay \u202e100" }, []string{"INVALID bodyMarkdown"}},
			"broken text":       {func(in *policy.PublishInput) { in.Body = "x\xff" }, []string{"INVALID bodyMarkdown"}},
			"yesterday":         {func(in *policy.PublishInput) { in.EffectiveFrom = "2026-03-02" }, []string{"INVALID effectiveFrom"}},
			"no day":            {func(in *policy.PublishInput) { in.EffectiveFrom = "2026-02-30" }, []string{"INVALID effectiveFrom"}},
			"far away":          {func(in *policy.PublishInput) { in.EffectiveFrom = "2126-01-01" }, []string{"INVALID effectiveFrom"}},
			"no key":            {func(in *policy.PublishInput) { in.IdempotencyKey = "" }, []string{"INVALID idempotencyKey"}},
			"a long note":       {func(in *policy.PublishInput) { in.ChangeNote = strings.Repeat("x", 301) }, []string{"INVALID changeNote"}},
			"all of it":         {func(in *policy.PublishInput) { *in = policy.PublishInput{IdempotencyKey: in.IdempotencyKey} }, []string{"REQUIRED bodyMarkdown", "REQUIRED scope", "REQUIRED title"}},
			"no such policy":    {func(in *policy.PublishInput) { in.PolicyID, in.Version = ident.New(), 1 }, []string{"NOT_FOUND policyId"}},
			"another scope": {func(in *policy.PublishInput) {
				in.PolicyID, in.Version, in.Scope = p.ID, p.Version, schematype.StudentScope
			}, []string{"INVALID scope"}},
			"a policy of before": {func(in *policy.PublishInput) { in.PolicyID, in.Version = p.ID, p.Version-1 }, []string{"STALE_VERSION"}},
		} {
			in := right
			c.change(&in)
			before := len(e.entries("POLICY_PUBLISHED"))
			_, _, err := e.policies.Publish(e.dana, in)
			if diff := cmp.Diff(c.want, refused(t, err)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if entries := e.entries("POLICY_PUBLISHED"); len(entries) != before+1 || entries[before].Outcome != schematype.WasRefused {
				t.Errorf("%s: the refusal is not in the Audit Log", name)
			}
		}
		v, made, err := e.policies.Publish(e.dana, right)
		e.must(err)
		if v.Number != 1 || !v.Material || v.AcceptedFrom != 1 || v.EffectiveFrom != "2026-03-03" || made.Title != "Rules" || !made.Required || *made.CurrentVersionID != v.ID || *v.PublishedBy != e.danaID {
			t.Errorf("%+v %+v", v, made)
		}
	})
}

func TestOfManyWhoPublishAtOnceOneDoes(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		_, p := e.publish("Waiver", schematype.FamilyScope)
		won, errs := race(8, func(int) error {
			_, _, err := e.policies.Publish(e.dana, policy.PublishInput{IdempotencyKey: ident.New().String(), PolicyID: p.ID, Version: p.Version, Title: "Waiver", Body: "again"})
			return err
		})
		if won != 1 {
			t.Errorf("%d won", won)
		}
		for _, err := range errs {
			if !fault.Is(err, fault.StaleVersion) {
				t.Error(err)
			}
			if who, ok := fault.As(err).Fields[0].ChangedBy.(*ent.StaffMember); !ok || who.Name != "Dana Price" {
				t.Errorf("who: %v", fault.As(err).Fields[0].ChangedBy)
			}
		}
	})
}

func TestAPolicySentManyTimesIsPublishedOnce(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		in := policy.PublishInput{IdempotencyKey: ident.New().String(), Title: "Rules", Scope: schematype.FamilyScope, Body: "Text"}
		var mu sync.Mutex
		made := map[ident.ID]bool{}
		won, errs := race(50, func(int) error {
			v, p, err := e.policies.Publish(e.dana, in)
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				made[v.ID] = true
				if v.PolicyID != p.ID || p.CurrentVersionID == nil || *p.CurrentVersionID != v.ID {
					t.Errorf("%+v %+v", v, p)
				}
			}
			return err
		})
		if won != 50 || len(made) != 1 || len(e.entries("POLICY_PUBLISHED")) != 1 || e.store.Client.BusinessPolicy.Query().CountX(e.system) != 1 {
			t.Errorf("%d were answered, with %d versions: %v", won, len(made), errs)
		}
		e.clock.add(23 * time.Hour) // another day, so that the one of then is past
		v, p, err := e.policies.Publish(e.dana, in)
		e.must(err)
		if !made[v.ID] {
			t.Error("the day after another version is answered")
		}

		next := policy.PublishInput{IdempotencyKey: ident.New().String(), PolicyID: p.ID, Version: p.Version, Title: "Rules", Body: "Text 2", EffectiveFrom: "2026-03-04"}
		second, _, err := e.policies.Publish(e.dana, next)
		e.must(err)
		e.clock.add(12 * time.Hour)
		again, now, err := e.policies.Publish(e.dana, next) // of a day that is past now, and on top of a version that is not the newest any more
		e.must(err)
		if again.ID != second.ID || now.Versions != 2 {
			t.Errorf("%+v %+v", again, now)
		}

		before := len(e.entries("POLICY_PUBLISHED"))
		other := in
		other.Body = "Another text"
		_, _, err = e.policies.Publish(e.dana, other)
		if diff := cmp.Diff([]string{"IDEMPOTENCY_KEY_REUSED idempotencyKey"}, refused(t, err)); diff != "" {
			t.Error(diff)
		}
		if entries := e.entries("POLICY_PUBLISHED"); len(entries) != before+1 || entries[before].Facts["reason"] != "IDEMPOTENCY_KEY_REUSED" {
			t.Error("the refusal is not in the Audit Log")
		}
		eve, _ := e.staff("Eve Stone", viewer.PoliciesManage)
		hers, _, err := e.policies.Publish(eve, in)
		e.must(err)
		if made[hers.ID] {
			t.Error("somebody else's key was taken for Dana's")
		}
	})
}
