package cli_test

import (
	"net"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"officeportal/internal/cli"
	"officeportal/internal/store/dbtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"officeportal": func() { os.Exit(cli.Main(os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the whole binary as a person at a shell does, with an empty database on each engine.
func TestScripts(t *testing.T) {
	for engine, url := range map[string]func(t *testing.T, work string) string{
		"sqlite":  func(_ *testing.T, work string) string { return "sqlite:" + work + "/data/office.db" },
		"mariadb": func(t *testing.T, _ string) string { return dbtest.MySQL(t).URL() },
	} {
		t.Run(engine, func(t *testing.T) {
			taken, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = taken.Close() })
			testscript.Run(t, testscript.Params{
				Dir: "testdata/script",
				Setup: func(env *testscript.Env) error {
					env.Setenv("OFFICEPORTAL_DATABASE_URL", url(t, env.WorkDir))
					env.Setenv("OFFICEPORTAL_SECRET_KEY", "a-root-secret-for-tests-long-enough-for-anybody")
					env.Setenv("OFFICEPORTAL_LISTEN", "127.0.0.1:0")
					env.Setenv("OFFICEPORTAL_OPS_LISTEN", "127.0.0.1:0")
					env.Setenv("TAKEN", taken.Addr().String())
					return nil
				},
				Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
					"code": exitCode,
				},
			})
		})
	}
}

// exitCode checks that a command fails with the given code and prints one line: code 2 officeportal …
func exitCode(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: code N command…")
	}
	err := ts.Exec("sh", append([]string{"-c", `code=$1; shift; "$@"; got=$?; [ $got = $code ] || { echo "exit code $got, want $code" >&2; exit 1; }`, "sh"}, args...)...)
	ts.Check(err)
}
