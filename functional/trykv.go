package functional

import "iter"

// TryFromKV is [FromKV] for a function that can fail: it yields (a, nil), or
// (zero, err) where f failed; see [TryMap] for what an error means and for the
// rest. A sequence of pairs has no room for errors, so this is the one operator on
// pairs that can report them while it goes on.
func TryFromKV[K, V, A any](seq iter.Seq2[K, V], f func(K, V) (A, error)) iter.Seq2[A, error] {
	if seq == nil || f == nil {
		panic("functional: TryFromKV of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		seq(func(k K, v V) bool { return yield(resultOf(f(k, v))) })
	}
}

// TryFoldKV is [FoldKV] for a function that can fail. It stops at the first error
// and returns it with the state before the pair that failed; without an error it
// returns the result and nil.
//
// TryFoldKV ranges over seq in the calling goroutine. It panics when seq or f is
// nil.
func TryFoldKV[K, V, B any](seq iter.Seq2[K, V], init B, f func(B, K, V) (B, error)) (B, error) {
	if seq == nil || f == nil {
		panic("functional: TryFoldKV of a nil sequence or function")
	}
	acc := init
	for k, v := range seq {
		next, err := f(acc, k, v)
		if err != nil {
			return acc, err
		}
		acc = next
	}
	return acc, nil
}
