package archtest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A sentence that stands twice in a file is mended in one place and read in the other: JSON takes the last, silently.
func TestNoSentenceStandsTwiceInAFile(t *testing.T) {
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{"node_modules", ".git", "dist"}, d.Name()):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".json" || !strings.Contains(filepath.ToSlash(path), "/locales/"):
			return nil
		}
		files++
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		twice, err := repeated(string(raw))
		if err != nil || len(twice) > 0 {
			t.Errorf("%s: %v stand twice, %v", path, twice, err)
		}
		return nil
	})
	if err != nil || files < 4 {
		t.Errorf("%d files were read, %v", files, err)
	}
}

func TestRepeatedKeysAreFoundAtEveryDepth(t *testing.T) {
	got, err := repeated(`{"a": "x", "b": {"a": 1, "c": [{"d": 1}, {"d": 2}, {"e": 1, "e": 1}]}, "a": "x"}`)
	if diff := cmp.Diff([]string{"e", "a"}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// repeated returns the keys that an object of the text has more than once.
func repeated(text string) ([]string, error) {
	var out []string
	d := json.NewDecoder(strings.NewReader(text))
	var value func() error
	value = func() error {
		begin, err := d.Token()
		if err != nil {
			return err
		}
		open, ok := begin.(json.Delim)
		if !ok {
			return nil
		}
		seen := map[string]bool{}
		for d.More() {
			if open == '{' {
				key, err := d.Token()
				if err != nil {
					return err
				}
				name := fmt.Sprint(key)
				if seen[name] {
					out = append(out, name)
				}
				seen[name] = true
			}
			if err := value(); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	}
	err := value()
	return out, err
}
