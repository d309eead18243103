//go:build unix

package ipc_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

// A fuse blows at one place on the way of a call, in one way.
type fuse struct {
	Where, How string
	Ballast    []byte
}

// The places, in the order in which a call comes to them.
const (
	atArgumentEncode = "argument's encoding"
	atArgumentDecode = "argument's decoding"
	inFunction       = "function"
	atResultEncode   = "result's encoding"
	atResultDecode   = "result's decoding"
)

// at blows the fuse if this is the place.
func (f fuse) at(where string) error {
	if f.Where != where {
		return nil
	}
	switch f.How {
	case "error":
		return errOrdered
	case "panic":
		panic("blown in the " + where)
	case "goexit":
		runtime.Goexit()
	case "exit":
		os.Exit(7)
	case "crash":
		go explode("crashed in the " + where)
		select {}
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return nil
}

// A fusedArgument and a fusedResult have a codec that may blow.
type (
	fusedArgument struct{ fuse }
	fusedResult   struct{ fuse }
)

func (a fusedArgument) MarshalBinary() ([]byte, error) { return a.marshal(atArgumentEncode) }

func (a *fusedArgument) UnmarshalBinary(data []byte) error {
	return a.unmarshal(data, atArgumentDecode)
}

func (r fusedResult) MarshalBinary() ([]byte, error) { return r.marshal(atResultEncode) }

func (r *fusedResult) UnmarshalBinary(data []byte) error { return r.unmarshal(data, atResultDecode) }

func (f *fuse) marshal(where string) ([]byte, error) {
	if err := f.at(where); err != nil {
		return nil, err
	}
	return json.Marshal(*f)
}

func (f *fuse) unmarshal(data []byte, where string) error {
	if err := json.Unmarshal(data, f); err != nil {
		return err
	}
	return f.at(where)
}

var fused = ipc.Func("ipc_test.fused", func(_ context.Context, a fusedArgument) (fusedResult, error) {
	return fusedResult(a), a.at(inFunction)
})

// light makes a call that may blow, in each of the ways to make one.
var light = map[string]func(context.Context, *ipc.Pool, fuse) error{
	"call": func(ctx context.Context, pool *ipc.Pool, f fuse) error {
		_, err := fused.On(pool)(ctx, fusedArgument{f})
		return err
	},
	"chunk": func(ctx context.Context, pool *ipc.Pool, f fuse) error {
		sound := fusedArgument{}
		_, err := fused.OnChunks(pool)(ctx, []fusedArgument{sound, {f}, sound})
		return err
	},
	"process": func(ctx context.Context, _ *ipc.Pool, f fuse) error {
		p := ipc.NewProcess(fused, fusedArgument{f})
		if err := p.Start(ctx); err != nil {
			return err
		}
		return p.Join(ctx)
	},
}

// caught returns what f returns or panics with.
func caught(f func() error) (panicked any, err error) {
	defer func() { panicked = recover() }()
	return nil, f()
}

// A blow is how a call is to end that blows somewhere.
type blow struct {
	test, where, how string
	check            func(t *testing.T, err error, panicked any)
}

func failed(t *testing.T, err error, panicked any) {
	require.Nil(t, panicked)
	require.ErrorIs(t, err, errOrdered)
}

// panickedHere and panickedThere tell on which side a panic was.
func panickedHere(t *testing.T, _ error, panicked any) {
	require.Contains(t, panicText(panicked), "blown in the ")
}

func panickedThere(t *testing.T, err error, panicked any) {
	require.Nil(t, panicked)
	pe, ok := errors.AsType[*ipc.PanicError](err)
	require.True(t, ok, "%v", err)
	require.Contains(t, pe.Value, "blown in the ")
	require.Contains(t, string(pe.Stack), "ipc_test.fuse.at")
}

func panicText(v any) string {
	if pe, ok := v.(*ipc.PanicError); ok {
		v = pe.Value
	}
	text, _ := v.(string)
	return text
}

func goneThere(t *testing.T, err error, panicked any) {
	require.Nil(t, panicked)
	require.ErrorIs(t, err, ipc.ErrGoexit)
}

func died(code int, signal syscall.Signal, last string) func(*testing.T, error, any) {
	return func(t *testing.T, err error, panicked any) {
		require.Nil(t, panicked)
		died, ok := errors.AsType[*ipc.ProcessDiedError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, code, died.ExitCode)
		require.Equal(t, signal, died.Signal)
		require.Contains(t, string(died.Crash), last)
	}
}

// A call that blows, wherever and however, ends, costs no other call anything, and
// leaves a pool that works and that can be closed. CPython's executor is broken
// after some of these.
func TestConformanceDeadlock(t *testing.T) {
	const class = "test_concurrent_futures/test_deadlock/ExecutorDeadlockTest/"
	const onWorker = "during_result_pickle_on_worker"
	exited, crashed, killed := died(7, 0, ""), died(2, 0, "crashed in the "), died(-1, syscall.SIGKILL, "")
	for _, b := range []blow{
		{"test_error_at_task_pickle", atArgumentEncode, "error", failed},
		{"test_error_at_task_pickle", atArgumentEncode, "panic", panickedHere},
		{"", atArgumentDecode, "error", failed}, // and not that of a worker that died
		{"", atArgumentDecode, "panic", panickedThere},
		{"", atArgumentDecode, "goexit", goneThere},
		{"test_exit_at_task_unpickle", atArgumentDecode, "exit", exited},
		{"test_crash_at_task_unpickle", atArgumentDecode, "crash", crashed},
		{"test_crash_at_task_unpickle", atArgumentDecode, "kill", killed},
		{"test_error_during_func_exec_on_worker", inFunction, "error", failed},
		{"test_error_during_func_exec_on_worker", inFunction, "panic", panickedThere},
		{"test_error_during_func_exec_on_worker", inFunction, "goexit", goneThere},
		{"test_exit_during_func_exec_on_worker", inFunction, "exit", exited},
		{"test_crash_during_func_exec_on_worker", inFunction, "crash", crashed},
		{"test_crash_during_func_exec_on_worker", inFunction, "kill", killed},
		{"test_error_" + onWorker, atResultEncode, "error", failed},
		{"test_error_" + onWorker, atResultEncode, "panic", panickedThere},
		{"test_error_" + onWorker, atResultEncode, "goexit", goneThere},
		{"test_exit_" + onWorker, atResultEncode, "exit", exited},
		{"test_crash_" + onWorker, atResultEncode, "crash", crashed},
		{"test_crash_" + onWorker, atResultEncode, "kill", killed},
		{"", atResultDecode, "error", failed}, // nor that one
		{"", atResultDecode, "panic", panickedHere},
	} {
		name := b.where + "/" + b.how
		if b.test != "" {
			name = class + b.test + "/" + b.how
		}
		t.Run(name, func(t *testing.T) {
			before := leak.Take()
			pool := newPool(t, ipc.PoolOptions{Workers: 2})
			for name, call := range light {
				if name != "call" && effort.Times(1, 0, 1) == 0 {
					continue // processes start slowly under the race detector
				}
				t.Log(name)
				others := innocent(t, pool)
				panicked, err := caught(func() error { return call(t.Context(), pool, fuse{Where: b.where, How: b.how}) })
				b.check(t, err, panicked)
				others()
			}
			within(t, func() error { return pool.Shutdown(context.Background()) })
			require.Empty(t, before.Wait(leak.Grace))
		})
	}
	t.Run("exit while a result is decoded", func(t *testing.T) {
		// The exit is this program's own: nothing holds it up, and its workers go.
		cmd := program(t, "blown")
		out, err := cmd.Output()
		require.ErrorContains(t, err, "exit status 7")
		for _, pid := range pidsIn(t, string(out), 2) {
			require.Eventually(t, func() bool { return !alive(pid) }, 10*time.Second, time.Millisecond)
		}
	})
	t.Run(class+"test_shutdown_deadlock", func(t *testing.T) {
		// The one worker dies while the pool is closing, with calls behind it.
		pool := newPool(t, ipc.PoolOptions{Workers: 1})
		path, meet := rendezvous(t)
		first := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) { return diesAtMeeting.On(pool)(ctx, path) })
		require.Eventually(t, func() bool { return pool.Stats().Calls == 1 }, 10*time.Second, time.Millisecond)
		second := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) { return square.On(pool)(ctx, 3) })
		require.Eventually(t, func() bool { return pool.Stats().Calls == 2 }, 10*time.Second, time.Millisecond)
		closed := concurrent.Go(t.Context(), func(context.Context) (int, error) { return 0, pool.Shutdown(context.Background()) })
		untilClosed(t, pool)
		meet()
		require.NoError(t, within(t, func() error { return closed.Err(t.Context()) }))
		require.ErrorIs(t, first.Err(t.Context()), ipc.ErrProcessDied)
		n, err := second.Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, 9, n)
	})
	t.Run(class+"test_shutdown_deadlock_pickle", func(t *testing.T) {
		// What cannot be encoded is waiting for nothing when the pool closes.
		pool := newPool(t, ipc.PoolOptions{Workers: 2})
		f := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) {
			return 0, light["call"](ctx, pool, fuse{Where: atArgumentEncode, How: "error"})
		})
		require.NoError(t, within(t, func() error { return pool.Shutdown(context.Background()) }))
		err := f.Err(t.Context())
		require.True(t, errors.Is(err, errOrdered), "%v", err)
	})
	t.Run(class+"test_crash_big_data", func(t *testing.T) {
		// More than any pipe takes is on its way when the worker goes.
		ballast := make([]byte, 2<<20)
		pool := newPool(t, ipc.PoolOptions{Workers: 2})
		for _, where := range []string{atArgumentDecode, inFunction, atResultEncode} {
			for name, call := range light {
				t.Log(where, name)
				others := innocent(t, pool)
				err := call(t.Context(), pool, fuse{Where: where, How: "kill", Ballast: ballast})
				killed(t, err, nil)
				others()
			}
		}
		got, err := fused.On(pool)(t.Context(), fusedArgument{fuse{Ballast: ballast}})
		require.NoError(t, err)
		require.Len(t, got.Ballast, len(ballast))
	})
	t.Run(class+"test_gh105829_should_not_deadlock_if_wakeup_pipe_full", func(t *testing.T) {
		// Far more calls than ring or pipes take wait for a worker that does nothing;
		// none of them waits to be let wait.
		const calls = 3000
		pool := newPool(t, ipc.PoolOptions{Workers: 1})
		path, meet := rendezvous(t)
		var all sync.WaitGroup
		errs := make([]error, calls+1)
		all.Go(func() { _, errs[calls] = reads.On(pool)(t.Context(), path) })
		argument := strings.Repeat("x", 1<<10)
		echoed := make([]string, calls)
		for i := range calls {
			all.Go(func() {
				got, err := echo.On(pool)(t.Context(), []byte(argument))
				echoed[i], errs[i] = string(got), err
			})
		}
		require.Eventually(t, func() bool { return pool.Stats().Calls == calls+1 }, 10*time.Second, time.Millisecond)
		meet()
		within(t, func() none { all.Wait(); return none{} })
		require.NoError(t, errors.Join(errs...))
		require.Equal(t, []string{argument}, slices.Compact(echoed), "what all got")
	})
}

// innocent makes calls that have nothing to do with the one that blows, and returns
// what waits for them and makes one more.
func innocent(t *testing.T, pool *ipc.Pool) (wait func()) {
	t.Helper()
	var all sync.WaitGroup
	results := make([]int, 6)
	errs := make([]error, len(results))
	for i := range results {
		all.Go(func() { results[i], errs[i] = square.On(pool)(t.Context(), i) })
	}
	return func() {
		t.Helper()
		within(t, func() none { all.Wait(); return none{} })
		require.NoError(t, errors.Join(errs...))
		require.Equal(t, []int{0, 1, 4, 9, 16, 25}, results)
		got := within(t, func() int { n, _ := square.On(pool)(t.Context(), 7); return n })
		require.Equal(t, 49, got)
	}
}

// diesAtMeeting dies when somebody has come to the rendezvous.
var diesAtMeeting = ipc.Func("ipc_test.diesAtMeeting", func(_ context.Context, path string) (int, error) {
	_, _ = os.ReadFile(path)
	return 0, syscall.Kill(os.Getpid(), syscall.SIGKILL)
})
