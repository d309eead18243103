package par

import (
	"context"
	"fmt"
)

// A ChunkError reports that the function of [MapChunks] returned more or fewer
// results than it was given items. MapChunks returns it in an
// *[functional.IndexError] with the index of the chunk's first item.
type ChunkError struct {
	Items int // how many items the function was given
	Got   int // how many results it returned
}

// Error names both numbers.
func (e *ChunkError) Error() string {
	return fmt.Sprintf("a chunk of %d items returned %d results", e.Items, e.Got)
}

// MapChunks returns the results of f for all items of s, in order. f gets
// several items at a time, as a sub-slice of s, and must return as many
// results. MapChunks is for functions with a cost per call, such as a message
// to another process or a query, and for items so cheap that a call for each of
// them would dominate.
//
// MapChunks blocks until no f is running. The sub-slices are disjoint and cover
// s. An append to one does not write to the next. f must not keep them. The
// failing chunk with the lowest index ends the call, which returns nil and an
// *[functional.IndexError] with the index of the chunk's first item. When f
// returns an *IndexError, its index counts from the beginning of the chunk, and
// MapChunks returns that item's index in s. An index outside the chunk names nothing. With AllErrors the results of a
// failed chunk are zero. A wrong number of results is a *[ChunkError]. The
// package documentation says more about errors, panics and the end of ctx.
// MapChunks panics when f is nil.
//
// With Chunk 0 the chunks start at one item and grow until a call takes some
// hundred microseconds, or longer while that makes an item cheaper. They grow
// with one worker as well. MapChunks copies the results once.
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
			w.note(failedWithin(lo, hi, lo, err))
			return
		}
		copy(out[lo:hi], b)
	})
	if err != nil && !p.AllErrors {
		return nil, err
	}
	return out, err
}
