package ident_test

import (
	"sort"
	"testing"
	"time"

	"officeportal/internal/ident"
)

func TestIDsAscendAndSurviveTextAndDatabase(t *testing.T) {
	var texts []string
	for range 2000 {
		i := ident.New()
		texts = append(texts, i.String())

		back, err := ident.Parse(i.String())
		if err != nil || back != i {
			t.Fatalf("Parse(%q) = %v, %v", i.String(), back, err)
		}
		value, err := i.Value()
		if err != nil {
			t.Fatal(err)
		}
		var scanned ident.ID
		if err := scanned.Scan(value); err != nil || scanned != i {
			t.Fatalf("Scan(Value()) = %v, %v", scanned, err)
		}
	}
	if !sort.StringsAreSorted(texts) {
		t.Error("identifiers made one after the other do not sort in that order")
	}
}

func TestAtIsTheLowerBoundOfItsMillisecond(t *testing.T) {
	before := ident.At(time.Now())
	i := ident.New()
	after := ident.At(time.Now().Add(2 * time.Millisecond))
	if before.String() > i.String() || i.String() > after.String() {
		t.Errorf("%v is not between %v and %v", i, before, after)
	}
	if got := time.Since(i.Time()); got < 0 || got > time.Minute {
		t.Errorf("Time() is %v away from now", got)
	}
}

func TestParseRefusesWhatStringNeverWrites(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":             "",
		"too short":           "01k0000000000000000000000",
		"too long":            "01k000000000000000000000000",
		"upper case":          "01K00000000000000000000000",
		"a letter left out":   "01i00000000000000000000000",
		"unused bits not set": "01k00000000000000000000001",
	} {
		if got, err := ident.Parse(text); err == nil {
			t.Errorf("%s: Parse(%q) = %v, want an error", name, text, got)
		}
	}
}
