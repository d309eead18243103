package par

import (
	"context"
	"iter"

	"github.com/fanfold/fanfold/internal/panics"
)

// MapSeq returns the sequence of f(ctx, a) for each a of seq. Several
// goroutines run f, a bounded distance ahead of the loop that consumes the
// sequence. It is Python's Executor.map with a buffersize, and
// multiprocessing.Pool.imap, or imap_unordered with Unordered.
//
// Nothing runs until a loop ranges over the result. Then one goroutine ranges
// over seq, and up to Workers goroutines run f. MapSeq yields results in the
// order of seq, each as soon as it and those before it are there, also while
// seq blocks. With Unordered it yields each result as soon as it is there. It
// never holds more than Window items that it has read and the loop has not yet
// consumed. With a Chunk of k a worker takes up to k items that are waiting,
// and never waits for more; 0 means 1. With one worker everything runs in the
// loop's goroutine, one item after the other.
//
// The first failing item by position ends the sequence: MapSeq yields the
// results of the items before it, and then (zero, err) with an
// *[functional.IndexError]. The same error ends it earlier when an item before
// lost its result to the cancellation that the failure caused. With AllErrors
// MapSeq yields errors in their places and continues. When ctx ends no further
// item starts, and seq stops at its next element. MapSeq still yields results
// that are complete, and then (zero, context.Cause(ctx)), also when seq has ended
// by itself after ctx. A ctx that ends after all results are there, and the end of
// seq is known, changes nothing.
//
// When the loop is left, by break, return, panic or Goexit, MapSeq cancels the
// context of f, stops seq at its next element and waits for everything to end.
// So a seq that can block forever must watch ctx itself. A panic or Goexit of f
// or seq is raised in the loop's goroutine, as a *[PanicError], when its
// position comes or when the loop is left before that.
//
// MapSeq panics at once when seq or f is nil. Each range over the result
// allocates up to Window slots, as many as are used, and nothing for an item.
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
			panics.From(v).Raise()
		}
	}()
	item := -1
	more := true
	seq(func(a A) bool {
		item++
		if caller.Err() != nil {
			return false
		}
		b, err := f(ctx, a)
		switch {
		case err == nil:
			more = pass(b, nil)
		case endOf(caller, err):
			return false
		default:
			more = pass(zero, failedWith(item, err).asError()) && allErrors
		}
		return more
	})
	// It may be seq that has looked at the context.
	if more && caller.Err() != nil {
		pass(zero, context.Cause(caller))
	}
}
