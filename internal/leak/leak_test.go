package leak

import (
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Each case leaves something behind, which must be found, then takes it away,
// after which nothing may be found.
func TestLeft(t *testing.T) {
	cases := []struct {
		name, want string
		linux      bool
		leave      func(t *testing.T) (undo func())
	}{
		{"goroutine", "leak.TestLeft", false, func(*testing.T) func() {
			stop := make(chan bool)
			go func() { <-stop }()
			return func() { close(stop) }
		}},
		{"descriptor", "descriptor ", true, func(t *testing.T) func() {
			f, err := os.Open(os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			return func() { f.Close() }
		}},
		{"child", "process ", true, func(t *testing.T) func() {
			cmd := exec.Command("cat")
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Skip(err)
			}
			return func() { in.Close(); cmd.Wait() }
		}},
		{"orphan", "process ", true, func(t *testing.T) func() {
			t.Setenv(mark, strconv.Itoa(os.Getpid()))
			out, err := exec.Command("sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!").Output()
			if err != nil {
				t.Skip(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
			if err != nil {
				t.Fatal(err)
			}
			orphan, err := os.FindProcess(pid)
			if err != nil {
				t.Fatal(err)
			}
			return func() { orphan.Kill() }
		}},
		{"shared memory", "/dev/shm/", true, func(t *testing.T) func() {
			f, err := os.CreateTemp("/dev/shm", "fanfold-leak-test-*")
			if err != nil {
				t.Skip(err)
			}
			f.Close()
			return func() { os.Remove(f.Name()) }
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.linux && runtime.GOOS != "linux" {
				t.Skip("only looked at on Linux")
			}
			before := Take()
			undo := c.leave(t)
			left := strings.Join(before.Left(), "\n")
			undo()
			if !strings.Contains(left, c.want) {
				t.Errorf("left %q, want something with %q", left, c.want)
			}
			if left := before.Wait(Grace); len(left) > 0 {
				t.Errorf("still there after it was taken away: %q", left)
			}
		})
	}
}

// What other processes have in /dev/shm is not ours.
func TestSharedMemoryOfOthers(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only looked at on Linux")
	}
	before := Take()
	foreign, err := os.CreateTemp("/dev/shm", "of-somebody-else-*")
	if err != nil {
		t.Skip(err)
	}
	defer os.Remove(foreign.Name())
	foreign.Close()

	used, err := os.CreateTemp("/dev/shm", "fanfold-leak-test-*")
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(used.Name())
	// A process that is not marked and whose parent is gone uses the file.
	t.Setenv(mark, "")
	begin := exec.Command("sh", "-c", `exec 3<"$1"; sleep 1000 >/dev/null 2>&1 & echo $!`, "sh", used.Name())
	used.Close()
	out, err := begin.Output()
	if err != nil {
		t.Skip(err)
	}
	// Not by os.FindProcess, which opens a descriptor.
	kill := func() { exec.Command("kill", "-9", strings.TrimSpace(string(out))).Run() }
	defer kill()
	if left := before.Left(); len(left) > 0 {
		t.Errorf("left %q, which is others'", left)
	}
	kill()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) { // until it is gone
		if left := before.Left(); len(left) == 1 && strings.Contains(left[0], used.Name()) {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("left %q, want %s, which nobody uses any more", left, used.Name())
		}
	}
}

func TestRun(t *testing.T) {
	stderr := os.Stderr
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := Run(func() int { return 3 }); got != 3 {
		t.Errorf("a clean run returned %d, want its own status 3", got)
	}
	stop := make(chan bool)
	os.Stderr = w
	const grace = 50 * time.Millisecond
	start := time.Now()
	got := runWithin(grace, func() int { go func() { <-stop }(); return 0 })
	os.Stderr = stderr
	close(stop)
	w.Close()
	report, _ := io.ReadAll(r)
	if got != 1 || !strings.Contains(string(report), "leak_test") {
		t.Errorf("a leaking run returned %d and reported %q", got, report)
	}
	if time.Since(start) < grace {
		t.Error("the leak was reported before its grace was over")
	}
}
