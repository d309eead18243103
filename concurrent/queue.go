package concurrent

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent/internal/store"
)

// A Queue passes items from goroutines that put to goroutines that get. The
// constructor decides the order: [NewQueue] gives the oldest item first,
// [NewLifoQueue] the newest, [NewPriorityQueue] the lowest. A Queue must be made by
// one of them, and must not be copied.
//
// What differs from a channel: Put and Get take a context and need no select for
// it, the queue can be resized, read in batches, waited for until all items are
// done ([Queue.TaskDone], [Queue.Join]) and shut down by anybody at any time
// ([Queue.Shutdown]): what was put can still be got, and whoever waits hears of
// it.
//
// Where the oldest is first, the items of one producer come out in the order they
// were put, and those of several in the order their calls took effect. Those who have to wait are called
// in the order they came. Somebody who does not have to wait may overtake them,
// which is what makes the queue fast; a waiter who was overtaken a few times stops
// that for those who call Put and Get. Calls that never wait may always overtake.
//
// Putting and getting cost some ten nanoseconds, and allocate nothing unless they
// wait. The room for items is made as they come and given back as they go.
type Queue[T any] struct {
	store store.Store[T]
	fifo  *store.FIFO[T] // is store, where it is one, for calls that need no table

	getters, putters line
	done             atomic.Uint64 // items reported by TaskDone, or dropped
	joined           atomic.Bool   // somebody waits for all to be done

	mu      sync.Mutex    // guards the lines, by the rules of line
	ready   chan struct{} // closed when there is an item; nil if nobody asked
	allDone chan struct{} // closed when all are done; nil if nobody waits
}

// NewQueue returns a queue that gives the oldest item first (queue.Queue of Python).
//
// maxsize is the most items that the queue holds; -1 means no bound, so that putting
// never waits (queue.SimpleQueue of Python). Any other maxsize below 1 panics, 0 as
// well: a queue without a bound is one that somebody typed -1 for. Nothing slows down
// producers that are faster than the consumers of an unbounded queue.
func NewQueue[T any](maxsize int) *Queue[T] {
	f := store.NewFIFO[T](limitOf("NewQueue", maxsize))
	return &Queue[T]{fifo: f, store: f}
}

// NewLifoQueue returns a queue that gives the newest item first (queue.LifoQueue of
// Python). maxsize means what it means for [NewQueue].
func NewLifoQueue[T any](maxsize int) *Queue[T] {
	return &Queue[T]{store: store.NewLIFO[T](limitOf("NewLifoQueue", maxsize))}
}

// NewPriorityQueue returns a queue that gives the lowest item first, and of equal
// items the oldest (queue.PriorityQueue of Python). compare orders the items as in
// [slices.SortFunc]; a nil compare panics. maxsize means what it means for [NewQueue].
//
// Putting and getting take O(log n) comparisons. The queue is locked during a
// comparison: compare should be short and must not use the queue. A panic of compare
// is raised in the call that needed the comparison, and leaves the queue as it was.
func NewPriorityQueue[T any](maxsize int, compare func(a, b T) int) *Queue[T] {
	if compare == nil {
		panic("concurrent: NewPriorityQueue with a nil function")
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
		panic("concurrent: a queue that was not made by its constructor")
	}
	return q.store
}
