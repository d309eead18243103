package functional

import (
	"iter"

	"golang.org/x/exp/constraints"
)

// Range returns start, start+step, start+2*step… up to stop, which does not
// belong to it. A negative step counts down. It is Python's range.
//
// The result is empty when start is already at stop or beyond. It ends, and does
// not wrap around, where N cannot hold the next number. Range panics when step is
// 0. It costs what a for loop costs.
func Range[N constraints.Integer](start, stop, step N) iter.Seq[N] {
	if step == 0 {
		panic("functional: Range with a step of 0")
	}
	return func(yield func(N) bool) {
		up := step > 0
		for n := start; n != stop && (n < stop) == up && yield(n); {
			next := n + step
			if (next > n) != up {
				return // wrapped around
			}
			n = next
		}
	}
}

// Repeat returns a, again and again, without end. It is Python's
// itertools.repeat; for a number of times use [Take] around it.
func Repeat[A any](a A) iter.Seq[A] {
	return func(yield func(A) bool) {
		for yield(a) {
		}
	}
}

// Iterate returns init, f(init), f(f(init))… without end. With an f that adds
// it is Python's itertools.count.
//
// Nothing runs until the result is ranged over, and then f runs in the goroutine
// that ranges: only when the next element is asked for, so n elements take n-1
// calls. Each range begins at init again. Iterate panics at once when f is nil.
func Iterate[A any](init A, f func(A) A) iter.Seq[A] {
	if f == nil {
		panic("functional: Iterate of a nil function")
	}
	return func(yield func(A) bool) {
		for a := init; yield(a); a = f(a) {
		}
	}
}

// Cycle returns the elements of seq, and when they end begins again, without
// end. It is Python's itertools.cycle.
//
// Nothing runs until the result is ranged over. Where Python keeps a copy of the
// elements, Cycle ranges over seq again: it needs no memory, and whatever seq does
// happens once for each round. The result ends when a round has no elements, so
// of a sequence that can be ranged over only once it is that one round. Cycle
// panics at once when seq is nil.
func Cycle[A any](seq iter.Seq[A]) iter.Seq[A] {
	if seq == nil {
		panic("functional: Cycle of a nil sequence")
	}
	return func(yield func(A) bool) {
		for more := true; more; {
			more = false // unless this round has an element and the loop goes on
			seq(func(a A) bool {
				more = yield(a)
				return more
			})
		}
	}
}
