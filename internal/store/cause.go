package store

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// Cause returns the text of err for the log. A MySQL or MariaDB server puts values of the row into its
// messages (Duplicate entry 'maria@example.com' for key …), so of its errors only the number is told: it is
// enough to find out what happened. Everything that logs an error which may come from a database uses it.
func Cause(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	for _, server := range serverErrors(err) {
		text = strings.ReplaceAll(text, server.Error(), fmt.Sprintf("mysql error %d", server.Number))
	}
	// Where only its text was passed on, the error itself is not there to be found.
	return serverText.ReplaceAllString(text, "mysql error $1")
}

var serverText = regexp.MustCompile(`(?s)Error (\d{4}) \([0-9A-Z]{5}\): .*`)

// serverErrors returns all errors of a server in the tree of err.
func serverErrors(err error) []*mysql.MySQLError {
	if server, ok := err.(*mysql.MySQLError); ok { //nolint:errorlint // the tree is walked here
		return []*mysql.MySQLError{server}
	}
	switch e := err.(type) { //nolint:errorlint // likewise
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return serverErrors(inner)
		}
	case interface{ Unwrap() []error }:
		var out []*mysql.MySQLError
		for _, inner := range e.Unwrap() {
			out = append(out, serverErrors(inner)...)
		}
		return out
	}
	return nil
}
