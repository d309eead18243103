package par

import (
	"context"
	"iter"

	"github.com/fanfold/fanfold/internal/panics"
)

// MapSeq returns the sequence of f(ctx, a) for each a of seq, computed by
// several goroutines a bounded distance ahead of the loop that consumes it. It is
// Python's multiprocessing.Pool.imap, or imap_unordered with Unordered, and
// Executor.map with a buffersize.
//
// Nothing happens until the result is ranged over. Then one goroutine ranges over
// seq, up to Workers of them run f, and each result is yielded in the order of
// seq as soon as it and those before it are there, also while seq blocks; with
// Unordered as soon as it is completed. At no time have more than Window items
// been read from seq and not been yielded (see [Options]). With Chunk k a worker takes
// up to k items that are waiting, and never waits for more; 0 means 1. With one
// worker everything runs in the goroutine that ranges, one item after the other.
//
// The first failing item by position is yielded as (zero, err), after the results
// of the items before it, and ends the sequence; an item whose result was lost
// because it honoured the cancellation that the error caused ends it too, with
// that error. With AllErrors errors are yielded in their places and the sequence
// goes on. When ctx ends no further item is started and seq is stopped at its next
// element; results that are complete are still yielded, then (zero,
// context.Cause(ctx)) ends the sequence. A ctx that ends after all results are
// there, and the end of seq is known, changes nothing.
//
// Leaving the loop, by break, return, panic or Goexit, cancels the context of f,
// stops seq at its next element and waits for everything to end: a seq that can
// block for ever must watch ctx itself. A panic or Goexit of f or seq is raised
// in the goroutine that ranges, as a *[PanicError], when its position comes or when
// the loop is left before that.
//
// MapSeq panics at once when seq or f is nil. It allocates Window slots each
// time it is ranged over, and nothing for an item.
func MapSeq[A, B any](ctx context.Context, seq iter.Seq[A], f func(context.Context, A) (B, error), options ...Options) iter.Seq2[B, error] {
	if seq == nil || f == nil {
		panic("par: MapSeq of a nil sequence or function")
	}
	p := checked("MapSeq", options)
	if p.Window == 0 {
		p.Window = 2 * p.Workers
	}
	p.Workers = min(p.Workers, p.Window)
	p.Chunk = max(1, min(p.Chunk, p.Window))
	return func(yield func(B, error) bool) {
		switch {
		case ctx.Err() != nil:
			var zero B
			yield(zero, context.Cause(ctx))
		case p.Workers == 1:
			mapSeq(ctx, seq, f, p.AllErrors, yield)
		default:
			newPipe(ctx, seq, f, p).drain(yield)
		}
	}
}

// mapSeq is MapSeq in one goroutine.
func mapSeq[A, B any](caller context.Context, seq iter.Seq[A], f func(context.Context, A) (B, error), allErrors bool, yield func(B, error) bool) {
	ctx, cancel := context.WithCancel(caller)
	defer cancel()
	var zero B
	yielding := false // a panic is the loop body's own
	pass := func(b B, err error) bool {
		yielding = true
		more := yield(b, err)
		yielding = false
		return more
	}
	defer func() {
		if yielding {
			return
		}
		if v := recover(); v != nil {
			panic(panics.From(v))
		}
	}()
	item := -1
	seq(func(a A) bool {
		item++
		if caller.Err() != nil {
			pass(zero, context.Cause(caller))
			return false
		}
		b, err := f(ctx, a)
		switch {
		case err == nil:
			return pass(b, nil)
		case endOf(caller, err):
			pass(zero, context.Cause(caller))
			return false
		default:
			return pass(zero, failure{item, err}.asError()) && allErrors
		}
	})
}
