package concurrent

import (
	"context"
	"iter"
	"math"
)

// A SimpleQueue is a [Queue] without bound, and without the counting of what is
// done: putting never waits (queue.SimpleQueue of Python). It must be made by
// [NewSimpleQueue], and must not be copied.
//
// Nothing slows down producers who are faster than their consumers: where that can
// happen, use a [Queue].
type SimpleQueue[T any] struct{ queue queue[T] }

// NewSimpleQueue returns a queue without bound.
func NewSimpleQueue[T any]() *SimpleQueue[T] {
	f := newFIFO[T](math.MaxInt)
	return &SimpleQueue[T]{queue[T]{fifo: f, store: f}}
}

// Put puts v into the queue. It never waits, and fails with [ErrShutdown] when the
// queue was shut down.
func (q *SimpleQueue[T]) Put(v T) error { return q.queue.TryPut(v) }

// Get takes the oldest item, waiting for one. It fails with [ErrShutdown] when the
// queue is or gets shut down and nothing is left in it, and with the cause when ctx
// is done.
func (q *SimpleQueue[T]) Get(ctx context.Context) (T, error) { return q.queue.Get(ctx) }

// TryGet takes the oldest item if there is one; else it returns [ErrEmpty], or
// [ErrShutdown] when the queue was shut down.
func (q *SimpleQueue[T]) TryGet() (T, error) { return q.queue.TryGet() }

// All returns the items as they come, as [Queue.All] does.
func (q *SimpleQueue[T]) All(ctx context.Context) iter.Seq2[T, error] { return q.queue.All(ctx) }

// Ready returns a channel that is closed when there is an item to take or the
// queue was shut down, for select, as [Queue.Ready] does.
func (q *SimpleQueue[T]) Ready() <-chan struct{} { return q.queue.Ready() }

// Shutdown ends the queue: from now on putting fails with [ErrShutdown], and getting
// does when nothing is left. If immediate is true what is left is dropped at once.
func (q *SimpleQueue[T]) Shutdown(immediate bool) { q.queue.Shutdown(immediate) }

// Len returns how many items are in the queue, which may not be so any more when
// it returns.
func (q *SimpleQueue[T]) Len() int { return q.queue.Len() }
