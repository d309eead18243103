package concurrent

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// A program is run with arguments, and prints lines.
type program struct {
	name, args string
	stdout     string
	// free says that lines of different first words may change places.
	free   bool
	stderr string // a part of it; none if empty
	status int
}

// Programs print what their Python counterparts do.
var programs = []program{
	{name: "thread", stdout: "0\n1\n2\n3\n4\n"},
	{name: "threadtype", stdout: "0\n1\n2\n3\n4\n"},
	{name: "lock", stdout: "200000\n"},
	{name: "rlock", stdout: "Recursion level 5\nRecursion level 4\nRecursion level 3\nRecursion level 2\nRecursion level 1\n"},
	{name: "queue", args: "-tick 1ms", free: true, stdout: pairs("Produced item-", "Consumed item-")},
	{name: "event", args: "-tick 1ms", stdout: "Worker waiting for event to start...\nController is starting the worker...\nWorker started...\n"},
	{name: "condition", args: "-tick 1ms", free: true, stdout: pairs("Produced ", "Consumed ")},
	{name: "shareddata", free: true, stdout: pairs("Produced ", "Consumed ")},
	{name: "pool", stdout: "[0 1 4 9 16 25 36 49 64 81]\n"},
	{name: "coroutine", args: "-tick 1ms", stdout: "Hello\nWorld\nStart\nEnd\n"},
	{name: "tasks", args: "-tick 200ms", stdout: "Task A started\nTask B started\nTask B finished\nTask A finished\n"},
	{name: "gather", args: "-tick 1ms", free: true, stdout: "Task A started\nTask B started\nTask C started\nTask B finished\nTask A finished\nTask C finished\n[A B C]\n"},
	{name: "timeout", args: "-tick 20ms", stdout: "Task timed out\n", stderr: "the task is cancelled"},
	{name: "generator", args: "-tick 1ms", stdout: "0\n1\n2\n3\n4\n", stderr: "the producer has stopped"},
	{name: "generator", args: "-tick 1ms -stop 2", stdout: "0\n1\n2\n", stderr: "the producer has stopped"},
	{name: "contextmanager", args: "-tick 1ms", stdout: "Entering context\nInside context\nExiting context\n"},
	{name: "contextmanager", args: "-tick 1ms -fail", stdout: "Entering context\nInside context\nExiting context\n", stderr: "it was asked to fail", status: 1},
}

// pairs returns five lines of each kind.
func pairs(produced, consumed string) string {
	var text strings.Builder
	for _, i := range []string{"0", "1", "2", "3", "4"} {
		text.WriteString(produced + i + "\n" + consumed + i + "\n")
	}
	return text.String()
}

func TestPrograms(t *testing.T) {
	bin := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "go", "build", "-o", bin+string(filepath.Separator), "./...").CombinedOutput()
	require.NoError(t, err, "%s", out)

	for _, p := range programs {
		t.Run(strings.TrimSpace(p.name+" "+p.args), func(t *testing.T) {
			path := filepath.Join(bin, p.name)
			if runtime.GOOS == "windows" {
				path += ".exe"
			}
			var stdout, stderr bytes.Buffer
			cmd := exec.CommandContext(ctx, path, strings.Fields(p.args)...)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Run(); !errors.As(err, new(*exec.ExitError)) {
				require.NoError(t, err)
			}
			require.Equal(t, p.status, cmd.ProcessState.ExitCode(), "%s", &stderr)
			if p.free {
				compareFree(t, p.stdout, stdout.String())
			} else {
				require.Equal(t, p.stdout, stdout.String())
			}
			if p.stderr == "" {
				require.Empty(t, stderr.String())
			} else {
				require.Contains(t, stderr.String(), p.stderr)
			}
		})
	}
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, e := range entries {
		known := slices.ContainsFunc(programs, func(p program) bool { return p.name == e.Name() })
		require.True(t, known || !e.IsDir(), "%s is not tested", e.Name())
	}
}

// compareFree compares lines but for the order of those that have different first
// words.
func compareFree(t *testing.T, want, got string) {
	t.Helper()
	byFirst := func(text string) map[string][]string {
		lines := map[string][]string{}
		for line := range strings.Lines(text) {
			first, _, _ := strings.Cut(line, " ")
			lines[first] = append(lines[first], line)
		}
		// Tasks begin and end in any order.
		slices.Sort(lines["Task"])
		return lines
	}
	require.Equal(t, byFirst(want), byFirst(got))
}
