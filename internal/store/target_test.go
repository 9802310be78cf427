package store_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"officeportal/internal/store"
)

func TestParseURLReadsWhatIsDocumented(t *testing.T) {
	for _, c := range []struct {
		name, url string
		want      store.Target
		printed   string
	}{
		{"a relative file", "sqlite:data/officeportal.db",
			store.Target{Dialect: "sqlite3", Path: "data/officeportal.db"}, "sqlite:data/officeportal.db"},
		{"an absolute file", "sqlite:/var/lib/school #1.db",
			store.Target{Dialect: "sqlite3", Path: "/var/lib/school #1.db"}, "sqlite:/var/lib/school #1.db"},
		{"one server", "mysql://portal:pw@db:3307/school",
			store.Target{Dialect: "mysql", Hosts: []string{"db:3307"}, User: "portal", Name: "school"},
			"mysql://portal:***@db:3307/school"},
		{"a server on the usual port", "mysql://portal:pw@db/school",
			store.Target{Dialect: "mysql", Hosts: []string{"db:3306"}, User: "portal", Name: "school"},
			"mysql://portal:***@db:3306/school"},
		{"the nodes of a cluster, in order", "mysql://portal:pw@b:3306,a:3307,[::1]:3308,[fe80::2]/school",
			store.Target{Dialect: "mysql", Hosts: []string{"b:3306", "a:3307", "[::1]:3308", "[fe80::2]:3306"}, User: "portal", Name: "school"},
			"mysql://portal:***@b:3306,a:3307,[::1]:3308,[fe80::2]:3306/school"},
		{"a socket", "mysql://portal:pw@unix(/run/my sql/sock)/school",
			store.Target{Dialect: "mysql", Hosts: []string{"unix(/run/my sql/sock)"}, User: "portal", Name: "school"},
			"mysql://portal:***@unix(/run/my sql/sock)/school"},
		{"no password", "mysql://portal@db/school",
			store.Target{Dialect: "mysql", Hosts: []string{"db:3306"}, User: "portal", Name: "school"},
			"mysql://portal@db:3306/school"},
		{"reserved characters in the login", "mysql://a%3Ab%40c:p%40%2F%3A%25@db/school",
			store.Target{Dialect: "mysql", Hosts: []string{"db:3306"}, User: "a:b@c", Name: "school"},
			"mysql://a%3Ab@c:***@db:3306/school"},
		{"an unescaped @ and / in the password", "mysql://portal:p@ss/w:rd@db/school",
			store.Target{Dialect: "mysql", Hosts: []string{"db:3306"}, User: "portal", Name: "school"},
			"mysql://portal:***@db:3306/school"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := store.ParseURL(c.url)
			if err != nil {
				t.Fatal(err)
			}
			public := store.Target{Dialect: got.Dialect, Path: got.Path, Hosts: got.Hosts, User: got.User, Name: got.Name}
			if diff := cmp.Diff(fmt.Sprintf("%#v", c.want), fmt.Sprintf("%#v", public)); diff != "" {
				t.Error(diff)
			}
			if got.String() != c.printed {
				t.Errorf("printed as %s, want %s", got, c.printed)
			}
			again, err := store.ParseURL(got.URL())
			if err != nil || again.URL() != got.URL() {
				t.Errorf("URL %q does not lead back: %v", got.URL(), err)
			}
		})
	}
}

func TestParseURLRefusesInOneLineWithoutThePassword(t *testing.T) {
	const password = "hunter2secret"
	for _, c := range []struct{ name, url, want string }{
		{"nothing", "", "want sqlite:path or mysql://"},
		{"another database", "postgres://portal:" + password + "@db/school", "want sqlite:path or mysql://"},
		{"a password where the scheme should be", password + "://x", "want sqlite:path"},
		{"SQLite without a path", "sqlite:", "path of a file"},
		{"SQLite in memory", "sqlite::memory:", "not in memory"},
		{"SQLite with two slashes", "sqlite://data/x.db", "without //"},
		{"SQLite with parameters", "sqlite:x.db?mode=memory", "no parameters"},
		{"SQLite on a directory", "sqlite:data/", "not of a directory"},
		{"no login", "mysql://db:3306/school", "user is missing"},
		{"an empty login", "mysql://:" + password + "@db/school", "user is empty"},
		{"a bare % in the password", "mysql://portal:" + password + "%@db/school", "%25"},
		{"a bare % in the user", "mysql://por%tal:" + password + "@db/school", "%25"},
		{"no host", "mysql://portal:" + password + "@/school", "host is missing"},
		{"an empty host in the list", "mysql://portal:" + password + "@a:3306,,b:3306/school", "host is empty"},
		{"a port out of range", "mysql://portal:" + password + "@db:70000/school", "1 to 65535"},
		{"a port that is no number", "mysql://portal:" + password + "@db:sql/school", "1 to 65535"},
		{"an IPv6 address without brackets and a port", "mysql://portal:" + password + "@a:b:c/school", "host:port"},
		{"a space in the host", "mysql://portal:" + password + "@my db:3306/school", "no host name has"},
		{"no database", "mysql://portal:" + password + "@db:3306", "database name is missing"},
		{"an empty database", "mysql://portal:" + password + "@db:3306/", "database name is missing"},
		{"a path for a database", "mysql://portal:" + password + "@db:3306/a/b", "letters, digits"},
		{"parameters", "mysql://portal:" + password + "@db:3306/school?tls=true", "no parameters"},
		{"a socket that is not closed", "mysql://portal:" + password + "@unix(/run/sock/school", "parenthesis"},
		{"a relative socket", "mysql://portal:" + password + "@unix(run/sock)/school", "absolute"},
		{"a socket with a tail", "mysql://portal:" + password + "@unix(/run/sock)school", "follow the socket"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := store.ParseURL(c.url)
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want one line with %q", err, c.want)
			}
			if strings.Contains(err.Error(), password) {
				t.Errorf("the error holds the password: %q", err)
			}
		})
	}
}

func TestATargetNeverPrintsItsPassword(t *testing.T) {
	target, err := store.ParseURL("mysql://portal:hunter2secret@db/school")
	if err != nil {
		t.Fatal(err)
	}
	type nested struct{ inside store.Target }
	asJSON, err := json.Marshal(struct{ T fmt.Stringer }{target})
	if err != nil {
		asJSON = []byte(err.Error())
	}
	for _, text := range []string{
		fmt.Sprint(target), fmt.Sprintf("%+v", target), fmt.Sprintf("%#v", target), fmt.Sprintf("%q", target),
		fmt.Sprintf("%+v %#v", nested{target}, nested{target}), fmt.Sprintf("%+v", &target), string(asJSON),
	} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("printed: %s", text)
		}
	}
	if !strings.Contains(target.URL(), "hunter2secret") {
		t.Error("URL must hold the password")
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("mysql://portal:pw@a:1,b:2/school")
	f.Add("mysql://p%40:p%25@unix(/a)/b")
	f.Add("sqlite:data/x.db")
	f.Fuzz(func(t *testing.T, url string) {
		target, err := store.ParseURL(url)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
			return
		}
		again, err := store.ParseURL(target.URL())
		if err != nil || again.URL() != target.URL() {
			t.Errorf("%q became %q: %v", url, target.URL(), err)
		}
	})
}
