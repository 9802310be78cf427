// Package mariadb starts throwaway MariaDB servers for tests. A server lives in a directory of its own,
// listens on nothing but a socket in there and the loopback interface, and disappears with the process
// that started it, however that ends.
package mariadb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
)

// ErrMissing says that MariaDB is not installed.
var ErrMissing = errors.New("MariaDB is needed for the tests and missing here: apt-get install mariadb-server")

// Options say what the server should be. The zero value is the ordinary one.
type Options struct {
	// TCP makes it listen on a free port of the loopback interface too.
	TCP bool
	// Galera makes it a cluster of one node, which behaves to its visitors like a larger one.
	Galera bool
	// Password is the login's, made up when empty: servers that stand in for each other share one.
	Password string
	// Args are further arguments of mariadbd.
	Args []string
}

// Server is a running throwaway server.
type Server struct {
	// Socket is the path of its Unix socket, Port its TCP port on 127.0.0.1 or 0.
	Socket string
	Port   int
	// User may do everything. Password is not secret, and shaped so that one finds it where it should not be.
	User, Password string

	dir    string
	leash  io.Closer
	keeper *exec.Cmd
	once   sync.Once
}

// The keeper starts the server and ends it when its standard input does: when the process that holds the
// other end calls Stop, exits, panics or is killed. It ignores the terminal's signals for that reason.
const keeper = `
trap '' INT TERM HUP
dir=$1; shift
"$@" </dev/null >>"$dir/log" 2>&1 &
server=$!
echo "$server" >"$dir/pid"
read -r _
kill -9 "$server"
wait "$server" 2>/dev/null
rm -rf "$dir"
`

// Start makes and starts a server, and returns when it answers. It takes about a second.
func Start(ctx context.Context, o Options) (*Server, error) {
	install, err1 := find("mariadb-install-db")
	daemon, err2 := find("mariadbd")
	if err1 != nil || err2 != nil {
		return nil, ErrMissing
	}
	dir, err := os.MkdirTemp(memory(), "officeportal-mariadb-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, Socket: filepath.Join(dir, "sock"), User: "portal", Password: o.Password}
	if s.Password == "" {
		s.Password = "throwaway-secret-" + rand.Text()[:6]
	}
	if err := s.start(ctx, o, install, daemon); err != nil {
		s.Stop()
		os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, o Options, install, daemon string) error {
	// Servers that share a directory for temporary tables delete each other's when they start.
	tmp := filepath.Join(s.dir, "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return err
	}
	args := []string{
		"--no-defaults", "--datadir=" + filepath.Join(s.dir, "data"), "--tmpdir=" + tmp,
		"--innodb-flush-method=nosync", "--innodb-log-file-size=32M", // it need not survive anything
	}
	if os.Getuid() == 0 {
		args = append(args, "--user=root") // else it refuses to run as root
	}
	make := exec.CommandContext(ctx, install, append(args,
		"--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")...)
	if out, err := make.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}
	args = append(args,
		"--socket="+s.Socket, "--skip-name-resolve", "--skip-log-bin", "--max-connections=1000",
		"--innodb-buffer-pool-size=256M", "--innodb-flush-log-at-trx-commit=0",
		// As Debian sets it; the compiled-in latin1 is nowhere in use.
		"--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci",
	)
	if o.TCP {
		port, err := freePort()
		if err != nil {
			return err
		}
		s.Port = port
		args = append(args, "--bind-address=127.0.0.1", "--port="+strconv.Itoa(port))
	} else {
		args = append(args, "--skip-networking")
	}
	if o.Galera {
		more, err := galeraArgs()
		if err != nil {
			return err
		}
		args = append(args, more...)
	}
	if err := s.run(daemon, append(args, o.Args...)); err != nil {
		return err
	}
	return s.waitReady(ctx)
}

// run starts the keeper, and the keeper the server.
func (s *Server) run(daemon string, args []string) error {
	s.keeper = exec.Command("/bin/sh", append([]string{"-c", keeper, "sh", s.dir, daemon}, args...)...)
	s.keeper.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	leash, err := s.keeper.StdinPipe()
	if err != nil {
		return err
	}
	s.leash = leash
	return s.keeper.Start()
}

// waitReady makes the login once the server answers.
func (s *Server) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Logger = "unix", s.Socket, "root", &mysql.NopLogger{}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = s.makeLogin(ctx, db); err == nil {
			return nil
		}
		select {
		case <-tick.C:
			if s.dead() {
				return fmt.Errorf("mariadbd ended at once; its last words:\n%s", s.lastWords())
			}
		case <-ctx.Done():
			return fmt.Errorf("mariadbd does not answer: %w; its last words:\n%s", err, s.lastWords())
		}
	}
}

// makeLogin also makes the empty database "test".
func (s *Server) makeLogin(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, "CREATE DATABASE IF NOT EXISTS test"); err != nil {
		return err
	}
	for _, host := range []string{"localhost", "127.0.0.1"} {
		_, err := db.ExecContext(ctx, fmt.Sprintf(
			"GRANT ALL PRIVILEGES ON *.* TO '%s'@'%s' IDENTIFIED BY '%s'", s.User, host, s.Password))
		if err != nil {
			return err
		}
	}
	return nil
}

// URL returns "mysql://user:password@unix(socket)/name".
func (s *Server) URL(name string) string {
	return fmt.Sprintf("mysql://%s:%s@unix(%s)/%s", s.User, s.Password, s.Socket, name)
}

// Addr returns the server's "host:port"; it needs Options.TCP.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }

// Signal sends a signal to the server: SIGKILL is a crash, SIGSTOP a machine that hangs, SIGCONT ends that.
// It returns when a SIGSTOP has reached the server's last thread.
func (s *Server) Signal(sig syscall.Signal) error {
	pid, err := s.pid()
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, sig); err != nil {
		return err
	}
	for sig == syscall.SIGSTOP && !stopped(pid) {
		time.Sleep(time.Millisecond)
	}
	return nil
}

// stopped reports whether no thread of the process runs any more.
func stopped(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, thread := range threads {
		if stat, err := os.ReadFile(thread); err == nil && !strings.Contains(string(stat), ") T ") {
			return false
		}
	}
	return true
}

// Stop ends the server and removes what it wrote. It may be called twice.
func (s *Server) Stop() {
	s.once.Do(func() {
		if s.leash != nil {
			s.leash.Close()
		}
		if s.keeper != nil && s.keeper.Process != nil {
			s.keeper.Wait()
		}
	})
}

func (s *Server) pid() (int, error) {
	text, err := os.ReadFile(filepath.Join(s.dir, "pid"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

func (s *Server) dead() bool {
	pid, err := s.pid()
	if err != nil {
		return false // the keeper has not come to it yet
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func (s *Server) lastWords() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(text[max(0, len(text)-2000):])
}

// galeraArgs bootstraps a cluster whose only node this is.
func galeraArgs() ([]string, error) {
	group, err := freePort()
	if err != nil {
		return nil, err
	}
	for _, path := range []string{"/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera-4/libgalera_smm.so"} {
		if _, err := os.Stat(path); err == nil {
			return []string{
				"--wsrep-on=ON", "--wsrep-provider=" + path, "--wsrep-cluster-address=gcomm://",
				"--binlog-format=ROW", "--innodb-autoinc-lock-mode=2", "--wsrep-node-address=127.0.0.1",
				fmt.Sprintf("--wsrep-provider-options=base_port=%d;gmcast.listen_addr=tcp://127.0.0.1:%d;gcache.size=8M", group, group),
			}, nil
		}
	}
	return nil, errors.New("the Galera library is needed for the tests and missing here: apt-get install galera-4")
}

// memory returns a directory kept in memory where there is one: servers for tests start ten times faster there.
func memory() string {
	const shm = "/dev/shm"
	if info, err := os.Stat(shm); err == nil && info.IsDir() && syscall.Access(shm, 2) == nil {
		return shm
	}
	return ""
}

// find looks where Debian keeps servers, too: /usr/sbin is not in everybody's PATH.
func find(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", name))
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
