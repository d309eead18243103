package functional

import "iter"

// TryFold is [Fold] for a function that can fail. It stops at the first error and
// returns it with the state before the element that failed; without an error it
// returns the result and nil.
//
// TryFold ranges over seq in the calling goroutine. It panics when seq or f is
// nil.
func TryFold[A, B any](seq iter.Seq[A], init B, f func(B, A) (B, error)) (B, error) {
	if seq == nil || f == nil {
		panic("functional: TryFold of a nil sequence or function")
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

// TryReduce is [Reduce] for a function that can fail. It stops at the first error
// and returns it with the state before the element that failed; without an error
// it returns the result and nil, and for an empty seq zero and [ErrEmpty].
//
// TryReduce ranges over seq in the calling goroutine. It panics when seq or f is
// nil.
func TryReduce[A any](seq iter.Seq[A], f func(A, A) (A, error)) (A, error) {
	if seq == nil || f == nil {
		panic("functional: TryReduce of a nil sequence or function")
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
		return acc, ErrEmpty
	}
	return acc, nil
}

// TryScan is [Scan] for a function that can fail: it yields (init, nil), then for
// each element the new state and nil, or (zero, err) where f failed, which leaves
// the state as it was. See [TryMap] for what an error means and for the rest.
func TryScan[A, B any](seq iter.Seq[A], init B, f func(B, A) (B, error)) iter.Seq2[B, error] {
	if seq == nil || f == nil {
		panic("functional: TryScan of a nil sequence or function")
	}
	return func(yield func(B, error) bool) {
		var zero B
		acc := init
		if !yield(acc, nil) {
			return
		}
		seq(func(a A) bool {
			next, err := f(acc, a)
			if err != nil {
				return yield(zero, err)
			}
			acc = next
			return yield(acc, nil)
		})
	}
}

// TryAccumulate is [Accumulate] for a function that can fail: it yields (a0, nil),
// then for each element the new state and nil, or (zero, err) where f failed, which
// leaves the state as it was. See [TryMap] for what an error means and for the
// rest.
func TryAccumulate[A any](seq iter.Seq[A], f func(A, A) (A, error)) iter.Seq2[A, error] {
	if seq == nil || f == nil {
		panic("functional: TryAccumulate of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		var acc, zero A
		some := false
		seq(func(a A) bool {
			if some {
				var err error
				if a, err = f(acc, a); err != nil {
					return yield(zero, err)
				}
			}
			acc, some = a, true
			return yield(acc, nil)
		})
	}
}
