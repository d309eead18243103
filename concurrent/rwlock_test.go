package concurrent_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// A room is readers and writers of a lock, each of whom stays until told to leave.
type room struct {
	t    *testing.T
	lock concurrent.RWLock
}

// A guest of a room.
type guest struct {
	inside atomic.Bool
	cancel context.CancelCauseFunc
	leave  chan bool
	err    chan error
}

func (r *room) enter(lock func(context.Context) error, unlock func()) *guest {
	ctx, cancel := context.WithCancelCause(r.t.Context())
	g := &guest{cancel: cancel, leave: make(chan bool, 1), err: make(chan error, 1)}
	go func() {
		err := lock(ctx)
		if err == nil {
			g.inside.Store(true)
			<-g.leave
			g.inside.Store(false)
			unlock()
		}
		g.err <- err
	}()
	synctest.Wait()
	return g
}

func (r *room) read() *guest  { return r.enter(r.lock.RLockContext, r.lock.RUnlock) }
func (r *room) write() *guest { return r.enter(r.lock.LockContext, r.lock.Unlock) }

// out tells guests to leave.
func (r *room) out(guests ...*guest) {
	for _, g := range guests {
		g.leave <- true
	}
	synctest.Wait()
}

// inside checks who of the guests is inside: "x" for who is, "-" for who is not.
func (r *room) inside(what, wanted string, guests ...*guest) {
	r.t.Helper()
	got := bytes.Repeat([]byte("-"), len(guests))
	for i, g := range guests {
		if g.inside.Load() {
			got[i] = 'x'
		}
	}
	assert.Equal(r.t, wanted, string(got), "inside "+what)
}

func TestRWLock(t *testing.T) {
	run := func(name string, f func(*testing.T, *room)) {
		bubble(t, name, func(t *testing.T) { f(t, &room{t: t}) })
	}
	run("readers share", func(t *testing.T, r *room) {
		a, b := r.read(), r.read()
		r.inside("at once", "xx", a, b)
		r.out(a, b)
	})
	run("writers exclude", func(t *testing.T, r *room) {
		w := r.write()
		a, b, v := r.read(), r.read(), r.write()
		r.inside("while one writes", "x---", w, a, b, v)
		r.out(w)
		r.inside("after it", "-xx-", w, a, b, v)
		r.out(a)
		r.inside("after the first reader", "--x-", w, a, b, v)
		r.out(b)
		r.inside("after the last reader", "---x", w, a, b, v)
		r.out(v)
	})
	run("a writer who waits stops new readers", func(t *testing.T, r *room) {
		a := r.read()
		w := r.write()
		b := r.read()
		r.inside("while the first reads", "x--", a, w, b)
		assert.False(t, r.lock.TryRLock(), "TryRLock")
		assert.False(t, r.lock.TryLock(), "TryLock")
		r.out(a)
		r.inside("after it", "-x-", a, w, b)
		r.out(w)
		r.inside("after the writer", "--x", a, w, b)
		r.out(b)
	})
	run("readers go before the next writer", func(t *testing.T, r *room) {
		w, v := r.write(), r.write()
		a, b := r.read(), r.read()
		r.out(w)
		r.inside("after the first writer", "-xx", v, a, b)
		r.out(a, b)
		r.inside("after the readers", "x--", v, a, b)
		r.out(v)
		c := r.read()
		r.inside("in the end", "x", c)
		r.out(c)
	})
	run("a writer gives up", func(t *testing.T, r *room) {
		a := r.read()
		w := r.write()
		b, c := r.read(), r.read()
		w.cancel(errGaveUp)
		assert.Equal(t, errGaveUp, <-w.err, "writer")
		synctest.Wait()
		r.inside("without the writer", "x-xx", a, w, b, c)
		assert.True(t, r.lock.TryRLock(), "TryRLock")
		r.lock.RUnlock()
		r.out(a, b, c)
		assert.True(t, r.lock.TryLock(), "TryLock in the end")
		r.lock.Unlock()
	})
	run("a writer behind a writer gives up", func(t *testing.T, r *room) {
		w, v := r.write(), r.write()
		v.cancel(errGaveUp)
		assert.Equal(t, errGaveUp, <-v.err, "second writer")
		a := r.read()
		r.out(w)
		r.inside("after the first", "x", a)
		r.out(a)
	})
	run("readers give up", func(t *testing.T, r *room) {
		w := r.write()
		a, b := r.read(), r.read()
		a.cancel(errGaveUp)
		assert.Equal(t, errGaveUp, <-a.err, "first reader")
		r.out(w)
		r.inside("after the writer", "x", b)
		r.out(b)

		w = r.write()
		a = r.read()
		a.cancel(errGaveUp)
		assert.Equal(t, errGaveUp, <-a.err, "only reader")
		r.out(w)
		assert.True(t, r.lock.TryLock(), "TryLock in the end")
		assert.False(t, r.lock.TryRLock(), "TryRLock while one writes")
		r.lock.Unlock()
	})
	// The context ends just before the lock becomes free: who gets it has it, and who
	// gives up has not.
	run("giving up too late", func(t *testing.T, r *room) {
		for range 50 {
			a := r.read()
			w := r.write()
			w.cancel(errGaveUp)
			r.out(a)
			if w.inside.Load() {
				assert.False(t, r.lock.TryRLock(), "TryRLock while one writes")
				r.out(w)
			}

			w = r.write()
			b, c := r.read(), r.read()
			b.cancel(errGaveUp)
			c.cancel(errGaveUp)
			r.out(w)
			for _, g := range []*guest{b, c} {
				if g.inside.Load() {
					assert.False(t, r.lock.TryLock(), "TryLock while one reads")
					r.out(g)
				}
			}
			assert.True(t, r.lock.TryLock(), "TryLock in the end")
			r.lock.Unlock()
		}
	})
	run("a context that is done", func(t *testing.T, r *room) {
		assert.Equal(t, errGaveUp, r.lock.RLockContext(endedContext(t)), "RLockContext of a free lock")
		assert.True(t, r.lock.TryLock(), "TryLock")
		assert.Equal(t, errGaveUp, r.lock.RLockContext(endedContext(t)), "RLockContext of a held lock")
		r.lock.Unlock()
		r.lock.RLock()
		assert.Equal(t, errGaveUp, r.lock.LockContext(endedContext(t)), "LockContext of a read lock")
		assert.True(t, r.lock.TryRLock(), "TryRLock")
	})
	run("upgrade", func(t *testing.T, r *room) {
		r.lock.RLock()
		assert.Equal(t, errGaveUp, r.lock.LockContext(within(t, time.Second)), "Lock by who reads")
		r.lock.RUnlock()
		assert.True(t, r.lock.TryLock(), "TryLock after")
	})
	run("locker", func(t *testing.T, r *room) {
		l := r.lock.RLocker()
		l.Lock()
		a := r.read()
		w := r.write()
		r.inside("while the locker reads", "x-", a, w)
		r.out(a)
		l.Unlock()
		synctest.Wait()
		r.inside("after it", "x", w)
		r.out(w)
	})
}

// Misuse panics and leaves the lock as it was, whatever that was.
func TestRWLockMisuse(t *testing.T) {
	const noWriter, noReader = "not locked for writing", "not locked for reading"
	synctest.Test(t, func(t *testing.T) {
		r := &room{t: t}
		l := &r.lock
		misuse(t, noWriter, l.Unlock)
		misuse(t, noReader, l.RUnlock)
		misuse(t, noReader, l.RLocker().Unlock)

		a := r.read()
		misuse(t, noWriter, l.Unlock)
		w := r.write()
		misuse(t, noWriter, l.Unlock)
		r.inside("after misuse", "x-", a, w)
		r.out(a)
		r.inside("after the reader", "-x", a, w)

		misuse(t, noReader, l.RUnlock)
		b := r.read()
		misuse(t, noReader, l.RUnlock)
		r.inside("after misuse while one writes", "x-", w, b)
		r.out(w)
		r.out(b)
		misuse(t, noReader, l.RUnlock)
		misuse(t, noWriter, l.Unlock)
		assert.True(t, l.TryLock(), "TryLock in the end")
	})
}

// Readers, writers and those who give up, all at once: no writer ever has company.
func TestRWLockStorm(t *testing.T) {
	var l concurrent.RWLock
	var readers, writers, taken, crowds atomic.Int64
	counted := 0 // guarded by the lock
	var wg sync.WaitGroup
	for id := range 8 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(id), 9))
			for range 2500 {
				ctx, cancel := context.WithCancel(context.Background())
				if random.IntN(2) == 0 {
					go cancel()
				}
				write := random.IntN(3) == 0
				var ok bool
				switch how := random.IntN(3); {
				case write && how == 0:
					ok = l.TryLock()
				case write:
					ok = l.LockContext(ctx) == nil
				case how == 0:
					ok = l.TryRLock()
				case how == 1:
					l.RLock()
					ok = true
				default:
					ok = l.RLockContext(ctx) == nil
				}
				cancel()
				switch {
				case !ok:
				case write:
					if w, r := writers.Add(1), readers.Load(); w != 1 || r != 0 {
						crowds.Add(1)
					}
					counted++
					taken.Add(1)
					runtime.Gosched()
					writers.Add(-1)
					l.Unlock()
				default:
					readers.Add(1)
					if writers.Load() != 0 {
						crowds.Add(1)
					}
					_ = counted
					if random.IntN(4) == 0 {
						runtime.Gosched()
					}
					readers.Add(-1)
					l.RUnlock()
				}
			}
		})
	}
	wg.Wait()
	assert.Zero(t, crowds.Load(), "how often a writer had company")
	assert.Equal(t, taken.Load(), int64(counted), "writes counted under the lock")
	assert.True(t, l.TryLock(), "TryLock in the end")
	assert.False(t, l.TryRLock(), "TryRLock while one writes")
	l.Unlock()
	assert.True(t, l.TryRLock(), "TryRLock in the end")
}

// Who unlocks what nobody reads does not disturb those who write, not for a moment.
func TestRWLockMisuseMeetsWriters(t *testing.T) {
	var l concurrent.RWLock
	var over atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !over.Load() {
			misuse(t, "RUnlock", l.RUnlock)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 20_000 {
		require.NoError(t, l.LockContext(ctx))
		l.Unlock()
		assert.True(t, l.TryLock(), "TryLock of a free lock")
		l.Unlock()
	}
	over.Store(true)
	wg.Wait()
}
