package conformance

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

// Both are for longer runs than those of every change.
var (
	budget   = flag.Duration("budget", 400*time.Millisecond, "how `long` to make histories of each primitive")
	fairness = flag.Duration("fairness", time.Second, "how `long` to measure the fairness of each primitive")
)

func TestMain(m *testing.M) {
	os.Exit(ipc.TestMain(checked{m}))
}

// checked runs the tests, and checks that they leave nothing behind.
type checked struct{ tests *testing.M }

func (c checked) Run() int {
	flag.Parse()
	if effort.Long() {
		*budget, *fairness = max(*budget, 2*time.Second), max(*fairness, 10*time.Second)
	}
	return leak.Run(c.tests.Run)
}
