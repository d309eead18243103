package functional

import "iter"

// Any reports whether is(a) is true for an a of seq. It is Python's any over a
// map.
//
// Any ranges over seq in the calling goroutine, up to the first such a. It
// panics when seq or is is nil.
func Any[A any](seq iter.Seq[A], is func(A) bool) bool {
	if seq == nil || is == nil {
		panic("functional: Any of a nil sequence or function")
	}
	for a := range seq {
		if is(a) {
			return true
		}
	}
	return false
}

// All reports whether is(a) is true for every a of seq. It is true for an empty
// seq. It is Python's all over a map.
//
// All ranges over seq in the calling goroutine, up to the first a for which is
// returns false. It panics when seq or is is nil.
func All[A any](seq iter.Seq[A], is func(A) bool) bool {
	if seq == nil || is == nil {
		panic("functional: All of a nil sequence or function")
	}
	for a := range seq {
		if !is(a) {
			return false
		}
	}
	return true
}

// Contains reports whether v is among the elements of seq. It is Python's in.
//
// Contains ranges over seq in the calling goroutine, up to the first element
// equal to v. It panics when seq is nil.
func Contains[A comparable](seq iter.Seq[A], v A) bool {
	if seq == nil {
		panic("functional: Contains of a nil sequence")
	}
	for a := range seq {
		if a == v {
			return true
		}
	}
	return false
}

// Count returns the number of elements of seq. To count some of them, [Filter]
// them first.
//
// Count ranges over seq in the calling goroutine and returns when seq ends. It
// panics when seq is nil.
func Count[A any](seq iter.Seq[A]) int {
	if seq == nil {
		panic("functional: Count of a nil sequence")
	}
	n := 0
	for range seq {
		n++
	}
	return n
}

// Find returns the first a of seq for which is(a) is true, and true. It returns
// zero and false when there is none. It is Python's next over a filter.
//
// Find ranges over seq in the calling goroutine, up to that element. It panics
// when seq or is is nil.
func Find[A any](seq iter.Seq[A], is func(A) bool) (a A, ok bool) {
	if seq == nil || is == nil {
		panic("functional: Find of a nil sequence or function")
	}
	for a := range seq {
		if is(a) {
			return a, true
		}
	}
	return a, false
}

// First returns the first element of seq and true, or zero and false when there
// is none. It is Python's next(iter(seq), None).
//
// First reads one element of seq in the calling goroutine. It panics when seq
// is nil.
func First[A any](seq iter.Seq[A]) (a A, ok bool) {
	if seq == nil {
		panic("functional: First of a nil sequence")
	}
	for a := range seq {
		return a, true
	}
	return a, false
}

// Last returns the last element of seq and true, or zero and false when there
// is none.
//
// Last ranges over seq in the calling goroutine and returns when seq ends. It
// panics when seq is nil.
func Last[A any](seq iter.Seq[A]) (last A, ok bool) {
	if seq == nil {
		panic("functional: Last of a nil sequence")
	}
	for a := range seq {
		last, ok = a, true
	}
	return last, ok
}

// Nth returns the element of seq at position n, counted from 0, and true. It
// returns zero and false when seq has fewer elements.
//
// Nth reads n+1 elements of seq in the calling goroutine. It panics when seq is
// nil or n is negative.
func Nth[A any](seq iter.Seq[A], n int) (a A, ok bool) {
	if seq == nil || n < 0 {
		panic("functional: Nth of a nil sequence or with a negative position")
	}
	for a := range seq {
		if n == 0 {
			return a, true
		}
		n--
	}
	return a, false
}
