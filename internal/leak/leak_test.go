package leak

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
			require.NoError(t, err)
			return func() { f.Close() }
		}},
		{"child", "process ", true, func(t *testing.T) func() {
			cmd := exec.Command("cat")
			in, err := cmd.StdinPipe()
			require.NoError(t, err)
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
			require.NoError(t, err)
			orphan, err := os.FindProcess(pid)
			require.NoError(t, err)
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
			assert.Contains(t, left, c.want, "left")
			assert.Empty(t, before.Wait(Grace), "after it was taken away")
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

	used, err := os.CreateTemp("/dev/shm", "of-somebody-else-*")
	require.NoError(t, err)
	defer os.Remove(used.Name())
	// A process that is not marked and whose parent is gone uses the file, which gets its
	// name later.
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
	name := filepath.Join("/dev/shm", "fanfold-leak-test-of"+strings.TrimSpace(string(out)))
	require.NoError(t, os.Link(used.Name(), name))
	defer os.Remove(name)
	require.NoError(t, os.Remove(used.Name()))
	assert.Empty(t, before.Left(), "what is others'")
	kill()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) { // until it is gone
		if left := before.Left(); len(left) == 1 && strings.Contains(left[0], name) {
			return
		} else if time.Now().After(deadline) {
			require.FailNow(t, "nobody uses it any more", "left %q, want %s", left, name)
		}
	}
}

func TestRun(t *testing.T) {
	stderr := os.Stderr
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	assert.Equal(t, 3, Run(func() int { return 3 }), "status of a clean run")
	stop := make(chan bool)
	os.Stderr = w
	const grace = 50 * time.Millisecond
	start := time.Now()
	got := runWithin(grace, func() int { go func() { <-stop }(); return 0 })
	os.Stderr = stderr
	close(stop)
	w.Close()
	report, _ := io.ReadAll(r)
	assert.Equal(t, 1, got, "status of a leaking run")
	assert.Contains(t, string(report), "leak_test")
	assert.GreaterOrEqual(t, time.Since(start), grace, "a leak is reported when its grace is over")
}

// What has the id of another process in its name is that one's, also if it just does not
// have it open.
func TestSharedMemoryNamedByOthers(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only looked at on Linux")
	}
	before := Take()
	for _, c := range []struct {
		name string
		left int
	}{
		{fmt.Sprintf("fanfold-test-%d-x", os.Getppid()), 0},
		{fmt.Sprintf("fanfold-test-%d-x", os.Getpid()), 1},
	} {
		path := "/dev/shm/" + c.name
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Skip(err)
		}
		left := before.Left()
		os.Remove(path)
		require.Len(t, left, c.left, c.name)
	}
}
