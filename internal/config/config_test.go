package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"officeportal/internal/config"
)

func TestFlagsWinOverTheEnvironmentAndBothOverDefaults(t *testing.T) {
	s, err := config.Load([]string{"OFFICEPORTAL_LISTEN=127.0.0.1:1", "OFFICEPORTAL_OPS_LISTEN=127.0.0.1:2", "HOME=/x"},
		map[string]string{"listen": "127.0.0.1:3"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Listen != "127.0.0.1:3" || s.OpsListen != "127.0.0.1:2" || s.PublicURL != "http://localhost:8080" {
		t.Errorf("got %q %q %q", s.Listen, s.OpsListen, s.PublicURL)
	}
}

func TestSecretsMayComeFromFilesAndAreNeverPrinted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("the-secret-the-secret-the-secret-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := config.Load([]string{"OFFICEPORTAL_SECRET_KEY_FILE=" + file, "OFFICEPORTAL_DATABASE_URL=mysql://app:p@ss:word@db:3306/app"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.SecretKey != "the-secret-the-secret-the-secret-1" {
		t.Errorf("secret = %q", s.SecretKey)
	}
	printed := s.Print()
	for _, secret := range []string{"the-secret", "p@ss", "word@"} {
		if strings.Contains(printed, secret) {
			t.Errorf("%q is printed", secret)
		}
	}
	if !strings.Contains(printed, "mysql://app:***@db:3306/app") {
		t.Errorf("the database is not shown:\n%s", printed)
	}
}

func TestEveryMistakeIsToldAtOnceWithoutSecrets(t *testing.T) {
	_, err := config.Load([]string{
		"OFFICEPORTAL_LISTN=x", "OFFICEPORTAL_LISTEN=nonsense", "OFFICEPORTAL_PUBLIC_URL=ftp://x/y", "OFFICEPORTAL_EMAIL=pigeon",
		"OFFICEPORTAL_EMAIL_FROM=Sunrise <a@b.example>", "OFFICEPORTAL_SMS=messagebird", "OFFICEPORTAL_TRUSTED_PROXIES=ten.0.0.0", "OFFICEPORTAL_DATABASE_URL=mysql://a:hunter2@h/n",
		"OFFICEPORTAL_RESEND_URL=http://mail.example",
	}, nil)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"OFFICEPORTAL_LISTN is not a setting", "OFFICEPORTAL_LISTEN must", "PUBLIC_URL must", "EMAIL must", "EMAIL_FROM must",
		"MESSAGEBIRD_ACCESS_KEY is needed", "SMS_ORIGINATOR is needed", "TRUSTED_PROXIES", "SECRET_KEY is needed", "RESEND_URL must begin with https"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("a password is in the error")
	}
}

func TestPlainHTTPIsForThisMachineOnly(t *testing.T) {
	for origin, want := range map[string]struct{ starts, local bool }{
		"http://localhost:8080":       {true, true},
		"http://127.0.0.1:8080":       {true, true}, // everything but passkeys
		"http://[::1]:8080":           {true, true},
		"https://192.0.2.10":          {true, false},
		"https://localhost:8443":      {true, true},
		"https://portal.example":      {true, false},
		"http://portal.example":       {false, false},
		"http://192.168.1.10:8080":    {false, false},
		"http://localhost.evil.com":   {false, false},
		"http://127.0.0.1.evil.com":   {false, false},
		"http://localhost@evil.com":   {false, false},
		"https://portal.example/path": {false, false},
	} {
		s, err := config.Load([]string{"OFFICEPORTAL_PUBLIC_URL=" + origin}, nil)
		if (err == nil) != want.starts || err == nil && s.PublicIsLocal() != want.local {
			t.Errorf("%s: %v, local %t", origin, err, s.PublicIsLocal())
		}
	}
}

func TestWhatIsNoURLIsNotPrinted(t *testing.T) {
	for text, want := range map[string]string{
		"mysql:app:hunter2@tcp(db)/app": "***", "app:hunter2@tcp(db)/app": "***", "sqlite:data/x.db": "sqlite:data/x.db",
		"mysql://app:hunter2@db/app": "mysql://app:***@db/app",
	} {
		s := config.Settings{DatabaseURL: text}
		if printed := s.Print(); strings.Contains(printed, "hunter2") || !strings.Contains(printed, "DATABASE_URL="+want+"\n") {
			t.Errorf("%s is printed:\n%s", text, printed)
		}
	}
}
