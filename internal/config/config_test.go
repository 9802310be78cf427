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
	}, nil)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"OFFICEPORTAL_LISTN is not a setting", "OFFICEPORTAL_LISTEN must", "PUBLIC_URL must", "EMAIL must", "EMAIL_FROM must",
		"MESSAGEBIRD_ACCESS_KEY is needed", "SMS_ORIGINATOR is needed", "TRUSTED_PROXIES", "SECRET_KEY is needed"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("a password is in the error")
	}
}
