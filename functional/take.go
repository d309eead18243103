package functional

import "iter"

// Take returns the first n elements of seq, or all of them when there are fewer.
// It is Python's itertools.islice(seq, n).
//
// Nothing runs until the result is ranged over. Take asks seq for no more than n
// elements: it does not wait for one it would throw away, and Take(seq, 0) does
// not touch seq. It panics at once when seq is nil or n is negative.
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
