package concurrent

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fanfold/fanfold/examples/internal/programs"
	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestPrograms(t *testing.T) { programs.Test(t, table) }

// Programs print what their Python counterparts do.
var table = []programs.Program{
	{Name: "thread", Stdout: "0\n1\n2\n3\n4\n"},
	{Name: "threadtype", Stdout: "0\n1\n2\n3\n4\n"},
	{Name: "lock", Stdout: "200000\n"},
	{Name: "rlock", Stdout: "Recursion level 5\nRecursion level 4\nRecursion level 3\nRecursion level 2\nRecursion level 1\n"},
	{Name: "queue", Args: "-tick 1ms", Order: byFirstWord, Stdout: pairs("Produced item-", "Consumed item-")},
	{Name: "event", Args: "-tick 1ms", Stdout: "Worker waiting for event to start...\nController is starting the worker...\nWorker started...\n"},
	{Name: "condition", Args: "-tick 1ms", Order: byFirstWord, Stdout: pairs("Produced ", "Consumed ")},
	{Name: "shareddata", Order: byFirstWord, Stdout: pairs("Produced ", "Consumed ")},
	{Name: "pool", Stdout: "[0 1 4 9 16 25 36 49 64 81]\n"},
	{Name: "coroutine", Args: "-tick 1ms", Stdout: "Hello\nWorld\nStart\nEnd\n"},
	{Name: "tasks", Args: "-a 3s -b 1ms", Stdout: "Task A started\nTask B started\nTask B finished\nTask A finished\n"},
	{Name: "gather", Args: "-tick 1ms", Order: byFirstWord, Stdout: "Task A started\nTask B started\nTask C started\nTask B finished\nTask A finished\nTask C finished\n[A B C]\n"},
	{Name: "timeout", Args: "-takes 1h -limit 20ms", Stdout: "Task timed out\n", Stderr: "the task is canceled"},
	{Name: "generator", Args: "-tick 1ms", Stdout: "0\n1\n2\n3\n4\n", Stderr: "the producer has stopped"},
	{Name: "generator", Args: "-tick 1ms -stop 2", Stdout: "0\n1\n2\n", Stderr: "the producer has stopped"},
	{Name: "contextmanager", Args: "-tick 1ms", Stdout: "Entering context\nInside context\nExiting context\n"},
	{Name: "contextmanager", Args: "-tick 1ms -fail", Stdout: "Entering context\nInside context\nExiting context\n", Stderr: "it was asked to fail", Status: 1},
}

// pairs returns five lines of each kind.
func pairs(produced, consumed string) string {
	var text strings.Builder
	for _, i := range []string{"0", "1", "2", "3", "4"} {
		text.WriteString(produced + i + "\n" + consumed + i + "\n")
	}
	return text.String()
}

// byFirstWord is the order of lines that have the same first word: what different
// tasks print may mix.
func byFirstWord(text string) any {
	lines := map[string][]string{}
	for line := range strings.Lines(text) {
		first, _, _ := strings.Cut(line, " ")
		lines[first] = append(lines[first], line)
	}
	slices.Sort(lines["Task"]) // tasks end in any order
	return lines
}
