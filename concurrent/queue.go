package concurrent

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent/internal/store"
)

// A Queue passes items from goroutines that put them to goroutines that get them.
// The constructor decides the order: [NewQueue] gives the oldest item first,
// [NewLifoQueue] the newest, [NewPriorityQueue] the lowest. A Queue must be made by
// one of them, and must not be copied.
//
// In contrast to a channel, Put and Get take a context without a select. A queue
// can be resized, and read in batches. [Queue.Join] waits until all items are done.
// Any goroutine may shut the queue down at any time ([Queue.Shutdown]): the items
// that were put can still be taken, and waiting goroutines are told.
//
// In a queue that gives the oldest item first, the items of one goroutine come out
// in the order in which they were put. Items of several goroutines come out in the
// order in which their calls took effect. Waiting goroutines are called in the
// order in which they came. A call that does not have to wait may overtake them,
// which makes the queue fast. After a waiting goroutine was overtaken a few times,
// Put and Get wait behind it. Calls that never wait may always overtake.
//
// Put and Get cost some ten nanoseconds, and allocate only when they wait. Memory
// for items is allocated as they come, and released as they go.
type Queue[T any] struct {
	store store.Store[T]
	fifo  *store.FIFO[T] // is store, where it is one, for calls that need no table

	getters, putters line
	done             atomic.Uint64 // items reported by TaskDone, or dropped
	joined           atomic.Bool   // a goroutine waits for all to be done

	mu      sync.Mutex    // guards the lines, by the rules of line
	ready   chan struct{} // closed when there is an item; nil if none was asked for
	allDone chan struct{} // closed when all are done; nil if no goroutine waits
}

// NewQueue returns a queue that gives the oldest item first: queue.Queue of Python.
//
// maxsize is the largest number of items in the queue. -1 means no bound: putting
// never blocks, as with queue.SimpleQueue of Python. NewQueue panics for any other
// maxsize below 1, also for 0: an unbounded queue has to be asked for. An unbounded
// queue grows without limit when its producers are faster than its consumers.
func NewQueue[T any](maxsize int) *Queue[T] {
	f := store.NewFIFO[T](limitOf("NewQueue", maxsize))
	return &Queue[T]{fifo: f, store: f}
}

// NewLifoQueue returns a queue that gives the newest item first: queue.LifoQueue of
// Python. maxsize has the same meaning as for [NewQueue].
func NewLifoQueue[T any](maxsize int) *Queue[T] {
	return &Queue[T]{store: store.NewLIFO[T](limitOf("NewLifoQueue", maxsize))}
}

// NewPriorityQueue returns a queue that gives the lowest item first, and of equal
// items the oldest: queue.PriorityQueue of Python. compare orders the items as in
// [slices.SortFunc]. maxsize has the same meaning as for [NewQueue].
//
// Put and Get take O(log n) comparisons. The queue is locked during a comparison:
// compare should be short and must not use the queue. A panic of compare is raised
// in the call that needed the comparison. The queue is unchanged then.
// NewPriorityQueue panics when compare is nil.
func NewPriorityQueue[T any](maxsize int, compare func(a, b T) int) *Queue[T] {
	if compare == nil {
		panic("concurrent: NewPriorityQueue of a nil function")
	}
	return &Queue[T]{store: store.NewPriority(limitOf("NewPriorityQueue", maxsize), compare)}
}

// limitOf returns the limit that a user of name gave as maxsize, checked.
func limitOf(name string, maxsize int) int {
	if maxsize == -1 {
		return math.MaxInt
	}
	if maxsize < 1 {
		panic(fmt.Sprintf("concurrent: %s with size %d, want at least 1, or -1 for no bound", name, maxsize))
	}
	return maxsize
}

// items returns the store.
func (q *Queue[T]) items() store.Store[T] {
	if q.store == nil {
		panic("concurrent: Queue not made by NewQueue, NewLifoQueue or NewPriorityQueue")
	}
	return q.store
}
