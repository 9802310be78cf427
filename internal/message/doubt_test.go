package message_test

import (
	"testing"

	"officeportal/ent/schema/schematype"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/dbtest/cutproxy"
)

func TestACommitInDoubtNeitherLosesAMessageNorSendsOrChargesItTwice(t *testing.T) {
	const taking, outcome = "`first_sent_at` = '", "`accepted_at` = '" // what only that transaction sets
	for _, c := range []struct {
		name, text string
		where      cutproxy.Where
	}{
		{"the taking was not kept", taking, cutproxy.Before},
		{"the taking was kept", taking, cutproxy.After},
		{"the outcome was not kept", outcome, cutproxy.Before},
		{"the outcome was kept", outcome, cutproxy.After},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, channel := range []schematype.Channel{schematype.SMS, schematype.Email} {
				target := dbtest.MySQL(t)
				dbtest.OpenMigrated(t, target)
				p, target := cutproxy.New(t, target)
				s := newSchool(t, dbtest.Open(t, target))
				id := s.reset(channel)
				cut := p.CutCommit(c.text, c.where)
				s.work()
				select {
				case <-cut:
				default:
					t.Fatal("nothing was cut")
				}
				want, balance := schematype.CreditCaptured, 9
				if channel == schematype.Email {
					want, balance = schematype.NoCredit, 10
				}
				s.is(id, schematype.Accepted, schematype.DeliverySent, "", want)
				if s.post.count() != 1 || s.balance() != balance || s.message(id).Attempt != 1 {
					t.Errorf("%s: sent %d times in %d attempts, %d credits left", channel, s.post.count(), s.message(id).Attempt, s.balance())
				}
				if got := s.told(); got != "SENT" {
					t.Errorf("told %q", got)
				}
				s.check()
			}
		})
	}
}
