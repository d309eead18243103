package functional

import (
	"cmp"
	"iter"

	"golang.org/x/exp/constraints"
)

// Sum returns the sum of the elements of seq, and 0 for an empty seq. It is
// Python's sum.
//
// It adds from the first element to the last, in the type of the elements:
// integers wrap around, floats round at every step. Sum ranges over seq in the
// calling goroutine and returns when seq ends. It panics when seq is nil.
func Sum[N constraints.Integer | constraints.Float | constraints.Complex](seq iter.Seq[N]) N {
	if seq == nil {
		panic("functional: Sum of a nil sequence")
	}
	var sum N
	for n := range seq {
		sum += n
	}
	return sum
}

// Prod returns the product of the elements of seq, and 1 for an empty seq. It
// is Python's math.prod.
//
// It multiplies from the first element to the last, in the type of the
// elements: integers wrap around, floats round at every step. Prod ranges over
// seq in the calling goroutine and returns when seq ends. It panics when seq is
// nil.
func Prod[N constraints.Integer | constraints.Float | constraints.Complex](seq iter.Seq[N]) N {
	if seq == nil {
		panic("functional: Prod of a nil sequence")
	}
	prod := N(1)
	for n := range seq {
		prod *= n
	}
	return prod
}

// Mean returns the arithmetic mean of the elements of seq and true, or 0 and
// false when there are none. It is Python's statistics.fmean.
//
// The elements are added as float64: integers beyond 2⁵³ are rounded instead of
// wrapping around. The mean of a NaN is NaN. Mean ranges over seq in the
// calling goroutine and returns when seq ends. It panics when seq is nil.
func Mean[N constraints.Integer | constraints.Float](seq iter.Seq[N]) (float64, bool) {
	if seq == nil {
		panic("functional: Mean of a nil sequence")
	}
	sum, n := 0.0, 0.0
	for a := range seq {
		sum += float64(a)
		n++
	}
	return sum / max(n, 1), n > 0
}

// Min returns the least element of seq and true, or zero and false when there
// is none. It is Python's min, and [slices.Min] for a sequence.
//
// As with the built-in min, the result is NaN if an element is NaN. Min ranges
// over seq in the calling goroutine and returns when seq ends. It panics when
// seq is nil.
func Min[A cmp.Ordered](seq iter.Seq[A]) (least A, ok bool) {
	if seq == nil {
		panic("functional: Min of a nil sequence")
	}
	for a := range seq {
		if ok {
			a = min(least, a)
		}
		least, ok = a, true
	}
	return least, ok
}

// Max returns the greatest element of seq and true, or zero and false when
// there is none. It is Python's max, and [slices.Max] for a sequence.
//
// As with the built-in max, the result is NaN if an element is NaN. Max ranges
// over seq in the calling goroutine and returns when seq ends. It panics when
// seq is nil.
func Max[A cmp.Ordered](seq iter.Seq[A]) (greatest A, ok bool) {
	if seq == nil {
		panic("functional: Max of a nil sequence")
	}
	for a := range seq {
		if ok {
			a = max(greatest, a)
		}
		greatest, ok = a, true
	}
	return greatest, ok
}

// MinBy returns the first element of seq with the least key(a) and true, or
// zero and false when there is none. It is Python's min with a key.
//
// Keys are ordered as by [cmp.Less], NaN before all others. MinBy calls key
// once for each element. It ranges over seq in the calling goroutine and
// returns when seq ends. It panics when seq or key is nil.
func MinBy[A any, K cmp.Ordered](seq iter.Seq[A], key func(A) K) (least A, ok bool) {
	if seq == nil || key == nil {
		panic("functional: MinBy of a nil sequence or function")
	}
	var leastKey K
	for a := range seq {
		if k := key(a); !ok || cmp.Less(k, leastKey) {
			least, leastKey, ok = a, k, true
		}
	}
	return least, ok
}

// MaxBy returns the first element of seq with the greatest key(a) and true, or
// zero and false when there is none. It is Python's max with a key.
//
// Keys are ordered as by [cmp.Less], NaN before all others: an element with a
// NaN key is returned only when all keys are NaN. MaxBy calls key once for each
// element. It ranges over seq in the calling goroutine and returns when seq
// ends. It panics when seq or key is nil.
func MaxBy[A any, K cmp.Ordered](seq iter.Seq[A], key func(A) K) (greatest A, ok bool) {
	if seq == nil || key == nil {
		panic("functional: MaxBy of a nil sequence or function")
	}
	var greatestKey K
	for a := range seq {
		if k := key(a); !ok || cmp.Less(greatestKey, k) {
			greatest, greatestKey, ok = a, k, true
		}
	}
	return greatest, ok
}
