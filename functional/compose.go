package functional

// Compose returns the function g∘f: Compose(g, f)(a) is g(f(a)). As in
// mathematics, the function that is called last comes first.
//
// Compose panics when g or f is nil. A call of the result costs one call more
// than g and f.
func Compose[A, B, C any](g func(B) C, f func(A) B) func(A) C {
	if g == nil || f == nil {
		panic("functional: Compose of a nil function")
	}
	return func(a A) C { return g(f(a)) }
}
