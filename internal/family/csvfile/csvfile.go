// Package csvfile reads families, guardians and students from a CSV file as another system exports
// them: one row per person, rows with the same family_id are one family. It only reads and checks;
// what becomes of the result is up to the caller.
//
// The columns, in any order, of which the first four must be there:
//
//	family_id   the other system's key of the family
//	family      family name as shown
//	role        guardian or student
//	name        the person's name
//	relation    of guardians: Mother, Father, … (free text)
//	email       of guardians
//	phone       of guardians, in any national or international form
//	can_log_in  of guardians: yes or no; yes needs an email; empty means no
//	language    of guardians: en or es; empty means the business's
//	birth_date  of students: YYYY-MM-DD or empty
package csvfile

import (
	"errors"
	"fmt"
	"time"

	"officeportal/internal/contact"
)

// Bounds of a file; a larger one is better split.
const (
	MaxBytes = 128 << 20
	MaxRows  = 1_000_000
)

// Bounds of fields, in characters, except MaxFamilyID, which is in bytes.
const (
	MaxFamilyID = 64
	MaxName     = 120
	MaxRelation = 60
)

// Options say how the file is to be understood.
type Options struct {
	// Country (ISO 3166-1 alpha-2) reads national phone numbers.
	Country string
	// DefaultLanguage is for guardians whose language is empty.
	DefaultLanguage string
	// Now, if set, is the latest moment at which a student can have been born.
	Now time.Time
}

// File is what was read. Families and their people are in the order of the file and hold no bad row.
type File struct {
	Families []Family
	// Issues are in the order of the file.
	Issues []Issue
	// Rows counts the rows of people, good and bad, without the header and empty rows.
	Rows int
	// BadRows counts the rows with an issue that is not just a warning.
	BadRows int
}

// Family is one household with at least one person.
type Family struct {
	Key, Name string
	Line      int // of its first good row
	Guardians []Guardian
	Students  []Student
}

// Guardian is one good row of a guardian.
type Guardian struct {
	// Key is the same whenever the same person of the same family is read, whatever else changed in
	// the row: it is made of family_id, role, folded name, and a number when the name comes again in
	// the family. 32 characters.
	Key            string
	Line           int
	Name, Relation string
	Email          contact.Email // zero when empty
	Phone          contact.Phone // zero when empty
	CanLogIn       bool
	Language       string
}

// Student is one good row of a student.
type Student struct {
	Key       string // as that of a Guardian
	Line      int
	Name      string
	BirthDate string // YYYY-MM-DD or empty
}

// Issue is something to tell about one row.
type Issue struct {
	Line    int    // the line of the file on which the field begins, from 1
	Column  string // the column's name
	Message string
	// Warning says that the row is good nevertheless.
	Warning bool
}

// String writes the issue as "line 14, email: the message".
func (i Issue) String() string { return fmt.Sprintf("line %d, %s: %s", i.Line, i.Column, i.Message) }

// SyntaxError says that the file as a whole cannot be read, because of what is at Line and Column.
type SyntaxError struct {
	Line, Column int // from 1; Column counts bytes
	Message      string
}

// Error writes the place and the message.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// ErrTooLarge says that a file has more than MaxBytes or MaxRows.
var ErrTooLarge = errors.New("the file is too large: at most 128 MiB and 1,000,000 rows")
