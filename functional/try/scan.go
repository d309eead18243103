package try

import "iter"

// Scan is [functional.Scan] for a function that can fail. It yields (init,
// nil), then the new state and nil for each element. Where f fails it yields
// (zero, err), and the state does not change. [Map] says what an error means.
func Scan[A, B any](seq iter.Seq[A], init B, f func(B, A) (B, error)) iter.Seq2[B, error] {
	if seq == nil || f == nil {
		panic("try: Scan of a nil sequence or function")
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

// Accumulate is [functional.Accumulate] for a function that can fail. It yields
// (a0, nil), then the new state and nil for each element. Where f fails it
// yields (zero, err), and the state does not change. [Map] says what an error
// means.
func Accumulate[A any](seq iter.Seq[A], f func(A, A) (A, error)) iter.Seq2[A, error] {
	if seq == nil || f == nil {
		panic("try: Accumulate of a nil sequence or function")
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
