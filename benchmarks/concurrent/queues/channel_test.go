package queues_test

import (
	"runtime"
	"testing"

	"github.com/puzpuzpuz/xsync/v4"
)

func channel(testing.TB) (func(int), func(int) int) {
	ch := make(chan int, capacity)
	put := func(n int) {
		for i := range n {
			ch <- i
		}
	}
	get := func(n int) (sum int) {
		for range n {
			sum += <-ch
		}
		return sum
	}
	return put, get
}

// channelContext is a channel as it must be used where waiting is to end with a
// context.
func channelContext(tb testing.TB) (func(int), func(int) int) {
	ch, ctx := make(chan int, capacity), endable(tb)
	put := func(n int) {
		for i := range n {
			select {
			case ch <- i:
			case <-ctx.Done():
				return
			}
		}
	}
	get := func(n int) (sum int) {
		for range n {
			select {
			case v := <-ch:
				sum += v
			case <-ctx.Done():
				return sum
			}
		}
		return sum
	}
	return put, get
}

// spinning does not wait but tries again, and so keeps the processors busy.
func spinning(testing.TB) (func(int), func(int) int) {
	q := xsync.NewMPMCQueue[int](capacity)
	put := func(n int) {
		for i := range n {
			for !q.TryEnqueue(i) {
				runtime.Gosched()
			}
		}
	}
	get := func(n int) (sum int) {
		for range n {
			v, ok := q.TryDequeue()
			for ; !ok; v, ok = q.TryDequeue() {
				runtime.Gosched()
			}
			sum += v
		}
		return sum
	}
	return put, get
}
