//go:build unix

// Package halt stops processes for tests.
package halt

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Process stops a process, and blocks until none of its threads runs: the signal is only
// sent when kill returns. The test fails if that takes 20 seconds.
func Process(t testing.TB, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatalf("process %d cannot be stopped: %v", pid, err)
	}
	for begun := time.Now(); !halted(pid); time.Sleep(time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatalf("process %d has not stopped", pid)
		}
	}
}

// halted reports whether a process has stopped. Where /proc does not list threads, ps
// answers for all of them.
func halted(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		state, err := exec.Command("ps", "-o", "state=", "-p", strconv.Itoa(pid)).Output()
		return err == nil && bytes.HasPrefix(bytes.TrimSpace(state), []byte("T"))
	}
	for _, file := range threads {
		stat, err := os.ReadFile(file)
		if err == nil && !bytes.Contains(stat, []byte(") T ")) {
			return false
		}
	}
	return true
}
