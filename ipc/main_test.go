//go:build unix

package ipc_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

// asProgram names one of programs: the test binary then runs that instead of
// tests, as a parent process of its own that a test can kill or starve.
const asProgram = "IPC_TEST_PROGRAM"

// overPipes makes the tests use pipes for what shared memory is there for.
const overPipes = "IPC_TEST_OVER_PIPES"

// Everything that holds over shared memory holds over pipes: the tests run once
// more, in a process of their own. The gate has time for those about what travels.
func TestOverPipes(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getenv(overPipes) != "" {
		t.Skip("pipes are what this run uses anyway")
	}
	if testing.CoverMode() != "" || testing.Short() {
		t.Skip("once is enough")
	}
	run := "Carrier|Moods|FilesOf|FilesReturn|Large|Dies|KillStorm"
	switch {
	case effort.Long():
		run = "." // all of them
	case effort.Race:
		t.Skip("over pipes and under the race detector is for .ci/long, which sets FANFOLD_LONG")
	}
	cmd := exec.Command(os.Args[0], "-test.run="+run, "-test.skip=Ring|Bell|Slot", "-test.timeout=30m")
	cmd.Env = append(os.Environ(), overPipes+"=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

// answersInPipes skips a test of what happens to the pipe for answers where small
// ones do not travel in it.
func answersInPipes(t *testing.T) {
	if runtime.GOOS == "linux" && os.Getenv(overPipes) == "" {
		t.Skip("answers come through shared memory")
	}
}

func TestMain(m *testing.M) {
	if name := os.Getenv(asProgram); name == "forgetful" {
		forgetful() // the one program that does not call Main
	}
	if os.Getenv(overPipes) != "" {
		ipc.OnlyPipes()
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
