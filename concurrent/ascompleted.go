package concurrent

import (
	"context"
	"iter"
)

// AsCompleted returns the futures with their indices in the order in which they
// end; those that have ended already come first, in the order of the arguments,
// and one given twice is yielded twice. Their number may be large: a future costs
// one callback, not a goroutine. The slice of them is the caller's: to let go of
// one that was yielded is to set its place to nil, and not to range again.
//
// The sequence blocks until the next one ends. It stops when ctx ends, after the
// futures that have ended by then; whoever cares looks at ctx.Err after the
// loop. Leaving the loop leaves nothing behind; the futures go on. The sequence
// can be ranged over again and then starts afresh. To be yielded is not to be
// looked at, see [Wait]. AsCompleted panics when one of fs is nil. Python: concurrent.futures.as_completed.
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
			watching[i].Value = func() { ended <- i }
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
