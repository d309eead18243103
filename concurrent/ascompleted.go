package concurrent

import (
	"context"
	"iter"
)

// AsCompleted returns the futures with their indices in the order in which they
// end. Futures that have ended already come first, in the order of the arguments. A
// future that is given twice is yielded twice. Python:
// concurrent.futures.as_completed.
//
// The sequence blocks until the next future ends. It stops early when ctx ends,
// after the futures that have ended by then: the caller checks ctx.Err after the
// loop. Leaving the loop cancels no future. The sequence can be ranged over again,
// and then starts from the beginning.
//
// Yielding a future does not observe how it ended (see [Wait]). A future that has
// not ended costs one callback and no goroutine. The loop may set elements of its
// slice to nil, to let the garbage collector have futures that were yielded; then
// the sequence must not be ranged over again.
//
// AsCompleted panics when one of fs is nil.
func AsCompleted[T any](ctx context.Context, fs ...*Future[T]) iter.Seq2[int, *Future[T]] {
	checkFutures("AsCompleted", fs)
	return func(yield func(int, *Future[T]) bool) {
		if ctx.Err() != nil {
			return
		}
		ended := make(chan int, len(fs)) // has room for all: callbacks must not block
		watching := make([]callback, len(fs))
		defer func() {
			for i, f := range fs {
				if f != nil { // the caller has let go of it
					f.core.unwatch(&watching[i])
				}
			}
		}()
		for i, f := range fs {
			watching[i].Value = plain(func() { ended <- i })
			if !f.core.watch(&watching[i], 0) {
				ended <- i
			}
		}
		for range fs {
			var i int
			select {
			case i = <-ended:
			case <-ctx.Done():
				select {
				case i = <-ended:
				default:
					return
				}
			}
			if !yield(i, fs[i]) {
				return
			}
		}
	}
}
