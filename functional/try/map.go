package try

import "iter"

// Map returns the sequence of f(a) for each a of seq, in order, for a function
// that can fail. It yields (b, nil) where f succeeds and (zero, err) where f
// fails.
//
// An error concerns its element only, and the sequence continues. The consumer
// decides: it can break at the first error, count errors, or let [Collect] or
// [Until] stop there. After a break neither f nor seq runs again.
//
// Nothing runs until a loop ranges over the result. Then f runs in the loop's
// goroutine. Map panics at once when seq or f is nil.
func Map[A, B any](seq iter.Seq[A], f func(A) (B, error)) iter.Seq2[B, error] {
	if seq == nil || f == nil {
		panic("try: Map of a nil sequence or function")
	}
	return func(yield func(B, error) bool) {
		seq(func(a A) bool {
			b, err := f(a)
			if err != nil {
				var zero B
				b = zero
			}
			return yield(b, err)
		})
	}
}
