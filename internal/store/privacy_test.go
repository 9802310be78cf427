package store_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"officeportal/ent"
	"officeportal/ent/privacy"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/ident"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

// school is one business with one row of every entity.
type school struct {
	business ident.ID
	family   *ent.Family
	guardian *ent.Guardian
}

func newSchool(t *testing.T, c *ent.Client, slug string) school {
	t.Helper()
	ctx := viewer.AsSystem(t.Context(), ident.ID{}, "a test prepares its rows")
	now := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	hash := func(s string) []byte { return append(make([]byte, 32-len(s)), s...) }
	b := c.Business.Create().SetName(slug).SetSlug(slug).SetTimeZone("UTC").SetCountry("US").SaveX(ctx)
	staff := c.StaffMember.Create().SetBusinessID(b.ID).SetName("Dana").SetEmail("d@" + slug).SetEmailKey(hash(slug)).SetPermissions(viewer.Permissions()).SaveX(ctx)
	f := c.Family.Create().SetBusinessID(b.ID).SetName("Lopez").SetNameKey("lopez").SetUpdatedAt(now).SaveX(ctx)
	c.FamilySearchKey.Create().SetBusinessID(b.ID).SetFamilyID(f.ID).SetKey("lopez").SetStem("lop").SetNameKey("lopez").SetArchived(false).SaveX(ctx)
	g := c.Guardian.Create().SetBusinessID(b.ID).SetFamilyID(f.ID).SetName("Maria").SetUpdatedAt(now).SaveX(ctx)
	c.Student.Create().SetBusinessID(b.ID).SetFamilyID(f.ID).SetName("Ana").SetUpdatedAt(now).SaveX(ctx)
	r := c.ResetToken.Create().SetBusinessID(b.ID).SetGuardianID(g.ID).SetChannel(schematype.Email).SetNonce(make([]byte, 16)).SetKid("k").
		SetCredEpoch(1).SetLookup(hash("r" + slug)).SetDestination("m@x").SaveX(ctx)
	c.Message.Create().SetBusinessID(b.ID).SetGuardianID(g.ID).SetResetTokenID(r.ID).SetKind(schematype.PasswordReset).SetChannel(schematype.Email).
		SetDestination("m@x").SetLocale("en").SetParams(map[string]string{}).SetUpdatedAt(now).SaveX(ctx)
	c.SmsAccount.Create().SetBusinessID(b.ID).SaveX(ctx)
	c.CreditEntry.Create().SetBusinessID(b.ID).SetKind(schematype.CreditGrant).SetAmount(1).SetShown(true).SetBalanceAfter(1).SetOpKey(slug).
		SetAuditID(ident.New()).SetActorKind(schematype.ActorSystem).SaveX(ctx)
	c.AuditEntry.Create().SetBusinessID(b.ID).SetAction("SIGN_IN").SetOutcome(schematype.Succeeded).SetActorKind(schematype.ActorSystem).
		SetFacts(map[string]string{}).SetDetails(nil).SetOccurredAt(now).SaveX(ctx)
	c.Session.Create().SetBusinessID(b.ID).SetPersonKind(schematype.ActorStaff).SetPersonID(staff.ID).SetTokenHash(hash("s" + slug)).SetCredEpoch(1).SetExpiresAt(now).SaveX(ctx)
	c.IdempotencyKey.Create().SetBusinessID(b.ID).SetActorID(staff.ID).SetKey("0123456789abcdef").SetInputHash(hash("i")).SetAnswer([]byte("{}")).SetExpiresAt(now).SaveX(ctx)
	c.ResetIntake.Create().SetSealed([]byte("x")).SetDueAt(now).SaveX(ctx)
	c.RateLimit.Create().SetID(slug).SaveX(ctx)
	policy := c.BusinessPolicy.Create().SetBusinessID(b.ID).SetTitle("Waiver").SetScope(schematype.FamilyScope).SetUpdatedAt(now).SaveX(ctx)
	v := c.PolicyVersion.Create().SetBusinessID(b.ID).SetPolicyID(policy.ID).SetNumber(1).SetTitle("Waiver").SetBodyMarkdown("x").SetBodyHash(hash("x")).
		SetEffectiveFrom("2026-01-01").SetEffectiveAt(now).SetMaterial(true).SetAcceptedFrom(1).SetAuditID(ident.New()).SaveX(ctx)
	c.PolicyAcceptance.Create().SetBusinessID(b.ID).SetPolicyID(policy.ID).SetPolicyVersionID(v.ID).SetVersionNumber(1).SetFamilyID(f.ID).
		SetMethod(schematype.Electronic).SetAcceptedBy(g.ID).SetRecordedAt(now).SetTextHash(hash("x")).SetAuditID(ident.New()).
		SaveX(viewer.With(t.Context(), viewer.Viewer{Kind: viewer.Guardian, BusinessID: b.ID, PersonID: g.ID, FamilyID: f.ID}))
	c.PolicyGap.Create().SetBusinessID(b.ID).SetPolicyID(policy.ID).SetFamilyID(f.ID).SetStudentID(ident.ID{}).SetNameKey("lopez").SaveX(ctx)
	c.PolicyScan.Create().SetBusinessID(b.ID).SetFileName("x.pdf").SetMediaType("application/pdf").SetSize(1).SetSha256(hash("x")).SetUploadedBy(staff.ID).SaveX(ctx)
	c.StaffToken.Create().SetBusinessID(b.ID).SetStaffID(staff.ID).SetPurpose(schematype.ForStaffInvite).SetNonce(make([]byte, 16)).SetKid("k").
		SetCredEpoch(1).SetLookup(hash("t" + slug)).SetDestination("d@x").SaveX(ctx)
	c.Passkey.Create().SetBusinessID(b.ID).SetStaffID(staff.ID).SetName("Key").SetCredentialHash(hash("p" + slug)).SetCredential([]byte("{}")).SaveX(ctx)
	c.RecoveryCode.Create().SetBusinessID(b.ID).SetStaffID(staff.ID).SetCodeHash(hash("c")).SaveX(ctx)
	c.APIToken.Create().SetBusinessID(b.ID).SetStaffID(staff.ID).SetName("Script").SetTokenHash(hash("a" + slug)).SetHint("abcd").
		SetPermissions([]viewer.Permission{}).SetCredEpoch(1).SetExpiresAt(now).SaveX(ctx)
	c.ProviderEvent.Create().SetProvider("resend").SetEventID(slug).SetReceivedAt(now).SaveX(ctx)
	return school{b.ID, f, g}
}

// counters has every entity. What each kind of viewer of a business sees of the two rows there are.
var counters = map[string]struct {
	count           func(context.Context, *ent.Client) (int, error)
	staff, guardian int // -1: denied
}{
	"Business":         {func(ctx context.Context, c *ent.Client) (int, error) { return c.Business.Query().Count(ctx) }, 1, 1},
	"StaffMember":      {func(ctx context.Context, c *ent.Client) (int, error) { return c.StaffMember.Query().Count(ctx) }, 1, 1},
	"Family":           {func(ctx context.Context, c *ent.Client) (int, error) { return c.Family.Query().Count(ctx) }, 1, 1},
	"FamilySearchKey":  {func(ctx context.Context, c *ent.Client) (int, error) { return c.FamilySearchKey.Query().Count(ctx) }, 1, -1},
	"Guardian":         {func(ctx context.Context, c *ent.Client) (int, error) { return c.Guardian.Query().Count(ctx) }, 1, 1},
	"Student":          {func(ctx context.Context, c *ent.Client) (int, error) { return c.Student.Query().Count(ctx) }, 1, 1},
	"ResetToken":       {func(ctx context.Context, c *ent.Client) (int, error) { return c.ResetToken.Query().Count(ctx) }, 1, -1},
	"Message":          {func(ctx context.Context, c *ent.Client) (int, error) { return c.Message.Query().Count(ctx) }, 1, -1},
	"SmsAccount":       {func(ctx context.Context, c *ent.Client) (int, error) { return c.SmsAccount.Query().Count(ctx) }, 1, -1},
	"CreditEntry":      {func(ctx context.Context, c *ent.Client) (int, error) { return c.CreditEntry.Query().Count(ctx) }, 1, -1},
	"AuditEntry":       {func(ctx context.Context, c *ent.Client) (int, error) { return c.AuditEntry.Query().Count(ctx) }, 1, -1},
	"AuditUnsealed":    {func(ctx context.Context, c *ent.Client) (int, error) { return c.AuditUnsealed.Query().Count(ctx) }, -1, -1},
	"AuditLeaf":        {func(ctx context.Context, c *ent.Client) (int, error) { return c.AuditLeaf.Query().Count(ctx) }, -1, -1},
	"AuditNode":        {func(ctx context.Context, c *ent.Client) (int, error) { return c.AuditNode.Query().Count(ctx) }, -1, -1},
	"AuditCheckpoint":  {func(ctx context.Context, c *ent.Client) (int, error) { return c.AuditCheckpoint.Query().Count(ctx) }, -1, -1},
	"AuditErasure":     {func(ctx context.Context, c *ent.Client) (int, error) { return c.AuditErasure.Query().Count(ctx) }, -1, -1},
	"Session":          {func(ctx context.Context, c *ent.Client) (int, error) { return c.Session.Query().Count(ctx) }, -1, -1},
	"IdempotencyKey":   {func(ctx context.Context, c *ent.Client) (int, error) { return c.IdempotencyKey.Query().Count(ctx) }, 1, -1},
	"ResetIntake":      {func(ctx context.Context, c *ent.Client) (int, error) { return c.ResetIntake.Query().Count(ctx) }, -1, -1},
	"BusinessPolicy":   {func(ctx context.Context, c *ent.Client) (int, error) { return c.BusinessPolicy.Query().Count(ctx) }, 1, 1},
	"PolicyVersion":    {func(ctx context.Context, c *ent.Client) (int, error) { return c.PolicyVersion.Query().Count(ctx) }, 1, 1},
	"PolicyAcceptance": {func(ctx context.Context, c *ent.Client) (int, error) { return c.PolicyAcceptance.Query().Count(ctx) }, 1, 1},
	"PolicyGap":        {func(ctx context.Context, c *ent.Client) (int, error) { return c.PolicyGap.Query().Count(ctx) }, 1, 1},
	"PolicyScan":       {func(ctx context.Context, c *ent.Client) (int, error) { return c.PolicyScan.Query().Count(ctx) }, 1, -1},
	"StaffToken":       {func(ctx context.Context, c *ent.Client) (int, error) { return c.StaffToken.Query().Count(ctx) }, -1, -1},
	"Passkey":          {func(ctx context.Context, c *ent.Client) (int, error) { return c.Passkey.Query().Count(ctx) }, -1, -1},
	"RecoveryCode":     {func(ctx context.Context, c *ent.Client) (int, error) { return c.RecoveryCode.Query().Count(ctx) }, -1, -1},
	"APIToken":         {func(ctx context.Context, c *ent.Client) (int, error) { return c.APIToken.Query().Count(ctx) }, -1, -1},
	"ProviderEvent":    {func(ctx context.Context, c *ent.Client) (int, error) { return c.ProviderEvent.Query().Count(ctx) }, -1, -1},
	"RateLimit":        {func(ctx context.Context, c *ent.Client) (int, error) { return c.RateLimit.Query().Count(ctx) }, -1, -1},
}

func TestNobodySeesAnythingAndABusinessSeesItself(t *testing.T) {
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		c := store.New(d, nil).Client
		one, two := newSchool(t, c, "one"), newSchool(t, c, "two")
		staff := viewer.With(t.Context(), viewer.Viewer{Kind: viewer.StaffMember, BusinessID: one.business, Granted: viewer.Permissions()})
		guardian := viewer.With(t.Context(), viewer.Viewer{Kind: viewer.Guardian, BusinessID: one.business, PersonID: one.guardian.ID, FamilyID: one.family.ID})
		entities := reflect.TypeFor[ent.Client]()
		for i := range entities.NumField() {
			f := entities.Field(i)
			if _, ok := counters[f.Name]; !ok && f.IsExported() && f.Name != "Schema" {
				t.Errorf("no case for %s", f.Name)
			}
		}
		for name, e := range counters {
			if _, err := e.count(t.Context(), c); !errors.Is(err, privacy.Deny) {
				t.Errorf("%s: nobody asks: %v", name, err)
			}
			for who, look := range map[string]struct {
				ctx  context.Context
				want int
			}{"staff": {staff, e.staff}, "guardian": {guardian, e.guardian}} {
				n, err := e.count(look.ctx, c)
				if look.want < 0 {
					if !errors.Is(err, privacy.Deny) {
						t.Errorf("%s: %s sees %d, %v; want a denial", name, who, n, err)
					}
				} else if err != nil || n != look.want {
					t.Errorf("%s: %s sees %d, %v; want %d", name, who, n, err, look.want)
				}
			}
		}
		// rows of the other business can't be changed or hung below, not even by id
		if n, err := c.Family.Update().SetName("Mine").Save(staff); err != nil || n != 1 {
			t.Errorf("an update of everything changed %d rows, %v", n, err)
		}
		if err := c.Family.UpdateOneID(two.family.ID).SetName("Mine").Exec(staff); !ent.IsNotFound(err) {
			t.Errorf("an update by id of another business: %v", err)
		}
		if err := c.Guardian.Create().SetBusinessID(two.business).SetFamilyID(two.family.ID).SetName("X").SetUpdatedAt(time.Now()).Exec(staff); err == nil {
			t.Error("a row was made in another business")
		}
		if err := c.Guardian.Create().SetBusinessID(one.business).SetFamilyID(two.family.ID).SetName("X").SetUpdatedAt(time.Now()).Exec(staff); !store.IsForeignKeyViolation(err) {
			t.Errorf("a guardian was hung below another business's family: %v", err)
		}
		if err := c.Guardian.Update().SetName("X").Exec(guardian); !errors.Is(err, privacy.Deny) {
			t.Errorf("a guardian changed rows: %v", err)
		}
		system := viewer.AsSystem(t.Context(), ident.ID{}, "a test")
		for name, err := range map[string]error{
			"audit entry":                            c.AuditEntry.Update().Where().Exec(system),
			"credit entry":                           c.CreditEntry.Update().Where().Exec(system),
			"an electronic acceptance by the system": c.PolicyAcceptance.Create().SetMethod(schematype.Electronic).SetAcceptedBy(one.guardian.ID).Exec(system),
			"an electronic acceptance by staff":      c.PolicyAcceptance.Create().SetMethod(schematype.Electronic).SetAcceptedBy(one.guardian.ID).SetFamilyID(one.family.ID).SetBusinessID(one.business).Exec(staff),
			"an acceptance deleted":                  c.PolicyAcceptance.DeleteOneID(ident.New()).Exec(system),
		} {
			if !errors.Is(err, privacy.Deny) {
				t.Errorf("even the system may not change an %s: %v", name, err)
			}
		}
	})
}

func TestStaffSeeWhatTheirPermissionsAreFor(t *testing.T) {
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		c := store.New(d, nil).Client
		one := newSchool(t, c, "one")
		system := viewer.AsSystem(t.Context(), one.business, "a test prepares its rows")
		c.AuditEntry.Create().SetBusinessID(one.business).SetAction("FAMILY_CREATED").SetOutcome(schematype.Succeeded).SetActorKind(schematype.ActorSystem).
			SetFamilyID(one.family.ID).SetFacts(map[string]string{}).SetDetails(nil).SetOccurredAt(time.Now()).SaveX(system)
		as := func(kind viewer.Kind, granted ...viewer.Permission) context.Context {
			return viewer.With(t.Context(), viewer.Viewer{Kind: kind, BusinessID: one.business, Granted: granted})
		}
		for _, e := range []struct {
			name string
			// what is seen by nobody in particular, and with each permission alone; -1: denied
			none, read, write, send, log, link int
		}{
			{"Family", -1, 1, 1, -1, -1, -1},
			{"Guardian", -1, 1, 1, 1, -1, -1},
			{"Student", -1, 1, 1, -1, -1, -1},
			{"AuditEntry", -1, 1, -1, -1, 2, -1},
			{"StaffMember", 1, 1, 1, 1, 1, -1},
		} {
			for who, look := range map[string]struct {
				ctx  context.Context
				want int
			}{
				"staff without permissions": {as(viewer.StaffMember), e.none},
				"FAMILIES_READ":             {as(viewer.StaffMember, viewer.FamiliesRead), e.read},
				"FAMILIES_WRITE":            {as(viewer.StaffMember, viewer.FamiliesWrite), e.write},
				"PASSWORD_RESET_SEND":       {as(viewer.StaffMember, viewer.PasswordResetSend), e.send},
				"AUDIT_READ":                {as(viewer.StaffMember, viewer.AuditRead), e.log},
				"the holder of a link":      {as(viewer.LinkHolder), e.link},
			} {
				n, err := counters[e.name].count(look.ctx, c)
				if errors.Is(err, privacy.Deny) {
					n, err = -1, nil
				}
				if err != nil || n != look.want {
					t.Errorf("%s: %s sees %d, %v; want %d", e.name, who, n, err, look.want)
				}
			}
		}
		if err := c.Business.Create().SetName("Mine").SetSlug("mine").SetTimeZone("UTC").SetCountry("US").Exec(as(viewer.StaffMember, viewer.Permissions()...)); !errors.Is(err, privacy.Deny) {
			t.Errorf("a staff member made a business: %v", err)
		}
	})
}
