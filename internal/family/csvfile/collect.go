package csvfile

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"officeportal/internal/contact"
	"officeportal/internal/search"
)

// collector puts the rows into families. It remembers the whole file: the rows of one family need
// not stand together.
type collector struct {
	file    *File
	options Options
	row     row
	issues  []Issue // of the current row

	families map[string]int // place in file.Families, by key
	logins   map[string]int // line of the guardian who logs in, by canonical address
	people   map[string]int // line, by everything that tells people of a family apart
	named    map[string]int // how often a name came in a role of a family
}

func newCollector(file *File, options Options) *collector {
	return &collector{
		file: file, options: options,
		families: map[string]int{}, logins: map[string]int{}, people: map[string]int{}, named: map[string]int{},
	}
}

func (c *collector) report(column, message string) {
	c.issues = append(c.issues, Issue{Line: c.row.line(column), Column: column, Message: message})
}

func (c *collector) warn(column, message string) {
	c.issues = append(c.issues, Issue{Line: c.row.line(column), Column: column, Message: message, Warning: true})
}

func (c *collector) bad() bool {
	return slices.ContainsFunc(c.issues, func(i Issue) bool { return !i.Warning })
}

// add checks one row, all of it, and takes it when nothing is wrong.
func (c *collector) add(r row) {
	c.row, c.issues = r, nil
	family := Family{Key: c.key(), Name: c.text("family", MaxName), Line: r.line("family_id")}
	if at, seen := c.families[family.Key]; seen && family.Name != "" && c.file.Families[at].Name != family.Name {
		// Taking it would put somebody into a household of other people, who see each other's data.
		c.report("family", fmt.Sprintf("the family with this family_id has another name on line %d", c.file.Families[at].Line))
	}
	switch role := strings.ToLower(r.get("role")); role {
	case "guardian":
		c.addGuardian(family)
	case "student":
		c.addStudent(family)
	case "":
		c.report("role", "missing; it must be guardian or student")
	default:
		c.report("role", "must be guardian or student")
	}
	if c.bad() {
		c.file.BadRows++
	}
	c.file.Issues = append(c.file.Issues, c.issues...)
}

func (c *collector) addGuardian(family Family) {
	g := Guardian{
		Line:     family.Line,
		Name:     c.text("name", MaxName),
		Relation: c.optionalText("relation", MaxRelation),
		Email:    c.email(),
		Phone:    c.phone(),
		CanLogIn: c.yes("can_log_in"),
		Language: c.language(),
	}
	if c.row.get("birth_date") != "" {
		c.warn("birth_date", "only students have a birth date here, ignored")
	}
	if g.CanLogIn && c.row.get("email") == "" {
		c.report("email", "missing; a guardian who can log in needs one")
	}
	login := ""
	if g.CanLogIn && !g.Email.IsZero() {
		login = g.Email.Canonical
		if line, taken := c.logins[login]; taken {
			c.report("email", fmt.Sprintf("the guardian on line %d logs in with this address; only one can", line))
		}
	}
	c.once("guardian", family.Key, g.Name, g.Email.Canonical, g.Phone.E164)
	if c.bad() {
		return
	}
	if login != "" {
		c.logins[login] = g.Line
	}
	g.Key = c.personKey("guardian", family.Key, g.Name)
	into := c.take(family)
	into.Guardians = append(into.Guardians, g)
}

func (c *collector) addStudent(family Family) {
	s := Student{Line: family.Line, Name: c.text("name", MaxName), BirthDate: c.date("birth_date")}
	for _, column := range []string{"relation", "email", "phone", "language"} {
		if c.row.get(column) != "" {
			c.warn(column, "only guardians have this, ignored")
		}
	}
	if c.yes("can_log_in") {
		c.warn("can_log_in", "only guardians can log in, ignored")
	}
	c.once("student", family.Key, s.Name, s.BirthDate)
	if c.bad() {
		return
	}
	s.Key = c.personKey("student", family.Key, s.Name)
	into := c.take(family)
	into.Students = append(into.Students, s)
}

// once reports a person who stands in the same family already, with the same of everything by
// which two people of one name can be told apart.
func (c *collector) once(role, family, name string, others ...string) {
	if c.bad() {
		return
	}
	same := strings.Join(append([]string{role, family, search.Fold(name)}, others...), "\x00")
	if line, seen := c.people[same]; seen {
		c.report("name", fmt.Sprintf("the same %s as on line %d", role, line))
		return
	}
	c.people[same] = c.row.line("family_id")
}

// take returns the family of a good row, a new one if need be.
func (c *collector) take(family Family) *Family {
	at, seen := c.families[family.Key]
	if !seen {
		at = len(c.file.Families)
		c.families[family.Key] = at
		c.file.Families = append(c.file.Families, family)
	}
	return &c.file.Families[at]
}

var keyEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz")

func (c *collector) personKey(role, family, name string) string {
	same := role + "\x00" + family + "\x00" + search.Fold(name)
	c.named[same]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", same, c.named[same]))
	return keyEncoding.EncodeToString(sum[:20])
}

// finish puts the issues in the order of the file; those of one line stay as they were found.
func (c *collector) finish() {
	slices.SortStableFunc(c.file.Issues, func(a, b Issue) int { return cmp.Compare(a.Line, b.Line) })
}

func (c *collector) key() string {
	key := c.text("family_id", MaxFamilyID)
	if len(key) > MaxFamilyID {
		c.report("family_id", fmt.Sprintf("use at most %d bytes", MaxFamilyID))
	}
	return key
}

func (c *collector) text(column string, limit int) string {
	text, err := contact.ParseName(c.row.get(column), limit)
	switch {
	case errors.Is(err, contact.ErrNameEmpty):
		c.report(column, "missing")
	case err != nil:
		c.report(column, err.Error())
	}
	return text
}

func (c *collector) optionalText(column string, limit int) string {
	if c.row.get(column) == "" {
		return ""
	}
	return c.text(column, limit)
}

func (c *collector) email() contact.Email {
	raw := c.row.get("email")
	if raw == "" {
		return contact.Email{}
	}
	email, err := contact.ParseEmail(raw)
	if err != nil {
		c.report("email", err.Error())
	}
	return email
}

func (c *collector) phone() contact.Phone {
	raw := c.row.get("phone")
	if raw == "" {
		return contact.Phone{}
	}
	phone, err := contact.ParsePhone(raw, c.options.Country)
	if err != nil {
		c.report("phone", err.Error())
	}
	return phone
}

func (c *collector) yes(column string) bool {
	switch strings.ToLower(c.row.get(column)) {
	case "yes":
		return true
	case "no", "":
	default:
		c.report(column, "must be yes or no")
	}
	return false
}

func (c *collector) language() string {
	switch language := strings.ToLower(c.row.get("language")); language {
	case "":
		return c.options.DefaultLanguage
	case "en", "es":
		return language
	}
	c.report("language", "must be en or es")
	return ""
}

func (c *collector) date(column string) string {
	raw := c.row.get(column)
	if raw == "" {
		return ""
	}
	day, err := time.Parse(time.DateOnly, raw)
	switch {
	case err != nil:
		c.report(column, "must be a date such as 2019-03-31")
	case day.Year() < 1900:
		c.report(column, "is too long ago")
	case !c.options.Now.IsZero() && day.After(c.options.Now.Add(14*time.Hour)): // the farthest time zone
		c.report(column, "is in the future")
	}
	return raw
}
