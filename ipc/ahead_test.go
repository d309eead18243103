//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/halt"
	"github.com/fanfold/fanfold/ipc"
)

// warm makes quick calls until the workers of a pool are given several at once.
func warm(t *testing.T, pool *ipc.Pool) { quick(t, pool, 64, 2000) }

// quick makes n calls from so many goroutines.
func quick(t *testing.T, pool *ipc.Pool, callers, n int) {
	t.Helper()
	f := square.On(pool)
	failed := make(chan error, callers)
	for range callers {
		go func() {
			for i := range n / callers {
				got, err := f(t.Context(), i)
				if err == nil && got != i*i {
					err = fmt.Errorf("the square of %d is %d", i, got)
				}
				if err != nil {
					failed <- err
					return
				}
			}
			failed <- nil
		}()
	}
	for range callers {
		require.NoError(t, within(t, func() error { return <-failed }))
	}
}

// Calls do not wait behind one that takes long while another worker has time.
func TestNobodyWaitsBehind(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 2, Launch: ipc.Launch{Grace: time.Minute}})
	for range effort.Times(20, 5, 100) {
		warm(t, pool)
		ctx, cancel := context.WithCancel(t.Context())
		slow := make(chan error, 1)
		started := make(chan none)
		go func() {
			<-started
			_, err := obedient.On(pool)(ctx, none{})
			slow <- err
		}()
		var all sync.WaitGroup
		for g := range 64 {
			all.Go(func() {
				for i := range 20 {
					if g == 0 && i == 10 {
						close(started)
					}
					_, err := square.On(pool)(t.Context(), i)
					assert.NoError(t, err)
				}
			})
		}
		within(t, func() none { all.Wait(); return none{} })
		select {
		case err := <-slow:
			t.Fatal("the slow call ended: ", err)
		default:
		}
		cancel()
		require.ErrorIs(t, <-slow, context.Canceled)
	}
	require.EqualValues(t, 2, pool.Stats().Spawned)
}

// A stopped worker keeps nobody waiting but the call it runs.
func TestStoppedWithQueue(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 2})
	warm(t, pool)
	for range 5 {
		stopped := pool.Workers()[0].Pid
		results := make(chan error, 65)
		ctx, cancel := context.WithCancel(t.Context())
		for range cap(results) {
			go func() { _, err := square.On(pool)(ctx, 3); results <- err }()
		}
		halt.Process(t, stopped)
		for range cap(results) - 1 { // one may hang in the stopped process
			require.NoError(t, within(t, func() error { return <-results }))
		}
		cancel() // which kills it, if it has a call
		if err := within(t, func() error { return <-results }); err != nil {
			require.ErrorIs(t, err, context.Canceled)
		}
		_ = syscall.Kill(stopped, syscall.SIGCONT)
	}
}

// A deadline ends one call, and its worker; not what waits behind it.
func TestDeadlineWithQueue(t *testing.T) {
	rounds := effort.Times(4, 1, 20)
	for _, workers := range []int{1, 2} {
		pool := newPool(t, ipc.PoolOptions{Workers: workers})
		for range rounds {
			warm(t, pool)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
			slow := make(chan error, 1)
			go func() { _, err := endless.On(pool)(ctx, none{}); slow <- err }()
			quick(t, pool, 64, 1000)
			require.ErrorIs(t, within(t, func() error { return <-slow }), context.DeadlineExceeded)
			cancel()
		}
		s := pool.Stats()
		require.LessOrEqual(t, s.Killed, int64(rounds))
		require.Zero(t, s.Died)
	}
}

// Calls that wait behind another one can change their mind at any time, however
// many do, and new ones take their place.
func TestChangedMinds(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Grace: time.Minute}})
	warm(t, pool)
	held, release := context.WithCancel(t.Context())
	slow := make(chan error, 1)
	go func() { _, err := obedient.On(pool)(held, none{}); slow <- err }()
	require.Eventually(t, func() bool { w := pool.Workers(); return len(w) == 1 && w[0].Func == "obedient" }, 10*time.Second, time.Millisecond)
	for range 5 {
		ctx, cancel := context.WithCancelCause(t.Context())
		results := make(chan error, 100)
		for i := range cap(results) {
			go func() {
				_, err := echo.On(pool)(ctx, make([]byte, 100*i)) // the last of them do not fit into a slot
				results <- err
			}()
		}
		require.Eventually(t, func() bool { return pool.Stats().Waiting == cap(results) }, 10*time.Second, time.Millisecond)
		cancel(errCustom)
		for range cap(results) {
			require.ErrorIs(t, within(t, func() error { return <-results }), errCustom)
		}
		require.Zero(t, pool.Stats().Waiting)
	}
	release()
	require.ErrorIs(t, <-slow, context.Canceled)
	warm(t, pool)
	s := pool.Stats()
	require.EqualValues(t, 1, s.Spawned)
	require.Zero(t, s.Killed)
}

// Arguments and results of any size go side by side.
func TestQueueOfAllSizes(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 2})
	warm(t, pool)
	var all sync.WaitGroup
	for g := range 64 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for range effort.Times(50, 10, 200) {
				in := make([]byte, r.IntN(1<<r.IntN(18)))
				for i := range in {
					in[i] = byte(i * g)
				}
				out, err := echo.On(pool)(t.Context(), in)
				if err != nil || string(out) != string(in) {
					t.Errorf("%d bytes came back as %d: %v", len(in), len(out), err)
				}
				n := r.IntN(1 << r.IntN(18)) // the argument is small in any case
				out, err = grow.On(pool)(t.Context(), n)
				if err != nil || len(out) != n {
					t.Errorf("%d bytes instead of %d: %v", len(out), n, err)
				}
			}
		})
	}
	within(t, func() none { all.Wait(); return none{} })
	require.LessOrEqual(t, pool.Stats().Spawned, int64(2), "none has died")
}

// The call that waits for its answer and the calls that wait behind it end with
// the pool.
func TestTerminateWithQueue(t *testing.T) {
	for range effort.Times(10, 3, 50) {
		pool := newPool(t, ipc.PoolOptions{Workers: 2})
		warm(t, pool)
		results := make(chan error, 100)
		for range cap(results) {
			go func() {
				for {
					if _, err := square.On(pool)(t.Context(), 3); err != nil {
						results <- err
						return
					}
				}
			}()
		}
		require.Eventually(t, func() bool { return pool.Stats().Waiting > 10 }, 10*time.Second, time.Microsecond)
		within(t, func() none { pool.Close(); return none{} })
		for range cap(results) {
			require.ErrorIs(t, within(t, func() error { return <-results }), ipc.ErrClosed)
		}
	}
}

// scribbles writes over the memory that its process shares with the pool.
var scribbles = ipc.Func("scribbles", func(_ context.Context, seed uint64) (bool, error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(string(maps)) {
		if !strings.Contains(line, "fanfold-ring") {
			continue
		}
		from, rest, _ := strings.Cut(line, "-")
		to, _, _ := strings.Cut(rest, " ")
		start, err := strconv.ParseUint(from, 16, 64)
		if err != nil {
			return false, err
		}
		end, err := strconv.ParseUint(to, 16, 64)
		if err != nil {
			return false, err
		}
		words := unsafe.Slice((*uint32)(pointer(uintptr(start))), (end-start)/4)
		r := rand.New(rand.NewPCG(seed, 1))
		for range 1 << r.IntN(20) {
			words[r.IntN(len(words))] = r.Uint32() >> r.IntN(33)
		}
		return true, nil
	}
	return false, nil
})

// pointer makes a pointer of an address that Go knows nothing of.
func pointer(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

// A worker that writes nonsense into shared memory harms its own calls at most.
func TestScribbler(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 2, Launch: ipc.Launch{Stderr: io.Discard}})
	for seed := range uint64(effort.Times(60, 15, 300)) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				for i := range 10 {
					_, err := square.On(pool)(ctx, i)
					if err != nil && !errors.Is(err, ipc.ErrProcessDied) && !errors.Is(err, context.DeadlineExceeded) {
						t.Logf("a call in a mad worker: %v", err)
					}
				}
			})
		}
		all.Go(func() { scribbles.On(pool)(ctx, seed) })
		within(t, func() none { all.Wait(); return none{} })
		cancel()
	}
	// What is left of them may be mad, too, but is found out.
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for n := range 100 {
			if got, err := square.On(pool)(ctx, n); err != nil || got != n*n {
				return false
			}
		}
		return true
	}, 10*time.Second, time.Millisecond)
	within(t, func() none { pool.Close(); return none{} })
}
