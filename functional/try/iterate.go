package try

import "iter"

// Iterate is [functional.Iterate] for a function that can fail. It yields
// (init, nil), (f(init), nil)… up to the first error. It yields the error as
// (zero, err) and ends, because there is no value to continue from. Pages that
// each name the next page are such a sequence.
//
// Nothing runs until a loop ranges over the result. Then f runs in the loop's
// goroutine when the loop asks for the next element. Iterate panics at once
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
