package secondfactor

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"officeportal/ent"
	"officeportal/ent/passkey"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/store"
)

// MaxPasskeys is how many one staff member may have.
const MaxPasskeys = 20

// person is a staff member as the WebAuthn library wants one.
type person struct {
	m           *ent.StaffMember
	credentials []webauthn.Credential
}

// WebAuthnID implements webauthn.User.
func (p person) WebAuthnID() []byte { return p.m.ID[:] }

// WebAuthnName implements webauthn.User.
func (p person) WebAuthnName() string { return p.m.Email }

// WebAuthnDisplayName implements webauthn.User.
func (p person) WebAuthnDisplayName() string { return p.m.Name }

// WebAuthnCredentials implements webauthn.User.
func (p person) WebAuthnCredentials() []webauthn.Credential { return p.credentials }

func (m *self) person() (person, error) {
	p := person{m: m.staff}
	for _, k := range m.passkeys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Credential, &c); err != nil {
			return p, err
		}
		p.credentials = append(p.credentials, c)
	}
	return p, nil
}

// noDomain is why there are no passkeys on this machine.
func noDomain() error { return fault.New(fault.Invalid, "secondFactor.noDomain") }

// StartPasskey returns the options for making a passkey, as JSON for the browser. It refuses with Invalid where the
// Office Portal is reached by an IP address, and with LimitReached.
func (s *Service) StartPasskey(ctx context.Context) (string, error) {
	m, system, err := s.settingUp(ctx)
	if err != nil {
		return "", err
	}
	if s.web == nil {
		return "", s.refused(system, m, audit.SecondFactorChanged, noDomain())
	}
	if len(m.passkeys) >= MaxPasskeys {
		return "", s.refused(system, m, audit.SecondFactorChanged, fault.New(fault.LimitReached, "secondFactor.tooMany"))
	}
	p, err := m.person()
	if err != nil {
		return "", err
	}
	options, data, err := s.web.BeginRegistration(p, webauthn.WithExclusions(webauthn.Credentials(p.credentials).CredentialDescriptors()))
	if err != nil {
		return "", err
	}
	return s.offer(system, m, addPasskey, options.Response, data)
}

// StartAssertion returns the options for using a passkey, as JSON for the browser. It refuses with Invalid where
// there is none.
func (s *Service) StartAssertion(ctx context.Context) (string, error) {
	m, system, err := s.whoAsks(ctx)
	if err != nil {
		return "", err
	}
	if s.web == nil {
		return "", s.refused(system, m, audit.SecondFactorFailed, noDomain())
	}
	if len(m.passkeys) == 0 {
		return "", s.refused(system, m, audit.SecondFactorFailed, fault.New(fault.Invalid, "secondFactor.noPasskey"))
	}
	p, err := m.person()
	if err != nil {
		return "", err
	}
	options, data, err := s.web.BeginLogin(p)
	if err != nil {
		return "", err
	}
	return s.offer(system, m, assertion, options.Response, data)
}

func (s *Service) offer(ctx context.Context, m *self, kind string, options any, data *webauthn.SessionData) (string, error) {
	raw, err := json.Marshal(options)
	if err != nil {
		return "", err
	}
	return string(raw), s.begin(ctx, m, ceremony{Kind: kind, WebAuthn: data})
}

// AddPasskey takes the passkey that the browser made. It refuses with Required and Invalid.
func (s *Service) AddPasskey(ctx context.Context, name, credential string) (Added, error) {
	m, system, err := s.settingUp(ctx)
	if err != nil {
		return Added{}, err
	}
	name, wrong := keyName(name)
	if wrong != nil {
		return Added{}, s.refused(system, m, audit.SecondFactorChanged, fault.Refuse(wrong...))
	}
	c, err := s.ceremony(m, addPasskey)
	if err == nil && s.web == nil {
		err = noDomain()
	}
	if err != nil {
		return Added{}, s.refused(system, m, audit.SecondFactorChanged, err)
	}
	p, err := m.person()
	if err != nil {
		return Added{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(credential))
	var made *webauthn.Credential
	if err == nil {
		made, err = s.web.CreateCredential(p, *c.WebAuthn, parsed)
	}
	if err != nil { // the library's words are for developers; ours are for people
		return Added{}, s.refused(system, m, audit.SecondFactorChanged, fault.Refuse(fault.At(fault.Invalid, "credential", "secondFactor.passkeyRefused")))
	}
	made.Attestation = webauthn.CredentialAttestation{} // nothing is asked of the maker, so nothing of it is kept
	raw, err := json.Marshal(made)
	if err != nil {
		return Added{}, err
	}
	hash := sha256.Sum256(made.ID)
	return s.add(system, m, "PASSKEY_ADDED", func(ctx context.Context, tx *store.Tx) error {
		n, err := m.still(tx).AddSecondFailures(0).Save(ctx)
		if err == nil && n != 1 {
			err = unauthenticated()
		}
		if err != nil {
			return err
		}
		err = tx.Passkey.Create().SetBusinessID(m.staff.BusinessID).SetStaffID(m.staff.ID).SetName(name).SetCredentialHash(hash[:]).
			SetCredential(raw).SetCreatedAt(tx.Now).Exec(ctx)
		if store.IsUniqueViolation(err) {
			return fault.Refuse(fault.At(fault.AlreadyTaken, "credential", "secondFactor.passkeyTaken"))
		}
		return err
	})
}

func keyName(raw string) (string, []fault.Field) {
	name, err := contact.ParseName(raw, 60)
	var long contact.TooLongError
	switch {
	case err == nil:
		return name, nil
	case errors.Is(err, contact.ErrNameEmpty):
		return "", []fault.Field{fault.At(fault.Required, "name", "error.required")}
	case errors.As(err, &long):
		return "", []fault.Field{fault.At(fault.Invalid, "name", "error.tooLong", "max", 60)}
	default:
		return "", []fault.Field{fault.At(fault.Invalid, "name", "family.characters")}
	}
}

// takePasskey checks an assertion in the caller's transaction. The challenge is used up whatever comes of it, and
// a signature counter that did not rise (a copied key) is refused (WebAuthn Level 3, §6.1.1).
func (s *Service) takePasskey(ctx context.Context, tx *store.Tx, m *self, credential string) (verdict, error) {
	c, err := s.ceremony(m, assertion)
	if err != nil {
		return wrong, err
	}
	if err := m.spend(ctx, tx); err != nil {
		return wrong, err
	}
	// one assertion of a staff member after the other, so that each sees the counter the last one left
	if n, err := m.still(tx).AddSecondFailures(0).Save(ctx); err != nil {
		return wrong, err
	} else if n != 1 {
		return wrong, unauthenticated()
	}
	now := *m
	now.passkeys, err = tx.Passkey.Query().Where(passkey.BusinessID(m.staff.BusinessID), passkey.StaffID(m.staff.ID)).
		Order(ent.Asc(passkey.FieldID)).All(ctx)
	if err != nil {
		return wrong, err
	}
	p, err := now.person()
	if err != nil {
		return wrong, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(credential))
	if err != nil || s.web == nil {
		return wrong, nil
	}
	used, err := s.web.ValidateLogin(p, *c.WebAuthn, parsed)
	if err != nil || used.Authenticator.CloneWarning {
		return wrong, nil
	}
	raw, err := json.Marshal(used)
	if err != nil {
		return wrong, err
	}
	hash := sha256.Sum256(used.ID)
	n, err := tx.Passkey.Update().
		Where(passkey.BusinessID(m.staff.BusinessID), passkey.StaffID(m.staff.ID), passkey.CredentialHash(hash[:])).
		SetCredential(raw).SetLastUsedAt(tx.Now).Save(ctx)
	if err != nil || n != 1 {
		return wrong, err
	}
	return right, nil
}
