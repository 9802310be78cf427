package crash_test

import (
	"os"
	"testing"

	"officeportal/e2e/internal/product"
)

func TestMain(m *testing.M) { os.Exit(product.Main(m)) }

// start starts the program once more.
func (w *world) start() *product.Process {
	w.t.Helper()
	return product.Serve(w.t, w.env, w.log)
}

// ready waits until the process can serve.
func (w *world) ready(p *product.Process) {
	w.t.Helper()
	p.Ready(w.t, w.ops)
}

// command runs another command of the program.
func (w *world) command(args ...string) {
	w.t.Helper()
	if code, said := product.Run(w.t, "", w.env, args...); code != 0 {
		w.t.Errorf("officeportal %v: exit code %d\n%s", args, code, said)
	}
}
