package functional

import "iter"

// Take returns the first n elements of seq, or all of them when there are
// fewer. It is Python's itertools.islice(seq, n).
//
// Nothing runs until a loop ranges over the result. Take reads at most n
// elements of seq: it does not wait for one that it would discard, and
// Take(seq, 0) does not range over seq. It panics at once when seq is nil or n
// is negative.
func Take[A any](seq iter.Seq[A], n int) iter.Seq[A] {
	checkTake(seq == nil, n)
	return func(yield func(A) bool) {
		if n == 0 {
			return
		}
		left := n
		seq(func(a A) bool {
			left--
			return yield(a) && left > 0
		})
	}
}
