package program_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"officeportal/e2e/internal/api"
)

// Everything in examples/ is a program that works against the built one, with a token made in front of a browser.
func TestTheExamplesSendALink(t *testing.T) {
	s := serve(t, "OFFICEPORTAL_DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "office.db"), "OFFICEPORTAL_DEMO=on", "OFFICEPORTAL_DOCUMENTS=any")
	found := regexp.MustCompile(`(olivia@sunrise\.example)[ \t]+(velvet [a-z ]+[0-9]+)`).FindStringSubmatch(s.out.String())
	if found == nil {
		t.Fatalf("no sign-in of the owner: %s", s.out)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: 30 * time.Second}
	ask := func(query string, variables api.Vars) api.Answer {
		t.Helper()
		r, err := api.Request(t.Context(), s.url, "office", query, variables)
		if err != nil {
			t.Fatal(err)
		}
		got, err := api.Send(browser, r)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	in := ask(`mutation($e:String!,$p:String!){signIn(input:{email:$e,password:$p}){viewer{permissions}}}`, api.Vars{"e": found[1], "p": strings.TrimSpace(found[2])})
	if in.At("signIn.viewer") == nil {
		t.Fatal("the owner of the demo can't sign in")
	}
	names, err := os.ReadDir("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string][]string{
		"curl": {"sh", "examples/curl/send-link.sh"},
		"go":   {"go", "run", "./examples/go"},
		"typescript": {"sh", "-c", "out=$(mktemp -d) && node_modules/.bin/rolldown examples/typescript/send-link.ts --platform node --format esm -o $out/send-link.mjs >&2" +
			" && node $out/send-link.mjs; code=$?; rm -r $out; exit $code"},
	}
	for _, entry := range names {
		if !entry.IsDir() {
			continue
		}
		command, ok := commands[entry.Name()]
		if !ok {
			t.Errorf("examples/%s is run by no test", entry.Name())
			continue
		}
		t.Run(entry.Name(), func(t *testing.T) {
			made := ask(`mutation{createApiToken(input:{name:"Example",permissions:[FAMILIES_READ,PASSWORD_RESET_SEND],days:1}){secret}}`, nil)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, command[0], command[1:]...)
			cmd.Dir = filepath.Join("..", "..")
			cmd.Env = append(os.Environ(), "OFFICE_URL="+s.url, "OFFICE_TOKEN="+made.Str("createApiToken.secret"))
			var complaints strings.Builder
			cmd.Stderr = &complaints
			out, err := cmd.Output()
			if err != nil || !regexp.MustCompile(`(?m)^outcome (SENT|DELIVERED) ACTIVE$`).Match(out) || !strings.Contains(string(out), "family ") {
				t.Errorf("%v:\n%s%s", err, out, &complaints)
			}
		})
	}
}
