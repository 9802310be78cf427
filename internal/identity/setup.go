package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/ent/schema/schematype"
	"officeportal/ent/staffmember"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/ident"
	"officeportal/internal/identity/password"
	"officeportal/internal/keyring"
	"officeportal/internal/mailbox"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Accounts makes the row that holds the SMS credits of a new business.
type Accounts interface {
	CreateFor(ctx context.Context, tx *store.Tx, business ident.ID, enabled bool) error
}

// BusinessInput describes a new business.
type BusinessInput struct {
	// Slug is 2 to 64 lower-case letters, digits and hyphens: it is part of the portal's address.
	Slug, Name string
	// TimeZone is an IANA name, Country an ISO 3166-1 alpha-2 code.
	TimeZone, Country string
	// Phone may be written nationally; it may be empty.
	Phone      string
	SMSEnabled bool
}

// StaffInput describes a new staff member.
type StaffInput struct {
	// Business is the slug.
	Business, Email, Name string
	Permissions           []viewer.Permission
	Owner                 bool
	// Password is the staff member's own: guardians' passwords are never set by anybody else.
	Password string
}

// CreateBusiness makes a business. It is for whoever runs the machine, from a shell.
func (s *Service) CreateBusiness(ctx context.Context, accounts Accounts, in BusinessInput) (*ent.Business, error) {
	name, nameErr := contact.ParseName(in.Name, 120)
	in.Name, in.Country = name, strings.ToUpper(in.Country)
	switch {
	case !contact.IsSlug(in.Slug):
		return nil, fmt.Errorf("the slug needs 2 to 64 lower-case letters, digits and hyphens, not %q", in.Slug)
	case nameErr != nil:
		return nil, fmt.Errorf("the name needs 1 to 120 characters: %w", nameErr)
	case !contact.KnownCountry(in.Country):
		return nil, fmt.Errorf("%q is not a country code, such as US", in.Country)
	}
	if _, err := time.LoadLocation(in.TimeZone); err != nil || in.TimeZone == "" || in.TimeZone == "Local" {
		return nil, fmt.Errorf("%q is not a time zone, such as America/Chicago", in.TimeZone)
	}
	phone := ""
	if in.Phone != "" {
		p, err := contact.ParsePhone(in.Phone, in.Country)
		if err != nil {
			return nil, fmt.Errorf("phone: %w", err)
		}
		phone = p.E164
	}
	var made *ent.Business
	ctx = viewer.AsSystem(ctx, ident.ID{}, "a business is made from the command line")
	err := s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = tx.Business.Create().SetName(in.Name).SetSlug(in.Slug).SetTimeZone(in.TimeZone).SetCountry(in.Country).
			SetPhone(phone).SetCreatedAt(tx.Now).Save(ctx)
		if store.IsUniqueViolation(err) {
			return fmt.Errorf("there is a business %q already", in.Slug)
		}
		if err != nil {
			return err
		}
		if err := accounts.CreateFor(ctx, tx, made.ID, in.SMSEnabled); err != nil {
			return err
		}
		_, err = audit.Record(ctx, tx, audit.Entry{Action: audit.BusinessCreated, Business: made.ID,
			Facts: map[string]string{"business": made.Name}})
		return err
	})
	return made, err
}

// CreateStaff makes a staff member with a password. It is for whoever runs the machine, from a shell, for
// the first one of a business.
func (s *Service) CreateStaff(ctx context.Context, in StaffInput) (*ent.StaffMember, error) {
	email, err := contact.ParseEmail(in.Email)
	if err != nil {
		return nil, err
	}
	if in.Name, err = contact.ParseName(in.Name, 120); err != nil {
		return nil, fmt.Errorf("the name needs 1 to 120 characters: %w", err)
	}
	for _, p := range in.Permissions {
		if !slices.Contains(viewer.Permissions(), p) {
			return nil, fmt.Errorf("%q is not a permission", p)
		}
	}
	ctx = viewer.AsSystem(ctx, ident.ID{}, "a staff member is made from the command line")
	b, err := s.store.Client.Business.Query().Where(business.Slug(in.Business)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fmt.Errorf("there is no business %q", in.Business)
	}
	if err != nil {
		return nil, err
	}
	policy := password.Policy{Context: []string{b.Name, b.Slug, in.Name, email.Address}}
	for _, p := range password.Check(policy, in.Password) {
		switch p.Kind {
		case password.TooShort:
			return nil, fmt.Errorf("the password needs at least %d characters; this has %d", p.Need, p.Has)
		case password.TooCommon:
			return nil, fmt.Errorf("the password is on a list of known passwords; choose another")
		default:
			return nil, fmt.Errorf("the password must be plain text of at most %d bytes", password.MaxBytes)
		}
	}
	hash, err := password.Hash(ctx, in.Password)
	if err != nil {
		return nil, err
	}
	permissions := in.Permissions
	if permissions == nil {
		permissions = []viewer.Permission{}
	}
	var made *ent.StaffMember
	err = s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		free, err := EmailIsFree(ctx, s.store, tx, s.ring, email)
		if err != nil {
			return err
		}
		if !free {
			return errEmailTaken
		}
		made, err = tx.StaffMember.Create().SetBusinessID(b.ID).SetName(in.Name).SetEmail(email.Address).
			SetEmailKey(email.Key(s.ring)).SetPasswordHash(hash).
			SetPermissions(permissions).SetOwner(in.Owner).SetLocale(b.Locale).SetCreatedAt(tx.Now).Save(ctx)
		if store.IsUniqueViolation(err) {
			return errEmailTaken
		}
		if err != nil {
			return err
		}
		after := "everything (owner)"
		if !in.Owner {
			after = fmt.Sprint(permissions)
		}
		_, err = audit.Record(ctx, tx, audit.Entry{Action: audit.StaffCreated, Business: b.ID, SubjectType: audit.SubjectStaff, Subject: made.ID,
			Facts: map[string]string{"staff": made.Name}, Details: []schematype.Detail{{Key: "permissions", After: after}}})
		return err
	})
	return made, err
}

var errEmailTaken = errors.New("a staff member with this email exists already")

// EmailIsFree reports whether no staff member of any business has the address, in the caller's transaction as its
// first statements. The index over keyed hashes decides in the end; while root keys are replaced this is what sees
// that two of them are the same address's. The viewer must be the system or may see nothing.
func EmailIsFree(ctx context.Context, s *store.Store, tx *store.Tx, ring *keyring.Ring, email contact.Email) (bool, error) {
	older := email.Keys(ring)[1:]
	if len(older) == 0 {
		return true, nil
	}
	if err := mailbox.Claim(ctx, s, tx, ring, ident.ID{}); err != nil {
		return false, err
	}
	taken, err := tx.StaffMember.Query().Where(staffmember.EmailKeyIn(older...)).
		Exist(viewer.AsSystem(ctx, ident.ID{}, "an address is unique over all businesses"))
	return !taken, err
}
