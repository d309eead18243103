package functional

import "iter"

// Peek returns the elements of seq and calls look with each of them before it
// yields the element. It is for logging, counting and progress within a chain.
//
// Nothing runs until a loop ranges over the result. Then look runs in the
// loop's goroutine. Peek panics at once when seq or look is nil.
func Peek[A any](seq iter.Seq[A], look func(A)) iter.Seq[A] {
	if seq == nil || look == nil {
		panic("functional: Peek of a nil sequence or function")
	}
	return func(yield func(A) bool) {
		seq(func(a A) bool {
			look(a)
			return yield(a)
		})
	}
}
