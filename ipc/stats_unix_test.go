//go:build unix

package ipc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

var (
	hoard [][]byte

	// hoards keeps n MiB more, for good.
	hoards = ipc.Func("hoards", func(_ context.Context, n int) (int, error) {
		for range n {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			hoard = append(hoard, b)
		}
		return len(hoard), nil
	})
	// toils uses up so much of the processor's time.
	toils = ipc.Func("toils", func(_ context.Context, d time.Duration) (n int, _ error) {
		for begun := used(); used()-begun < d; n++ {
		}
		return n, nil
	})
)

// used returns the processor time that this process has used.
func used() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A worker that grows is seen to grow, and one that works to work.
func TestWorkerUsage(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	first := pool.Workers()[0]
	if runtime.GOOS != "linux" {
		require.Zero(t, first.Memory)
		require.Zero(t, first.CPU)
		return
	}
	require.Greater(t, first.Memory, int64(1<<20))
	_, err := hoards.On(pool)(t.Context(), 50)
	require.NoError(t, err)
	second := pool.Workers()[0]
	require.Equal(t, first.Pid, second.Pid)
	require.Greater(t, second.Memory, first.Memory+40<<20)
	_, err = toils.On(pool)(t.Context(), 100*time.Millisecond)
	require.NoError(t, err)
	third := pool.Workers()[0]
	require.GreaterOrEqual(t, third.CPU, second.CPU+70*time.Millisecond)
	require.Less(t, third.CPU, time.Since(first.Started)*time.Duration(runtime.NumCPU())+20*time.Millisecond)
}

// A worker is seen in each of its states, with what it is running.
func TestWorkerStates(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 2, Launch: ipc.Launch{Grace: time.Minute, StartTimeout: time.Minute}, Finalizer: obedient.Bind(none{})})
	only := func(t *testing.T) ipc.WorkerInfo {
		t.Helper()
		require.Len(t, pool.Workers(), 1)
		return pool.Workers()[0]
	}
	w := only(t)
	require.Equal(t, ipc.WorkerIdle, w.State)
	require.Empty(t, w.Func)
	require.Zero(t, w.Since)
	require.Zero(t, w.Calls)
	require.WithinRange(t, w.Started, time.Now().Add(-10*time.Second), time.Now())

	begun := time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	var calls sync.WaitGroup
	calls.Go(func() { late.On(pool)(ctx, none{}) })
	require.Eventually(t, func() bool { return only(t).State == ipc.WorkerBusy }, 10*time.Second, time.Millisecond)
	w = only(t)
	require.Equal(t, "late", w.Func)
	require.WithinRange(t, w.Since, begun, time.Now())
	require.EqualValues(t, 1, w.Calls)
	cancel()
	calls.Wait()
	require.Equal(t, ipc.WorkerIdle, only(t).State)

	go pool.Shutdown(context.Background())
	require.Eventually(t, func() bool { return only(t).State == ipc.WorkerLeaving && only(t).Func != "" }, 10*time.Second, time.Millisecond)
	require.Equal(t, "obedient", only(t).Func, "the finalizer")
	pool.Close()
	require.Empty(t, pool.Workers())
}

// A worker that does not get ready is seen, too.
func TestWorkerStarting(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 2, Initializer: hangsSecond.Bind(t.TempDir()), Launch: ipc.Launch{StartTimeout: 10 * time.Second, Stderr: io.Discard}})
	var calls sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	for range 2 {
		calls.Go(func() { late.On(pool)(ctx, none{}) })
	}
	var starting ipc.WorkerInfo
	require.Eventually(t, func() bool {
		all := pool.Workers()
		starting = all[len(all)-1]
		return starting.State == ipc.WorkerStarting && starting.Func == "hangs second"
	}, 10*time.Second, time.Millisecond)
	require.Len(t, pool.Workers(), 2)
	require.Equal(t, 1, pool.Stats().Workers)
	require.NotZero(t, starting.Pid)
	cancel()
	calls.Wait()
	pool.Close()
	require.Empty(t, pool.Workers())
}

// hangsSecond hangs in the second worker that runs it with the same folder.
var hangsSecond = ipc.Func("hangs second", func(ctx context.Context, dir string) (int, error) {
	if os.Mkdir(filepath.Join(dir, "first"), 0o700) == nil {
		return 0, nil
	}
	<-ctx.Done()
	return 0, errors.New("hung")
})

func TestWorkerStateString(t *testing.T) {
	require.Equal(t, "starting idle busy leaving WorkerState(7)", fmt.Sprint(
		ipc.WorkerStarting, " ", ipc.WorkerIdle, " ", ipc.WorkerBusy, " ", ipc.WorkerLeaving, " ", ipc.WorkerState(7)))
}

// As JSON the statistics have the texts of the errors, and leave out those that are not there.
func TestPoolStatsJSON(t *testing.T) {
	text, err := json.Marshal(ipc.PoolStats{Workers: 1, Calls: 2, StopError: errors.New("why")})
	require.NoError(t, err)
	require.JSONEq(t, `{"workers":1,"idle":0,"spare":0,"waiting":0,"calls":2,"spawned":0,"died":0,"killed":0,
		"retried":0,"failed_starts":0,"stop_error":"why"}`, string(text))
	text, err = json.Marshal(ipc.PoolStats{StartError: errors.New("why not")})
	require.NoError(t, err)
	require.Contains(t, string(text), `"start_error":"why not"`)
	require.NotContains(t, string(text), "stop_error")
}

// As JSON a worker's state is its name, and comes back.
func TestWorkerInfoJSON(t *testing.T) {
	text, err := json.Marshal(ipc.WorkerInfo{Pid: 7, State: ipc.WorkerLeaving})
	require.NoError(t, err)
	require.Contains(t, string(text), `"state":"leaving"`)
	var back ipc.WorkerInfo
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, ipc.WorkerLeaving, back.State)
	require.ErrorContains(t, json.Unmarshal([]byte(`{"state":"lost"}`), &back), `no state of a worker is called "lost"`)
}

// Statistics print with names, wherever they are printed.
func TestStatsPrintNames(t *testing.T) {
	s := ipc.PoolStats{Workers: 2, Calls: 7, StartError: errOrdered}
	require.Contains(t, s.String(), "Workers:2 Idle:0 ")
	require.Contains(t, s.String(), "Calls:7")
	require.Contains(t, s.String(), "StartError:failed as ordered")
	require.Equal(t, s.String(), fmt.Sprint(s))
	w := ipc.WorkerInfo{Pid: 12, State: ipc.WorkerBusy, Func: "square", CPU: time.Second}
	require.Contains(t, w.String(), "Pid:12 State:busy Func:square")
	require.Contains(t, w.String(), "CPU:1s")
	require.Equal(t, w.String(), fmt.Sprint(w))
}
