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
	want(r.t, "inside "+what, string(got), wanted)
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
		want(t, "TryRLock", r.lock.TryRLock(), false)
		want(t, "TryLock", r.lock.TryLock(), false)
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
		want(t, "writer", <-w.err, errGaveUp)
		synctest.Wait()
		r.inside("without the writer", "x-xx", a, w, b, c)
		want(t, "TryRLock", r.lock.TryRLock(), true)
		r.lock.RUnlock()
		r.out(a, b, c)
		want(t, "TryLock in the end", r.lock.TryLock(), true)
		r.lock.Unlock()
	})
	run("a writer behind a writer gives up", func(t *testing.T, r *room) {
		w, v := r.write(), r.write()
		v.cancel(errGaveUp)
		want(t, "second writer", <-v.err, errGaveUp)
		a := r.read()
		r.out(w)
		r.inside("after the first", "x", a)
		r.out(a)
	})
	run("readers give up", func(t *testing.T, r *room) {
		w := r.write()
		a, b := r.read(), r.read()
		a.cancel(errGaveUp)
		want(t, "first reader", <-a.err, errGaveUp)
		r.out(w)
		r.inside("after the writer", "x", b)
		r.out(b)

		w = r.write()
		a = r.read()
		a.cancel(errGaveUp)
		want(t, "only reader", <-a.err, errGaveUp)
		r.out(w)
		want(t, "TryLock in the end", r.lock.TryLock(), true)
		want(t, "TryRLock while one writes", r.lock.TryRLock(), false)
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
				want(t, "TryRLock while one writes", r.lock.TryRLock(), false)
				r.out(w)
			}

			w = r.write()
			b, c := r.read(), r.read()
			b.cancel(errGaveUp)
			c.cancel(errGaveUp)
			r.out(w)
			for _, g := range []*guest{b, c} {
				if g.inside.Load() {
					want(t, "TryLock while one reads", r.lock.TryLock(), false)
					r.out(g)
				}
			}
			want(t, "TryLock in the end", r.lock.TryLock(), true)
			r.lock.Unlock()
		}
	})
	run("a context that is done", func(t *testing.T, r *room) {
		want(t, "RLockContext of a free lock", r.lock.RLockContext(endedContext(t)), errGaveUp)
		want(t, "TryLock", r.lock.TryLock(), true)
		want(t, "RLockContext of a held lock", r.lock.RLockContext(endedContext(t)), errGaveUp)
		r.lock.Unlock()
		r.lock.RLock()
		want(t, "LockContext of a read lock", r.lock.LockContext(endedContext(t)), errGaveUp)
		want(t, "TryRLock", r.lock.TryRLock(), true)
	})
	run("upgrade", func(t *testing.T, r *room) {
		r.lock.RLock()
		want(t, "Lock by who reads", r.lock.LockContext(within(t, time.Second)), errGaveUp)
		r.lock.RUnlock()
		want(t, "TryLock after", r.lock.TryLock(), true)
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
		want(t, "TryLock in the end", l.TryLock(), true)
	})
}

// Readers, writers and those who give up, all at once: no writer ever has company.
func TestRWLockStorm(t *testing.T) {
	var l concurrent.RWLock
	var readers, writers, taken atomic.Int64
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
					w, r := writers.Add(1), readers.Load()
					if w != 1 || r != 0 {
						t.Errorf("a writer with %d writers and %d readers", w, r)
					}
					counted++
					taken.Add(1)
					runtime.Gosched()
					writers.Add(-1)
					l.Unlock()
				default:
					readers.Add(1)
					if w := writers.Load(); w != 0 {
						t.Errorf("a reader with %d writers", w)
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
	want(t, "writes counted under the lock", int64(counted), taken.Load())
	want(t, "TryLock in the end", l.TryLock(), true)
	want(t, "TryRLock while one writes", l.TryRLock(), false)
	l.Unlock()
	want(t, "TryRLock in the end", l.TryRLock(), true)
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
		if err := l.LockContext(ctx); err != nil {
			t.Fatal(err)
		}
		l.Unlock()
		want(t, "TryLock of a free lock", l.TryLock(), true)
		l.Unlock()
	}
	over.Store(true)
	wg.Wait()
}
