package template

import (
	"strconv"
	"strings"
	"time"
)

// date returns e.g. "Mar 3, 2026".
func date(locale string, t time.Time) string {
	return fill(locale, "format.date", dateFacts(locale, t))
}

// shortDate returns e.g. "Mar 3".
func shortDate(locale string, t time.Time) string {
	return fill(locale, "format.shortDate", dateFacts(locale, t))
}

func dateFacts(locale string, t time.Time) facts {
	months := strings.Fields(fill(locale, "format.months", nil))
	return facts{
		"month": months[t.Month()-1],
		"day":   strconv.Itoa(t.Day()),
		"year":  strconv.Itoa(t.Year()),
	}
}

// clock returns e.g. "2:44 PM CST"; in Spanish with its article, "las 2:44 PM CST", which one
// o'clock has in the singular.
func clock(locale string, t time.Time) string {
	f := clockFacts(locale, t)
	if f["hour"] == "1" {
		return fill(locale, "format.clockOne", f)
	}
	return fill(locale, "format.clock", f)
}

// shortClock returns e.g. "2:44 PM": at most eight characters in every language.
func shortClock(locale string, t time.Time) string {
	f := clockFacts(locale, t)
	f["half"] = fill(locale, halfKey(t, "format.shortAm", "format.shortPm"), nil)
	return fill(locale, "format.shortClock", f)
}

// moment returns e.g. "Mar 3, 2026 at 2:20 PM CST".
func moment(locale string, t time.Time) string {
	return fill(locale, "format.moment", facts{"date": date(locale, t), "clock": clock(locale, t)})
}

func clockFacts(locale string, t time.Time) facts {
	return facts{
		"hour":   t.Format("3"),
		"minute": t.Format("04"),
		"half":   fill(locale, halfKey(t, "format.am", "format.pm"), nil),
		"zone":   zoneName(t),
	}
}

func halfKey(t time.Time, am, pm string) string {
	if t.Hour() < 12 {
		return am
	}
	return pm
}

// zoneName returns the abbreviation people know, "CST". Zones without one are numbers in the time
// zone database ("-03"), which beside a clock time would read as a subtraction: those become "GMT-3".
func zoneName(t time.Time) string {
	name, offset := t.Zone()
	if name != "" && name[0] != '+' && name[0] != '-' {
		return name
	}
	if offset == 0 {
		return "GMT"
	}
	sign := "+"
	if offset < 0 {
		sign, offset = "-", -offset
	}
	out := "GMT" + sign + strconv.Itoa(offset/3600)
	if minutes := offset % 3600 / 60; minutes != 0 {
		out += ":" + strconv.Itoa(minutes/10) + strconv.Itoa(minutes%10)
	}
	return out
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}
