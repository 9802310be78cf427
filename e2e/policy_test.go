package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"officeportal/internal/message/providertest"
	"officeportal/internal/policy"
	"officeportal/internal/viewer"
)

const (
	publish = `mutation($i:PublishPolicyVersionInput!){publishPolicyVersion(input:$i){
  policyVersion{id number title effectiveFrom material inEffect textHash bodyHtml} policy{id version title required current{id number}} errors{__typename code message path}}}`
	acceptPolicies = `mutation($i:AcceptPoliciesInput!){acceptPolicies(input:$i){
  acceptances{id method recordedAt signedOn note ipAddress userAgent acceptedBy{id} recordedBy{id} policyVersion{id number} student{id}}
  family{id policiesMissing} errors{__typename code message path ... on NotCurrentVersionError{current{id number bodyHtml}}}}}`
	recordForm = `mutation($i:RecordManualAcceptanceInput!){recordManualAcceptance(input:$i){
  acceptance{id method signedOn note recordedBy{name} acceptedBy{name} scan{id fileName mediaType size downloadPath} credentialProvenance{contactChangedByStaff}}
  family{policiesMissing} auditEntry{summary} errors{__typename code message path}}}`
	acceptedOf = `query($id:ID!){node(id:$id){... on Family{policiesMissing policyStatuses{policyVersion{id number title} student{id name} carriedOver
  acceptance{id method acceptedBy{name} recordedBy{name} signedOn note supersededAt ipAddress userAgent scan{id}
    credentialProvenance{passwordSetAt contactChangedByStaff contactChange{field changedAt changedBy{... on Staff{name}}} reset{channel destination}}}
  history{id method supersededAt}}}}}`
	policiesScreen = `{policies(includeRetired:true){id title scope required retired version current{id number} versions{id number inEffect effectiveFrom publishedBy{... on Staff{name}}}
  counts{accepted manuallyAccepted missing counting} missing(first:10){totalCount pageInfo{hasNextPage} edges{node{family{id name} student{name}}}}}}`
)

// publish makes a policy that is in effect today and returns its payload.
func (b *browser) publish(title, scope string) answer {
	b.w.t.Helper()
	got := b.do(publish, vars{"i": vars{"title": title, "scope": scope, "bodyMarkdown": "# " + title + "\n\nI understand the risks.", "idempotencyKey": key()}})
	if got.str("publishPolicyVersion.policyVersion.id") == "" {
		b.w.t.Fatalf("publishing %s: %s", title, got)
	}
	return answer{b.w.t, got.raw, got.at("publishPolicyVersion")}
}

// counted reads the policies again and again until no family is being looked through.
func (b *browser) counted() answer {
	b.w.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	ctx := b.w.patience()
	for {
		// little is asked again and again: what a person asks for has a budget
		got := b.do(`{policies(includeRetired:true){counts{counting}}}`, nil)
		if !strings.Contains(got.raw, `"counting":true`) {
			return b.do(policiesScreen, nil)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.w.t.Fatalf("families are looked through for ever: %s", got)
		}
	}
}

// accept is a guardian who reads what is asked and accepts all of it.
func (b *browser) accept(items ...vars) answer {
	b.w.t.Helper()
	return b.do(acceptPolicies, vars{"i": vars{"items": items}})
}

func TestAPolicyIsAcceptedAndAYearLaterItIsClearByWhom(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		ana := staff.do(`mutation($f:ID!){addStudent(input:{familyId:$f,name:"Ana Lopez"}){student{id}}}`, vars{"f": w.family}).str("addStudent.student.id")
		waiver, photo := staff.publish("Waiver 2026", "FAMILY"), staff.publish("Photo release", "STUDENT")
		page := staff.counted()
		if page.str("policies.0.title") != "Photo release" || page.at("policies.1.counts.missing") != 1.0 || page.str("policies.1.missing.edges.0.node.family.name") != "Lopez" ||
			page.str("policies.0.missing.edges.0.node.student.name") != "Ana Lopez" || page.at("policies.1.missing.totalCount") != 1.0 || page.str("policies.1.versions.0.publishedBy.name") != "Dana Price" {
			t.Errorf("%s", page)
		}
		// on paper first
		form := staff.do(recordForm, vars{"i": vars{"guardianId": w.guardian, "policyVersionId": waiver.str("policyVersion.id"), "formOnFile": true, "signedOn": "2026-02-28", "note": "Folder 3"}})
		if form.str("recordManualAcceptance.acceptance.method") != "MANUAL" || form.at("recordManualAcceptance.family.policiesMissing") != 1.0 ||
			form.str("recordManualAcceptance.auditEntry.summary") != "Dana Price marked “Waiver 2026” as manually accepted for Maria Lopez." || form.at("recordManualAcceptance.acceptance.credentialProvenance") != nil {
			t.Errorf("%s", form)
		}
		maria := w.knows("maria@example.com")
		mine := maria.do(`{policies{title counts{missing} versions{number publishedBy{__typename}} current{bodyHtml bodyMarkdown textHash}} viewer{actor{... on Guardian{family{id policiesMissing policyStatuses{acceptance{method signedOn note scan{id} credentialProvenance{contactChangedByStaff}}}}}}}}`, nil)
		if mine.at("policies.0.counts") != nil || mine.at("policies.0.versions.0.publishedBy") != nil || !strings.Contains(mine.str("policies.1.current.bodyHtml"), "<h3>Waiver 2026</h3>") ||
			mine.at("viewer.actor.family.policyStatuses.1.acceptance.note") != nil || mine.str("viewer.actor.family.policyStatuses.1.acceptance.signedOn") != "2026-02-28" {
			t.Errorf("a guardian sees %s", mine)
		}
		got := maria.accept(vars{"policyVersionId": waiver.str("policyVersion.id")}, vars{"policyVersionId": photo.str("policyVersion.id"), "studentId": ana})
		if got.at("acceptPolicies.family.policiesMissing") != 0.0 || got.str("acceptPolicies.acceptances.1.student.id") != ana || got.str("acceptPolicies.acceptances.0.method") != "ELECTRONIC" ||
			got.at("acceptPolicies.acceptances.0.recordedBy") != nil || got.str("acceptPolicies.acceptances.0.acceptedBy.id") != w.guardian || got.at("acceptPolicies.acceptances.0.ipAddress") != nil {
			t.Errorf("%s", got)
		}
		if again := maria.accept(vars{"policyVersionId": waiver.str("policyVersion.id")}); again.str("acceptPolicies.errors.0.code") != "ALREADY_ACCEPTED" {
			t.Errorf("%s", again)
		}
		lines := staff.do(acceptedOf, vars{"id": w.family})
		if lines.at("node.policiesMissing") != 0.0 || lines.str("node.policyStatuses.1.acceptance.method") != "ELECTRONIC" || lines.str("node.policyStatuses.1.acceptance.ipAddress") == "" ||
			lines.str("node.policyStatuses.1.history.1.method") != "MANUAL" || lines.str("node.policyStatuses.1.history.1.supersededAt") == "" || lines.str("node.policyStatuses.0.student.name") != "Ana Lopez" {
			t.Errorf("%s", lines)
		}
		// a change of words carries over, one of substance asks again
		change := func(material bool, version any) answer {
			return staff.do(publish, vars{"i": vars{"policyId": waiver.str("policy.id"), "version": version, "title": "Waiver 2026", "bodyMarkdown": fmt.Sprint("Text ", version), "material": material, "idempotencyKey": key()}})
		}
		two := change(false, waiver.at("policy.version"))
		if lines = staff.do(acceptedOf, vars{"id": w.family}); lines.at("node.policyStatuses.1.carriedOver") != true || lines.at("node.policyStatuses.1.policyVersion.number") != 2.0 {
			t.Errorf("%s", lines)
		}
		change(true, two.at("publishPolicyVersion.policy.version"))
		staff.counted()
		if lines = staff.do(acceptedOf, vars{"id": w.family}); lines.at("node.policiesMissing") != 1.0 || lines.at("node.policyStatuses.1.acceptance") != nil {
			t.Errorf("%s", lines)
		}
		late := maria.accept(vars{"policyVersionId": two.str("publishPolicyVersion.policyVersion.id")})
		if late.str("acceptPolicies.errors.0.__typename") != "NotCurrentVersionError" || late.at("acceptPolicies.errors.0.current.number") != 3.0 ||
			late.str("acceptPolicies.errors.0.message") != "“Waiver 2026” was updated. Please read the new version." {
			t.Errorf("%s", late)
		}
		found := staff.do(familiesTotal, vars{"filter": vars{"missingAcceptance": true, "search": "lopez"}})
		none := staff.do(familiesTotal, vars{"filter": vars{"missingAcceptance": false}})
		if found.at("families.totalCount") != 1.0 || none.at("families.totalCount") != 0.0 {
			t.Errorf("%s %s", found, none)
		}
		told := staff.do(`{auditEntries(filter:{actions:[POLICY_ACCEPTED]}){edges{node{summary outcome actor{... on Guardian{name}} subject{... on PolicyAcceptance{method}}}}}}`, nil)
		if told.at("auditEntries.edges.0.node.outcome") != "REFUSED" || !strings.Contains(told.raw, "Maria Lopez accepted “Photo release” for Ana Lopez.") ||
			!strings.Contains(told.raw, "Maria Lopez accepted “Waiver 2026”.") || told.str("auditEntries.edges.2.node.subject.method") != "ELECTRONIC" {
			t.Errorf("%s", told)
		}
		retired := staff.do(`mutation($i:RetirePolicyInput!){retirePolicy(input:$i){policy{retired current{inEffect}} errors{code}}}`, vars{"i": vars{"policyId": photo.str("policy.id"), "version": photo.at("policy.version")}})
		if retired.at("retirePolicy.policy.retired") != true || retired.at("retirePolicy.policy.current.inEffect") != false {
			t.Errorf("%s", retired)
		}
		if mine := maria.do(`{policies(includeRetired:true){title}}`, nil); strings.Contains(mine.raw, "Photo release") {
			t.Errorf("a guardian is shown what nobody asks: %s", mine)
		}
	})
}

// Every way in which somebody who is not the guardian could try to accept as the guardian.
func TestNobodyButTheGuardianAcceptsElectronically(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		version := staff.publish("Waiver", "FAMILY").str("policyVersion.id")
		input := vars{"i": vars{"items": []vars{{"policyVersionId": version}}}}
		maria, petr := w.knows("maria@example.com"), staff.addFamily("Novak")
		staff.addGuardian(petr, "Petr Novak", "petr@example.com")

		disguised := w.staff()
		disguised.portal = "customer" // with the cookie of the office
		stripped := w.staff()
		stripped.portal = ""
		clerk := w.member("sunrise", "clerk@sunrise.example", viewer.PoliciesManage, viewer.FamiliesWrite)
		for who, c := range map[string]struct {
			b    *browser
			want string
		}{
			"the owner":                         {staff, "FORBIDDEN"},
			"a clerk":                           {clerk, "FORBIDDEN"},
			"staff who say they are a guardian": {disguised, "UNAUTHENTICATED"},
			"staff without saying who":          {stripped, "UNAUTHENTICATED"},
			"nobody":                            {w.browser("customer"), "UNAUTHENTICATED"},
		} {
			if _, got := c.b.try(acceptPolicies, input); outcome(got.raw, "acceptPolicies") != c.want {
				t.Errorf("%s: %s", who, got)
			}
		}
		for name, document := range map[string]string{
			"choosing the method":      `mutation($i:RecordManualAcceptanceInput!){recordManualAcceptance(input:$i){acceptance{method}}}`,
			"a guardian to accept for": `mutation($v:ID!,$g:ID!){acceptPolicies(input:{items:[{policyVersionId:$v}],guardianId:$g}){errors{code}}}`,
		} {
			in := vars{"i": vars{"guardianId": w.guardian, "policyVersionId": version, "formOnFile": true, "signedOn": "2026-01-31", "method": "ELECTRONIC"}, "v": version, "g": w.guardian}
			if _, got := staff.try(document, in); outcome(got.raw, "x") != "BAD_USER_INPUT" {
				t.Errorf("%s: %s", name, got)
			}
		}
		// a form is a form, whatever is sent with it, and a guardian of another family accepts for that one
		form := staff.do(recordForm, vars{"i": vars{"guardianId": w.guardian, "policyVersionId": version, "formOnFile": true, "signedOn": "2026-01-31"}})
		if form.str("recordManualAcceptance.acceptance.method") != "MANUAL" || form.str("recordManualAcceptance.acceptance.recordedBy.name") != "Dana Price" {
			t.Errorf("%s", form)
		}
		other := w.knows("petr@example.com")
		if got := other.accept(vars{"policyVersionId": version}); got.str("acceptPolicies.family.id") != petr {
			t.Errorf("%s", got)
		}
		for _, id := range []string{form.str("recordManualAcceptance.acceptance.id"), w.family} {
			if got := other.do(`query($id:ID!){node(id:$id){id}}`, vars{"id": id}); got.at("node") != nil {
				t.Errorf("a guardian of another family sees %s", got)
			}
		}
		if lines := staff.do(acceptedOf, vars{"id": w.family}); strings.Contains(lines.raw, "ELECTRONIC") {
			t.Errorf("somebody accepted as Maria: %s", lines)
		}
		if got := maria.accept(vars{"policyVersionId": version}); got.str("acceptPolicies.acceptances.0.method") != "ELECTRONIC" {
			t.Errorf("the guardian herself: %s", got)
		}
		// what the domain does for whoever calls it in the same process
		for _, kind := range []viewer.Kind{viewer.Nobody, viewer.StaffMember, viewer.LinkHolder, viewer.System} {
			ctx := viewer.With(context.Background(), viewer.Viewer{Kind: kind, Owner: true})
			if made, err := w.app.Policy.Accept(ctx, []policy.Item{{}}); err == nil {
				t.Errorf("a viewer of kind %d accepted %v", kind, made)
			}
		}
	})
}

func TestAnInsiderWhoAcceptsAsAGuardianLeavesTheTrail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		dana := w.staff()
		version := dana.publish("Waiver", "FAMILY").str("policyVersion.id")
		now := dana.do(`query($id:ID!){node(id:$id){... on Guardian{version}}}`, vars{"id": w.guardian}).at("node.version")
		dana.do(`mutation($i:UpdateGuardianInput!){updateGuardian(input:$i){guardian{id} errors{code}}}`, vars{"i": vars{"guardianId": w.guardian, "version": now, "email": "dana.private@example.com"}})
		w.clock.add(2 * time.Minute)
		sent := dana.do(sendReset, vars{"i": vars{"guardianId": w.guardian, "channel": "EMAIL", "idempotencyKey": key(), "reason": "She asked on the phone"}})
		if sent.str("requestPasswordReset.request.id") == "" {
			t.Fatalf("%s", sent)
		}
		dana.until(sent.str("requestPasswordReset.request.id"), "delivery", "SENT")
		emails := w.resend.Emails()
		i := slices.IndexFunc(emails, func(m providertest.Email) bool {
			return m.To == "dana.private@example.com" && strings.Contains(m.Text, "/r#")
		})
		if i < 0 {
			t.Fatal("no link was sent to the new address")
		}
		dishonest := w.browser("customer")
		dishonest.do(redeem, vars{"i": vars{"token": w.linkIn(emails[i].Text), "newPassword": guardianPassword}})
		dishonest.do(signIn, vars{"i": vars{"business": "sunrise", "email": "dana.private@example.com", "password": guardianPassword}})
		if got := dishonest.accept(vars{"policyVersionId": version}); got.str("acceptPolicies.acceptances.0.id") == "" {
			t.Fatalf("%s", got)
		}
		how := dana.do(acceptedOf, vars{"id": w.family})
		p := "node.policyStatuses.0.acceptance.credentialProvenance."
		if how.at(p+"contactChangedByStaff") != true || how.str(p+"contactChange.changedBy.name") != "Dana Price" || how.str(p+"contactChange.field") != "email" ||
			how.str(p+"reset.destination") != "dana.private@example.com" || how.str(p+"passwordSetAt") == "" || how.str(p+"contactChange.changedAt") == "" {
			t.Errorf("%s", how)
		}
		// one filter shows all of it, in order
		chain := dana.do(`query($g:ID!){auditEntries(filter:{guardianId:$g}){edges{node{action outcome}}}}`, vars{"g": w.guardian})
		var done []string
		for i := 0; chain.at(fmt.Sprintf("auditEntries.edges.%d", i)) != nil; i++ {
			done = append(done, chain.str(fmt.Sprintf("auditEntries.edges.%d.node.action", i)))
		}
		slices.Reverse(done)
		next := 0
		want := []string{"CONTACT_CHANGED", "PASSWORD_RESET_REQUESTED", "PASSWORD_RESET_DELIVERY", "PASSWORD_RESET_COMPLETED", "SIGN_IN", "POLICY_ACCEPTED"}
		for _, action := range done {
			if next < len(want) && action == want[next] {
				next++
			}
		}
		if next != len(want) {
			t.Errorf("the filter for the guardian shows %v, and not %v in this order", done, want)
		}
	})
}

func TestAPolicySentFiftyTimesIsPublishedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		staff := w.staff()
		in := vars{"title": "Waiver", "scope": "FAMILY", "bodyMarkdown": "Text", "idempotencyKey": key()}
		var all sync.WaitGroup
		made := make([]string, 50)
		for i := range made {
			all.Go(func() { made[i] = staff.do(publish, vars{"i": in}).str("publishPolicyVersion.policyVersion.id") })
		}
		all.Wait()
		if made = slices.Compact(made); len(made) != 1 || made[0] == "" {
			t.Errorf("fifty answers name %v", made)
		}
		if page := staff.do(`{policies{versions{id}}}`, nil); page.str("policies.0.versions.0.id") != made[0] || page.at("policies.1") != nil {
			t.Errorf("%s", page)
		}
		in["title"] = "Another"
		if got := staff.do(publish, vars{"i": in}); got.str("publishPolicyVersion.errors.0.code") != "IDEMPOTENCY_KEY_REUSED" {
			t.Errorf("another input: %s", got)
		}
	})
}
