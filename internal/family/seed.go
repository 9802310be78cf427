package family

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"officeportal/ent"
	"officeportal/ent/staffmember"
	"officeportal/internal/contact"
	"officeportal/internal/ident"
	"officeportal/internal/search"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Seeded data lies in these three years, so that whatever happens later is newer.
var (
	seedFrom = time.Date(2023, 1, 1, 6, 0, 0, 0, time.UTC)
	seedTo   = time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC)
)

// Rows of one transaction: large enough that commits cost nothing, small enough for the write set of a cluster.
const (
	seedFamiliesPerTx = 2500
	seedEntriesPerTx  = 20_000
)

// ErrSeeded says that the business holds data of this seed already.
var ErrSeeded = errors.New("the business already has data of this seed; choose another one")

// SeedOptions say how much demo data to make.
type SeedOptions struct {
	Families, AuditEntries int
	// Seed decides what the data is: the same business slug, options, keys and staff give the same rows,
	// identifiers and times included.
	Seed uint64
	// Progress, if set, is called now and then with the rows of families and of the Audit Log made so far.
	Progress func(families, entries int)
}

// Seed fills the business with made-up families and audit entries of any number. Addresses and numbers are
// from ranges that belong to nobody. It is for the command line: there is no permission for it. What was
// committed before an error stays. The error is ErrSeeded when the seed was used before.
func (s *Service) Seed(ctx context.Context, b *ent.Business, o SeedOptions) error {
	ctx = viewer.AsSystem(ctx, b.ID, "demo data is made from the command line")
	defer s.totals.forget(b.ID)
	staff, err := s.Store.Client.StaffMember.Query().Where(staffmember.BusinessID(b.ID)).
		Order(ent.Asc(staffmember.FieldName, staffmember.FieldID)).All(ctx)
	if err != nil {
		return err
	}
	g := &seeder{service: s, business: b.ID, slug: b.Slug, o: o, staff: staff}
	for first := 0; first < o.Families; first += seedFamiliesPerTx {
		last := min(first+seedFamiliesPerTx, o.Families)
		if err := s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error { return g.families(ctx, tx, first, last) }); err != nil {
			return seedError(err)
		}
		g.report(last, 0)
	}
	for first := 0; first < o.AuditEntries; first += seedEntriesPerTx {
		last := min(first+seedEntriesPerTx, o.AuditEntries)
		if err := s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error { return g.entries(ctx, tx, first, last) }); err != nil {
			return seedError(err)
		}
		g.report(o.Families, last)
	}
	s.refreshStatistics(ctx)
	return s.Store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error { return s.policies().Recount(ctx, tx, b.ID) })
}

func seedError(err error) error {
	if store.IsUniqueViolation(err) {
		return ErrSeeded
	}
	return err
}

type seeder struct {
	service  *Service
	business ident.ID
	slug     string
	o        SeedOptions
	staff    []*ent.StaffMember
}

func (g *seeder) report(families, entries int) {
	if g.o.Progress != nil {
		g.o.Progress(families, entries)
	}
}

// Kinds of seeded rows, for their identifiers.
const (
	seedFamily = iota
	seedGuardian
	seedStudent
	seedKey
	seedEntry
)

// id derives the identifier of part of a row: the time as in any other, the rest from a hash instead of
// chance. The slug keeps two businesses of one database apart.
func (g *seeder) id(at time.Time, kind, row, part int) ident.ID {
	var raw [32]byte
	binary.BigEndian.PutUint64(raw[0:], g.o.Seed)
	binary.BigEndian.PutUint64(raw[8:], uint64(kind))
	binary.BigEndian.PutUint64(raw[16:], uint64(row))
	binary.BigEndian.PutUint64(raw[24:], uint64(part))
	sum := sha256.Sum256(append(raw[:], g.slug...))
	id := ident.At(at)
	copy(id[6:], sum[:])
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80 // version 7 and variant of RFC 9562
	return id
}

func (g *seeder) random(kind, row int) *rand.Rand {
	return rand.New(rand.NewPCG(g.o.Seed, uint64(kind)<<56|uint64(row)))
}

// when spreads n rows over the three years.
func when(row, n int) time.Time {
	return seedFrom.Add(time.Duration(float64(seedTo.Sub(seedFrom)) / float64(n) * float64(row))).Truncate(time.Microsecond)
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// seedPerson is a guardian as families and audit entries both need it.
type seedPerson struct {
	id             ident.ID
	name, relation string
	email          contact.Email
	phone, locale  string
	canLogIn       bool
}

// seedHousehold is a function of the seed and the row alone.
type seedHousehold struct {
	id        ident.ID
	at        time.Time
	name      string
	guardians []seedPerson
	students  []string
	born      []string
}

func (g *seeder) household(row int) seedHousehold {
	r := g.random(seedFamily, row)
	surname := pick(r, seedSurnames)
	h := seedHousehold{at: when(row, g.o.Families), name: surname.name}
	h.id = g.id(h.at, seedFamily, row, 0)
	for part := range 1 + r.IntN(3) {
		given, last := pick(r, seedGiven), surname
		if part > 0 && r.IntN(4) == 0 {
			last = pick(r, seedSurnames)
		}
		p := seedPerson{id: g.id(h.at, seedGuardian, row, part), name: given.name + " " + last.name,
			relation: pick(r, seedRelations), locale: "en"}
		if r.IntN(5) == 0 {
			p.locale = "es"
		}
		if r.IntN(25) > 0 {
			address := fmt.Sprintf("%s.%s%d@s%d.example.com", given.ascii, last.ascii, row*4+part, g.o.Seed)
			p.email = contact.Email{Address: address, Canonical: address}
			p.canLogIn = r.IntN(8) > 0
		}
		if r.IntN(20) > 0 {
			p.phone = fmt.Sprintf("+1%d5550%d", pick(r, seedAreas), 100+r.IntN(100))
		}
		h.guardians = append(h.guardians, p)
	}
	for range 1 + r.IntN(3) {
		h.students = append(h.students, pick(r, seedGiven).name+" "+surname.name)
		h.born = append(h.born, fmt.Sprintf("%d-%02d-%02d", 2008+r.IntN(15), 1+r.IntN(12), 1+r.IntN(28)))
	}
	return h
}

func (g *seeder) families(ctx context.Context, tx *store.Tx, first, last int) error {
	families := newRows(tx, "families", "id", "business_id", "name", "name_key", "version", "archived", "any_can_log_in", "created_at", "updated_at")
	guardians := newRows(tx, "guardians", "id", "business_id", "family_id", "name", "relation", "email", "email_key", "phone", "phone_mobile",
		"locale", "can_log_in", "login_key", "archived", "family_archived", "version", "password_hash", "cred_epoch", "created_at", "updated_at")
	students := newRows(tx, "students", "id", "business_id", "family_id", "name", "birth_date", "archived", "version", "created_at", "updated_at")
	keys := newRows(tx, "family_search_keys", "id", "business_id", "family_id", "key", "stem", "name_key", "archived", "marks")
	for row := first; row < last; row++ {
		h := g.household(row)
		names, emails, phones := []string{h.name}, []string{}, []string{}
		anyLogin := false
		for _, p := range h.guardians {
			names, emails, phones = append(names, p.name), append(emails, p.email.Address), append(phones, p.phone)
			anyLogin = anyLogin || p.canLogIn
		}
		names = append(names, h.students...)
		families.add(h.id, g.business, h.name, search.SortKey(h.name), 1, false, anyLogin, h.at, h.at)
		for _, p := range h.guardians {
			var emailKey, loginKey any
			if key := p.email.Key(g.service.Ring); key != nil {
				emailKey = key
				if p.canLogIn {
					loginKey = key
				}
			}
			guardians.add(p.id, g.business, h.id, p.name, p.relation, p.email.Address, emailKey, p.phone, p.phone != "",
				p.locale, p.canLogIn, loginKey, false, false, 1, "", 1, h.at, h.at)
		}
		for part, name := range h.students {
			students.add(g.id(h.at, seedStudent, row, part), g.business, h.id, name, h.born[part], false, 1, h.at, h.at)
		}
		words := search.Keys(names, emails, phones)
		marks := marksOf(words)
		for part, key := range words {
			keys.add(g.id(h.at, seedKey, row, part), g.business, h.id, key, stem(key), search.SortKey(h.name), false, marks)
		}
	}
	// Rows of one index range one after the other: the pages of a large index are then read once, not
	// once per family.
	keys.sortBy(3)
	for _, r := range []*rows{families, guardians, students, keys} {
		if err := r.insert(ctx); err != nil {
			return err
		}
	}
	return nil
}
