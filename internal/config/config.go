// Package config reads the settings: one struct, filled from flags and from environment variables,
// validated as a whole before anything is opened.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// Prefix begins the name of every environment variable of the product.
const Prefix = "OFFICEPORTAL_"

// Settings are all settings of one process.
type Settings struct {
	Listen    string
	OpsListen string
	// PublicURL is the only origin ever put into a link, without a slash at the end.
	PublicURL   string
	DatabaseURL string
	// SecretKey is the root of all derived keys; several, newest first.
	SecretKey string

	Email               string
	EmailFrom           string
	ResendAPIKey        string
	ResendURL           string
	ResendWebhookSecret string

	SMS                   string
	SMSOriginator         string
	MessageBirdAccessKey  string
	MessageBirdURL        string
	MessageBirdSigningKey string
	BirdAccessKey         string
	BirdURL               string
	BirdWebhookSecret     string

	// Demo is "on", "off" or "auto": on when the database is new and SQLite.
	Demo string
	// TrustedProxies are the addresses and networks whose X-Forwarded-For is believed.
	TrustedProxies []string
	LogFormat      string
	// Scans is "database" or the directory in which scanned forms are kept.
	Scans string
	// Traces is off or the URL that traces are sent to (OTLP over HTTP).
	Traces string
	// DrainTime is how long it goes on serving after it was told to stop, while /readyz says that it drains.
	DrainTime time.Duration
	drain     string
	// Documents is "trusted", or "any" where nobody but this machine uses the portals: documents of their own from
	// everybody, for those who develop screens.
	Documents string
	// SecurityContact is where people who find a hole may write, a mailto: or https: address; empty for nowhere.
	SecurityContact string
	// AuditCheckpointFile is where the newest checkpoint of the Audit Log is kept; empty for nowhere.
	AuditCheckpointFile string
}

// Setting describes one setting: its flag is Name with dashes, its environment variable Prefix + Name.
type Setting struct {
	Name    string
	Default string
	Help    string
	// Secret settings may also come from a file named by the variable with _FILE added, and are never printed.
	Secret bool
	field  func(*Settings) *string
}

// All lists the settings in the order they are documented.
func All() []Setting {
	return []Setting{
		{"LISTEN", "127.0.0.1:8080", "address of the portals, /graphql and /hooks", false, func(s *Settings) *string { return &s.Listen }},
		{"OPS_LISTEN", "127.0.0.1:8081", "address of /healthz, /readyz and /metrics", false, func(s *Settings) *string { return &s.OpsListen }},
		{"PUBLIC_URL", "http://localhost:8080", "the only origin ever put into a link", false, func(s *Settings) *string { return &s.PublicURL }},
		{"DATABASE_URL", "sqlite:data/officeportal.db", "sqlite:FILE or mysql://user:password@host:3306/name, several host:port separated by commas", true, func(s *Settings) *string { return &s.DatabaseURL }},
		{"SECRET_KEY", "", "root of all derived keys, at least 32 characters; several separated by commas, newest first; made on first start with SQLite, required with MySQL", true, func(s *Settings) *string { return &s.SecretKey }},
		{"EMAIL", "dev", "dev or resend", false, func(s *Settings) *string { return &s.Email }},
		{"EMAIL_FROM", "", "sender address of emails, without a name", false, func(s *Settings) *string { return &s.EmailFrom }},
		{"RESEND_API_KEY", "", "key that may send", true, func(s *Settings) *string { return &s.ResendAPIKey }},
		{"RESEND_URL", "https://api.resend.com/", "API base", false, func(s *Settings) *string { return &s.ResendURL }},
		{"RESEND_WEBHOOK_SECRET", "", "signing secret of delivery reports", true, func(s *Settings) *string { return &s.ResendWebhookSecret }},
		{"SMS", "dev", "dev, messagebird or bird", false, func(s *Settings) *string { return &s.SMS }},
		{"SMS_ORIGINATOR", "", "sender of text messages, a number or up to 11 letters", false, func(s *Settings) *string { return &s.SMSOriginator }},
		{"MESSAGEBIRD_ACCESS_KEY", "", "key that may send", true, func(s *Settings) *string { return &s.MessageBirdAccessKey }},
		{"MESSAGEBIRD_URL", "https://rest.messagebird.com", "API base", false, func(s *Settings) *string { return &s.MessageBirdURL }},
		{"MESSAGEBIRD_SIGNING_KEY", "", "signing key of delivery reports", true, func(s *Settings) *string { return &s.MessageBirdSigningKey }},
		{"BIRD_ACCESS_KEY", "", "key that may send", true, func(s *Settings) *string { return &s.BirdAccessKey }},
		{"BIRD_URL", "", "API base; empty: that of the region in the key", false, func(s *Settings) *string { return &s.BirdURL }},
		{"BIRD_WEBHOOK_SECRET", "", "signing secret of delivery reports", true, func(s *Settings) *string { return &s.BirdWebhookSecret }},
		{"DEMO", "auto", "on, off or auto: a demo business in a new SQLite database", false, func(s *Settings) *string { return &s.Demo }},
		{"TRUSTED_PROXIES", "", "networks whose X-Forwarded-For is believed, separated by commas", false, nil},
		{"SCANS", "database", "where scanned forms of manual acceptances are kept: database, or a directory that all processes share", false, func(s *Settings) *string { return &s.Scans }},
		{"AUDIT_CHECKPOINT_FILE", "", "file in which the newest checkpoint of the Audit Log is kept, best on another machine's disk", false, func(s *Settings) *string { return &s.AuditCheckpointFile }},
		{"DRAIN_TIME", "0s", "how long it goes on serving after it was told to stop while /readyz says so, up to 5m: longer than the proxy in front takes to notice", false, func(s *Settings) *string { return &s.drain }},
		{"DOCUMENTS", "trusted", "trusted: GraphQL documents other than the portals' own need API_EXPLORE or an API token; any: for developing screens, on localhost only", false, func(s *Settings) *string { return &s.Documents }},
		{"SECURITY_CONTACT", "", "mailto: or https: address for people who find a security hole, told at /.well-known/security.txt", false, func(s *Settings) *string { return &s.SecurityContact }},
		{"TRACES", "off", "off, or the URL of a collector that takes OpenTelemetry traces over HTTP, such as http://localhost:4318", false, func(s *Settings) *string { return &s.Traces }},
		{"LOG_FORMAT", "text", "text or json", false, func(s *Settings) *string { return &s.LogFormat }},
	}
}

// Flag returns the name of the command-line flag.
func (s Setting) Flag() string { return strings.ToLower(strings.ReplaceAll(s.Name, "_", "-")) }

// Variable returns the name of the environment variable.
func (s Setting) Variable() string { return Prefix + s.Name }

// Load reads the settings from the environment (as os.Environ gives it) and from the flags that were
// given, which win. All mistakes are reported together, one a line, never with a secret in them.
func Load(environ []string, flags map[string]string) (Settings, error) {
	var out Settings
	var wrong []error
	values := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if rest, ok := strings.CutPrefix(name, Prefix); ok {
			values[rest] = value
		}
	}
	for _, s := range All() {
		value, given := values[s.Name]
		delete(values, s.Name)
		if file, ok := values[s.Name+"_FILE"]; ok && s.Secret {
			delete(values, s.Name+"_FILE")
			if given {
				wrong = append(wrong, fmt.Errorf("%s and %s_FILE are both set", s.Variable(), s.Variable()))
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("%s_FILE: %w", s.Variable(), err))
			}
			value, given = strings.TrimRight(string(raw), "\r\n"), true
		}
		if flag, ok := flags[s.Flag()]; ok {
			value, given = flag, true
		}
		if !given {
			value = s.Default
		}
		if s.field != nil {
			*s.field(&out) = value
		} else if err := out.setProxies(value); err != nil {
			wrong = append(wrong, err)
		}
	}
	unknown := make([]string, 0, len(values))
	for name := range values {
		unknown = append(unknown, Prefix+name)
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		wrong = append(wrong, fmt.Errorf("%s is not a setting", name))
	}
	out.PublicURL = strings.TrimRight(out.PublicURL, "/")
	return out, errors.Join(append(wrong, out.check()...)...)
}

func (s *Settings) setProxies(value string) error {
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		_, prefixErr := netip.ParsePrefix(part)
		_, addrErr := netip.ParseAddr(part)
		if prefixErr != nil && addrErr != nil {
			return fmt.Errorf("%sTRUSTED_PROXIES: %q is not a network", Prefix, part)
		}
		s.TrustedProxies = append(s.TrustedProxies, part)
	}
	return nil
}

func (s *Settings) check() []error {
	var wrong []error
	bad := func(name, why string) { wrong = append(wrong, fmt.Errorf("%s%s %s", Prefix, name, why)) }
	oneOf := func(name, value string, allowed ...string) {
		if !slices.Contains(allowed, value) {
			bad(name, "must be "+strings.Join(allowed, " or "))
		}
	}
	for name, addr := range map[string]string{"LISTEN": s.Listen, "OPS_LISTEN": s.OpsListen} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			bad(name, fmt.Sprintf("must be host:port, not %q", addr))
		}
	}
	u, err := url.Parse(s.PublicURL)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		bad("PUBLIC_URL", "must be an origin, such as https://portal.example.com")
	case u.Scheme == "http" && !isLocal(u):
		bad("PUBLIC_URL", "must begin with https:// unless it is on localhost: passwords and links would travel for everybody to read, and browsers take no session")
	}
	oneOf("EMAIL", s.Email, "dev", "resend")
	oneOf("SMS", s.SMS, "dev", "messagebird", "bird")
	oneOf("DEMO", s.Demo, "on", "off", "auto")
	if s.Scans == "" {
		bad("SCANS", "must be database or a directory")
	}
	if s.DrainTime, err = time.ParseDuration(s.drain); err != nil || s.DrainTime < 0 || s.DrainTime > 5*time.Minute {
		bad("DRAIN_TIME", "must be a time from 0s to 5m, such as 10s")
	}
	oneOf("DOCUMENTS", s.Documents, "trusted", "any")
	if s.Documents == "any" && !s.PublicIsLocal() {
		bad("DOCUMENTS", "can be any on localhost only")
	}
	if c, err := url.Parse(s.SecurityContact); s.SecurityContact != "" && (err != nil || strings.ContainsAny(s.SecurityContact, " \r\n") ||
		!(c.Scheme == "mailto" && strings.Contains(c.Opaque, "@") || c.Scheme == "https" && c.Host != "")) {
		bad("SECURITY_CONTACT", "must begin with mailto: or https://")
	}
	if t, err := url.Parse(s.Traces); s.Traces != "off" && (err != nil || t.Host == "" || t.Scheme != "https" && t.Scheme != "http" || t.User != nil || t.RawQuery != "") {
		bad("TRACES", "must be off or the URL of a collector, such as http://localhost:4318")
	}
	oneOf("LOG_FORMAT", s.LogFormat, "text", "json")
	if a, err := mail.ParseAddress(s.EmailFrom); s.EmailFrom != "" && (err != nil || a.Address != s.EmailFrom) {
		bad("EMAIL_FROM", "must be an address alone, such as office@example.com: the name shown is that of the business")
	}
	need := func(when, name, value string) {
		if value == "" {
			bad(name, "is needed with "+when)
		}
	}
	if s.Email == "resend" {
		need("EMAIL=resend", "RESEND_API_KEY", s.ResendAPIKey)
		need("EMAIL=resend", "EMAIL_FROM", s.EmailFrom)
	}
	if s.SMS == "messagebird" {
		need("SMS=messagebird", "MESSAGEBIRD_ACCESS_KEY", s.MessageBirdAccessKey)
		need("SMS=messagebird", "SMS_ORIGINATOR", s.SMSOriginator)
	}
	if s.SMS == "bird" {
		need("SMS=bird", "BIRD_ACCESS_KEY", s.BirdAccessKey)
		need("SMS=bird", "SMS_ORIGINATOR", s.SMSOriginator)
	}
	for name, base := range map[string]string{"RESEND_URL": s.ResendURL, "MESSAGEBIRD_URL": s.MessageBirdURL, "BIRD_URL": s.BirdURL} {
		switch u, err := url.Parse(base); {
		case base == "" && name == "BIRD_URL":
		case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
			bad(name, "must be a URL")
		case u.Scheme == "http" && !isLocal(u):
			bad(name, "must begin with https:// unless it is on localhost: the key and every link go there")
		}
	}
	if strings.HasPrefix(s.DatabaseURL, "mysql:") && s.SecretKey == "" {
		bad("SECRET_KEY", "is needed with MySQL, the same for every process; make one with: openssl rand -hex 32")
	}
	slices.SortFunc(wrong, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return wrong
}

// ScansIn returns the directory in which scanned forms are kept; empty for the database.
func (s *Settings) ScansIn() string {
	if s.Scans == "database" {
		return ""
	}
	return s.Scans
}

// isLocal reports whether the URL names the machine itself.
func isLocal(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// PublicIsLocal reports whether nobody but this machine is meant to use the portals. Only then messages of
// dev channels are shown, with their links, and a demo business appears whose passwords everybody knows.
func (s *Settings) PublicIsLocal() bool {
	u, err := url.Parse(s.PublicURL)
	return err == nil && isLocal(u)
}

// Print returns the settings one a line, as environment variables; secrets are replaced by stars.
func (s *Settings) Print() string {
	var b strings.Builder
	for _, setting := range All() {
		value := ""
		switch {
		case setting.field == nil:
			value = strings.Join(s.TrustedProxies, ",")
		case setting.Name == "DATABASE_URL":
			value = redactURL(s.DatabaseURL)
		case setting.Secret && *setting.field(s) != "":
			value = "***"
		default:
			value = *setting.field(s)
		}
		fmt.Fprintf(&b, "%s=%s\n", setting.Variable(), value)
	}
	return b.String()
}

// redactURL hides the password. The last @ before the path ends the credentials, whatever they contain. Of what
// is no URL nothing but a file is shown: nobody knows where a password stands in it.
func redactURL(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		if strings.HasPrefix(text, "sqlite:") || text == "" {
			return text
		}
		return "***"
	}
	at := strings.LastIndex(rest, "@")
	if at < 0 {
		return text
	}
	name, _, _ := strings.Cut(rest[:at], ":")
	return scheme + "://" + name + ":***" + rest[at:]
}
