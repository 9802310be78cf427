package identity

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"officeportal/ent"
	"officeportal/ent/business"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/identity/password"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// UpdateBusinessInput changes the settings of the viewer's business. What is nil stays as it is.
type UpdateBusinessInput struct {
	Version int
	// Name has 1 to 120 characters. Phone and OfficeEmail may be empty. TimeZone is an IANA name.
	Name, Phone, OfficeEmail, TimeZone *string
	// PasswordMinLength is 8 to 64 characters, SMSLinkMinutes 10 to 30.
	PasswordMinLength, SMSLinkMinutes *int
	// SecondStaffForChangedContact and SecondFactorRequired are rules for staff.
	SecondStaffForChangedContact, SecondFactorRequired *bool
	// CheckpointMail sends owners the checkpoint of the Audit Log every day.
	CheckpointMail *bool
	// Accent is #rrggbb, or empty for the product's own colour.
	Accent *string
}

// UpdateBusiness changes the settings of the viewer's business and returns them as they are then. Staff with
// SETTINGS_MANAGE may call it. It refuses with Forbidden, StaleVersion, with Required and Invalid for the input, and
// with ReauthenticationRequired when it changes what is asked of staff who sign in. A change that changes nothing
// is none.
func (s *Service) UpdateBusiness(ctx context.Context, in UpdateBusinessInput) (*ent.Business, error) {
	v := viewer.From(ctx)
	if !v.Can(viewer.SettingsManage) {
		return nil, fault.New(fault.Forbidden, "business.forbidden")
	}
	var after *ent.Business
	err := s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		before, err := tx.Business.Query().Where(business.ID(v.BusinessID)).Only(ctx)
		if err != nil {
			return err
		}
		if before.Version != in.Version {
			return stale(before.Version)
		}
		c := settingsChange{country: before.Country}
		c.read(before, in)
		if err := fault.Refuse(c.wrong...); err != nil {
			return err
		}
		if in.SecondFactorRequired != nil && *in.SecondFactorRequired != before.SecondFactorRequired {
			if err := RequireProof(ctx, tx.Now); err != nil {
				return err
			}
		}
		if len(c.details) == 0 {
			after = before.Unwrap()
			return nil
		}
		u := tx.Business.Update().Where(business.ID(v.BusinessID), business.Version(in.Version)).AddVersion(1)
		for _, set := range c.sets {
			set(u)
		}
		n, err := u.Save(ctx)
		if err != nil {
			return err
		}
		if n != 1 {
			return stale(before.Version + 1)
		}
		if _, err := audit.Record(ctx, tx, audit.Entry{Action: audit.BusinessChanged, Facts: map[string]string{"business": before.Name}, Details: c.details}); err != nil {
			return err
		}
		after, err = tx.Business.Query().Where(business.ID(v.BusinessID)).Only(ctx)
		if err == nil {
			after = after.Unwrap()
		}
		return err
	})
	if refusal := fault.As(err); refusal != nil && len(refusal.Fields) > 0 {
		recordErr := s.store.WithTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := audit.Record(ctx, tx, audit.Entry{Action: audit.BusinessChanged, Outcome: schematype.WasRefused,
				Facts: map[string]string{"business": v.Business.Name, "reason": string(refusal.Fields[0].Code)}})
			return err
		})
		if recordErr != nil {
			return nil, recordErr
		}
	}
	return after, err
}

func stale(version int) error {
	return fault.Refuse(fault.Field{Code: fault.StaleVersion, Text: "error.staleSomebody", Version: version})
}

// settingsChange gathers what an input changes, and everything that is wrong with it.
type settingsChange struct {
	country string
	wrong   []fault.Field
	details []schematype.Detail
	sets    []func(*ent.BusinessUpdate)
}

func (c *settingsChange) refuse(code fault.Code, field, text string, args ...any) {
	c.wrong = append(c.wrong, fault.At(code, field, text, args...))
}

func (c *settingsChange) change(key, before, after string, set func(*ent.BusinessUpdate)) {
	if before != after {
		c.details = append(c.details, schematype.Detail{Key: key, Before: before, After: after})
		c.sets = append(c.sets, set)
	}
}

func (c *settingsChange) read(b *ent.Business, in UpdateBusinessInput) {
	if in.Name != nil {
		name := c.name(*in.Name)
		c.change("name", b.Name, name, func(u *ent.BusinessUpdate) { u.SetName(name) })
	}
	if in.Phone != nil {
		p, err := contact.ParsePhone(*in.Phone, c.country)
		if err != nil && !errors.Is(err, contact.ErrPhoneEmpty) {
			c.refuse(fault.Invalid, "phone", "error.phoneInvalid")
		}
		c.change("phone", b.Phone, p.E164, func(u *ent.BusinessUpdate) { u.SetPhone(p.E164) })
	}
	if in.OfficeEmail != nil {
		e, err := contact.ParseEmail(*in.OfficeEmail)
		if err != nil && !errors.Is(err, contact.ErrEmailEmpty) {
			c.refuse(fault.Invalid, "officeEmail", "error.emailInvalid")
		}
		c.change("officeEmail", b.OfficeEmail, e.Address, func(u *ent.BusinessUpdate) { u.SetOfficeEmail(e.Address) })
	}
	if in.TimeZone != nil {
		zone := strings.TrimSpace(*in.TimeZone)
		if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
			c.refuse(fault.Invalid, "timeZone", "business.timeZone")
		}
		c.change("timeZone", b.TimeZone, zone, func(u *ent.BusinessUpdate) { u.SetTimeZone(zone) })
	}
	c.number("passwordMinLength", in.PasswordMinLength, b.PasswordMinLength, password.LowestMinLength, password.HighestMinLength,
		(*ent.BusinessUpdate).SetPasswordMinLength)
	c.number("smsLinkMinutes", in.SMSLinkMinutes, b.SmsLinkMinutes, 10, 30, (*ent.BusinessUpdate).SetSmsLinkMinutes)
	c.flag("secondStaffForChangedContact", in.SecondStaffForChangedContact, b.SecondStaffForChangedContact,
		(*ent.BusinessUpdate).SetSecondStaffForChangedContact)
	c.flag("secondFactorRequired", in.SecondFactorRequired, b.SecondFactorRequired, (*ent.BusinessUpdate).SetSecondFactorRequired)
	c.flag("checkpointMail", in.CheckpointMail, b.CheckpointMail, (*ent.BusinessUpdate).SetCheckpointMail)
	if in.Accent != nil {
		accent := strings.ToLower(strings.TrimSpace(*in.Accent))
		switch ratio, ok := contrastWithWhite(accent); {
		case accent == "":
		case !ok:
			c.refuse(fault.Invalid, "accent", "business.accentForm")
		case ratio < minContrast:
			c.refuse(fault.Invalid, "accent", "business.accentContrast", "ratio", strconv.FormatFloat(ratio, 'f', 1, 64))
		}
		c.change("accent", b.Accent, accent, func(u *ent.BusinessUpdate) { u.SetAccent(accent) })
	}
}

func (c *settingsChange) name(raw string) string {
	name, err := contact.ParseName(raw, 120)
	var long contact.TooLongError
	switch {
	case errors.Is(err, contact.ErrNameEmpty):
		c.refuse(fault.Required, "name", "error.required")
	case errors.As(err, &long):
		c.refuse(fault.Invalid, "name", "error.tooLong", "max", 120)
	case err != nil:
		c.refuse(fault.Invalid, "name", "family.characters")
	}
	return name
}

func (c *settingsChange) number(field string, in *int, before, least, most int, set func(*ent.BusinessUpdate, int) *ent.BusinessUpdate) {
	if in == nil {
		return
	}
	if *in < least || *in > most {
		c.refuse(fault.Invalid, field, "business.range", "least", least, "most", most)
	}
	c.change(field, strconv.Itoa(before), strconv.Itoa(*in), func(u *ent.BusinessUpdate) { set(u, *in) })
}

func (c *settingsChange) flag(field string, in *bool, before bool, set func(*ent.BusinessUpdate, bool) *ent.BusinessUpdate) {
	if in == nil {
		return
	}
	word := map[bool]string{true: "yes", false: "no"}
	c.change(field, word[before], word[*in], func(u *ent.BusinessUpdate) { set(u, *in) })
}
