package functional

import (
	"iter"

	"golang.org/x/exp/constraints"
)

// Range returns start, start+step, start+2*step… up to stop, without stop
// itself. A negative step counts down. It is Python's range.
//
// The result is empty when start is at stop or beyond. Range ends where N
// cannot hold the next number; it does not wrap around. It panics when step is
// 0. It costs as much as a for loop.
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

// Repeat returns a again and again, without end. It is Python's
// itertools.repeat. [Take] limits the number of times.
func Repeat[A any](a A) iter.Seq[A] {
	return func(yield func(A) bool) {
		for yield(a) {
		}
	}
}

// Iterate returns init, f(init), f(f(init))… without end. With an f that adds,
// it is Python's itertools.count.
//
// Nothing runs until a loop ranges over the result. Then f runs in the loop's
// goroutine when the loop asks for the next element: n elements take n-1 calls.
// Each range begins at init again. Iterate panics at once when f is nil.
func Iterate[A any](init A, f func(A) A) iter.Seq[A] {
	if f == nil {
		panic("functional: Iterate of a nil function")
	}
	return func(yield func(A) bool) {
		for a := init; yield(a); a = f(a) {
		}
	}
}

// Cycle returns the elements of seq again and again, without end. It is
// Python's itertools.cycle.
//
// Nothing runs until a loop ranges over the result. Cycle ranges over seq once
// for each round, where Python keeps a copy: it needs no memory, and side
// effects of seq happen in each round. The result ends after a round without
// elements. Of a sequence that can be ranged over only once, it is that one
// round. Cycle panics at once when seq is nil.
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
