package manager_test

import (
	"os"
	"testing"

	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

func TestMain(m *testing.M) { os.Exit(ipc.TestMain(checked{m})) }

// checked runs the tests, and checks that they leave nothing behind.
type checked struct{ tests *testing.M }

func (c checked) Run() int {
	// Under the race detector a process lingers for a second before it exits.
	os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	return leak.Run(c.tests.Run)
}
