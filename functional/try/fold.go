package try

import (
	"iter"

	"github.com/fanfold/fanfold/functional"
)

// Fold is [functional.Fold] for a function that can fail. It stops at the first
// error and returns it with the state before the element that failed.
//
// Fold ranges over seq in the calling goroutine, up to the error. It panics
// when seq or f is nil.
func Fold[A, B any](seq iter.Seq[A], init B, f func(B, A) (B, error)) (B, error) {
	if seq == nil || f == nil {
		panic("try: Fold of a nil sequence or function")
	}
	acc := init
	for a := range seq {
		next, err := f(acc, a)
		if err != nil {
			return acc, err
		}
		acc = next
	}
	return acc, nil
}

// Reduce is [functional.Reduce] for a function that can fail. It stops at the
// first error and returns it with the state before the element that failed. For
// an empty seq it returns zero and [functional.ErrEmpty].
//
// Reduce ranges over seq in the calling goroutine, up to the error. It panics
// when seq or f is nil.
func Reduce[A any](seq iter.Seq[A], f func(A, A) (A, error)) (A, error) {
	if seq == nil || f == nil {
		panic("try: Reduce of a nil sequence or function")
	}
	var acc A
	some := false
	for a := range seq {
		if some {
			var err error
			if a, err = f(acc, a); err != nil {
				return acc, err
			}
		}
		acc, some = a, true
	}
	if !some {
		return acc, functional.ErrEmpty
	}
	return acc, nil
}
