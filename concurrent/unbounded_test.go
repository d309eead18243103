package concurrent_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "github.com/fanfold/fanfold/concurrent"
)

func TestConformanceSimpleQueue(t *testing.T) {
	const class = "test_queue/BaseSimpleQueueTest/"
	// Cleanups run at any time, and may put as well.
	t.Run("test_queue/CSimpleQueueTest/test_reentrancy", func(t *testing.T) {
		const n = 2000
		q := NewQueue[int](-1)
		var next atomic.Int64
		put := func(*Queue[int]) { q.TryPut(int(next.Add(1))) }
		seen := map[int]bool{}
		for i := range n {
			runtime.AddCleanup(new([64]byte), put, q)
			put(q)
			if i%100 == 0 {
				runtime.GC()
			}
			v, err := q.Get(noEnd)
			wantQueueErr(t, err, nil)
			seen[v] = true
		}
		for len(seen) < 2*n {
			if q.Len() == 0 {
				runtime.GC() // the last ones
			}
			v, err := q.Get(t.Context())
			wantQueueErr(t, err, nil)
			seen[v] = true
		}
		for i := range 2 * n {
			require.True(t, seen[i+1], "item %d", i+1)
		}
	})
	bubble(t, "deadline that is over", func(t *testing.T) {
		q := NewQueue[int](-1)
		q.TryPut(1)
		_, err := q.Get(within(t, -time.Second))
		wantQueueErr(t, err, errGaveUp)
		assert.Equal(t, 1, q.Len(), "items")
	})
	bubble(t, class+"test_basic", func(t *testing.T) {
		q := NewQueue[int](-1)
		assert.Zero(t, q.Len(), "items of a new queue")
		for i := range 4 {
			if i%2 == 0 {
				wantQueueErr(t, q.Put(noEnd, i+1), nil)
			} else {
				wantQueueErr(t, q.TryPut(i+1), nil)
			}
			assert.Equal(t, i+1, q.Len(), "items")
		}
		for i, get := range []func() (int, error){
			func() (int, error) { return q.Get(noEnd) },
			q.TryGet,
			q.TryGet,
			func() (int, error) { return q.Get(within(t, time.Second)) },
		} {
			v, err := get()
			wantQueue(t, callResult{v, err}, callResult{i + 1, nil})
			assert.Equal(t, 3-i, q.Len(), "items")
		}
		_, err := q.TryGet()
		wantQueueErr(t, err, ErrEmpty)
		_, err = q.Get(within(t, time.Second))
		wantQueueErr(t, err, errGaveUp)
		assert.Zero(t, q.Len(), "items")
	})
	bubble(t, class+"test_order", func(t *testing.T) {
		got := amongMany(1, func(q *Queue[int]) (int, error) { return q.Get(noEnd) })
		require.Len(t, got, 10000)
		for i, v := range got {
			require.Equal(t, i, v, "out of order")
		}
	})
	for name, get := range map[string]func(q *Queue[int]) (int, error){
		"test_many_threads": func(q *Queue[int]) (int, error) { return q.Get(noEnd) },
		"test_many_threads_nonblock": func(q *Queue[int]) (int, error) {
			for {
				v, err := q.TryGet()
				if !errors.Is(err, ErrEmpty) {
					return v, err
				}
				time.Sleep(time.Microsecond)
			}
		},
		"test_many_threads_timeout": func(q *Queue[int]) (int, error) {
			for {
				ctx, cancel := context.WithTimeoutCause(noEnd, 10*time.Microsecond, errGaveUp)
				v, err := q.Get(ctx)
				cancel()
				if !errors.Is(err, errGaveUp) {
					return v, err
				}
			}
		},
	} {
		bubble(t, class+name, func(t *testing.T) {
			got := amongMany(50, get)
			slices.Sort(got)
			require.Len(t, got, 10000)
			for i, v := range got {
				require.Equal(t, i, v, "an item is missing or twice")
			}
		})
	}
	t.Run(class+"test_references", func(t *testing.T) {
		q := NewQueue[*[]byte](-1)
		for range 20 {
			q.TryPut(new(make([]byte, 64)))
		}
		for range 20 {
			w := takeWeak(q.TryGet())
			runtime.GC()
			require.Nil(t, w.Value(), "the queue keeps an item that was taken")
		}
		runtime.KeepAlive(q)
	})
}

func takeWeak(item *[]byte, _ error) weak.Pointer[[]byte] { return weak.Make(item) }

// amongMany puts 10,000 items from n goroutines and gets them in n others.
func amongMany(n int, get func(*Queue[int]) (int, error)) []int {
	q := NewQueue[int](-1)
	var putters, getters sync.WaitGroup
	var mu sync.Mutex
	var all []int
	for g := range n {
		putters.Go(func() {
			for i := g; i < 10000; i += n {
				q.TryPut(i)
				if i%7 == 0 {
					time.Sleep(time.Microsecond)
				}
			}
		})
		getters.Go(func() {
			var got []int
			for {
				v, err := get(q)
				if err != nil {
					break
				}
				got = append(got, v)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, got...)
		})
	}
	putters.Wait()
	q.Shutdown(false)
	getters.Wait()
	return all
}

func TestUnboundedQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue[int](-1)
		ready := q.Ready()
		get := call(func() (int, error) { return q.Get(noEnd) })
		mustWait(t, get)
		q.TryPut(1)
		wantQueue(t, mustReturn(t, get), callResult{1, nil})
		q.TryPut(1)
		<-ready // if not before: the getter may have had the first one at once
		for range 1000 {
			wantQueueErr(t, q.TryPut(2), nil)
		}
		q.Shutdown(true)
		wantQueueErr(t, q.TryPut(3), ErrClosed)
		for range q.All(noEnd) {
			assert.Fail(t, "an item that was dropped")
		}
		_, err := q.Get(noEnd)
		wantQueueErr(t, err, ErrClosed)
	})
}
