//go:build unix

package ipc

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fanfold/fanfold/examples/internal/programs"
	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestPrograms(t *testing.T) {
	if runtime.GOOS == "linux" {
		table = append(table, storms()...)
		table = append(table, sandboxes...)
		table = append(table, shared...)
	} else {
		table = append(table, programs.Program{Name: "storm", Status: 1, Stderr: "this needs Linux"})
		for _, p := range shared {
			table = append(table, programs.Program{Name: p.Name, Status: 1, Stderr: "unsupported"})
		}
		table = append(table, programs.Program{Name: "sandbox", Status: 1, Stderr: "are Linux's"})
	}
	programs.Test(t, table)
}

// storms are a storm that loses nothing, and storms whose books are falsified, which
// is seen.
func storms() []programs.Program {
	faults := fmt.Sprintf("-n %d", effort.Times(200, 100, 1000))
	list := []programs.Program{
		{Name: "storm", Args: faults, Order: losses, Stdout: "lost 0, doubled 0, unexplained 0, late 0, left 0\n", Stderr: "storm: pipes: "},
		{Name: "storm", Args: "-n 3 -seed 244 -transport rings", Order: losses, Stdout: "lost 0, doubled 0, unexplained 0, late 0, left 0\n", Stderr: "storm: rings: "},
		{Name: "storm", Args: fmt.Sprintf("-shared -n %d", effort.Times(30, 20, 500)), Order: losses, Stdout: "lost 0, doubled 0, unexplained 0, late 0, left 0\n", Stderr: "storm: shared memory: "},
		{Name: "storm", Args: "-workers 0", Stderr: "invalid value \"0\" for flag -workers: want a whole number from 1 to 256\n", Status: 2},
		{Name: "storm", Args: "-transport air", Stderr: "invalid value \"air\" for flag -transport: want rings, pipes or both\n", Status: 2},
		{Name: "storm", Args: "-break all", Stderr: "invalid value \"all\" for flag -break: want double, drop, leak, lie or mix\n", Status: 2},
	}
	// The faults of this seed kill nobody, so that there are no other losses.
	for how, want := range map[string]string{
		"drop":   "lost 1, doubled 0, unexplained 0, late 0, left 0\n",
		"double": "lost 0, doubled 1, unexplained 0, late 0, left 0\n",
		"lie":    "lost 0, doubled 0, unexplained 1, late 0, left 0\n",
		"mix":    "lost 0, doubled 0, unexplained 1, late 0, left 0\n",
		"leak":   "lost 0, doubled 0, unexplained 0, late 0, left 1\n",
	} {
		for _, args := range []string{"-transport rings", "-shared"} {
			list = append(list, programs.Program{
				Name: "storm", Args: "-n 3 -seed 244 " + args + " -break " + how, Order: losses, Stdout: want, Stderr: "storm: ", Status: 1,
			})
		}
	}
	return list
}

// losses returns the part of a storm's line that is about losses.
func losses(line string) any { return line[max(strings.Index(line, "lost "), 0):] }

// Programs print what their Python counterparts do.
var table = []programs.Program{
	{Name: "process", Order: programs.Sorted, Stdout: lines("Worker:")},
	{Name: "processtype", Order: programs.Sorted, Stdout: lines("Process:")},
	{Name: "account", Stdout: "500\ntrue the account would be overdrawn\n"},
	{Name: "managerlist", Stdout: "[0 10 20 30 40]\n"},
	{Name: "managerdict", Stdout: "map[key0:0 key1:10 key2:20 key3:30 key4:40]\n"},
	{Name: "managernamespace", Order: tens, Stdout: "0\n"},
	{Name: "pipe", Stdout: "Received: Hello from sender!\n"},
	{Name: "pool", Stdout: "[0 1 4 9 16 25 36 49 64 81]\n"},
	{Name: "killable", Args: "-limit 1s", Stdout: "ipc: endless was ended while it ran: context deadline exceeded\nits process is gone: true\nanother one goes on: true\n", Stderr: "it took"},
	{Name: "killable", Args: "-limit 1", Stderr: "invalid value \"1\" for flag -limit: want a duration such as 50ms, of 1ms at least\n", Status: 2},
}

// tens takes any of the numbers that the processes of managernamespace store for the first.
func tens(out string) any {
	if slices.Contains([]string{"0\n", "10\n", "20\n", "30\n", "40\n"}, out) {
		return "0\n"
	}
	return out
}

// shared need memory that processes share.
var shared = []programs.Program{
	{Name: "lock", Stdout: "200000\n"},
	{Name: "sharedvalue", Stdout: "2\n[3 4 5 6]\n"},
	{Name: "queue", Args: "-tick 1ms", Order: programs.Sorted, Stdout: lines("Producing") + lines("Consuming")},
	{
		Name: "jobs", Stderr: "hangs at job 35: kill -9\n", Stdout: "job 5 was done at attempt 2\njob 15 was done at attempt 2\n" +
			"job 25 was done at attempt 2\njob 35 was done at attempt 2\n" +
			"40 jobs done, 4 consumers killed at work, 4 jobs taken again, none lost\n78498 primes below 1000000\n",
	},
	{
		Name: "ratelimit", Args: "-rate 500", Stderr: "it took ", Stdout: strings.Repeat("a program has made 25 requests\n", 4) +
			"100 requests in all, never more than 500 a second after a burst of 10: true\n",
	},
	{Name: "ratelimit", Args: "-rate 0", Stderr: "invalid value \"0\" for flag -rate: want a whole number from 1 to 1000000\n", Status: 2},
	{Name: "histogram", Stdout: "all bytes counted: true\n", Stderr: "one goroutine"},
	{
		Name: "event", Order: programs.Sorted,
		Stdout: "wait_for_event: waiting for event to start\nstart_event: sleeping before starting event\nwait_for_event: event received, continuing\n",
	},
}

// lines returns five lines that begin so.
func lines(first string) (text string) {
	for _, i := range []string{"0", "1", "2", "3", "4"} {
		text += first + " " + i + "\n"
	}
	return text
}

// sandboxes look into hostile files, into one that is not, and into what is no folder.
var sandboxes = []programs.Program{
	{Name: "sandbox", Args: "-cpu 5s", Stdout: hostile, Stderr: "sandbox: bomb.gz took "}, // so that a slow machine, too, comes to the limit of memory
	{Name: "sandbox", Args: "pool", Stdout: "FILE     KIND  VERDICT\nmain.go        refused: it is nothing that is known here\n", Stderr: "took"},
	{Name: "sandbox", Args: "/there/is/no/such/folder", Stderr: "no such file or directory", Status: 1},
	{Name: "sandbox", Args: "-memory 1", Stderr: "invalid value \"1\" for flag -memory: want a whole number from 128 to 1048576\n", Status: 2},
	{Name: "sandbox", Args: "-cpu 0s", Stderr: "invalid value \"0s\" for flag -cpu: want a duration such as 50ms, of 1s at least\n", Status: 2},
	{Name: "sandbox", Args: "pool pipe", Stderr: "2 folders given, want at most one\n", Status: 2},
}

// hostile is the verdict on each of the files that the program makes.
const hostile = `FILE               KIND  VERDICT
bomb.gz            gzip  over time
bomb.zip           zip   over memory
cut.jpg            jpeg  refused: invalid JPEG format: short Huffman data
cut.png            png   refused: png: invalid format: not enough pixel data
cut.tar.gz         gzip  refused: unexpected EOF
cut.zip            zip   refused: zip: not a valid zip file
endless.gz               refused: not a regular file but a named pipe
escape.zip         zip   refused: it would write to "../../etc/passwd"
flipped.png        png   refused: png: invalid format: zlib: invalid checksum
flipped.zip        zip   refused: zip: checksum error
frames.gif         gif   over memory
good.gif           gif   ok: 640 x 480, 3 frames
good.jpg           jpeg  ok: 640 x 480
good.png           png   ok: 640 x 480
good.tar.gz        gzip  ok: 2 entries, 24000 bytes
good.zip           zip   ok: 3 entries, 36000 bytes
huge.jpg           jpeg  over memory
huge.png           png   over memory
nested.zip         zip   refused: archives lie more than 8 deep
not-an-image.jpeg        refused: it is nothing that is known here
nothing.png              refused: it is nothing that is known here
sparse.tar         tar   over time
`
