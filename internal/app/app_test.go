package app_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"officeportal/internal/app"
	"officeportal/internal/config"
	"officeportal/internal/store/dbtest"
	"officeportal/internal/wait"
)

func settings(t *testing.T, environ ...string) config.Settings {
	t.Helper()
	s, err := config.Load(append([]string{"OFFICEPORTAL_LISTEN=127.0.0.1:0", "OFFICEPORTAL_OPS_LISTEN=127.0.0.1:0", "OFFICEPORTAL_PUBLIC_URL=http://localhost:0"}, environ...), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestANewSQLiteDatabaseGetsADemoOnceAndTheSameSignInsAtEveryStart(t *testing.T) {
	s := settings(t, "OFFICEPORTAL_DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "data", "office.db"))
	var greetings []string
	for range 2 {
		a, err := app.New(t.Context(), s, app.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		a.Greet(&b)
		greetings = append(greetings, strings.ReplaceAll(b.String(), a.URL(), "URL"))
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	if greetings[0] != greetings[1] || !strings.Contains(greetings[0], "dana@sunrise.example") || !strings.Contains(greetings[0], "URL/dev/messages") {
		t.Errorf("greetings:\n%s\n%s", greetings[0], greetings[1])
	}
}

func TestTheKeyBesideTheDatabaseIsNeverMadeAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "office.db")
	s := settings(t, "OFFICEPORTAL_DATABASE_URL=sqlite:"+file)
	a, err := app.New(t.Context(), s, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{file, file + ".key"} {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", filepath.Base(f), info.Mode(), err)
		}
	}
	if err := os.Remove(file + ".key"); err != nil {
		t.Fatal(err)
	}
	_, err = app.New(t.Context(), s, app.Options{})
	if err == nil || !app.IsUse(err) || !strings.Contains(err.Error(), "office.db.key is missing") {
		t.Errorf("without the key: %v", err)
	}
}

func TestServingRefusesAMySQLSchemaThatIsBehind(t *testing.T) {
	s := settings(t, "OFFICEPORTAL_DATABASE_URL="+dbtest.MySQL(t).URL(), "OFFICEPORTAL_SECRET_KEY=a-root-secret-for-tests-long-enough-for-anybody")
	_, err := app.New(t.Context(), s, app.Options{})
	if err == nil || !app.IsUse(err) || !strings.Contains(err.Error(), "officeportal migrate up") {
		t.Fatalf("behind: %v", err)
	}
	if _, err := app.Migrate(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), s, app.Options{})
	if err != nil {
		t.Fatalf("up to date: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestItIsReadyWhileItServesAndSaysSo(t *testing.T) {
	s := settings(t, "OFFICEPORTAL_DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "office.db"), "OFFICEPORTAL_DEMO=off")
	a, err := app.New(t.Context(), s, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "go_goroutines"} {
		var status int
		var body string
		wait.For(t, 10*time.Second, path, func() bool {
			status, body = get(t, "http://"+a.OpsAddr()+path)
			return status == http.StatusOK
		})
		if !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200s", path, status, body)
		}
	}
	if status, _ := get(t, "http://"+a.Addr()+"/metrics"); status != http.StatusNotFound {
		t.Errorf("the public address shows metrics: %d", status)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("stopping: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if status, _ := get(t, "http://"+a.Addr()+"/"); status != 0 {
		t.Errorf("it still answers after it ended: %d", status)
	}
}

func TestWhereOtherMachinesUseThePortalsNothingOfTheLaptopIsOpen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "office.db")
	s := settings(t, "OFFICEPORTAL_DATABASE_URL=sqlite:"+file)
	s.PublicURL = "https://portal.example"
	var log, greeting bytes.Buffer
	a, err := app.New(t.Context(), s, app.Options{Log: app.NewLog(&log, "text")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	for _, path := range []string{"/dev/messages", "/dev/messages.json"} {
		if status, body := get(t, "http://"+a.Addr()+path); status != http.StatusNotFound {
			t.Errorf("%s: %d %.100s", path, status, body)
		}
	}
	a.Greet(&greeting)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if text := greeting.String(); strings.Contains(text, "dana@") || strings.Contains(text, "/dev/messages") {
		t.Errorf("a demo with public passwords was made: %s", text)
	}
	if !strings.Contains(log.String(), "OFFICEPORTAL_EMAIL is dev") {
		t.Errorf("the log says nothing of an email that leaves nowhere: %s", &log)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheKeyIsNotWrittenThroughALink(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "office.db")
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), file+".key"); err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), settings(t, "OFFICEPORTAL_DATABASE_URL=sqlite:"+file), app.Options{})
	if err == nil {
		_ = a.Close()
	}
	if !app.IsUse(err) {
		t.Errorf("err = %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "elsewhere")); !os.IsNotExist(err) {
		t.Error("the key is where the link points to")
	}
}
