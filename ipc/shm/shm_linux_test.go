//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

type point struct {
	X, Y int32
	Name [5]byte
}

// A bundle is objects of one memory, some of them twice.
type bundle struct {
	Memory *shm.Memory
	Lock   *shm.Lock
	Again  *shm.Lock
	Hits   *shm.Number[int]
	Ratio  *shm.Number[float32]
	Point  *shm.Value[point]
	Cells  *shm.Array[int64]
	Rounds int
	Do     string
}

var work = ipc.Func("shm_test.work", func(ctx context.Context, b bundle) (string, error) {
	switch b.Do {
	case "same":
		if b.Lock != b.Again {
			return "", errors.New("one lock has become two")
		}
		return "same", nil
	case "die with the lock":
		b.Lock.Lock()
		b.Cells.Slice()[0]++
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "die with the value":
		return "", b.Point.With(ctx, func(p *point) error {
			p.X = 99
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		})
	case "exit with the lock":
		b.Lock.Lock()
		os.Exit(0)
	case "close with the lock":
		b.Lock.Lock()
		return "closed", b.Memory.Close()
	case "hold":
		b.Lock.Lock()
		defer b.Lock.Unlock()
		<-ctx.Done()
		return "", context.Cause(ctx)
	}
	for range b.Rounds {
		err := b.Lock.LockContext(ctx)
		if errors.Is(err, shm.ErrOwnerDied) {
			repair(b)
			err = nil
		}
		if err != nil {
			return "", err
		}
		b.Cells.Slice()[0]++
		b.Cells.Slice()[1]++
		b.Lock.Unlock()
		b.Hits.Add(1)
		b.Ratio.Add(0.5)
		shm.AddAt(b.Cells, 2, 1)
		if err = b.Point.With(ctx, func(p *point) error { p.X++; p.Y--; return nil }); err != nil {
			return "", err
		}
		if p := b.Point.Load(); p.X != -p.Y {
			return "", errors.New("a value was seen half changed")
		}
	}
	return "worked", nil
})

// repair makes what the lock guards consistent.
func repair(b bundle) {
	cells := b.Cells.Slice()
	cells[0], cells[1] = max(cells[0], cells[1]), max(cells[0], cells[1])
	b.Lock.MarkConsistent()
}

func newBundle(t *testing.T) bundle {
	t.Helper()
	m, err := shm.NewMemory()
	require.NoError(t, err)
	t.Cleanup(func() { m.Close() })
	b := bundle{Memory: m}
	b.Lock, err = shm.NewLock(m)
	require.NoError(t, err)
	b.Again = b.Lock
	b.Hits, err = shm.NewNumber(m, 0)
	require.NoError(t, err)
	b.Ratio, err = shm.NewNumber(m, float32(1))
	require.NoError(t, err)
	b.Point, err = shm.NewValue(m, point{Name: [5]byte{1, 2, 3, 4, 5}})
	require.NoError(t, err)
	b.Cells, err = shm.NewArray[int64](m, 100)
	require.NoError(t, err)
	return b
}

func newPool(t *testing.T, options ipc.PoolOptions) *ipc.Pool {
	t.Helper()
	pool, err := ipc.NewPool(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { pool.Close() })
	return pool
}

// Several processes change the same objects, and nothing is lost.
func TestProcesses(t *testing.T) {
	b := newBundle(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 2})
	b.Rounds = effort.Times(300, 100, 5000)
	const calls = 6
	var all sync.WaitGroup
	results := make(chan error, calls+1)
	for i := range calls {
		all.Go(func() {
			if i%3 == 2 { // a goroutine of this process
				call := work.Bind(b)
				_, err := call.Run(t.Context())
				results <- err
				return
			}
			_, err := work.On(pool)(t.Context(), b)
			results <- err
		})
	}
	all.Wait()
	for range calls {
		require.NoError(t, <-results)
	}
	n := calls * b.Rounds
	require.Equal(t, n, b.Hits.Load())
	require.Equal(t, float32(1)+float32(n)/2, b.Ratio.Load())
	require.Equal(t, point{int32(n), int32(-n), [5]byte{1, 2, 3, 4, 5}}, b.Point.Load())
	require.Equal(t, []int64{int64(n), int64(n), int64(n)}, b.Cells.Slice()[:3])
	require.False(t, b.Lock.Locked())
	require.Zero(t, b.Lock.Holder())
	require.GreaterOrEqual(t, b.Memory.Stats().Processes, 2)
}

// What arrives twice is one object.
func TestOneObject(t *testing.T) {
	b := newBundle(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	b.Do = "same"
	for range 3 {
		got, err := work.On(pool)(t.Context(), b)
		require.NoError(t, err)
		require.Equal(t, "same", got)
	}
	require.Equal(t, 2, b.Memory.Stats().Processes)
	got, err := echo.On(pool)(t.Context(), b.Lock)
	require.NoError(t, err)
	require.Same(t, b.Lock, got, "it has come back")
}

var echo = ipc.Func("shm_test.echo", func(_ context.Context, l *shm.Lock) (*shm.Lock, error) { return l, nil })

var returns = ipc.Func("shm_test.returns", func(_ context.Context, n int) (int, error) {
	return 0, fmt.Errorf("there: %w", sentinels[n])
})

var sentinels = []error{
	shm.ErrClosed, shm.ErrLayout, shm.ErrMemoryFull, shm.ErrOwnerDied, shm.ErrFull, shm.ErrEmpty, shm.ErrBroken,
	&shm.OwnerDiedError{},
}

// Errors match in the process that called what they matched where they come from.
func TestErrorsTravel(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	for n, sentinel := range sentinels[:7] {
		_, err := returns.On(pool)(t.Context(), n)
		require.ErrorIs(t, err, sentinel)
	}
	_, err := returns.On(pool)(t.Context(), 7)
	require.ErrorIs(t, err, shm.ErrOwnerDied)
}

// A process that ends with a lock, in whatever way, leaves it to others, who are told
// until the lock is marked.
func TestOwnerDied(t *testing.T) {
	for _, how := range []string{"die with the lock", "exit with the lock", "close with the lock"} {
		t.Run(how, func(t *testing.T) {
			b := newBundle(t)
			pool := newPool(t, ipc.PoolOptions{Workers: 1})
			b.Do = how
			_, err := work.On(pool)(t.Context(), b)
			require.Equal(t, how == "close with the lock", err == nil, "%v", err)
			for range 2 {
				err = b.Lock.LockContext(t.Context())
				var died *shm.OwnerDiedError
				require.ErrorAs(t, err, &died)
				require.ErrorIs(t, err, shm.ErrOwnerDied)
				require.NotZero(t, died.Pid)
				require.Equal(t, os.Getpid(), b.Lock.Holder())
				b.Lock.Unlock()
			}
			require.False(t, b.Lock.TryLock())
			require.Panics(t, b.Lock.Lock)
			require.True(t, b.Lock.Locked(), "Lock panics with the lock held")
			b.Lock.MarkConsistent()
			b.Lock.Unlock()
			require.True(t, b.Lock.TryLock())
			b.Lock.Unlock()
		})
	}
}

// A waiting goroutine gets the lock of a process that is killed.
func TestWaitForTheDead(t *testing.T) {
	b := newBundle(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Grace: -1}})
	for range effort.Times(5, 2, 100) {
		b.Do = "hold"
		ctx, cancel := context.WithCancel(t.Context())
		held := make(chan error, 1)
		go func() {
			_, err := work.On(pool)(ctx, b)
			held <- err
		}()
		require.Eventually(t, func() bool { h := b.Lock.Holder(); return h != 0 && h != os.Getpid() }, 10*time.Second, 100*time.Microsecond)
		got := make(chan error, 1)
		go func() { got <- b.Lock.LockContext(t.Context()) }()
		cancel() // kills the worker
		require.ErrorIs(t, <-held, context.Canceled)
		select {
		case err := <-got:
			require.ErrorIs(t, err, shm.ErrOwnerDied)
		case <-time.After(10 * time.Second):
			require.Fail(t, "nobody gives the lock back")
		}
		b.Lock.MarkConsistent()
		b.Lock.Unlock()
	}
}

// A holder that is stopped is waited for: others go on when their ctx ends, and the lock
// is the holder's when that goes on.
func TestHolderStopped(t *testing.T) {
	b := newBundle(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	b.Do = "hold"
	hold, release := context.WithCancel(t.Context())
	held := make(chan error, 1)
	go func() {
		_, err := work.On(pool)(hold, b)
		held <- err
	}()
	require.Eventually(t, func() bool { h := b.Lock.Holder(); return h != 0 && h != os.Getpid() }, 10*time.Second, 100*time.Microsecond)
	holder := b.Lock.Holder()
	require.NoError(t, syscall.Kill(holder, syscall.SIGSTOP))
	ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond) // longer than a leader sleeps
	defer cancel()
	require.ErrorIs(t, b.Lock.LockContext(ctx), context.DeadlineExceeded)
	require.Equal(t, holder, b.Lock.Holder())
	require.Zero(t, b.Memory.Stats().Deaths)
	require.NoError(t, syscall.Kill(holder, syscall.SIGCONT))
	release() // the function ends, or its process is killed after the grace
	<-held
	err := b.Lock.LockContext(t.Context())
	if err != nil {
		require.ErrorIs(t, err, shm.ErrOwnerDied)
		b.Lock.MarkConsistent()
	}
	b.Lock.Unlock()
}

// A process that is killed while it changes a value changes nothing.
func TestValueOfTheDead(t *testing.T) {
	b := newBundle(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	b.Do = "die with the value"
	_, err := work.On(pool)(t.Context(), b)
	require.ErrorIs(t, err, ipc.ErrProcessDied)
	require.Equal(t, point{Name: [5]byte{1, 2, 3, 4, 5}}, b.Point.Load())
	require.NoError(t, b.Point.With(t.Context(), func(p *point) error { p.X = 1; return nil }))
	require.EqualValues(t, 1, b.Point.Load().X)
}

// Processes are killed at any moment of their work: every acknowledged change is there.
func TestKills(t *testing.T) {
	b := newBundle(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 2})
	b.Rounds = 50
	var acknowledged int
	var mu sync.Mutex
	var all sync.WaitGroup
	failures := make(chan error, 1000)
	kills := effort.Times(20, 8, 500)
	stop := make(chan struct{})
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				_, err := work.On(pool)(t.Context(), b)
				switch {
				case err == nil:
					mu.Lock()
					acknowledged += b.Rounds
					mu.Unlock()
				case !errors.Is(err, ipc.ErrProcessDied):
					failures <- err
					return
				}
			}
		})
	}
	for range kills {
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		for _, w := range pool.Workers() {
			if w.State != ipc.WorkerStarting {
				syscall.Kill(w.Pid, syscall.SIGKILL)
				break
			}
		}
	}
	close(stop)
	all.Wait()
	require.Empty(t, failures)
	err := b.Lock.LockContext(t.Context())
	if errors.Is(err, shm.ErrOwnerDied) {
		repair(b)
		err = nil
	}
	require.NoError(t, err)
	require.GreaterOrEqual(t, b.Cells.Slice()[0], int64(acknowledged))
	require.Equal(t, b.Cells.Slice()[0], b.Cells.Slice()[1])
	require.GreaterOrEqual(t, b.Hits.Load(), acknowledged)
	p := b.Point.Load()
	require.Equal(t, p.X, -p.Y)
	t.Logf("%d rounds acknowledged, %d deaths", acknowledged, b.Memory.Stats().Deaths)
	b.Lock.Unlock()
}

func TestLockMisused(t *testing.T) {
	b := newBundle(t)
	require.PanicsWithValue(t, "shm: Unlock of a lock that this process does not hold", b.Lock.Unlock)
	require.PanicsWithValue(t, "shm: MarkConsistent of a lock that this process does not hold", b.Lock.MarkConsistent)
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	b.Lock.Lock()
	go func() {
		time.Sleep(time.Millisecond)
		cancel(cause)
	}()
	require.Equal(t, cause, b.Lock.LockContext(ctx))
	require.False(t, b.Lock.TryLock())
	b.Lock.Unlock()
	require.Equal(t, cause, b.Lock.LockContext(ctx), "a ctx that has ended takes nothing")
	require.False(t, b.Lock.Locked())
}

func TestClosed(t *testing.T) {
	b := newBundle(t)
	b.Lock.Lock()
	waits := make(chan error, 3)
	for range cap(waits) {
		go func() { waits <- b.Lock.LockContext(context.Background()) }()
	}
	require.Eventually(t, func() bool { return b.Lock.Stats().Waiting == 3 }, 10*time.Second, time.Millisecond)
	require.NoError(t, b.Memory.Close())
	require.NoError(t, b.Memory.Close())
	for range cap(waits) {
		require.ErrorIs(t, <-waits, shm.ErrClosed)
	}
	for name, f := range map[string]func(){
		"Number.Load": func() { b.Hits.Load() }, "Value.Load": func() { b.Point.Load() }, "Array.Slice": func() { b.Cells.Slice() },
		"TryLock": func() { b.Lock.TryLock() }, "AddAt": func() { shm.AddAt(b.Cells, 0, 1) },
	} {
		require.PanicsWithValue(t, "shm: "+name+": the memory is closed", f)
	}
	require.ErrorIs(t, b.Point.With(t.Context(), func(*point) error { return nil }), shm.ErrClosed)
	require.ErrorIs(t, b.Cells.With(t.Context(), func([]int64) error { return nil }), shm.ErrClosed)
	require.ErrorIs(t, b.Hits.With(t.Context(), func(*int) error { return nil }), shm.ErrClosed)
	_, err := shm.NewLock(b.Memory)
	require.ErrorIs(t, err, shm.ErrClosed)
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	_, err = work.On(pool)(t.Context(), b)
	require.ErrorIs(t, err, shm.ErrClosed)
}

func TestNumber(t *testing.T) {
	m := newBundle(t).Memory
	i8, err := shm.NewNumber(m, int32(math.MaxInt32))
	require.NoError(t, err)
	require.EqualValues(t, math.MinInt32, i8.Add(1))
	require.EqualValues(t, math.MaxInt32, i8.Add(-1))
	u, err := shm.NewNumber(m, uint64(1))
	require.NoError(t, err)
	require.EqualValues(t, uint64(math.MaxUint64), u.Add(^uint64(1)))
	f, err := shm.NewNumber(m, -0.5)
	require.NoError(t, err)
	require.Equal(t, 0.25, f.Add(0.75))
	require.True(t, f.CompareAndSwap(0.25, 7))
	require.False(t, f.CompareAndSwap(0.25, 8))
	cause := errors.New("no")
	require.Equal(t, cause, f.With(t.Context(), func(v *float64) error { *v = 9; return cause }))
	require.Equal(t, 7.0, f.Load())
	require.NoError(t, f.With(t.Context(), func(v *float64) error { *v *= 2; return nil }))
	require.Equal(t, 14.0, f.Load())
}

func TestValue(t *testing.T) {
	m := newBundle(t).Memory
	v, err := shm.NewValue(m, [3]byte{1, 2, 3})
	require.NoError(t, err)
	require.Equal(t, [3]byte{1, 2, 3}, v.Load())
	v.Store([3]byte{4, 5, 6})
	require.Equal(t, [3]byte{4, 5, 6}, v.Load())
	cause := errors.New("no")
	require.Equal(t, cause, v.With(t.Context(), func(b *[3]byte) error { b[0] = 0; return cause }))
	require.Panics(t, func() { v.With(t.Context(), func(b *[3]byte) error { b[0] = 0; panic("no") }) })
	require.Equal(t, [3]byte{4, 5, 6}, v.Load())
	empty, err := shm.NewValue(m, struct{}{})
	require.NoError(t, err)
	require.Equal(t, struct{}{}, empty.Load())
}

func TestNotInMemory(t *testing.T) {
	m := newBundle(t).Memory
	require.PanicsWithValue(t, "shm: NewValue: shm_test.bad.A[].P is a *int, which means nothing in another process",
		func() { shm.NewValue(m, bad{}) })
	require.Panics(t, func() { shm.NewArray[string](m, 1) })
	require.Panics(t, func() { shm.NewArray[int](m, -1) })
	require.Panics(t, func() { shm.NewMemory(shm.MemoryOptions{Max: 1}) })
	require.Panics(t, func() { shm.NewMemory(shm.MemoryOptions{Processes: 1025}) })
	require.Panics(t, func() { shm.NewMemory(shm.MemoryOptions{}, shm.MemoryOptions{}) })
	_, err := shm.NewArray[int](m, 1<<40)
	require.ErrorIs(t, err, shm.ErrMemoryFull)
}

type bad struct{ A [2]struct{ P *int } }

func TestArray(t *testing.T) {
	m := newBundle(t).Memory
	a, err := shm.NewArrayOf(m, []int32{1, 2, 3})
	require.NoError(t, err)
	require.Equal(t, 3, a.Len())
	require.EqualValues(t, 7, shm.AddAt(a, 1, 5))
	sum := int32(0)
	for _, v := range a.All() {
		sum += v
	}
	require.EqualValues(t, 11, sum)
	require.NoError(t, a.With(t.Context(), func(s []int32) error {
		require.True(t, a.Lock().Locked())
		s[0] = 10
		return nil
	}))
	require.False(t, a.Lock().Locked())
	require.Equal(t, []int32{10, 7, 3}, a.Slice())
	require.Panics(t, func() { shm.AddAt(a, 3, 1) })
}

// The race detector sees what a lock orders.
func TestGuardedMap(t *testing.T) {
	b := newBundle(t)
	m := map[int]int{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 500 {
				b.Lock.Lock()
				m[i%10]++
				b.Lock.Unlock()
			}
		})
	}
	all.Wait()
	require.Equal(t, 200, m[0])
}

// A startAndEnd is one event that a process waits for, and one that it sets.
type startAndEnd struct{ Go, Done *shm.Event }

var obey = ipc.Func("shm_test.obey", func(ctx context.Context, s startAndEnd) (struct{}, error) {
	if err := s.Go.Wait(ctx); err != nil {
		return struct{}{}, err
	}
	s.Done.Set()
	return struct{}{}, nil
})

// An event that one process sets wakes goroutines of another, also if it is cleared at
// once.
func TestEvent(t *testing.T) {
	m := newBundle(t).Memory
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	var s startAndEnd
	var err error
	s.Go, err = shm.NewEvent(m)
	require.NoError(t, err)
	s.Done, err = shm.NewEvent(m)
	require.NoError(t, err)
	for range effort.Times(20, 5, 200) {
		s.Done.Clear()
		result := make(chan error, 1)
		go func() {
			_, err := obey.On(pool)(t.Context(), s)
			result <- err
		}()
		waits := make(chan error, 10)
		for range cap(waits) {
			go func() { waits <- s.Done.Wait(t.Context()) }()
		}
		time.Sleep(time.Duration(rand.IntN(500)) * time.Microsecond)
		s.Go.Set()
		for range cap(waits) {
			require.NoError(t, <-waits)
		}
		require.NoError(t, <-result)
		require.True(t, s.Done.IsSet())
		s.Go.Clear()
		require.False(t, s.Go.IsSet())
	}
}

func TestEventCanceled(t *testing.T) {
	m := newBundle(t).Memory
	e, err := shm.NewEvent(m)
	require.NoError(t, err)
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	result := make(chan error)
	go func() { result <- e.Wait(ctx) }()
	time.Sleep(time.Millisecond)
	cancel(cause)
	require.Equal(t, cause, <-result)
	require.Equal(t, cause, e.Wait(ctx))
	e.Set()
	require.Equal(t, cause, e.Wait(ctx), "a ctx that has ended")
	require.NoError(t, e.Wait(t.Context()))
	e.Clear()
	go func() { result <- e.Wait(context.Background()) }()
	time.Sleep(time.Millisecond)
	require.NoError(t, m.Close())
	require.ErrorIs(t, <-result, shm.ErrClosed)
	require.ErrorIs(t, e.Wait(t.Context()), shm.ErrClosed)
}
