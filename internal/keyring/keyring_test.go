package keyring_test

import (
	"bytes"
	"strings"
	"testing"

	"officeportal/internal/keyring"
)

const oldRoot, newRoot = "0123456789abcdef0123456789abcdef-old", "0123456789abcdef0123456789abcdef-new"

func parse(t *testing.T, text string) *keyring.Ring {
	t.Helper()
	r, err := keyring.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAfterRotationOldThingsAreStillUnderstood(t *testing.T) {
	before, after := parse(t, oldRoot), parse(t, newRoot+", "+oldRoot)
	if before.Newest() == after.Newest() {
		t.Fatal("the newest key did not change")
	}
	mac, err := before.MAC(before.Newest(), "reset", []byte("a"))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := after.MAC(before.Newest(), "reset", []byte("a")); err != nil || !bytes.Equal(mac, again) {
		t.Errorf("MAC after rotation = %x, %v; want %x", again, err, mac)
	}
	if text, err := after.Open("intake", before.Seal("intake", []byte("maria"))); err != nil || string(text) != "maria" {
		t.Errorf("Open after rotation = %q, %v", text, err)
	}
	all := after.Lookups("email", []byte("x"))
	if len(all) != 2 || !bytes.Equal(all[0], after.Lookup("email", []byte("x"))) || !bytes.Equal(all[1], before.Lookup("email", []byte("x"))) {
		t.Error("an address is not looked up under both keys, the newest first")
	}
	if bytes.Equal(all[0], all[1]) {
		t.Error("two keys make the same look-up hash")
	}
	if _, err := parse(t, newRoot).MAC(before.Newest(), "reset"); err == nil {
		t.Error("a key that is gone still makes a MAC")
	}
}

func TestPurposesAndPartsNeverCollide(t *testing.T) {
	r := parse(t, oldRoot)
	kid := r.Newest()
	seen := map[string]string{}
	for name, make := range map[string]func() ([]byte, error){
		"reset ab c": func() ([]byte, error) { return r.MAC(kid, "reset", []byte("ab"), []byte("c")) },
		"reset a bc": func() ([]byte, error) { return r.MAC(kid, "reset", []byte("a"), []byte("bc")) },
		"reset abc":  func() ([]byte, error) { return r.MAC(kid, "reset", []byte("abc")) },
		"other ab c": func() ([]byte, error) { return r.MAC(kid, "other", []byte("ab"), []byte("c")) },
	} {
		mac, err := make()
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[string(mac)]; ok {
			t.Errorf("%s and %s have the same MAC", name, other)
		}
		seen[string(mac)] = name
	}
}

func TestWhatWasChangedOrSealedForAnotherPurposeDoesNotOpen(t *testing.T) {
	r := parse(t, oldRoot)
	sealed := r.Seal("intake", []byte("maria"))
	if _, err := r.Open("other", sealed); err == nil {
		t.Error("opened for another purpose")
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := r.Open("intake", changed); err == nil {
			t.Errorf("opened with byte %d changed", i)
		}
	}
	for n := range sealed {
		if _, err := r.Open("intake", sealed[:n]); err == nil {
			t.Errorf("opened when cut to %d bytes", n)
		}
	}
}

func TestSecretsThatCannotBeUsedAreRefusedWithoutRepeatingThem(t *testing.T) {
	for name, text := range map[string]string{"too short": newRoot + ",hunter2", "twice": newRoot + "," + oldRoot + ", " + newRoot} {
		_, err := keyring.Parse(text)
		if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), newRoot) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}
