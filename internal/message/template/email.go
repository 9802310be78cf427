package template

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"regexp"
	"strings"
)

// Email is a finished e-mail but for its addresses.
type Email struct {
	// Subject is one line without control characters.
	Subject string
	// Preheader is what mail programs show beside the subject in a list; HTML holds it, hidden.
	Preheader string
	// Text and HTML are the two parts; they say the same, in the same order.
	Text, HTML string
}

// block is one piece of an e-mail. Both parts are made from the same blocks, so they can't say
// different things.
type block struct {
	Text   string // a paragraph
	Strong bool   // the paragraph is the point of the message
	Small  bool   // the paragraph is about the message
	Lines  string // stays as it is, line by line
	Button string // what the button says; Link is then where it leads
	Hint   string // said before the link as text
	Link   string
}

//go:embed email.gohtml
var emailHTML string

var emailTemplate = template.Must(template.New("email").Parse(emailHTML))

// RenderEmail writes the e-mail of that kind. The error is one of this package's; it wraps nothing
// that names the guardian or holds the link.
func RenderEmail(kind Kind, d Data) (Email, error) {
	if err := d.check(kind); err != nil {
		return Email{}, err
	}
	say := d.speaker()
	var subject, preheader string
	var body []block
	switch kind {
	case PasswordReset:
		subject, preheader, body = reset(say, d)
	case GuardianInvited:
		subject, preheader, body = invited(say, d)
	case PasswordChanged:
		subject, preheader, body = changed(say, d)
	case ContactChanged:
		subject, preheader, body = contact(say, d)
	case CreditsLow:
		subject, preheader, body = creditsLow(say, d)
	case AuditCheckpoint:
		subject, preheader, body = auditCheckpoint(say, d)
	case StaffInvited, StaffReset, StaffPasswordChanged, StaffSecondFactor:
		subject, preheader, body = toStaff(kind, say, d)
	default:
		return Email{}, ErrNoSuchMessage
	}
	greeting := "greeting"
	if say.facts["guardian"] == "" {
		greeting = "greeting.nobody"
	}
	body = append([]block{{Text: say.say(greeting)}}, body...)
	body = append(body, block{Text: say.say("footer"), Small: true})

	page, err := asHTML(say.locale, clean(d.BusinessName), d.accent(), subject, preheader, body)
	if err != nil {
		return Email{}, err
	}
	return Email{Subject: subject, Preheader: preheader, Text: asText(body), HTML: page}, nil
}

// ownAccent is the colour of the product.
const ownAccent = "#1d4f91"

var accentForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

func (d Data) accent() string {
	if accentForm.MatchString(d.Accent) {
		return d.Accent
	}
	return ownAccent
}

// speaker gathers the facts that are the same in every message.
func (d Data) speaker() speaker {
	return speaker{locale: localeOf(d.Locale), facts: facts{
		"business": clean(d.BusinessName),
		"phone":    clean(d.BusinessPhone),
		"guardian": clean(d.GuardianName),
		"staff":    clean(d.StartedBy),
		"portal":   clean(d.PortalURL),
	}}
}

// orNoPhone picks the variant of a sentence for a business that has given no phone number.
func (s speaker) orNoPhone(key string) string {
	if s.facts["phone"] == "" {
		key += ".noPhone"
	}
	return s.say(key)
}

func reset(s speaker, d Data) (subject, preheader string, body []block) {
	sent, expires := d.in(d.SentAt), d.in(d.ExpiresAt)
	s.facts["clock"] = clock(s.locale, expires)
	s.facts["date"] = date(s.locale, expires)
	preheader = s.say("reset.preheader")
	if !sameDay(sent, expires) {
		// Sent shortly before midnight: "today" would be the wrong day for whoever reads it after.
		preheader = s.say("reset.preheader.otherDay")
	}
	started := "reset.startedBy"
	if s.facts["staff"] == "" {
		started = "reset.asked"
	}
	return s.say("reset.subject"), preheader, []block{
		{Text: s.say(started)},
		{Text: s.say("reset.purpose")},
		{Button: s.say("reset.button"), Hint: s.say("reset.linkText"), Link: d.Link},
		{Text: preheader, Strong: true},
		{Text: s.say("reset.unexpected")},
		{Text: s.orNoPhone("questions")},
	}
}

func invited(s speaker, d Data) (subject, preheader string, body []block) {
	expires := d.in(d.ExpiresAt)
	s.facts["clock"] = clock(s.locale, expires)
	s.facts["date"] = date(s.locale, expires)
	started := "invited.startedBy"
	if s.facts["staff"] == "" {
		started = "invited.started"
	}
	return s.say("invited.subject"), s.say("invited.preheader"), []block{
		{Text: s.say(started)},
		{Text: s.say("invited.purpose")},
		{Button: s.say("invited.button"), Hint: s.say("reset.linkText"), Link: d.Link},
		{Text: s.say("invited.preheader"), Strong: true},
		{Text: s.say("invited.unexpected")},
		{Text: s.orNoPhone("questions")},
	}
}

func changed(s speaker, d Data) (subject, preheader string, body []block) {
	s.facts["moment"] = moment(s.locale, d.in(d.OccurredAt))
	body = []block{
		{Text: s.say("changed.fact"), Strong: true},
		{Text: s.say("changed.sessions")},
		{Text: s.orNoPhone("changed.notYou")},
	}
	if s.facts["portal"] != "" {
		body = append(body, block{Text: s.say("changed.portal")})
	}
	return s.say("changed.subject"), s.say("changed.preheader"), body
}

func contact(s speaker, d Data) (subject, preheader string, body []block) {
	s.facts["moment"] = moment(s.locale, d.in(d.OccurredAt))
	key := "contact." + string(d.ChangedField)
	return s.say(key + ".subject"), s.say("contact.preheader"), []block{
		{Text: s.say(key + ".fact"), Strong: true},
		{Text: s.say("contact.effect")},
		{Text: s.orNoPhone("contact.notYou")},
	}
}

func creditsLow(s speaker, d Data) (subject, preheader string, body []block) {
	s.facts["credits"] = clean(d.Credits)
	body = []block{
		{Text: s.say("low.fact"), Strong: true},
		{Text: s.say("low.effect")},
	}
	if s.facts["portal"] != "" {
		body = append(body, block{Text: s.say("low.where")})
	}
	return s.say("low.subject"), s.say("low.effect"), body
}

func auditCheckpoint(s speaker, d Data) (subject, preheader string, body []block) {
	s.facts["moment"] = moment(s.locale, d.in(d.OccurredAt))
	s.facts["date"] = date(s.locale, d.in(d.OccurredAt))
	s.facts["entries"] = clean(d.Entries)
	body = []block{
		{Text: s.say("checkpoint.fact"), Strong: true},
		{Text: s.say("checkpoint.keep")},
		{Text: s.say("checkpoint.entries")},
		{Text: s.say("checkpoint.root")},
		{Lines: clean(d.RootHash)},
		{Text: s.say("checkpoint.note")},
		{Lines: strings.TrimSpace(d.Note)},
		{Text: s.say("checkpoint.compare")},
		{Lines: "officeportal audit verify --checkpoint checkpoint.txt"},
	}
	if s.facts["portal"] != "" {
		body = append(body, block{Text: s.say("checkpoint.why"), Small: true})
	}
	return s.say("checkpoint.subject"), s.say("checkpoint.keep"), body
}

// asText joins the blocks with empty lines. A link stands alone on its line: mail programs that make
// links clickable take a full stop or a bracket behind it for a part of it.
func asText(body []block) string {
	var parts []string
	for _, b := range body {
		switch {
		case b.Link != "":
			parts = append(parts, b.Button+":\n"+b.Link)
		case b.Lines != "":
			parts = append(parts, b.Lines)
		default:
			parts = append(parts, b.Text)
		}
	}
	return strings.Join(parts, "\n\n") + "\n"
}

func asHTML(locale, business, accent, subject, preheader string, body []block) (string, error) {
	var out bytes.Buffer
	err := emailTemplate.Execute(&out, map[string]any{
		"Locale": locale, "Business": business, "Accent": accent, "Subject": subject, "Preheader": preheader, "Body": body,
	})
	if err != nil {
		return "", fmt.Errorf("template: the HTML part does not render") // err could quote the data
	}
	return out.String(), nil
}
