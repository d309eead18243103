package try

import "iter"

// Map returns the sequence of f(a) for each a of seq, in order, for a
// function that can fail: (b, nil) where it succeeded and (zero, err) where it
// did not.
//
// An error concerns its element only. The sequence goes on as long as the loop
// over it does, so the consumer decides: break at the first error, count errors,
// or let [Collect] or [Until] stop there. After the break neither f nor seq is
// asked again.
//
// Nothing runs until the result is ranged over, and then f runs in the goroutine
// that ranges. Map panics at once when seq or f is nil.
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
