package concurrent

// A PriorityQueue is a [Queue] that gives the lowest item first (queue.PriorityQueue
// of Python); of items that compare equal, the one that was put first. It must be
// made by [NewPriorityQueue], and must not be copied. Putting and getting take
// O(log n) comparisons.
type PriorityQueue[T any] struct{ queue[T] }

// NewPriorityQueue returns a priority queue of at most maxsize items, ordered by
// compare, as slices.SortFunc is; -1 means without bound. Any other size below 1
// panics, and so does a nil compare.
//
// Only one comparison happens at a time, and the queue is locked meanwhile: compare
// should be short and must not use the queue. Where it panics, the call that needed
// it panics in the same way and leaves the queue as it was.
func NewPriorityQueue[T any](maxsize int, compare func(a, b T) int) *PriorityQueue[T] {
	if compare == nil {
		panic("concurrent: NewPriorityQueue with a nil function")
	}
	limit := limitOf("NewPriorityQueue", maxsize)
	return &PriorityQueue[T]{queue[T]{store: newOrdered(limit, &heap[T]{compare: compare})}}
}
