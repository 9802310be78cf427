package seal_test

import (
	"strings"
	"testing"

	"officeportal/internal/audit/seal"
)

func TestACheckpointIsFoundInAMailThatWasSaved(t *testing.T) {
	each(t, func(t *testing.T, e *env) {
		e.record(3)
		e.seal()
		c, err := e.log.Checkpoint(e.system)
		e.must(err)
		name, signature, _ := strings.Cut(strings.TrimSpace(c.Note[strings.Index(c.Note, "— "):]), "audit ")
		for how, text := range map[string]string{
			"as it is":                c.Note,
			"within a mail":           "Hello Olive,\n\nThe officeportal/audit of today:\n\n" + c.Note + "\nTo compare, …\n",
			"from Windows":            strings.ReplaceAll("Hello,\n\n"+c.Note+"\nbye\n", "\n", "\r\n"),
			"quoted and indented":     "> " + strings.ReplaceAll(c.Note, "\n", "  \n> "),
			"without the last line":   strings.TrimSpace(c.Note),
			"broken after the name":   strings.Replace(c.Note, "audit "+signature, "audit\n"+signature, 1) + "\nmore",
			"broken in the signature": strings.Replace(c.Note, signature, signature[:40]+"\n"+signature[40:], 1) + "\nmore",
			"with two empty lines":    strings.Replace(c.Note, "\n\n", "\n\n\n", 1),
		} {
			tree, err := e.log.Open(seal.Find(text))
			if err != nil || tree.N != 3 || tree.Hash != c.Root {
				t.Errorf("%s: %v, %v\n%s", how, tree, err, seal.Find(text))
			}
		}
		if !strings.HasPrefix(name, "— ") {
			t.Fatal(name)
		}
		for how, text := range map[string]string{
			"another size": strings.Replace(c.Note, "\n3\n", "\n4\n", 1), "no signature": c.Note[:strings.Index(c.Note, "— ")], "nothing": "Hello",
		} {
			if _, err := e.log.Open(seal.Find(text)); err == nil {
				t.Errorf("%s: it was taken", how)
			}
		}
	})
}
