package par

import (
	"context"
	"fmt"

	"github.com/fanfold/fanfold/functional"
)

// A ChunkError says that the function of [MapChunks] returned more or fewer results
// than it was given items. It comes in an *[functional.IndexError] with the index of
// the chunk's first item.
type ChunkError struct {
	Items int // how many items the function was given
	Got   int // how many results it returned
}

// Error names both numbers.
func (e *ChunkError) Error() string {
	return fmt.Sprintf("a chunk of %d items returned %d results", e.Items, e.Got)
}

// MapChunks returns the results of f for all items of s, in order, where f
// gets several of them at a time: a sub-slice of s, for which it must return as
// many results. It is for functions with a cost per call, such as a message to
// another process or a query, and for bodies so cheap that a call per item would
// dominate.
//
// MapChunks blocks until no f is running. The sub-slices are disjoint, cover s
// and are cut so that an append to one does not reach into the next; f must not
// keep them. The failing chunk with the lowest index ends the call with its error
// and a nil result; with AllErrors the results of a failed chunk are zero. A
// wrong number of results is a *[ChunkError]. See the package documentation for
// errors, panics and the end of ctx, and [Options] for the options. MapChunks
// panics when f is nil.
//
// With Chunk 0 the chunks start at one item and grow until a call takes some
// hundred microseconds, or longer while that makes the single item cheaper, also
// with one worker. The results are copied once.
func MapChunks[A, B any](ctx context.Context, s []A, f func(context.Context, []A) ([]B, error), options ...Options) ([]B, error) {
	if f == nil {
		panic("par: MapChunks with a nil function")
	}
	p := checked("MapChunks", options)
	out := make([]B, len(s))
	err := runEach(ctx, len(s), p, p.perCall(), func(w *worker, lo, hi int) {
		if !w.goOn(lo) {
			return
		}
		b, err := f(&w.ctx, s[lo:hi:hi])
		if err == nil && len(b) != hi-lo {
			err = &ChunkError{Items: hi - lo, Got: len(b)}
		}
		if err != nil {
			if at, indexed := err.(*functional.IndexError); indexed {
				err = &functional.IndexError{Index: lo + at.Index, Err: at.Err}
			}
			w.fail(lo, err)
			return
		}
		copy(out[lo:hi], b)
	})
	if err != nil && !p.AllErrors {
		return nil, err
	}
	return out, err
}
