package main

import (
	"testing"
	"time"
)

func BenchmarkRequests(b *testing.B) {
	w, err := open(b.Context(), "sqlite", 2000, 20_000) // a middling school
	if err != nil {
		b.Fatal(err)
	}
	defer w.stop()
	kinds, err := w.kinds(b.Context(), 2000)
	if err != nil {
		b.Fatal(err)
	}
	i := 0
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			for b.Loop() {
				if k.name == resetName { // nobody sends links all the time, except with a fast clock
					w.ahead.Add(int64(10 * time.Second))
				}
				if err := k.do(i); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

func TestEveryKindOfRequestIsAnsweredWithoutReadingATable(t *testing.T) {
	w, err := open(t.Context(), "sqlite", 300, 300)
	if err != nil {
		t.Fatal(err)
	}
	defer w.stop()
	kinds, err := w.kinds(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		if err := w.plans(t.Context(), k.do); err != nil {
			t.Errorf("%s: %v", k.name, err)
		}
	}
}
