package functional

import "iter"

// Scan returns init, f(init, a0), f(f(init, a0), a1)…: every state of [Fold],
// of which the last is the result of Fold. It yields one element more than seq.
// It is Python's itertools.accumulate with an initial value.
//
// Nothing runs until a loop ranges over the result. Then f runs in the loop's
// goroutine. Each range begins at init again: an f that changes what its first
// argument refers to changes init for the next range. Scan panics at once when
// seq or f is nil.
func Scan[A, B any](seq iter.Seq[A], init B, f func(B, A) B) iter.Seq[B] {
	if seq == nil || f == nil {
		panic("functional: Scan of a nil sequence or function")
	}
	return func(yield func(B) bool) {
		acc := init
		if !yield(acc) {
			return
		}
		seq(func(a A) bool {
			acc = f(acc, a)
			return yield(acc)
		})
	}
}

// Accumulate returns a0, f(a0, a1), f(f(a0, a1), a2)…: every state of [Reduce].
// It yields as many elements as seq. It is Python's itertools.accumulate
// without an initial value.
//
// Nothing runs until a loop ranges over the result. Then f runs in the loop's
// goroutine. Accumulate panics at once when seq or f is nil.
func Accumulate[A any](seq iter.Seq[A], f func(A, A) A) iter.Seq[A] {
	if seq == nil || f == nil {
		panic("functional: Accumulate of a nil sequence or function")
	}
	return func(yield func(A) bool) {
		var acc A
		some := false
		seq(func(a A) bool {
			if some {
				a = f(acc, a)
			}
			acc, some = a, true
			return yield(acc)
		})
	}
}
