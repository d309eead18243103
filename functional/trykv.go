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
