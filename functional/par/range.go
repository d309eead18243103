package par

import (
	"context"
	"fmt"
)

// Range calls f(ctx, lo, hi) for spans that cover the indexes 0…n-1, each index
// once. It is the parallel for loop: f loops over its span and writes results
// where they belong, in slices of the caller.
//
// Range blocks until no f is running. Spans begin in the order of their indexes
// and are disjoint: calls that write to out[lo:hi] need no lock. The failing
// span with the lowest index ends the call, which returns an
// *[functional.IndexError] with the span's lo. To name another index of the span, f
// returns an *IndexError itself. The package documentation says more about errors,
// panics and the end of ctx. Range panics when f is nil or n is negative.
//
// With Chunk 0 spans grow until a call takes tens of microseconds, and one
// worker calls f(ctx, 0, n). With any other Chunk all spans but the last have
// that length. Range notices the end of ctx between spans. It costs as much as
// [Map] without a slice of results, and allocates nothing for a span.
func Range(ctx context.Context, n int, f func(ctx context.Context, lo, hi int) error, options ...Options) error {
	if f == nil {
		panic("par: Range with a nil function")
	}
	if n < 0 {
		panic(fmt.Sprintf("par: Range of %d indexes, want 0 or more", n))
	}
	p := checked("Range", options)
	return runEach(ctx, n, p, p.items(), func(w *worker, lo, hi int) {
		if !w.goOn(lo) {
			return
		}
		if err := f(&w.ctx, lo, hi); err != nil {
			w.note(failedWithin(lo, hi, 0, err))
		}
	})
}
