package concurrent_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/internal/effort"
)

// An intQueue is what the tests of all kinds of queues use.
type intQueue = *Queue[int]

// A queueKind makes queues of one kind.
type queueKind struct {
	name  string
	make  func(maxsize int) intQueue
	order func(put []int) []int // in which order they come out
}

var (
	fifoKind = queueKind{"Queue", func(n int) intQueue { return NewQueue[int](n) }, slices.Clone[[]int]}
	lifoKind = queueKind{"LifoQueue", func(n int) intQueue { return NewLifoQueue[int](n) }, reversedInts}
	prioKind = queueKind{"PriorityQueue", func(n int) intQueue { return NewPriorityQueue(n, cmp.Compare[int]) }, sortedInts}

	queueKinds = []queueKind{fifoKind, lifoKind, prioKind}
)

func reversedInts(s []int) []int {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

func sortedInts(s []int) []int { return slices.Sorted(slices.Values(s)) }

// A callResult is what a call in another goroutine has returned.
type callResult struct {
	v   int
	err error
}

// call calls f in a goroutine.
func call(f func() (int, error)) <-chan callResult {
	c := make(chan callResult, 1)
	go func() {
		v, err := f()
		c <- callResult{v, err}
	}()
	return c
}

func callErr(f func() error) <-chan callResult { return call(func() (int, error) { return 0, f() }) }

// mustWait waits until every goroutine of the bubble waits, and fails if c has a
// callResult.
func mustWait(t *testing.T, c <-chan callResult) {
	t.Helper()
	synctest.Wait()
	select {
	case r := <-c:
		require.FailNow(t, "it does not wait", "it returned (%v, %v)", r.v, r.err)
	default:
	}
}

// mustReturn is what c has once every goroutine of the bubble waits.
func mustReturn(t *testing.T, c <-chan callResult) callResult {
	t.Helper()
	synctest.Wait()
	select {
	case r := <-c:
		return r
	default:
		require.FailNow(t, "still waits")
		panic("not reached")
	}
}

func wantQueue(t *testing.T, got, want callResult) {
	t.Helper()
	assert.Equal(t, want.v, got.v)
	assert.ErrorIs(t, got.err, want.err)
}

func wantQueueErr(t *testing.T, got, want error) {
	t.Helper()
	if want == nil {
		assert.NoError(t, got)
	} else {
		assert.ErrorIs(t, got, want)
	}
}

func fill(t *testing.T, q intQueue, items ...int) {
	t.Helper()
	for _, v := range items {
		wantQueueErr(t, q.TryPut(v), nil)
	}
}

// takeAll takes what is there.
func takeAll(q intQueue) []int {
	var got []int
	for {
		v, err := q.TryGet()
		if err != nil {
			return got
		}
		got = append(got, v)
	}
}

var noEnd = context.Background()

var errStopped = errors.New("the cause")

func stoppable() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(noEnd)
	return ctx, func() { cancel(errStopped) }
}

func stoppedContext() context.Context {
	ctx, cancel := stoppable()
	cancel()
	return ctx
}

// queueBackends are the kinds with a bound of 4, and without.
func queueBackends() []behave.Backend[intQueue] {
	var backends []behave.Backend[intQueue]
	for _, k := range queueKinds {
		backends = append(backends,
			behave.Backend[intQueue]{Name: k.name, New: func(*testing.T) intQueue { return k.make(4) }},
			behave.Backend[intQueue]{Name: k.name + " without bound", New: func(*testing.T) intQueue { return k.make(-1) }})
	}
	return backends
}

// inBubble makes a behaviour whose check runs in a bubble. Locks and their index are
// no part of it, so the queue may come from outside.
func inBubble(name string, check func(t *testing.T, q intQueue)) behave.Behaviour[intQueue] {
	return behave.Behaviour[intQueue]{Name: name, Check: func(t *testing.T, q intQueue) {
		synctest.Test(t, func(t *testing.T) { check(t, q) })
	}}
}

func TestQueues(t *testing.T) {
	behave.Over(t, queueBackends(), []behave.Behaviour[intQueue]{
		inBubble("a context that is done takes nothing", func(t *testing.T, q intQueue) {
			fill(t, q, 1)
			err := q.Put(stoppedContext(), 2)
			wantQueueErr(t, err, errStopped)
			var e *PutError[int]
			require.ErrorAs(t, err, &e)
			assert.Equal(t, 2, e.Item)
			_, err = q.Get(stoppedContext())
			wantQueueErr(t, err, errStopped)
			n, err := q.PutAll(stoppedContext(), []int{3})
			wantQueue(t, callResult{n, err}, callResult{0, errStopped})
			n, err = q.GetMany(stoppedContext(), make([]int, 1))
			wantQueue(t, callResult{n, err}, callResult{0, errStopped})
			n, err = q.PutSeq(stoppedContext(), func(func(int) bool) { assert.Fail(t, "the sequence was asked") })
			wantQueue(t, callResult{n, err}, callResult{0, errStopped})
			wantQueueErr(t, q.Join(stoppedContext()), errStopped)
			for v, err := range q.All(stoppedContext()) {
				wantQueue(t, callResult{v, err}, callResult{0, errStopped})
			}
			q.TryGet()
			q.TaskDone()
			wantQueueErr(t, q.Join(stoppedContext()), errStopped)
			wantQueueErr(t, q.Join(noEnd), nil)
			q.Shutdown(false)
			_, err = q.Get(stoppedContext())
			wantQueueErr(t, err, errStopped)
			wantQueueErr(t, q.Put(stoppedContext(), 2), errStopped)
		}),
		inBubble("a getter is canceled", func(t *testing.T, q intQueue) {
			ctx, cancel := stoppable()
			get := call(func() (int, error) { return q.Get(ctx) })
			many := call(func() (int, error) { return q.GetMany(ctx, make([]int, 2)) })
			mustWait(t, get)
			assert.Equal(t, 2, q.Stats().Getters, "getters wait")
			cancel()
			wantQueue(t, mustReturn(t, get), callResult{0, errStopped})
			wantQueue(t, mustReturn(t, many), callResult{0, errStopped})
			assert.Zero(t, q.Stats().Getters, "getters wait")
			fill(t, q, 1)
			assert.Equal(t, []int{1}, takeAll(q))
		}),
		inBubble("getters are called in the order they came", func(t *testing.T, q intQueue) {
			var gets []<-chan callResult
			for range 5 {
				gets = append(gets, call(func() (int, error) { return q.Get(noEnd) }))
				synctest.Wait()
			}
			for i, get := range gets {
				mustWait(t, get)
				fill(t, q, i)
				wantQueue(t, mustReturn(t, get), callResult{i, nil})
			}
		}),
		inBubble("a canceled getter in the middle is forgotten", func(t *testing.T, q intQueue) {
			var gets []<-chan callResult
			var cancels []func()
			for range 4 {
				ctx, cancel := stoppable()
				gets = append(gets, call(func() (int, error) { return q.Get(ctx) }))
				cancels = append(cancels, cancel)
				synctest.Wait()
			}
			cancels[1]()
			wantQueue(t, mustReturn(t, gets[1]), callResult{0, errStopped})
			cancels[3]()
			wantQueue(t, mustReturn(t, gets[3]), callResult{0, errStopped})
			fill(t, q, 7)
			wantQueue(t, mustReturn(t, gets[0]), callResult{7, nil})
			mustWait(t, gets[2])
			fill(t, q, 8)
			wantQueue(t, mustReturn(t, gets[2]), callResult{8, nil})
			last := call(func() (int, error) { return q.Get(noEnd) })
			mustWait(t, last)
			fill(t, q, 9)
			wantQueue(t, mustReturn(t, last), callResult{9, nil})
		}),
		inBubble("the item of a getter who was called and is canceled goes to the next", func(t *testing.T, q intQueue) {
			ctx, cancel := stoppable()
			first := call(func() (int, error) { return q.Get(ctx) })
			synctest.Wait()
			second := call(func() (int, error) { return q.Get(noEnd) })
			synctest.Wait()
			fill(t, q, 1)
			cancel()
			synctest.Wait()
			if r := <-first; r.err == nil {
				fill(t, q, 2)
			}
			r := mustReturn(t, second)
			assert.NoError(t, r.err)
			assert.Contains(t, []int{1, 2}, r.v)
		}),
		inBubble("one call of PutAll is enough for all who wait", func(t *testing.T, q intQueue) {
			var gets []<-chan callResult
			for range 4 {
				gets = append(gets, call(func() (int, error) { return q.Get(noEnd) }))
			}
			synctest.Wait()
			n, err := q.PutAll(noEnd, []int{1, 2, 3, 4})
			wantQueue(t, callResult{n, err}, callResult{4, nil})
			sum := 0
			for _, get := range gets {
				sum += mustReturn(t, get).v
			}
			assert.Equal(t, 10, sum, "sum of the items")
		}),
		inBubble("GetMany takes what is there", func(t *testing.T, q intQueue) {
			buf := make([]int, 3)
			n, err := q.GetMany(noEnd, nil)
			wantQueue(t, callResult{n, err}, callResult{0, nil})
			get := call(func() (int, error) { return q.GetMany(noEnd, buf) })
			mustWait(t, get)
			fill(t, q, 1)
			wantQueue(t, mustReturn(t, get), callResult{1, nil})
			fill(t, q, 2, 3, 4, 5)
			n, err = q.GetMany(noEnd, buf)
			wantQueue(t, callResult{n, err}, callResult{3, nil})
			n, err = q.GetMany(noEnd, buf)
			wantQueue(t, callResult{n, err}, callResult{1, nil})
			q.Shutdown(false)
			n, err = q.GetMany(noEnd, buf)
			wantQueue(t, callResult{n, err}, callResult{0, ErrClosed})
		}),
		inBubble("All ends with the queue", func(t *testing.T, q intQueue) {
			var got []int
			loop := callErr(func() error {
				for v, err := range q.All(noEnd) {
					if err != nil {
						return err
					}
					got = append(got, v)
				}
				return nil
			})
			for _, v := range []int{3, 1, 2} {
				fill(t, q, v)
				mustWait(t, loop)
			}
			q.Shutdown(false)
			wantQueue(t, mustReturn(t, loop), callResult{0, nil})
			assert.Equal(t, []int{3, 1, 2}, got)
		}),
		inBubble("All takes nothing ahead and ends with its context", func(t *testing.T, q intQueue) {
			fill(t, q, 1, 2)
			for range q.All(noEnd) {
				break
			}
			assert.Equal(t, 1, q.Len(), "items left")
			ctx, cancel := context.WithCancelCause(noEnd)
			defer cancel(nil)
			var got []error
			for _, err := range q.All(ctx) {
				got = append(got, err)
				cancel(ErrClosed) // a cause that must not be taken for the end of the queue
			}
			assert.Equal(t, []error{nil, ErrClosed}, got)
		}),
		inBubble("Ready", func(t *testing.T, q intQueue) {
			isReady := func() bool {
				select {
				case <-q.Ready():
					return true
				default:
					return false
				}
			}
			require.False(t, isReady(), "an empty queue is ready")
			ready := q.Ready()
			assert.Equal(t, ready, q.Ready(), "one channel for one wait")
			get := call(func() (int, error) { return q.Get(noEnd) })
			mustWait(t, get)
			fill(t, q, 1)
			wantQueue(t, mustReturn(t, get), callResult{1, nil})
			fill(t, q, 1)
			<-ready // if not before: the getter may have had the first one at once
			takeAll(q)
			require.False(t, isReady(), "ready without an item")
			fill(t, q, 1, 2)
			assert.True(t, isReady(), "not ready with an item")
			takeAll(q)
			ready = q.Ready()
			_, err := q.PutAll(noEnd, []int{1})
			wantQueueErr(t, err, nil)
			<-ready
			takeAll(q)
			ready = q.Ready()
			q.Shutdown(false)
			<-ready
			assert.True(t, isReady(), "not ready after the end")
		}),
		inBubble("Join", func(t *testing.T, q intQueue) {
			fill(t, q, 1, 2)
			ctx, cancel := stoppable()
			canceled := callErr(func() error { return q.Join(ctx) })
			join := callErr(func() error { return q.Join(noEnd) })
			takeAll(q)
			q.TaskDone()
			mustWait(t, join)
			cancel()
			wantQueue(t, mustReturn(t, canceled), callResult{0, errStopped})
			mustWait(t, join)
			q.TaskDone()
			wantQueue(t, mustReturn(t, join), callResult{0, nil})
			fill(t, q, 3)
			join = callErr(func() error { return q.Join(noEnd) })
			mustWait(t, join)
			q.TaskDone()
			wantQueue(t, mustReturn(t, join), callResult{0, nil})
		}),
		inBubble("Stats", func(t *testing.T, q intQueue) {
			fill(t, q, 1, 2, 3)
			q.TryGet()
			q.TaskDone()
			want := QueueStats{Len: 2, MaxSize: q.MaxSize(), Put: 3, Got: 1, Unfinished: 2}
			assert.Equal(t, want, q.Stats())
			q.Shutdown(true)
			want = QueueStats{MaxSize: q.MaxSize(), Put: 3, Got: 1, Dropped: 2, Shutdown: true}
			assert.Equal(t, want, q.Stats())
		}),
		inBubble("what TaskDone reported early is not dropped again", func(t *testing.T, q intQueue) {
			fill(t, q, 1, 2)
			q.TaskDone()
			q.Shutdown(true)
			assert.Zero(t, q.Stats().Unfinished, "unfinished")
			wantQueueErr(t, q.Join(noEnd), nil)
		}),
	})
}

func TestBoundedQueues(t *testing.T) {
	var backends []behave.Backend[intQueue]
	for _, k := range queueKinds {
		backends = append(backends, behave.Backend[intQueue]{Name: k.name, New: func(*testing.T) intQueue { return k.make(2) }})
	}
	behave.Over(t, backends, []behave.Behaviour[intQueue]{
		inBubble("a putter is canceled", func(t *testing.T, q intQueue) {
			fill(t, q, 1, 2)
			ctx, cancel := stoppable()
			var err error
			putter := callErr(func() error { err = q.Put(ctx, 3); return err })
			all := call(func() (int, error) { return q.PutAll(ctx, []int{4, 5}) })
			seq := call(func() (int, error) { return q.PutSeq(ctx, slices.Values([]int{6, 7})) })
			mustWait(t, putter)
			assert.Equal(t, 3, q.Stats().Putters, "putters wait")
			cancel()
			wantQueue(t, mustReturn(t, putter), callResult{0, errStopped})
			var e *PutError[int]
			require.ErrorAs(t, err, &e)
			assert.Equal(t, 3, e.Item)
			wantQueue(t, mustReturn(t, all), callResult{0, errStopped})
			r := mustReturn(t, seq)
			wantQueue(t, r, callResult{0, errStopped})
			require.ErrorAs(t, r.err, &e)
			assert.Equal(t, 6, e.Item)
			assert.Equal(t, []int{1, 2}, sortedInts(takeAll(q)))
		}),
		inBubble("putters are called in the order they came", func(t *testing.T, q intQueue) {
			fill(t, q, 0, 0)
			var puts []<-chan callResult
			for range 5 {
				puts = append(puts, callErr(func() error { return q.Put(noEnd, 0) }))
				synctest.Wait()
			}
			for _, p := range puts {
				mustWait(t, p)
				q.TryGet()
				wantQueue(t, mustReturn(t, p), callResult{0, nil})
			}
		}),
		inBubble("PutAll waits for room for the rest", func(t *testing.T, q intQueue) {
			all := call(func() (int, error) { return q.PutAll(noEnd, []int{1, 2, 3, 4, 5}) })
			mustWait(t, all)
			buf := make([]int, 2) // both at once: PutAll would use the room of the first
			n, err := q.GetMany(noEnd, buf)
			wantQueue(t, callResult{n, err}, callResult{2, nil})
			got := slices.Clone(buf)
			mustWait(t, all)
			q.GetMany(noEnd, buf)
			got = append(got, buf...)
			wantQueue(t, mustReturn(t, all), callResult{5, nil})
			got = append(got, takeAll(q)...)
			assert.Equal(t, []int{1, 2, 3, 4, 5}, sortedInts(got))
		}),
		inBubble("PutAll says how far it came", func(t *testing.T, q intQueue) {
			ctx, cancel := stoppable()
			all := call(func() (int, error) { return q.PutAll(ctx, []int{1, 2, 3}) })
			mustWait(t, all)
			cancel()
			wantQueue(t, mustReturn(t, all), callResult{2, errStopped})
			all = call(func() (int, error) { return q.PutAll(noEnd, []int{3}) })
			mustWait(t, all)
			q.Shutdown(false)
			wantQueue(t, mustReturn(t, all), callResult{0, ErrClosed})
			n, err := q.PutAll(noEnd, []int{3})
			wantQueue(t, callResult{n, err}, callResult{0, ErrClosed})
		}),
		inBubble("PutAll ends with its context when getters keep up", func(t *testing.T, q intQueue) {
			ctx, cancel := stoppable()
			const last = 1000
			getter := callErr(func() error {
				for n := 1; ; n++ {
					if _, err := q.Get(noEnd); err != nil {
						return err
					}
					if n == last {
						cancel()
					}
				}
			})
			n, err := q.PutAll(ctx, make([]int, 1_000_000))
			q.Shutdown(false)
			wantQueue(t, mustReturn(t, getter), callResult{0, ErrClosed})
			assert.Equal(t, errStopped, err)
			assert.LessOrEqual(t, n, last+2*q.MaxSize())
		}),
		inBubble("one GetMany is enough for all who wait", func(t *testing.T, q intQueue) {
			fill(t, q, 1, 2)
			a := callErr(func() error { return q.Put(noEnd, 3) })
			b := callErr(func() error { return q.Put(noEnd, 4) })
			mustWait(t, a)
			q.GetMany(noEnd, make([]int, 2))
			wantQueue(t, mustReturn(t, a), callResult{0, nil})
			wantQueue(t, mustReturn(t, b), callResult{0, nil})
		}),
		inBubble("growing lets putters go on", func(t *testing.T, q intQueue) {
			fill(t, q, 1, 2)
			var puts []<-chan callResult
			for range 3 {
				puts = append(puts, callErr(func() error { return q.Put(noEnd, 3) }))
				synctest.Wait()
			}
			q.SetMaxSize(4)
			wantQueue(t, mustReturn(t, puts[0]), callResult{0, nil})
			wantQueue(t, mustReturn(t, puts[1]), callResult{0, nil})
			mustWait(t, puts[2])
			q.SetMaxSize(-1)
			wantQueue(t, mustReturn(t, puts[2]), callResult{0, nil})
			assert.Equal(t, 5, q.Len())
			assert.Equal(t, -1, q.MaxSize())
		}),
		inBubble("shrinking keeps the items", func(t *testing.T, q intQueue) {
			fill(t, q, 1, 2)
			q.SetMaxSize(1)
			assert.Equal(t, 2, q.Len())
			assert.Equal(t, 1, q.MaxSize())
			p := callErr(func() error { return q.Put(noEnd, 3) })
			mustWait(t, p)
			q.TryGet()
			mustWait(t, p)
			q.TryGet()
			wantQueue(t, mustReturn(t, p), callResult{0, nil})
		}),
		inBubble("shrinking takes room away", func(t *testing.T, q intQueue) {
			fill(t, q, 1)
			q.SetMaxSize(1)
			wantQueueErr(t, q.TryPut(2), ErrFull)
		}),
		inBubble("Shutdown ends all waiting", func(t *testing.T, q intQueue) {
			fill(t, q, 1, 2)
			var puts []<-chan callResult
			for range 3 {
				puts = append(puts, callErr(func() error { return q.Put(noEnd, 3) }))
			}
			mustWait(t, puts[0])
			q.Shutdown(false)
			for _, p := range puts {
				wantQueue(t, mustReturn(t, p), callResult{0, ErrClosed})
			}
			wantQueueErr(t, q.TryPut(3), ErrClosed)
			n, err := q.PutSeq(noEnd, slices.Values([]int{8, 9}))
			wantQueue(t, callResult{n, err}, callResult{0, ErrClosed})
			var e *PutError[int]
			require.ErrorAs(t, err, &e)
			assert.Equal(t, 8, e.Item)
			assert.Len(t, takeAll(q), 2, "left")
			_, err = q.TryGet()
			wantQueueErr(t, err, ErrClosed)
		}),
		inBubble("a getter who was overtaken often is overtaken no more", func(t *testing.T, q intQueue) {
			get := call(func() (int, error) { return q.Get(noEnd) })
			for range 10 {
				mustWait(t, get)
				fill(t, q, 1)
				if _, err := q.TryGet(); err != nil {
					t.Skip("the getter was faster")
				}
			}
			mustWait(t, get)
			inASecond(func() { q.TryPut(3) })
			fill(t, q, 2)
			v, err := q.Get(noEnd)
			wantQueue(t, callResult{v, err}, callResult{3, nil})
			wantQueue(t, mustReturn(t, get), callResult{2, nil})
			fill(t, q, 4)
			v, err = q.Get(noEnd)
			wantQueue(t, callResult{v, err}, callResult{4, nil})
		}),
		inBubble("a putter who was overtaken often is overtaken no more", func(t *testing.T, q intQueue) {
			fill(t, q, 1, 1)
			putter := callErr(func() error { return q.Put(noEnd, 2) })
			for range 10 {
				mustWait(t, putter)
				q.TryGet()
				if q.TryPut(1) != nil {
					t.Skip("the putter was faster")
				}
			}
			mustWait(t, putter)
			q.TryGet()
			second := callErr(func() error { return q.Put(noEnd, 3) })
			wantQueueErr(t, q.Put(within(t, time.Second), 4), errGaveUp)
			wantQueue(t, mustReturn(t, putter), callResult{0, nil})
			mustWait(t, second)
			q.TryGet()
			wantQueue(t, mustReturn(t, second), callResult{0, nil})
		}),
		inBubble("a bound in time", func(t *testing.T, q intQueue) {
			ctx, cancel := context.WithTimeout(noEnd, time.Second)
			defer cancel()
			start := time.Now()
			_, err := q.Get(ctx)
			wantQueueErr(t, err, context.DeadlineExceeded)
			assert.Equal(t, time.Second, time.Since(start))
		}),
	})
}

func TestQueueOrder(t *testing.T) {
	items := []int{5, 3, 9, 3, 1, 7, 0, 8}
	for _, k := range queueKinds {
		for _, max := range []int{len(items), -1} {
			q := k.make(max)
			n, err := q.PutAll(noEnd, items)
			wantQueue(t, callResult{n, err}, callResult{len(items), nil})
			assert.Equal(t, k.order(items), takeAll(q))
			n, err = q.PutSeq(noEnd, slices.Values(items))
			wantQueue(t, callResult{n, err}, callResult{len(items), nil})
			got := make([]int, len(items))
			n, err = q.GetMany(noEnd, got)
			wantQueue(t, callResult{n, err}, callResult{len(items), nil})
			assert.Equal(t, k.order(items), got)
		}
	}
}

func panicsWith(t *testing.T, text string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		assert.Equal(t, text, recover(), "panic")
	}()
	f()
}

func TestQueueMisuse(t *testing.T) {
	panicsWith(t, "concurrent: NewQueue with size 0, want at least 1, or -1 for no bound", func() { NewQueue[int](0) })
	panicsWith(t, "concurrent: NewLifoQueue with size -2, want at least 1, or -1 for no bound", func() { NewLifoQueue[int](-2) })
	panicsWith(t, "concurrent: NewPriorityQueue with size 0, want at least 1, or -1 for no bound", func() { NewPriorityQueue(0, cmp.Compare[int]) })
	panicsWith(t, "concurrent: NewPriorityQueue of a nil function", func() { NewPriorityQueue[int](1, nil) })
	q := NewQueue[int](1)
	panicsWith(t, "concurrent: SetMaxSize with size 0, want at least 1, or -1 for no bound", func() { q.SetMaxSize(0) })
	panicsWith(t, "concurrent: TaskDone called more often than items were put", q.TaskDone)
	const unmade = "concurrent: Queue not made by NewQueue, NewLifoQueue or NewPriorityQueue"
	var zero Queue[int]
	for _, f := range []func(){
		func() { zero.Put(noEnd, 1) }, func() { zero.Get(noEnd) }, func() { zero.TryPut(1) }, func() { zero.TryGet() },
		func() { zero.PutAll(noEnd, []int{1}) }, func() { zero.GetMany(noEnd, make([]int, 1)) },
		func() { zero.TaskDone() }, func() { zero.Join(noEnd) }, func() { zero.Shutdown(false) }, func() { zero.Ready() },
		func() { zero.Len() }, func() { zero.MaxSize() }, func() { zero.SetMaxSize(1) }, func() { zero.Stats() },
	} {
		panicsWith(t, unmade, f)
	}
}

func TestPutError(t *testing.T) {
	for _, c := range []struct {
		err  *PutError[int]
		want string
	}{
		{nil, "concurrent: item not put"},
		{&PutError[int]{}, "concurrent: item not put"},
		{&PutError[int]{1, ErrClosed}, "concurrent: item not put: closed"},
		{&PutError[int]{1, errStopped}, "concurrent: item not put: the cause"},
	} {
		assert.EqualError(t, c.err, c.want)
	}
}

// A steady flow allocates nothing.
func TestQueueAllocations(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	ctx, cancel := stoppable()
	defer cancel()
	for _, k := range queueKinds {
		q := k.make(128)
		fill(t, q, 1, 2, 3)
		flow := func() {
			for i := range 1000 {
				q.Put(ctx, i)
				q.Get(ctx)
				q.TaskDone()
			}
		}
		flow()
		assert.Zero(t, testing.AllocsPerRun(10, flow), "allocations of a %s for 1000 items", k.name)
	}
}
