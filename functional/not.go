package functional

// Not returns the opposite of the predicate f: with [Filter] it is Python's
// itertools.filterfalse. It panics when f is nil. A call of the result costs one
// more call than f.
func Not[A any](f func(A) bool) func(A) bool {
	if f == nil {
		panic("functional: Not of a nil function")
	}
	return func(a A) bool { return !f(a) }
}
