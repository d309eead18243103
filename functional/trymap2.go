package functional

import "iter"

// TryMap2 is [Map2] for a function that can fail: it yields (c, nil), or
// (zero, err) where f failed, up to the end of the shorter sequence. See [TryMap]
// for what an error means and [Map2] for the rest.
func TryMap2[A, B, C any](a iter.Seq[A], b iter.Seq[B], f func(A, B) (C, error), opts ...ZipOptions) iter.Seq2[C, error] {
	if a == nil || b == nil || f == nil {
		panic("functional: TryMap2 of a nil sequence or function")
	}
	ahead := zipOptions("TryMap2", opts)
	return func(yield func(C, error) bool) {
		next, stop := pull(b, ahead)
		defer stop()
		a(func(va A) bool {
			vb, ok := next()
			return ok && yield(resultOf(f(va, vb)))
		})
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
