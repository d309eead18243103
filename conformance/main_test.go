package conformance

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/fanfold/fanfold/internal/leak"
)

// Both are for longer runs than those of every change.
var (
	budget   = flag.Duration("budget", 400*time.Millisecond, "how `long` to make histories of each primitive")
	fairness = flag.Duration("fairness", time.Second, "how `long` to measure the fairness of each primitive")
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(leak.Run(m.Run))
}
