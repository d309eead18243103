//go:build unix

package ipc

import (
	"os"
	"testing"

	"github.com/fanfold/fanfold/examples/internal/programs"
	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestPrograms(t *testing.T) { programs.Test(t, table) }

// Programs print what their Python counterparts do.
var table = []programs.Program{
	{Name: "process", Order: programs.Sorted, Stdout: lines("Worker:")},
	{Name: "processtype", Order: programs.Sorted, Stdout: lines("Process:")},
	{Name: "pipe", Stdout: "Received: Hello from sender!\n"},
	{Name: "pool", Stdout: "[0 1 4 9 16 25 36 49 64 81]\n"},
	{Name: "killable", Args: "-limit 1s", Stdout: "endless: context deadline exceeded\nits process is gone: true\nanother one goes on: true\n", Stderr: "it took"},
}

// lines returns five lines that begin so.
func lines(first string) (text string) {
	for _, i := range []string{"0", "1", "2", "3", "4"} {
		text += first + " " + i + "\n"
	}
	return text
}
