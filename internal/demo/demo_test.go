package demo_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/business"
	"officeportal/ent/businesspolicy"
	"officeportal/ent/creditentry"
	"officeportal/ent/family"
	"officeportal/ent/guardian"
	"officeportal/ent/policyacceptance"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/staffmember"
	"officeportal/internal/credit"
	"officeportal/internal/demo"
	"officeportal/internal/ident"
	"officeportal/internal/identity/password"
	"officeportal/internal/keyring"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/viewer"
)

func TestDemo(t *testing.T) {
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		ring, err := keyring.Parse("0123456789abcdef0123456789abcdef")
		if err != nil {
			t.Fatal(err)
		}
		s := store.New(d, nil)
		deps := demo.Deps{Store: s, Ring: ring, Credits: credit.New(s)}
		signIns, err := demo.Demo(t.Context(), deps)
		if err != nil {
			t.Fatal(err)
		}
		ctx := viewer.AsSystem(t.Context(), ident.ID{}, "test")
		b := s.Client.Business.Query().Where(business.Slug(demo.Slug)).OnlyX(ctx)

		t.Run("everybody who can sign in has that password, and it passes the rules", func(t *testing.T) {
			if len(signIns) != 4 {
				t.Fatalf("%+v", signIns)
			}
			for _, who := range signIns {
				var stored string
				if who.Path == "/office/" {
					stored = s.Client.StaffMember.Query().Where(staffmember.Email(who.Email)).OnlyX(ctx).PasswordHash
				} else {
					g := s.Client.Guardian.Query().Where(guardian.Email(who.Email)).OnlyX(ctx)
					if stored = g.PasswordHash; !g.CanLogIn || g.LoginKey == nil || *g.LoginKey == nil {
						t.Errorf("%s can't log in", who.Name)
					}
				}
				if ok, _, err := password.Verify(ctx, stored, who.Password); !ok || err != nil {
					t.Errorf("%s: %v %v", who.Name, ok, err)
				}
				policy := password.Policy{Context: []string{b.Name, b.Slug, who.Name, who.Email}}
				if problems := password.Check(policy, who.Password); len(problems) != 0 {
					t.Errorf("%s: %v", who.Name, problems)
				}
			}
		})
		t.Run("the same are found at a later start", func(t *testing.T) {
			again, err := demo.SignIns(t.Context(), deps)
			if diff := cmp.Diff(signIns, again); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
		t.Run("families of every kind", func(t *testing.T) {
			if n := s.Client.Family.Query().CountX(ctx); n != 40 {
				t.Errorf("%d families", n)
			}
			maria := s.Client.Guardian.Query().Where(guardian.Name("Maria Lopez")).OnlyX(ctx)
			if maria.Phone != "+13125550123" || !maria.PhoneMobile || !maria.CanLogIn || maria.Locale != "en" || maria.PasswordHash != "" {
				t.Errorf("%v", maria)
			}
			for what, n := range map[string]int{
				"without login":   s.Client.Guardian.Query().Where(guardian.CanLogIn(false)).CountX(ctx),
				"without phone":   s.Client.Guardian.Query().Where(guardian.Phone("")).CountX(ctx),
				"bounced address": s.Client.Guardian.Query().Where(guardian.EmailBouncedAtNotNil()).CountX(ctx),
				"Spanish":         s.Client.Guardian.Query().Where(guardian.Locale("es")).CountX(ctx),
			} {
				if n == 0 {
					t.Errorf("no guardian %s", what)
				}
			}
		})
		t.Run("credits that the ledger explains", func(t *testing.T) {
			account := s.Client.SmsAccount.Query().OnlyX(ctx)
			line := s.Client.CreditEntry.Query().Where(creditentry.BusinessID(b.ID)).OnlyX(ctx)
			if !account.Enabled || account.Balance != 100 || line.Amount != 100 || line.BalanceAfter != 100 {
				t.Errorf("%v %v", account, line)
			}
		})
		t.Run("a history in order", func(t *testing.T) {
			entries := s.Client.AuditEntry.Query().Where(auditentry.BusinessID(b.ID)).Order(ent.Asc(auditentry.FieldID)).AllX(ctx)
			if len(entries) < 15 {
				t.Fatalf("%d entries", len(entries))
			}
			for i := 1; i < len(entries); i++ {
				if entries[i].OccurredAt.Before(entries[i-1].OccurredAt) {
					t.Errorf("%s is before %s", entries[i].Action, entries[i-1].Action)
				}
			}
			if entries[0].Action != "BUSINESS_CREATED" || time.Since(entries[0].OccurredAt) < 29*24*time.Hour {
				t.Errorf("it begins with %v", entries[0])
			}
			live := s.Client.ResetToken.Query().Where(resettoken.RedeemedAtIsNil(), resettoken.ExpiresAtGT(s.Now())).CountX(ctx)
			if all := s.Client.ResetToken.Query().CountX(ctx); all != 3 || live != 0 {
				t.Errorf("%d links, %d live", all, live)
			}
			if due := s.Client.Message.Query().CountX(ctx); due != 3 {
				t.Errorf("%d messages", due)
			}
		})
		t.Run("policies that some accepted themselves, some on paper, and some not yet", func(t *testing.T) {
			if n := s.Client.BusinessPolicy.Query().Where(businesspolicy.RecountDueAtIsNil()).CountX(ctx); n != 2 {
				t.Errorf("%d policies are counted", n)
			}
			for _, method := range []schematype.AcceptanceMethod{schematype.Electronic, schematype.Manual} {
				if n := s.Client.PolicyAcceptance.Query().Where(policyacceptance.MethodEQ(method), policyacceptance.SlotNotNil()).CountX(ctx); n < 3 {
					t.Errorf("%d are %s", n, method)
				}
			}
			if n := s.Client.PolicyAcceptance.Query().Where(policyacceptance.SupersededAtNotNil()).CountX(ctx); n != 1 {
				t.Errorf("%d forms were superseded", n)
			}
			missing := s.Client.Family.Query().Where(family.PoliciesMissing(true)).CountX(ctx)
			if missing < 10 || missing > 36 {
				t.Errorf("%d families miss something", missing)
			}
			ben := s.Client.Guardian.Query().Where(guardian.Name("Ben Carter")).WithFamily().OnlyX(ctx)
			a := s.Client.PolicyAcceptance.Query().Where(policyacceptance.AcceptedBy(ben.ID)).FirstX(ctx)
			if ben.Edges.Family.PoliciesMissing || a.PasswordOrigin != schematype.ByReset || a.PasswordResetID == nil || a.PasswordChannel != schematype.Email {
				t.Errorf("%v", a)
			}
		})
		t.Run("a second one is refused and writes nothing", func(t *testing.T) {
			before := s.Client.AuditEntry.Query().CountX(ctx)
			if _, err := demo.Demo(t.Context(), deps); !errors.Is(err, demo.ErrThere) {
				t.Errorf("%v", err)
			}
			if after := s.Client.AuditEntry.Query().CountX(ctx); after != before {
				t.Errorf("%d entries became %d", before, after)
			}
		})
	})
}
