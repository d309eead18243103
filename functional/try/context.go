package try

import (
	"context"
	"iter"
)

// WithContext returns the elements of seq as (a, nil) until ctx ends, and then
// (zero, context.Cause(ctx)) as the last pair.
//
// The context is looked at before the first element and after each turn of the
// loop, so no element that seq produced is lost, and seq is not asked for another
// once ctx has ended. It is not looked at while seq produces an element: a
// sequence that blocks there must watch ctx itself.
//
// Nothing runs until the result is ranged over. WithContext panics at once when
// seq is nil.
func WithContext[A any](ctx context.Context, seq iter.Seq[A]) iter.Seq2[A, error] {
	if seq == nil {
		panic("try: WithContext of a nil sequence")
	}
	return func(yield func(A, error) bool) {
		var zero A
		if ctx.Err() != nil {
			yield(zero, context.Cause(ctx))
			return
		}
		seq(func(a A) bool {
			if !yield(a, nil) {
				return false
			}
			if ctx.Err() != nil {
				yield(zero, context.Cause(ctx))
				return false
			}
			return true
		})
	}
}
