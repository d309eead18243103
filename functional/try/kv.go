package try

import "iter"

// FromKV is [functional.FromKV] for a function that can fail. It yields (a,
// nil), or (zero, err) where f failed. [Map] says what an error means. A
// sequence of pairs has no room for errors: FromKV is the only operator on
// pairs that reports them and continues.
func FromKV[K, V, A any](seq iter.Seq2[K, V], f func(K, V) (A, error)) iter.Seq2[A, error] {
	if seq == nil || f == nil {
		panic("try: FromKV of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		seq(func(k K, v V) bool { return yield(resultOf(f(k, v))) })
	}
}

// resultOf returns its arguments, without the value that came with an error.
func resultOf[A any](a A, err error) (A, error) {
	if err != nil {
		var zero A
		return zero, err
	}
	return a, nil
}
