package template

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const secret = "abcdefghijklmnopqrstuvwxyz"

func chicago(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func sample(t *testing.T, locale string) Data {
	t.Helper()
	zone := chicago(t)
	return Data{
		Locale: locale, BusinessName: "Sunrise Gymnastics", BusinessPhone: "(312) 555-0100", Zone: zone,
		GuardianName: "Maria Lopez", StartedBy: "Dana",
		Link:       "https://portal.example.com/r#" + secret,
		SentAt:     time.Date(2026, 3, 3, 14, 14, 0, 0, zone),
		ExpiresAt:  time.Date(2026, 3, 3, 14, 44, 0, 0, zone),
		OccurredAt: time.Date(2026, 3, 3, 14, 20, 0, 0, zone),
		PortalURL:  "https://portal.example.com/portal/sunrise",
		Entries:    "12345", RootHash: "6ZcGYPHjWvuEZS9yvMEJqbB05nNBuLcRC+mAG0fyRxM=",
		Note: "officeportal/audit\n12345\n6ZcGYPHjWvuEZS9yvMEJqbB05nNBuLcRC+mAG0fyRxM=\n\n— officeportal/audit Hk1XgQ7nqM2cN9sTzD0v+uJ5rW3yKx8ePbLf4aVoGtRhYiEmCwZjSdUqAnBO6IpFkHlXvQ==\n",
	}
}

func TestEveryMessageReadsAsAgreed(t *testing.T) {
	asked := func(d *Data) { d.StartedBy = "" }
	email := func(d *Data) { d.ChangedField = FieldEmail }
	phone := func(d *Data) { d.ChangedField = FieldPhone }
	for _, c := range []struct {
		name string
		kind Kind
		with func(*Data)
	}{
		{"reset", PasswordReset, func(*Data) {}},
		{"reset-asked", PasswordReset, asked},
		{"changed", PasswordChanged, func(*Data) {}},
		{"contact-email", ContactChanged, email},
		{"contact-phone", ContactChanged, phone},
		{"checkpoint", AuditCheckpoint, func(*Data) {}},
	} {
		for _, locale := range Locales() {
			t.Run(c.name+" in "+locale, func(t *testing.T) {
				d := sample(t, locale)
				c.with(&d)
				m, err := RenderEmail(c.kind, d)
				if err != nil {
					t.Fatal(err)
				}
				golden(t, c.name+"."+locale+".txt", "Subject: "+m.Subject+"\nPreheader: "+m.Preheader+"\n\n"+m.Text)
				golden(t, c.name+"."+locale+".html", m.HTML)
				if c.kind == PasswordChanged || c.kind == AuditCheckpoint {
					return
				}
				body, err := RenderSMS(c.kind, d)
				if err != nil {
					t.Fatal(err)
				}
				golden(t, c.name+"."+locale+".sms", body+"\n")
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (rewrite with -update):\n%s", name, diff)
	}
}

func TestTheExactWordingOfTheScreensIsKept(t *testing.T) {
	m, err := RenderEmail(PasswordReset, sample(t, "en"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "Reset your Sunrise Gymnastics Customer Portal password" {
		t.Errorf("subject %q", m.Subject)
	}
	if m.Preheader != "The link works until 2:44 PM CST today." {
		t.Errorf("preheader %q", m.Preheader)
	}
	for _, want := range []string{
		"Dana at Sunrise Gymnastics sent you this link", "Choose a new password",
		"If you didn't expect this, ignore it and your password stays the same.", "(312) 555-0100",
	} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the text lacks %q", want)
		}
	}
	sms, err := RenderSMS(PasswordReset, sample(t, "en"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "Sunrise Gymnastics: choose a new password: https://portal.example.com/r#" + secret +
		" Expires 2:44 PM. Not you? Ignore this text."; sms != want {
		t.Errorf("got  %q\nwant %q", sms, want)
	}
	sms, err = RenderSMS(PasswordReset, sample(t, "es"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "Sunrise Gymnastics: elija una contraseña nueva: https://portal.example.com/r#" + secret +
		" Vence 2:44 PM. Si no fue usted, ignore."; sms != want {
		t.Errorf("got  %q\nwant %q", sms, want)
	}
	m, err = RenderEmail(PasswordChanged, sample(t, "en"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "Your password was changed on Mar 3, 2026 at 2:20 PM CST."; !strings.Contains(m.Text, want) {
		t.Errorf("the text lacks %q", want)
	}
}

func TestBothPartsSayTheSame(t *testing.T) {
	for _, kind := range []Kind{PasswordReset, PasswordChanged, ContactChanged, AuditCheckpoint} {
		for _, locale := range Locales() {
			d := sample(t, locale)
			d.ChangedField = FieldEmail
			m, err := RenderEmail(kind, d)
			if err != nil {
				t.Fatal(err)
			}
			visible, _ := read(t, m.HTML)
			for line := range strings.Lines(m.Text) {
				if line = strings.TrimSuffix(strings.TrimSpace(line), ":"); line != "" && !strings.Contains(visible, line) {
					t.Errorf("%s in %s: the HTML part lacks %q", kind, locale, line)
				}
			}
		}
	}
}

func TestALinkWithSpecialCharactersComesOutRightInBothParts(t *testing.T) {
	link := "https://portal.example.com/r?a=1&b=2&lt=3#x&amp;y=+%20"
	d := sample(t, "en")
	d.Link = link
	m, err := RenderEmail(PasswordReset, d)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.Text, "\n"+link+"\n") {
		t.Errorf("the text part changed the link:\n%s", m.Text)
	}
	visible, hrefs := read(t, m.HTML)
	if want := []string{link, link}; !slices.Equal(hrefs, want) {
		t.Errorf("the HTML part links to %q", hrefs)
	}
	if !strings.Contains(visible, link) {
		t.Errorf("the HTML part does not show the link as text")
	}
}

func TestNamesCannotBecomeMarkupHeadersOrParagraphs(t *testing.T) {
	d := sample(t, "en")
	d.GuardianName = "Maria\r\nBcc: x@example.com <script>alert(1)</script> {link}"
	d.BusinessName = "Sun\u202erise\x00 <b>Gym</b>\n\nnastics & Co"
	d.StartedBy = "Dana\u2028{phone}"
	m, err := RenderEmail(PasswordReset, d)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(m.Subject, "\r\n\x00\u202e") || strings.ContainsAny(m.Text, "\r\x00\u202e\u2028") {
		t.Errorf("control characters got through: %q %q", m.Subject, m.Text)
	}
	for _, tag := range []string{"<script", "<b>"} {
		if strings.Contains(m.HTML, tag) {
			t.Errorf("%s got into the HTML part", tag)
		}
	}
	if !strings.HasPrefix(m.Text, "Hello Maria Bcc: x@example.com <script>alert(1)</script> {link},\n") {
		t.Errorf("the greeting is %q", m.Text[:90])
	}
}

func TestNoMessageHasImagesScriptsOrOutsideResources(t *testing.T) {
	for _, kind := range []Kind{PasswordReset, PasswordChanged, ContactChanged} {
		d := sample(t, "en")
		d.ChangedField = FieldPhone
		m, err := RenderEmail(kind, d)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<img", "<script", "src=", "url(", "<link", "@import", "background="} {
			if strings.Contains(m.HTML, bad) {
				t.Errorf("%s has %q", kind, bad)
			}
		}
		if _, hrefs := read(t, m.HTML); kind != PasswordReset && len(hrefs) != 0 {
			t.Errorf("%s has links that act: %q", kind, hrefs)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name string
		kind Kind
		with func(*Data)
		want error
	}{
		{"a link without a host is refused", PasswordReset, func(d *Data) { d.Link = "https:///r#" + secret }, ErrBadLink},
		{"a script is no link", PasswordReset, func(d *Data) { d.Link = "javascript:alert(1)//" + secret }, ErrBadLink},
		{"a link with a blank is refused", PasswordReset, func(d *Data) { d.Link = "https://a.example/ r#" + secret }, ErrBadLink},
		{"a link with a broken port is refused", PasswordReset, func(d *Data) { d.Link = "https://a.example:x/r#" + secret }, ErrBadLink},
		{"a link needs its times", PasswordReset, func(d *Data) { d.ExpiresAt = time.Time{} }, ErrMissing},
		{"a business needs a name", PasswordReset, func(d *Data) { d.BusinessName = " \n " }, ErrMissing},
		{"a change needs its time", PasswordChanged, func(d *Data) { d.OccurredAt = time.Time{} }, ErrMissing},
		{"a contact change needs its field", ContactChanged, func(d *Data) {}, ErrMissing},
		{"a checkpoint needs its note", AuditCheckpoint, func(d *Data) { d.Note = "" }, ErrMissing},
		{"an unknown message is refused", Kind("invoice"), func(d *Data) {}, ErrNoSuchMessage},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := sample(t, "en")
			c.with(&d)
			_, emailErr := RenderEmail(c.kind, d)
			_, smsErr := RenderSMS(c.kind, d)
			if !errors.Is(emailErr, c.want) {
				t.Errorf("e-mail: %v, want %v", emailErr, c.want)
			}
			if c.kind != PasswordChanged && c.kind != AuditCheckpoint && !errors.Is(smsErr, c.want) {
				t.Errorf("SMS: %v, want %v", smsErr, c.want)
			}
			for _, err := range []error{emailErr, smsErr} {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("the error holds the link: %v", err)
				}
			}
		})
	}
	if _, err := RenderSMS(PasswordChanged, sample(t, "en")); !errors.Is(err, ErrNoSuchMessage) {
		t.Errorf("a text message about a changed password: %v", err)
	}
}

func TestTheSameDataGivesTheSameBytes(t *testing.T) {
	first, err := RenderEmail(PasswordReset, sample(t, "es"))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := RenderEmail(PasswordReset, sample(t, "es"))
		if err != nil || again != first {
			t.Fatalf("another rendering differs (%v)", err)
		}
	}
}

func TestAnUnknownLanguageIsTheDefaultAndARegionItsLanguage(t *testing.T) {
	for tag, want := range map[string]string{"": "en", "fr": "en", "es-MX": "es", "ES": "es", "es_US": "es", "en-GB": "en"} {
		if got := localeOf(tag); got != want {
			t.Errorf("%q is %q, want %q", tag, got, want)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[a-zA-Z]+\}`)

func TestBothLanguagesSayEverySentenceWithTheSameFacts(t *testing.T) {
	for _, locale := range Locales() {
		for key, sentence := range catalogs[DefaultLocale] {
			other, ok := catalogs[locale][key]
			if !ok {
				t.Errorf("%s lacks %q", locale, key)
			}
			want, got := placeholder.FindAllString(sentence, -1), placeholder.FindAllString(other, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s %q has %v, want %v", locale, key, got, want)
			}
		}
		for key := range catalogs[locale] {
			if _, ok := catalogs[DefaultLocale][key]; !ok {
				t.Errorf("%s has %q, which %s lacks", locale, key, DefaultLocale)
			}
		}
		if n := len(strings.Fields(catalogs[locale]["format.months"])); n != 12 {
			t.Errorf("%s has %d months", locale, n)
		}
	}
}

// read returns the visible text of an HTML document, white space as one blank, and its links.
func read(t *testing.T, doc string) (visible string, hrefs []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" {
			b.WriteString(n.Data + " ")
		}
		for _, a := range n.Attr {
			if a.Key == "href" {
				hrefs = append(hrefs, a.Val)
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " "), hrefs
}

func TestTheButtonIsInTheColourOfTheBusiness(t *testing.T) {
	for given, want := range map[string]string{"#7a1f5c": "#7a1f5c", "": "#1d4f91", "red;background:url(//evil.example)": "#1d4f91", `#7a1f5c" onclick="x`: "#1d4f91"} {
		d := sample(t, "en")
		d.Accent = given
		mail, err := RenderEmail(PasswordReset, d)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{`bgcolor="` + want + `"`, "background-color:" + want + ";", "color:" + want + "; word-break"} {
			if !strings.Contains(mail.HTML, part) {
				t.Errorf("%q: the page lacks %s", given, part)
			}
		}
		if strings.Contains(mail.HTML, "evil") || strings.Contains(mail.HTML, "onclick") {
			t.Errorf("%q came through", given)
		}
	}
}
