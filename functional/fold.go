package functional

import "iter"

// Fold returns f(…f(f(init, a0), a1)…, an) over the elements of seq, and init
// when there are none. It is Python's functools.reduce with an initial value.
//
// Fold ranges over seq in the calling goroutine and returns when seq ends. It
// panics when seq or f is nil.
func Fold[A, B any](seq iter.Seq[A], init B, f func(B, A) B) B {
	if seq == nil || f == nil {
		panic("functional: Fold of a nil sequence or function")
	}
	acc := init
	for a := range seq {
		acc = f(acc, a)
	}
	return acc
}

// FoldSlice is [Fold] over the elements of s.
func FoldSlice[A, B any](s []A, init B, f func(B, A) B) B {
	if f == nil {
		panic("functional: FoldSlice with a nil function")
	}
	acc := init
	for _, a := range s {
		acc = f(acc, a)
	}
	return acc
}

// Reduce returns f(…f(f(a0, a1), a2)…, an) over the elements of seq and true,
// or zero and false when there are none. It is Python's functools.reduce
// without an initial value.
//
// Reduce ranges over seq in the calling goroutine and returns when seq ends. It
// panics when seq or f is nil.
func Reduce[A any](seq iter.Seq[A], f func(A, A) A) (A, bool) {
	if seq == nil || f == nil {
		panic("functional: Reduce of a nil sequence or function")
	}
	var acc A
	some := false
	for a := range seq {
		if some {
			acc = f(acc, a)
		} else {
			acc, some = a, true
		}
	}
	return acc, some
}

// ReduceSlice is [Reduce] over the elements of s.
func ReduceSlice[A any](s []A, f func(A, A) A) (A, bool) {
	if f == nil {
		panic("functional: ReduceSlice with a nil function")
	}
	if len(s) == 0 {
		var zero A
		return zero, false
	}
	return FoldSlice(s[1:], s[0], f), true
}
