//go:build unix

package ipc_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

// asProgram names one of programs: the test binary then runs that instead of
// tests, as a parent process of its own that a test can kill or starve.
const asProgram = "IPC_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if name := os.Getenv(asProgram); name == "forgetful" {
		forgetful() // the one program that does not call Main
	}
	os.Exit(ipc.TestMain(testsOrProgram{m}))
}

type testsOrProgram struct{ tests *testing.M }

func (m testsOrProgram) Run() int {
	// Under the race detector a process lingers for a second before it exits.
	os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	name := os.Getenv(asProgram)
	if name == "" {
		return leak.Run(m.tests.Run)
	}
	run := programs[name]
	if run == nil {
		fmt.Fprintf(os.Stderr, "no program %q\n", name)
		return 2
	}
	run()
	return 0
}
