package checkpointmail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/message"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/audit/checkpointmail"
	"officeportal/internal/audit/seal"
	"officeportal/internal/ident"
	"officeportal/internal/keyring"
	"officeportal/internal/store"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/store/sqlcount"
	"officeportal/internal/viewer"
)

// school is a business in Chicago, where it is 2 in the afternoon of March 3.
type school struct {
	*testing.T
	store  *store.Store
	log    *seal.Log
	daily  *checkpointmail.Service
	mu     sync.Mutex
	now    time.Time
	system context.Context
	id     ident.ID
}

func (s *school) clock() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now }

func (s *school) at(local string) {
	s.Helper()
	zone, err := time.LoadLocation("America/Chicago")
	s.must(err)
	now, err := time.ParseInLocation("2006-01-02 15:04", local, zone)
	s.must(err)
	s.mu.Lock()
	s.now = now.UTC()
	s.mu.Unlock()
}

func (s *school) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func each(t *testing.T, f func(s *school)) {
	t.Helper()
	dbtest.EachMigrated(t, func(t *testing.T, d *store.Driver) {
		ring, err := keyring.Parse("0123456789abcdef0123456789abcdef")
		if err != nil {
			t.Fatal(err)
		}
		s := &school{T: t, system: viewer.AsSystem(t.Context(), ident.ID{}, "a test looks at all rows")}
		s.at("2026-03-03 14:00")
		s.store = store.New(d, s.clock)
		audit.SignWith(s.store.Client, ring)
		s.log = seal.New(s.store, ring, nil)
		s.daily = &checkpointmail.Service{Store: s.store, Log: s.log, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
		s.id = s.business("sunrise", "America/Chicago")
		f(s)
	})
}

func (s *school) business(slug, zone string) ident.ID {
	s.Helper()
	b, err := s.store.Client.Business.Create().SetName(slug).SetSlug(slug).SetTimeZone(zone).SetCountry("US").Save(s.system)
	s.must(err)
	return b.ID
}

func (s *school) member(email string, owner, active bool) *ent.StaffMember {
	s.Helper()
	m, err := s.store.Client.StaffMember.Create().SetBusinessID(s.id).SetName("Olive Owner").SetEmail(email).
		SetEmailKey(append([]byte(email), make([]byte, 32)...)[:32]).SetPermissions(viewer.Permissions()).
		SetOwner(owner).SetActive(active).SetLocale("es").Save(s.system)
	s.must(err)
	return m
}

// happens writes an entry of the business and has it sealed.
func (s *school) happens(in ident.ID) {
	s.Helper()
	s.must(s.store.WithTx(s.system, func(ctx context.Context, tx *store.Tx) error {
		_, err := audit.Record(ctx, tx, audit.Entry{Action: audit.SignIn, Business: in})
		return err
	}))
	_, err := s.log.Once(s.system)
	s.must(err)
}

// look looks once, and returns how many businesses it queued mails for.
func (s *school) look() int {
	s.Helper()
	n, err := s.daily.Once(s.system)
	s.must(err)
	_, err = s.log.Once(s.system)
	s.must(err)
	return n
}

func (s *school) mails() []*ent.Message {
	s.Helper()
	out, err := s.store.Client.Message.Query().Where(message.KindEQ(schematype.AuditCheckpoint)).Order(ent.Asc(message.FieldID)).All(s.system)
	s.must(err)
	return out
}

func (s *school) entries() []*ent.AuditEntry {
	s.Helper()
	out, err := s.store.Client.AuditEntry.Query().Where(auditentry.Action(string(audit.CheckpointSent))).Order(ent.Asc(auditentry.FieldID)).All(s.system)
	s.must(err)
	return out
}

func TestOwnersGetTheCheckpointOncePerDayOnWhichSomethingHappened(t *testing.T) {
	each(t, func(s *school) {
		olive := s.member("olive@example.com", true, true)
		s.member("left@example.com", true, false)
		s.member("clerk@example.com", false, true)
		s.happens(s.id)
		if n := s.look(); n != 0 || len(s.mails()) != 0 {
			s.Fatalf("a business that is new got %d mails", len(s.mails()))
		}
		s.at("2026-03-04 05:59")
		if n := s.look(); n != 0 {
			s.Error("mailed before six in the morning")
		}
		s.at("2026-03-04 06:00")
		if n := s.look(); n != 1 {
			s.Fatalf("%d businesses were mailed", n)
		}
		mails := s.mails()
		if len(mails) != 1 || *mails[0].StaffID != olive.ID || mails[0].Destination != "olive@example.com" || mails[0].Locale != "es" || mails[0].BusinessID != s.id {
			s.Fatalf("mails: %v", mails)
		}
		tree, err := s.log.Open(mails[0].Params["note"])
		s.must(err)
		told := s.entries()
		if len(told) != 1 || told[0].BusinessID != s.id || told[0].ActorKind != schematype.ActorSystem || told[0].Facts["entries"] != "1" {
			s.Fatalf("entries: %v", told)
		}
		want := []schematype.Detail{{Key: "size", After: "1"}, {Key: "rootHash", After: tree.Hash.String()}, {Key: "owners", After: "1"}}
		if diff := cmp.Diff(want, told[0].Details); diff != "" || tree.N != 1 {
			s.Error(diff)
		}
		s.happens(s.id)
		for _, later := range []string{"2026-03-04 06:01", "2026-03-04 23:59", "2026-03-05 05:59"} {
			s.at(later)
			if n := s.look(); n != 0 {
				s.Errorf("mailed again at %s", later)
			}
		}
		s.at("2026-03-05 09:00") // nobody ran at six
		if n := s.look(); n != 1 || len(s.mails()) != 2 {
			s.Errorf("the next day: %d mails", len(s.mails()))
		}
		s.at("2026-03-06 07:00") // nothing happened but that mail
		if n := s.look(); n != 0 || len(s.mails()) != 2 || len(s.entries()) != 2 {
			s.Errorf("after a day on which nothing happened: %d mails", len(s.mails()))
		}
		s.happens(s.id)
		s.at("2026-03-09 07:00") // clocks went forward the night before
		if n := s.look(); n != 1 {
			s.Error("after days without anybody: no mail")
		}
		b, err := s.store.Client.Business.Get(s.system, s.id)
		s.must(err)
		if want := time.Date(2026, 3, 10, 11, 0, 0, 0, time.UTC); !b.CheckpointDueAt.Equal(want) || b.Version != 1 {
			s.Errorf("the next is due at %v, want %v", b.CheckpointDueAt, want)
		}
	})
}

func TestOfManyProcessesOneMailsAndEachBusinessHasItsOwnMorning(t *testing.T) {
	each(t, func(s *school) {
		s.member("olive@example.com", true, true)
		s.member("owen@example.com", true, true)
		sunrise := s.id
		tokyo := s.business("tokyo", "Asia/Tokyo")
		s.id = tokyo
		s.member("toshi@example.com", true, true)
		silent, off := s.business("silent", "America/Chicago"), s.business("off", "America/Chicago")
		for _, b := range []ident.ID{silent, off} {
			s.id = b
			s.member(b.String()+"@example.com", true, true)
		}
		s.must(s.store.Client.Business.UpdateOneID(off).SetCheckpointMail(false).Exec(s.system))
		for _, b := range []ident.ID{sunrise, tokyo, off} {
			s.happens(b)
		}
		s.look()
		s.at("2026-03-04 06:30")
		var all sync.WaitGroup
		var mu sync.Mutex
		sum := 0
		begin := make(chan struct{})
		for range 8 {
			process := *s.daily
			all.Go(func() {
				<-begin
				n, err := process.Once(s.system)
				mu.Lock()
				defer mu.Unlock()
				sum += n
				if err != nil {
					s.Error(err)
				}
			})
		}
		close(begin)
		all.Wait()
		if sum != 1 || len(s.mails()) != 2 || len(s.entries()) != 1 || s.entries()[0].BusinessID != sunrise {
			s.Errorf("%d times mailed, %d mails, %d entries", sum, len(s.mails()), len(s.entries()))
		}
		s.at("2026-03-04 14:59")
		if n := s.look(); n != 0 {
			s.Error("mailed before six in the morning of Tokyo")
		}
		s.at("2026-03-04 15:00")
		if n := s.look(); n != 1 || len(s.mails()) != 3 || s.mails()[2].BusinessID != tokyo {
			s.Errorf("%d businesses were mailed: %v", n, s.mails())
		}
	})
}

func TestTheMorningOfManySchoolsIsSpread(t *testing.T) {
	each(t, func(s *school) {
		for i := range 33 {
			s.id = s.business(fmt.Sprint("school-", i), "America/Chicago")
			s.member(fmt.Sprint("owner", i, "@example.com"), true, true)
			s.happens(s.id)
		}
		s.look()
		s.at("2026-03-04 06:00")
		// the school of every test is due as well, and has nobody to mail to
		if first, second := s.look(), s.look(); first < 29 || first > 30 || first+second != 33 {
			s.Errorf("two looks mailed %d and %d schools", first, second)
		}
		if n := len(s.mails()); n != 33 {
			s.Errorf("%d mails", n)
		}
	})
}

func TestNothingIsMailedThatTheAuditLogCanNotTellOf(t *testing.T) {
	each(t, func(s *school) {
		s.member("olive@example.com", true, true)
		s.happens(s.id)
		s.look()
		s.at("2026-03-04 07:00")
		broken := errors.New("no entry")
		s.store.Client.AuditEntry.Use(func(next ent.Mutator) ent.Mutator {
			return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
				if broken != nil {
					return nil, broken
				}
				return next.Mutate(ctx, m)
			})
		})
		if _, err := s.daily.Once(s.system); !errors.Is(err, broken) || len(s.mails()) != 0 {
			s.Errorf("%v, %d mails", err, len(s.mails()))
		}
		broken = nil
		if n := s.look(); n != 1 || len(s.mails()) != 1 {
			s.Errorf("afterwards %d mails", len(s.mails()))
		}
	})
}

func TestLookingReadsNoTableAsAWhole(t *testing.T) {
	each(t, func(s *school) {
		s.member("olive@example.com", true, true)
		var many []*ent.BusinessCreate
		for range 300 {
			id := ident.New()
			many = append(many, s.store.Client.Business.Create().SetID(id).SetName("Other").SetSlug(id.String()).SetTimeZone("UTC").SetCountry("US").SetCheckpointDueAt(s.clock().AddDate(1, 0, 0)))
		}
		s.must(s.store.Client.Business.CreateBulk(many...).Exec(s.system))
		for range 300 {
			s.must(s.store.WithTx(s.system, func(ctx context.Context, tx *store.Tx) error {
				_, err := audit.Record(ctx, tx, audit.Entry{Action: audit.SignIn, Business: s.id})
				return err
			}))
		}
		s.happens(s.id)
		s.look()
		s.at("2026-03-04 06:00")
		rec, stop := sqlcount.Attach(s.store.Driver)
		if n, err := s.daily.Once(s.system); n != 1 || err != nil {
			s.Fatalf("%d, %v", n, err)
		}
		stop()
		for _, statement := range rec.Statements() {
			plan, err := sqlcount.Explain(s.system, s.store.Driver, statement)
			s.must(err)
			if len(plan.Scans) > 0 && !strings.Contains(statement.Text, "FROM `staff_members`") { // of one row
				s.Errorf("%v\n%s\n%s", plan.Scans, statement.Text, plan.Text)
			}
		}
		if n := rec.Count(); n > 12 {
			s.Errorf("%d statements:\n%s", n, rec)
		}
	})
}
