package try

import "iter"

// Iterate is [functional.Iterate] for a function that can fail: it yields (init, nil),
// (f(init), nil)… up to the first error, which is yielded as (zero, err) and ends
// the sequence, for without a value there is none after it. Pages that each know
// the next are such a sequence.
//
// Nothing runs until the result is ranged over, and then f runs in the goroutine
// that ranges: only when the next element is asked for. Iterate panics at once
// when f is nil.
func Iterate[A any](init A, f func(A) (A, error)) iter.Seq2[A, error] {
	if f == nil {
		panic("try: Iterate of a nil function")
	}
	return func(yield func(A, error) bool) {
		for a := init; yield(a, nil); {
			next, err := f(a)
			if err != nil {
				var zero A
				yield(zero, err)
				return
			}
			a = next
		}
	}
}
