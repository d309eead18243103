package concurrent_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "github.com/fanfold/fanfold/concurrent"
)

func TestFromChan(t *testing.T) {
	bubble(t, "ends with the channel", func(t *testing.T) {
		ch := make(chan int)
		go func() {
			ch <- 1
			ch <- 0
			close(ch)
		}()
		var got []int
		for v, err := range FromChan(noEnd, ch) {
			wantQueueErr(t, err, nil)
			got = append(got, v)
		}
		assert.Equal(t, []int{1, 0}, got)
	})
	bubble(t, "receives nothing ahead", func(t *testing.T) {
		ch := make(chan int, 2)
		ch <- 1
		ch <- 2
		for range FromChan(noEnd, ch) {
			break
		}
		assert.Len(t, ch, 1, "left")
	})
	bubble(t, "ends with its context", func(t *testing.T) {
		ctx, cancel := stoppable()
		ch := make(chan int, 1)
		var got []error
		loop := callErr(func() error {
			for _, err := range FromChan(ctx, ch) {
				got = append(got, err)
			}
			return nil
		})
		ch <- 1
		mustWait(t, loop)
		cancel()
		wantQueue(t, mustReturn(t, loop), callResult{0, nil})
		assert.Equal(t, []error{nil, errStopped}, got)
		ch <- 2
		for v, err := range FromChan(ctx, ch) {
			wantQueue(t, callResult{v, err}, callResult{0, errStopped})
		}
		assert.Len(t, ch, 1, "received with a context that is done")
	})
}

// Where both could be, success wins.
func TestBridgesPreferSuccess(t *testing.T) {
	for range 50 {
		ch := make(chan int, 1)
		n, err := ToChan(newLateContext(t, func() {}), slices.Values([]int{1}), ch)
		wantQueue(t, callResult{n, err}, callResult{1, errGaveUp}) // it is sent; why the sequence ended is not known
		for v, err := range FromChan(newLateContext(t, func() {}), ch) {
			wantQueue(t, callResult{v, err}, callResult{1, nil})
			break
		}
		q := NewQueue[int](1)
		v, err := q.Get(newLateContext(t, func() { q.TryPut(1) }))
		wantQueue(t, callResult{v, err}, callResult{1, nil})
		fill(t, q, 1)
		wantQueueErr(t, q.Put(newLateContext(t, func() { q.TryGet() }), 1), nil)
		_, err = q.Get(newLateContext(t, func() { q.TryGet() }))
		wantQueueErr(t, err, nil)
		q.TaskDone()
		q.TaskDone()
		wantQueueErr(t, q.Join(newLateContext(t, q.TaskDone)), nil)
		_, err = q.Get(newLateContext(t, func() {}))
		wantQueueErr(t, err, errGaveUp)
	}
}

func TestToChan(t *testing.T) {
	bubble(t, "sends all", func(t *testing.T) {
		ch := make(chan int, 3)
		n, err := ToChan(noEnd, slices.Values([]int{1, 2, 3}), ch)
		wantQueue(t, callResult{n, err}, callResult{3, nil})
		close(ch)
		for want := range 3 {
			assert.Equal(t, want+1, <-ch)
		}
	})
	bubble(t, "ends with its context", func(t *testing.T) {
		ctx, cancel := stoppable()
		ch := make(chan int, 1)
		asked := 0
		seq := func(yield func(int) bool) {
			for asked++; yield(asked); asked++ {
			}
		}
		var err error
		send := call(func() (n int, _ error) { n, err = ToChan(ctx, seq, ch); return n, err })
		mustWait(t, send)
		cancel()
		wantQueue(t, mustReturn(t, send), callResult{1, errStopped})
		var e *PutError[int]
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 2, e.Item)
		assert.Equal(t, 2, asked)
		n, err := ToChan(ctx, seq, ch)
		assert.Zero(t, n)
		assert.Equal(t, errStopped, err)
		assert.Equal(t, 2, asked)
		<-ch
		ctx, cancel = stoppable()
		n, err = ToChan(ctx, func(yield func(int) bool) { yield(1); cancel(); yield(2) }, ch)
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 2, e.Item)
		assert.Equal(t, 1, n)
	})
	synctest.Test(t, func(t *testing.T) { // queue to sequence to channel to sequence to queue
		a, b := NewQueue[int](2), NewQueue[int](2)
		ch := make(chan int)
		values := func(yield func(int) bool) {
			for v, err := range a.All(noEnd) {
				if err != nil || !yield(v) {
					return
				}
			}
		}
		go func() { ToChan(noEnd, values, ch); close(ch) }()
		go func() {
			for v := range FromChan(noEnd, ch) {
				b.Put(noEnd, v)
			}
			b.Shutdown(false)
		}()
		go func() { a.PutAll(noEnd, []int{1, 2, 3, 4, 5}); a.Shutdown(false) }()
		var got []int
		for v := range b.All(noEnd) {
			got = append(got, v)
		}
		assert.Equal(t, []int{1, 2, 3, 4, 5}, got)
	})
}
