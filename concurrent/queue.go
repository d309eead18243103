package concurrent

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
)

// A Queue passes items from goroutines that put to goroutines that get: first in,
// first out (queue.Queue of Python). It must be made by [NewQueue], and must not
// be copied.
//
// What differs from a channel: Put and Get take a context and need no select for
// it, the queue can be resized, read in batches, waited for until all items are
// done ([Queue.TaskDone], [Queue.Join]) and shut down by anybody at any time
// ([Queue.Shutdown]): what was put can still be got, and whoever waits hears of
// it.
//
// The items of one producer come out in the order they were put, and those of
// several in the order their calls took effect. Those who have to wait are called
// in the order they came. Somebody who does not have to wait may overtake them,
// which is what makes the queue fast; a waiter who was overtaken a few times stops
// that for those who call Put and Get. Calls that never wait may always overtake.
//
// Putting and getting cost some ten nanoseconds, and allocate nothing unless they
// wait. The room for items is made as they come and given back as they go.
type Queue[T any] struct{ queue[T] }

// NewQueue returns a queue of at most maxsize items; -1 means without bound. Any
// other size below 1 panics.
func NewQueue[T any](maxsize int) *Queue[T] {
	limit := limitOf("NewQueue", maxsize)
	f := newFIFO[T](limit)
	return &Queue[T]{queue[T]{fifo: f, store: f}}
}

// queue is what the kinds of queues have in common: the waiting and the counting
// of what is done. The order of the items is up to the store, and so is the lock
// that guards them, so that those who do not wait meet nowhere else.
//
// Who has to wait gets in a line, looks again, and parks. Who has put or taken an
// item looks at the state of the line that may be waiting for it. One of the two
// sees the other. From there on, mu guards the lines, and these rules:
//
//   - If the first in a line could go on, it has been called: every change to a
//     line ends with settle, which sees to that.
//   - One waiter of a line is called at a time. When it has come, settle calls the
//     next if it can go on. A goroutine that runs can so put or take many items
//     for the price of one that has to be woken.
type queue[T any] struct {
	store store[T]
	fifo  *fifo[T] // is store, where it is one, for calls that need no table

	getters, putters line
	done             atomic.Uint64 // items reported by TaskDone, or dropped
	joined           atomic.Bool   // somebody waits for all to be done

	mu      sync.Mutex
	ready   chan struct{} // closed when there is an item; nil if nobody asked
	allDone chan struct{} // closed when all are done; nil if nobody waits
}

// A store keeps items in an order of its own. Its methods can be called by any
// number of goroutines, wait for nothing but each other, and take effect at one
// moment.
type store[T any] interface {
	put(v T) verdict
	putMany(items []T) (int, verdict) // yes: at least one was put
	get() (T, verdict)
	getMany(buf []T) (int, verdict) // yes: at least one was taken
	canPut() bool                   // put would not say notYet
	canGet() bool                   // get would not say notYet
	len() int
	puts() uint64 // how many items were ever put
	stats() QueueStats
	setLimit(limit int)
	shutdown(immediate bool) (dropped int)
}

// A verdict is what a store says to a request.
type verdict uint8

const (
	yes    verdict = iota
	notYet         // full, or empty
	never          // shut down
)

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
func (q *queue[T]) items() store[T] {
	if q.store == nil {
		panic("concurrent: a queue that was not made by its constructor")
	}
	return q.store
}
