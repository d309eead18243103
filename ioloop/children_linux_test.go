package ioloop_test

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// descriptors returns how many this process has.
func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(all)
}

// Children by the thousand, which end while the loop runs, while it does not, and all at
// once: each is reaped once, with its own status. None of them has a goroutine.
func TestManyChildren(t *testing.T) {
	for _, b := range []poll.Backend{poll.Best, onRing} {
		t.Run("backend "+string(b), func(t *testing.T) { manyChildren(t, ringOf(t, b)) })
	}
}

func manyChildren(t *testing.T, ring ioloop.Ring) {
	n := effort.Times(100, 50, 1000)
	before := descriptors(t)
	l, err := ioloop.New(ioloop.Options{Ring: ring})
	require.NoError(t, err)
	stop := runOnce(t, l)

	// A child waits until the other end of its group's pipe is closed.
	const groups = 4
	var waits, ends [groups]*os.File
	for g := range groups {
		waits[g], ends[g], err = os.Pipe()
		require.NoError(t, err)
	}
	reaped := make(chan int, 2*n)
	wrong := make(chan string, 2*n)
	goroutines := runtime.NumGoroutine()
	for i := range n {
		cmd := exec.Command("sh", "-c", "read x; exit "+strconv.Itoa(i%256))
		cmd.Stdin = waits[i%groups]
		require.NoError(t, cmd.Start())
		on(t, l, func() {
			require.NoError(t, l.Child(cmd.Process, func(state *os.ProcessState, err error) {
				if err != nil || state.ExitCode() != i%256 || state.Pid() != cmd.Process.Pid {
					wrong <- cmd.String()
				}
				reaped <- i
			}))
		})
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), goroutines+2)
	require.Equal(t, n, l.Stats().Watches)
	require.Empty(t, reaped)
	for _, r := range waits {
		require.NoError(t, r.Close())
	}

	times := make([]int, n)
	reap := func(group int) {
		t.Helper()
		for range (n - group + groups - 1) / groups {
			select {
			case i := <-reaped:
				times[i]++
				require.Equal(t, group, i%groups)
			case <-time.After(patience):
				require.Fail(t, "a child is not reaped")
			}
		}
	}
	require.NoError(t, ends[0].Close()) // while it runs
	reap(0)
	stop()
	require.NoError(t, ends[1].Close()) // while it does not
	time.Sleep(10 * time.Millisecond)
	require.Empty(t, reaped)
	stop = runOnce(t, l)
	reap(1)
	require.NoError(t, ends[2].Close()) // while it is stopped, and runs again
	for range 10 {
		stop()
		stop = runOnce(t, l)
	}
	reap(2)
	on(t, l, func() { err = ends[3].Close() }) // within a callback
	require.NoError(t, err)
	reap(3)
	for i, count := range times {
		require.Equal(t, 1, count, "child %d", i)
	}
	on(t, l, func() {})
	require.Empty(t, reaped)
	require.Empty(t, wrong)
	require.Zero(t, l.Stats().Watches)
	stop()
	require.NoError(t, l.Close())
	require.LessOrEqual(t, descriptors(t), before)
}
