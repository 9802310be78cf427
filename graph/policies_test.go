package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"officeportal/ent"
	"officeportal/ent/schema/schematype"
	"officeportal/graph/model"
	"officeportal/internal/ident"
	"officeportal/internal/policy"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/viewer"
)

// published makes a policy that is in effect.
func (w *world) published(title string, scope schematype.PolicyScope) *ent.PolicyVersion {
	w.t.Helper()
	v, _, err := w.policies.Publish(w.as("staff"), policy.PublishInput{IdempotencyKey: ident.New().String(), Title: title, Scope: scope, Body: "# " + title})
	w.must(err)
	w.must(w.policies.Once(w.t.Context()))
	return v
}

// accepts is a guardian of the family who accepts.
func (w *world) accepts(f *ent.Family, items ...policy.Item) {
	w.t.Helper()
	g := w.addGuardian(f, "Guardian of "+f.Name, "", "")
	ctx := viewer.With(w.t.Context(), viewer.Viewer{Kind: viewer.Guardian, BusinessID: f.BusinessID, PersonID: g.ID, FamilyID: f.ID, Name: g.Name})
	_, err := w.policies.Accept(ctx, items)
	w.must(err)
}

func TestPoliciesOfManyFamiliesTakeAFewStatements(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		waiver := w.published("Waiver", schematype.FamilyScope)
		w.published("Photos", schematype.StudentScope)
		for i := range 30 {
			f := w.addFamily(fmt.Sprintf("Family %03d", i))
			if i%3 == 0 {
				w.accepts(f, policy.Item{VersionID: waiver.ID})
			}
			if i%3 == 1 {
				g := w.addGuardian(f, "On Paper", "", "")
				_, err := w.policies.RecordManual(w.as("staff"), policy.ManualInput{GuardianID: g.ID, VersionID: waiver.ID, FormOnFile: true, SignedOn: "2026-01-31"})
				w.must(err)
			}
		}
		rec, stop := sqlcount.Attach(w.store.Driver)
		defer stop()
		for _, c := range []struct {
			name, query string
			most        int
		}{
			{"a page with guardians", `{families(first:25){edges{node{name guardians{name}}}}}`, 2},
			{"the same with the number of what is missing", `{families(first:25){edges{node{name policiesMissing guardians{name}}}}}`, 3},
			{"what each family accepted", `{families(first:25){edges{node{name policyStatuses{policyVersion{number title policy{title}} student{name} carriedOver
  acceptance{method recordedAt acceptedBy{name} recordedBy{name} scan{id}} history{method policyVersion{number}}}}}}}`, 10},
			{"the page of policies", `{policies{title current{number inEffect} versions{number publishedBy{... on Staff{name}}} counts{accepted manuallyAccepted missing counting}}}`, 7},
			{"who is missing", `{policies{title missing(first:20){totalCount edges{node{family{name guardians{name}} student{name}}}}}}`, 10},
			{"texts", `{policies{current{bodyHtml bodyMarkdown}}}`, 3},
		} {
			rec.Reset()
			w.ask("staff", c.query, nil).ok()
			if rec.Count() > c.most || rec.Count() == 0 {
				t.Errorf("%s takes %d statements:\n%s", c.name, rec.Count(), rec)
			}
			for _, s := range rec.Statements() {
				if c.name != "texts" && strings.Contains(s.Text, "body_markdown") {
					t.Errorf("%s reads whole texts: %s", c.name, s.Text)
				}
				if strings.Contains(s.Text, "`content`") {
					t.Errorf("%s reads scans: %s", c.name, s.Text)
				}
			}
		}
	})
}

func TestOnlyAGuardiansOwnMutationMakesElectronicAcceptances(t *testing.T) {
	s := schema()
	makes := func(payload *ast.Definition) bool {
		return slices.ContainsFunc(payload.Fields, func(f *ast.FieldDefinition) bool { return f.Type.Name() == "PolicyAcceptance" })
	}
	var makers []string
	for _, f := range s.Mutation.Fields {
		if makes(s.Types[f.Type.Name()]) {
			makers = append(makers, f.Name)
		}
	}
	slices.Sort(makers)
	if !slices.Equal(makers, []string{"acceptPolicies", "recordManualAcceptance"}) {
		t.Errorf("acceptances come from %v: whoever adds one says here who may", makers)
	}
	auth := rootFields()["Mutation.acceptPolicies"].Directives.ForName("auth")
	if auth == nil || auth.Arguments.ForName("as").Value.Raw != string(model.ViewerKindGuardian) || auth.Arguments.ForName("needs") != nil {
		t.Error("acceptPolicies is for guardians alone")
	}
	for _, d := range s.Types {
		if d.Kind != ast.InputObject {
			continue
		}
		for _, f := range d.Fields {
			if f.Type.Name() == "AcceptanceMethod" {
				t.Errorf("%s.%s: nobody chooses how something was accepted", d.Name, f.Name)
			}
		}
	}
	for _, f := range s.Types["AcceptPoliciesInput"].Fields {
		if strings.Contains(strings.ToLower(f.Name), "guardian") || strings.Contains(strings.ToLower(f.Name), "accepted") {
			t.Errorf("AcceptPoliciesInput.%s: it is always the one who is signed in", f.Name)
		}
	}
}

func TestStaffWithoutFamiliesSeeWhatTheyRecordAndNoMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		clerk := w.newStaff(w.business, "Kim Clerk", "kim@sunrise.example")
		w.viewers["clerk"] = w.staffViewer(w.business, clerk, viewer.PoliciesManage)
		v := w.published("Waiver", schematype.FamilyScope)
		r := w.ask("clerk", `mutation($i:RecordManualAcceptanceInput!){recordManualAcceptance(input:$i){acceptance{id method acceptedBy{name} recordedBy{name} credentialProvenance{contactChangedByStaff}} family{name} auditEntry{id} errors{code}}}`,
			map[string]any{"i": map[string]any{"guardianId": "gdn_" + w.maria.ID.String(), "policyVersionId": "pov_" + v.ID.String(), "formOnFile": true, "signedOn": "2026-01-31"}}).ok()
		got := r.at("recordManualAcceptance").(map[string]any)
		if got["family"] != nil || got["auditEntry"] != nil || r.at("recordManualAcceptance", "acceptance", "acceptedBy") != nil || r.at("recordManualAcceptance", "acceptance", "recordedBy", "name") != "Kim Clerk" {
			t.Error(r.Body)
		}
		if r := w.ask("clerk", `{policies{counts{manuallyAccepted missing}}}`, nil).ok(); r.at("policies", 0, "counts", "manuallyAccepted") != 1.0 {
			t.Error(r.Body)
		}
		if r := w.ask("clerk", `{policies{missing{totalCount}}}`, nil); r.code() != "FORBIDDEN" || r.Errors[0].Extensions["permission"] != "FAMILIES_READ" {
			t.Error(r.Body)
		}
	})
}

func TestAPolicyIsANodeForThoseItIsShownTo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := w.published("Waiver", schematype.FamilyScope)
		_, p, err := w.policies.Publish(w.as("staff"), policy.PublishInput{IdempotencyKey: ident.New().String(), PolicyID: v.PolicyID, Version: 1, Title: "Waiver", Body: "later", EffectiveFrom: time.Now().AddDate(1, 0, 0).Format(time.DateOnly)})
		w.must(err)
		pending, err := w.store.Client.PolicyVersion.Query().All(w.system())
		w.must(err)
		later := pending[slices.IndexFunc(pending, func(x *ent.PolicyVersion) bool { return x.ActivatedAt == nil })]
		_, hidden, err := w.policies.Publish(w.as("staff"), policy.PublishInput{IdempotencyKey: ident.New().String(), Title: "Not yet", Scope: schematype.FamilyScope, Body: "x", EffectiveFrom: time.Now().AddDate(1, 0, 0).Format(time.DateOnly)})
		w.must(err)
		made, err := w.policies.Accept(w.as("guardian"), []policy.Item{{VersionID: v.ID}})
		w.must(err)
		neighbour := w.addFamily("Neighbour")
		next := w.addGuardian(neighbour, "Nina", "", "")
		w.viewers["neighbour"] = viewer.Viewer{Kind: viewer.Guardian, BusinessID: w.business.ID, PersonID: next.ID, FamilyID: neighbour.ID}
		other := w.newBusiness("other", "Other")
		w.viewers["stranger"] = w.staffViewer(other, w.newStaff(other, "Otto", "otto@other.example"), viewer.Permissions()...)
		ids := map[string]string{"policy": "pol_" + p.ID.String(), "version": "pov_" + v.ID.String(), "pending": "pov_" + later.ID.String(),
			"not yet": "pol_" + hidden.ID.String(), "acceptance": "pac_" + made[0].ID.String()}
		for who, sees := range map[string][]string{
			"staff":     {"policy", "version", "pending", "not yet", "acceptance"},
			"reader":    {"policy", "version", "pending", "not yet"},
			"guardian":  {"policy", "version", "acceptance"},
			"neighbour": {"policy", "version"},
			"stranger":  {},
		} {
			for name, id := range ids {
				r := w.ask(who, `query($id:ID!){node(id:$id){id __typename}}`, map[string]any{"id": id}).ok()
				if want := slices.Contains(sees, name); want != (r.at("node") != nil) {
					t.Errorf("%s sees %s: %s", who, name, r.Body)
				}
			}
		}
		r := w.ask("guardian", `{policies(includeRetired:true){title versions{number} missing{totalCount edges{cursor}} counts{missing}}}`, nil).ok()
		if len(r.list("policies")) != 1 || len(r.list("policies", 0, "versions")) != 1 || r.at("policies", 0, "counts") != nil || len(r.list("policies", 0, "missing", "edges")) != 0 {
			t.Error(r.Body)
		}
	})
}
