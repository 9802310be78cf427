package passwordreset

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"officeportal/ent"
	"officeportal/ent/auditentry"
	"officeportal/ent/business"
	"officeportal/ent/resettoken"
	"officeportal/ent/schema/schematype"
	"officeportal/internal/audit"
	"officeportal/internal/contact"
	"officeportal/internal/fault"
	"officeportal/internal/ident"
	"officeportal/internal/message/template"
	"officeportal/internal/store"
	"officeportal/internal/viewer"
)

// Bounds of the settings.
const (
	maxDialCodes = 20
	maxDayCap    = 100_000
)

// The breaker: more texts than breakerSends within breakerWindow of which less than one in breakerUsed led to a new
// password is what pumping looks like. Texts to made-up numbers are paid for, and nobody uses their links.
const (
	breakerWindow = time.Hour
	breakerSends  = 50
	breakerUsed   = 20
)

// Guards is what limits text messages of a business, besides credits.
type Guards struct {
	// DialCodes are country calling codes without the plus sign.
	DialCodes []string
	// DayCap is the most texts of 24 hours; 0 for none.
	DayCap int
	// PausedAt is when the breaker stopped texts; nil while it has not.
	PausedAt *time.Time
}

// GuardsInput is what a staff member sets.
type GuardsInput struct {
	// DialCodes may have a plus sign and come twice; none means the one of the business's country.
	DialCodes []string
	DayCap    int
}

// SMSPreview is a text message as a guardian gets it. Length and Limit count GSM-7 septets.
type SMSPreview struct {
	Locale, Text  string
	Length, Limit int
}

// dialCodes are the country calling codes that texts of the business go to.
func dialCodes(list, country string) []string {
	if list == "" {
		return []string{strconv.Itoa(contact.DialCode(country))}
	}
	return strings.Split(list, ",")
}

// mayText reports whether texts go to the country of the number.
func mayText(b viewer.Business, e164 string) bool {
	phone, err := contact.ParsePhone(e164, b.Country)
	return err == nil && slices.Contains(dialCodes(b.SMSDialCodes, b.Country), strconv.Itoa(phone.CallingCode))
}

// Guards returns what limits text messages of the viewer's business. Staff may call it.
func (s *Service) Guards(ctx context.Context) (Guards, error) {
	b, err := s.Store.Client.Business.Query().Where(business.ID(viewer.From(ctx).BusinessID)).Only(store.WithFresh(ctx))
	if err != nil {
		return Guards{}, err
	}
	return Guards{DialCodes: dialCodes(b.SmsDialCodes, b.Country), DayCap: b.SmsDayCap, PausedAt: b.SmsPausedAt}, nil
}

// SetGuards sets them. Staff with SETTINGS_MANAGE may call it; it refuses with Forbidden and with Invalid for the
// input. Asking for what is so already writes nothing.
func (s *Service) SetGuards(ctx context.Context, in GuardsInput) error {
	if err := maySet(ctx); err != nil {
		return err
	}
	codes, ok := tidyCodes(in.DialCodes)
	var wrong []fault.Field
	if !ok {
		wrong = append(wrong, fault.At(fault.Invalid, "dialCodes", "error.dialCodes", "max", maxDialCodes))
	}
	if in.DayCap < 0 || in.DayCap > maxDayCap {
		wrong = append(wrong, fault.At(fault.Invalid, "dayCap", "error.dayCap"))
	}
	if err := fault.Refuse(wrong...); err != nil {
		return err
	}
	v := viewer.From(ctx)
	if own := []string{strconv.Itoa(contact.DialCode(v.Business.Country))}; slices.Equal(codes, own) {
		codes = nil // follows the country of the business
	}
	list := strings.Join(codes, ",")
	// Safe to run again in doubt: a second run finds what the first left and writes nothing.
	return s.Store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		b, err := tx.Business.Query().Where(business.ID(v.BusinessID)).Only(ctx)
		if err != nil {
			return err
		}
		before, after := dialCodes(b.SmsDialCodes, b.Country), dialCodes(list, b.Country)
		var details []schematype.Detail
		if !slices.Equal(before, after) {
			details = append(details, schematype.Detail{Key: "dialCodes", Before: plus(before), After: plus(after)})
		}
		if b.SmsDayCap != in.DayCap {
			details = append(details, schematype.Detail{Key: "dayCap", Before: strconv.Itoa(b.SmsDayCap), After: strconv.Itoa(in.DayCap)})
		}
		if details == nil {
			return nil
		}
		if err := tx.Business.Update().Where(business.ID(v.BusinessID)).SetSmsDialCodes(list).SetSmsDayCap(in.DayCap).Exec(ctx); err != nil {
			return err
		}
		_, err = audit.Record(ctx, tx, audit.Entry{Action: audit.SMSGuardsChanged, Facts: map[string]string{}, Details: details})
		return err
	})
}

func plus(codes []string) string { return "+" + strings.Join(codes, ", +") }

// tidyCodes returns known calling codes in numerical order, each once.
func tidyCodes(given []string) ([]string, bool) {
	if len(given) > maxDialCodes {
		return nil, false
	}
	var numbers []int
	for _, code := range given {
		n, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(code), "+"))
		if err != nil || !contact.IsDialCode(n) {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var out []string
	for _, n := range slices.Compact(numbers) {
		out = append(out, strconv.Itoa(n))
	}
	return out, true
}

// ResumeSMS lets texts be sent again after the breaker stopped them; what was sent before counts no more. Staff with
// SETTINGS_MANAGE may call it, others get Forbidden. Where nothing is paused it writes nothing.
func (s *Service) ResumeSMS(ctx context.Context) error {
	if err := maySet(ctx); err != nil {
		return err
	}
	v := viewer.From(ctx)
	return s.Store.WithKeyedTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Business.Update().Where(business.ID(v.BusinessID), business.SmsPausedAtNotNil()).ClearSmsPausedAt().Save(ctx)
		if err != nil || n == 0 {
			return err
		}
		_, err = audit.Record(ctx, tx, audit.Entry{Action: audit.SMSResumed, Facts: map[string]string{}})
		return err
	})
}

// trip pauses texts of the business when the last hour looks like pumping. The worker calls it when it takes a text,
// which still leaves: nobody who presses a button waits for the counting.
func (s *Service) trip(ctx context.Context, tx *store.Tx, id ident.ID) error {
	ctx = viewer.AsSystem(ctx, id, "whoever sends a text need not be able to read the Audit Log or change settings")
	since := tx.Now.Add(-breakerWindow)
	suspicious, sent, used, err := looksLikePumping(ctx, tx, id, since)
	if err != nil || !suspicious {
		return err
	}
	resumed, err := tx.AuditEntry.Query().
		Where(auditentry.BusinessID(id), auditentry.Action(string(audit.SMSResumed)), auditentry.IDGTE(ident.At(since))).
		Order(ent.Desc(auditentry.FieldID)).First(ctx)
	switch {
	case err == nil: // somebody looked and found it in order
		if suspicious, sent, used, err = looksLikePumping(ctx, tx, id, resumed.OccurredAt); err != nil || !suspicious {
			return err
		}
	case !ent.IsNotFound(err):
		return err
	}
	n, err := tx.Business.Update().Where(business.ID(id), business.SmsPausedAtIsNil()).SetSmsPausedAt(tx.Now).Save(ctx)
	if err != nil || n == 0 {
		return err
	}
	_, err = audit.Record(ctx, tx, audit.Entry{Action: audit.SMSPaused, Business: id,
		Facts: map[string]string{"count": strconv.Itoa(sent), "used": strconv.Itoa(used)}})
	return err
}

func looksLikePumping(ctx context.Context, tx *store.Tx, id ident.ID, since time.Time) (yes bool, sent, used int, err error) {
	texts := func() *ent.ResetTokenQuery {
		return tx.ResetToken.Query().Where(resettoken.BusinessID(id), resettoken.ChannelEQ(schematype.SMS),
			resettoken.IDGTE(ident.At(since)), resettoken.CreatedAtGT(since))
	}
	if sent, err = texts().Count(ctx); err != nil || sent <= breakerSends {
		return false, sent, 0, err
	}
	used, err = texts().Where(resettoken.RedeemedAtNotNil()).Count(ctx)
	return used*breakerUsed < sent, sent, used, err
}

// SMSTexts returns the text messages of the viewer's business with a reset link, in every language, or why they don't
// fit: a key of the message catalog. Staff may call it.
func (s *Service) SMSTexts(ctx context.Context) (previews []SMSPreview, problem string, args map[string]any) {
	name := viewer.From(ctx).Business.Name
	if err := template.CheckSMSFits(name, s.PublicURL); err != nil {
		problem, args = WhySMSDoesNotFit(err)
		return nil, problem, args
	}
	for _, locale := range template.Locales() {
		text, err := template.PreviewSMS(name, s.PublicURL, locale)
		if err != nil {
			problem, args = WhySMSDoesNotFit(err)
			return nil, problem, args
		}
		length, _ := template.Septets(text)
		previews = append(previews, SMSPreview{Locale: locale, Text: text, Length: length, Limit: template.SegmentSeptets})
	}
	return previews, "", nil
}

// WhySMSDoesNotFit explains an error of template.CheckSMSFits by a key of the message catalog.
func WhySMSDoesNotFit(err error) (key string, args map[string]any) {
	var fit *template.FitError
	if errors.As(err, &fit) && !fit.NotGSM {
		return "sms.linkTooLong", map[string]any{"length": fit.Septets, "max": fit.Max}
	}
	return "sms.linkNotGSM", nil
}

func maySet(ctx context.Context) error {
	if viewer.From(ctx).Can(viewer.SettingsManage) {
		return nil
	}
	return fault.New(fault.Forbidden, "credit.forbidden")
}
