package functional

import "iter"

// Scan returns init, f(init, a0), f(f(init, a0), a1)…: every state that [Fold]
// goes through, of which the last is its result. It is Python's
// itertools.accumulate with an initial value, and yields one element more than
// seq.
//
// Nothing runs until the result is ranged over, and then f runs in the goroutine
// that ranges. Each range begins at init again; an f that changes what its first
// argument points to changes init as well. Scan panics at once when seq or f is
// nil.
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

// Accumulate returns a0, f(a0, a1), f(f(a0, a1), a2)…: every state that [Reduce]
// goes through. It is Python's itertools.accumulate without an initial value, and
// yields as many elements as seq.
//
// Nothing runs until the result is ranged over, and then f runs in the goroutine
// that ranges. Accumulate panics at once when seq or f is nil.
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
