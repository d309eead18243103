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
