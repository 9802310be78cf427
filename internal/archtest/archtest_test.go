package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

func TestEveryPackageImportsOnlyWhatItsLayerMay(t *testing.T) {
	packages := list(t)
	if len(packages) < 30 {
		t.Fatalf("go list found %d packages only", len(packages))
	}
	for _, wrong := range Check(packages) {
		t.Error(wrong)
	}
}

func list(t *testing.T) []Package {
	t.Helper()
	// -e: a package that does not compile is the compiler's to report
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaints.String())
	}
	var packages []Package
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p Package
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func TestTheRulesFindEveryKindOfViolation(t *testing.T) {
	for _, c := range []struct{ name, from, imports, want string }{
		{"a domain may use the outbox", "internal/passwordreset", "internal/message", ""},
		{"a domain may use the store", "internal/family", "internal/store", ""},
		{"a domain may use a leaf of another", "internal/passwordreset", "internal/identity/password", ""},
		{"a domain may not import another", "internal/passwordreset", "internal/credit", "do not know each other"},
		{"a domain may not import an edge", "internal/credit", "graph/model", `"domain" may not know the layer "edge"`},
		{"an edge may use a domain", "graph", "internal/family", ""},
		{"an edge may read through ent", "graph", "ent/family", ""},
		{"an edge may use itself", "graph", "graph/generated", ""},
		{"an edge may not import the other", "internal/web", "graph", "do not know each other"},
		{"the other may not either", "graph/generated", "internal/web", "do not know each other"},
		{"the outbox may not import a domain", "internal/message", "internal/passwordreset", `"service" may not know the layer "domain"`},
		{"the outbox may record what happened", "internal/message", "internal/audit", ""},
		{"the store may not import what stands on it", "internal/store", "internal/audit", `"store" may not know the layer "service"`},
		{"rows know who asks", "ent/schema", "internal/viewer", ""},
		{"rows do not know the store", "ent/schema", "internal/store", `"ent" may not know the layer "store"`},
		{"a leaf may not import rows", "internal/contact", "ent", `"leaf" may not know the layer "ent"`},
		{"leaves may use each other", "internal/family/csvfile", "internal/contact", ""},
		{"only cli may start the app", "internal/web", "internal/app", `"edge" may not know the layer "app"`},
		{"the program is its command line", ".", "internal/cli", ""},
		{"the command line starts the app", "internal/cli", "internal/app", ""},
		{"nothing imports the program", "internal/app", ".", `"app" may not know the layer "server"`},
		{"fault stands alone", "internal/fault", "internal/ident", "standard library only"},
		{"settings stand alone", "internal/config", "github.com/caarlos0/env/v11", "standard library only"},
		{"settings read files", "internal/config", "os", ""},
		{"who asks has an id", "internal/viewer", "internal/ident", ""},
		{"who asks has nothing else", "internal/viewer", "internal/keyring", "may import officeportal/internal/ident only"},
		{"no test server in the product", "internal/store", "internal/store/dbtest", "for tools and tests"},
		{"tools may use anything", "scripts/migration", "internal/store/dbtest/mariadb", ""},
		{"no GraphQL in a domain", "internal/family", "github.com/99designs/gqlgen/graphql", "reserved for graph/..."},
		{"no HTTP in a domain", "internal/credit", "net/http", "reserved for"},
		{"no command line in the app", "internal/app", "github.com/spf13/cobra", "reserved for internal/cli"},
		{"only one package sends e-mail", "internal/message/sms", "github.com/resend/resend-go/v2", "reserved for internal/message/email"},
		{"a package without a place", "internal/utils", "os", "has no place yet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(Check([]Package{{ImportPath: full(c.from), Imports: []string{full(c.imports)}}}), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// full returns the import path of a path below the module; those from outside stay as they are.
func full(path string) string {
	switch {
	case path == ".":
		return Module
	case standard(path) && (strings.HasPrefix(path, "internal/") || strings.HasPrefix(path, "graph") || strings.HasPrefix(path, "ent") || strings.HasPrefix(path, "scripts/")):
		return Module + "/" + path
	}
	return path
}

func TestThePortalsNeverMeet(t *testing.T) {
	src := filepath.Join(root, "frontend", "src")
	files := 0
	err := filepath.WalkDir(src, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch filepath.Ext(file) {
		case ".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".css":
		default:
			return nil
		}
		files++
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(src, file)
		for _, wrong := range CheckFrontend(filepath.ToSlash(name), string(source)) {
			t.Error(wrong)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Errorf("%s holds no source", src)
	}
}

func TestTheRuleForThePortalsFindsEveryKindOfImport(t *testing.T) {
	for _, c := range []struct {
		name, file, source string
		wrong              int
	}{
		{"shared alone", "shared/ui/button.tsx", `import { cn } from "../lib/cn"; import React from "react"`, 0},
		{"both may use shared", "portal/main.tsx", `import { Button } from "../shared/ui/button"; import "@/shared/theme.css"`, 0},
		{"shared reaches up", "shared/ui/button.tsx", `import { Shell } from "../../office/shell"`, 1},
		{"shared reaches up by an alias", "shared/ui/button.tsx", `import { Shell } from "@/portal/shell"`, 1},
		{"the portals meet", "portal/home.tsx", "import {\n  Families,\n} from '../office/families'", 1},
		{"the portals meet late", "office/home.tsx", `const x = await import("../portal/home")`, 1},
		{"the portals meet by a re-export", "office/index.ts", `export * from "~/portal/home"`, 1},
		{"the portals meet for a side effect", "office/index.ts", `import "#portal/setup"`, 1},
		{"the portals meet in a style sheet", "portal/portal.css", `@import "../office/office.css";`, 1},
		{"a package with such a name", "office/home.tsx", `import x from "portal-vue"`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := CheckFrontend(c.file, c.source); len(got) != c.wrong {
				t.Errorf("got %q, want %d", got, c.wrong)
			}
		})
	}
}
