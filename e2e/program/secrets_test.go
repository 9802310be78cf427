package program_test

import (
	"database/sql"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"officeportal/e2e/internal/product"
	_ "officeportal/internal/store" // SQLite's driver
)

// What must be nowhere: in no output of a process, however it ends.
var planted = map[string]string{
	"SECRET_KEY":              "planted-root-key-0123456789abcdef0123456789",
	"RESEND_API_KEY":          "re_planted_resend_key",
	"RESEND_WEBHOOK_SECRET":   "whsec_cGxhbnRlZC13ZWJob29rLXNlY3JldC1vZi10ZXN0cw==",
	"MESSAGEBIRD_ACCESS_KEY":  "planted-messagebird-access-key",
	"MESSAGEBIRD_SIGNING_KEY": "planted-messagebird-signing-key",
	"BIRD_ACCESS_KEY":         "bk_us1_planted_bird_key",
	"BIRD_WEBHOOK_SECRET":     "whsec_cGxhbnRlZC1iaXJkLXdlYmhvb2stc2VjcmV0LWhlcmU=",
}

const (
	dsnPassword     = "planted-dsn-password"
	requestPassword = "planted password of a request"
	linkSecret      = "plantedsecretofalinkabcdef"
)

// clean fails when the output holds anything that was planted.
func clean(t *testing.T, what, out string) {
	t.Helper()
	all := []string{dsnPassword, requestPassword, linkSecret, "plantedword"}
	for _, secret := range planted {
		all = append(all, secret, secret[:len(secret)-8])
	}
	for _, secret := range all {
		if strings.Contains(out, secret) {
			t.Errorf("%s tells the secret %.12s…: %s", what, secret, out)
		}
	}
}

func TestNothingSecretIsSaidWhereTheProgramCannotStart(t *testing.T) {
	db := "OFFICEPORTAL_DATABASE_URL=sqlite:" + filepath.Join(t.TempDir(), "office.db")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	secrets := func(but ...string) []string {
		env := base(t)
		for name, value := range planted {
			if !strings.Contains(strings.Join(but, " "), name) {
				env = append(env, "OFFICEPORTAL_"+name+"="+value)
			}
		}
		return append(env, db, "OFFICEPORTAL_EMAIL=resend", "OFFICEPORTAL_EMAIL_FROM=office@portal.example",
			"OFFICEPORTAL_SMS=messagebird", "OFFICEPORTAL_SMS_ORIGINATOR=Sunrise", "OFFICEPORTAL_LISTEN=127.0.0.1:0", "OFFICEPORTAL_OPS_LISTEN=127.0.0.1:0")
	}
	key := planted["SECRET_KEY"]
	if code, out := product.Run(t, "", secrets(), "business", "create", "--slug", "sunrise", "--name", "Sunrise", "--time-zone", "UTC", "--country", "US", "--phone", "312 555 0100"); code != 0 {
		t.Fatal(out)
	}
	// It seals the Audit Log with this key, so that another one is another database's.
	serve(t, db, "OFFICEPORTAL_SECRET_KEY="+key).end(syscall.SIGTERM)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("plantedword"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env   []string
		args  []string
		stdin string
		code  int
	}{
		"the settings":                   {secrets(), []string{"config", "print"}, "", 0},
		"a key that is too short":        {append(secrets("SECRET_KEY"), "OFFICEPORTAL_SECRET_KEY="+key+",plantedword"), nil, "", 2},
		"a key that stands twice":        {append(secrets("SECRET_KEY"), "OFFICEPORTAL_SECRET_KEY="+key+","+key), nil, "", 2},
		"a key given in two ways":        {append(secrets(), "OFFICEPORTAL_SECRET_KEY_FILE="+file), nil, "", 2},
		"a file with a short key":        {append(secrets("SECRET_KEY"), "OFFICEPORTAL_SECRET_KEY_FILE="+file), nil, "", 2},
		"a setting that does not exist":  {append(secrets(), "OFFICEPORTAL_RESEND_KEY=plantedword"), nil, "", 2},
		"a flag that does not exist":     {secrets(), []string{"--secret-key=" + key, "--resend-key=plantedword"}, "", 2},
		"an argument that is a key":      {secrets(), []string{"serve", "--listen=127.0.0.1:0", "--email=fax"}, "", 2},
		"another kind of database":       {append(secrets(), "OFFICEPORTAL_DATABASE_URL=postgres://u:"+dsnPassword+"@127.0.0.1/x"), nil, "", 2},
		"a database that is not there":   {append(secrets(), "OFFICEPORTAL_DATABASE_URL=mysql://u:"+dsnPassword+"@127.0.0.1:1/x"), nil, "", 2},
		"a database without a port":      {append(secrets(), "OFFICEPORTAL_DATABASE_URL=mysql://u:"+dsnPassword+"@127.0.0.1:port/x"), nil, "", 2},
		"a database that can't be read":  {append(secrets(), "OFFICEPORTAL_DATABASE_URL=mysql://u:"+dsnPassword+"%zz@127.0.0.1:1/x"), nil, "", 2},
		"a database with odd options":    {append(secrets(), "OFFICEPORTAL_DATABASE_URL=mysql://u:"+dsnPassword+"@127.0.0.1:1/x?password=plantedword"), nil, "", 2},
		"migrating where nothing is":     {append(secrets(), "OFFICEPORTAL_DATABASE_URL=mysql://u:"+dsnPassword+"@127.0.0.1:1/x"), []string{"migrate", "up"}, "", 2},
		"a secret that is none":          {append(secrets("RESEND_WEBHOOK_SECRET"), "OFFICEPORTAL_RESEND_WEBHOOK_SECRET=whsec_plantedword!"), nil, "", 2},
		"a key of another region":        {append(secrets("BIRD_ACCESS_KEY"), "OFFICEPORTAL_SMS=bird", "OFFICEPORTAL_BIRD_ACCESS_KEY=plantedword"), nil, "", 2},
		"a port that is taken":           {append(secrets(), "OFFICEPORTAL_LISTEN="+taken.Addr().String()), nil, "", 2},
		"the key of another database":    {append(secrets("SECRET_KEY"), "OFFICEPORTAL_SECRET_KEY=plantedword-0123456789abcdef0123456789"), nil, "", 2},
		"a password that is not allowed": {secrets(), []string{"staff", "create", "--business", "sunrise", "--email", "d@s.example", "--name", "D", "--owner", "--password-stdin"}, "plantedword\n", 2},
	} {
		code, out := product.Run(t, c.stdin, c.env, c.args...)
		if code != c.code || out == "" {
			t.Errorf("%s: exit code %d, want %d: %s", name, code, c.code, out)
		}
		clean(t, name, out)
	}
}

func TestNothingSecretIsSaidInFailuresAndInACrash(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"SIGQUIT": syscall.SIGQUIT, "SIGABRT": syscall.SIGABRT, "SIGSEGV": syscall.SIGSEGV} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "office.db")
			env := []string{"OFFICEPORTAL_DATABASE_URL=sqlite:" + file, "OFFICEPORTAL_DEMO=on", "OFFICEPORTAL_EMAIL=resend", "OFFICEPORTAL_EMAIL_FROM=office@portal.example",
				"OFFICEPORTAL_RESEND_URL=http://127.0.0.1:1/", "OFFICEPORTAL_SMS=messagebird", "OFFICEPORTAL_SMS_ORIGINATOR=Sunrise",
				"OFFICEPORTAL_MESSAGEBIRD_URL=http://127.0.0.1:1/", "OFFICEPORTAL_DOCUMENTS=any"}
			for name, value := range planted {
				env = append(env, "OFFICEPORTAL_"+name+"="+value)
			}
			s := serve(t, env...)
			ask := func(path, body string) int {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				for k, v := range map[string]string{"Content-Type": "application/json", "X-Portal": "office", "Authorization": "Bearer plantedword", "Cookie": "office=plantedword",
					"Svix-Signature": "v1,plantedword", "User-Agent": "plantedword", "Accept": "application/graphql-response+json"} {
					if k != "Authorization" || strings.HasPrefix(path, "/graphql?bearer") {
						r.Header.Set(k, v)
					}
				}
				res, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				answer, err := io.ReadAll(res.Body)
				if err != nil {
					t.Fatal(err)
				}
				clean(t, "the answer to "+path, string(answer))
				return res.StatusCode
			}
			const sign = `{"query":"mutation($p:String!){signIn(input:{email:\"dana@sunrise.example\",password:$p}){errors{code}}}","variables":{"p":"` + requestPassword + `"}}`
			requests := map[string]string{
				"/graphql": sign, "/graphql?bearer": sign, "/graphql?cut": sign[:len(sign)-3], "/graphql?literal": strings.ReplaceAll(sign, "$p", "plantedword"),
				"/graphql?link":      `{"query":"{passwordResetLink(token:\"` + linkSecret + `\"){state}}"}`,
				"/graphql?new":       `{"query":"mutation{resetPassword(input:{token:\"` + linkSecret + `\",newPassword:\"` + requestPassword + `\"}){errors{code}}}"}`,
				"/r%23" + linkSecret: "", "/hooks/email?" + linkSecret: `{"plantedword":1}`, "/hooks/sms?reference=" + linkSecret: "plantedword", "/" + linkSecret: "",
			}
			for path, body := range requests {
				ask(path, body)
			}
			// The database breaks under it.
			db, err := sql.Open("sqlite", file)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for _, table := range []string{"rate_limits", "sessions", "reset_tokens"} {
				if _, err := db.ExecContext(t.Context(), "ALTER TABLE "+table+" RENAME TO gone_"+table); err != nil {
					t.Fatal(err)
				}
			}
			failed := 0
			for path, body := range requests {
				if ask(path, body) == http.StatusInternalServerError {
					failed++
				}
			}
			out := s.out.String()
			if failed == 0 && !strings.Contains(out, "no such table") {
				t.Errorf("nothing failed: %s", out)
			}
			s.end(signal)
			if out = s.out.String(); !strings.Contains(out, "goroutine ") {
				t.Errorf("no crash: %s", out)
			}
			clean(t, "the process", out)
		})
	}
}
