package concurrent_test

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "github.com/fanfold/fanfold/concurrent"
)

// Behaviours of CPython 3.13's test_queue.py and test_asyncio/test_queues.py,
// under the names they have there.

type queueBehaviour struct {
	name  string
	check func(t *testing.T, k queueKind)
}

func conform(t *testing.T, class string, k queueKind, behaviours []queueBehaviour) {
	for _, b := range behaviours {
		t.Run(class+"/"+b.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { b.check(t, k) })
		})
	}
}

func TestConformanceQueue(t *testing.T) {
	conform(t, "test_queue/BaseQueueTestMixin", fifoKind, queueBehaviours)
	conform(t, "test_asyncio/test_queues/QueueBasicTests", fifoKind, basicBehaviours)
	conform(t, "test_asyncio/test_queues/QueueGetTests", fifoKind, getBehaviours)
	conform(t, "test_asyncio/test_queues/QueuePutTests", fifoKind, putBehaviours)
	conform(t, "test_asyncio/test_queues/QueueJoinTests", fifoKind, joinBehaviours)
	conform(t, "test_asyncio/test_queues/QueueShutdownTests", fifoKind, shutdownBehaviours)
}

func TestConformanceLifoQueue(t *testing.T) {
	conform(t, "test_queue/BaseQueueTestMixin", lifoKind, queueBehaviours)
	conform(t, "test_asyncio/test_queues/LifoQueueTests", lifoKind, orderBehaviours)
	conform(t, "test_asyncio/test_queues/LifoQueueJoinTests", lifoKind, joinBehaviours)
	conform(t, "test_asyncio/test_queues/LifoQueueShutdownTests", lifoKind, shutdownBehaviours)
}

func TestConformancePriorityQueue(t *testing.T) {
	conform(t, "test_queue/BaseQueueTestMixin", prioKind, queueBehaviours)
	conform(t, "test_queue/FailingQueueTest", prioKind, failingBehaviours)
	conform(t, "test_asyncio/test_queues/PriorityQueueTests", prioKind, orderBehaviours)
	conform(t, "test_asyncio/test_queues/PriorityQueueJoinTests", prioKind, joinBehaviours)
	conform(t, "test_asyncio/test_queues/PriorityQueueShutdownTests", prioKind, shutdownBehaviours)
}

// inASecond is how long test_queue.py's trigger threads wait.
func inASecond(f func()) {
	go func() {
		time.Sleep(time.Second)
		f()
	}()
}

func secondsSince(start time.Time) int { return int(time.Since(start) / time.Second) }

// A deadline that is over takes nothing. (CPython's test_negative_timeout_raises_exception
// takes a negative timeout for misuse.)
func TestQueueDeadlineIsOver(t *testing.T) {
	for _, k := range queueKinds {
		synctest.Test(t, func(t *testing.T) {
			q := k.make(5)
			ctx := within(t, -time.Second)
			wantQueueErr(t, q.Put(ctx, 1), errGaveUp)
			fill(t, q, 2)
			_, err := q.Get(ctx)
			wantQueueErr(t, err, errGaveUp)
			assert.Equal(t, []int{2}, takeAll(q))
		})
	}
}

var queueBehaviours = []queueBehaviour{
	{"test_basic", func(t *testing.T, k queueKind) {
		const size = 5
		q := k.make(size)
		for range 2 {
			require.Zero(t, q.Len(), "items of an empty queue")
			fill(t, q, 111, 333, 222)
			assert.Equal(t, k.order([]int{111, 333, 222}), takeAll(q))
			fill(t, q, 0, 1, 2, 3)
			require.Equal(t, 4, q.Len(), "items")
			fill(t, q, 10)
			require.Equal(t, q.MaxSize(), q.Len(), "items of a full queue")
			wantQueueErr(t, q.TryPut(30), ErrFull)
			wantQueueErr(t, q.Put(within(t, time.Millisecond), 30), errGaveUp)
			start := time.Now()
			inASecond(func() { q.TryGet() })
			wantQueueErr(t, q.Put(noEnd, 30), nil)
			inASecond(func() { q.TryGet() })
			wantQueueErr(t, q.Put(within(t, 10*time.Second), 30), nil)
			for range size {
				_, err := q.Get(noEnd)
				wantQueueErr(t, err, nil)
			}
			require.Zero(t, q.Len(), "items left")
			_, err := q.TryGet()
			wantQueueErr(t, err, ErrEmpty)
			_, err = q.Get(within(t, time.Millisecond))
			wantQueueErr(t, err, errGaveUp)
			inASecond(func() { q.TryPut(7) })
			v, err := q.Get(noEnd)
			wantQueue(t, callResult{v, err}, callResult{7, nil})
			inASecond(func() { q.TryPut(8) })
			v, err = q.Get(within(t, 10*time.Second))
			wantQueue(t, callResult{v, err}, callResult{8, nil})
			assert.Equal(t, 4, secondsSince(start), "seconds of four waits")
		}
	}},
	{"test_queue_task_done", func(t *testing.T, k queueKind) {
		panicsWith(t, "concurrent: TaskDone called more often than items were put", k.make(-1).TaskDone)
	}},
	{"test_queue_join", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		for range 2 {
			var sum atomic.Int64
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() {
					for {
						v, _ := q.Get(noEnd)
						if v < 0 {
							q.TaskDone()
							return
						}
						sum.Add(int64(v))
						q.TaskDone()
					}
				})
			}
			for i := range 100 {
				q.Put(noEnd, i)
			}
			wantQueueErr(t, q.Join(noEnd), nil)
			assert.Equal(t, int64(4950), sum.Load(), "sum")
			fill(t, q, -1, -1)
			wantQueueErr(t, q.Join(noEnd), nil)
			wg.Wait()
		}
		panicsWith(t, "concurrent: TaskDone called more often than items were put", q.TaskDone)
	}},
	{"test_nowait", func(t *testing.T, k queueKind) {
		q := k.make(5)
		fill(t, q, 1, 1, 1, 1, 1)
		wantQueueErr(t, q.TryPut(1), ErrFull)
		assert.Equal(t, []int{1, 1, 1, 1, 1}, takeAll(q))
		_, err := q.TryGet()
		wantQueueErr(t, err, ErrEmpty)
	}},
	{"test_shrinking_queue", func(t *testing.T, k queueKind) {
		q := k.make(3)
		fill(t, q, 1, 2, 3)
		wantQueueErr(t, q.TryPut(4), ErrFull)
		q.SetMaxSize(2)
		wantQueueErr(t, q.TryPut(4), ErrFull)
		assert.Equal(t, 3, q.Len(), "items")
	}},
	{"test_shutdown_empty", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		q.Shutdown(false)
		refuses(t, q)
	}},
	{"test_shutdown_nonempty", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		fill(t, q, 1)
		q.Shutdown(false)
		v, err := q.Get(noEnd)
		wantQueue(t, callResult{v, err}, callResult{1, nil})
		refuses(t, q)
	}},
	{"test_shutdown_immediate", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		fill(t, q, 1)
		q.Shutdown(true)
		refuses(t, q)
	}},
	{"test_shutdown_allowed_transitions", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		fill(t, q, 1)
		assert.False(t, q.Stats().Shutdown, "shut down at first")
		for _, immediate := range []bool{false, true, false} {
			q.Shutdown(immediate)
			assert.True(t, q.Stats().Shutdown, "not shut down")
		}
		refuses(t, q)
	}},
	{"test_shutdown_all_methods_in_one_thread", func(t *testing.T, k queueKind) {
		q := k.make(2)
		fill(t, q, 1, 2)
		q.Shutdown(false)
		wantQueueErr(t, q.Put(noEnd, 3), ErrClosed)
		wantQueueErr(t, q.TryPut(3), ErrClosed)
		for _, want := range k.order([]int{1, 2}) {
			v, err := q.Get(noEnd)
			wantQueue(t, callResult{v, err}, callResult{want, nil})
			q.TaskDone()
		}
		wantQueueErr(t, q.Join(noEnd), nil)
		refuses(t, q)
		_, err := q.Get(within(t, time.Second))
		wantQueueErr(t, err, ErrClosed)
	}},
	{"test_shutdown_immediate_all_methods_in_one_thread", func(t *testing.T, k queueKind) {
		q := k.make(2)
		fill(t, q, 1, 2)
		q.Shutdown(true)
		refuses(t, q)
		panicsWith(t, "concurrent: TaskDone called more often than items were put", q.TaskDone)
		wantQueueErr(t, q.Join(noEnd), nil)
	}},
	{"test_shutdown_all_methods_in_many_threads", func(t *testing.T, k queueKind) { shutdownAmongMany(t, k, false) }},
	{"test_shutdown_immediate_all_methods_in_many_threads", func(t *testing.T, k queueKind) { shutdownAmongMany(t, k, true) }},
	{"test_shutdown_get", func(t *testing.T, k queueKind) {
		q := k.make(2)
		fill(t, q, 1, 2)
		q.Shutdown(false)
		refused := 0
		for range 3 {
			if r := mustReturn(t, call(func() (int, error) { return q.Get(noEnd) })); errors.Is(r.err, ErrClosed) {
				refused++
			}
		}
		assert.Equal(t, 1, refused, "refused, of three")
	}},
	{"test_shutdown_immediate_get", func(t *testing.T, k queueKind) {
		q := k.make(2)
		fill(t, q, 1, 2)
		q.Shutdown(true)
		for range 2 {
			wantQueue(t, mustReturn(t, call(func() (int, error) { return q.Get(noEnd) })), callResult{0, ErrClosed})
		}
	}},
	{"test_shutdown_put", func(t *testing.T, k queueKind) { shutdownPut(t, k, false) }},
	{"test_shutdown_immediate_put", func(t *testing.T, k queueKind) { shutdownPut(t, k, true) }},
	{"test_shutdown_join", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		fill(t, q, 1)
		a, b := callErr(func() error { return q.Join(noEnd) }), callErr(func() error { return q.Join(noEnd) })
		mustWait(t, a)
		q.Shutdown(false)
		mustWait(t, a)
		mustWait(t, b)
		takeAll(q)
		q.TaskDone()
		wantQueue(t, mustReturn(t, a), callResult{0, nil})
		wantQueue(t, mustReturn(t, b), callResult{0, nil})
	}},
	{"test_shutdown_immediate_join", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		fill(t, q, 1)
		a, b := callErr(func() error { return q.Join(noEnd) }), callErr(func() error { return q.Join(noEnd) })
		mustWait(t, a)
		q.Shutdown(true)
		wantQueue(t, mustReturn(t, a), callResult{0, nil})
		wantQueue(t, mustReturn(t, b), callResult{0, nil})
	}},
	{"test_shutdown_put_join", func(t *testing.T, k queueKind) {
		q := k.make(2)
		fill(t, q, 1)
		join := callErr(func() error { return q.Join(noEnd) })
		mustWait(t, join)
		assert.Equal(t, uint64(1), q.Stats().Unfinished, "unfinished")
		q.Shutdown(false)
		wantQueueErr(t, q.Put(noEnd, 2), ErrClosed)
		v, err := q.Get(noEnd)
		wantQueue(t, callResult{v, err}, callResult{1, nil})
		mustWait(t, join)
		q.TaskDone()
		wantQueue(t, mustReturn(t, join), callResult{0, nil})
	}},
	{"test_shutdown_immediate_put_join", func(t *testing.T, k queueKind) {
		q := k.make(2)
		fill(t, q, 1)
		join := callErr(func() error { return q.Join(noEnd) })
		mustWait(t, join)
		assert.Equal(t, uint64(1), q.Stats().Unfinished, "unfinished")
		q.Shutdown(true)
		wantQueueErr(t, q.Put(noEnd, 2), ErrClosed)
		_, err := q.TryGet()
		wantQueueErr(t, err, ErrClosed)
		wantQueue(t, mustReturn(t, join), callResult{0, nil})
	}},
	{"test_shutdown_get_task_done_join", func(t *testing.T, k queueKind) {
		q := k.make(2)
		fill(t, q, 1, 2)
		assert.Equal(t, uint64(2), q.Stats().Unfinished, "unfinished")
		a, b := callErr(func() error { return q.Join(noEnd) }), callErr(func() error { return q.Join(noEnd) })
		mustWait(t, a)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				_, err := q.Get(noEnd)
				wantQueueErr(t, err, nil)
				q.TaskDone()
			})
		}
		q.Shutdown(false)
		wg.Wait()
		wantQueue(t, mustReturn(t, a), callResult{0, nil})
		wantQueue(t, mustReturn(t, b), callResult{0, nil})
	}},
	{"test_shutdown_pending_get", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		get := call(func() (int, error) { return q.Get(noEnd) })
		mustWait(t, get)
		q.Shutdown(false)
		wantQueue(t, mustReturn(t, get), callResult{0, ErrClosed})
	}},
}

// refuses checks that q, which is shut down and empty, neither takes nor gives.
func refuses(t *testing.T, q intQueue) {
	t.Helper()
	wantQueueErr(t, q.Put(noEnd, 1), ErrClosed)
	wantQueueErr(t, q.TryPut(1), ErrClosed)
	_, err := q.Get(noEnd)
	wantQueueErr(t, err, ErrClosed)
	_, err = q.TryGet()
	wantQueueErr(t, err, ErrClosed)
	assert.Zero(t, q.Len(), "items left")
}

func shutdownPut(t *testing.T, k queueKind, immediate bool) {
	q := k.make(2)
	fill(t, q, 1, 2)
	a, b := callErr(func() error { return q.Put(noEnd, 3) }), callErr(func() error { return q.Put(noEnd, 4) })
	mustWait(t, a)
	mustWait(t, b)
	q.Shutdown(immediate)
	wantQueue(t, mustReturn(t, a), callResult{0, ErrClosed})
	wantQueue(t, mustReturn(t, b), callResult{0, ErrClosed})
	wantQueueErr(t, q.Put(noEnd, 5), ErrClosed)
}

func shutdownAmongMany(t *testing.T, k queueKind, immediate bool) {
	q := k.make(-1)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := 0; q.Put(noEnd, i) == nil; i++ {
				if i == 1000 {
					q.Shutdown(immediate)
				}
			}
		})
	}
	for range 6 {
		wg.Go(func() {
			for {
				switch _, err := q.TryGet(); {
				case err == nil:
					q.TaskDone()
				case errors.Is(err, ErrClosed):
					return
				}
			}
		})
	}
	for range 2 {
		wg.Go(func() { wantQueueErr(t, q.Join(noEnd), nil) })
	}
	wg.Wait()
	refuses(t, q)
	s := q.Stats()
	assert.Equal(t, s.Got+s.Dropped, s.Put, "items lost")
	assert.Zero(t, s.Unfinished, "items lost")
}

var failingBehaviours = []queueBehaviour{
	{"test_failing_queue", func(t *testing.T, _ queueKind) {
		const lose = "you lose"
		var failIn atomic.Int64 // the comparison that fails
		q := NewPriorityQueue(5, func(a, b int) int {
			if failIn.Add(-1) == 0 {
				panic(lose)
			}
			return cmp.Compare(a, b)
		})
		for range 2 {
			fill(t, q, 0, 1, 2, 3)
			failIn.Store(1)
			panicsWith(t, lose, func() { q.TryPut(9) })
			failIn.Store(1)
			panicsWith(t, lose, func() { q.Put(noEnd, 9) })
			fill(t, q, 4)
			wantQueueErr(t, q.TryPut(9), ErrFull)
			inASecond(func() { failIn.Store(1 + 3); q.TryGet() }) // which compares three times
			panicsWith(t, lose, func() { q.Put(noEnd, 9) })       // that waits
			fill(t, q, 5)
			assert.Equal(t, []int{1, 2, 3, 4, 5}, takeAll(q))
			fill(t, q, 1, 2, 3)
			failIn.Store(1)
			panicsWith(t, lose, func() { q.Get(noEnd) })
			failIn.Store(1)
			panicsWith(t, lose, func() { q.GetMany(noEnd, make([]int, 2)) })
			assert.Equal(t, []int{1, 2, 3}, takeAll(q))
			inASecond(func() { failIn.Store(1 + 2); q.PutAll(noEnd, []int{3, 2, 1}) }) // compares twice
			panicsWith(t, lose, func() { q.Get(noEnd) })                               // that waits
			assert.Equal(t, []int{1, 2, 3}, takeAll(q))
			s := q.Stats()
			assert.Zero(t, s.Getters, "somebody still waits")
			assert.Zero(t, s.Putters, "somebody still waits")
		}
	}},
}

var orderBehaviours = []queueBehaviour{
	{"test_order", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		fill(t, q, 1, 3, 2)
		assert.Equal(t, k.order([]int{1, 3, 2}), takeAll(q))
	}},
}

var basicBehaviours = append([]queueBehaviour{
	{"test_empty", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		assert.Zero(t, q.Len(), "items of a new queue")
		fill(t, q, 1)
		assert.Equal(t, 1, q.Len(), "items")
		assert.Equal(t, []int{1}, takeAll(q))
		assert.Zero(t, q.Len(), "items left")
	}},
	{"test_full", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		assert.NotEqual(t, q.MaxSize(), q.Len(), "an empty queue is full")
		q = k.make(1)
		fill(t, q, 1)
		assert.Equal(t, q.MaxSize(), q.Len(), "it is full")
	}},
	{"test_maxsize", func(t *testing.T, k queueKind) {
		q := k.make(2)
		assert.Equal(t, 2, q.MaxSize(), "MaxSize")
		var put []int
		putter := callErr(func() (err error) {
			for i := 0; i < 3 && err == nil; i++ {
				err = q.Put(noEnd, i)
				put = append(put, i)
			}
			return err
		})
		mustWait(t, putter)
		assert.Equal(t, []int{0, 1}, put, "put before it waits")
		v, err := q.Get(noEnd)
		wantQueue(t, callResult{v, err}, callResult{0, nil})
		wantQueue(t, mustReturn(t, putter), callResult{0, nil})
		assert.Equal(t, []int{0, 1, 2}, put, "put in the end")
		assert.Equal(t, []int{1, 2}, takeAll(q))
	}},
}, orderBehaviours...)

var getBehaviours = []queueBehaviour{
	{"test_blocking_get", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		fill(t, q, 1)
		v, err := q.Get(noEnd)
		wantQueue(t, callResult{v, err}, callResult{1, nil})
	}},
	{"test_get_with_putters", func(t *testing.T, k queueKind) {
		q := k.make(1)
		fill(t, q, 1)
		putter := callErr(func() error { return q.Put(noEnd, 2) })
		mustWait(t, putter)
		v, err := q.Get(noEnd)
		wantQueue(t, callResult{v, err}, callResult{1, nil})
		wantQueue(t, mustReturn(t, putter), callResult{0, nil})
	}},
	{"test_blocking_get_wait", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		get := call(func() (int, error) { return q.Get(noEnd) })
		mustWait(t, get)
		fill(t, q, 1)
		wantQueue(t, mustReturn(t, get), callResult{1, nil})
	}},
	{"test_nonblocking_get", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		fill(t, q, 1)
		assert.Equal(t, []int{1}, takeAll(q))
	}},
	{"test_nonblocking_get_exception", func(t *testing.T, k queueKind) {
		_, err := k.make(-1).TryGet()
		wantQueueErr(t, err, ErrEmpty)
	}},
	{"test_get_cancelled_race", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		ctx, cancel := stoppable()
		first := call(func() (int, error) { return q.Get(ctx) })
		mustWait(t, first)
		second := call(func() (int, error) { return q.Get(noEnd) })
		mustWait(t, second)
		cancel()
		wantQueue(t, mustReturn(t, first), callResult{0, errStopped})
		fill(t, q, 1)
		wantQueue(t, mustReturn(t, second), callResult{1, nil})
	}},
	{"test_get_with_waiting_putters", func(t *testing.T, k queueKind) {
		q := k.make(1)
		go q.Put(noEnd, 1)
		synctest.Wait()
		go q.Put(noEnd, 2)
		synctest.Wait()
		for _, want := range []int{1, 2} {
			v, err := q.Get(noEnd)
			wantQueue(t, callResult{v, err}, callResult{want, nil})
		}
	}},
	{"test_why_are_getters_waiting", func(t *testing.T, k queueKind) {
		q := k.make(1)
		var wg sync.WaitGroup
		wg.Go(func() { q.PutAll(noEnd, []int{0, 1, 2, 3, 4}) })
		wg.Go(func() {
			for i := range 5 {
				v, err := q.Get(noEnd)
				wantQueue(t, callResult{v, err}, callResult{i, nil})
			}
		})
		wg.Wait()
	}},
	{"test_cancelled_getters_not_being_held_in_self_getters", func(t *testing.T, k queueKind) {
		q := k.make(5)
		_, err := q.Get(within(t, time.Second))
		wantQueueErr(t, err, errGaveUp)
		assert.Zero(t, q.Stats().Getters, "getters wait")
	}},
}

var putBehaviours = []queueBehaviour{
	{"test_blocking_put", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		wantQueueErr(t, q.Put(noEnd, 1), nil)
		assert.Equal(t, []int{1}, takeAll(q))
	}},
	{"test_blocking_put_wait", func(t *testing.T, k queueKind) {
		q := k.make(1)
		fill(t, q, 1)
		putter := callErr(func() error { return q.Put(noEnd, 2) })
		mustWait(t, putter)
		q.TryGet()
		wantQueue(t, mustReturn(t, putter), callResult{0, nil})
	}},
	{"test_nonblocking_put", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		wantQueueErr(t, q.TryPut(1), nil)
		assert.Equal(t, []int{1}, takeAll(q))
	}},
	{"test_get_cancel_drop_one_pending_reader", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		ctx, cancel := stoppable()
		reader := call(func() (int, error) { return q.Get(ctx) })
		mustWait(t, reader)
		fill(t, q, 1, 2)
		cancel()
		r := <-reader
		if r.err != nil {
			r.v, r.err = q.Get(noEnd)
		}
		wantQueue(t, r, callResult{1, nil}) // 2 would mean that 1 was dropped
	}},
	{"test_put_cancel_drop", func(t *testing.T, k queueKind) {
		q := k.make(1)
		fill(t, q, 1)
		ctx, cancel := stoppable()
		writer := callErr(func() error { return q.Put(ctx, 2) })
		mustWait(t, writer)
		assert.Equal(t, []int{1}, []int{must(q.TryGet())})
		cancel()
		if r := <-writer; r.err != nil {
			wantQueueErr(t, q.Put(noEnd, 2), nil)
		}
		assert.Equal(t, []int{2}, takeAll(q))
	}},
	{"test_nonblocking_put_exception", func(t *testing.T, k queueKind) {
		q := k.make(1)
		fill(t, q, 1)
		wantQueueErr(t, q.TryPut(2), ErrFull)
	}},
	{"test_put_cancelled", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		putter := callErr(func() error { return q.Put(noEnd, 1) })
		v, err := q.Get(noEnd)
		wantQueue(t, callResult{v, err}, callResult{1, nil})
		wantQueue(t, mustReturn(t, putter), callResult{0, nil})
	}},
	{"test_put_cancelled_race", func(t *testing.T, k queueKind) {
		q := k.make(1)
		fill(t, q, 1)
		b := callErr(func() error { return q.Put(noEnd, 2) })
		mustWait(t, b)
		ctx, cancel := stoppable()
		c := callErr(func() error { return q.Put(ctx, 3) })
		mustWait(t, c)
		cancel()
		wantQueue(t, mustReturn(t, c), callResult{0, errStopped})
		assert.Equal(t, []int{1}, []int{must(q.TryGet())})
		wantQueue(t, mustReturn(t, b), callResult{0, nil})
		assert.Equal(t, []int{2}, takeAll(q))
	}},
	{"test_put_with_waiting_getters", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		get := call(func() (int, error) { return q.Get(noEnd) })
		mustWait(t, get)
		wantQueueErr(t, q.Put(noEnd, 1), nil)
		wantQueue(t, mustReturn(t, get), callResult{1, nil})
	}},
	{"test_why_are_putters_waiting", func(t *testing.T, k queueKind) {
		q := k.make(2)
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() { wantQueueErr(t, q.Put(noEnd, i), nil) })
		}
		synctest.Wait()
		for range 2 {
			_, err := q.TryGet()
			wantQueueErr(t, err, nil)
		}
		wg.Wait()
	}},
	{"test_cancelled_puts_not_being_held_in_self_putters", func(t *testing.T, k queueKind) {
		q := k.make(1)
		fill(t, q, 1)
		ctx, cancel := stoppable()
		putter := callErr(func() error { return q.Put(ctx, 2) })
		mustWait(t, putter)
		assert.Equal(t, 1, q.Stats().Putters, "putters wait")
		cancel()
		wantQueue(t, mustReturn(t, putter), callResult{0, errStopped})
		assert.Zero(t, q.Stats().Putters, "putters wait")
	}},
}

// A call whose turn has come may succeed, though its context ends then: it says which,
// and no item is lost. (CPython's call is canceled then.)
func TestQueueCanceledInItsTurn(t *testing.T) {
	bubble(t, "getter", func(t *testing.T) {
		q := fifoKind.make(-1)
		ctx, cancel := stoppable()
		first := call(func() (int, error) { return q.Get(ctx) })
		mustWait(t, first)
		second := call(func() (int, error) { return q.Get(noEnd) })
		mustWait(t, second)
		fill(t, q, 1, 2)
		cancel()
		got := []int{mustReturn(t, second).v}
		if r := mustReturn(t, first); r.err == nil {
			got = append(got, r.v)
		} else {
			wantQueueErr(t, r.err, errStopped)
		}
		assert.ElementsMatch(t, []int{1, 2}, append(got, takeAll(q)...), "items")
		assert.Zero(t, q.Stats().Getters, "getters wait")
	})
	bubble(t, "putter", func(t *testing.T) {
		q := fifoKind.make(1)
		fill(t, q, 1)
		ctx, cancel := stoppable()
		putter := callErr(func() error { return q.Put(ctx, 2) })
		mustWait(t, putter)
		q.TryGet()
		cancel()
		left := 1
		if r := mustReturn(t, putter); r.err != nil {
			wantQueueErr(t, r.err, errStopped)
			left = 0
		}
		assert.Equal(t, left, q.Len(), "items")
		assert.Zero(t, q.Stats().Putters, "putters wait")
	})
}

func must(v int, err error) int {
	if err != nil {
		panic(err)
	}
	return v
}

var joinBehaviours = []queueBehaviour{
	{"test_task_done_underflow", func(t *testing.T, k queueKind) {
		panicsWith(t, "concurrent: TaskDone called more often than items were put", k.make(-1).TaskDone)
	}},
	{"test_task_done", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		for i := range 100 {
			fill(t, q, i)
		}
		var sum atomic.Int64
		ctx, cancel := context.WithCancel(noEnd)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for v, err := range q.All(ctx) {
					if err == nil {
						sum.Add(int64(v))
						q.TaskDone()
					}
				}
			})
		}
		wantQueueErr(t, q.Join(noEnd), nil)
		assert.Equal(t, int64(4950), sum.Load(), "sum")
		cancel()
		wg.Wait()
	}},
	{"test_join_empty_queue", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		wantQueueErr(t, q.Join(noEnd), nil)
		wantQueueErr(t, q.Join(noEnd), nil)
	}},
}

var shutdownBehaviours = []queueBehaviour{
	{"test_shutdown_empty", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		get := call(func() (int, error) { return q.Get(noEnd) })
		mustWait(t, get)
		q.Shutdown(false)
		wantQueueErr(t, q.Join(noEnd), nil)
		wantQueue(t, mustReturn(t, get), callResult{0, ErrClosed})
		refuses(t, q)
	}},
	{"test_shutdown_nonempty", func(t *testing.T, k queueKind) {
		q := k.make(1)
		fill(t, q, 1)
		join := callErr(func() error { return q.Join(noEnd) })
		putter := callErr(func() error { return q.Put(noEnd, 2) })
		mustWait(t, putter)
		q.Shutdown(false)
		assert.Equal(t, 1, q.Len(), "items")
		wantQueue(t, mustReturn(t, putter), callResult{0, ErrClosed})
		v, err := q.Get(noEnd)
		wantQueue(t, callResult{v, err}, callResult{1, nil})
		mustWait(t, join)
		refuses(t, q)
		q.TaskDone()
		wantQueue(t, mustReturn(t, join), callResult{0, nil})
		panicsWith(t, "concurrent: TaskDone called more often than items were put", q.TaskDone)
	}},
	{"test_shutdown_immediate", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		fill(t, q, 1)
		join := callErr(func() error { return q.Join(noEnd) })
		mustWait(t, join)
		q.Shutdown(true)
		wantQueue(t, mustReturn(t, join), callResult{0, nil})
		refuses(t, q)
		panicsWith(t, "concurrent: TaskDone called more often than items were put", q.TaskDone)
	}},
	{"test_shutdown_immediate_with_unfinished", func(t *testing.T, k queueKind) {
		q := k.make(-1)
		fill(t, q, 1, 1)
		join := callErr(func() error { return q.Join(noEnd) })
		assert.Equal(t, []int{1}, []int{must(q.TryGet())})
		q.Shutdown(true)
		mustWait(t, join)
		refuses(t, q)
		q.TaskDone()
		wantQueue(t, mustReturn(t, join), callResult{0, nil})
		panicsWith(t, "concurrent: TaskDone called more often than items were put", q.TaskDone)
	}},
}
