package ipc_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ipc"
)

// deathSignal is the signal that this process gets when its parent dies. The
// kernel tells it to the first thread only, which runs init functions.
var deathSignal int

func init() {
	var signal int32
	if unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(&signal)), 0, 0, 0) == nil {
		deathSignal = int(signal)
	}
}

var (
	tellDeathSignal = ipc.Func("tell death signal", func(context.Context, none) (int, error) { return deathSignal, nil })

	// inherited starts a program, and returns which of the pipes that its own
	// process has, besides standard and other ones, that program has got too.
	inherited = ipc.Func("inherited", func(_ context.Context, others []string) (shared []int, err error) {
		own := pipes()
		out, err := exec.Command("ls", "-l", "/proc/self/fd").Output()
		for fd, name := range own {
			if fd > 2 && strings.Contains(string(out), name) && !slices.Contains(others, name) {
				shared = append(shared, fd)
			}
		}
		return shared, err
	})
)

// pipes returns the names of the pipes that this process has.
func pipes() map[int]string {
	names := map[int]string{}
	list, _ := os.ReadDir("/proc/self/fd")
	for _, e := range list {
		fd, _ := strconv.Atoi(e.Name())
		if name, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.HasPrefix(name, "pipe:") {
			names[fd] = name
		}
	}
	return names
}

// The kernel kills a worker when its parent dies, even where it has left its
// group and reads no pipe.
func TestDeathSignal(t *testing.T) {
	got, err := tellDeathSignal.On(newPool(t, ipc.PoolOptions{Workers: 1}))(t.Context(), none{})
	require.NoError(t, err)
	require.Equal(t, int(syscall.SIGKILL), got)
}

// What a worker starts holds none of its pipes, except the one whose end is to
// find it.
func TestInheritedPipes(t *testing.T) {
	const life = 6
	others := slices.Collect(maps.Values(pipes())) // the test's own, whoever started it
	got, err := inherited.On(newPool(t, ipc.PoolOptions{Workers: 1}))(t.Context(), others)
	require.NoError(t, err)
	require.Equal(t, []int{life}, got)
}

// To the kernel, a worker's parent is a thread. It must not be one that ends
// before the pool does.
func TestThreadsEnd(t *testing.T) {
	var (
		pool    *ipc.Pool
		err     error
		ended   sync.WaitGroup
		barrier sync.WaitGroup
		threads = make([]int, 30)
	)
	barrier.Add(len(threads))
	for i := range threads {
		ended.Go(func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
			threads[i] = unix.Gettid()
			if i == 0 {
				pool, err = ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1})
			}
			barrier.Done()
			barrier.Wait() // all at once, so that no thread is left out
		})
	}
	ended.Wait()
	require.NoError(t, err)
	defer pool.Close()
	for _, thread := range threads {
		if thread == os.Getpid() {
			continue // the first thread never ends
		}
		require.Eventually(t, func() bool {
			_, err := os.Stat(fmt.Sprint("/proc/self/task/", thread))
			return os.IsNotExist(err)
		}, 10*time.Second, time.Millisecond)
	}
	_, err = square.On(pool)(t.Context(), 1)
	require.NoError(t, err)
	s := pool.Stats()
	require.EqualValues(t, 1, s.Spawned)
	require.Zero(t, s.Died)
}
