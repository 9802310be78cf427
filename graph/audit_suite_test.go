package graph_test

import (
	"os/exec"
	"strings"
	"testing"
)

// The suite is the one that implementers of GraphQL over HTTP hold each other to. It needs the packages
// that `npm ci` installs.
func TestThePublicAuditSuiteFindsNothing(t *testing.T) {
	w := onSQLite(t)
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("the audit suite runs on Node, which is not installed")
	}
	out, err := exec.CommandContext(t.Context(), node, "audit_suite.mjs", w.server.URL).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// Three audits say that a server MAY answer GET; this one decided not to.
	if !strings.Contains(string(out), `"ok":58,"notice":3,"warn":0,"error":0,"failed":0`) {
		t.Errorf("the suite counts otherwise than expected:\n%s", out)
	}
}
