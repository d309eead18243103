package concurrent_test

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// A locker is what all locks can do, seen by one owner.
type locker interface {
	sync.Locker
	LockContext(context.Context) error
	TryLock() bool
}

// everyLock runs a test, in a bubble, over all locks that exclude each other;
// newLock returns a function that returns the lock as another owner sees it.
func everyLock(t *testing.T, name string, f func(t *testing.T, newLock func() func() locker)) {
	same := func(l locker) func() locker { return func() locker { return l } }
	t.Run(name, func(t *testing.T) {
		bubble(t, "Lock", func(t *testing.T) {
			f(t, func() func() locker { return same(new(concurrent.Lock)) })
		})
		bubble(t, "RLock", func(t *testing.T) {
			f(t, func() func() locker {
				l := new(concurrent.RLock)
				return func() locker { return l.Owner() }
			})
		})
		bubble(t, "RWLock", func(t *testing.T) {
			f(t, func() func() locker { return same(new(concurrent.RWLock)) })
		})
	})
}

// pass takes a lock and leaves it.
func pass(l sync.Locker) {
	l.Lock()
	defer l.Unlock()
}

// A race is between the release of a lock and the end of the context of the first
// who waits for it. Others wait behind; keep says that who gets the lock keeps it.
type race struct {
	behind, order int
	keep          bool
}

const (
	leftFirst   = iota // the first has left the line when the lock is released
	cancelFirst        // its context has ended, and it may not have noticed
	unlockFirst
)

// run returns how many of those behind the first got the lock, and the error of the first.
func (r race) run(t *testing.T, owner func() locker) (behind int, first error) {
	holder := owner()
	holder.Lock()
	quit, cancel := context.WithCancelCause(t.Context())
	all, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var got atomic.Int32
	wait := func(ctx context.Context) (err error) {
		l := owner()
		if err = l.LockContext(ctx); err == nil && !r.keep {
			runtime.Gosched()
			l.Unlock()
		}
		return err
	}
	wg.Go(func() { first = wait(quit) })
	synctest.Wait()
	for range r.behind {
		wg.Go(func() {
			if wait(all) == nil {
				got.Add(1)
			}
		})
		synctest.Wait()
	}
	if r.order == unlockFirst {
		holder.Unlock()
		cancel(errGaveUp)
	} else {
		cancel(errGaveUp)
		if r.order == leftFirst {
			synctest.Wait()
		}
		holder.Unlock()
	}
	synctest.Wait()
	stop()
	wg.Wait()
	return int(got.Load()), first
}

// A weakLock is a lock, and how to see whether the collector has taken it.
type weakLock struct {
	sync.Locker
	exists func() bool
}

func newWeak[L any](locker func(*L) sync.Locker) weakLock {
	l := &struct { // large enough for an object of its own
		lock L
		_    [64]byte
	}{}
	w := weak.Make(l)
	return weakLock{locker(&l.lock), func() bool { return w.Value() != nil }}
}

// TestConformanceLock runs the behaviours of CPython's threading.Lock and
// asyncio.Lock. What all locks share runs over all locks.
func TestConformanceLock(t *testing.T) {
	type owners = func() func() locker
	everyLock(t, "lock_tests/BaseLockTests/test_constructor", func(t *testing.T, newLock owners) {
		newLock()
	})
	everyLock(t, "lock_tests/BaseLockTests/test_acquire_destroy", func(t *testing.T, newLock owners) {
		newLock()().Lock()
		runtime.GC()
	})
	everyLock(t, "lock_tests/BaseLockTests/test_acquire_release", func(t *testing.T, newLock owners) {
		l := newLock()()
		for range 3 {
			pass(l)
		}
	})
	everyLock(t, "lock_tests/BaseLockTests/test_try_acquire", func(t *testing.T, newLock owners) {
		l := newLock()()
		assert.True(t, l.TryLock(), "TryLock of a free lock")
		l.Unlock()
		assert.True(t, l.TryLock(), "TryLock of one that was freed")
		l.Unlock()
	})
	everyLock(t, "lock_tests/BaseLockTests/test_try_acquire_contended", func(t *testing.T, newLock owners) {
		owner := newLock()
		l := owner()
		l.Lock()
		assert.False(t, owner().TryLock(), "TryLock by another")
		l.Unlock()
		other := owner()
		assert.True(t, other.TryLock(), "TryLock by another, later")
		other.Unlock()
	})
	everyLock(t, "lock_tests/BaseLockTests/test_acquire_contended", func(t *testing.T, newLock owners) {
		owner := newLock()
		l := owner()
		l.Lock()
		var finished atomic.Int32
		for range 5 {
			go func() {
				l := owner()
				pass(l)
				finished.Add(1)
			}()
		}
		synctest.Wait()
		assert.Zero(t, finished.Load(), "finished while it is held")
		l.Unlock()
		synctest.Wait()
		assert.Equal(t, int32(5), finished.Load(), "finished in the end")
	})
	everyLock(t, "lock_tests/BaseLockTests/test_with", func(t *testing.T, newLock owners) {
		owner := newLock()
		with := func(f func()) {
			l := owner()
			l.Lock()
			defer l.Unlock()
			f()
		}
		free := func() { each(1, func() { pass(owner()) }) }
		with(func() {})
		free()
		assert.PanicsWithValue(t, "inside", func() { with(func() { panic("inside") }) })
		free()
	})
	everyLock(t, "lock_tests/BaseLockTests/test_thread_leak", func(t *testing.T, newLock owners) {
		owner := newLock()
		for range 15 {
			go func() {
				l := owner()
				pass(l)
			}()
		}
		synctest.Wait()
		assert.True(t, owner().TryLock(), "TryLock in the end")
	})
	everyLock(t, "lock_tests/BaseLockTests/test_timeout", func(t *testing.T, newLock owners) {
		owner := newLock()
		l := owner()
		start := time.Now()
		assert.Equal(t, errGaveUp, l.LockContext(within(t, -100*time.Second)), "LockContext within a time that is over")
		assert.NoError(t, l.LockContext(within(t, math.MaxInt64)), "LockContext within the longest time")
		l.Unlock()
		assert.NoError(t, l.LockContext(within(t, time.Hour)), "LockContext of a free lock")
		assert.Zero(t, time.Since(start), "time it took")
		assert.Equal(t, errGaveUp, owner().LockContext(within(t, time.Second)), "LockContext of a held lock")
		assert.Equal(t, time.Second, time.Since(start), "time it took")
		l.Unlock()
		assert.NoError(t, l.LockContext(t.Context()), "LockContext after it was given up")
	})
	bubble(t, "lock_tests/LockTests/test_reacquire", func(t *testing.T) {
		var l concurrent.Lock
		phase := 0
		go func() {
			l.Lock()
			phase = 1
			l.Lock()
			phase = 2
		}()
		synctest.Wait()
		assert.Equal(t, 1, phase, "phase while it waits for itself")
		l.Unlock()
		synctest.Wait()
		assert.Equal(t, 2, phase, "phase in the end")
	})
	bubble(t, "lock_tests/LockTests/test_different_thread", func(t *testing.T) {
		var l concurrent.Lock
		l.Lock()
		go l.Unlock()
		synctest.Wait()
		pass(&l)
	})
	everyLock(t, "lock_tests/LockTests/test_state_after_timeout", func(t *testing.T, newLock owners) {
		owner := newLock()
		l := owner()
		l.Lock()
		assert.Equal(t, errGaveUp, owner().LockContext(within(t, time.Millisecond)), "LockContext")
		l.Unlock()
		if l, ok := l.(*concurrent.Lock); ok {
			assert.False(t, l.Locked(), "Locked")
		}
		assert.True(t, owner().TryLock(), "TryLock")
	})

	everyLock(t, "test_locks/LockTests/test_acquire", func(t *testing.T, newLock owners) {
		owner := newLock()
		l := owner()
		l.Lock()
		release := make(chan bool)
		var result atomic.Int32
		acquire := func(n int32) {
			go func() {
				l := owner()
				l.Lock()
				result.Store(n)
				<-release
				l.Unlock()
			}()
			synctest.Wait()
		}
		acquire(1)
		acquire(2)
		assert.Zero(t, result.Load(), "got the lock before it was released")
		l.Unlock()
		synctest.Wait()
		assert.Equal(t, int32(1), result.Load(), "got the lock first")
		acquire(3)
		release <- true
		synctest.Wait()
		assert.Equal(t, int32(2), result.Load(), "got the lock second")
		release <- true
		synctest.Wait()
		assert.Equal(t, int32(3), result.Load(), "got the lock third")
		release <- true
	})
	everyLock(t, "test_locks/LockTests/test_acquire_cancel", func(t *testing.T, newLock owners) {
		owner := newLock()
		l := owner()
		l.Lock()
		ctx, cancel := context.WithCancelCause(t.Context())
		got := make(chan error, 1)
		go func() { got <- owner().LockContext(ctx) }()
		synctest.Wait()
		cancel(errGaveUp)
		assert.Equal(t, errGaveUp, <-got, "LockContext")
		if l, ok := l.(*concurrent.Lock); ok {
			assert.Zero(t, l.Stats().Waiting, "who wait")
		}
		l.Unlock()
	})
	everyLock(t, "test_locks/LockTests/test_cancel_race", func(t *testing.T, newLock owners) {
		for i := range 200 {
			r := race{behind: 1, order: i % 3}
			owner := newLock()
			behind, first := r.run(t, owner)
			if r.order == leftFirst {
				assert.Equal(t, errGaveUp, first, "who gave up")
			}
			require.Equal(t, 1, behind, "who had the lock of those behind")
			require.True(t, owner().TryLock(), "TryLock in the end")
		}
	})
	// Those who get the lock keep it: it is not granted to two.
	kept := func(behind int) func(*testing.T, owners) {
		return func(t *testing.T, newLock owners) {
			for i := range 200 {
				r := race{behind: behind, order: i % 3, keep: true}
				owner := newLock()
				got, first := r.run(t, owner)
				if r.order == leftFirst {
					assert.Equal(t, errGaveUp, first, "who gave up")
				}
				if first == nil {
					got++
				}
				require.Equal(t, 1, got, "who have the lock")
				require.False(t, owner().TryLock(), "TryLock in the end")
			}
		}
	}
	everyLock(t, "test_locks/LockTests/test_cancel_release_race", kept(2))
	everyLock(t, "test_locks/LockTests/test_finished_waiter_cancelled", kept(1))
	weakly := func(name string, f func(*testing.T, weakLock)) {
		t.Run(name+"/Lock", func(t *testing.T) { f(t, newWeak(func(l *concurrent.Lock) sync.Locker { return l })) })
		t.Run(name+"/RLock", func(t *testing.T) { f(t, newWeak(func(l *concurrent.RLock) sync.Locker { return l.Owner() })) })
		t.Run(name+"/RWLock", func(t *testing.T) { f(t, newWeak(func(l *concurrent.RWLock) sync.Locker { return l })) })
	}
	weakly("lock_tests/BaseLockTests/test_weakref_exists", func(t *testing.T, l weakLock) {
		l.Lock()
		runtime.GC()
		assert.True(t, l.exists(), "the lock that is held")
		l.Unlock()
	})
	weakly("lock_tests/BaseLockTests/test_weakref_deleted", func(t *testing.T, l weakLock) {
		if reporting {
			t.Skip("a lock that is held is known to those who report")
		}
		pass(l)
		l.Lock() // and dropped while it is held
		l.Locker = nil
		for range 100 {
			runtime.GC()
			if !l.exists() {
				return
			}
			runtime.Gosched()
		}
		assert.Fail(t, "somebody keeps a lock that nobody has")
	})
	t.Run("test_locks/LockTests/test_context_manager", func(t *testing.T) {
		var l concurrent.Lock
		assert.False(t, l.Locked(), "Locked before")
		func() {
			l.Lock()
			defer l.Unlock()
			assert.True(t, l.Locked(), "Locked inside")
		}()
		assert.False(t, l.Locked(), "Locked after")
	})
	everyLock(t, "test_threading/ThreadingExceptionTests/test_releasing_unacquired_lock", func(t *testing.T, newLock owners) {
		misuse(t, "concurrent: ", newLock()().Unlock)
	})
	t.Run("test_locks/LockTests/test_release_not_acquired", func(t *testing.T) {
		var l concurrent.Lock
		for range 2 {
			misuse(t, "Unlock of an unlocked Lock", l.Unlock)
		}
		assert.True(t, l.TryLock(), "TryLock after the panic")
		l.Unlock()
		misuse(t, "Unlock of an unlocked Lock", l.Unlock)
	})
	t.Run("test_locks/LockTests/test_release_no_waiters", func(t *testing.T) {
		var l concurrent.Lock
		assert.False(t, l.Locked(), "Locked at first")
		l.Lock()
		assert.True(t, l.Locked(), "Locked after Lock")
		l.Unlock()
		assert.False(t, l.Locked(), "Locked after Unlock")
	})
}

func TestLockContextDone(t *testing.T) {
	everyLock(t, "done", func(t *testing.T, newLock func() func() locker) {
		owner := newLock()
		l := owner()
		assert.Equal(t, errGaveUp, l.LockContext(endedContext(t)), "LockContext of a free lock")
		assert.True(t, l.TryLock(), "TryLock")
		assert.Equal(t, errGaveUp, owner().LockContext(endedContext(t)), "LockContext of a held lock")
		l.Unlock()
		assert.True(t, owner().TryLock(), "TryLock by another")
	})
}

// A lock that is held over a sleep and waited for meanwhile lets the clock of the
// bubble go on. With a sync.Mutex this test does not end.
func TestLockHeldOverSleep(t *testing.T) {
	everyLock(t, "durable", func(t *testing.T, newLock func() func() locker) {
		owner := newLock()
		start := time.Now()
		for range 5 {
			go func() {
				l := owner()
				l.Lock()
				time.Sleep(time.Second)
				l.Unlock()
			}()
		}
		synctest.Wait()
		l := owner()
		assert.NoError(t, l.LockContext(within(t, time.Minute)), "LockContext")
		assert.Equal(t, 5*time.Second, time.Since(start), "time it took")
		l.Unlock()
	})
}

// Those who come later may pass one who waits, but not for ever.
func TestLockHandover(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			var l concurrent.Lock
			l.Lock()
			var got atomic.Bool
			go func() {
				l.Lock()
				got.Store(true)
				l.Unlock()
			}()
			rounds, held := 0, true
			for synctest.Wait(); !got.Load(); synctest.Wait() {
				rounds++
				require.LessOrEqual(t, rounds, 3, "times that it was passed over")
				l.Unlock()
				held = l.TryLock() // almost always faster than one who must be woken
			}
			if held {
				l.Unlock()
			}
			s := l.Stats()
			assert.True(t, got.Load())
			assert.False(t, l.Locked())
			assert.Zero(t, s.Waiting)
			assert.Equal(t, int64(1), s.Contended)
			if rounds == 3 {
				assert.Equal(t, int64(1), s.Handovers, "passed over twice, but not handed over")
			}
		})
	}
}

// One who has been passed over twice gives up, before the lock is handed over or at
// the same time: it is not handed to nobody, and not kept by one who gave up.
func TestLockHandoverGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for how := range 4 {
			more, late := how&1 != 0, how&2 != 0
			for range 50 {
				var l concurrent.Lock
				l.Lock()
				ctx, cancel := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				wg.Go(func() {
					if l.LockContext(ctx) == nil {
						l.Unlock()
					}
				})
				synctest.Wait()
				if more {
					wg.Go(func() { pass(&l) })
					synctest.Wait()
				}
				held := true
				for range 2 {
					l.Unlock()
					if held = l.TryLock(); !held {
						break
					}
					synctest.Wait()
				}
				cancel()
				if !late {
					synctest.Wait()
				}
				if held {
					l.Unlock()
				}
				wg.Wait()
				s := l.Stats()
				require.False(t, l.Locked())
				require.Zero(t, s.Waiting)
			}
		}
	})
}

// One whose context ends when it has been woken leaves the wake-up to the next.
func TestLockWakeUpPassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for i := range 300 {
			first := i%2 == 0
			var l concurrent.Lock
			l.Lock()
			ctx, cancel := context.WithCancel(t.Context())
			var ended atomic.Int32
			for _, ctx := range []context.Context{ctx, context.Background()} {
				go func() {
					if l.LockContext(ctx) == nil {
						l.Unlock()
					}
					ended.Add(1)
				}()
				synctest.Wait()
			}
			if first {
				cancel() // it is woken twice, and may not run before the second time
			}
			l.Unlock()
			held := l.TryLock()
			cancel()
			synctest.Wait()
			if held {
				l.Unlock()
			}
			synctest.Wait()
			require.Equal(t, int32(2), ended.Load(), "%+v", l.Stats())
			require.False(t, l.Locked(), "%+v", l.Stats())
		}
	})
}

func TestLockStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l concurrent.Lock
		l.Lock()
		for range 3 {
			go func() {
				if l.LockContext(within(t, time.Second)) == nil {
					l.Unlock()
				}
			}()
		}
		synctest.Wait()
		assert.Equal(t, concurrent.LockStats{Contended: 3, Waiting: 3}, l.Stats(), "stats while three wait")
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Equal(t, concurrent.LockStats{Contended: 3, Canceled: 3}, l.Stats(), "stats after they gave up")
		l.Unlock()
		l.Lock()
		assert.Equal(t, concurrent.LockStats{Contended: 3, Canceled: 3}, l.Stats(), "stats after no contention")
	})
}

// lockStorm makes many fight over a lock, some of whom give up, and checks that
// never two have it and that it is free in the end.
func lockStorm(t *testing.T, owner func() locker) {
	var inside, taken, crowds atomic.Int64
	counted := 0 // guarded by the lock
	var wg sync.WaitGroup
	for id := range 8 {
		wg.Go(func() {
			l := owner()
			random := rand.New(rand.NewPCG(uint64(id), 3))
			for range 2000 {
				ok := true
				switch random.IntN(4) {
				case 0:
					ok = l.TryLock()
				case 1:
					l.Lock()
				default:
					ctx, cancel := context.WithCancel(context.Background())
					if random.IntN(2) == 0 {
						go cancel()
					}
					ok = l.LockContext(ctx) == nil
					cancel()
				}
				if !ok {
					continue
				}
				taken.Add(1)
				counted++
				if inside.Add(1) != 1 {
					crowds.Add(1)
				}
				if random.IntN(4) == 0 {
					runtime.Gosched()
				}
				inside.Add(-1)
				l.Unlock()
			}
		})
	}
	wg.Wait()
	assert.Zero(t, crowds.Load(), "how often more than one had the lock")
	assert.Equal(t, taken.Load(), int64(counted), "acquisitions counted under the lock")
	l := owner()
	assert.NoError(t, l.LockContext(t.Context()), "LockContext in the end")
	l.Unlock()
}

func TestLockStorm(t *testing.T) {
	t.Run("Lock", func(t *testing.T) {
		var l concurrent.Lock
		lockStorm(t, func() locker { return &l })
		s := l.Stats()
		assert.Zero(t, s.Waiting)
		assert.NotZero(t, s.Contended)
	})
	t.Run("RLock", func(t *testing.T) {
		var l concurrent.RLock
		lockStorm(t, func() locker { return l.Owner() })
	})
	t.Run("RWLock", func(t *testing.T) {
		var l concurrent.RWLock
		stop := make(chan bool)
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					l.RLock()
					runtime.Gosched()
					l.RUnlock()
				}
			}
		})
		lockStorm(t, func() locker { return &l })
		close(stop)
		wg.Wait()
	})
	t.Run("one core", func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		var l concurrent.Lock
		lockStorm(t, func() locker { return &l })
	})
}

func TestLockAllocatesNothing(t *testing.T) {
	if concurrent.DebugLocks(nil, 0) {
		t.Skip("locks that debug allocate")
	}
	var l concurrent.Lock
	var r concurrent.RLock
	var rw concurrent.RWLock
	o, ctx := r.Owner(), t.Context()
	n := testing.AllocsPerRun(100, func() {
		pass(&l)
		_ = l.LockContext(ctx)
		l.Unlock()
		o.Lock()
		pass(o)
		o.Unlock()
		pass(&rw)
		pass(rw.RLocker())
	})
	assert.Zero(t, n, "allocations without contention")
}
