package store

import (
	"errors"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"entgo.io/ent/dialect"
)

// Target says which database to open. It is made by [ParseURL] and prints without its password.
type Target struct {
	// Dialect is ent's name of the database: "sqlite3" or "mysql" (MySQL and MariaDB).
	Dialect string
	// Path is the SQLite file, empty for MySQL.
	Path string
	// Hosts are the "host:port" of the MySQL servers in order of preference; "unix(/path)" is a socket.
	Hosts []string
	// User and Name are the MySQL login and the MySQL database.
	User, Name string

	// A function, because package fmt prints unexported strings but never what a function returns.
	password func() string
}

const defaultMySQLPort = "3306"

var databaseName = regexp.MustCompile(`^[A-Za-z0-9_$-]{1,64}$`)

// ParseURL reads "sqlite:path" or "mysql://user:password@host:3306/name", where several host:port
// are separated by commas and the nodes of one cluster. Reserved characters in user and password are
// percent-encoded. Errors are one line and repeat nothing of the text, which may hold a password.
func ParseURL(text string) (Target, error) {
	if path, ok := strings.CutPrefix(text, "sqlite:"); ok {
		return parseSQLite(path)
	}
	if rest, ok := strings.CutPrefix(text, "mysql://"); ok {
		return parseMySQL(rest)
	}
	return Target{}, errors.New("database URL: want sqlite:path or mysql://user:password@host:3306/name")
}

func parseSQLite(path string) (Target, error) {
	fail := func(why string) (Target, error) { return Target{}, errors.New("database URL: " + why) }
	switch {
	case path == "":
		return fail("sqlite: needs the path of a file")
	case path == ":memory:":
		return fail("SQLite works on a file here, not in memory")
	case strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "///"):
		return fail("write sqlite:data/file.db or sqlite:/absolute/file.db, without //")
	case strings.ContainsAny(path, "?\x00"):
		return fail("sqlite: takes a path only, no parameters")
	case strings.HasSuffix(path, "/"):
		return fail("sqlite: needs the path of a file, not of a directory")
	}
	return Target{Dialect: dialect.SQLite, Path: path}, nil
}

func parseMySQL(rest string) (Target, error) {
	fail := func(why string) (Target, error) { return Target{}, errors.New("database URL: mysql: " + why) }
	// The last @ ends the login, so that an unescaped @ in a password does no harm.
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return fail("the user is missing: mysql://user:password@host:3306/name")
	}
	login, place := rest[:at], rest[at+1:]
	rawUser, rawPassword, _ := strings.Cut(login, ":")
	user, err := url.PathUnescape(rawUser)
	if err != nil {
		return fail("a % in the user must be written %25")
	}
	if user == "" {
		return fail("the user is empty")
	}
	password, err := url.PathUnescape(rawPassword)
	if err != nil {
		return fail("a % in the password must be written %25")
	}
	hosts, name, err := splitPlace(place)
	if err != nil {
		return fail(err.Error())
	}
	return Target{
		Dialect: dialect.MySQL, Hosts: hosts, User: user, Name: name,
		password: func() string { return password },
	}, nil
}

// splitPlace takes "host:port,host:port/name" or "unix(/path)/name" apart.
func splitPlace(place string) (hosts []string, name string, err error) {
	var list string
	if strings.HasPrefix(place, "unix(") {
		end := strings.IndexByte(place, ')')
		if end < 0 {
			return nil, "", errors.New("the socket's path has no closing parenthesis")
		}
		if !strings.HasPrefix(place, "unix(/") {
			return nil, "", errors.New("the socket's path must be absolute")
		}
		hosts, list, name = []string{place[:end+1]}, "", place[end+1:]
		if name != "" && name[0] != '/' {
			return nil, "", errors.New("the database name must follow the socket: unix(/path)/name")
		}
		name = strings.TrimPrefix(name, "/")
	} else {
		list, name, _ = strings.Cut(place, "/")
	}
	switch {
	case strings.Contains(name, "?"):
		return nil, "", errors.New("takes no parameters after the database name")
	case name == "":
		return nil, "", errors.New("the database name is missing")
	case !databaseName.MatchString(name):
		return nil, "", errors.New("the database name may hold letters, digits, _, $ and - only, 64 at most")
	case hosts != nil:
		return hosts, name, nil
	case list == "":
		return nil, "", errors.New("the host is missing")
	}
	for part := range strings.SplitSeq(list, ",") {
		host, err := hostPort(part)
		if err != nil {
			return nil, "", err
		}
		hosts = append(hosts, host)
	}
	return hosts, name, nil
}

func hostPort(part string) (string, error) {
	host, port, err := net.SplitHostPort(part)
	if err != nil { // no port, or nonsense
		host, port = strings.TrimSuffix(strings.TrimPrefix(part, "["), "]"), defaultMySQLPort
		if strings.Contains(host, ":") && net.ParseIP(host) == nil {
			return "", errors.New("a host is not of the form host:port")
		}
	}
	if host == "" {
		return "", errors.New("a host is empty")
	}
	if strings.ContainsAny(host, " ()[]%#?\t\r\n") {
		return "", errors.New("a host holds a character that no host name has")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", errors.New("a port is not a number from 1 to 65535")
	}
	return net.JoinHostPort(host, port), nil
}

// String returns the URL with the password left out, for logs and people.
func (t Target) String() string { return t.format("***") }

// GoString keeps the password out of %#v too.
func (t Target) GoString() string { return "store.Target(" + t.String() + ")" }

// URL returns the text that [ParseURL] reads, the password included: for starting another process
// on the same database, never for logs.
func (t Target) URL() string { return t.format(url.PathEscape(t.secret())) }

// WithName returns the same MySQL server with another database.
func (t Target) WithName(name string) Target {
	t.Name = name
	return t
}

func (t Target) secret() string {
	if t.password == nil {
		return ""
	}
	return t.password()
}

func (t Target) format(password string) string {
	if t.Dialect == dialect.SQLite {
		return "sqlite:" + t.Path
	}
	login := strings.ReplaceAll(url.PathEscape(t.User), ":", "%3A")
	if t.secret() != "" {
		login += ":" + password
	}
	return "mysql://" + login + "@" + strings.Join(t.Hosts, ",") + "/" + t.Name
}
