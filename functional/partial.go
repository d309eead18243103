package functional

// Partial returns f with its first argument fixed: Partial(f, a)(b) is f(a, b).
// It is Python's functools.partial. A func literal fixes any other argument.
//
// Partial copies a once: all calls share what a pointer, slice or map refers
// to. It panics when f is nil. A call of the result costs one call more than f.
func Partial[A, B, C any](f func(A, B) C, a A) func(B) C {
	if f == nil {
		panic("functional: Partial of a nil function")
	}
	return func(b B) C { return f(a, b) }
}
