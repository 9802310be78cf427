package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"officeportal/internal/store"
)

func TestTheLogIsNotToldWhatAServerQuotesFromARow(t *testing.T) {
	server := &mysql.MySQLError{Number: 1062, SQLState: [5]byte{'2', '3', '0', '0', '0'}, Message: "Duplicate entry 'maria@example.com\n' for key"}
	other := &mysql.MySQLError{Number: 1366, Message: "Incorrect string value: 'maria@example.com' for column"}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"none":               {nil, ""},
		"not a server's":     {errors.New("the disk is full"), "the disk is full"},
		"wrapped":            {fmt.Errorf("saving: %w (again)", server), "saving: mysql error 1062 (again)"},
		"two of them":        {errors.Join(server, fmt.Errorf("rolling back: %w", other)), "mysql error 1062\nrolling back: mysql error 1366"},
		"passed on as text":  {errors.New("saving: " + server.Error()), "saving: mysql error 1062"},
		"wrapped and joined": {fmt.Errorf("a: %w, b: %w", other, server), "a: mysql error 1366, b: mysql error 1062"},
	} {
		got := store.Cause(c.err)
		if got != c.want || strings.Contains(got, "maria") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
