package template

import (
	"testing"
	"time"
)

func TestClockTimesAreInTheZoneOfTheBusiness(t *testing.T) {
	for _, c := range []struct {
		name, zone     string
		at             time.Time
		english, spain string
	}{
		{"winter in Chicago", "America/Chicago", time.Date(2026, 3, 3, 20, 44, 0, 0, time.UTC), "Mar 3, 2026 at 2:44 PM CST", "3 mar 2026 a las 2:44 p.m. CST"},
		{"summer in Chicago", "America/Chicago", time.Date(2026, 7, 3, 19, 44, 0, 0, time.UTC), "Jul 3, 2026 at 2:44 PM CDT", "3 jul 2026 a las 2:44 p.m. CDT"},
		{"one o'clock is singular in Spanish", "America/Chicago", time.Date(2026, 3, 3, 19, 5, 0, 0, time.UTC), "Mar 3, 2026 at 1:05 PM CST", "3 mar 2026 a la 1:05 p.m. CST"},
		{"midnight is twelve", "America/Chicago", time.Date(2026, 3, 3, 6, 0, 0, 0, time.UTC), "Mar 3, 2026 at 12:00 AM CST", "3 mar 2026 a las 12:00 a.m. CST"},
		{"a zone without a name is a distance", "America/Sao_Paulo", time.Date(2026, 3, 3, 17, 44, 0, 0, time.UTC), "Mar 3, 2026 at 2:44 PM GMT-3", "3 mar 2026 a las 2:44 p.m. GMT-3"},
		{"with minutes where it has some", "Asia/Kathmandu", time.Date(2026, 3, 3, 8, 59, 0, 0, time.UTC), "Mar 3, 2026 at 2:44 PM GMT+5:45", "3 mar 2026 a las 2:44 p.m. GMT+5:45"},
	} {
		t.Run(c.name, func(t *testing.T) {
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			if got := moment("en", c.at.In(zone)); got != c.english {
				t.Errorf("en: got %q, want %q", got, c.english)
			}
			if got := moment("es", c.at.In(zone)); got != c.spain {
				t.Errorf("es: got %q, want %q", got, c.spain)
			}
		})
	}
}

func TestALinkThatOutlivesTheDayNamesTheDay(t *testing.T) {
	d := sample(t, "en")
	d.SentAt = time.Date(2026, 3, 3, 23, 45, 0, 0, d.Zone)
	d.ExpiresAt = d.SentAt.Add(30 * time.Minute)
	m, err := RenderEmail(PasswordReset, d)
	if err != nil {
		t.Fatal(err)
	}
	if want := "The link works until 12:15 AM CST on Mar 4, 2026."; m.Preheader != want {
		t.Errorf("got %q, want %q", m.Preheader, want)
	}
	d.Locale = "es"
	if m, err = RenderEmail(PasswordReset, d); err != nil {
		t.Fatal(err)
	}
	if want := "El enlace funciona hasta las 12:15 a.m. CST del 4 mar 2026."; m.Preheader != want {
		t.Errorf("got %q, want %q", m.Preheader, want)
	}
}

func TestNoZoneMeansUTC(t *testing.T) {
	d := sample(t, "en")
	d.Zone = nil
	m, err := RenderEmail(PasswordChanged, d)
	if err != nil {
		t.Fatal(err)
	}
	if want := "Changed on Mar 3, 2026 at 8:20 PM UTC."; m.Preheader != want {
		t.Errorf("got %q, want %q", m.Preheader, want)
	}
}
