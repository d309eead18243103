package try

import (
	"context"
	"iter"
)

// WithContext returns the elements of seq as (a, nil) until ctx ends. Then it
// yields (zero, context.Cause(ctx)) as the last pair.
//
// WithContext looks at ctx before the first element and after each turn of the
// loop. No element that seq produced is lost, and WithContext does not ask seq
// for another one after ctx has ended. It does not look at ctx while seq
// produces an element: a sequence that blocks must watch ctx itself. When such
// a sequence ends after ctx, the cause is the last pair as well.
//
// Nothing runs until a loop ranges over the result. WithContext panics at once
// when seq is nil.
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
		more := true
		seq(func(a A) bool {
			more = yield(a, nil)
			return more && ctx.Err() == nil
		})
		// It may be seq that has looked at ctx.
		if more && ctx.Err() != nil {
			yield(zero, context.Cause(ctx))
		}
	}
}
